"""Items that leave for good: with everything that hangs on them, and without a tombstone.

It is no retraction: what nobody keeps any longer is just not shown any more. The feeds and archive
pages that showed such an item have changed, and say so; whoever mirrors the store is told nothing,
as the log of changes forgets it too. Its names are free again. What other sources carry as well
goes on as theirs (apart.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Table, delete, exists, func, select, update

from feedsvc.model import Item, Status
from feedsvc.store import apart, schema, sourcing, uploads
from feedsvc.store.membership import Entry, Move
from feedsvc.store.pending import CHUNK, chunks, kind_of
from feedsvc.store.rows import ItemRows, fit
from feedsvc.store.search import index
from feedsvc.store.sources import Record
from feedsvc.store.times import later
from feedsvc.store.transaction import Transaction
from feedsvc.store.words import searched

#: What ``why`` says of a record whose item has left.
TOO_MUCH = "no longer kept"

#: What belongs to an item, by its row number.
_PARTS: tuple[Table, ...] = (
    schema.archived,
    schema.versions,
    schema.media,
    schema.changes,
    schema.upload_uses,
    schema.keys,
    schema.slugs,
)


def drop(
    conn: Connection,
    rows: ItemRows,
    guids: Iterable[str],
    now: datetime,
    *,
    since: datetime | None = None,
) -> int:
    """Delete the items of these guids; how many there were.

    What other sources only credit them for stays, unless it is older than ``since`` as well.
    """
    transaction = Transaction(conn, rows, now)
    row_ids = sorted(set(transaction.load_guids(guid for guid in guids if fit(guid))))
    if not row_ids:
        return 0
    revision = transaction.next_revision()
    credits_ = apart.crediting(conn, rows, _names(conn, row_ids))
    if credits_:
        sourcing.release(conn, {number for number, _ in credits_})
    told: list[Item] = []
    left: set[str] = set()
    for start in range(0, len(row_ids), CHUNK):
        part = row_ids[start : start + CHUNK]
        transaction.load_items(part)
        going = {row_id: transaction.placed[row_id].item for row_id in part}
        words = {row_id: searched(item) for row_id, item in going.items()}
        left |= _take_out(transaction, part, revision)
        transaction.flush()
        index(conn, words, {})
        were = {row_id: it for row_id, it in going.items() if it.status is not Status.REVIEW}
        uploads.leave(conn, were, [*transaction.specs, *transaction.closed])
        _delete(conn, part)
        _let_go(conn, [name for item in going.values() for name in (item.guid, *item.aliases)])
        told += [item for item in going.values() if item.status is Status.PUBLISHED]
    _drop_empty_pages(conn, left, revision, now)
    _drop_empty_feeds(conn, left)
    transaction.finish()
    young = [one for one in credits_ if since is None or _date(one[1]) >= since]
    for item in told if young else ():
        names = {item.guid, *item.aliases}
        its = [one for one in young if one[1].item in names]
        if its:
            apart.pass_on(conn, rows, item, its, now)
    return len(row_ids)


def _date(record: Record) -> datetime:
    """What a record counts as, as in keeping.py."""
    return min(record.published or record.first_at, record.first_at)


def _names(conn: Connection, row_ids: list[int]) -> list[str]:
    """All guids of these items."""
    asked, guids = select(schema.guids.c.guid), schema.guids.c
    found = (
        conn.execute(asked.where(guids.item_id.in_(some))).scalars() for some in chunks(row_ids)
    )
    return [name for some in found for name in some]


def _take_out(transaction: Transaction, row_ids: Iterable[int], revision: int) -> set[str]:
    """Take the items out of their feeds; those in which they were."""
    left: set[str] = set()
    pending = transaction.pending
    for row_id in row_ids:
        for feed, entry in transaction.entries.get(row_id, {}).items():
            pending.move(row_id, Move(feed, feed, None, -int(entry.live), seen=_was_seen(entry)))
            if _was_seen(entry):
                pending.feeds[feed].revision = revision
            left.add(feed)
    return left


def _was_seen(entry: Entry) -> bool:
    """Whether readers have had it there, as an item or a tombstone."""
    return entry.entered_at is not None


def _delete(conn: Connection, row_ids: list[int]) -> None:
    guids, properties = schema.guids.c, schema.properties.c
    names = select(guids.guid).where(guids.item_id.in_(row_ids))
    conn.execute(delete(schema.properties).where(properties.guid.in_(names)))
    for table in (*_PARTS, schema.guids, schema.entries):
        column: Column[Any] = table.c.item_id
        conn.execute(delete(table).where(column.in_(row_ids)))
    conn.execute(delete(schema.items).where(schema.items.c.id.in_(row_ids)))


def _let_go(conn: Connection, names: list[str]) -> None:
    """Keep of every source that had one of these items, or credits it, that it is not wanted.

    What a credit is kept for is made of it afterwards."""
    records = schema.records
    over = {"state": "dropped", "item": None, "kept": None, "out_at": None, "why": TOO_MUCH}
    for some in chunks(names):
        conn.execute(update(records).where(records.c.item.in_(some)).values(over))


def _drop_empty_pages(
    conn: Connection, feeds: Collection[str], revision: int, now: datetime
) -> None:
    """Drop archive pages in which nothing stands any more, but for the last one of a feed.

    The next page, which led to it, leads to another one then.
    """
    pages, archived = schema.pages, schema.archived
    stands = exists().where(archived.c.feed == pages.c.feed, archived.c.number == pages.c.number)
    for feed in sorted(feed for feed in feeds if kind_of(feed) == "feed"):
        last = select(schema.feeds.c.pages).where(schema.feeds.c.key == feed).scalar_subquery()
        asked = select(pages.c.number).where(pages.c.feed == feed, pages.c.number < last, ~stands)
        empty = list(conn.execute(asked).scalars())
        for some in chunks(empty):
            these = (pages.c.feed == feed, pages.c.number.in_(some))
            conn.execute(delete(pages).where(*these))
        for number in _followers(conn, feed, empty):
            follower = update(pages).where(pages.c.feed == feed, pages.c.number == number)
            conn.execute(
                follower.values(revision=revision, changed_at=later(pages.c.changed_at, now))
            )


def _followers(conn: Connection, feed: str, dropped: Iterable[int]) -> set[int]:
    """The pages that now lead past one that was dropped."""
    number = schema.pages.c.number
    asked = select(func.min(number)).where(schema.pages.c.feed == feed)
    found = (conn.execute(asked.where(number > gone)).scalar() for gone in dropped)
    return {one for one in found if one is not None}


def _drop_empty_feeds(conn: Connection, keys: Iterable[str]) -> None:
    """Drop feeds of tags and authors of which nobody has anything left, not even a tombstone."""
    feeds, entries = schema.feeds, schema.entries
    has_any = exists().where(entries.c.feed == feeds.c.key)
    for some in chunks(sorted(key for key in keys if kind_of(key) != "feed")):
        conn.execute(delete(feeds).where(feeds.c.key.in_(some), ~has_any))
