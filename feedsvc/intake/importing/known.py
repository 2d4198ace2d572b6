"""What a decision on a poll is made of, and what comes out of it: values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from feedsvc.model import Item
from feedsvc.store import Change, ForgetRecord, KeepRecord, Put, Record, SourceRow


@dataclass(frozen=True, slots=True)
class Story:
    """A record of another source, with what that source is."""

    source: SourceRow
    record: Record


class Stories:
    """Stories by what an entry may have in common with them: to compare each entry with all that
    its neighbours have something in common with would take time with their square."""

    def __init__(self, stories: Iterable[Story]) -> None:
        self._by: dict[str, dict[int, Story]] = {}
        for number, story in enumerate(stories):
            told = story.record
            for sign in (told.link, told.likeness, told.item):
                if sign:
                    self._by.setdefault(sign, {})[number] = story

    def like(self, *signs: str) -> list[Story]:
        """Those with this link key, fingerprint or guid, in their order."""
        found: dict[int, Story] = {}
        for sign in signs:
            found |= self._by.get(sign, {})
        return [found[number] for number in sorted(found)]


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of the entries of a poll.

    ``records`` are this source's by the names of the entries (:func:`name_of`) and of tombstones;
    ``alike`` those of this source that share a link key or a fingerprint with an entry of no
    record, ``stories`` those of others. ``items`` are theirs, and those that have the guid of an
    entry, by guid. ``likenesses`` are fingerprints that are worked out already, by name.
    ``private`` names the private feeds.
    """

    records: Mapping[str, Record] = field(default_factory=dict)
    alike: Sequence[Record] = ()
    stories: Sequence[Story] = ()
    items: Mapping[str, Item] = field(default_factory=dict)
    likenesses: Mapping[str, str] = field(default_factory=dict)
    private: Collection[str] = ()


@dataclass(slots=True)
class Tally:
    """How many entries became what."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    waiting: int = 0
    credited: int = 0
    renamed: int = 0  #: known under another guid before
    unwanted: int = 0  #: not what ``where`` takes
    old: int = 0
    doubled: int = 0  #: of one guid in one document: the first of them counts
    refused: int = 0
    withdrawn: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def effects(self) -> int:
        """How many of them change something."""
        return self.added + self.changed + self.waiting + self.credited + self.withdrawn

    def add(self, other: Tally) -> None:
        """Count what another document became too."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be written, and what to tell of it.

    ``left`` are the guids of items that tell another story from then on, or none: others that told
    the same one have to be taken apart before. With ``hold`` nothing is to be written: the source
    waits for somebody to look at it, for this reason.
    """

    changes: tuple[Change, ...]
    records: tuple[KeepRecord | ForgetRecord, ...]
    tally: Tally
    left: tuple[str, ...] = ()
    hold: str | None = None

    @property
    def taken(self) -> tuple[Item, ...]:
        """The items that are new, or new versions."""
        return tuple(change.item for change in self.changes if isinstance(change, Put))
