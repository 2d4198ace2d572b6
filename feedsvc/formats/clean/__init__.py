"""The border: what comes from outside is made safe here, once, and nowhere else.

Plain fields are text: ``Fish & chips < caviar`` stays so and is escaped by whoever writes it out.
Content is HTML and passes nh3. Addresses are absolute and http or https. Every way in hands its
items to :func:`item` before the store sees them, so that no single item can break a feed or attack
its readers. What can be mended is mended with a note; only content out of all measure is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

from feedsvc import model
from feedsvc.errors import ItemError
from feedsvc.formats.clean import _addresses, _characters, _fields, _html, _markup
from feedsvc.formats.clean._addresses import guid, is_iri, public, url, without_user
from feedsvc.formats.clean._fields import slug
from feedsvc.formats.clean._media_types import UNKNOWN, media_type
from feedsvc.model import Author, Category, Enclosure, Item, Podcast, Reference, Source, Via

__all__ = [
    "contents",
    "guid",
    "html",
    "is_iri",
    "item",
    "media_type",
    "public",
    "slug",
    "text",
    "url",
    "without_user",
]

TITLE_MAX = 500
SUMMARY_MAX = 4000
RIGHTS_MAX = 2000
NAME_MAX = 200  #: an author's name, a feed's name
TERM_MAX = 100
CATEGORIES_MAX = 20
AUTHORS_MAX = 20
ENCLOSURES_MAX = 50
VIA_MAX = 20
FEEDS_MAX = 50


def text(value: str) -> str:
    """``value`` as a plain field holds it: one line, without what XML 1.0 (2.2) can't carry."""
    return _characters.one_line(value)[0]


def html(value: str, *, base: str) -> str:
    """``value`` as safe HTML: allowed elements, attributes and schemes only, links absolute.

    ``base`` is the address that relative links are resolved against. The result is stripped, is
    the same when cleaned again (so a browser can't read it as something else than we did), and is
    at most 256 KiB. Raises ItemError for more, and for HTML nested so that a parser would be busy
    for seconds.
    """
    return _html.safe(value, base)[0]


# Ahead of the names, what nearly every tag is and none of them: an end tag, a name of one or two
# letters, what else articles are full of. That takes a fifth of the time.
_GONE = re.compile(
    r"<(?!/|[a-z][a-z0-9]?[ >]|strong>|img )(?i:("
    + "|".join(sorted(_markup.TAGS_WITH_CONTENT | {"form", "input", "button"}))
    + r")[\s/>])"
)
# What stands before an attribute's value. Possessive, to be linear on white space without end.
_BEFORE = r"\s*+(?:[\"']\s*+)?"
_USER = re.compile(f"={_BEFORE}{_addresses.USERINFO.pattern}", re.IGNORECASE)
# First of all what nearly every value begins with, and none of these: that takes half of the time.
_ACTIVE = re.compile(rf"=(?![\"']?[^\s\"'jvd]){_BEFORE}(javascript|vbscript|data):", re.IGNORECASE)


def item(
    item: Item, *, base: str, origin: str | None = None, content: Content | None = None
) -> tuple[Item, tuple[str, ...]]:
    """``item`` with every field as the store may have it, and a sentence for each thing dropped.

    ``base`` is the address that its relative links are resolved against; an ``origin`` replaces the
    item's. ``content`` is what :func:`contents` have made of its own with this base, if that is
    done already. Cleaning a clean item changes nothing and says nothing. Raises ItemError when its
    content can't be taken.
    """
    notes: list[str] = []
    language = _fields.language(item.language, notes)
    own_guid = _fields.guid(item.guid, notes)
    url = _fields.address(item.url, "url", base, notes) or ""
    external_url = _fields.address(item.external_url, "external_url", base, notes)
    podcast = _podcast(item.podcast, base, notes)
    cleaned = model.changed(
        item,
        guid=own_guid,
        slug=_slug(item.slug, notes),
        url=url,
        external_url=external_url if external_url != url else None,  # then it is about itself
        title=_fields.line(item.title, "title", TITLE_MAX, notes),
        summary=_fields.line(item.summary, "summary", SUMMARY_MAX, notes),
        content_html=_content(item.content_html, base, content, notes),
        authors=_authors(item.authors, base, notes),
        categories=_categories(item.categories, notes),
        published=_fields.time(item.published, "published", notes),
        updated=_fields.time(item.updated, "updated", notes),
        language=language,
        direction=item.direction or model.direction_of(language),
        enclosures=_timed(_enclosures(item.enclosures, base, notes), podcast),
        image=_fields.address(item.image, "image", base, notes),
        source=_source(item.source, base, notes),
        via=_via(item.via, base, notes),
        comments_url=_fields.address(item.comments_url, "comments", base, notes),
        rights=_line(item.rights, "rights", RIGHTS_MAX, notes),
        podcast=podcast,
        expires=_fields.time(item.expires, "expires", notes),
        feeds=_names(item.feeds, notes),
        origin=_characters.fit(item.origin if origin is None else origin)[0],
        aliases=_aliases(item.aliases, own_guid),
    )
    return cleaned, tuple(dict.fromkeys(notes))


