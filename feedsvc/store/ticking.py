"""What is due by itself: scheduled items, expiries, holds and vetoes that are over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from feedsvc.store import decide, reads, reviewing, schema
from feedsvc.store.declaring import change_to, still
from feedsvc.store.pending import CHUNK
from feedsvc.store.rows import ItemRows
from feedsvc.store.transaction import Transaction


def tick(conn: Connection, rows: ItemRows, now: datetime) -> int:
    """Do what is due: publish scheduled items, withdraw expired ones, let held ones in, end feeds,
    let out what nobody has dropped in time.

    The number of items and feeds for which something happened.
    """
    transaction = Transaction(conn, rows, now)
    items, entries = schema.items, schema.entries
    due = select(items.c.id).where(items.c.due_at <= now)
    held = select(entries.c.item_id).where(entries.c.enters_at <= now)
    row_ids = sorted({row.id for row in conn.execute(due)} | {*conn.execute(held).scalars()})
    happened = 0
    for start in range(0, len(row_ids), CHUNK):
        part = row_ids[start : start + CHUNK]
        transaction.load_items(part)
        for row_id in part:
            placed = transaction.placed[row_id]
            item = decide.when_due(placed.item, now)
            if item != placed.item:
                transaction.settle(row_id, item)
                happened += 1
            elif transaction.place(placed, transaction.revision + 1, edited=False):
                transaction.next_revision()
                happened += 1
        transaction.flush()
    living = still(transaction.specs, now)
    happened += len(transaction.specs) - len(living)
    change_to(transaction, living)
    return happened + reviewing.let_out(conn, rows, now)


def next_due(conn: Connection) -> datetime | None:
    """When there is something to do next."""
    times = (reads.next_due(conn), reviewing.next_out(conn))
    return min((time for time in times if time is not None), default=None)
