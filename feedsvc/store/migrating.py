"""Bringing a schema up to date. Alembic is loaded only when there is something to do."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from feedsvc.store import schema

#: Any number will do, as long as nobody else locks it (PostgreSQL advisory locks).
_MIGRATION_LOCK = 0x66656564737663


def stored_version(conn: Connection) -> str | None:
    """The version of the schema in the database, None when it has none of our tables."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    return conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def has_tables(conn: Connection) -> bool:
    """Whether the database holds anything at all."""
    return bool(inspect(conn).get_table_names())


def missing_tables(conn: Connection) -> list[str]:
    """The tables of the present schema that are not there."""
    return sorted(schema.metadata.tables.keys() - set(inspect(conn).get_table_names()))


def is_known(version: str | None) -> bool:
    """Whether this program can use, or bring up to date, a schema of this version."""
    return version is None or version == schema.HEAD or version in schema.OLDER


def upgrade(conn: Connection) -> None:
    """Bring the schema up to date within the connection's transaction: all of it or nothing.

    Of several processes that want it at once, one does it and the others find it done.
    """
    from alembic import command
    from alembic.config import Config

    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
    version = stored_version(conn)
    if version == schema.HEAD or not is_known(version):
        return
    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = conn
    command.upgrade(config, "head")
