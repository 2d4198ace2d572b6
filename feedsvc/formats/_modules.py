"""The elements that RSS and Atom have in common and feedgen can't write.

RSS 2.0 calls them modules, Atom extensions: Media RSS, Feed History (RFC 5005), tombstones (RFC
6721), how often to poll, and Atom's own links and sources, which stand in both; podcasts have a
file of their own. Every address comes out as a URI: RSS asks for it (RSS Advisory Board's profile,
"URLs"), and then both formats say the same.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from types import MappingProxyType

from lxml import etree

from feedsvc.formats import _rhythm
from feedsvc.formats.clean import _addresses, _characters
from feedsvc.formats.clean._media_types import UNKNOWN
from feedsvc.model import (
    Author,
    Enclosure,
    Feed,
    Item,
    Link,
    Via,
    direction_of,
)

NAMESPACES: Mapping[str, str] = MappingProxyType({
    "at": "http://purl.org/atompub/tombstones/1.0",
    "atom": "http://www.w3.org/2005/Atom",
    "dc": "http://purl.org/dc/elements/1.1/",
    "fh": "http://purl.org/syndication/history/1.0",
    "its": "http://www.w3.org/2005/11/its",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "sy": _rhythm.NAMESPACE,
})
#: The prefix of Atom's own elements in an Atom document: feedgen's root puts them into no namespace
#: in memory and declares it by an attribute that is only called xmlns (fault 4).
IN_ATOM = ""
IN_RSS = "atom:"

_URI = re.compile(
    r"https?://[A-Za-z0-9._~:!$&'()*+,;=%\[\]-]+(?:[/?#][A-Za-z0-9._~:@!$&'()*+,;=%/?#\[\]-]*)?"
)
_EMAIL = re.compile(r"[^\s@<>()]+@[^\s@<>()]+\.[^\s@<>()]+")
_PICTURE = re.compile(r"\.(png|jpe?g|gif)$", re.IGNORECASE)


@functools.lru_cache(maxsize=4096)  # an item's addresses stand in several places and formats
def uri(address: str) -> str:
    """An http or https address as a URI (RFC 3986). Raises ValueError for anything else."""
    found = address if _URI.fullmatch(address) else _addresses.url(address)
    if found is None:
        raise ValueError(f"{address[:200]!a} is no http or https address")
    return found


def utc(time: datetime | None) -> datetime:
    """A time in UTC and whole seconds. Raises ValueError for a missing one or one without zone."""
    if time is None or time.tzinfo is None:
        raise ValueError("a time is missing or has no zone")
    return time.astimezone(UTC).replace(microsecond=0)


def rfc3339(time: datetime | None) -> str:
    """For Atom: elfeed ignores offsets, ROME misreads fractions of a second."""
    return utc(time).isoformat().removesuffix("+00:00") + "Z"


def rfc822(time: datetime | None) -> str:
    """For RSS, without a look at the process's locale."""
    return format_datetime(utc(time), usegmt=True)


def has_email(author: Author) -> bool:
    """Whether the author can be reached by what stands for an e-mail address."""
    return author.email is not None and _EMAIL.fullmatch(author.email) is not None


def is_picture(address: str) -> bool:
    """Whether an address names a kind of picture that RSS's ``image`` may show: no svg, no webp."""
    return _PICTURE.search(address.partition("?")[0]) is not None


def add(
    parent: etree._Element, name: str, text: str | None = None, /, **attributes: object
) -> etree._Element:
    """A new last child; an attribute that is None or empty is left out. Returns the child."""
    said = {key: str(value) for key, value in attributes.items() if value not in (None, "")}
    child = etree.SubElement(parent, _clark(name), said)
    child.text = text
    return child


@functools.cache
def _clark(name: str) -> str:
    prefix, colon, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if colon else name


def has_own_direction(item: Item) -> bool:
    """Whether an item is written in another direction than its language says, or says none."""
    return item.direction is not None and item.direction != direction_of(item.language)


def direct(element: etree._Element, item: Item) -> None:
    """Say in which direction an item is written where its language doesn't (ITS 2.0 8.4)."""
    if has_own_direction(item):
        element.set(_clark("its:dir"), str(item.direction))


def direct_root(root: etree._Element, items: Iterable[Item]) -> None:
    """Say on a document's root which version of ITS is used in it, if it is (ITS 2.0 5.1)."""
    if any(map(has_own_direction, items)):
        root.set(_clark("its:version"), "2.0")


