"""What a reader of any format hands over: a feed, its items, and what was wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from feedsvc.model import Feed, Item, Tombstone, changed

#: The time of a feed that tells none, neither for itself nor for any item.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Advice:
    """What a feed says of itself to whoever asks for it again and again.

    ``every`` is the minutes between two changes (RSS ``ttl``, else ``sy:updatePeriod``).
    ``skip_hours`` (0 to 23, GMT) and ``skip_days`` (0 is Monday) are when not to ask (RSS 2.0).
    ``start``, ``per_page`` and ``total`` count the entries of a list that this document is a page
    of (OpenSearch 1.1), the first of which is 1. ``generator`` is the program that made it.
    """

    every: int | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    generator: str = ""
    start: int | None = None
    per_page: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A document as it was read, nothing cleaned: every item still has to pass the border.

    An item holds what it says of itself. Its ``guid`` is as it came, IRI or not, and empty when it
    came with neither id nor address. ``faults`` say what had to be mended, each in one sentence.
    """

    feed: Feed
    items: tuple[Item, ...]
    faults: tuple[str, ...] = ()
    advice: Advice = Advice()

    @property
    def tombstones(self) -> tuple[Tombstone, ...]:
        """The items that have left the feed (RFC 6721)."""
        return self.feed.tombstones

    def completed(self) -> tuple[Item, ...]:
        """The items with what holds for them where they say nothing themselves."""
        return tuple(self.complete(item) for item in self.items)

    def complete(self, item: Item, **told: str) -> Item:
        """One of the items with what holds for it where it says nothing itself, and with ``told``.

        That is the feed's authors (RFC 4287 4.2.1, JSON Feed 1.1 "Items"), its language, and as the
        time of publication that of the last change, which is all that many Atom feeds tell.
        """
        return changed(
            item,
            authors=item.authors or self.feed.authors,
            language=item.language or self.feed.language,
            published=item.published or item.updated,
            **told,
        )


def newest(items: Sequence[Item]) -> datetime:
    """The last time that any of the items tells, NEVER when none does."""
    times = (time for item in items for time in (item.updated, item.published) if time)
    return max(times, default=NEVER)
