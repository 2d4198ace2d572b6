"""Foreign feeds that are polled, and what is known of their entries: values.

All are frozen. Times are aware UTC datetimes. A *source* is a feed that somebody wants polled; a
*record* is what is known of one entry of it, whatever became of that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from feedsvc.model import Item
from feedsvc.store.changes import Change
from feedsvc.where import Where

#: Whether what a source brings is published at once, or waits for somebody to look at it.
Trust = Literal["publish", "review"]

#: ``new`` was never polled; ``failing`` is tried again ever more seldom; ``held`` waits for a
#: person to say what is to be done; ``gone`` answered 410; ``paused`` was stopped by a person;
#: ``ended`` is not wanted any more, its items stay.
SourceStatus = Literal["new", "ok", "failing", "held", "gone", "paused", "ended"]

#: Characters of an entry's guid that are kept.
RECORD_GUID = 1024

#: The configuration's sources; what it has declared is changed there alone.
DECLARED = "config.toml"


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """What somebody wants of a source.

    ``url`` is the feed's address as it was given: its key, and the origin of its items. ``name`` is
    what people call it, empty for its own title; ``into`` the feed that takes its items, if not
    every feed that wants them. With ``trust`` "review" a new item waits; after ``veto`` it goes out
    by itself unless somebody has dropped it. Only what ``where`` matches is taken.
    """

    url: str
    name: str = ""
    into: str | None = None
    every: timedelta = timedelta(hours=1)
    trust: Trust = "publish"
    veto: timedelta | None = None
    where: Where = field(default_factory=Where)


def origins_of(url: str) -> tuple[str, str]:
    """The origins of items that were taken from a source: by polling it, and by hand."""
    return f"source:{url}", f"import:{url}"


@dataclass(frozen=True, slots=True)
class SourceState:
    """What happened to a source; one poll replaces all of it.

    ``fetch_url`` is where it is fetched now, after permanent redirects; empty for the address of
    its spec. ``etag`` and ``last_modified`` are as they were received, from the address
    ``validators_of``; ``digest`` is that of the last body that was taken. ``reason`` says why
    ``next_poll_at`` is then. A permanent redirect to ``moved_to`` was seen ``moved_seen`` times in
    a row. What is older than ``kept_since`` was dropped and is not taken in again. ``unread`` says
    that the next fetch must be an unconditional one.

    Its rhythm: ``gap`` is the usual time between two entries in seconds, ``newest_at`` the time of
    the newest. What the feed asks for: ``ttl`` are minutes, ``skip_hours`` (0 to 23, GMT) and
    ``skip_days`` (0 is Monday) numbers with spaces between.
    """

    status: SourceStatus = "new"
    fetch_url: str = ""
    etag: str | None = None
    last_modified: str | None = None
    validators_of: str | None = None
    digest: str | None = None
    title: str = ""
    site_url: str | None = None
    hub: str | None = None
    self_url: str | None = None
    next_poll_at: datetime | None = None
    last_poll_at: datetime | None = None
    last_success_at: datetime | None = None
    failures: int = 0
    last_error: str | None = None
    reason: str = ""
    moved_to: str | None = None
    moved_seen: int = 0
    kept_since: datetime | None = None
    unread: bool = False
    gap: int | None = None
    newest_at: datetime | None = None
    ttl: int | None = None
    skip_hours: str = ""
    skip_days: str = ""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as it is kept.

    ``origin`` says who made it: ``config.toml``, ``cli``, ``api:NAME``, ``editor:NAME``. Who holds
    ``lease`` polls it. ``items`` are the entries of which an item is made, and ``waiting`` those
    that wait for a look, new ones or changed ones. Both are counted where a source is shown, and 0
    in what ``claim_sources`` and ``sources_of`` give.
    """

    id: int
    spec: SourceSpec
    state: SourceState
    origin: str
    lease: str | None
    created_at: datetime
    items: int = 0
    waiting: int = 0


#: ``own``: ``item`` is made of it. ``credit``: it only credits ``item``, which another source's
#: record owns. ``apart``: was a credit, was taken apart, and owns ``item`` now. ``dropped``: not
#: wanted, by a rule, a person or keeping. ``waiting``: for somebody to look at it (``why``).
#: ``refused``: could not be taken (``why``). ``ours``: it is an item of our own.
RecordState = Literal["own", "credit", "apart", "dropped", "waiting", "refused", "ours"]


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one entry of a source.

    ``guid`` is the entry's as it came, or what stands for it, as :func:`kept_guid` has it.
    ``item`` is the guid of the item in the store, ``link`` the key of its address, ``digest`` that
    of the entry as it was last taken, ``likeness`` the fingerprint of its words. ``first_at`` and
    ``seen_at`` are the first and the last poll that had it. ``kept`` is the entry itself where the
    item does not hold it: of one that waits to change an item, and of a credit. One that waits goes
    out by itself at ``out_at``.
    """

    guid: str
    state: RecordState
    first_at: datetime
    seen_at: datetime
    item: str = ""
    link: str = ""
    digest: str = ""
    likeness: str = ""
    published: datetime | None = None
    why: str = ""
    kept: Item | None = None
    out_at: datetime | None = None


def kept_guid(guid: str) -> str:
    """An entry's guid as its record has it: of a long one, or one that holds what no database
    takes, the beginning and a digest of all of it. The kept one is kept as it is."""
    if guid.isascii() and len(guid) <= RECORD_GUID and "\0" not in guid:  # as nearly all are
        return guid
    whole = guid.encode(errors="surrogatepass")
    text = whole.decode(errors="replace").replace("\0", "\ufffd")
    if text == guid and len(guid) <= RECORD_GUID:
        return guid
    return f"{text[: RECORD_GUID - 65]}#{sha256(whole).hexdigest()}"


@dataclass(frozen=True, slots=True)
class KeepRecord:
    """Keep a record, or another version of it.

    ``change`` is the place, in the changes of the same poll, of the change whose outcome's guid
    is the record's item. If that was refused the record is ``refused`` for its reason; at a
    conflict it is not written, so that the next poll tries again.
    """

    record: Record
    change: int | None = None


@dataclass(frozen=True, slots=True)
class ForgetRecord:
    """Forget what is known of an entry."""

    guid: str


@dataclass(frozen=True, slots=True)
class Imported:
    """Everything that one poll changes: all of it is kept or nothing.

    ``lease`` is the one that the source was claimed with; who has lost it changes nothing.
    """

    source_id: int
    lease: str
    state: SourceState
    changes: tuple[Change, ...] = ()
    records: tuple[KeepRecord | ForgetRecord, ...] = ()
