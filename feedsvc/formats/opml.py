"""OPML 2.0 lists of feeds (http://opml.org/spec2.opml): rendered and read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from lxml import etree

from feedsvc.formats import opmlreader

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
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = title
    # RFC 822, as the specification asks, without touching the process's locale.
    modified = format_datetime(updated.astimezone(UTC).replace(microsecond=0), usegmt=True)
    etree.SubElement(head, "dateModified").text = modified
    etree.SubElement(head, "docs").text = "http://opml.org/spec2.opml"
    body = etree.SubElement(root, "body")
    for outline in outlines:
        element = etree.SubElement(
            body,
            "outline",
            text=outline.title,
            title=outline.title,
            type=outline.type,
            xmlUrl=outline.feed_url,
        )
        if outline.html_url:
            element.set("htmlUrl", outline.html_url)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def read(body: bytes) -> list[Outline]:
    """Every feed of the list, whatever folders it lies in (:mod:`feedsvc.formats.opmlreader`)."""
    return [
        Outline(one.title or one.url, one.url, one.html_url, one.type)
        for one in opmlreader.read(body).feeds
    ]