#: Content as it may be kept, with the notes on it; the error of what is refused.
Content = tuple[str, list[str]] | ItemError


def contents(given: Sequence[tuple[str, str]]) -> list[Content]:
    """What :func:`item` makes of many contents, each with its base, in less time."""
    notes = [_content_notes(value) for value, _ in given]
    return [
        made if isinstance(made, ItemError) else _noted(*made, told)
        for made, told in zip(_html.safe_each(given), notes, strict=True)
    ]


def _noted(html: str, dropped: int, notes: list[str]) -> Content:
    if dropped:
        notes.append(f"content: dropped {dropped} character(s) that feeds can't carry")
    return html, notes


def _content_notes(value: str) -> list[str]:
    """What is to be noted of what goes from content."""
    notes = []
    if gone := sorted({name.lower() for name in _GONE.findall(value)}):
        named = ", ".join(f"<{name}>" for name in gone)
        notes.append(f"content: dropped what a feed can't carry safely: {named}")
    if schemes := sorted({name.lower() for name in _ACTIVE.findall(value)}):
        named = ", ".join(f"{name}:" for name in schemes)
        notes.append(f"content: dropped addresses with {named}")
    if "@" in value and _USER.search(value):
        notes.append("content: dropped user names and passwords in addresses")
    return notes


def _content(value: str, base: str, known: Content | None, notes: list[str]) -> str:
    if not value:
        return ""
    made = known or contents([(value, base)])[0]
    if isinstance(made, ItemError):
        raise made
    notes += made[1]
    return made[0]


def _line(value: str | None, name: str, most: int, notes: list[str]) -> str | None:
    """A plain text field that may be missing."""
    return _fields.line(value, name, most, notes) or None if value else None


def _slug(value: str, notes: list[str]) -> str:
    if not value:
        return ""
    kept = slug(value)
    if kept != value:
        notes.append(f"slug: {_fields.shown(value)} is written {kept or 'as the title'}")
    return kept


def _authors(authors: Iterable[Author], base: str, notes: list[str]) -> tuple[Author, ...]:
    kept: dict[str, Author] = {}
    for author in authors:
        email = _fields.email(author.email, notes)
        uri = _fields.address(author.uri, "author", base, notes)
        name = _fields.line(author.name, "author", NAME_MAX, notes)
        key = model.term_key(name)
        if not _can_be_address(key):
            name = _name_from(email, uri)
            key = model.term_key(name)
        if _can_be_address(key):
            kept.setdefault(key, Author(name, email, uri))
        else:
            notes.append("author: dropped one without a name")
    return _first(kept.values(), AUTHORS_MAX, "authors", notes)


def _name_from(email: str | None, uri: str | None) -> str:
    """A name for an author who has none: of an e-mail address only what gives it not away."""
    if email:
        return text(email.partition("@")[0])
    return text((uri or "").partition("://")[2].rstrip("/"))[:NAME_MAX]


def _categories(categories: Iterable[Category], notes: list[str]) -> tuple[Category, ...]:
    kept: dict[str, Category] = {}
    for category in categories:
        is_short = len(category.term) < TERM_MAX and not category.label
        clean = _kept_category if is_short else _category
        key, one, told = clean(category.term, category.scheme, category.label)
        if told:
            notes += told
        if one is not None:
            kept.setdefault(key, one)
    return _first(kept.values(), CATEGORIES_MAX, "categories", notes)


def _category(
    term: str, scheme: str | None, label: str | None
) -> tuple[str, Category | None, list[str]]:
    """A category by its key, None for what can't be one, and what is to be noted."""
    notes: list[str] = []
    term = _fields.line(term, "category", TERM_MAX, notes)
    label = _line(label, "category", TERM_MAX, notes)
    term = term or label or ""
    key = model.term_key(term)
    if not _can_be_address(key):
        if term:
            notes.append(f"category: dropped {term!r}, which can't stand in an address")
        return key, None, notes
    scheme = _fields.scheme(scheme, notes)
    return key, Category(term, scheme, label if label != term else None), notes


