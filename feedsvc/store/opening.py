"""Opening a store: made if new, brought up to date or refused if old, refused if not sound."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, Connection

from feedsvc.errors import StoreDamaged, StoreOutdated, StoreTooNew
from feedsvc.store import migrating, schema, sqlite_file
from feedsvc.store.connections import Database, parsed
from feedsvc.store.failures import DAMAGED_ADVICE, shown
from feedsvc.store.store import Store


def open_store(url: str, *, site_url: str, now: datetime, migrate: bool | None = None) -> Store:
    """Open the store at ``url``: ``sqlite:///PATH`` or ``postgresql://…``.

    A SQLite file and its folder are made when there are none; ``now`` is noted as their time.
    ``migrate`` says whether an older schema is brought up to date; unless said, it is on SQLite,
    and on PostgreSQL it is left to ``feedsvc migrate``. Raises StoreDamaged, StoreTooNew,
    StoreOutdated, StoreReadOnly or StoreUnavailable; whichever it is, nothing was changed.
    """
    address = parsed(url)
    if migrate is None:
        migrate = address.get_backend_name() == "sqlite"
    return Store(_opened(address, now, migrate=migrate), site_url)


def migrate(url: str) -> str:
    """Make the store, or bring its schema up to date; a sentence that says what was done.

    Raises what :func:`open_store` raises.
    """
    address = parsed(url)
    before = _version_before(address)
    _opened(address, None, migrate=True).close()
    where = shown(address)
    if before == schema.HEAD:
        return f"The store {where} is up to date (schema {schema.HEAD})."
    if before is None:
        return f"The store {where} was made (schema {schema.HEAD})."
    return f"The store {where} was brought from schema {before} to {schema.HEAD}."


def _opened(address: URL, now: datetime | None, *, migrate: bool) -> Database:
    header, path = None, Path()
    if address.get_backend_name() == "sqlite":
        path = Path(str(address.database))
        if not path.exists():
            sqlite_file.create(path, _fill, now)
        header = sqlite_file.look_at(path)
    database = Database(address)
    try:
        if header is not None:
            sqlite_file.make_safe(database, header)
            sqlite_file.check_if_small(database, path)
        _bring_up_to_date(database, now, migrate=migrate)
    except BaseException:
        database.close()
        raise
    return database


def _fill(conn: Connection, now: datetime | None) -> None:
    migrating.upgrade(conn)
    conn.execute(schema.revision.update().values(at=now))
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(f"PRAGMA application_id={sqlite_file.APPLICATION_ID}")


def _version_before(address: URL) -> str | None:
    if address.get_backend_name() == "sqlite" and not Path(str(address.database)).exists():
        return None
    database = Database(address)
    try:
        return database.read(migrating.stored_version)
    finally:
        database.close()


def _bring_up_to_date(database: Database, now: datetime | None, *, migrate: bool) -> None:
    version = database.read(migrating.stored_version)
    where = shown(database.url)
    if version == schema.HEAD:
        if missing := database.read(migrating.missing_tables):
            raise StoreDamaged(
                f"The store {where} lacks tables: {', '.join(missing)}. {DAMAGED_ADVICE}"
            )
        return
    if not migrating.is_known(version):
        raise StoreTooNew(
            f"The store {where} was written by a newer feedsvc (schema {version}, this one knows"
            f" {schema.HEAD}). Nothing was changed. Install that version or a later one."
        )
    # A SQLite file gets its name when it has its tables.
    if version is None and (database.sqlite or database.read(migrating.has_tables)):
        raise StoreDamaged(
            f"The database {where} holds tables of another program, or ours are damaged."
            f" {DAMAGED_ADVICE}"
        )
    if not migrate:
        what = "has no tables yet" if version is None else f"has the older schema {version}"
        raise StoreOutdated(f"The store {where} {what}. Run: feedsvc migrate")
    if version is None:
        database.write(_fill, now)
    else:
        database.write(migrating.upgrade)
