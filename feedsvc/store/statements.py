"""Rows written: in plain SQL, since what SQLAlchemy does with each value cost as much as SQLite.

On SQLite the driver itself gets them, as it gets the questions of a write (questions.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table

from feedsvc.store.columns import Instant, microseconds
from feedsvc.store.questions import driver

#: A row to write, by its columns.
Row = Mapping[str, Any]


def insert(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Add rows, all of the same columns."""
    if rows:
        names = tuple(rows[0])
        insert_values(conn, table, names, [*map(_pick(names), rows)])


def insert_values(
    conn: Connection, table: Table, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Add rows that are the values of these columns."""
    if rows:
        columns = ", ".join(f'"{name}"' for name in names)
        marks = ", ".join([_mark(conn)] * len(names))
        sql = f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608  # our names
        send(conn, sql, _kept(table, names, rows))


def update(conn: Connection, table: Table, key: tuple[str, ...], rows: Sequence[Row]) -> None:
    """Change the rows of these keys; all are given with the same columns, the key's among them."""
    if rows:
        names = tuple(name for name in rows[0] if name not in key)
        mark = _mark(conn)
        new = ", ".join(f'"{name}" = {mark}' for name in names)
        sql = f"UPDATE {table.name} SET {new} WHERE {_is(key, mark)}"  # noqa: S608  # our names
        names += key
        send(conn, sql, _kept(table, names, [*map(_pick(names), rows)]))


def delete(
    conn: Connection, table: Table, key: tuple[str, ...], gone: Sequence[tuple[Any, ...]]
) -> None:
    """Delete the rows of these keys, of which no part is a time."""
    sql = f"DELETE FROM {table.name} WHERE {_is(key, _mark(conn))}"  # noqa: S608  # our names
    send(conn, sql, gone)


def send(conn: Connection, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """One statement for each of these rows of values, as the driver takes them."""
    if not rows:
        return
    raw = driver(conn)
    if raw is None:
        conn.exec_driver_sql(sql, list(rows) if len(rows) > 1 else rows[0])
    elif len(rows) > 1:
        raw.executemany(sql, rows)
    else:
        raw.execute(sql, rows[0])


def _mark(conn: Connection) -> str:
    """What stands for a value in the driver's SQL."""
    return "?" if conn.dialect.name == "sqlite" else "%s"


def _is(key: tuple[str, ...], mark: str) -> str:
    return " AND ".join(f'"{name}" = {mark}' for name in key)


def _kept(
    table: Table, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> Sequence[tuple[Any, ...]]:
    """The values of these columns, times as the tables have them."""
    times = _times(table, names)
    return [_timed(row, times) for row in rows] if times else rows


def _timed(row: tuple[Any, ...], times: tuple[int, ...]) -> tuple[Any, ...]:
    values = list(row)
    for place in times:
        if values[place] is not None:
            values[place] = _microseconds(values[place])
    return tuple(values)


#: Many rows of one write have the same few times.
_microseconds = lru_cache(1000)(microseconds)


@cache
def _pick(names: tuple[str, ...]) -> Callable[[Row], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda row: (row[names[0]],)


@cache
def _times(table: Table, names: tuple[str, ...]) -> tuple[int, ...]:
    """The places of the times among these columns."""
    columns = table.columns
    return tuple(n for n, name in enumerate(names) if isinstance(columns[name].type, Instant))
