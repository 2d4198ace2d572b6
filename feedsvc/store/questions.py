"""Questions that every write asks, each built once; on SQLite the driver itself is asked.

There SQLAlchemy took ten times as long to send a question as SQLite to answer it: a third of a
write. So it makes the SQL, once, and the driver gets that and the values. On PostgreSQL it goes on
sending: an answer takes as long as that, and it knows when a connection is gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, Table, bindparam, select
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from feedsvc.store.columns import Instant, microseconds, moment

#: An answer's row: the values of the columns that were asked for.
Row = Sequence[Any]

_NAMED = SQLiteDialect(paramstyle="named")


def driver(conn: Connection) -> Any | None:
    """The driver's connection within this one's transaction, if it is SQLite's; else None."""
    if conn.dialect.name != "sqlite":
        return None
    assert conn.in_transaction()  # noqa: S101  # it would be one of its own for each statement
    return conn.connection.dbapi_connection


class Question:
    """A question with named values (``bindparam``).

    The times of a ``plain`` one come as the database has them, to be compared with each other and
    to be sent back; ``instant`` makes datetimes of those that are wanted.
    """

    def __init__(self, asked: Select[Any], *, plain: bool = False) -> None:
        self._asked = asked
        made = asked.compile(dialect=_NAMED)
        self._sql, self._fixed = made.string, made.params
        self._times = () if plain else _times(asked)

    def rows(self, conn: Connection, **values: Any) -> Sequence[Row]:
        """All rows of the answer."""
        raw = driver(conn)
        if raw is None:
            return conn.execute(self._asked, values).all()
        sent = self._fixed | {name: _kept(value) for name, value in values.items()}
        return _read(raw.execute(self._sql, sent).fetchall(), self._times)

    def value(self, conn: Connection, **values: Any) -> Any:
        """The first value of the first row, None for no row."""
        rows = self.rows(conn, **values)
        return rows[0][0] if rows else None


class Lookup:
    """Rows by the values of one column: some hundred values at most. With ``within`` only of those
    with a certain value in that column. ``plain`` as of a Question."""

    def __init__(
        self,
        key: Column[Any],
        *columns: ColumnElement[Any] | Table,
        within: Column[Any] | None = None,
        plain: bool = False,
    ) -> None:
        asked = select(*columns)
        self._sql = f"{asked.compile(dialect=_NAMED).string} WHERE {key.table.name}.{key.name} IN"
        self._then = ""
        if within is not None:
            asked = asked.where(within == bindparam("within"))
            self._then = f" AND {within.table.name}.{within.name} = ?"
        self._one = Question(asked.where(key == bindparam("key")), plain=plain)
        self._some = asked.where(key.in_(bindparam("keys", expanding=True)))
        self._times = () if plain else _times(asked)
        self._names = [column.key for column in asked.selected_columns]

    def rows(self, conn: Connection, keys: Sequence[Any], **within: Any) -> Sequence[Row]:
        """The rows of these values, ``within`` that other one."""
        if len(keys) == 1:
            return self._one.rows(conn, key=keys[0], **within)
        raw = driver(conn)
        if raw is None:
            return conn.execute(self._some, {"keys": keys, **within}).all()
        marks = ", ".join("?" * len(keys))
        asked = f"{self._sql} ({marks}){self._then}"
        return _read(raw.execute(asked, (*keys, *within.values())).fetchall(), self._times)

    def mappings(
        self, conn: Connection, keys: Sequence[Any], **within: Any
    ) -> list[Mapping[Any, Any]]:
        """The same by the names of the columns."""
        return [dict(zip(self._names, row, strict=True)) for row in self.rows(conn, keys, **within)]


def instant(value: Any) -> datetime:
    """A time of a plain question's answer."""
    return value if isinstance(value, datetime) else moment(value)


def _times(asked: Select[Any]) -> tuple[int, ...]:
    """The places of the times among the columns."""
    columns = enumerate(asked.selected_columns)
    return tuple(place for place, column in columns if isinstance(column.type, Instant))


def _kept(value: Any) -> Any:
    return microseconds(value) if isinstance(value, datetime) else value


def _read(rows: list[Row], times: tuple[int, ...]) -> Sequence[Row]:
    """The rows with their times as datetimes."""
    return [_timed(row, times) for row in rows] if times else rows


def _timed(row: Row, times: tuple[int, ...]) -> Row:
    values = list(row)
    for place in times:
        if values[place] is not None:
            values[place] = moment(values[place])
    return values
