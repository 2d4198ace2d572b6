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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, make_dataclass
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


@dataclass(frozen=True, slots=True)
class Terms:
    """Words to select items by; each tuple is compared without regard to case."""

    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Where:
    """Which items a feed takes: all of these terms, any of those, none of the others."""

    all: Terms = field(default_factory=Terms)
    any: Terms = field(default_factory=Terms)
    none: Terms = field(default_factory=Terms)

    def matches(self, item: Item) -> bool:
        """Whether the item is taken. Nothing said takes everything."""
        if self == _EVERYTHING:
            return True
        wanted = [_holds(item, kind, word) for kind, word in _words(self.any)]
        return (
            all(_holds(item, kind, word) for kind, word in _words(self.all))
            and (not wanted or any(wanted))
            and not any(_holds(item, kind, word) for kind, word in _words(self.none))
        )


_EVERYTHING = Where()


def _words(terms: Terms) -> Iterable[tuple[str, str]]:
    for kind in ("tags", "authors", "sources", "languages", "text"):
        for word in getattr(terms, kind):
            yield kind, word


def _holds(item: Item, kind: str, word: str) -> bool:
    if kind == "tags":
        return term_key(word) in {term_key(c.term) for c in item.categories}
    if kind == "authors":
        return term_key(word) in {term_key(a.name) for a in item.authors}
    if kind == "languages":
        # A language range: "zh" takes zh-Hant (RFC 4647 3.3.1).
        have, want = (item.language or "").lower(), word.lower()
        return have == want or have.startswith(want + "-")
    if kind == "sources":
        return word.casefold() in {name.casefold() for name in _credits(item) if name}
    text = " ".join((item.title, item.summary, plain_text(item.content_html)))
    return word.casefold() in text.casefold()


def _credits(item: Item) -> Iterator[str | None]:
    """What names a place that the item comes from, or that carries the same story.

    Of an imported item that is where it was really taken from, not what it claims: else it could
    choose the feeds that it enters.
    """
    address = taken_from(item.origin)
    here = _without_user(address) if address is not None else None
    yield here
    if (source := item.source) and (here is None or source.feed_url in _spellings(here)):
        yield from (source.title, source.url, source.feed_url)
    if not item.origin.startswith("import:"):  # what was imported by hand says so itself
        for via in item.via:
            yield from (via.title, via.url)


def taken_from(origin: str) -> str | None:
    """The address of the feed that an item of this origin was taken from, None of any other.

    >>> taken_from("source:https://a.example/feed"), taken_from("file:a.md")
    ('https://a.example/feed', None)
    """
    kind, _, address = origin.partition(":")
    return address if kind in {"source", "import"} else None


def _spellings(address: str) -> tuple[str, str]:
    """How a feed's address may stand in the credit of its items: a secret query is left out."""
    return address, address.partition("?")[0]


def _without_user(address: str) -> str:
    """An address without user name and password."""
    scheme, mark, rest = address.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{mark}{authority.rpartition('@')[2]}{slash}{path}"


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
