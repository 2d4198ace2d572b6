"""The quick reader: the words and times of feeds that leave no question, from the tree at once.

It follows feedparser's own walk over a feed (``mixin.py`` of 6.0), element by element, for the
elements that it knows; at the first that it doesn't it declines the whole document, which
feedparser reads then. Agreement is tested over feedparser's own corpus (test_quick_reader.py).
"""

from __future__ import annotations

from feedsvc.formats.upstream import _quick_names as names
from feedsvc.formats.upstream._elements import Element, Parent, name, short
from feedsvc.formats.upstream._quick_times import time_of
from feedsvc.formats.upstream._quick_values import (
    Beyond,
    base_of,
    looks_like_html,
    markup_of,
    text_of,
    type_of,
)
from feedsvc.formats.upstream._told import MakeItem, Text, Told, Words
from feedsvc.model import Item


def read(
    root: Parent, channel: Parent, text: str, make_item: MakeItem, *, has_bases: bool
) -> Told | None:
    """What is told of the feed and its entries, None for a document that is beyond this reader.

    ``root`` is the tree of ``text``, in which nothing had to be mended, and ``channel`` the channel
    or feed in it. ``has_bases`` says whether there is any ``xml:base``.
    """
    if not names.has_plain_prefixes(root.element, text):
        return None
    try:
        walk = _Walk(_version(root.element), make_item, has_bases=has_bases)
        walk.root(root, channel)
    except Beyond:
        return None
    return Told(walk.feed, walk.items())


def _version(root: Element) -> str:
    """What feedparser takes the format for: it guesses whether text is HTML in RSS alone."""
    version = ""
    for prefix, address in root.nsmap.items():
        if address.lower() == "http://purl.org/rss/1.0/":
            version = version or "rss10"
        elif address.lower() == "http://www.w3.org/2005/atom":
            version = version or "atom10"
        elif address.lower() == "http://my.netscape.com/rdf/simple/0.9/" and prefix is None:
            version = version or "rss090"
    kind = name(root)
    if kind == "rss":
        return version if version.startswith("rss") else "rss"
    if kind == "rdf:rdf" and not version:
        raise Beyond
    return version or "atom"


#: Entries that are read before their items are made. To change between two such pieces of work for
#: each entry takes a tenth more of the time: processors remember the code that they have just run.
_TOGETHER = 50


