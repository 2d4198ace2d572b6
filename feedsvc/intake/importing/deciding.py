"""What the entries of one poll change: which are new, which are others than before, whose they are.

Pure: what the store knows comes in as :class:`Known`, what is to be written goes out as
:class:`Decision`. A source changes its own items alone. The one thing that it may add to an item of
another source is the credit that it carries the same story (``Item.via``), and only where both are
published without a look.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypedDict

from feedsvc.formats import clean
from feedsvc.intake.importing import identity
from feedsvc.intake.importing.churn import Churn
from feedsvc.intake.importing.crediting import credit, credits_of
from feedsvc.intake.importing.known import Decision, Known, Stories, Story, Tally
from feedsvc.intake.parsing import scope_of
from feedsvc.intake.parsing_values import ReadEntry
from feedsvc.model import Feed, Item, Status, Tombstone, changed
from feedsvc.store import Change, ForgetRecord, KeepRecord, Put, Record, SourceRow, Withdraw
from feedsvc.store.sources import origins_of
from feedsvc.where import Where, taken_from

#: ``seen_at`` of a record is this much behind at most, so that not every poll writes every record.
SEEN_EVERY = timedelta(days=1)
#: So many entries in doubt, and such a part of the new ones, are a flood: nothing of it is taken.
_FLOOD, _FLOOD_PART = 10, 0.5
#: What ``why`` says of a record whose source has withdrawn its item: it alone can bring it back.
BY_SOURCE = "its source has withdrawn it"
_CHANGED_HERE = "it was changed here since, and goes by that"


def decide(
    source: SourceRow,
    feed: Feed,
    entries: Sequence[ReadEntry],
    tombstones: Sequence[Tombstone],
    known: Known,
    *,
    now: datetime,
    age: timedelta,
    credit: bool = True,
    by_hand: bool = False,
) -> Decision:
    """What a poll of ``source`` that gave ``feed`` changes.

    Entries older than ``age`` stay out. Without ``credit`` they get no source: they are the
    publisher's own. What is taken ``by_hand`` is never dropped for being old or too many.
    """
    work = _Work(source, feed if credit else None, entries, known, now, age, by_hand=by_hand)
    for name, entry in reversed(work.window.items()):  # the newest mostly stand first
        work.entry(name, entry)
    for tombstone in tombstones:
        if tombstone.guid not in work.window:
            work.withdrawal(tombstone)
    flood = work.doubts >= _FLOOD and work.doubts >= _FLOOD_PART * work.unknown
    if flood and source.state.status != "new":  # as one is that somebody has looked at and resumed
        reason = (
            f"{work.doubts} of {work.unknown} new entries look like known ones under other ids: "
            "nothing was taken; see whether the feed has changed, then resume it (what is in doubt "
            "then waits for a look, one by one)"
        )
        return Decision((), (), Tally(), hold=reason)
    left = _left(work.changes, known.items)
    return Decision(tuple(work.changes), tuple(work.records), work.tally, tuple(left))


def _left(changes: Sequence[Change], items: Mapping[str, Item]) -> Iterator[str]:
    """The guids of items that say another story after these changes, or none."""
    for change in changes:
        if isinstance(change, Withdraw):
            yield change.guid
        elif isinstance(change, Put) and change.replaces is not None:
            old = items.get(change.replaces)
            if old is not None and not identity.same_story(change.item, old):
                yield old.guid


class _Signs(TypedDict):
    link: str
    digest: str
    likeness: str
    published: datetime | None
    seen_at: datetime


class _Work:
    """The decision as it grows."""

    def __init__(
        self,
        source: SourceRow,
        feed: Feed | None,
        entries: Sequence[ReadEntry],
        known: Known,
        now: datetime,
        age: timedelta,
        *,
        by_hand: bool,
    ) -> None:
        self._source, self._known = source, known
        # Worked out for all entries at once, as far as it is the same for them.
        self._credits = None if feed is None else credits_of(feed, source.spec)
        self._takes_all = source.spec.where == Where()
        self._scope = scope_of(source.spec.url)
        self._now, self._age = now, age
        # What was taken in by hand is this source's too, and kept however old it is.
        self._origins = origins_of(source.spec.url)
        self._origin, self._by_hand = self._origins[by_hand], by_hand
        self.window, doubled = identity.window_of(entries)
        self._items = dict(known.items)
        self._stories = Stories(known.stories)
        self._churn = Churn(self.window, known.alike, self._items)
        self._given: set[str] = set()  # guids of items that this poll makes
        self._joins: dict[str, int] = {}  # changes that credit an item, by its guid
        self.changes: list[Change] = []
        self.records: list[KeepRecord | ForgetRecord] = []
        self.tally = Tally(doubled=doubled)
        self.doubts = self.unknown = 0

    # Entries

    def entry(self, name: str, entry: ReadEntry) -> None:
        record = self._known.records.get(name)
        if entry.item is None:
            self._refused(name, entry, record)
            return
        if record is not None and self._is_as_it_was(entry, record):
            self.tally.unchanged += 1
            self._seen(record)
            return
        item = self._arrived(entry.item, entry.raw)
        if record is None or (record.state == "refused" and record.digest != entry.digest):
            self.unknown += 1
            self._first(name, entry, item)
        elif record.state in {"dropped", "ours", "refused"}:  # its source shows it again
            self._put(entry, replace(record, state="own", why=""), item, Status.PUBLISHED)
        else:
            self._again(entry, record, item)

    def _is_as_it_was(self, entry: ReadEntry, record: Record) -> bool:
        """Whether nothing comes of a known entry."""
        if record.digest == entry.digest:
            return True
        if record.state == "refused":  # perhaps it can be taken now
            return False
        returns = record.why == BY_SOURCE and record.item in self._items
        return record.state in {"dropped", "ours"} and not returns

    def _arrived(self, item: Item, raw: str) -> Item:
        """The item with where it is from, and no date to come: a date is when it was out, and it is
        out."""
        published, updated = item.published, item.updated
        if item.status is Status.PUBLISHED:  # others are of an export, which holds drafts too
            published = min(published, self._now) if published else None
            updated = min(updated, self._now) if updated else None
        source, via = item.source, item.via
        if self._credits is not None:
            source, via = self._credits.of(item, raw, by_hand=self._by_hand)
        return changed(item, published=published, updated=updated, source=source, via=via)

    def _refused(self, name: str, entry: ReadEntry, record: Record | None) -> None:
        self.tally.refused += 1
        self.tally.notes.append(f"{name}: {entry.refused}")
        if record is not None:  # what was taken of it before stays as it is
            self._seen(record)
            return
        why = entry.refused or "it can't be read"
        told = Record(name, "refused", self._now, self._now, digest=entry.digest, why=why)
        self.records.append(KeepRecord(told))

    def _again(self, entry: ReadEntry, record: Record, item: Item) -> None:
        """A known entry that says something else than before."""
        old = self._items.get(record.item)
        newer = replace(record, digest=entry.digest, seen_at=self._now)
        if record.state == "credit":
            self.records.append(KeepRecord(replace(newer, kept=item)))
        elif record.kept is not None:
            kept = item if old is None else self._version(item, old)
            self._wait(replace(newer, kept=kept))
            return
        elif old is None:
            self.records.append(KeepRecord(newer))
        elif old.origin not in self._origins or old.status is Status.WITHDRAWN:
            self.records.append(KeepRecord(replace(newer, why=record.why or _CHANGED_HERE)))
        elif self._source.spec.trust == "review" and old.status is not Status.REVIEW:
            why = "its source has changed it"
            self._wait(replace(newer, kept=self._version(item, old), why=why))
        else:
            self._put(entry, record, item, old.status)
            return
        self.tally.unchanged += 1

    def _put(self, entry: ReadEntry, record: Record, item: Item, status: Status) -> None:
        """Another version of an item of this source."""
        old = self._items[record.item]
        version = replace(self._version(item, old), status=status)
        put = Put(version, replaces=old.guid, media=None, expected_revision=old.revision)
        described = replace(record, **self._signs(record.guid, entry, item))
        if record.state == "waiting":  # nobody has seen what it says now
            self._wait(described, put, in_doubt=record.out_at is None)
            return
        self.tally.changed += 1
        self._keep(described, put)

    def _version(self, item: Item, old: Item) -> Item:
        """The item as the next version of ``old``: under its names, in its feeds."""
        return replace(
            item,
            guid=old.guid,
            aliases=(),
            slug="",
            published=item.published or old.published,
            feeds=old.feeds,
            via=tuple(dict.fromkeys((*item.via, *old.via))),
            origin=old.origin,
            status=old.status,
        )

    def _first(self, name: str, entry: ReadEntry, item: Item) -> None:
        """An entry whose guid is not known."""
        if not (item.title or item.summary or item.content_html or item.enclosures):
            self._refused(name, replace(entry, refused=_EMPTY), None)
            return
        if not (self._takes_all or self._wants(item)):
            self.tally.unwanted += 1
            return
        if self._is_old(item):
            self.tally.old += 1
            return
        record = Record(name, "own", self._now, **self._signs(name, entry, item))
        if (before := self._churn.before(record, item)) is not None:
            self._renamed(entry, before, record, item)
            return
        doubt = self._churn.doubt(record)
        if not doubt and self._is_settled_elsewhere(record, item):
            return
        item = self._new(item, name)
        if doubt or self._source.spec.trust == "review":
            self.doubts += bool(doubt)
            review = replace(item, status=Status.REVIEW, origin=self._origins[0])
            put = Put(review, media=None, expected_revision=0)
            self._wait(replace(record, why=doubt), put, in_doubt=bool(doubt))
        else:
            self.tally.added += 1
            self._keep(record, Put(item, media=None, expected_revision=0))

    def _wants(self, item: Item) -> bool:
        """Whether it is what is to be taken of this source."""
        return self._source.spec.where.matches(replace(item, origin=self._origin))

    def _new(self, item: Item, name: str) -> Item:
        """The item as it is taken in first, under a guid that nobody else has."""
        guid = item.guid or clean.guid(name, scope=self._scope)
        if guid in self._items or guid in self._given:
            guid = clean.guid(f"{guid} {name}", scope=self._scope)  # no IRI has a space
        self._given.add(guid)
        into = self._source.spec.into
        feeds = (into,) if into else ()
        return changed(item, guid=guid, slug="", aliases=(), feeds=feeds, origin=self._origin)

    def _is_old(self, item: Item) -> bool:
        since = self._source.state.kept_since
        if item.published is None:
            return False
        return item.published < self._now - self._age or (
            since is not None and item.published <= since
        )

    # The same entry under another guid

    def _renamed(self, entry: ReadEntry, before: Record, record: Record, item: Item) -> None:
        self.tally.renamed += 1
        self.records.append(ForgetRecord(before.guid))
        kept = replace(before, guid=record.guid, link=record.link)
        old = self._items.get(before.item)
        settled = old is None or kept.state in {"dropped", "ours"}
        if settled or (old is not None and identity.says_the_same(item, old)):
            self.records.append(KeepRecord(replace(kept, digest=entry.digest, seen_at=self._now)))
        else:
            self._again(entry, kept, item)

    # The same story elsewhere

    def _is_settled_elsewhere(self, record: Record, item: Item) -> bool:
        """Whether this is an item that is there already: our own, or another source's."""
        there = self._items.get(item.guid) if item.guid else None
        is_ours = there is not None and taken_from(there.origin) is None
        if there is not None and is_ours and identity.same_story(item, there):
            told = replace(record, state="ours", item=there.guid, why="it is an item of ours")
            self.records.append(KeepRecord(told))
            self.tally.unchanged += 1
            return True
        like = self._stories.like(record.link, record.likeness, item.guid)
        for story in like if self._credits is not None else ():
            other = self._items.get(story.record.item)
            if other is not None and self._may_credit(story, other, item):
                self._credit(replace(record, state="credit", item=other.guid, kept=item), item)
                return True
        return False

    def _may_credit(self, story: Story, other: Item, item: Item) -> bool:
        mine, theirs = self._source.spec, story.source.spec
        return (
            story.record.state in {"own", "apart"}
            and other.origin in origins_of(theirs.url)
            and other.status is Status.PUBLISHED
            and mine.trust == theirs.trust == "publish"
            and not {mine.into, theirs.into} & set(self._known.private)
            and identity.same_story(item, other)
        )

    def _credit(self, record: Record, item: Item) -> None:
        """Name this source in the other's item, which enters the feed of this one as well."""
        self.tally.credited += 1
        other, into = self._items[record.item], self._source.spec.into
        assert self._credits is not None  # noqa: S101  # the publisher's own joins nothing
        via = credit(item, other, self._credits.here)
        feeds = tuple(dict.fromkeys((*other.feeds, into))) if other.feeds and into else ()
        joined = replace(other, via=(*other.via, via) if via else other.via, feeds=feeds)
        if joined == other:
            self.records.append(KeepRecord(record))
            return
        self._items[other.guid] = joined
        put = Put(joined, replaces=other.guid, media=None, expected_revision=other.revision)
        if (place := self._joins.get(other.guid)) is None:
            self._joins[other.guid] = len(self.changes)
            self._keep(record, put)
        else:  # two entries of this source tell the story
            self.changes[place] = put
            self.records.append(KeepRecord(record, place))

    # Withdrawals

    def withdrawal(self, tombstone: Tombstone) -> None:
        """What the source itself has taken out (RFC 6721)."""
        record = self._known.records.get(tombstone.guid)
        if record is None or record.state in {"dropped", "ours", "refused"}:
            return
        item = self._items.get(record.item)
        told = replace(record, state="dropped", why=BY_SOURCE, kept=None, seen_at=self._now)
        if record.state == "credit" or item is None or item.origin not in self._origins:
            self.records.append(KeepRecord(replace(told, item="")))
            return
        self.tally.withdrawn += 1
        self._keep(told, Withdraw(item.guid, expected_revision=item.revision))

    # Writing down

    def _signs(self, name: str, entry: ReadEntry, item: Item) -> _Signs:
        """What its record tells an entry by from now on."""
        likeness = self._known.likenesses.get(name)
        return {
            "link": identity.link_key(item.url),
            "digest": entry.digest,
            "likeness": identity.likeness(item) if likeness is None else likeness,
            "published": item.published,
            "seen_at": self._now,
        }

    def _keep(self, record: Record, change: Change) -> None:
        self.records.append(KeepRecord(record, len(self.changes)))
        self.changes.append(change)

    def _wait(
        self, record: Record, change: Change | None = None, *, in_doubt: bool = False
    ) -> None:
        """Let it wait for a look from now on; where the source has a veto, only so long, unless
        nobody knows what it is."""
        self.tally.waiting += 1
        veto = None if in_doubt else self._source.spec.veto
        out_at = None if veto is None else self._now + veto
        waiting = replace(record, state="waiting", out_at=out_at)
        if change is None:
            self.records.append(KeepRecord(waiting))
        else:
            self._keep(waiting, change)

    def _seen(self, record: Record) -> None:
        if record.seen_at < self._now - SEEN_EVERY:
            self.records.append(KeepRecord(replace(record, seen_at=self._now)))


_EMPTY = "it has no title, no text and no file"
