"""The words of the field: what an item and a feed are, in one spelling for every room.

Everything here is a frozen value: no I/O, no clock. Field names are the standards' own terms and
the same in Python, in the store's columns, in the API and in the docs. Times are timezone-aware
UTC datetimes in whole seconds (Atom readers trip over fractions and offsets), addresses are
absolute IRIs, lengths are bytes, durations are seconds, plain text fields hold text, never markup.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from dataclasses import dataclass, make_dataclass
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, Literal, cast
from urllib.parse import urlsplit

Direction = Literal["ltr", "rtl"]

#: The feed that is always there, of everything unless its ``where`` says otherwise.
MAIN_FEED = "main"


@dataclass(frozen=True, slots=True)
class Author:
    """A person or an organisation (RFC 4287 3.2, JSON Feed 1.1 ``authors``)."""

    name: str
    email: str | None = None
    uri: str | None = None


@dataclass(frozen=True, slots=True)
class Category:
    """A tag. ``scheme`` is the vocabulary's IRI, ``label`` what people read (RFC 4287 4.2.2)."""

    term: str
    scheme: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that comes with an item (RSS 2.0 ``enclosure``, RFC 4287 4.2.7.2).

    ``length`` is in bytes, None when it is not known; ``duration`` in seconds.
    """

    url: str
    type: str
    length: int | None = None
    title: str | None = None
    duration: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a re-published item comes from (RFC 4287 4.2.11, RSS 2.0 ``source``).

    ``url`` is the source's page, ``feed_url`` its feed, ``guid`` the item's id as it came.
    """

    title: str | None = None
    url: str | None = None
    feed_url: str | None = None
    guid: str | None = None


@dataclass(frozen=True, slots=True)
class Via:
    """Another place that carries the same story (RFC 4287 4.2.7.2, ``via``).

    ``url`` is the page there, ``title`` the name of the place.
    """

    url: str
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """A file that explains an episode: its transcript or its chapters (podcast namespace)."""

    url: str
    type: str


@dataclass(frozen=True, slots=True)
class Podcast:
    """What an episode says of itself (itunes and podcast namespaces). ``duration`` in seconds."""

    duration: int | None = None
    episode: int | None = None
    season: int | None = None
    explicit: bool | None = None
    transcript: Reference | None = None
    chapters: Reference | None = None


