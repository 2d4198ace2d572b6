"""Opening a store: new, sound, damaged, too new, too old, locked, not ours to write."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from samples import NOW, SITE
from store.desk import Desk, opened
from store.processes import Child

from feedsvc.errors import (
    StoreDamaged,
    StoreError,
    StoreOutdated,
    StoreTooNew,
    StoreUnavailable,
)
from feedsvc.model import Item
from feedsvc.store import Put, library, migrate, open_store, schema
from feedsvc.store.connections import LOG_PAGES

# New


def test_a_new_store_is_made_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "some" / "where" / "feed's ?#%20.db"
    opened(path).close()
    assert list(path.parent.iterdir()) == [path]
    _, chosen = library.load()
    assert (path.read_bytes()[18] == 2) == chosen.wal
    opened(path).close()


def test_connections_are_set_up_for_safety(copy: Path) -> None:
    store = opened(copy)
    database = store._database
    assert database.pragma("synchronous") == "2"
    assert database.pragma("foreign_keys") == "1"
    assert database.pragma("busy_timeout") == "5000"
    _, chosen = library.load()
    assert database.pragma("journal_mode") == ("wal" if chosen.wal else "delete")
    store.close()


def test_the_write_ahead_log_is_brought_in_now_and_then(copy: Path) -> None:
    store = opened(copy)
    log = copy.with_name(f"{copy.name}-wal")
    kept = []
    for number in range(40):
        long = Item(guid="urn:x:long", title=f"{number}", content_html="<i></i>" * 100_000)
        assert store.apply([Put(long)], NOW)[0].kind in {"added", "changed"}
        kept.append(log.stat().st_size / 4096 if log.exists() else 0)
    _, chosen = library.load()
    assert not chosen.wal or 1000 < LOG_PAGES < max(kept) < LOG_PAGES + 1000
    store.close()


def test_an_affected_library_keeps_no_write_ahead_log(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in a store of its own nor in one that a sound library made."""
    module, _ = library.load()
    monkeypatch.setattr(
        library, "load", lambda: (module, library.Library(module.__name__, (3, 40, 1)))
    )
    for path in (copy, tmp_path / "new.db"):
        desk = Desk(f"sqlite:///{path}")
        assert desk.put(title="New").kind == "added"
        assert desk.store._database.pragma("journal_mode") == "delete"
        desk.store.close()
        assert path.read_bytes()[18] == 1


def test_a_missing_file_whose_log_is_there_is_no_new_store(tmp_path: Path) -> None:
    (tmp_path / "feedsvc.db-wal").write_bytes(b"x")
    with pytest.raises(StoreDamaged, match=r"is missing, but feedsvc\.db-wal is there"):
        opened(tmp_path / "feedsvc.db")
    assert not (tmp_path / "feedsvc.db").exists()


def test_processes_that_make_a_store_at_once_make_one(tmp_path: Path) -> None:
    def work() -> int:
        desk = Desk(f"sqlite:///{tmp_path}/new/feedsvc.db")
        desk.put(title="Mine")
        count = desk.store.count()
        desk.store.close()
        return count

    children = [Child(lambda _: work()) for _ in range(4)]
    assert max(child.result() for child in children) == 4
    names = {path.name for path in (tmp_path / "new").iterdir()}
    assert names == {"feedsvc.db", "feedsvc.db-turn"}


# Refused, with nothing changed


def overwritten(start: int, data: bytes) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(start)
            file.write(data)

    return damage


def cut(share: float) -> Callable[[Path], None]:
    return lambda path: os.truncate(path, int(path.stat().st_size * share))


def foreign(path: Path) -> None:
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE theirs (x)")


def emptied(path: Path) -> None:
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA application_id={0x66656564}")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (cut(0), "is an empty file"),
        (lambda path: path.write_text("title = 1\n" * 20, encoding="utf-8"), "no SQLite database"),
        (lambda path: path.write_bytes(b"SQLite format 3\0"), "no SQLite database"),
        (lambda path: path.write_bytes(bytes(path.stat().st_size)), "no SQLite database"),
        (foreign, "no store of feedsvc"),
        (cut(0.9), "is cut off"),
        (cut(0.01), "is cut off"),
        (lambda path: os.truncate(path, 4096), "is cut off"),
        (overwritten(4096, bytes(40960)), "is damaged"),
        (overwritten(100, bytes(3996)), "is damaged"),
        (overwritten(100, b"\xff" * 3996), "is damaged"),
        (overwritten(0, b"X"), "no SQLite database"),
        (emptied, "tables of another program, or ours are damaged"),
    ],
)
def test_a_damaged_store_is_refused_and_left_alone(
    copy: Path, damage: Callable[[Path], None], told: str
) -> None:
    damage(copy)
    before = copy.read_bytes()
    with pytest.raises(StoreDamaged, match=told) as caught:
        opened(copy)
    assert str(copy) in str(caught.value)
    assert copy.read_bytes() == before


