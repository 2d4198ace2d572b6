"""When something is going to come into a feed by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from feedsvc.model import MAIN_FEED, Status
from feedsvc.store.membership import Placed, declared_feeds, derived_feeds
from feedsvc.store.rows import ItemRows, fit
from feedsvc.store.schema import entries, items
from feedsvc.store.transaction import declared

#: So many waiting items are looked at. If none of them is for the feed, the time of the last one
#: stands for whatever comes after it: too early is only a poll too many.
_LOOKED_AT = 50


def next_entry(conn: Connection, rows: ItemRows, key: str, now: datetime) -> datetime | None:
    if not fit(key):
        return None
    first = (next(times, None) for times in (_held(conn, rows, key), _scheduled(conn, rows, key)))
    return min((max(time, now) for time in first if time is not None), default=None)


def _held(conn: Connection, rows: ItemRows, key: str) -> Iterator[datetime]:
    """When items come in that are published and wait; those of tags and authors wait in main."""
    derived = ":" in key
    feed = MAIN_FEED if derived else key
    asked = (
        select(entries.c.item_id, entries.c.enters_at)
        .where(entries.c.feed == feed, entries.c.enters_at.is_not(None))
        .order_by(entries.c.enters_at)
        .limit(_LOOKED_AT if derived else 1)
    )
    waiting = conn.execute(asked).all()
    for number, row in enumerate(waiting, 1):
        if not derived or number == _LOOKED_AT:
            yield row.enters_at
            continue
        whole = conn.execute(select(items).where(items.c.id == row.item_id)).mappings().one()
        if key in derived_feeds(rows.item(whole)):
            yield row.enters_at


def _scheduled(conn: Connection, rows: ItemRows, key: str) -> Iterator[datetime]:
    """When items come in that are going to be published."""
    asked = (
        select(items.c.id, items.c.due_at)
        .where(items.c.status == str(Status.SCHEDULED), items.c.due_at.is_not(None))
        .order_by(items.c.due_at)
        .limit(_LOOKED_AT)
    )
    waiting = conn.execute(asked).all()
    specs = declared(conn) if waiting else []
    for number, (row_id, due_at) in enumerate(waiting, 1):
        whole = conn.execute(select(items).where(items.c.id == row_id)).mappings().one()
        item = replace(rows.item(whole), status=Status.PUBLISHED)
        if item.published is None or item.published > due_at:  # it expires before
            continue
        wanted = declared_feeds(Placed(row_id, item, due_at, due_at), specs)
        feed = MAIN_FEED if key in derived_feeds(item) else key
        if feed in wanted:
            yield wanted[feed]
        elif number == _LOOKED_AT:
            yield due_at
