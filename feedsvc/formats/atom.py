"""Atom 1.0 (RFC 4287)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lxml import etree

from feedsvc.formats import _feedgen, _modules, _podcasts
from feedsvc.formats._modules import IN_ATOM, rfc3339, uri, utc
from feedsvc.formats.clean._media_types import UNKNOWN
from feedsvc.model import Author, Feed, Item, Link, excerpt, shown_title

MEDIA_TYPE = "application/atom+xml; charset=utf-8"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def render(feed: Feed, items: Sequence[Item]) -> bytes:
    """The feed with its items, in this order.

    The same feed and items give the same bytes, in any process and thread. Raises ItemError with
    the guid (``where``) of an item that can't be written.
    """
    feed = _feedgen.fit(feed)
    document = _feedgen.Document(feed)
    head = document.feedgen
    head.id(feed.id)
    head.updated(utc(feed.updated))
    head.link(href=uri(feed.url), rel="alternate", type="text/html")
    if feed.description:
        head.subtitle(feed.description)
    head.logo(feed.image and uri(feed.image))
    head.icon(feed.icon and uri(feed.icon))
    authors = _people(feed.authors)
    if not authors and not (items and all(_people(item.authors) for item in items)):
        # Every entry needs an author, its own or the feed's (RFC 4287 4.1.1).
        authors = [{"name": feed.title or feed.url}]
    head.author(authors)
    for item in items:
        document.add(item, _fill, _finish)
    return document.atom(lambda element: _complete(element, feed, items))


def _complete(element: etree._Element, feed: Feed, items: Sequence[Item]) -> None:
    """What a feed has that feedgen can't write (fault 8)."""
    _child(element, "updated").text = rfc3339(feed.updated)
    _modules.links(element, feed, IN_ATOM, MEDIA_TYPE)
    _podcasts.show(element, feed, items)
    _modules.rhythm(element, feed)
    _modules.history(element, feed)
    _modules.direct_root(element, items)


def _fill(entry: Any, item: Item) -> None:
    entry.id(item.guid)
    entry.title(shown_title(item))  # feedgen refuses an empty one (fault 2)
    entry.updated(utc(item.updated))
    entry.published(utc(item.published))
    entry.author(_people(item.authors))
    if item.content_html:
        # With a type: without, HTML would be taken for plain text (table 5.1 of the faults).
        entry.content(item.content_html, type="html")
    entry.link(href=uri(item.url))
    # An entry with neither content nor summary is an empty page to readers (RFC 4287 4.1.1.1).
    if summary := item.summary if item.content_html else excerpt(item):
        entry.summary(summary)
    entry.category([
        {"term": one.term, "scheme": one.scheme, "label": one.label} for one in item.categories
    ])
    entry.rights(item.rights)


def _finish(element: etree._Element, item: Item) -> None:
    """What an entry has that feedgen writes wrongly or not at all (table 5.1, faults 7, 8)."""
    if item.language:
        element.set(_LANG, item.language)
    _modules.direct(element, item)
    _child(element, "updated").text = rfc3339(item.updated)
    _child(element, "published").text = rfc3339(item.published)
    _links(element, item)
    _modules.media(element, [one for one in item.enclosures if one.duration], item.image)
    _podcasts.episode(element, item.podcast)
    _modules.source(element, item, IN_ATOM)


def _links(element: etree._Element, item: Item) -> None:
    """The entry's links in place of feedgen's, which have lost all but their addresses.

    The one alternate stands first: some readers take the first link, whatever it is.
    """
    _child(element, "link").set("rel", "alternate")
    if item.external_url:
        _modules.add_link(element, Link("related", item.external_url), IN_ATOM)
    if item.comments_url:
        _modules.add_link(element, Link("replies", item.comments_url, "text/html"), IN_ATOM)
    for enclosure in item.enclosures:
        link = Link("enclosure", enclosure.url, enclosure.type or UNKNOWN, enclosure.title)
        _modules.add_link(element, link, IN_ATOM, length=enclosure.length)
    _modules.vias(element, item.via, IN_ATOM)


def _people(authors: Iterable[Author]) -> list[dict[str, str]]:
    """Authors as feedgen takes them; one without a name is none (RFC 4287 3.2.1)."""
    return [
        {"name": one.name}
        | ({"email": one.email} if one.email and _modules.has_email(one) else {})
        | ({"uri": one.uri} if one.uri else {})
        for one in authors
        if one.name
    ]


def _child(element: etree._Element, name: str) -> etree._Element:
    """The first of the children of this name that feedgen has written."""
    return next(element.iterchildren(name))
