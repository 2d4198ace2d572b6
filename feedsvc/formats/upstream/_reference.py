"""feedparser, the reference for the words and times of RSS and Atom; its traps are met here.

It is handed a BytesIO and nothing else: of a string or bytes it would first try whether they name
a file (docs/decisions/feedparser.md).
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import feedparser
from lxml import etree

from feedsvc.errors import NotAFeed
from feedsvc.formats.upstream._elements import Element, children, name
from feedsvc.formats.upstream._told import KEEP, Told, Words


def read(root: Element, entries: Sequence[Element], url: str | None) -> Told:
    """What feedparser reads of the feed and of these entries. The tree is changed.

    Raises NotAFeed where feedparser fails.
    """
    channels = [root, *children(root, "channel")]
    for number, element in enumerate(entries):
        mark = etree.Element(_NUMBER)
        mark.text = str(number)
        element.insert(0, mark)  # first: an entry that is never closed has no last child
    for element in (*channels, *entries):
        _prune(element)
    result = _fed(root, url)
    found = {Words(told).text(_NUMBER): told for told in result["entries"]}
    fault = f"feedparser: {result.get('bozo_exception')}." if result.get("bozo") else None
    return Told(result["feed"], [found.get(str(n), {}) for n in range(len(entries))], fault)


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


def is_read_by_us(kind: str) -> bool:
    """Whether the children of feeds and entries of this short name are none of feedparser's."""
    return kind in _READ_BY_US or kind.startswith(_MODULES_READ_BY_US)


def _prune(element: Element) -> None:
    for child in list(element):
        if is_read_by_us(name(child)):
            element.remove(child)


_HIGH = re.compile("[\x80-\xff]")


def would_be_bent(text: str | None) -> bool:
    """Whether feedparser would take the text for UTF-8 that was read as Latin-1.

    It looks at it without the white space around, of which a no-break space is one.
    """
    if not text or text.isascii() or not _HIGH.search(text):
        return False
    return _is_utf8(text) or _is_utf8(text.strip())


def _is_utf8(text: str) -> bool:
    try:
        text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return False
    return True


def _fed(root: Element, url: str | None) -> Mapping[str, Any]:
    for element in root.iter("*"):
        if would_be_bent(element.text):
            element.text = f"{KEEP}{element.text}"
        if would_be_bent(element.tail):
            element.tail = f"{KEEP}{element.tail}"
        for key, value in element.attrib.items():
            if would_be_bent(str(value)):
                element.set(key, KEEP + str(value))
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
