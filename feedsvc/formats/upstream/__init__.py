"""The one reader of foreign feeds: RSS of any version, Atom, JSON Feed.

feedparser is the reference for the words and the times of RSS and Atom. What the quick reader
understands to the last element it reads in feedparser's stead, to the same result.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from lxml import etree

from feedsvc.errors import NotAFeed
from feedsvc.formats import _charset, _jsonreader, _xml
from feedsvc.formats.parsed import ParsedFeed
from feedsvc.formats.upstream import _advice, _channel, _entry, _quick, _reference
from feedsvc.formats.upstream._elements import Element, Parent, name, settle

__all__ = ["ParsedFeed", "read"]


#: What may stand around a document, and is none of it.
_AROUND = "\0 \t\r\n"


def read(
    body: bytes, *, content_type: str | None = None, url: str | None = None, quickly: bool = True
) -> ParsedFeed:
    """The feed in ``body``, whatever is wrong with it.

    ``content_type`` is the HTTP header's value, for its charset; ``url`` is where the feed was
    found, for relative addresses. ``quickly=False`` has feedparser read all there is, which takes
    five times as long and gives the same. Raises NotAFeed for HTML, for other JSON, for nothing at
    all.
    """
    decoded = _charset.decode(body, content_type)
    text = decoded.text.strip(_AROUND)
    if not text:
        raise NotAFeed("This is empty.")
    if text.startswith(("{", "[")):
        parsed = _jsonreader.read(text.encode(errors="replace"), url=url)
        return replace(parsed, faults=_told(decoded.fault, *parsed.faults))
    utf8 = body.strip(_AROUND.encode()) if decoded.is_utf8 else None
    tree = _xml.parse(text, url, utf8=utf8)
    if tree.root is not None:
        settle(tree.root)
    if tree.root is None or not _channel.is_feed(tree.root):
        raise NotAFeed(_no_feed(tree.root))
    root = Parent(tree.root)
    channel = _channel.channel_of(root)
    has_bases = bool(_HAS_BASES(tree.root))
    make_item = partial(_entry.read, plain=_channel.is_ours(channel), has_bases=has_bases)
    told = None
    if quickly and tree.fault is None:
        told = _quick.read(root, channel, text, make_item, has_bases=has_bases)
    if told is None:
        told = _reference.read(tree.root, url, make_item)
    feed = _channel.read(root, channel, told.feed, told.items, url=url)
    return ParsedFeed(
        feed,
        tuple(told.items),
        _told(decoded.fault, tree.fault, told.fault),
        _advice.read(channel, every=feed.ttl),
    )


def _told(*faults: str | None) -> tuple[str, ...]:
    return tuple(fault for fault in faults if fault)


def _no_feed(root: Element | None) -> str:
    if root is None:
        return "This is no feed: there is no XML and no JSON in it."
    kind = name(root).rpartition("}")[2]
    if kind == "html":
        return "This is a web page, no feed: give the address of its feed."
    return f"This is XML, but no feed: its root element is {kind[:40]}."


_HAS_BASES = etree.XPath("boolean(//@xml:base)")
