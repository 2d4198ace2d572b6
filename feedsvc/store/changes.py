"""What goes into the store and what comes out beside items: changes, outcomes, feed states.

All are frozen values. Times are aware UTC datetimes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from feedsvc.model import Item, Source, Tombstone
from feedsvc.store.keys import Key
from feedsvc.where import Where


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """What decides which items a declared feed holds.

    ``hold`` is how long an item waits after it became published before it enters. ``about`` stands
    for what every document of the feed says of itself (its title, the site's address …): when it
    differs from before, the feed and its archive pages have changed, and with main the feeds of
    tags and authors. ``page_size`` (items) and ``max_bytes`` bound the live feed and each archive
    page; ``formerly`` are the names it had before; at ``ends`` it ends by itself, which ``notice``
    tells of. Of these another value changes the live feed alone.

    What a ``private`` feed takes is for those whom it is for (membership.py): also when it has
    ``ended``, so that its end publishes nothing. ``sources`` are the foreign feeds that it is
    gathered from, which its live feed names: others change that feed, and not those of tags and
    authors.
    """

    name: str
    where: Where = field(default_factory=Where)
    hold: timedelta = timedelta(0)
    about: str = ""
    page_size: int = 50
    max_bytes: int = 2 * 1024 * 1024
    formerly: tuple[str, ...] = ()
    ends: datetime | None = None
    notice: str = ""
    private: bool = False
    ended: bool = False
    sources: tuple[Source, ...] = ()

    @property
    def claims(self) -> bool:
        """Whether what it matches is its own, and in no feed that does not claim it too."""
        return self.private and self.where != Where()


@dataclass(frozen=True, slots=True)
class FeedState:
    """Where a feed stands: enough to know whether a kept document is still right.

    ``key`` is the feed's name, ``tag:<term key>`` or ``author:<term key>``; ``label`` the name, the
    tag as first written or the author's name; ``guid`` its permanent IRI, minted when it was first
    there, at ``created_at``. ``revision`` is the last change that touched it, ``changed_at`` that
    change's time: it rises with every change and never goes back, microseconds included. ``count``
    is the number of live entries. An ``ended`` feed is no longer declared. ``pages`` is how many
    archive pages it has. It is going to end at ``ends``, which was first said at ``noticed_at``.
    With ``moved_to`` it is no feed (any more): its name leads to the feed of that key. A
    ``private`` one is for its subscribers alone, also when it has ended.
    """

    key: str
    label: str
    revision: int
    changed_at: datetime
    count: int
    ended: bool
    guid: str
    created_at: datetime
    pages: int = 0
    ends: datetime | None = None
    noticed_at: datetime | None = None
    moved_to: str | None = None
    private: bool = False


@dataclass(frozen=True, slots=True)
class Live:
    """A feed at one moment: what its documents are made of.

    ``items`` are newest first. ``open`` are the guids that stand in no archive page: a document
    that leaves one of them out would hide it from whoever walks the archive. ``times`` are the
    places in time of the newest few of the whole feed.
    """

    state: FeedState
    items: tuple[Item, ...]
    open: frozenset[str]
    tombstones: tuple[Tombstone, ...]
    times: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class PageState:
    """Where an archive page stands, with its feed. It only changes when an item leaves it, and when
    the page ``before`` it (0: none) becomes another one, since nothing was left in that."""

    feed: FeedState
    number: int
    revision: int
    changed_at: datetime
    before: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """An archive page: its items, newest first, as they were when it was made."""

    state: PageState
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """What happened to a feed since one of its states: items new or changed, newest first, and
    those that have left it."""

    state: FeedState
    items: tuple[Item, ...]
    tombstones: tuple[Tombstone, ...]
    times: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class FileRow:
    """What is known of one item file. ``path`` is posix and relative to the items folder.

    ``size`` is in bytes, ``mtime_ns`` in nanoseconds, ``digest`` a sha256 in hex. ``error`` (and
    its 1-based ``line``) say why it was refused.
    """

    path: str
    size: int
    mtime_ns: int
    inode: int
    digest: str
    guid: str | None = None
    error: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """A file that is served under its item's address as ``name``.

    ``path`` is relative to the items folder, ``length`` in bytes, ``duration`` in seconds.
    """

    name: str
    path: str
    type: str
    length: int
    duration: int | None = None


@dataclass(frozen=True, slots=True)
class Put:
    """Take an item in, or a new version of it.

    It is a new version of the item that ``replaces`` names, else of the item with its guid, else
    a new item. ``slug_hint`` makes the slug when the item gives none. ``file`` and ``media`` are
    kept in the same transaction; ``media`` is the whole set, None leaves it as it is. With
    ``expected_revision`` the change is a conflict if the item has another revision by now (0: if
    there is such an item). With a ``key`` that was used before for the same, nothing is done again.
    Where ``own`` stands in the content, the item's address is put.
    """

    item: Item
    replaces: str | None = None
    slug_hint: str = ""
    file: FileRow | None = None
    media: tuple[Media, ...] | None = ()
    expected_revision: int | None = None
    key: Key | None = None
    own: str = ""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take an item out; ``file`` is the path of the file row to drop with it.

    With ``expected_revision`` it is a conflict if the item has another revision by now.
    """

    guid: str
    file: str | None = None
    expected_revision: int | None = None


@dataclass(frozen=True, slots=True)
class KeepFile:
    """Remember a file that changes no item: touched, moved, refused."""

    file: FileRow


@dataclass(frozen=True, slots=True)
class DropFile:
    """Forget a file."""

    path: str


Change = Put | Withdraw | KeepFile | DropFile

Kind = Literal[
    "added", "changed", "unchanged", "withdrawn", "kept", "refused", "conflict", "repeated"
]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change. ``reason`` says why it was refused, ``revision`` is the item's.

    ``conflict``: the item has another revision than was expected, this one (0: it is not there).
    ``repeated``: the key was used for the same before; it then made this revision of the item.
    ``item`` is what was put, as it is kept.
    """

    kind: Kind
    guid: str | None
    reason: str | None
    revision: int
    item: Item | None = None
