"""A store that may not be written, has no room or is locked: told, with nothing lost."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from samples import NOW
from sqlalchemy import event
from store.desk import Desk, an_item, opened
from store.processes import in_child

from feedsvc.errors import (
    StoreReadOnly,
    StoreUnavailable,
)
from feedsvc.store import Put, connections, library

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
