"""RSS 2.0 (https://www.rssboard.org/rss-specification, with the Advisory Board's profile)."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from lxml import etree

from feedsvc.formats import _feedgen, _modules, _podcasts
from feedsvc.formats._modules import IN_RSS, add, rfc822, rfc3339, uri
from feedsvc.formats.clean._media_types import UNKNOWN
from feedsvc.model import Feed, Item, Link, excerpt, shown_title

MEDIA_TYPE = "application/rss+xml; charset=utf-8"
# By this very address the W3C's validator knows a feed that means to follow the Advisory Board.
_DOCS = "http://www.rssboard.org/rss-specification"


def render(feed: Feed, items: Sequence[Item]) -> bytes:
    """The feed with its items, in this order.

    The same feed and items give the same bytes, in any process and thread. Raises ItemError with
    the guid (``where``) of an item that can't be written.
    """
    feed = _feedgen.fit(feed)
    document = _feedgen.Document(feed)
    channel = document.feedgen
    # The channel's link is whatever was given last (fault 5), so this is the only one given.
    channel.link(href=uri(feed.url))
    channel.description(_as_html(feed.description or feed.title or feed.url))
    channel.docs(_DOCS)
    channel.ttl(_modules.waiting(feed))
    if feed.image and _modules.is_picture(feed.image):
        channel.image(url=uri(feed.image))
    for item in items:
        document.add(item, _fill, _finish)
    return document.rss(lambda element: _complete(element, feed, items), _plain)


def _complete(channel: etree._Element, feed: Feed, items: Sequence[Item]) -> None:
    """What a channel has that feedgen can't write (faults 5, 8, 10)."""
    add(channel, "lastBuildDate", rfc822(feed.updated))
    # No managingEditor: readers would show the e-mail address in it as the feed's author.
    _creators(channel, feed)
    names = ", ".join(author.name for author in feed.authors if author.name)
    if names and _podcasts.is_show(feed, items):
        # Directories of podcasts know no other author.
        add(channel, "itunes:author", names)
    _modules.links(channel, feed, IN_RSS, MEDIA_TYPE)
    add(channel, "atom:id", feed.id)
    if feed.icon:
        add(channel, "atom:icon", uri(feed.icon))
    if feed.image and not _modules.is_picture(feed.image):
        add(channel, "atom:logo", uri(feed.image))
    _podcasts.show(channel, feed, items)
    _modules.rhythm(channel, feed)
    _modules.history(channel, feed)
    _modules.direct_root(channel.getroottree().getroot(), items)


def _fill(entry: Any, item: Item) -> None:
    entry.title(shown_title(item))
    entry.link(href=uri(item.external_url or item.url))
    entry.guid(item.guid, permalink=item.guid == uri(item.url))
    if description := _as_html(excerpt(item)) or (" " if item.content_html else ""):
        # Without a description feedgen would put the content there (fault 6), and a validator asks
        # for one before the content.
        entry.description(description)
    if item.content_html:
        entry.content(item.content_html, type="html")
    # Without labels, which feedgen would write instead of the terms (fault 6).
    entry.category([{"term": one.term, "scheme": one.scheme} for one in item.categories])
    entry.comments(item.comments_url and uri(item.comments_url))
    if item.enclosures:
        first = item.enclosures[0]
        # A length is required: 0 when it is not known (RSS profile, "enclosure").
        entry.enclosure(uri(first.url), str(first.length or 0), first.type or UNKNOWN)


def _finish(element: etree._Element, item: Item) -> None:
    """What an item has that feedgen can't write (faults 6, 8, 10)."""
    _modules.direct(element, item)
    add(element, "pubDate", rfc822(item.published))
    add(element, "atom:updated", rfc3339(item.updated))
    _creators(element, item)
    if item.language:
        add(element, "dc:language", item.language)
    if item.rights:
        add(element, "dc:rights", item.rights)
    if item.external_url:
        # ``link`` leads to the other page, and the guid need not be an address (RFC 8288, "self":
        # the address of what the link stands in).
        _modules.add_link(element, Link("self", item.url), IN_RSS)
    _modules.vias(element, item.via, IN_RSS)
    more = [one for at, one in enumerate(item.enclosures) if at or one.title or one.duration]
    _modules.media(element, more, item.image)
    _podcasts.episode(element, item.podcast)
    if item.source and item.source.feed_url:
        add(element, "source", item.source.title, url=uri(item.source.feed_url))
    # Last, because feedparser takes titles after it for the item's.
    _modules.source(element, item, IN_RSS)


def _creators(parent: etree._Element, work: Feed | Item) -> None:
    """Each author's name alone: beside ``author``, or with an e-mail in it, readers garble it."""
    for author in work.authors:
        if author.name:
            add(parent, "dc:creator", author.name)


_LOOKS_LIKE_A_TAG = re.compile(r"<[A-Za-z/!?]|<[^>]*>")


def _as_html(text: str) -> str:
    """Plain text for a description, which is HTML to every reader (RSS profile, "description").

    The channel's is so to many, feedparser among them.

    Text that says the same either way stays as it is, for the readers that show it as it is.
    """
    if _LOOKS_LIKE_A_TAG.search(text) or html.unescape(text) != text:
        return html.escape(text, quote=False)
    return text


_PLAIN = re.compile(
    rb"<(title|description|category|copyright|source|dc:\w+|media:title|atom:title"
    rb"|itunes:author|itunes:name)(?: [^<>]*)?>[^<]*&[^<]*</"
)


def _plain(body: bytes) -> bytes:
    """The document with "&" and "<" of plain text in the spelling of the RSS profile.

    Readers that unescape twice find no entity in it ("Character data"). lxml knows only the short
    spelling (table 5.1 of the faults).
    """
    return _PLAIN.sub(
        lambda found: found[0].replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;"), body
    )
