"""Whether what is kept hangs together: the file, the rows, and what was worked out from them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from feedsvc.store import schema
from feedsvc.store.pending import CHUNK
from feedsvc.store.rows import UNREADABLE, ItemRows
from feedsvc.store.schema import LIVE


def verify(conn: Connection, rows: ItemRows) -> list[str]:
    """Every fault that can be found, one sentence each."""
    faults = list(_file_faults(conn)) if conn.dialect.name == "sqlite" else []
    return faults or [*_item_faults(conn, rows), *_feed_faults(conn)]


def file_faults(conn: Connection) -> Iterator[str]:
    """What SQLite finds wrong with its file."""
    for found in conn.exec_driver_sql("PRAGMA integrity_check(10)").scalars():
        if found != "ok":
            yield " ".join(str(found).split())


def _file_faults(conn: Connection) -> Iterator[str]:
    yield from file_faults(conn)
    for row in conn.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"a row of {row[0]} belongs to nothing in {row[2]}"


def _item_faults(conn: Connection, rows: ItemRows) -> Iterator[str]:
    items, last = schema.items, 0
    while True:
        asked = select(items).where(items.c.id > last).order_by(items.c.id).limit(CHUNK)
        part = conn.execute(asked).mappings().all()
        for row in part:
            last = row["id"]
            try:
                rows.strictly(row)
            except UNREADABLE as error:
                yield f"the item {row['guid']} can't be read ({error})"
        if len(part) < CHUNK:
            return


def _feed_faults(conn: Connection) -> Iterator[str]:
    live = (
        select(schema.entries.c.feed, func.count().label("live"))
        .where(LIVE)
        .group_by(schema.entries.c.feed)
        .subquery()
    )
    counted = func.coalesce(live.c.live, 0)
    asked = (
        select(schema.feeds.c.key, schema.feeds.c["count"], counted)
        .outerjoin(live, live.c.feed == schema.feeds.c.key)
        .where(schema.feeds.c["count"] != counted)
    )
    for key, kept, found in conn.execute(asked):
        yield f"the feed {key} counts {kept} entries and has {found}"