class _Walk:
    """feedparser's state on its way through a feed, so far as it matters here."""

    def __init__(self, version: str, make_item: MakeItem, *, has_bases: bool) -> None:
        self._make_item = make_item
        self._has_bases = has_bases
        self._guesses = not version.startswith("atom")
        self._unwraps = version == "atom10"
        #: Of the last title that had words: a later one counts only if it is further up.
        self._title_depth = -1
        self.feed = Words()
        self._read: list[tuple[Parent, Words]] = []
        self._items: list[Item] = []

    def root(self, root: Parent, channel: Parent) -> None:
        """Read the whole feed."""
        kind = name(root.element)
        _check_attributes(root)
        base = self._base(root.element, "")
        if kind == "atom:feed":
            self._channel(root, base, 1)
            return
        has_channel = False
        for child in root.children:
            known = names.kind(child.tag)
            if known == names.CHANNEL and not has_channel:
                has_channel = True
                self._channel(channel if child is channel.element else Parent(child), base, 2)
            elif known == names.ENTRY and has_channel and kind == "rdf:rdf":
                self._entry(child, base, 2)
            elif known == names.TEXT_INPUT and has_channel:
                self._text_input(child, 2)
            elif known == names.OURS:
                _check_inside(child)
            else:
                _check_unknown(child, known)
        if not has_channel:
            raise Beyond

    def _base(self, element: Element, base: str) -> str:
        return base_of(element, base) if self._has_bases else ""

    def _channel(self, channel: Parent, base: str, depth: int) -> None:
        _check_attributes(channel)
        base = self._base(channel.element, base)
        for child in channel.children:
            known = names.kind(child.tag)
            if known == names.ENTRY:
                self._entry(child, base, depth + 1)
            elif known in names.TIMES:
                self.feed.times[names.TIMES[known]] = time_of(child)
            elif known in names.WORDS:
                self._feed_words(child, known, depth + 1)
            elif known == names.TEXT_INPUT:
                self._text_input(child, depth + 1)
            elif known == names.OURS:
                _check_inside(child)
            else:
                _check_unknown(child, known)

    def _feed_words(self, child: Element, known: str, depth: int) -> None:
        key, default = names.WORDS[known]
        if key in ("summary", "content", "encoded"):
            raise Beyond
        words = self._words(child, default)
        if key == "title":
            if -1 < self._title_depth <= depth:
                return
            if words.value:
                self._title_depth = depth
        self.feed.texts["subtitle" if key == "description" else key] = words

    def _text_input(self, element: Element, depth: int) -> None:
        """RSS's form to be filled in: its title is none of the channel's."""
        self._title_depth = -1
        for child in element:
            local = names.kind(child.tag)
            if len(child) or local not in ("title", "description", names.OURS, names.UNKNOWN):
                raise Beyond
            if short(child.tag) not in ("title", "description", "link", "name"):
                raise Beyond
            if local == "title" and (child.text or "").strip():
                self._title_depth = depth + 1

    def _entry(self, element: Element, base: str, depth: int) -> None:
        entry, told = Parent(element), Words()
        _check_attributes(entry)
        base = self._base(element, base)
        has_title = False
        for child in entry.children:
            known = names.kind(child.tag)
            if known == names.OURS:
                if len(child):
                    _check_inside(child)
            elif known in names.WORDS:
                key, default = names.WORDS[known]
                if key == "title":
                    has_title = self._title(told, child, has_title=has_title)
                else:
                    self._entry_words(told, child, key, default, base)
            elif known in names.TIMES:
                told.times[names.TIMES[known]] = time_of(child)
            else:
                _check_unknown(child, known)
        self._title_depth = depth + 1 if has_title else -1
        self._read.append((entry, told))
        if len(self._read) == _TOGETHER:
            self.items()

    def items(self) -> list[Item]:
        """The items of the entries so far."""
        self._items += [self._make_item(entry, told) for entry, told in self._read]
        self._read.clear()
        return self._items

    def _title(self, told: Words, child: Element, *, has_title: bool) -> bool:
        """Take the first title that has words; return whether there is one by now."""
        title = self._words(child, "text/plain")
        if not has_title:
            told.texts["title"] = title
        return has_title or bool(title.value)

    def _entry_words(self, told: Words, child: Element, key: str, default: str, base: str) -> None:
        if key in ("description", "summary"):
            if "summary" in told.texts and not told.contents:
                # A second description is content, and then its type is plain unless it says so.
                key, default = "content", "text/plain"
            else:
                key = "summary"
        if self._has_bases and not (base := base_of(child, base)):
            raise Beyond  # the document's address may be anything
        words = self._words(child, default, base)
        if key in ("content", "encoded"):
            told.contents.append(words)
        else:
            told.texts[key] = words

    def _words(self, element: Element, default: str, base: str = "") -> Text:
        """The text of an element; ``default`` is its type if it says none."""
        kind = type_of(element, default)
        if kind == "application/xhtml+xml":
            return Text(markup_of(element, unwrap=self._unwraps), kind, base)
        value = text_of(element)
        if self._guesses and kind == "text/plain" and looks_like_html(value):
            kind = "text/html"
        return Text(value, kind, base)


def _check_attributes(element: Parent) -> None:
    """Raise Beyond at attributes that stand for elements, as in CDF, or for an ``xml:base``."""
    for key in element.attributes:
        local = key.lower().rpartition("}")[2]
        if not key.isascii() or local in ("href", "lastmod") or key.lower() == "base":
            raise Beyond


def _check_inside(element: Element) -> None:
    """Raise Beyond at an entry within what our own passes read."""
    if len(element):
        for inner in element.iterdescendants():
            if names.kind(inner.tag) == names.ENTRY:
                raise Beyond


def _check_unknown(element: Element, known: str) -> None:
    """Raise Beyond unless feedparser makes nothing of the element that anybody asks for."""
    if known == names.LEAF:
        if len(element):
            raise Beyond
        return
    _check_name(element, known)
    if len(element):
        for inner in element.iterdescendants():
            _check_name(inner, names.kind(inner.tag))


def _check_name(element: Element, known: str) -> None:
    if known not in (names.UNKNOWN, names.FOREIGN):
        raise Beyond
    if known == names.FOREIGN and element.prefix is None:
        raise Beyond
    attributes = element.keys()
    if attributes and not "".join(map(str, attributes)).isascii():
        raise Beyond
