"""Feeds declared: every published item is put where it belongs by what the configuration says."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from feedsvc.errors import Changed
from feedsvc.model import MAIN_FEED
from feedsvc.store import naming, schema, specs
from feedsvc.store.changes import FeedSpec
from feedsvc.store.closing import must_keep_closed
from feedsvc.store.made import MadeFeed, all_made, replace_made
from feedsvc.store.renaming import forget, lead_on, move_pages, rename, renames, with_names
from feedsvc.store.rows import ItemRows
from feedsvc.store.times import after, later
from feedsvc.store.transaction import Transaction, declared_and_closed


def is_declared(conn: Connection, wanted: Sequence[FeedSpec], now: datetime) -> bool:
    """Whether exactly these feeds are declared already."""
    there = _by_name(declared_and_closed(conn)[0]) == _by_name(still(with_names(conn, wanted), now))
    return there and not _unknown(conn, wanted)


def deciding(conn: Connection) -> list[FeedSpec]:
    """The declared feeds, and the private ones that have ended."""
    declared, closed = declared_and_closed(conn)
    return [*declared, *closed]


def still(wanted: Sequence[FeedSpec], now: datetime) -> list[FeedSpec]:
    """Those that have not ended by themselves."""
    return [spec for spec in wanted if spec.ends is None or spec.ends > now]


def _unknown(conn: Connection, wanted: Sequence[FeedSpec]) -> list[FeedSpec]:
    """Those that there never was a feed of."""
    feeds = schema.feeds.c
    known = set(conn.execute(select(feeds.key).where(feeds.kind == "feed")).scalars())
    return [spec for spec in wanted if spec.name not in known]


def _by_name(wanted: Sequence[FeedSpec]) -> dict[str, FeedSpec]:
    return {spec.name: spec for spec in wanted}


def declare(
    conn: Connection,
    rows: ItemRows,
    wanted: Sequence[FeedSpec],
    now: datetime,
    made: Mapping[str, MadeFeed] | None = None,
    known: Mapping[str, MadeFeed] | None = None,
) -> None:
    """Declare exactly these feeds: every published item is put where it belongs by them.

    Raises Changed if the made feeds are other ones than those that are ``known``, and Conflict if
    one of them takes the name of a private feed and so would publish what that had.
    """
    transaction = Transaction(conn, rows, now)
    if known is not None and all_made(conn) != known:
        raise Changed("somebody else has made or changed a feed meanwhile")
    renamed = renames(conn, wanted)
    must_keep_closed(deciding(conn), still(wanted, now), dict(renamed))
    if made is not None and made != all_made(conn):
        replace_made(conn, made)
        transaction.next_revision()  # what stands in no spec is seen by everybody too
    for old, new in renamed:
        rename(conn, old, new, transaction.next_revision(), now)
    wanted = with_names(conn, wanted)
    living = still(wanted, now)
    for spec in _unknown(conn, wanted):
        if spec not in living:  # known only to say that it has ended
            _make(conn, rows, spec, transaction.next_revision(), now, ended_at=now)
    transaction.specs, _ = declared_and_closed(conn)
    change_to(transaction, living)
    lead_on(conn, wanted)


def change_to(transaction: Transaction, wanted: Sequence[FeedSpec]) -> None:
    """Make these the declared feeds, and finish the transaction."""
    before, after_ = _by_name(transaction.specs), _by_name(wanted)
    if before != after_:
        _change(transaction, before, after_)
    transaction.finish()


def _change(
    transaction: Transaction, before: dict[str, FeedSpec], after_: dict[str, FeedSpec]
) -> None:
    conn, now = transaction.conn, transaction.now
    revision = transaction.next_revision()
    for name, spec in after_.items():
        if before.get(name) != spec:
            _keep_spec(conn, transaction.rows, spec, revision, now)
            transaction.touched.add(name)
    moved = {
        name
        for name in before.keys() | after_.keys()
        if _membership(before.get(name)) != _membership(after_.get(name))
    }
    ended = [spec for name, spec in before.items() if name not in after_ and spec.private]
    transaction.closed = [
        *(spec for spec in transaction.closed if spec.name not in after_),
        *(replace(spec, ended=True) for spec in ended),
    ]
    if moved:
        # Feeds of tags and authors follow main: then it is about all of them. What a private feed
        # claims, or did until now, is in the others or not.
        every = (*before.values(), *after_.values(), *transaction.closed)
        all_ = MAIN_FEED in moved or any(spec.private for spec in every)
        about = after_.keys() if all_ else after_.keys() & moved
        transaction.specs = [after_[name] for name in sorted(about)]
        _place_all(transaction, () if all_ else moved)
    old, new = before.get(MAIN_FEED), after_.get(MAIN_FEED)
    if old and new and _shows_of_itself(old) != _shows_of_itself(new):
        _touch_derived(conn, transaction.revision, now)
    for name in before.keys() - after_.keys():
        _end(conn, name, transaction.revision, now)
    transaction.specs = list(after_.values())


def _membership(spec: FeedSpec | None) -> tuple[object, ...] | None:
    if spec is None:
        return None
    return spec.where, spec.hold, frozenset((spec.name, *spec.formerly)), spec.private


def _shows(spec: FeedSpec) -> tuple[object, ...]:
    """What of a spec the live feed shows; its archive pages show ``about`` alone."""
    return *_shows_of_itself(spec), spec.sources


def _shows_of_itself(spec: FeedSpec) -> tuple[object, ...]:
    """What of main's spec the feeds of tags and authors show too."""
    return spec.about, spec.page_size, spec.max_bytes, spec.ends, spec.notice


