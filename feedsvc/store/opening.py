"""Opening a store: made if new, brought up to date or refused if old, refused if not sound."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from feedsvc.errors import StoreDamaged, StoreOutdated, StoreTooNew
from feedsvc.store import library, migrating, schema, sqlite_file
from feedsvc.store.connections import Database, parsed
from feedsvc.store.failures import DAMAGED_ADVICE, shown
from feedsvc.store.store import Store


def open_store(url: str, *, site_url: str, now: datetime, migrate: bool | None = None) -> Store:  # noqa: ARG001
    """Open the store at ``url``: ``sqlite:///PATH`` or ``postgresql://…``.

    A SQLite file and its folder are made when there are none. ``migrate`` says whether an older
    schema is brought up to date; unless said, it is on SQLite, and on PostgreSQL it is left to
    ``feedsvc migrate``. Raises StoreDamaged, StoreTooNew, StoreOutdated, StoreReadOnly or
    StoreUnavailable; whichever it is, nothing was changed.
    """
    address = parsed(url)
    sqlite = address.get_backend_name() == "sqlite"
    if sqlite:
        assert address.database is not None  # noqa: S101  # parsed() saw to it
        path = Path(address.database)
        if not path.exists():
            sqlite_file.create(path, sqlite_file.fill_new)
        header = sqlite_file.look_at(path)
    database = Database(address)
    try:
        if sqlite and header.wal:
            _leave_wal_if_unsafe(database)
        _check_version(database, migrate=sqlite if migrate is None else migrate)
    except BaseException:
        database.close()
        raise
    return Store(database, site_url)


def _check_version(database: Database, *, migrate: bool) -> None:
    version = database.read(migrating.stored_version)
    if version == schema.HEAD:
        return
    where = shown(database.url)
    if not migrating.is_known(version):
        raise StoreTooNew(
            f"The store {where} was written by a newer feedsvc (schema {version}, this one knows"
            f" {schema.HEAD}). Nothing was changed. Install that version or a later one."
        )
    if version is None and database.read(migrating.has_tables):
        raise StoreDamaged(
            f"The database {where} holds tables of another program, or its own are damaged. {DAMAGED_ADVICE}"
        )
    if not migrate:
        what = "has no tables yet" if version is None else f"has the older schema {version}"
        raise StoreOutdated(f"The store {where} {what}. Run: feedsvc migrate")
    with database.writing() as conn:
        migrating.upgrade(conn)


def _leave_wal_if_unsafe(database: Database) -> None:
    _, chosen = library.load()
    if not chosen.wal:
        database.pragma("journal_mode=DELETE")
