"""The file of a SQLite store: made whole or not at all, looked at before it is used."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from feedsvc.errors import StoreDamaged, StoreReadOnly, StoreUnavailable
from feedsvc.store import library, turns
from feedsvc.store.connections import Database
from feedsvc.store.failures import DAMAGED_ADVICE
from feedsvc.store.soundness import file_faults

#: "feed" in ASCII: says that a database is ours (PRAGMA application_id).
APPLICATION_ID = 0x66656564

#: Up to this size a store is read all through when it is opened: at some 250 MB/s, half a second.
CHECKED_BYTES = 128 * 1024 * 1024

_MAGIC = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class Header:
    """What the first 100 bytes of a database say (sqlite.org/fileformat.html 1.3).

    ``size`` is the file's, in bytes, None when it is not written there.
    """

    wal: bool
    size: int | None


def header_of(start: bytes, path: Path) -> Header:
    """The header in a file's first 100 bytes. Raises StoreDamaged when there is none of ours."""
    if not start:
        raise StoreDamaged(
            f"The store {path} is an empty file: what it held is gone. Restore a backup, or"
            " delete the file to start anew."
        )
    if len(start) < 100 or not start.startswith(_MAGIC):
        raise StoreDamaged(f"The file {path} is no SQLite database. {DAMAGED_ADVICE}")
    if int.from_bytes(start[68:72]) != APPLICATION_ID:
        raise StoreDamaged(
            f"The file {path} is a database, but no store of feedsvc. {DAMAGED_ADVICE}"
        )
    page = int.from_bytes(start[16:18])
    pages = int.from_bytes(start[28:32])
    counted = start[24:28] == start[92:96]  # else an old SQLite wrote last and did not count
    return Header(
        wal=start[18] == 2, size=(65536 if page == 1 else page) * pages if counted else None
    )


def look_at(path: Path) -> Header:
    """Look at an existing file before it is opened as a database."""
    try:
        with path.open("rb") as file:
            header = header_of(file.read(100), path)
        size = path.stat().st_size
    except IsADirectoryError:
        raise StoreUnavailable(f"store.url names a folder, not a file: {path}") from None
    except OSError as error:
        raise StoreUnavailable(f"The store {path} can't be read ({error.strerror}).") from None
    if header.size is not None and size < header.size and not _unfinished(path):
        raise StoreDamaged(
            f"The store {path} is cut off: {size} of {header.size} bytes. {DAMAGED_ADVICE}"
        )
    for part in (path, path.parent):
        if not os.access(part, os.W_OK):
            raise StoreReadOnly(
                f"The store {path} can't be written: no right to write {part}. Give it to the"
                " user of feedsvc."
            )
    return header


def _unfinished(path: Path) -> bool:
    """Whether SQLite has still to bring the file up to date from its log or journal."""
    return any(path.with_name(path.name + end).exists() for end in ("-wal", "-journal"))


def create(path: Path, fill: Callable[..., None], *args: object) -> None:
    """Make a new store at ``path`` out of nothing; ``fill(connection, …)`` makes its tables.

    It is made aside and appears under its name in one step, so nobody ever sees half of it, and
    of two programs that make it at once one wins and the other uses it.
    """
    for leftover in ("-wal", "-journal"):
        if path.with_name(path.name + leftover).exists():
            raise StoreDamaged(
                f"The store {path} is missing, but {path.name}{leftover} is there: it was moved or"
                " deleted. Bring it back, or delete that file too to start anew."
            )
    aside = path.with_name(f".{path.name}.new-{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make(aside, fill, *args)
        _appear(aside, path)
    except OSError as error:
        raise StoreReadOnly(
            f"The store {path} can't be made ({error.strerror}). Give the user of feedsvc the"
            " right to write its folder, or set store.url."
        ) from None
    finally:
        for leftover in ("", "-wal", "-shm", "-journal", turns.SUFFIX):
            with suppress(OSError):
                aside.with_name(aside.name + leftover).unlink()


def _make(path: Path, fill: Callable[..., None], *args: object) -> None:
    path.touch(mode=0o640, exist_ok=False)  # so that a missing right is the system's error
    database = Database(URL.create("sqlite", database=str(path)))
    try:
        database.write(fill, *args)
        _, chosen = library.load()
        # Once and for all: later it would need the file for itself alone.
        database.pragma(f"journal_mode={'WAL' if chosen.wal else 'DELETE'}")
    finally:
        database.close()


def _appear(aside: Path, path: Path) -> None:
    """Give the file its name, unless another has it by now; the name is on disk after that."""
    try:
        os.link(aside, path)
    except FileExistsError:
        return
    except OSError:  # no hard links here
        if not path.exists():
            aside.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def make_safe(database: Database, header: Header) -> None:
    """Leave the write-ahead log when this program's SQLite is not safe with it."""
    _, chosen = library.load()
    if header.wal and not chosen.wal:
        database.pragma("journal_mode=DELETE")


def check_if_small(database: Database, path: Path) -> None:
    """Raise StoreDamaged if the file is not sound; a large one is not read all through."""
    if path.stat().st_size <= CHECKED_BYTES:
        found = database.read(lambda conn: list(file_faults(conn)))
        if found:
            raise StoreDamaged(f"The store {path} is damaged ({found[0]}). {DAMAGED_ADVICE}")
