"""When something is going to come into a feed by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, literal, or_, select

from feedsvc.model import MAIN_FEED, Status
from feedsvc.store.membership import Placed, declared_feeds, derived_feeds, is_private
from feedsvc.store.questions import Question
from feedsvc.store.rows import ItemRows, fit
from feedsvc.store.schema import entries, items
from feedsvc.store.transaction import declared_and_closed

#: So many waiting items are looked at. If none of them is for the feed, the time of the last one
#: stands for whatever comes after it: too early is only a poll too many.
_LOOKED_AT = 50

# Built once, since they are asked after every write (statements.py).
_HELD = (
    select(items, entries.c.enters_at)
    .join(entries, entries.c.item_id == items.c.id)
    .where(entries.c.feed == bindparam("in"), entries.c.enters_at.is_not(None))
    .order_by(entries.c.enters_at)
    .limit(bindparam("most"))
)
_SCHEDULED = (
    select(items)
    .where(items.c.status == str(Status.SCHEDULED), items.c.due_at.is_not(None))
    .order_by(items.c.due_at)
    .limit(_LOOKED_AT)
)
#: Most of the time nothing waits at all, which the indexes tell at once.
_ANY = Question(
    select(literal(1)).where(
        or_(
            exists(select(entries.c.item_id).where(entries.c.enters_at.is_not(None))),
            exists(select(items.c.id).where(items.c.due_at.is_not(None))),
        )
    )
)


def next_entry(conn: Connection, rows: ItemRows, key: str) -> datetime | None:
    if not fit(key) or not _ANY.rows(conn):
        return None
    if ":" in key and is_private(MAIN_FEED, declared_and_closed(conn)[0]):
        return None
    first = (next(times, None) for times in (_held(conn, rows, key), _scheduled(conn, rows, key)))
    return min((time for time in first if time is not None), default=None)


def _held(conn: Connection, rows: ItemRows, key: str) -> Iterator[datetime]:
    """When items come in that are published and wait; those of tags and authors wait in main."""
    derived = ":" in key
    feed = MAIN_FEED if derived else key
    found = conn.execute(_HELD, {"in": feed, "most": _LOOKED_AT if derived else 1})
    for number, row in enumerate(found.mappings(), 1):
        if not derived or number == _LOOKED_AT or key in derived_feeds(rows.item(row)):
            yield row["enters_at"]


def _scheduled(conn: Connection, rows: ItemRows, key: str) -> Iterator[datetime]:
    """When items come in that are going to be published."""
    waiting = conn.execute(_SCHEDULED).mappings().all()
    declared, closed = declared_and_closed(conn) if waiting else ([], [])
    specs = [*declared, *closed]
    for number, whole in enumerate(waiting, 1):
        row_id, due_at = whole["id"], whole["due_at"]
        item = replace(rows.item(whole), status=Status.PUBLISHED)
        if item.published is None or item.published > due_at:  # it expires before
            continue
        wanted = declared_feeds(Placed(row_id, item, due_at, due_at), specs)
        feed = MAIN_FEED if key in derived_feeds(item) else key
        if feed in wanted:
            yield wanted[feed]
        elif number == _LOOKED_AT:
            yield due_at
