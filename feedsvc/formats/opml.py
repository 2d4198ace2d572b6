"""OPML 2.0 lists of feeds (http://opml.org/spec2.opml): rendered and read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from lxml import etree

from feedsvc.errors import NotAFeed
from feedsvc.formats import _charset, _xml

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
    """Every feed of the list, whatever folders it lies in, in the order of the document.

    An outline without ``xmlUrl`` is a folder or a note and is passed over. Broken XML is mended as
    far as it goes. Raises NotAFeed for anything but OPML, and for OPML with a DOCTYPE: no honest
    list has one, and entities could blow it up.
    """
    text = _charset.decode(body).text
    if re.search(r"<!DOCTYPE", text, re.IGNORECASE):
        raise NotAFeed("This list has a DOCTYPE, which OPML has no use for; remove that line.")
    root = _xml.parse(text).root
    if root is None or etree.QName(root).localname.lower() != "opml":
        raise NotAFeed("This is no OPML: its root element is not opml.")
    return [outline for element in root.iter("outline") if (outline := _outline(element))]


def _outline(element: etree._Element) -> Outline | None:
    # Programs spell the attributes xmlUrl, xmlurl and xmlURL.
    given = {str(name).lower(): str(value).strip() for name, value in element.attrib.items()}
    feed_url = given.get("xmlurl", "")
    if not feed_url:
        return None
    title = given.get("title") or given.get("text") or feed_url
    return Outline(title, feed_url, given.get("htmlurl", ""), given.get("type") or "rss")
