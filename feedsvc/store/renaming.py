"""A declared feed under another name: the same feed, with its guid, its entries and its archive.

Every name that it ever had goes on leading to it, whatever the configuration still says of that: it
keeps a row, of the kind ``moved``, whose label is the key of the feed as it is now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Column, Connection, and_, delete, func, insert, or_, select, text, update

from feedsvc.store import schema, specs
from feedsvc.store.changes import FeedSpec
from feedsvc.store.times import after, later

# What was counted on a day under both names is one feed's by now.
_POLLS = text(
    "INSERT INTO polls (day, feed, form, client, requests, unconditional, not_modified, deltas,"
    " refused, bytes_sent, bytes_saved, subscribers)"
    " SELECT day, :new, form, client, requests, unconditional, not_modified, deltas, refused,"
    " bytes_sent, bytes_saved, subscribers FROM polls WHERE feed = :old"
    " ON CONFLICT (day, feed, form, client) DO UPDATE SET"
    " requests = polls.requests + excluded.requests,"
    " unconditional = polls.unconditional + excluded.unconditional,"
    " not_modified = polls.not_modified + excluded.not_modified,"
    " deltas = polls.deltas + excluded.deltas,"
    " refused = polls.refused + excluded.refused,"
    " bytes_sent = polls.bytes_sent + excluded.bytes_sent,"
    " bytes_saved = polls.bytes_saved + excluded.bytes_saved,"
    " subscribers = polls.subscribers + excluded.subscribers"
)


def renames(conn: Connection, wanted: Sequence[FeedSpec]) -> list[tuple[str, str]]:
    """Which feeds are to get another name: the old one and the new.

    A feed that is there already takes nobody's place, and one that is wanted keeps its name. A
    name that leads on stands for the feed that it leads to, if no other is meant.
    """
    names = {spec.name for spec in wanted}
    asked = {name for spec in wanted if spec.formerly for name in (spec.name, *spec.formerly)}
    if not asked:
        return []
    feeds = schema.feeds.c
    known = conn.execute(select(feeds.key, feeds.kind, feeds.label).where(feeds.key.in_(asked)))
    rows = {row.key: row for row in known}
    there = {key for key, row in rows.items() if row.kind == "feed"}
    leading = {key: row.label for key, row in rows.items() if row.kind == "moved"}
    found: dict[str, str] = {}
    for spec in wanted:
        own = [name for name in spec.formerly if name in there]
        own += [leading[name] for name in spec.formerly if name in leading]
        former = next((name for name in own if name not in names | found.keys()), None)
        if former is not None and spec.name not in there:
            found[former] = spec.name
    return list(found.items())


def rename(conn: Connection, old: str, new: str, revision: int, now: datetime) -> None:
    """Move all that is kept of a feed to its new name."""
    feeds = schema.feeds
    row = conn.execute(select(feeds).where(feeds.c.key == old)).mappings().one()
    spec = specs.read(new, row["spec"])
    spec = replace(spec, formerly=tuple(dict.fromkeys((*spec.formerly, old))))
    moved = {
        "key": new,
        "label": new,
        "revision": revision,
        "changed_at": after(row["changed_at"], now),
        "spec": specs.written(spec),
    }
    forget(conn, new)
    conn.execute(insert(feeds).values(dict(row) | moved))
    last = conn.execute(select(func.max(schema.items.c.id))).scalar() or 0
    _move(conn, schema.entries.c.item_id, last, 10_000, old, new)
    _move(conn, schema.archived.c.number, row["pages"], 200, old, new)
    conn.execute(update(schema.pages).where(schema.pages.c.feed == old).values(feed=new))
    move_pages(conn, new, revision, now)
    conn.execute(_POLLS, {"old": old, "new": new})
    conn.execute(delete(schema.polls).where(schema.polls.c.feed == old))
    led_here = and_(feeds.c.kind.in_(schema.NAMED), feeds.c.label == old, feeds.c.key != new)
    conn.execute(update(feeds).where(led_here).values(label=new))
    conn.execute(
        update(feeds)
        .where(feeds.c.key == old)
        .values(
            kind="moved",
            label=new,
            count=0,
            pages=0,
            spec=None,
            ended_at=now,
            ends_at=None,
            noticed_at=None,
        )
    )


def forget(conn: Connection, name: str) -> None:
    """Let a name that only led on be free for a feed."""
    feeds = schema.feeds
    asked = select(feeds.c.key).where(feeds.c.key == name, feeds.c.kind == "moved")
    if conn.execute(asked).first() is not None:
        conn.execute(delete(feeds).where(feeds.c.key == name))


def with_names(conn: Connection, wanted: Sequence[FeedSpec]) -> list[FeedSpec]:
    """The feeds with all names that lead to them: items may name them by any of these."""
    feeds = schema.feeds.c
    taken = {name for spec in wanted for name in (spec.name, *spec.formerly)}
    asked = select(feeds.key, feeds.label).where(
        feeds.kind.in_(schema.NAMED), feeds.label != feeds.key
    )
    names: dict[str, list[str]] = {}
    for key, label in sorted(map(tuple, conn.execute(asked))):
        if key not in taken:
            names.setdefault(label, []).append(key)
    return [replace(spec, formerly=(*spec.formerly, *names.get(spec.name, ()))) for spec in wanted]


def lead_on(conn: Connection, wanted: Sequence[FeedSpec]) -> None:
    """Note for good where former names lead, also those of feeds that ended beside the new one."""
    feeds = schema.feeds.c
    names = {spec.name for spec in wanted}
    for spec in wanted:
        theirs = [name for name in spec.formerly if name not in names]
        if theirs:
            these = or_(feeds.key.in_(theirs), feeds.label.in_(theirs))
            only_names = (feeds.kind.in_(schema.NAMED), feeds.ended_at.is_not(None))
            conn.execute(
                update(schema.feeds)
                .where(these, *only_names, feeds.key.not_in(names))
                .values(label=spec.name)
            )


def _move(conn: Connection, number: Column[int], last: int, part: int, old: str, new: str) -> None:
    """Give a table's rows the new name, part by part by their numbers from 1 to ``last``: of one
    statement SQLite keeps all that it changes in memory, to take it back."""
    table = number.table
    for first in range(1, last + 1, part):
        its = (table.c.feed == old, number.between(first, first + part - 1))
        conn.execute(update(table).where(*its).values(feed=new))


def move_pages(conn: Connection, feed: str, revision: int, now: datetime) -> None:
    """Note that all pages of a feed read differently: its name, title … stand in each of them."""
    pages = schema.pages
    conn.execute(
        update(pages)
        .where(pages.c.feed == feed)
        .values(revision=revision, changed_at=later(pages.c.changed_at, now))
    )