def test_no_damage_crashes_or_starts_anew(sound: Path, tmp_path: Path) -> None:
    """50 files with 1, 16 or 512 bytes changed: refused, or read with nothing but StoreErrors."""
    chance = random.Random(2026)
    whole = sound.read_bytes()
    refused = 0
    for number in range(50):
        data = bytearray(whole)
        for _ in range((1, 16, 512)[number % 3]):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path = tmp_path / f"{number}.db"
        path.write_bytes(data)
        try:
            store = opened(path)
        except StoreError as error:
            refused += 1
            assert len(str(error)) > 40
            continue
        with contextlib.suppress(StoreError):
            assert store.entries("main", limit=200)
            store.search("words", limit=200)
            store.verify()
        store.close()
        assert path.stat().st_size == len(whole)
    # What flips within a text leaves the file sound; every other damage is seen.
    assert refused >= 20


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="names a folder"):
        opened(tmp_path)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("mysql://root:hush@db/x", "names mysql; SQLite and PostgreSQL work"),
        ("nonsense", "no address"),
        ("postgresql://jane:hush@127.0.0.1:1/x", "does not answer"),
        ("postgresql://jane@127.0.0.1:1/x?password=hush", "does not answer"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(url: str, told: str) -> None:
    with pytest.raises(StoreUnavailable, match=told) as caught:
        opened(url)
    error: BaseException | None = caught.value
    while error is not None:
        assert "hush" not in str(error)
        error = error.__cause__


def test_a_database_that_is_not_there_is_told(empty_postgresql_url: str) -> None:
    with pytest.raises(StoreUnavailable, match=r'database "nix.*" does not exist'):
        opened(empty_postgresql_url.replace("/test_", "/nix_"))


# Versions of the schema


def set_version(url: str, version: str) -> None:
    statement = f"UPDATE alembic_version SET version_num = '{version}'"
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(url[10:])) as database:
            database.execute(statement)
            database.commit()
    else:
        with psycopg.connect(url) as connection:
            connection.execute(statement)


def test_a_store_of_a_newer_program_is_refused(store_url: str) -> None:
    set_version(store_url, "9999")
    try:
        for migrates in (None, True, False):
            with pytest.raises(StoreTooNew, match=r"newer feedsvc \(schema 9999"):
                open_store(store_url, site_url=SITE, now=NOW, migrate=migrates)
        with pytest.raises(StoreTooNew):
            migrate(store_url)
    finally:
        set_version(store_url, schema.HEAD)


def test_postgresql_is_made_by_migrate_alone(empty_postgresql_url: str) -> None:
    with pytest.raises(StoreOutdated, match=r"has no tables yet\. Run: feedsvc migrate"):
        opened(empty_postgresql_url)
    assert "was made (schema" in migrate(empty_postgresql_url)
    assert "is up to date (schema" in migrate(empty_postgresql_url)
    store = opened(empty_postgresql_url)
    assert store.count() == 0
    assert store.verify() == []
    store.close()


def test_a_foreign_database_is_left_alone(empty_postgresql_url: str) -> None:
    with psycopg.connect(empty_postgresql_url) as connection:
        connection.execute("CREATE TABLE theirs (x int)")
    with pytest.raises(StoreDamaged, match="tables of another program"):
        migrate(empty_postgresql_url)


def test_sqlite_is_made_by_migrate_too(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    assert "was made" in migrate(url)
    assert "is up to date" in migrate(url)


def test_a_current_store_opens_without_alembic(copy: Path) -> None:
    program = (
        "import sys; from datetime import UTC, datetime; from feedsvc.store import open_store\n"
        f"open_store('sqlite:///{copy}', site_url='', now=datetime.now(UTC)).close()\n"
        "print([name for name in sys.modules if name in ('alembic', 'psycopg', 'mako')])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert done.stdout == b"[]\n"


@pytest.mark.parametrize("database", ["sqlite_url", "empty_postgresql_url"])
def test_a_table_that_is_gone_is_damage(database: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(database)
    desk = Desk(url)
    desk.store._database.write(lambda conn: conn.exec_driver_sql("DROP TABLE entries"))
    with pytest.raises(StoreDamaged, match="lacks tables: entries"):
        desk.reopen()
