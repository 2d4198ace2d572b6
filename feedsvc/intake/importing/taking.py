"""What a document of a source changes: what the store knows of it, and the decision on that."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from feedsvc.intake.importing import deciding, identity
from feedsvc.intake.importing.known import Decision, Known, Story
from feedsvc.intake.parsing_values import ReadEntry, ReadFeed
from feedsvc.model import Item
from feedsvc.store import Record, SourceRow, Store

#: Records of what was not taken are kept so long after the source has shown it last.
_FORGOTTEN = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is taken: ``taken`` entries of a document at most, ``kept`` items of a source, none
    older than ``age``."""

    taken: int = 200
    kept: int = 1000
    age: timedelta = timedelta(days=365)


class Taking:
    """Decides with what the store knows. ``private`` names the private feeds."""

    def __init__(
        self, store: Store, bounds: Bounds, private: Callable[[], Collection[str]] = tuple
    ) -> None:
        self.bounds = bounds
        self._store, self._private = store, private

    def decide(
        self,
        source: SourceRow,
        read: ReadFeed,
        now: datetime,
        *,
        age: timedelta | None = None,
        credit: bool = True,
        by_hand: bool = False,
        dry: bool = False,
    ) -> Decision:
        """What the document changes.

        Entries older than ``age`` (the bounds') stay out; without ``credit`` they are the
        publisher's own; ``by_hand`` somebody has asked for them. A story that this source has told
        first, and now withdraws or makes another one of, comes apart here: what others tell is
        theirs, and stays. ``dry`` changes nothing.
        """
        decided = partial(
            deciding.decide,
            source,
            read.feed,
            read.entries,
            read.feed.tombstones,
            now=now,
            age=age or self.bounds.age,
            credit=credit,
            by_hand=by_hand,
        )
        decision = decided(self._known(source, read))
        if dry or not self._part(decision.left, now):
            return decision
        return decided(self._known(source, read))

    def _part(self, items: Sequence[str], now: datetime) -> bool:
        """Take what only credits these items apart from them; whether there was any."""
        told = self._store.stories(items=items) if items else []
        credits_ = [(number, record.guid) for number, record in told if record.state == "credit"]
        for number, guid in credits_:
            self._store.take_apart(number, guid, now)
        return bool(credits_)

    def keep(self, source: SourceRow, now: datetime) -> int:
        """Drop what is more, or older, than is kept of a source; how many items."""
        return self._store.keep_source(
            source.id,
            most=self.bounds.kept,
            since=now - self.bounds.age,
            gone_before=now - _FORGOTTEN,
            now=now,
        )

    def _known(self, source: SourceRow, read: ReadFeed) -> Known:
        entries, _ = identity.window_of(read.entries)
        names = [*entries, *(tombstone.guid for tombstone in read.feed.tombstones)]
        records = {r.guid: r for r in self._store.records(source.id, guids=names)}
        fresh = {
            name: entry.item
            for name, entry in entries.items()
            if entry.item is not None and name not in records
        }
        likenesses = {name: identity.likeness(item) for name, item in fresh.items()}
        alike: Sequence[Record] = ()
        stories: Sequence[Story] = ()
        if fresh:
            marks = set(likenesses.values()) - {""}
            alike, stories = self._alike(source, list(fresh.values()), marks)
        return Known(
            records,
            alike,
            stories,
            self._items(entries, records, alike, stories, fresh.values()),
            likenesses,
            self._private() if stories else (),  # it decides on nothing else
        )

    def _alike(
        self, source: SourceRow, fresh: Sequence[Item], likenesses: set[str]
    ) -> tuple[Sequence[Record], Sequence[Story]]:
        """The records that share an address or their words with entries that are not known."""
        links = {key for item in fresh if (key := identity.link_key(item.url))}
        guids = {item.guid for item in fresh if item.guid}
        alike, found = self._store.alike(source.id, links=links, likenesses=likenesses, items=guids)
        others = self._store.sources_of({number for number, _ in found}) if found else {}
        stories = [
            Story(others[number], record)
            for number, record in found
            if number != source.id and number in others
        ]
        return alike, stories

    def _items(
        self,
        entries: Mapping[str, ReadEntry],
        records: Mapping[str, Record],
        alike: Sequence[Record],
        stories: Sequence[Story],
        fresh: Iterable[Item],
    ) -> dict[str, Item]:
        """The items that may be changed, or are not to be taken for new ones."""
        guids = {item.guid for item in fresh}
        guids |= {record.item for record in alike} | {story.record.item for story in stories}
        for name, record in records.items():
            entry = entries.get(name)
            if entry is None or entry.digest != record.digest:  # a tombstone, or a new version
                guids.add(record.item)
        guids.discard("")
        return dict(self._store.items_of(guids)) if guids else {}