def _place_all(transaction: Transaction, feeds: Collection[str]) -> None:
    """Put every item where it belongs among these feeds, or among all if none is named."""
    with_text = any(
        terms.text
        for spec in (*transaction.specs, *transaction.closed)
        for terms in (spec.where.all, spec.where.any, spec.where.none)
    )
    last = 0
    while last := transaction.load_next(last, feeds, with_text=with_text):
        for placed in list(transaction.placed.values()):
            # A revision each: who asks for changes can go on after any of them.
            if transaction.place(placed, transaction.revision + 1, edited=False):
                transaction.next_revision()
        transaction.flush()


def _touch_derived(conn: Connection, revision: int, now: datetime) -> None:
    """Feeds of tags and authors say of themselves what the main feed's configuration says."""
    feeds = schema.feeds
    derived = update(feeds).where(feeds.c.kind.not_in(schema.NAMED))
    changed_at = later(feeds.c.changed_at, now)
    conn.execute(derived.values(revision=revision, changed_at=changed_at))


def _keep_spec(
    conn: Connection, rows: ItemRows, spec: FeedSpec, revision: int, now: datetime
) -> None:
    feeds = schema.feeds
    asked = select(feeds).where(feeds.c.key == spec.name, feeds.c.kind == "feed")
    row = conn.execute(asked).one_or_none()
    if row is None:
        _make(conn, rows, spec, revision, now)
        return
    changed = update(feeds).where(feeds.c.key == spec.name)
    was_noticed = row.noticed_at if row.ended_at is None else None
    conn.execute(
        changed.values(
            label=spec.name,
            spec=specs.written(spec),
            ended_at=None,
            ends_at=spec.ends,
            noticed_at=(was_noticed or now) if spec.ends else None,
        )
    )
    old = specs.read(spec.name, row.spec)
    if row.ended_at is not None or _shows(old) != _shows(spec):
        conn.execute(changed.values(revision=revision, changed_at=after(row.changed_at, now)))
    if old.about != spec.about:
        move_pages(conn, spec.name, revision, now)


def _make(
    conn: Connection,
    rows: ItemRows,
    spec: FeedSpec,
    revision: int,
    now: datetime,
    ended_at: datetime | None = None,
) -> None:
    feeds = schema.feeds
    forget(conn, spec.name)

    def taken(guid: str) -> bool:  # by a feed that has had the name, earlier this day
        asked = select(feeds.c.key).where(feeds.c.kind.in_(schema.NAMED), feeds.c.guid == guid)
        return conn.execute(asked).first() is not None

    conn.execute(
        insert(feeds).values(
            key=spec.name,
            kind="feed",
            label=spec.name,
            guid=naming.free_name(naming.feed_guid(rows.site_url, now, spec.name), taken),
            created_at=now,
            revision=revision,
            changed_at=now,
            count=0,
            spec=specs.written(spec),
            ended_at=ended_at,
            ends_at=spec.ends,
            noticed_at=now if spec.ends else None,
        )
    )


def _end(conn: Connection, name: str, revision: int, now: datetime) -> None:
    feeds = schema.feeds
    row = conn.execute(select(feeds).where(feeds.c.key == name)).one()
    conn.execute(
        update(feeds)
        .where(feeds.c.key == name)
        .values(ended_at=now, revision=revision, changed_at=after(row.changed_at, now))
    )
