"""What a foreign document turned out to be, after reading and cleaning; and that as bounded JSON.

A child process makes these values of bytes that nobody has looked at (parsing_child.py), so what
comes back is checked here field by field: a child that somebody took over can hand over strange
words, but nothing that is no word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from feedsvc.formats.discovery import FoundFeed
from feedsvc.formats.opmlreader import Listed
from feedsvc.formats.parsed import NEVER, Advice
from feedsvc.model import Feed, Item

#: ``feed``: entries. ``wxr``: an export of WordPress, whose items have a status. ``opml``: a list
#: of feeds. ``page``: a web page, with the feeds that it leads to.
Kind = Literal["feed", "wxr", "opml", "page"]

NO_FEED = Feed(id="", title="", url="", updated=NEVER)


@dataclass(frozen=True, slots=True)
class ReadEntry:
    """One entry. ``raw`` is its guid as it came, "" when it came with neither id nor address.

    ``item`` is clean and has what holds for it from its feed; None when it can't be taken, for the
    reason in ``refused``. ``digest`` (64 hexadecimal digits) is of the item: equal means that
    nothing in it has changed. ``notes`` say what the border has dropped.
    """

    raw: str
    item: Item | None
    refused: str = ""
    notes: tuple[str, ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class ReadFeed:
    """A document as the importer takes it. Everything in it is clean.

    ``feed.links`` hold ``self``, ``hub``, ``next``, ``prev-archive`` and whatever else the channel
    points to; ``feed.tombstones`` what has left it, with guids as they came; ``feed.url`` is its
    page. ``entries`` are in the document's order; ``left_out`` counts those beyond what was asked
    for or fits, which are the oldest. Where the entries before these are,
    :mod:`feedsvc.formats.paging` tells of it.
    """

    kind: Kind
    feed: Feed = NO_FEED
    entries: tuple[ReadEntry, ...] = ()
    left_out: int = 0
    faults: tuple[str, ...] = ()
    advice: Advice = field(default_factory=Advice)
    outlines: tuple[Listed, ...] = ()
    found: tuple[FoundFeed, ...] = ()


_READ_FEED = TypeAdapter(ReadFeed)
_READ_ENTRY = TypeAdapter(ReadEntry)


def dumps(read: ReadFeed, items: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    """The value as JSON; fields that say nothing are left out.

    ``items`` are those of the entries as JSON already, by their digests. To write them again takes
    longer than all the rest.
    """
    rest = _READ_FEED.dump_json(replace(read, entries=()), exclude_defaults=True)
    if not read.entries:
        return rest
    entries = b",".join([_dumped(entry, items.get(entry.digest)) for entry in read.entries])
    return b"".join((rest[:-1], b',"entries":[', entries, b"]}"))


def _dumped(entry: ReadEntry, item: bytes | None) -> bytes:
    if item is None or entry.refused:
        return _READ_ENTRY.dump_json(entry, exclude_defaults=True)
    notes = (b',"notes":', to_json(entry.notes)) if entry.notes else ()
    digest = entry.digest.encode()
    return b"".join((
        *(b'{"raw":', to_json(entry.raw), b',"item":', item),
        *(*notes, b',"digest":"', digest, b'"}'),
    ))


def loads(text: bytes) -> ReadFeed:
    """The value that ``dumps`` wrote. Raises ValueError for anything else."""
    try:
        return _READ_FEED.validate_json(text, strict=True, extra="forbid")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
