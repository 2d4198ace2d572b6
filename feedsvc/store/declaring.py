"""Feeds declared: every published item is put where it belongs by what the configuration says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, insert, literal, select, type_coerce, update

from feedsvc.model import MAIN_FEED, Where
from feedsvc.store import naming, schema, specs
from feedsvc.store.changes import FeedSpec
from feedsvc.store.pending import after
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
            transaction.touched.add(spec.name)
    moved = {
        name
        for name in before.keys() | after_.keys()
        if _membership(before.get(name)) != _membership(after_.get(name))
    }
    if moved:
        # Feeds of tags and authors follow main: then it is about all of them.
        about = after_.keys() if MAIN_FEED in moved else after_.keys() & moved
        transaction.specs = [after_[name] for name in sorted(about)]
        _place_all(transaction, () if MAIN_FEED in moved else moved, revision)
    old, new = before.get(MAIN_FEED), after_.get(MAIN_FEED)
    if old and new and old.about != new.about:
        _touch_derived(conn, revision, now)
    for name in before.keys() - after_.keys():
        _end(conn, name, revision, now)
    transaction.specs = list(after_.values())
    transaction.finish()


def _membership(spec: FeedSpec | None) -> tuple[Where, timedelta] | None:
    return (spec.where, spec.hold) if spec else None


def _shows(spec: FeedSpec) -> tuple[object, ...]:
    """What of a spec the feed's documents show."""
    return spec.about, spec.page_size, spec.max_bytes, spec.ends


def _place_all(transaction: Transaction, feeds: Collection[str], revision: int) -> None:
    """Put every item where it belongs among these feeds, or among all if none is named."""
    with_text = any(
        terms.text
        for spec in transaction.specs
        for terms in (spec.where.all, spec.where.any, spec.where.none)
    )
    last = 0
    while last := transaction.load_next(last, feeds, with_text=with_text):
        for placed in list(transaction.placed.values()):
            transaction.place(placed, revision, edited=False)
        transaction.flush()


def _touch_derived(conn: Connection, revision: int, now: datetime) -> None:
    """Feeds of tags and authors say of themselves what the main feed's configuration says."""
    feeds = schema.feeds
    derived = update(feeds).where(feeds.c.kind != "feed")
    next_time = type_coerce(feeds.c.changed_at, BigInteger) + 1
    for which, changed_at in (
        (feeds.c.changed_at >= now, type_coerce(next_time, schema.Instant())),
        (feeds.c.revision < revision, literal(now, schema.Instant())),
    ):
        conn.execute(derived.where(which).values(revision=revision, changed_at=changed_at))


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
    if row.ended_at is not None or _shows(specs.read(spec.name, row.spec)) != _shows(spec):
        conn.execute(changed.values(revision=revision, changed_at=after(row.changed_at, now)))


def _end(conn: Connection, name: str, revision: int, now: datetime) -> None:
    feeds = schema.feeds
    row = conn.execute(select(feeds).where(feeds.c.key == name)).one()
    conn.execute(
        update(feeds)
        .where(feeds.c.key == name)
        .values(ended_at=now, revision=revision, changed_at=after(row.changed_at, now))
    )