class Status(enum.StrEnum):
    """Where an item stands. Only a published item is in feeds."""

    DRAFT = "draft"
    REVIEW = "review"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Item:
    """One article, field by field as the interface's table has it.

    ``guid``, ``slug``, ``url``, ``published`` and ``updated`` may be empty on the way in: the store
    gives the missing ones. Everything that comes out of the store has them. An empty ``title`` is
    allowed; feeds show :func:`shown_title`.
    """

    guid: str = ""
    slug: str = ""
    url: str = ""
    external_url: str | None = None
    title: str = ""
    summary: str = ""
    content_html: str = ""
    authors: tuple[Author, ...] = ()
    categories: tuple[Category, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    language: str | None = None
    direction: Direction | None = None
    enclosures: tuple[Enclosure, ...] = ()
    image: str | None = None
    source: Source | None = None
    via: tuple[Via, ...] = ()  #: who else carries it
    comments_url: str | None = None
    rights: str | None = None
    podcast: Podcast | None = None
    # Kept, never shown in feeds.
    content_markdown: str | None = None  #: what ``content_html`` was made of, to go on writing it
    status: Status = Status.PUBLISHED
    expires: datetime | None = None
    feeds: tuple[str, ...] = ()  #: the only feeds it may enter; empty: wherever ``where`` lets it
    origin: str = ""
    revision: int = 0
    aliases: tuple[str, ...] = ()


_values_of = attrgetter(*Item.__slots__)
#: An item that can still be written: to give a frozen one its values takes ten times as long.
_Draft = make_dataclass("_Draft", [(name, Any) for name in Item.__slots__], slots=True)


def changed(item: Item, **fields: Any) -> Item:
    """The item with other values in these fields, as ``dataclasses.replace`` makes it; for whoever
    makes many: it takes a quarter of the time.

    >>> changed(Item("urn:x", title="A"), title="B") == Item("urn:x", title="B")
    True
    """
    made: Any = _Draft(*_values_of(item))
    for name, value in fields.items():
        setattr(made, name, value)
    made.__class__ = Item  # which has the same slots, and is frozen
    return cast("Item", made)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An item that was in a feed and has left it (RFC 6721)."""

    guid: str
    when: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a feed: ``self``, ``alternate``, ``hub``, ``prev-archive`` … (RFC 8288)."""

    rel: str
    href: str
    type: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says of itself; with its items it makes a document in any format.

    ``id`` is a permanent IRI, ``url`` the page for people, ``updated`` the time of its last change.
    ``links`` hold its own address as ``self`` and whatever else it points to; ``complete`` says
    that the document holds everything there is (RFC 5005 2), ``archive`` that it is one of those
    that hold the older items (RFC 5005 4). ``sources`` are the feeds that it is gathered from.
    """

    id: str
    title: str
    url: str
    updated: datetime
    description: str = ""
    language: str | None = None
    authors: tuple[Author, ...] = ()
    rights: str | None = None
    image: str | None = None
    icon: str | None = None
    links: tuple[Link, ...] = ()
    ttl: int | None = None  #: minutes that a poller may wait (RSS 2.0 ``ttl``)
    complete: bool = False
    archive: bool = False
    tombstones: tuple[Tombstone, ...] = ()
    sources: tuple[Source, ...] = ()

    def link(self, rel: str) -> str | None:
        """The address of the first link with this relation, or None."""
        return next((link.href for link in self.links if link.rel == rel), None)


@lru_cache(10_000)
def term_key(term: str) -> str:
    """The form in which tags and authors' names are compared and stand in addresses.

    Case and the kind of white space do not count; a slash would look like a folder.

    >>> term_key("Big  Cats"), term_key("AC/DC"), term_key("C++")
    ('big-cats', 'ac-dc', 'c++')
    """
    return re.sub(r"[\s/]+", "-", unicodedata.normalize("NFC", term).casefold().strip())


_TAG = re.compile(r"<[^>]*>")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&nbsp;": " ", "&amp;": "&"}


def plain_text(content_html: str) -> str:
    """The text of cleaned HTML on one line. Only for HTML that passed the border (nh3's output)."""
    return " ".join(unmarked(content_html).split())


def unmarked(content_html: str) -> str:
    """The text of cleaned HTML, white space as it stands there."""
    text = _TAG.sub(" ", content_html)
    if "&" in text:
        for entity, char in _ENTITIES.items():
            text = text.replace(entity, char)
    return text


def shown_title(item: Item) -> str:
    """The title that feeds and pages show: the item's own, else one made from its first words.

    Never empty: gPodder and others drop untitled items.
    """
    if item.title:
        return item.title
    text = item.summary or plain_text(item.content_html)
    return shortened(text, 60) or item.url or item.guid


def excerpt(item: Item) -> str:
    """What stands for an item in short: its summary, the first words of its content, its title."""
    return item.summary or shortened(plain_text(item.content_html), 300) or item.title


def shortened(text: str, most: int) -> str:
    """``text`` cut at a word to at most ``most`` characters, with an ellipsis if cut."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > most // 2 else cut).rstrip(" ,.;:–—-") + "…"


_RTL_LANGUAGES = frozenset("ar arc ckb dv fa he iw ks nqo ps sd syr ug ur yi".split())
_RTL_SCRIPTS = frozenset({"arab", "hebr", "syrc", "thaa", "nkoo", "adlm", "rohg"})


def direction_of(language: str | None) -> Direction | None:
    """The base direction of a language tag (BCP 47), None when no language is given.

    >>> direction_of("ar"), direction_of("az-Arab-IR"), direction_of("en"), direction_of(None)
    ('rtl', 'rtl', 'ltr', None)
    """
    if not language:
        return None
    subtags = language.lower().replace("_", "-").split("-")
    scripts = [tag for tag in subtags[1:] if len(tag) == 4 and tag.isalpha()]
    if scripts:
        return "rtl" if scripts[0] in _RTL_SCRIPTS else "ltr"
    return "rtl" if subtags[0] in _RTL_LANGUAGES else "ltr"


def mint_guid(site_url: str, day: datetime, specific: str) -> str:
    """A ``tag:`` URI (RFC 4151) of the site, the day and what is named.

    >>> mint_guid("https://example.org/blog", datetime(2026, 11, 22), "items/hello")
    'tag:example.org,2026-11-22:items/hello'
    """
    return f"{_minted_on(site_url, day.date())}:{specific}"


@lru_cache(1000)
def _minted_on(site_url: str, day: date) -> str:
    authority = (urlsplit(site_url).hostname or "localhost").encode("idna").decode("ascii")
    return f"tag:{authority},{day:%Y-%m-%d}"
