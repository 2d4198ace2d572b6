"""The one reader of foreign feeds: RSS of any version, Atom, JSON Feed.

feedparser reads the words and the times of RSS and Atom; its traps are met here. It is handed a
BytesIO and nothing else: of a string or bytes it would first try whether they name a file
(docs/decisions/feedparser.md).
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import feedparser
from lxml import etree

from feedsvc.errors import ItemError, NotAFeed
from feedsvc.formats import _charset, _jsonreader, _xml, clean
from feedsvc.formats._foreign import has_tags, one_line, paragraphs, words
from feedsvc.formats.parsed import ParsedFeed, newest
from feedsvc.formats.upstream import _channel, _entry
from feedsvc.formats.upstream._elements import Element, children, has_own_base, name, settle
from feedsvc.model import Feed, Item, excerpt

__all__ = ["ParsedFeed", "read"]


def read(body: bytes, *, content_type: str | None = None, url: str | None = None) -> ParsedFeed:
    """The feed in ``body``, whatever is wrong with it.

    ``content_type`` is the HTTP header's value, for its charset; ``url`` is where the feed was
    found, for relative addresses. Raises NotAFeed for HTML, for other JSON, for nothing at all.
    """
    decoded = _charset.decode(body, content_type)
    text = decoded.text.strip("\0 \t\r\n")
    if not text:
        raise NotAFeed("This is empty.")
    if text.startswith(("{", "[")):
        parsed = _jsonreader.read(text.encode(errors="replace"), url=url)
        return replace(parsed, faults=_told(decoded.fault, *parsed.faults))
    tree = _xml.parse(text, url)
    if tree.root is not None:
        settle(tree.root)
    if tree.root is None or not _channel.is_feed(tree.root):
        raise NotAFeed(_no_feed(tree.root))
    feed, items, fault = _read(tree.root, url)
    return ParsedFeed(feed, items, _told(decoded.fault, tree.fault, fault))


def _told(*faults: str | None) -> tuple[str, ...]:
    return tuple(fault for fault in faults if fault)


def _no_feed(root: Element | None) -> str:
    if root is None:
        return "This is no feed: there is no XML and no JSON in it."
    kind = name(root).rpartition("}")[2]
    if kind == "html":
        return "This is a web page, no feed: give the address of its feed."
    return f"This is XML, but no feed: its root element is {kind[:40]}."


def _read(root: Element, url: str | None) -> tuple[Feed, tuple[Item, ...], str | None]:
    """The feed, its items, and what feedparser finds fault with."""
    feed = _channel.read(root, url)
    channels = [root, *children(root, "channel")]
    entries = [element for element in root.iter("*") if _entry.is_entry(element)]
    plain = _channel.is_ours(root)
    items = [_entry.read(element, plain=plain) for element in entries]
    based = [any(map(has_own_base, element)) for element in entries]
    for number, element in enumerate(entries):
        mark = etree.Element(_NUMBER)
        mark.text = str(number)
        element.insert(0, mark)  # first: an entry that is never closed has no last child
    for element in (*channels, *entries):
        _prune(element)
    result = _fed(root, url)
    found = {words.text(_NUMBER): words for words in map(_Words, result["entries"])}
    whole = tuple(
        _worded(item, found.get(str(number), _Words({})), plain=plain, based=based[number])
        for number, item in enumerate(items)
    )
    feed = _worded_feed(feed, _Words(result["feed"]), whole, plain=plain)
    fault = f"feedparser: {result.get('bozo_exception')}." if result.get("bozo") else None
    return feed, whole, fault


#: The element that pairs feedparser's entries with ours, whatever it takes for an entry.
_NUMBER = "feedsvc-number"


#: What our own passes read. feedparser need not see it: it takes the square of the length of an
#: author's name, and the titles of media and sources for the item's.
_READ_BY_US = frozenset((
    *("link", "guid", "source", "enclosure", "author", "comments", "category", "image"),
    *("managingeditor", "webmaster", "atom:link", "atom:id", "atom:source", "atom:author"),
    *("atom:contributor", "atom:category", "dc:creator", "dc:author", "dc:contributor"),
    *("dc:publisher", "dc:subject", "dc:source", "dc:language"),
))  # fmt: skip
_MODULES_READ_BY_US = ("media:", "itunes:", "podcast:")


def _prune(element: Element) -> None:
    for child in list(element):
        kind = name(child)
        if kind in _READ_BY_US or kind.startswith(_MODULES_READ_BY_US):
            element.remove(child)


#: feedparser takes text that could be UTF-8 read as Latin-1 for just that, and "mends" it: "Ã©"
#: becomes "é", and a word in Latin letters may become Chinese. It does so only where every
#: character is below U+0100, so this non-character is put before such a text, and off after.
_KEEP = "\ufdd1"
_HIGH = re.compile("[\x80-\xff]")


def _would_be_bent(text: str | None) -> bool:
    if not text or not _HIGH.search(text):
        return False
    try:
        text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return False
    return True


def _fed(root: Element, url: str | None) -> Mapping[str, Any]:
    for element in root.iter("*"):
        if _would_be_bent(element.text):
            element.text = f"{_KEEP}{element.text}"
        if _would_be_bent(element.tail):
            element.tail = f"{_KEEP}{element.tail}"
        for key, value in element.attrib.items():
            if _would_be_bent(str(value)):
                element.set(key, _KEEP + str(value))
    body = etree.tostring(root, encoding="utf-8", with_tail=False)
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url or ""}
    try:
        told: Mapping[str, Any] = feedparser.parse(
            io.BytesIO(body),
            response_headers=headers,
            # The border cleans, better and three times as fast, and makes links absolute.
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise NotAFeed(f"feedparser can't read this feed: {error!r:.200}") from error
    return told


class _Words:
    """What feedparser read of one entry or of the feed.

    Its dictionaries are asked past their own ``get``, which answers with other keys' values.
    """

    def __init__(self, told: Mapping[str, Any]) -> None:
        self._told = dict(told)

    def text(self, key: str) -> str:
        value = self._told.get(key)
        return value.replace(_KEEP, "") if isinstance(value, str) else ""

    def detail(self, key: str) -> _Words | None:
        """What the element says besides its text, None when there is no such element."""
        detail = self._told.get(f"{key}_detail")
        return _Words(detail) if detail else None

    def is_html(self, key: str) -> bool:
        detail = self.detail(key)
        return detail is not None and detail.text("type") in _HTML

    def plain(self, key: str, *, plain: bool = False) -> str:
        """A text without its markup.

        RSS can't say whether a title is HTML. feedparser guesses by end tags and entities; where
        ``plain`` says so there is nothing to guess.
        """
        value = self.text(key)
        return words(value) if self.is_html(key) and not plain else one_line(value)

    def time(self, *keys: str) -> datetime | None:
        """The first of these times that is one: feedparser gives UTC in whole seconds."""
        for key in keys:
            parsed = self._told.get(f"{key}_parsed")
            try:
                year, month, day, hour, minute, second = parsed[:6]  # type: ignore[index]
                return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
            except (TypeError, ValueError, OverflowError):
                continue
        return None

    def content(self) -> tuple[str, str]:
        """The best of the contents as HTML, and the address that its links are relative to."""
        best = ("", "")
        for content in map(_Words, self._told.get("content") or ()):
            kind, value, base = content.text("type"), content.text("value"), content.text("base")
            if kind in _HTML and value:
                return value, base
            if kind.startswith("text/") and value and not best[0]:
                best = paragraphs(value), base
        return best


_HTML = ("text/html", "application/xhtml+xml")


def _worded(item: Item, told: _Words, *, plain: bool, based: bool) -> Item:
    """The item with title, summary, content, rights and times."""
    content, base = told.content()
    # Without details it is feedparser's copy of the content.
    detail = told.detail("summary")
    summary = told.plain("summary") if detail else ""
    description = told.text("summary") if detail and told.is_html("summary") else ""
    if not content and detail and _is_article(description, summary):
        content, summary, base = description, "", detail.text("base")
    if based and content:
        content = _rebased(content, base)
    item = replace(
        item,
        title=told.plain("title", plain=plain) or item.title,
        content_html=content if content or summary else item.content_html,
        rights=told.plain("rights", plain=plain) or None,
        published=told.time("published", "created"),
        updated=told.time("updated"),
    )
    if summary == excerpt(item) and (description or not item.content_html):
        return item  # what our feeds show when there is no summary
    return replace(item, summary=summary)


def _is_article(description: str, summary: str) -> bool:
    """Whether RSS's description is all there is of the item's content, and not a line about it."""
    return has_tags(description) or (bool(description) and len(summary) > clean.SUMMARY_MAX)


def _rebased(content: str, base: str) -> str:
    """The content with its links made absolute by an ``xml:base`` of its own."""
    try:
        return clean.html(content, base=base)
    except ItemError:  # the border will say the same
        return content


def _worded_feed(feed: Feed, told: _Words, items: tuple[Item, ...], *, plain: bool) -> Feed:
    return replace(
        feed,
        title=told.plain("title", plain=plain),
        description=told.plain("subtitle"),  # of RSS it is HTML, ours too
        rights=told.plain("rights", plain=plain) or None,
        updated=told.time("updated", "published") or newest(items),
    )
