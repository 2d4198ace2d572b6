"""What a feed says of itself: RSS's channel, Atom's feed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from feedsvc.formats import _rhythm
from feedsvc.formats._foreign import rfc3339, whole_number
from feedsvc.formats.parsed import NEVER
from feedsvc.formats.upstream._elements import (
    Element,
    Parent,
    about,
    address,
    addressed,
    children,
    first,
    language,
    links,
    name,
    people,
)
from feedsvc.model import Author, Feed, Link, Source, Tombstone


def read(root: Element, url: str | None) -> Feed:
    """The feed without title, description, rights and time of change.

    ``url`` is where it was found: its id, if it tells none.
    """
    channel = next(iter(children(root, "channel")), root)
    feed = _read(channel, url)
    if channel is not root and name(root).startswith("rdf:"):
        # RSS 1.0 has its image beside the channel.
        feed = replace(feed, image=feed.image or _image(root))
    return feed


def _read(element: Element, url: str | None) -> Feed:
    channel = Parent(element)
    linked = tuple(link for link, _ in links(channel))
    pages = [link.href for link in linked if link.rel == "alternate"]
    own = next((link.href for link in linked if link.rel == "self"), "")
    return Feed(
        id=first(channel, "atom:id") or about(channel) or own or url or "",
        title="",
        url=addressed(channel, "link") or next(iter(pages), ""),
        updated=NEVER,
        language=language(channel) or language_of_root(element),
        authors=_authors(channel),
        image=_image(channel),
        icon=addressed(channel, "atom:icon"),
        links=tuple(one for one in linked if not _is_page(one) and one.rel != "via"),
        ttl=_ttl(channel),
        complete=bool(children(channel, "fh:complete")),
        archive=bool(children(channel, "fh:archive")),
        tombstones=tuple(_tombstones(channel)),
        sources=tuple(Source(one.title, one.href) for one in linked if one.rel == "via"),
    )


def _ttl(channel: Parent) -> int | None:
    """The minutes to wait: RSS's own word before that of the module Syndication."""
    own = whole_number(first(channel, "ttl") or None)
    if own is not None:
        return own
    period, frequency = first(channel, "sy:updateperiod"), first(channel, "sy:updatefrequency")
    return _rhythm.minutes(period, frequency)


def _is_page(link: Link) -> bool:
    """Whether the link leads to the page for people, which is the feed's ``url``."""
    return link.rel == "alternate" and link.type in (None, "text/html")


def language_of_root(channel: Element) -> str | None:
    """``xml:lang`` on the root above an RSS channel."""
    parent = channel.getparent()
    return language(parent) if parent is not None else None


def _authors(channel: Parent) -> tuple[Author, ...]:
    for names in (("atom:author",), ("dc:creator",), ("managingeditor",), ("itunes:author",)):
        if found := people(children(channel, *names)):
            return _reachable(found, channel)
    return ()


def _reachable(authors: tuple[Author, ...], channel: Parent) -> tuple[Author, ...]:
    """The authors, with the e-mail address that the owner of a show has given (itunes:owner)."""
    emails = {
        first(owner, "itunes:name"): first(owner, "itunes:email")
        for owner in children(channel, "itunes:owner")
    }
    return tuple(
        replace(author, email=author.email or emails.get(author.name) or None) for author in authors
    )


def _image(channel: Element | Parent) -> str | None:
    for image in children(channel, "image"):
        if found := addressed(image, "url"):
            return found
    if logo := addressed(channel, "atom:logo"):
        return logo
    for image in children(channel, "itunes:image", "media:thumbnail"):
        if found := address(image, image.get("href") or image.get("url")):
            return found
    return None


def _tombstones(channel: Parent) -> Iterator[Tombstone]:
    """Every ``at:deleted-entry`` (RFC 6721 3); feedparser keeps only the last."""
    for gone in children(channel, "at:deleted-entry"):
        guid, when = (gone.get("ref") or "").strip(), rfc3339(gone.get("when"))
        if guid and when:
            yield Tombstone(guid, when)


def is_feed(root: Element) -> bool:
    """Whether the root is that of RSS of any version, or of Atom."""
    return name(root) in ("rss", "rdf:rdf", "atom:feed")


def is_ours(root: Element) -> bool:
    """Whether a feedsvc made the feed, whose plain texts are plain for certain."""
    channel = next(iter(children(root, "channel")), root)
    return first(channel, "generator", "atom:generator").split("/")[0].strip() == "feedsvc"
