"""What a database's errors mean to users: one clear message each, and what to do next."""

from __future__ import annotations

import re

from sqlalchemy import exc
from sqlalchemy.engine import URL

from feedsvc.errors import (
    StoreDamaged,
    StoreError,
    StoreOutdated,
    StoreReadOnly,
    StoreUnavailable,
)

# Primary result codes of SQLite (sqlite.org/rescode.html).
_PERM, _BUSY, _LOCKED, _READONLY, _IOERR = 3, 5, 6, 8, 10
_CORRUPT, _FULL, _CANTOPEN, _NOTADB = 11, 13, 14, 26
_SHORT_READ, _SHORT_PAGE = 522, 8458  # the file ends where a page should be

DAMAGED_ADVICE = (
    "Nothing was changed. Stop feedsvc and restore a backup, or move the file away to start anew."
)


def shown(url: URL) -> str:
    """The store's address without its password."""
    if "password" in url.query:
        url = url.update_query_dict({"password": "***"})
    return url.render_as_string(hide_password=True)


def translated(error: Exception, url: URL) -> StoreError | None:
    """The store's error for a database's, None for one that is a fault of this program."""
    if isinstance(error, exc.TimeoutError):
        return StoreUnavailable(f"All connections to the store {shown(url)} are busy. Try again.")
    if url.get_backend_name() == "sqlite":
        # While a connection is set up, the driver's errors come as they are.
        return _sqlite(getattr(error, "orig", None) or error, url)
    if not isinstance(error, exc.DBAPIError) or error.orig is None:
        return None
    return _postgresql(error, url)


def is_locked(error: Exception) -> bool:
    """Whether SQLite says that another connection has the lock."""
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in (_BUSY, _LOCKED)


def _sqlite(error: BaseException, url: URL) -> StoreError | None:
    code = getattr(error, "sqlite_errorcode", None)
    path, primary = url.database, None if code is None else code & 0xFF
    if code in (_SHORT_READ, _SHORT_PAGE) or primary in (_CORRUPT, _NOTADB):
        return StoreDamaged(f"The store {path} is damaged ({error}). {DAMAGED_ADVICE}")
    if "fts5 file format" in str(error):  # told as a plain error
        return StoreDamaged(f"The store {path} is damaged ({error}). {DAMAGED_ADVICE}")
    if isinstance(error, UnicodeDecodeError) or "decode to UTF-8" in str(error):
        return StoreDamaged(f"The store {path} is damaged: text in it is none. {DAMAGED_ADVICE}")
    if primary in (_BUSY, _LOCKED):
        return StoreUnavailable(
            f"The store {path} is locked by another program. Try again; if it lasts, end the"
            " program that holds it."
        )
    if primary == _FULL:
        return StoreReadOnly(
            f"The disk of the store {path} is full. Nothing was changed; make room, then try again."
        )
    if primary in (_READONLY, _PERM):
        return StoreReadOnly(f"The store {path} can't be written ({error}). {_MAY_WRITE}")
    if primary in (_IOERR, _CANTOPEN):
        return StoreUnavailable(
            f"The store {path} can't be read or written ({error}). Check the disk and its folder."
        )
    return None


_MAY_WRITE = "Give the user of feedsvc the right to write the file and its folder."


def _postgresql(error: exc.DBAPIError, url: URL) -> StoreError | None:
    state = getattr(error.orig, "sqlstate", None) or ""
    said = _masked(str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "", url)
    where = shown(url)
    if state.startswith("XX"):
        return StoreDamaged(f"The store {where} is damaged ({said}). Ask its administrator.")
    if state == "53100":
        return StoreReadOnly(
            f"The disk of the store {where} is full. Nothing was changed; make room, try again."
        )
    if state in ("25006", "42501"):
        return StoreReadOnly(f"The store {where} can't be written ({said}).")
    if state == "42P01":
        return StoreOutdated(f"The store {where} lacks a table. Run: feedsvc migrate")
    if state == "55P03":
        return StoreUnavailable(f"The store {where} is busy with another write. Try again.")
    if state.startswith("28"):
        return StoreUnavailable(
            f"The store {where} refuses the login ({said}). Check the user and password in"
            " store.url."
        )
    if isinstance(error, exc.OperationalError | exc.InterfaceError | exc.InternalError):
        return StoreUnavailable(
            f"The store {where} does not answer ({said}). Check that PostgreSQL runs and that"
            " store.url is right."
        )
    return None


def _masked(message: str, url: URL) -> str:
    for secret in (url.password, url.query.get("password")):
        if secret:
            message = message.replace(str(secret), "***")
    return re.sub(r"\s+", " ", message)
