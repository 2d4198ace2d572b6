"""Feeds declared: every published item is put where it belongs by what the configuration says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from feedsvc.model import MAIN_FEED, Status
from feedsvc.store import naming, schema, specs
from feedsvc.store.changes import FeedSpec
from feedsvc.store.pending import CHUNK, after
from feedsvc.store.rows import ItemRows
from feedsvc.store.transaction import Transaction, declared


def is_declared(conn: Connection, wanted: Sequence[FeedSpec]) -> bool:
    """Whether exactly these feeds are declared already."""
    return {spec.name: spec for spec in declared(conn)} == {spec.name: spec for spec in wanted}


def declare(conn: Connection, rows: ItemRows, wanted: Sequence[FeedSpec], now: datetime) -> None:
    """Declare exactly these feeds: every published item is put where it belongs by them."""
    transaction = Transaction(conn, rows, now)
    before = {spec.name: spec for spec in transaction.specs}
    after_ = {spec.name: spec for spec in wanted}
    if before == after_:
        return
    revision = transaction.next_revision()
    for spec in wanted:
        if before.get(spec.name) != spec:
            _keep_spec(conn, rows, spec, revision, now)
    transaction.specs = [after_[name] for name in sorted(after_)]
    if before.keys() != after_.keys() or any(_moves(before[n], after_[n]) for n in after_):
        _place_all(conn, transaction, revision)
    old, new = before.get(MAIN_FEED), after_.get(MAIN_FEED)
    if old and new and old.about != new.about:
        _touch_derived(conn, revision, now)
    for name in before.keys() - after_.keys():
        _end(conn, name, revision, now)
    transaction.finish()


def _moves(before: FeedSpec, wanted: FeedSpec) -> bool:
    return (before.where, before.hold) != (wanted.where, wanted.hold)


def _place_all(conn: Connection, transaction: Transaction, revision: int) -> None:
    last = 0
    while row_ids := _published(conn, last):
        transaction.load_items(row_ids)
        for row_id in row_ids:
            transaction.place(transaction.placed[row_id], revision, edited=False)
        transaction.flush()
        last = row_ids[-1]


def _touch_derived(conn: Connection, revision: int, now: datetime) -> None:
    """Feeds of tags and authors say of themselves what the main feed's configuration says."""
    feeds = schema.feeds
    derived = update(feeds).where(feeds.c.kind != "feed")
    conn.execute(derived.values(revision=revision))
    later = derived.where(feeds.c.changed_at < now)
    conn.execute(later.values(changed_at=now))


def _published(conn: Connection, after_id: int) -> list[int]:
    items = schema.items
    asked = (
        select(items.c.id)
        .where(items.c.id > after_id, items.c.status == str(Status.PUBLISHED))
        .order_by(items.c.id)
        .limit(CHUNK)
    )
    return list(conn.execute(asked).scalars())


def _keep_spec(
    conn: Connection, rows: ItemRows, spec: FeedSpec, revision: int, now: datetime
) -> None:
    feeds = schema.feeds
    row = conn.execute(select(feeds).where(feeds.c.key == spec.name)).one_or_none()
    if row is None:
        conn.execute(
            insert(feeds).values(
                key=spec.name,
                kind="feed",
                label=spec.name,
                guid=naming.feed_guid(rows.site_url, now, spec.name),
                created_at=now,
                revision=revision,
                changed_at=now,
                count=0,
                spec=specs.written(spec),
            )
        )
        return
    changed = update(feeds).where(feeds.c.key == spec.name)
    conn.execute(changed.values(spec=specs.written(spec), ended_at=None))
    about_it = row.spec is not None and specs.read(spec.name, row.spec).about != spec.about
    if row.ended_at is not None or about_it:
        conn.execute(changed.values(revision=revision, changed_at=after(row.changed_at, now)))


def _end(conn: Connection, name: str, revision: int, now: datetime) -> None:
    feeds = schema.feeds
    row = conn.execute(select(feeds).where(feeds.c.key == name)).one()
    conn.execute(
        update(feeds)
        .where(feeds.c.key == name)
        .values(ended_at=now, revision=revision, changed_at=after(row.changed_at, now))
    )
