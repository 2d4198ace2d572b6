"""The one door to feedgen: what it can't do, or does wrongly, is mended here and beside it.

It writes the elements that both standards have had from the start; RSS modules and Atom extensions
come from ``_modules``. The numbers of the faults are those of docs/decisions/feedgen.md.
"""

from __future__ import annotations

import dataclasses
import html
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

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
#: Spells a stretch of the document anew, which begins and ends between two elements.
Spell = Callable[[bytes], bytes]

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
        self._entries: list[tuple[Item, Fill, Finish]] = []

    def add(self, item: Item, fill: Fill, finish: Finish) -> None:
        """Put an item at the end. It is written, and refused, only with the whole."""
        self._entries.append((item, fill, finish))

    def rss(self, complete: Complete, spell: Spell = bytes) -> bytes:
        """The whole as RSS 2.0 in UTF-8. Raises ItemError for an item that can't be written."""
        entries = self._written(_RSS, spell)
        self._extend(complete)
        return _whole(self.feedgen._create_rss()[0], _RSS, entries, spell)

    def atom(self, complete: Complete) -> bytes:
        """The whole as Atom 1.0 in UTF-8. Raises ItemError for an item that can't be written."""
        entries = self._written(_ATOM, bytes)
        self._extend(complete)
        return _whole(self.feedgen._create_atom()[0], _ATOM, entries, bytes)

    def _written(self, form: _Form, spell: Spell) -> list[_Text]:
        return [_text(item, fill, finish, form, spell) for item, fill, finish in self._entries]

    def _extend(self, complete: Complete) -> None:
        # Only a feed's extension can declare prefixes, and it must not lack (fault 9).
        self.feedgen.register_extension("feedsvc", lambda: _Extension(complete))


class _Form(NamedTuple):
    """What differs between the two: what items stand in, and how feedgen writes one."""

    around: tuple[str, ...]
    write: Write


_RSS = _Form(("rss", "channel"), FeedEntry.rss_entry)
_ATOM = _Form(("feed",), FeedEntry.atom_entry)
#: As feedgen's own root of RSS has it; the others are those of the modules.
_CONTENT = {"content": "http://purl.org/rss/1.0/modules/content/"}


class _Text(NamedTuple):
    """An item as it stands in a document, and the prefixes that it needs there."""

    text: bytes
    prefixes: frozenset[str]


def _whole(root: etree._Element, form: _Form, entries: list[_Text], spell: Spell) -> bytes:
    """The document: feedgen's without items, and the items at its end."""
    prefixes = frozenset[str]().union(*(entry.prefixes for entry in entries))
    # A prefix is declared when something uses it.
    etree.cleanup_namespaces(root, keep_ns_prefixes=sorted(prefixes))
    head = etree.tostring(root, encoding="utf-8", pretty_print=True)
    end = _end_of(head, form)
    texts = (entry.text for entry in entries)
    declaration = b'<?xml version="1.0" encoding="utf-8"?>\n'
    return b"".join((declaration, spell(head[:end]), *texts, head[end:]))


def _end_of(document: bytes, form: _Form) -> int:
    """Where the items of a document end."""
    depth = len(form.around) - 1
    return document.rindex(b"  " * depth + f"</{form.around[-1]}>".encode())


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


@remembered
def _text(item: Item, fill: Fill, finish: Finish, form: _Form, spell: Spell) -> _Text:
    """The item as it stands in a document of any feed. Raises ItemError."""
    element = _element(item, fill, finish, form.write)
    root = parent = etree.Element(form.around[0], nsmap=dict(NAMESPACES) | _CONTENT)
    for name in form.around[1:]:
        parent = etree.SubElement(parent, name)
    parent.append(element)
    etree.cleanup_namespaces(root)
    text = etree.tostring(root, encoding="utf-8", pretty_print=True)
    if len(text) > TEXT_MAX:
        _refuse_giant(item, element)
    opening = f"<{form.around[-1]}>".encode() if len(form.around) > 1 else b">"
    start = text.index(opening) + len(opening) + 1
    prefixes = frozenset(prefix for prefix in root.nsmap if prefix)
    return _Text(spell(text[start : _end_of(text, form)]), prefixes)


def _refuse_giant(item: Item, element: etree._Element) -> None:
    """Raise ItemError for a text so long that readers would refuse the whole document."""
    for part in element.iter():
        for text in (part.text, *part.attrib.values()):
            if text and len(html.escape(text).encode()) > TEXT_MAX:
                raise _refused(item, f"{part.tag} has more than {TEXT_MAX} bytes")


def _element(item: Item, fill: Fill, finish: Finish, write: Write) -> etree._Element:
    """The item as feedgen writes it, mended. Raises ItemError."""
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
