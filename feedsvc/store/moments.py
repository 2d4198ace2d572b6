"""Where a SQLite store stands, told in microseconds: for whoever must not wait."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection

from feedsvc.store.questions import driver


class Moment(NamedTuple):
    """The last change's number and its time in microseconds since 1970.

    Both, since a store that was put back to an older state gives numbers a second time.
    """

    revision: int
    at: int


class Mark(NamedTuple):
    """What documents depend on: the items and entries, and what is settled of the feeds.

    ``settings`` says all of the declared and made feeds, to be compared.
    """

    moment: Moment
    settings: str


_MOMENT = "SELECT value, at FROM revision"
# In the order of their keys, which the rows of both have.
_MARK = """
SELECT
    (SELECT value FROM revision),
    (SELECT at FROM revision),
    (SELECT group_concat(name || ' ' || section, ';') FROM made_feeds),
    (
        SELECT group_concat(key || ' ' || coalesce(ended_at, '') || ' ' || coalesce(spec, ''), ';')
        FROM feeds WHERE kind = 'feed'
    )
"""


def moment(conn: Connection) -> Moment:
    """Where the store stands in this transaction."""
    raw: Any = driver(conn)
    row = raw.execute(_MOMENT).fetchone()
    return Moment(row[0] or 0, row[1] or 0) if row else Moment(0, 0)


def settings_of(conn: Connection) -> str:
    """The settings of the mark in this transaction, empty on PostgreSQL."""
    raw = driver(conn)
    return "" if raw is None else mark(raw).settings


def mark(raw: Any) -> Mark:
    """Where the store stands as this connection of the driver sees it now."""
    revision, at, made, declared = raw.execute(_MARK).fetchone()
    return Mark(Moment(revision or 0, at or 0), f"{made}\n\n{declared}")
