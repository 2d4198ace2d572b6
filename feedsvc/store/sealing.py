"""When entries of a feed go into archive pages (RFC 5005 4), and which. Pure.

An entry is open until a page is made that shows it as it is. The live feed shows all open entries
and the newest of all, so whoever walks from it through the pages misses nothing; this decides
which open ones there are too many of for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

#: Bytes of a document that are its head's: what the feed says of itself, links, a notice.
_HEAD = 16 * 1024

Place = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class Open:
    """An open entry. ``weight`` is its item's in bytes, ``revision`` its item's; ``fresh`` says
    that the write which is about to end has put it here."""

    item_id: int
    sort_at: datetime
    weight: int
    revision: int = 0
    fresh: bool = False

    @property
    def place(self) -> Place:
        return self.sort_at, self.item_id


@dataclass(frozen=True, slots=True)
class Measure:
    """How much a document of a feed may hold: entries, and bytes of them."""

    entries: int
    bytes: int

    @classmethod
    def of(cls, page_size: int, max_bytes: int) -> Measure:
        """A quarter of the bytes is left to tombstones, and some to the head."""
        return cls(page_size, max_bytes - max_bytes // 4 - min(_HEAD, max_bytes // 4))


def sealed(
    opened: Sequence[Open], newest: Open | None, edge: Place | None, measure: Measure
) -> list[list[Open]]:
    """The pages to make now, in their order; what is in none of them stays open.

    ``newest`` is the newest of all live entries, open or not; ``edge`` the place of the last that
    the live feed would show by age alone, None when it would show all.

    Two rules. Of entries beyond the edge, which are old ones edited and ones with old dates, half a
    page may stay open, else they would push the new ones out. And all open ones must fit into the
    live feed, together with the newest. What this very write has put here is spared as long as
    possible: so an edit does come out in the live feed.
    """
    opened = sorted(opened, key=lambda entry: (entry.fresh, *entry.place))
    going = _beyond(opened, edge, measure.entries // 2)
    pages = cut(going, measure)
    gone = {entry.item_id for entry in going}
    left = [entry for entry in opened if entry.item_id not in gone]
    while _too_much(left, newest, measure):
        movable = [entry for entry in left if not _same(entry, newest)]
        alike = [entry for entry in movable if entry.fresh == movable[0].fresh]
        page = cut(alike[: measure.entries], measure)[0]
        pages.append(page)
        gone = {entry.item_id for entry in page}
        left = [entry for entry in left if entry.item_id not in gone]
    return pages


def _beyond(opened: Sequence[Open], edge: Place | None, most: int) -> list[Open]:
    """Those beyond the edge that are to go, if there are too many of them."""
    beyond = [entry for entry in opened if edge is not None and entry.place < edge]
    if len(beyond) <= most:
        return []
    stays = min(most, sum(entry.fresh for entry in beyond))
    return beyond[: len(beyond) - stays]


def _too_much(left: Sequence[Open], newest: Open | None, measure: Measure) -> bool:
    shown = {entry.item_id: entry.weight for entry in left}
    if newest is not None:
        shown[newest.item_id] = newest.weight
    if len(shown) <= measure.entries and sum(shown.values()) <= measure.bytes:
        return False
    return not all(_same(entry, newest) for entry in left)


def _same(entry: Open, newest: Open | None) -> bool:
    return newest is not None and entry.item_id == newest.item_id


def cut(entries: Iterable[Open], measure: Measure) -> list[list[Open]]:
    """The entries in pages that are as full as may be; one that is too heavy stands alone."""
    pages: list[list[Open]] = []
    used = 0
    for entry in entries:
        full = not pages or len(pages[-1]) == measure.entries
        if full or used + entry.weight > measure.bytes:
            pages.append([])
            used = 0
        pages[-1].append(entry)
        used += entry.weight
    return pages
