"""The quick reader: the words and times of feeds that leave no question, from the tree at once.

It follows feedparser's own walk over a feed (``mixin.py`` of 6.0), element by element, for the
elements that it knows; at the first that it doesn't it declines the whole document, which
feedparser reads then. Agreement is tested over feedparser's own corpus (test_quick_reader.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from feedsvc.formats.upstream import _quick_names as names
from feedsvc.formats.upstream._elements import Element, short
from feedsvc.formats.upstream._quick_times import time_of
from feedsvc.formats.upstream._quick_values import (
    Beyond,
    base_of,
    looks_like_html,
    markup_of,
    text_of,
    type_of,
)
from feedsvc.formats.upstream._told import Told


@dataclass(frozen=True, slots=True)
class Read:
    """The feed's entries in the order of the document, and what is told of them."""

    entries: list[Element]
    told: Told


def read(root: Element, text: str, *, has_bases: bool) -> Read | None:
    """The words and times, None for a document that is beyond this reader.

    ``root`` is the tree of ``text``, in which nothing had to be mended; it stays as it is.
    ``has_bases`` says whether there is any ``xml:base`` in it.
    """
    if not names.has_plain_prefixes(root, text):
        return None
    try:
        walk = _Walk(_version(root), has_bases=has_bases)
        walk.root(root)
    except Beyond:
        return None
    return Read(walk.entries, Told(walk.feed, walk.told))


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
    kind = short(str(root.tag))
    if kind == "rss":
        return version if version.startswith("rss") else "rss"
    if kind == "rdf:rdf" and not version:
        raise Beyond
    return version or "atom"


class _Walk:
    """feedparser's state on its way through a feed, so far as it matters here."""

    def __init__(self, version: str, *, has_bases: bool) -> None:
        self._has_bases = has_bases
        self._guesses = not version.startswith("atom")
        self._unwraps = version == "atom10"
        #: Of the last title that had words: a later one counts only if it is further up.
        self._title_depth = -1
        self.feed: dict[str, Any] = {}
        self.entries: list[Element] = []
        self.told: list[dict[str, Any]] = []

    def root(self, root: Element) -> None:
        """Read the whole feed."""
        kind = short(str(root.tag))
        _check_attributes(root)
        base = self._base(root, "")
        if kind == "atom:feed":
            self._channel(root, base, 1)
            return
        has_channel = False
        for child in root:
            known = names.kind(child.tag)
            if known == names.CHANNEL and not has_channel:
                has_channel = True
                self._channel(child, base, 2)
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

    def _channel(self, channel: Element, base: str, depth: int) -> None:
        _check_attributes(channel)
        base = self._base(channel, base)
        for child in channel:
            known = names.kind(child.tag)
            if known == names.ENTRY:
                self._entry(child, base, depth + 1)
            elif known in names.TIMES:
                self.feed[names.TIMES[known]] = time_of(child)
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
        value, kind = self._words(child, default)
        if key == "title":
            if -1 < self._title_depth <= depth:
                return
            if value:
                self._title_depth = depth
        key = "subtitle" if key == "description" else key
        self.feed[key] = value
        self.feed[f"{key}_detail"] = {"type": kind}

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

    def _entry(self, entry: Element, base: str, depth: int) -> None:
        _check_attributes(entry)
        base = self._base(entry, base)
        told: dict[str, Any] = {}
        has_title = False
        for child in entry:
            known = names.kind(child.tag)
            if known == names.OURS:
                if len(child):
                    _check_inside(child)
            elif known in names.TIMES:
                told[names.TIMES[known]] = time_of(child)
            elif known in names.WORDS:
                key, default = names.WORDS[known]
                if key == "title":
                    has_title = self._title(told, child, has_title=has_title)
                else:
                    self._entry_words(told, child, key, default, base)
            else:
                _check_unknown(child, known)
        self._title_depth = depth + 1 if has_title else -1
        self.entries.append(entry)
        self.told.append(told)

    def _title(self, told: dict[str, Any], child: Element, *, has_title: bool) -> bool:
        """Take the first title that has words; return whether there is one by now."""
        value, kind = self._words(child, "text/plain")
        if not has_title:
            told["title"] = value
            told["title_detail"] = {"type": kind}
        return has_title or bool(value)

    def _entry_words(
        self, told: dict[str, Any], child: Element, key: str, default: str, base: str
    ) -> None:
        if key in ("description", "summary"):
            if "summary" in told and "content" not in told:
                # A second description is content, and then its type is plain unless it says so.
                key, default = "content", "text/plain"
            else:
                key = "summary"
        value, kind = self._words(child, default)
        base = self._base(child, base)
        if self._has_bases and not base:
            raise Beyond  # the document's address may be anything
        if key in ("content", "encoded"):
            told.setdefault("content", []).append({"type": kind, "value": value, "base": base})
            told.setdefault("summary", value)
        else:
            told[key] = value
            told[f"{key}_detail"] = {"type": kind, "base": base}

    def _words(self, element: Element, default: str) -> tuple[str, str]:
        """The text of an element and its type."""
        kind = type_of(element, default)
        if kind == "application/xhtml+xml":
            return markup_of(element, unwrap=self._unwraps), kind
        value = text_of(element)
        if self._guesses and kind == "text/plain" and looks_like_html(value):
            kind = "text/html"
        return value, kind


def _check_attributes(element: Element) -> None:
    """Raise Beyond at attributes that stand for elements, as in CDF, or for an ``xml:base``."""
    for key in map(str, element.keys()):
        name = key.lower().rpartition("}")[2]
        if not key.isascii() or name in ("href", "lastmod") or key.lower() == "base":
            raise Beyond


def _check_inside(element: Element) -> None:
    """Raise Beyond at an entry within what our own passes read."""
    for inner in _below(element):
        if names.kind(inner.tag) == names.ENTRY:
            raise Beyond


def _check_unknown(element: Element, known: str) -> None:
    """Raise Beyond unless feedparser makes nothing of the element that anybody asks for."""
    if known == names.LEAF:
        if len(element):
            raise Beyond
        return
    for inner in (element, *_below(element)):
        known = names.kind(inner.tag)
        if known not in (names.UNKNOWN, names.FOREIGN):
            raise Beyond
        if known == names.FOREIGN and inner.prefix is None:
            raise Beyond
        if not all(key.isascii() for key in list(inner.keys())):
            raise Beyond


def _below(element: Element) -> Iterator[Element]:
    return element.iterdescendants() if len(element) else iter(())
