"""Which SQLite library to use, and whether it may keep a write-ahead log.

SQLite 3.7.0 to 3.51.2 can damage a database whose write-ahead log is reset while another
connection writes (sqlite.org/wal.html#walresetbug). It is mended in 3.51.3 and 3.53.0 and in the
backports 3.44.6 and 3.50.7. On an affected library a store keeps to the rollback journal.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

#: DBAPI modules in the order of preference.
_MODULES = ("sqlite3", "pysqlite3.dbapi2")

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Library:
    """A DBAPI module and the version of the SQLite in it."""

    module: str
    version: Version

    @property
    def wal(self) -> bool:
        """Whether a write-ahead log is safe with it."""
        return wal_is_safe(self.version)


def wal_is_safe(version: Version) -> bool:
    """Whether this version of SQLite is free of the WAL-reset fault.

    >>> wal_is_safe((3, 40, 1)), wal_is_safe((3, 44, 6)), wal_is_safe((3, 53, 4))
    (False, True, True)
    """
    if version >= (3, 51, 3):
        return True
    branch = version[:2]
    return (branch == (3, 44) and version >= (3, 44, 6)) or (
        branch == (3, 50) and version >= (3, 50, 7)
    )


def chosen(available: Sequence[Library]) -> Library:
    """The library to use of those there are: the first sound one, else the first."""
    return next((library for library in available if library.wal), available[0])


def load() -> tuple[ModuleType, Library]:
    """The chosen library's module and facts."""
    modules: dict[str, ModuleType] = {}
    libraries = []
    for name in _MODULES:
        try:
            modules[name] = importlib.import_module(name)
        except ImportError:
            continue
        libraries.append(Library(name, tuple(modules[name].sqlite_version_info)))
        if libraries[-1].wal:  # the others need not even be loaded
            break
    library = chosen(libraries)
    return modules[library.module], library
