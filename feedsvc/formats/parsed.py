"""What a reader of any format hands over: a feed, its items, and what was wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from feedsvc.model import Feed, Item, Tombstone

#: The time of a feed that tells none, neither for itself nor for any item.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A document as it was read, nothing cleaned: every item still has to pass the border.

    An item holds what it says of itself. Its ``guid`` is as it came, IRI or not, and empty when it
    came with neither id nor address. ``faults`` say what had to be mended, each in one sentence.
    """

    feed: Feed
    items: tuple[Item, ...]
    faults: tuple[str, ...] = ()

    @property
    def tombstones(self) -> tuple[Tombstone, ...]:
        """The items that have left the feed (RFC 6721)."""
        return self.feed.tombstones

    def completed(self) -> tuple[Item, ...]:
        """The items with what holds for them where they say nothing themselves.

        That is the feed's authors (RFC 4287 4.2.1, JSON Feed 1.1 "Items"), its language, and as the
        time of publication that of the last change, which is all that many Atom feeds tell.
        """
        return tuple(
            replace(
                item,
                authors=item.authors or self.feed.authors,
                language=item.language or self.feed.language,
                published=item.published or item.updated,
            )
            for item in self.items
        )


def newest(items: Sequence[Item]) -> datetime:
    """The last time that any of the items tells, NEVER when none does."""
    times = (time for item in items for time in (item.updated, item.published) if time)
    return max(times, default=NEVER)