def links(parent: etree._Element, feed: Feed, atom: str, media_type: str) -> None:
    """A feed's links but that to its page: its own address, hubs, archives (RFC 8288, 5005)."""
    for link in feed.links:
        if (link.rel, link.href) == ("alternate", feed.url):
            continue
        is_bare_self = link.rel == "self" and not link.type
        own = replace(link, type=media_type.partition(";")[0]) if is_bare_self else link
        add_link(parent, own, atom)
    vias(parent, gathered_from(feed), atom)


def gathered_from(feed: Feed) -> list[Via]:
    """The pages of the feeds that a feed is made of; a source without a page has its address."""
    pages = ((source.url or source.feed_url, source.title) for source in feed.sources)
    return [Via(page, title) for page, title in pages if page]


def vias(parent: etree._Element, places: Iterable[Via], atom: str) -> None:
    """Where else the same is told, or where it was taken from (RFC 4287 4.2.7.2, "via")."""
    for place in places:
        add_link(parent, Link("via", place.url, title=place.title), atom)


def add_link(parent: etree._Element, link: Link, atom: str, *, length: int | None = None) -> None:
    """One of Atom's links (RFC 4287 4.2.7)."""
    add(
        parent,
        f"{atom}link",
        rel=link.rel,
        type=link.type,
        title=link.title,
        length=length,
        href=uri(link.href),
    )


def history(parent: etree._Element, feed: Feed) -> None:
    """That the document holds everything (RFC 5005 2) or the older items (RFC 5005 4), and what has
    left the feed (RFC 6721).
    """
    if feed.complete:
        add(parent, "fh:complete")
    if feed.archive:
        add(parent, "fh:archive")
    for gone in feed.tombstones:
        # What XML can't carry was never in the feed, so nobody waits to hear that it left.
        if _characters.fit(gone.guid) == (gone.guid, 0):
            add(parent, "at:deleted-entry", ref=gone.guid, when=rfc3339(gone.when))


def waiting(feed: Feed) -> int | None:
    """The minutes that a poller may wait; nobody need ask twice for what doesn't change."""
    return None if feed.archive else feed.ttl


def rhythm(parent: etree._Element, feed: Feed) -> None:
    """How often to ask for the feed, in the words of RSS 1.0's module Syndication.

    feedgen's own extension for it writes elements that the module doesn't have.
    """
    if told := _rhythm.told(waiting(feed)):
        add(parent, "sy:updatePeriod", told.period)
        add(parent, "sy:updateFrequency", str(told.frequency))


def media(parent: etree._Element, enclosures: Iterable[Enclosure], image: str | None) -> None:
    """Enclosures with all that is known of them, and the item's picture (Media RSS 1.5.1).

    Each stands alone: a ``media:group`` is for several versions of one thing.
    """
    for enclosure in enclosures:
        content = add(
            parent,
            "media:content",
            url=uri(enclosure.url),
            fileSize=enclosure.length or None,
            type=enclosure.type or UNKNOWN,
            duration=enclosure.duration,
        )
        if enclosure.title:
            add(content, "media:title", enclosure.title)
    if image:
        add(parent, "media:thumbnail", url=uri(image))


def source(parent: etree._Element, item: Item, atom: str) -> None:
    """The feed that a re-published item comes from (RFC 4287 4.2.11).

    The ``id`` in it is the feed's, which its address stands for; of one without an address a name
    is made of its title. The item's own id there stands as it came in ``dc:identifier``, "an
    unambiguous reference to the resource within a given context" (DCMI). Nobody knows when that
    feed changed last; the item's own time is the least that can be said.
    """
    origin = item.source
    if origin is None:
        return
    if origin.guid:
        add(parent, "dc:identifier", origin.guid)
    identity = origin.feed_url or origin.url or _addresses.guid(origin.title or "")
    if not identity:
        return
    element = add(parent, f"{atom}source")
    add(element, f"{atom}id", identity)
    if origin.title:
        add(element, f"{atom}title", origin.title)
    add(element, f"{atom}updated", rfc3339(item.updated))
    for rel, address in (("self", origin.feed_url), ("alternate", origin.url)):
        if address:
            add_link(element, Link(rel, address), atom)