#: Those without much to say come again and again.
_kept_category = lru_cache(1024)(_category)


def _can_be_address(key: str) -> bool:
    """Whether a key can be the last part of an address: "." and ".." name folders."""
    return bool(key.strip(".-"))


def _enclosures(files: Sequence[Enclosure], base: str, notes: list[str]) -> tuple[Enclosure, ...]:
    if not files:
        return ()
    kept: dict[str, Enclosure] = {}
    for file in files:
        address = _fields.address(file.url, "enclosure", base, notes)
        if address is None:
            continue
        kept.setdefault(
            address,
            Enclosure(
                address,
                _type(file.type, address, "enclosure", notes),
                _fields.count(file.length, "enclosure length", notes),
                _line(file.title, "enclosure", TITLE_MAX, notes),
                _fields.count(file.duration, "enclosure duration", notes),
            ),
        )
    return _first(kept.values(), ENCLOSURES_MAX, "enclosures", notes)


def _timed(files: tuple[Enclosure, ...], podcast: Podcast | None) -> tuple[Enclosure, ...]:
    """The files, the first that can be played as long as the episode is unless it says itself.

    JSON Feed and Media RSS ask for the length of a file, podcasts tell that of an episode.
    """
    if podcast is None:
        return files
    played = (n for n, file in enumerate(files) if file.type.startswith(("audio/", "video/")))
    first = next(played, None)
    if first is None or files[first].duration is not None:
        return files
    timed = replace(files[first], duration=podcast.duration)
    return (*files[:first], timed, *files[first + 1 :])


def _type(given: str, address: str, name: str, notes: list[str]) -> str:
    kept = media_type(given, address)
    if given.strip() and "/" not in given:
        notes.append(f"{name}: {_fields.shown(given)} is no media type; taken as {kept}")
    return kept


def _source(source: Source | None, base: str, notes: list[str]) -> Source | None:
    if source is None:
        return None
    kept = Source(
        _line(source.title, "source", TITLE_MAX, notes),
        _fields.address(source.url, "source", base, notes),
        _fields.address(source.feed_url, "source", base, notes),
        _addresses.without_user(text(source.guid or ""))[: _addresses.GUID_MAX].strip() or None,
    )
    return kept if kept != Source() else None


def _via(places: Sequence[Via], base: str, notes: list[str]) -> tuple[Via, ...]:
    if not places:
        return ()
    kept: dict[str, Via] = {}
    for place in places:
        address = _fields.address(place.url, "via", base, notes)
        if address is not None:
            title = _line(place.title, "via", TITLE_MAX, notes)
            kept.setdefault(address, Via(address, title))
    return _first(kept.values(), VIA_MAX, "via", notes)


def _podcast(podcast: Podcast | None, base: str, notes: list[str]) -> Podcast | None:
    if podcast is None:
        return None
    kept = Podcast(
        _fields.count(podcast.duration, "duration", notes),
        _fields.count(podcast.episode, "episode", notes),
        _fields.count(podcast.season, "season", notes),
        podcast.explicit,
        _reference(podcast.transcript, "transcript", base, notes),
        _reference(podcast.chapters, "chapters", base, notes),
    )
    return kept if kept != Podcast() else None


def _reference(
    reference: Reference | None, name: str, base: str, notes: list[str]
) -> Reference | None:
    address = _fields.address(reference.url, name, base, notes) if reference else None
    if reference is None or address is None:
        return None
    kept = _type(reference.type, address, name, notes)
    if name == "chapters" and kept in {UNKNOWN, "application/json"}:
        kept = "application/json+chapters"  # the podcast namespace's own type for such a file
    return Reference(address, kept)


def _names(feeds: Sequence[str], notes: list[str]) -> tuple[str, ...]:
    if not feeds:
        return ()
    names = {_fields.line(name, "feeds", NAME_MAX, notes): None for name in feeds}
    return _first(filter(None, names), FEEDS_MAX, "feeds", notes)


def _aliases(aliases: Sequence[str], own: str) -> tuple[str, ...]:
    if not aliases:
        return ()
    return tuple(dict.fromkeys(old for old in map(guid, aliases) if old not in {"", own}))


_T = TypeVar("_T")


def _first(values: Iterable[_T], most: int, name: str, notes: list[str]) -> tuple[_T, ...]:
    everything = tuple(values)
    if len(everything) > most:
        notes.append(f"{name}: kept the first {most} of {len(everything)}")
    return everything[:most]
