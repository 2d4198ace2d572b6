"""Rows kept by their key: a new one is added, one that is there is replaced or left alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from feedsvc.errors import ItemError
from feedsvc.store.rows import fit


def keep(conn: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Make this the row of its key. Raises ItemError for text that no database takes."""
    key = [column.name for column in table.primary_key]
    others = {name: value for name, value in row.items() if name not in key}
    statement = adding(conn, table, row)
    conn.execute(statement.on_conflict_do_update(index_elements=key, set_=others))


def keep_new(conn: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Add the row unless there is one of its key; whether it was added. Raises what keep does."""
    statement = adding(conn, table, row).on_conflict_do_nothing().returning(*table.primary_key)
    return conn.execute(statement).one_or_none() is not None


def adding(conn: Connection, table: Table, row: Mapping[str, Any]) -> Any:
    """The statement that adds the row, to be told what to do if there is one of its key."""
    for name, value in row.items():
        if isinstance(value, str) and not fit(value):
            raise ItemError(f"{name} holds characters that can't be kept")
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    return insert(table).values(row)
