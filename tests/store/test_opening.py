"""Opening a store: new, sound, damaged, too new, too old, locked, not ours to write."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from samples import NOW, SITE
from sqlalchemy import event
from store.desk import Desk, an_item
from store.processes import Child, in_child

from feedsvc.errors import (
    StoreDamaged,
    StoreError,
    StoreOutdated,
    StoreReadOnly,
    StoreTooNew,
    StoreUnavailable,
)
from feedsvc.store import Put, Store, connections, library, migrate, open_store, schema


def opened(path: Path | str) -> Store:
    url = path if isinstance(path, str) else f"sqlite:///{path}"
    return open_store(url, site_url=SITE, now=NOW)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed store with some hundred items."""
    path = tmp_path_factory.mktemp("sound") / "feedsvc.db"
    desk = Desk(f"sqlite:///{path}")
    text = "".join(f"<p>paragraph {n} of words</p>" for n in range(60))
    desk.store.apply(
        [Put(an_item("tag", title=f"Item {n}", content_html=text)) for n in range(150)], NOW
    )
    desk.store.close()
    return path


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path))


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
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["feedsvc.db"]


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


# Rights


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may look into."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def as_nobody(work: Callable[[], None]) -> str:
    """The text of the StoreReadOnly that ``work`` raises for a user who owns nothing."""

    def child() -> str:
        if os.geteuid() == 0:
            os.setuid(65534)
        with pytest.raises(StoreReadOnly) as caught:
            work()
        return str(caught.value)

    text: str = in_child(child)
    return text


def test_a_store_that_can_not_be_written_is_told(sound: Path, open_folder: Path) -> None:
    opened(sound).close()  # what a child without rights may not load is loaded by now
    path = Path(shutil.copy(sound, open_folder))
    path.chmod(0o444)
    assert "no right to write" in as_nobody(lambda: opened(path).close())
    path.chmod(0o666)
    open_folder.chmod(0o555)
    assert f"no right to write {open_folder}" in as_nobody(lambda: opened(path).close())
    assert "can't be made (Permission denied)" in as_nobody(
        lambda: opened(open_folder / "new.db").close()
    )
    assert [found.name for found in open_folder.iterdir()] == [path.name]
    open_folder.chmod(0o755)


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreReadOnly, match="can't be made"):
        opened(tmp_path / "file" / "x.db")


def test_a_full_disk_refuses_the_write_and_nothing_else(copy: Path) -> None:
    desk = Desk(f"sqlite:///{copy}")
    full = [True]

    @event.listens_for(desk.store._database.engine, "checkout")
    def limit(connection: sqlite3.Connection, *_: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages if full[0] else 10**6}")

    before = desk.store.revision(), desk.store.count()
    many = [Put(an_item(title=f"New {n}", content_html="x" * 5000)) for n in range(50)]
    with pytest.raises(StoreReadOnly, match=r"is full\. Nothing was changed"):
        desk.store.apply(many, NOW)
    assert (desk.store.revision(), desk.store.count()) == before
    assert len(desk.store.entries("main", limit=200)) == 150
    full[0] = False
    assert desk.store.apply(many, NOW)[-1].kind == "added"
    assert desk.store.verify() == []
    desk.store.close()


# Locked


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "BUSY", 0.2)


@contextlib.contextmanager
def locked(url: str) -> Iterator[None]:
    """Another program's write that does not end."""
    if url.startswith("sqlite"):
        with contextlib.closing(
            # Not by the standard module: a process' locks hold only against its own library.
            library.load()[0].connect(url[10:], isolation_level=None, check_same_thread=False)
        ) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
    else:
        with psycopg.connect(url) as other_pg:
            other_pg.execute("SELECT * FROM revision FOR UPDATE")
            yield


@pytest.mark.usefixtures("impatient")
def test_a_lock_that_lasts_is_told_and_reads_go_on(store_url: str) -> None:
    desk = Desk(store_url)
    desk.put(title="Before")
    with locked(store_url):
        with pytest.raises(StoreUnavailable, match=r"locked by another|busy with another"):
            desk.put(title="Not now")
        assert desk.titles() == ["Before"]
        assert desk.store.data_version() == desk.store.data_version()
        opened(store_url).close()
    assert desk.put(title="Now").kind == "added"
    desk.store.close()


def test_a_short_lock_is_waited_for(store_url: str) -> None:
    desk = Desk(store_url)
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        with locked(store_url):
            held.set()
            free.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    threading.Timer(0.3, free.set).start()
    assert desk.put(title="After a while").kind == "added"
    holder.join()
    desk.store.close()


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
