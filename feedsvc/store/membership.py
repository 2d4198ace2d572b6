"""Which item is in which feed, and what changes when an item or the time moves on. Pure.

A private feed with a ``where`` claims what it matches: a claimed item is in the feeds that claim it
and in no other. A private feed without one claims nothing; it has what nobody claims, as public
feeds have. An item that names its feeds is in these. One whose feeds are all private is private
itself: it is for whom they are for, in no feed of a tag or an author and in no search. A private
feed that has ended goes on claiming: what it had is not published by its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from feedsvc.model import MAIN_FEED, Item, Status, term_key
from feedsvc.store.changes import FeedSpec

#: UTF-8 bytes of a feed's key; PostgreSQL indexes no more than about 2,700 for a row.
KEY_BYTES = 1000


class Entry(NamedTuple):
    """An item's place in one feed: a row of its table, written as it is.

    Live: entered and not left. Waiting: ``enters_at`` says until when. A tombstone: left. An entry
    can wait and be a tombstone at once, when an item comes back to a feed that holds.
    ``revision`` is the last change that readers of the feed could see. ``page`` is the archive
    page that shows the item as it is now, None while none does (it is open), 0 in a feed without
    archives.
    """

    feed: str
    item_id: int
    sort_at: datetime
    enters_at: datetime | None
    entered_at: datetime | None
    left_at: datetime | None
    revision: int
    page: int | None = None

    @property
    def live(self) -> bool:
        return self.entered_at is not None and self.left_at is None


@dataclass(frozen=True, slots=True)
class Placed:
    """What decides an item's places: its row number, itself, and the store's own times for it.

    ``visible_at`` is when it became published, None while it never was; ``sort_at`` its place in
    listings, the earlier of its date and that time.
    """

    id: int
    item: Item
    visible_at: datetime | None
    sort_at: datetime


class Move(NamedTuple):
    """One entry as it is to be; ``entry`` None deletes a place that was never entered.

    ``label`` is what a feed of that key is called that is not there yet. ``added`` is what the
    move adds to the feed's live entries (-1, 0, 1). ``seen`` says whether its readers can tell.
    """

    feed: str
    label: str
    entry: Entry | None
    added: int
    seen: bool


def declared_feeds(placed: Placed, specs: Iterable[FeedSpec]) -> dict[str, datetime]:
    """The declared feeds that take the item, each with the time from which it may be in."""
    item = placed.item
    if item.status is not Status.PUBLISHED or placed.visible_at is None:
        return {}
    return {
        spec.name: _after(placed.visible_at, spec.hold)
        for spec in _taking(item, specs)
        if not spec.ended
    }


def private_feeds(item: Item, specs: Iterable[FeedSpec]) -> tuple[str, ...]:
    """The private feeds that a private item is in, or would be if it were published.

    Empty for a public item. ``specs`` are the declared feeds and the private ones that have ended.
    """
    taking = _taking(item, specs)
    return tuple(spec.name for spec in taking) if all(spec.private for spec in taking) else ()


def _taking(item: Item, specs: Iterable[FeedSpec]) -> list[FeedSpec]:
    """The feeds whose item it is, whatever its status."""
    if item.feeds:
        return [spec for spec in specs if _is_named(spec, item)]
    matching = [spec for spec in specs if spec.where.matches(item)]
    return [spec for spec in matching if spec.claims] or [
        spec for spec in matching if not (spec.ended and spec.private)
    ]


def _is_named(spec: FeedSpec, item: Item) -> bool:
    """Whether the item names the feed, by its name or one that it had before."""
    return any(name in item.feeds for name in (spec.name, *spec.formerly))


def _after(moment: datetime, hold: timedelta) -> datetime:
    try:
        return moment + hold
    except OverflowError:  # held for longer than the calendar goes
        return datetime.max.replace(tzinfo=UTC)


def derived_feeds(item: Item) -> dict[str, str]:
    """The keys of the item's tag and author feeds, each with its label."""
    found: dict[str, str] = {}
    for category in item.categories:
        found.setdefault(_derived("tag", category.term), category.term)
    for author in item.authors:
        found.setdefault(_derived("author", author.name), author.name)
    found.pop("", None)
    return found


@lru_cache(10_000)
def _derived(kind: str, name: str) -> str:
    """The key of a tag's or an author's feed, empty for one that can't have a feed."""
    key = f"{kind}:{term_key(name)}"
    return key if not key.endswith(":") and len(key.encode()) <= KEY_BYTES else ""


def moves(
    placed: Placed,
    current: Mapping[str, Entry],
    specs: Sequence[FeedSpec],
    *,
    now: datetime,
    revision: int,
    edited: bool,
) -> list[Move]:
    """What is to be done to the item's entries (``current``, by feed) for them to be right.

    ``edited`` says that the item's own words changed, which the readers of every feed it is in
    will see. Tag and author feeds hold the item exactly while ``main`` does, if that is public.
    """
    wanted = declared_feeds(placed, specs)
    labels: dict[str, str] = {}
    main = current.get(MAIN_FEED)
    if MAIN_FEED in wanted and ((main is not None and main.live) or wanted[MAIN_FEED] <= now):
        labels = {} if is_private(MAIN_FEED, specs) else derived_feeds(placed.item)
        wanted |= dict.fromkeys(labels, now)
    if not current:  # as of most items that come in: there is nothing to compare
        return _entering(placed, wanted, labels, now, revision)
    found = []
    for feed in [*wanted, *(feed for feed in current if feed not in wanted)]:
        entry, enters_at = current.get(feed), wanted.get(feed)
        page = 0 if ":" in feed else None  # archives are the declared feeds'
        if enters_at is None:
            after = _left(entry, now, revision)
        elif entry is not None and entry.live:
            after = entry
            if edited or entry.sort_at != placed.sort_at:
                after = entry._replace(sort_at=placed.sort_at, revision=revision, page=page)
        elif enters_at <= now:
            after = Entry(feed, placed.id, placed.sort_at, None, now, None, revision, page)
        else:
            before = entry or Entry(
                feed, placed.id, placed.sort_at, None, None, None, revision, page
            )
            after = before._replace(sort_at=placed.sort_at, enters_at=enters_at)
        if after != entry:
            was, is_ = _is_live(entry), _is_live(after)
            found.append(Move(feed, labels.get(feed, feed), after, is_ - was, was or is_))
    return found


def _entering(
    placed: Placed,
    wanted: Mapping[str, datetime],
    labels: Mapping[str, str],
    now: datetime,
    revision: int,
) -> list[Move]:
    """The moves of an item that never was in any feed, into those that want it."""
    found = []
    for feed, enters_at in wanted.items():
        enters = enters_at <= now
        waits, entered = (None, now) if enters else (enters_at, None)
        page = 0 if ":" in feed else None
        entry = Entry(feed, placed.id, placed.sort_at, waits, entered, None, revision, page)
        found.append(Move(feed, labels.get(feed, feed), entry, int(enters), enters))
    return found


def is_private(name: str, specs: Iterable[FeedSpec]) -> bool:
    """Whether the declared feed of this name is private."""
    return any(spec.private for spec in specs if spec.name == name)


def _is_live(entry: Entry | None) -> bool:
    return entry is not None and entry.live


def _left(entry: Entry | None, now: datetime, revision: int) -> Entry | None:
    """An entry after its item has nothing more to do with the feed."""
    if entry is None or entry.entered_at is None:
        return None
    if entry.live:
        return entry._replace(left_at=now, revision=revision)
    return entry._replace(enters_at=None)
