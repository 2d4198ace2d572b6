"""Statements that every write makes, each built once.

To build a statement anew costs SQLAlchemy five times what it costs to send one that is there; of a
transaction for one item that was most.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Delete,
    Insert,
    Result,
    Table,
    Update,
    bindparam,
    delete,
    insert,
    select,
    update,
)


class Lookup:
    """Rows by the values of one column: some hundred values at most."""

    def __init__(self, key: Column[Any], *columns: ColumnElement[Any] | Table) -> None:
        asked = select(*columns)
        self._one = asked.where(key == bindparam("key"))
        self._some = asked.where(key.in_(bindparam("keys", expanding=True)))

    def rows(self, conn: Connection, keys: Sequence[Any]) -> Result[*tuple[Any, ...]]:
        """The rows of these values."""
        if len(keys) == 1:
            return conn.execute(self._one, {"key": keys[0]})
        return conn.execute(self._some, {"keys": keys})


@cache
def inserting(table: Table) -> Insert:
    """Adds rows, each a dictionary of columns."""
    return insert(table)


@cache
def updating(table: Table, key: tuple[str, ...], names: tuple[str, ...]) -> Update:
    """Changes the columns ``new_NAME`` of the rows whose key is ``old_NAME``."""
    statement = update(table).values({name: bindparam("new_" + name) for name in names})
    for name in key:
        statement = statement.where(table.c[name] == bindparam("old_" + name))
    return statement


@cache
def deleting(table: Table, key: tuple[str, ...]) -> Delete:
    """Deletes the rows whose key is ``old_NAME``."""
    statement = delete(table)
    for name in key:
        statement = statement.where(table.c[name] == bindparam("old_" + name))
    return statement
