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
from feedsvc.store import library
from feedsvc.store.connections import Database
from feedsvc.store.failures import DAMAGED_ADVICE

#: "feed" in ASCII: says that a database is ours (PRAGMA application_id).
APPLICATION_ID = 0x66656564

_MAGIC = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class Header:
    """What the first 100 bytes of a database say (sqlite.org/fileformat.html 1.3)."""

    wal: bool
    application_id: int


def header_of(start: bytes, path: Path) -> Header:
    """The header in a file's first 100 bytes. Raises StoreDamaged when there is none."""
    if not start:
        raise StoreDamaged(
            f"The store {path} is an empty file: what it held is gone. Restore a backup, or"
            " delete the file to start anew."
        )
    if len(start) < 100 or not start.startswith(_MAGIC):
        raise StoreDamaged(f"The file {path} is no SQLite database. {DAMAGED_ADVICE}")
    application_id = int.from_bytes(start[68:72])
    if application_id != APPLICATION_ID:
        raise StoreDamaged(
            f"The file {path} is a database, but no store of feedsvc. {DAMAGED_ADVICE}"
        )
    return Header(wal=start[18] == 2, application_id=application_id)


def look_at(path: Path) -> Header:
    """Look at an existing file before it is opened as a database."""
    try:
        with path.open("rb") as file:
            header = header_of(file.read(100), path)
    except IsADirectoryError:
        raise StoreUnavailable(f"store.url names a folder, not a file: {path}") from None
    except OSError as error:
        raise StoreUnavailable(f"The store {path} can't be read ({error.strerror}).") from None
    for part in (path, path.parent):
        if not os.access(part, os.W_OK):
            raise StoreReadOnly(
                f"The store {path} can't be written: no right to write {part}. Give it to the"
                " user of feedsvc."
            )
    return header


def create(path: Path, fill: Callable[[Database], None]) -> None:
    """Make a new store at ``path`` out of nothing, with its tables.

    It is made aside and appears under its name in one step, so nobody ever sees half of it, and
    of two programs that make it at once one wins and the other uses it.
    """
    for leftover in ("-wal", "-journal"):
        if path.with_name(path.name + leftover).exists():
            raise StoreDamaged(
                f"The store {path} is missing, but its {path.name}{leftover} is there: it was"
                " moved or deleted. Bring it back, or delete that file too to start anew."
            )
    aside = path.with_name(f".{path.name}.new-{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make(aside, fill)
        with suppress(FileExistsError):
            os.link(aside, path)
        _settle(path.parent)
    except OSError as error:
        raise StoreReadOnly(
            f"The store {path} can't be made ({error.strerror}). Give the user of feedsvc the"
            " right to write its folder, or set store.url."
        ) from None
    finally:
        for leftover in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                aside.with_name(aside.name + leftover).unlink()


def _make(path: Path, fill: Callable[[Database], None]) -> None:
    database = Database(URL.create("sqlite", database=str(path)))
    try:
        fill(database)
        _, chosen = library.load()
        database.pragma(f"journal_mode={'WAL' if chosen.wal else 'DELETE'}")
    finally:
        database.close()


def _settle(folder: Path) -> None:
    """Have the folder's new entry on disk, too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
