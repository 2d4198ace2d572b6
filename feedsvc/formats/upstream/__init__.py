"""The one reader of foreign feeds: RSS of any version, Atom, JSON Feed.

feedparser is the reference for the words and the times of RSS and Atom. What the quick reader
understands to the last element it reads in feedparser's stead, to the same result.
"""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from feedsvc.errors import NotAFeed
from feedsvc.formats import _charset, _jsonreader, _xml
from feedsvc.formats.parsed import ParsedFeed
from feedsvc.formats.upstream import _advice, _channel, _entry, _quick, _reference
from feedsvc.formats.upstream._elements import Element, has_own_base, name, settle
from feedsvc.formats.upstream._told import Words, worded, worded_feed
from feedsvc.model import Feed, Item

__all__ = ["ParsedFeed", "read"]


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
    has_bases = "xml:base" in text and bool(_HAS_BASES(tree.root))
    quick = None
    if quickly and tree.fault is None:
        quick = _quick.read(tree.root, text, has_bases=has_bases)
    advice = _advice.read(tree.root)  # before feedparser's input is cut down
    feed, items, fault = _read(tree.root, url, quick, has_bases=has_bases)
    faults = _told(decoded.fault, tree.fault, fault)
    return ParsedFeed(feed, items, faults, replace(advice, every=feed.ttl))


def _told(*faults: str | None) -> tuple[str, ...]:
    return tuple(fault for fault in faults if fault)


def _no_feed(root: Element | None) -> str:
    if root is None:
        return "This is no feed: there is no XML and no JSON in it."
    kind = name(root).rpartition("}")[2]
    if kind == "html":
        return "This is a web page, no feed: give the address of its feed."
    return f"This is XML, but no feed: its root element is {kind[:40]}."


def _read(
    root: Element, url: str | None, quick: _quick.Read | None, *, has_bases: bool
) -> tuple[Feed, tuple[Item, ...], str | None]:
    """The feed, its items, and what feedparser finds fault with."""
    feed = _channel.read(root, url)
    plain = _channel.is_ours(root)
    if quick:
        entries = quick.entries
    else:
        entries = [element for element in root.iter("*") if _entry.is_entry(element)]
    items = [_entry.read(element, plain=plain) for element in entries]
    based = [has_bases and any(map(has_own_base, element)) for element in entries]
    told = quick.told if quick else _reference.read(root, entries, url)
    whole = tuple(
        worded(item, Words(words), plain=plain, based=is_based)
        for item, words, is_based in zip(items, told.entries, based, strict=True)
    )
    return worded_feed(feed, Words(told.feed), whole, plain=plain), whole, told.fault


_HAS_BASES = etree.XPath("boolean(//@xml:base)")
