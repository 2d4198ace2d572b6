"""feedparser, the reference for the words and times of RSS and Atom; its traps are met here.

It is handed a BytesIO and nothing else: of a string or bytes it would first try whether they name
a file (docs/decisions/feedparser.md).
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import feedparser
from lxml import etree

from feedsvc.errors import NotAFeed
from feedsvc.formats.upstream._elements import Element, Parent, name
from feedsvc.formats.upstream._told import MakeItem, Text, Told, Words


def read(root: Element, url: str | None, make_item: MakeItem) -> Told:
    """What feedparser reads of the feed and its entries. Raises NotAFeed where it fails."""
    result = _parsed(_fed(root), url)
    found = {_string(dict(told).get(_NUMBER)): told for told in result["entries"]}
    items = [
        make_item(Parent(element), _words(found.get(str(number), {})))
        for number, element in enumerate(_entries(root))
    ]
    fault = f"feedparser: {result.get('bozo_exception')}." if result.get("bozo") else None
    return Told(_words(result["feed"]), items, fault)


def _entries(root: Element) -> list[Element]:
    """The RSS items and Atom entries, wherever they stand but in a text."""
    return [
        element
        for element in root.iter("*")
        if name(element) in ("item", "atom:entry")
        and not any(name(above) in _TEXTS for above in element.iterancestors())
    ]


_TEXTS = ("atom:content", "atom:summary", "atom:title", "description", "content:encoded", "title")


def _words(told: Mapping[str, Any]) -> Words:
    told = dict(told)  # feedparser's own ``get`` answers with other keys' values
    words = Words()
    for key in ("title", "summary", "subtitle", "rights"):
        detail = told.get(f"{key}_detail")
        detail = detail if isinstance(detail, Mapping) else {}
        # A summary without details is feedparser's copy of the content.
        if detail or key != "summary":
            words.texts[key] = _text(told.get(key), detail)
    for content in told.get("content") or ():
        if isinstance(content, Mapping):
            words.contents.append(_text(dict(content).get("value"), content))
    for key in ("published", "updated", "created"):
        words.times[key] = _time(told.get(f"{key}_parsed"))
    return words


def _text(value: object, detail: Mapping[str, Any]) -> Text:
    told = dict(detail)
    return Text(_string(value), _string(told.get("type")), _string(told.get("base")))


def _string(value: object) -> str:
    return value.replace(KEEP, "") if isinstance(value, str) else ""


def _time(parsed: Any) -> datetime | None:
    try:
        year, month, day, hour, minute, second = parsed[:6]
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None


#: feedparser takes text that could be UTF-8 read as Latin-1 for just that, and "mends" it: "Ã©"
#: becomes "é", and a word in Latin letters may become Chinese. It does so only where every
#: character is below U+0100, so this non-character is put before such a text, and off after.
KEEP = "\ufdd1"

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


def has_high(text: str) -> bool:
    """Whether there is any character from U+0080 to U+00FF."""
    if text.isascii():
        return False
    encoded = text.encode(errors="replace")  # to look at each character takes ten times as long
    return b"\xc2" in encoded or b"\xc3" in encoded


def would_be_bent(text: str | None) -> bool:
    """Whether feedparser would take the text for UTF-8 that was read as Latin-1.

    It looks at it without the white space around, of which a no-break space is one.
    """
    if not text or not has_high(text):
        return False
    return _is_utf8(text) or _is_utf8(text.strip())


def _is_utf8(text: str) -> bool:
    try:
        text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return False
    return True


def _fed(root: Element) -> bytes:
    """What feedparser is fed with: each entry has its number, and what we read is taken off."""
    root = deepcopy(root)
    entries = _entries(root)
    for number, element in enumerate(entries):
        mark = etree.Element(_NUMBER)
        mark.text = str(number)
        element.insert(0, mark)  # first: an entry that is never closed has no last child
    for element in (root, *Parent(root).all("channel"), *entries):
        _prune(element)
    for element in root.iter("*"):
        if would_be_bent(element.text):
            element.text = f"{KEEP}{element.text}"
        if would_be_bent(element.tail):
            element.tail = f"{KEEP}{element.tail}"
        for key, value in element.attrib.items():
            if would_be_bent(str(value)):
                element.set(key, KEEP + str(value))
    return etree.tostring(root, encoding="utf-8", with_tail=False)


def _parsed(body: bytes, url: str | None) -> Mapping[str, Any]:
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
