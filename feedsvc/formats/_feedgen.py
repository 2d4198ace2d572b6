"""The one door to feedgen: what it can't do, or does wrongly, is mended here and beside it.

It writes the elements that both standards have had from the start; RSS modules and Atom extensions
come from ``_modules``. The numbers of the faults are those of docs/decisions/feedgen.md.
"""

from __future__ import annotations

import copy
import dataclasses
import html
import re
from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree  # loaded before feedgen.util, which can't be imported without (fault 12)

# isort: split
from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from feedsvc.errors import ItemError
from feedsvc.formats._modules import NAMESPACES
from feedsvc.formats._remembering import remembered
from feedsvc.formats.clean import _characters
from feedsvc.model import Feed, Item

#: Sets in feedgen's entry what feedgen can write of an item.
Fill = Callable[[Any, Item], None]
#: Mends and completes the element that feedgen has made of an item.
Finish = Callable[[etree._Element, Item], None]
#: Completes feedgen's ``channel`` or ``feed`` element, before the items come.
Complete = Callable[[etree._Element], None]
#: feedgen's own way to write an entry.
Write = Callable[..., etree._Element]

#: Bytes of one text. Parsers on libxml2 refuse a document with a text of 10 million.
TEXT_MAX = 8_000_000

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 2.2
# What feedgen, lxml and datetime raise for values that they can't take (fault 1).
_REFUSALS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class Document:
    """A feed on its way through feedgen."""

    def __init__(self, feed: Feed) -> None:
        self.feedgen: Any = FeedGenerator()
        # The default is the present time: other bytes at every rendering (fault 11). There is no
        # public way to unset it, and whatever feedgen writes here switches the locale of the whole
        # process for a moment, under the other threads (fault 10).
        self.feedgen._FeedGenerator__rss_lastBuildDate = None
        self.feedgen.generator(generator="feedsvc")
        self.feedgen.title(feed.title or feed.url)
        self.feedgen.language(feed.language)
        self.feedgen.rights(feed.rights)
        self._entries: list[_Entry] = []

    def add(self, item: Item, fill: Fill, finish: Finish) -> None:
        """Put an item at the end. It is written, and refused, only with the whole."""
        entry = _Entry(item, fill, finish)
        self._entries.append(entry)
        self.feedgen.add_entry(entry, order="append")  # the default puts it first (fault 12)

    def rss(self, complete: Complete) -> bytes:
        """The whole as RSS 2.0 in UTF-8. Raises ItemError for an item that can't be written."""
        self._extend(complete)
        return self._bytes(self.feedgen._create_rss()[0])

    def atom(self, complete: Complete) -> bytes:
        """The whole as Atom 1.0 in UTF-8. Raises ItemError for an item that can't be written."""
        self._extend(complete)
        return self._bytes(self.feedgen._create_atom()[0])

    def _extend(self, complete: Complete) -> None:
        # Only a feed's extension can declare prefixes, and it must not lack (fault 9).
        self.feedgen.register_extension("feedsvc", lambda: _Extension(complete))

    def _bytes(self, root: etree._Element) -> bytes:
        etree.cleanup_namespaces(root)  # a prefix is declared when something uses it
        body = etree.tostring(root, encoding="utf-8", pretty_print=True)
        if _may_hold_giant(body):
            for entry in self._entries:
                entry.refuse_giant()
        return b'<?xml version="1.0" encoding="utf-8"?>\n' + body


class _Extension:
    """What feedgen calls before it writes the items."""

    def __init__(self, complete: Complete) -> None:
        self._complete = complete

    def extend_ns(self) -> dict[str, str]:
        return dict(NAMESPACES)

    def extend_rss(self, root: etree._Element) -> None:
        self._complete(root[0])

    def extend_atom(self, root: etree._Element) -> None:
        self._complete(root)


class _Entry:
    """Stands in for feedgen's entry: has one filled, written and mended, or knows it already."""

    def __init__(self, item: Item, fill: Fill, finish: Finish) -> None:
        self._item = item
        self._fill = fill
        self._finish = finish
        self._element: etree._Element | None = None

    def register_extension(self, *_: object) -> None:
        """Take none: the item's own extensions are written by ``finish``."""

    def rss_entry(self) -> etree._Element:
        return self._written(FeedEntry.rss_entry)

    def atom_entry(self) -> etree._Element:
        return self._written(FeedEntry.atom_entry)

    def _written(self, write: Write) -> etree._Element:
        # A copy, since the document that it goes into takes it over.
        self._element = copy.deepcopy(_element(self._item, self._fill, self._finish, write))
        return self._element

    def refuse_giant(self) -> None:
        """Raise ItemError for a text so long that readers would refuse the whole document."""
        for element in () if self._element is None else self._element.iter():
            for text in (element.text, *element.attrib.values()):
                if text and len(html.escape(text).encode()) > TEXT_MAX:
                    raise _refused(self._item, f"{element.tag} has more than {TEXT_MAX} bytes")


@remembered
def _element(item: Item, fill: Fill, finish: Finish, write: Write) -> etree._Element:
    """The item as feedgen writes it, mended. Raises ItemError. Not to be changed."""
    entry = FeedEntry()
    try:
        if not item.guid:
            raise ValueError("it has no guid")
        fill(entry, item)
        element = write(entry, extensions=False)
        finish(element, item)
    except _REFUSALS as error:
        raise _refused(item, _unfit(item) or str(error)) from error
    return element


def _refused(item: Item, reason: str) -> ItemError:
    return ItemError(f"the item can't be written as XML: {reason}", where=item.guid)


def _may_hold_giant(body: bytes) -> bool:
    """Whether so long a stretch is without a tag that a text of TEXT_MAX bytes may lie in it."""
    window = TEXT_MAX // 2
    starts = range(0, len(body) - window, window)
    return any(body.find(b"<", at, at + window) < 0 for at in starts)


def _unfit(item: Item) -> str | None:
    """Which field holds a character that XML has no way to write, if one does."""
    for field in dataclasses.fields(item):
        for text in _texts(getattr(item, field.name)):
            if found := _NOT_IN_XML.search(text):
                return f"{field.name} holds U+{ord(found[0]):04X}"
    return None


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _texts(part)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _texts(getattr(value, field.name))


def fit(feed: Feed) -> Feed:
    """The feed without characters that XML can't carry.

    A bad item is left out of its feed, but a bad feed title must not take every item with it.
    """
    changed: dict[str, Any] = {
        field.name: _characters.fit(value)[0]
        for field in dataclasses.fields(feed)
        if isinstance(value := getattr(feed, field.name), str)
    }
    authors = tuple(
        dataclasses.replace(author, name=_characters.fit(author.name)[0]) for author in feed.authors
    )
    sources = tuple(
        dataclasses.replace(source, title=_characters.fit(source.title or "")[0] or None)
        for source in feed.sources
    )
    return dataclasses.replace(feed, **changed, authors=authors, sources=sources)
