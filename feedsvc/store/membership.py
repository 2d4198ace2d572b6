"""Which item is in which feed, and what changes when an item or the time moves on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from feedsvc.model import MAIN_FEED, Item, Status, term_key
from feedsvc.store.changes import FeedSpec

#: UTF-8 bytes of a feed's key; PostgreSQL indexes no more than about 2,700 for a row.
KEY_BYTES = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """An item's place in one feed.

    Live: entered and not left. Waiting: ``enters_at`` says until when. A tombstone: left. An entry
    can wait and be a tombstone at once, when an item comes back to a feed that holds.
    ``revision`` is the last change that readers of the feed could see.
    """

    feed: str
    item_id: int
    sort_at: datetime
    enters_at: datetime | None
    entered_at: datetime | None
    left_at: datetime | None
    revision: int

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


@dataclass(frozen=True, slots=True)
class Move:
    """One entry as it is to be; ``entry`` None deletes a place that was never entered.

    ``count`` is what it adds to the feed's live entries (-1, 0, 1). ``seen`` says whether readers
    of the feed can tell.
    """

    feed: str
    entry: Entry | None
    count: int
    seen: bool


def declared_feeds(placed: Placed, specs: Iterable[FeedSpec]) -> dict[str, datetime]:
    """The declared feeds that take the item, each with the time from which it may be in."""
    item = placed.item
    if item.status is not Status.PUBLISHED or placed.visible_at is None:
        return {}
    return {
        spec.name: _after(placed.visible_at, spec.hold)
        for spec in specs
        if (spec.name in item.feeds if item.feeds else spec.where.matches(item))
    }


def _after(moment: datetime, hold: timedelta) -> datetime:
    try:
        return moment + hold
    except OverflowError:  # held for longer than the calendar goes
        return datetime.max.replace(tzinfo=UTC)


def derived_feeds(item: Item) -> dict[str, str]:
    """The keys of the item's tag and author feeds, each with its label."""
    found: dict[str, str] = {}
    for category in item.categories:
        found.setdefault(f"tag:{term_key(category.term)}", category.term)
    for author in item.authors:
        found.setdefault(f"author:{term_key(author.name)}", author.name)
    return {
        key: label
        for key, label in found.items()
        if not key.endswith(":") and len(key.encode()) <= KEY_BYTES
    }


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
    will see. Tag and author feeds hold the item exactly while ``main`` does.
    """
    wanted = declared_feeds(placed, specs)
    main = current.get(MAIN_FEED)
    in_main = MAIN_FEED in wanted and ((main is not None and main.live) or wanted[MAIN_FEED] <= now)
    if in_main:
        wanted |= dict.fromkeys(derived_feeds(placed.item), now)
    found = []
    for feed in [*wanted, *(feed for feed in current if feed not in wanted)]:
        move = _move(placed, feed, current.get(feed), wanted.get(feed), now, revision, edited)
        if move is not None:
            found.append(move)
    return found


def _move(
    placed: Placed,
    feed: str,
    entry: Entry | None,
    enters_at: datetime | None,
    now: datetime,
    revision: int,
    edited: bool,
) -> Move | None:
    if enters_at is None:
        return _leave(entry, now, revision) if entry is not None else None
    if entry is not None and entry.live:
        if not edited and entry.sort_at == placed.sort_at:
            return None
        return Move(feed, replace(entry, sort_at=placed.sort_at, revision=revision), 0, seen=True)
    if enters_at <= now:
        live = Entry(feed, placed.id, placed.sort_at, None, now, None, revision)
        return Move(feed, live, 1, seen=True)
    if entry is None:
        entry = Entry(feed, placed.id, placed.sort_at, None, None, None, revision)
    waiting = replace(entry, sort_at=placed.sort_at, enters_at=enters_at)
    return Move(feed, waiting, 0, seen=False) if waiting != entry else None


def _leave(entry: Entry, now: datetime, revision: int) -> Move | None:
    if entry.live:
        return Move(entry.feed, replace(entry, left_at=now, revision=revision), -1, seen=True)
    if entry.entered_at is None:
        return Move(entry.feed, None, 0, seen=False)
    if entry.enters_at is not None:
        return Move(entry.feed, replace(entry, enters_at=None), 0, seen=False)
    return None
