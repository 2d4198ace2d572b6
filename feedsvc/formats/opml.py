"""OPML 2.0 lists of feeds (http://opml.org/spec2.opml): rendered and read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from lxml import etree

from feedsvc.formats import opmlreader
from feedsvc.formats.opmlreader import Listed

MEDIA_TYPE = "text/x-opml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list. ``feed_url`` is ``xmlUrl``, ``html_url`` the page for people, or ""."""

    title: str
    feed_url: str
    html_url: str
    type: str = (
        "rss"  #: of any feed: "rss" is what readers look for (OPML 2.0 "Subscription lists")
    )


def render(title: str, outlines: Iterable[Outline], *, updated: datetime) -> bytes:
    """A subscription list with this title, the outlines in this order, as UTF-8."""
    root, body = _list(title, updated)
    for one in outlines:
        _outline(body, one.title, one.type, one.feed_url, one.html_url)
    return _written(root)


def sources(title: str, feeds: Iterable[Listed], *, updated: datetime) -> bytes:
    """A list of foreign feeds as :func:`feedsvc.formats.opmlreader.read` gives it back, as UTF-8.

    They come in this order, in the folders of their paths; feeds that follow one another share
    what of their paths is the same. A category is a path such as ``/Science/Physics`` (OPML 2.0
    "category"). A feed without a title is called by its address.
    """
    root, body = _list(title, updated)
    opened: list[tuple[str, etree._Element]] = []
    for feed in feeds:
        same = 0
        for (name, _), wanted in zip(opened, feed.path, strict=False):
            if name != wanted:
                break
            same += 1
        del opened[same:]
        for name in feed.path[same:]:
            folder = etree.SubElement(opened[-1][1] if opened else body, "outline")
            folder.set("text", name)
            folder.set("title", name)
            opened.append((name, folder))
        place = opened[-1][1] if opened else body
        element = _outline(place, feed.title or feed.url, feed.type, feed.url, feed.html_url)
        if feed.categories:
            element.set("category", ",".join(feed.categories))
    return _written(root)


def _list(title: str, updated: datetime) -> tuple[etree._Element, etree._Element]:
    """A list without feeds, and where they come."""
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = title
    # RFC 822, as the specification asks, without touching the process's locale.
    modified = format_datetime(updated.astimezone(UTC).replace(microsecond=0), usegmt=True)
    etree.SubElement(head, "dateModified").text = modified
    etree.SubElement(head, "docs").text = "http://opml.org/spec2.opml"
    return root, etree.SubElement(root, "body")


def _outline(
    place: etree._Element, title: str, kind: str, feed_url: str, html_url: str
) -> etree._Element:
    element = etree.SubElement(
        place, "outline", text=title, title=title, type=kind, xmlUrl=feed_url
    )
    if html_url:
        element.set("htmlUrl", html_url)
    return element


def _written(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def read(body: bytes) -> list[Outline]:
    """Every feed of the list, whatever folders it lies in (:mod:`feedsvc.formats.opmlreader`)."""
    return [
        Outline(one.title or one.url, one.url, one.html_url, one.type)
        for one in opmlreader.read(body).feeds
        if one.url
    ]
