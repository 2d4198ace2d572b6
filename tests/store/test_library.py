"""Which SQLite is used, and when a write-ahead log is allowed."""

from __future__ import annotations

import pytest

from feedsvc.store import library
from feedsvc.store.library import Library, Version, chosen, wal_is_safe


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 7, 0), False),
        ((3, 34, 1), False),
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 44, 7), True),
        ((3, 45, 0), False),
        ((3, 50, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((3, 53, 0), True),
        ((3, 53, 4), True),
        ((3, 100, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_wal_is_only_for_a_sound_library(version: Version, safe: bool) -> None:
    assert wal_is_safe(version) is safe


_OLD = (3, 40, 1)
_NEW = (3, 53, 4)


@pytest.mark.parametrize(
    ("available", "module", "wal"),
    [
        ([("sqlite3", _NEW)], "sqlite3", True),
        ([("sqlite3", _NEW), ("pysqlite3.dbapi2", _NEW)], "sqlite3", True),
        ([("sqlite3", _OLD), ("pysqlite3.dbapi2", _NEW)], "pysqlite3.dbapi2", True),
        ([("sqlite3", _OLD), ("pysqlite3.dbapi2", (3, 51, 1))], "sqlite3", False),
        ([("sqlite3", _OLD)], "sqlite3", False),
    ],
)
def test_the_sound_library_is_chosen(
    available: list[tuple[str, Version]], module: str, wal: bool
) -> None:
    found = chosen([Library(*one) for one in available])
    assert (found.module, found.wal) == (module, wal)


def test_the_chosen_library_can_search() -> None:
    module, found = library.load()
    assert module.__name__ == found.module
    assert module.sqlite_version_info == found.version
    connection = module.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(x, content='', detail=none)")
    connection.close()
