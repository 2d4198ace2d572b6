"""What a feed says of itself: RSS's channel, Atom's feed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from feedsvc.formats import _rhythm
from feedsvc.formats._foreign import rfc3339, whole_number
from feedsvc.formats.parsed import newest
from feedsvc.formats.upstream._elements import (
    Element,
    Parent,
    about,
    address,
    language,
    links,
    name,
    people,
)
from feedsvc.formats.upstream._told import Words
from feedsvc.model import Author, Feed, Item, Link, Source, Tombstone


def channel_of(root: Parent) -> Parent:
    """RSS's channel, Atom's feed."""
    channels = root.all("channel")
    return Parent(channels[0]) if channels else root


def read(
    root: Parent, channel: Parent, told: Words, items: Sequence[Item], *, url: str | None
) -> Feed:
    """The feed, whose words and times are ``told``.

    ``url`` is where it was found: its id, if it tells none.
    """
    linked = tuple(link for link, _ in links(channel))
    pages = [link.href for link in linked if link.rel == "alternate"]
    own = next((link.href for link in linked if link.rel == "self"), "")
    plain = is_ours(channel)
    return Feed(
        id=channel.first("atom:id") or about(channel) or own or url or "",
        title=told.plain("title", plain=plain),
        url=channel.address("link") or next(iter(pages), ""),
        updated=told.time("updated", "published") or newest(items),
        description=told.plain("subtitle"),  # of RSS it is HTML, ours too
        language=language(channel) or language_of_root(channel.element),
        authors=_authors(channel),
        rights=told.plain("rights", plain=plain) or None,
        # RSS 1.0 has its image beside the channel.
        image=_image(channel) or (_image(root) if name(root.element).startswith("rdf:") else None),
        icon=channel.address("atom:icon"),
        links=tuple(one for one in linked if not _is_page(one) and one.rel != "via"),
        ttl=_ttl(channel),
        complete=bool(channel.all("fh:complete")),
        archive=bool(channel.all("fh:archive")),
        tombstones=tuple(_tombstones(channel)),
        sources=tuple(Source(one.title, one.href) for one in linked if one.rel == "via"),
    )


def _ttl(channel: Parent) -> int | None:
    """The minutes to wait: RSS's own word before that of the module Syndication."""
    own = whole_number(channel.first("ttl") or None)
    if own is not None:
        return own
    period, frequency = channel.first("sy:updateperiod"), channel.first("sy:updatefrequency")
    return _rhythm.minutes(period, frequency)


def _is_page(link: Link) -> bool:
    """Whether the link leads to the page for people, which is the feed's ``url``."""
    return link.rel == "alternate" and link.type in (None, "text/html")


def language_of_root(channel: Element) -> str | None:
    """``xml:lang`` on the root above an RSS channel."""
    parent = channel.getparent()
    return language(Parent(parent)) if parent is not None else None


def _authors(channel: Parent) -> tuple[Author, ...]:
    for names in (("atom:author",), ("dc:creator",), ("managingeditor",), ("itunes:author",)):
        if found := people(channel.all(*names)):
            return _reachable(found, channel)
    return ()


def _reachable(authors: tuple[Author, ...], channel: Parent) -> tuple[Author, ...]:
    """The authors, with the e-mail address that the owner of a show has given (itunes:owner)."""
    emails = {
        owner.first("itunes:name"): owner.first("itunes:email")
        for owner in map(Parent, channel.all("itunes:owner"))
    }
    return tuple(
        replace(author, email=author.email or emails.get(author.name) or None) for author in authors
    )


def _image(channel: Parent) -> str | None:
    for parent in map(Parent, channel.all("image")):
        if found := parent.address("url"):
            return found
    if logo := channel.address("atom:logo"):
        return logo
    for image in channel.all("itunes:image", "media:thumbnail"):
        if found := address(image, image.get("href") or image.get("url")):
            return found
    return None


def _tombstones(channel: Parent) -> Iterator[Tombstone]:
    """Every ``at:deleted-entry`` (RFC 6721 3); feedparser keeps only the last."""
    for gone in channel.all("at:deleted-entry"):
        guid, when = (gone.get("ref") or "").strip(), rfc3339(gone.get("when"))
        if guid and when:
            yield Tombstone(guid, when)


def is_feed(root: Element) -> bool:
    """Whether the root is that of RSS of any version, or of Atom."""
    return name(root) in ("rss", "rdf:rdf", "atom:feed")


def is_ours(channel: Parent) -> bool:
    """Whether a feedsvc made the feed, whose plain texts are plain for certain."""
    return channel.first("generator", "atom:generator").split("/")[0].strip() == "feedsvc"
