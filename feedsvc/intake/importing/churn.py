"""Entries that a source gives new guids: found by their address and their words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property

from feedsvc.intake.importing import identity
from feedsvc.intake.parsing_values import ReadEntry
from feedsvc.model import Item
from feedsvc.store import Record


class Churn:
    """Compares entries of no record with records of entries that the feed shows no more.

    ``window`` are the entries of the feed by name, ``alike`` the records that share a link key or a
    fingerprint with one of them, ``items`` those that records name.
    """

    def __init__(
        self, window: Mapping[str, ReadEntry], alike: Sequence[Record], items: Mapping[str, Item]
    ) -> None:
        self._window, self._items = window, items
        self._gone = [old for old in alike if old.guid not in window]

    def before(self, record: Record, item: Item) -> Record | None:
        """The record that this entry had under another guid, if that is beyond doubt."""
        for old in self._like(record):
            if old.link == record.link and old.link and old.likeness == record.likeness != "":
                return old
            was = self._items.get(old.item) or old.kept
            near = was is not None and (
                identity.same_title(was, item) or identity.are_near(was, item)
            )
            if near and self._tells(record.link) and old.link == record.link:
                return old
        return None

    def doubt(self, record: Record) -> str:
        """Why this may be an entry that is there already, empty when nothing says so."""
        for old in self._like(record):
            if self._tells(record.link) and old.link == record.link:
                return f"it has the address of {old.guid}, which is gone, and other words"
            if record.likeness and old.likeness == record.likeness:
                return f"it has the words of {old.guid}, which is gone, at another address"
        return ""

    def _like(self, record: Record) -> list[Record]:
        """Records with this link or these words that the feed does not show any more."""
        return [
            old
            for old in self._gone
            if (old.link and old.link == record.link) or old.likeness == record.likeness != ""
        ]

    def _tells(self, link: str) -> bool:
        """Whether an address tells entries of this feed apart."""
        return bool(link) and self._links[link] == 1

    @cached_property
    def _links(self) -> Counter[str]:
        """How many entries of this feed have each address."""
        return Counter(identity.link_key(e.item.url) for e in self._window.values() if e.item)
