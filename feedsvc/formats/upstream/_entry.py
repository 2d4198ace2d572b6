"""What an RSS item or an Atom entry says: its words and times as they were told, and all the rest.

feedparser forgets or bends the rest: it resolves ids, mangles addresses with ``&x;`` in them, takes
names with brackets apart, keeps one credit where several stand, and knows no podcast namespace.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from feedsvc.formats.upstream import _media
from feedsvc.formats.upstream._elements import (
    Parent,
    about,
    address,
    attributes_of,
    categories,
    direction,
    has_own_base,
    language,
    links,
    people,
    text,
)
from feedsvc.formats.upstream._told import Words
from feedsvc.model import (
    Author,
    Category,
    Enclosure,
    Item,
    Link,
    Source,
    Via,
    changed,
    direction_of,
)

#: What every item is made of: to change it takes half as long as to make one.
_BLANK = Item()


def read(entry: Parent, told: Words, *, plain: bool, has_bases: bool) -> Item:
    """The item, whose words and times are ``told``.

    ``plain`` says that the feed is one of ours: a ``dc:creator`` is a name and nothing else,
    whatever it looks like. ``has_bases`` says whether there is any ``xml:base`` in the document.
    """
    media = _media.read(entry) if entry.has(_media.NAMES) else _media.NONE
    linked = tuple(links(entry))
    url, external_url = _addresses(entry, linked)
    own_language = language(entry)
    based = has_bases and any(map(has_own_base, entry.children))
    title = told.plain("title", plain=plain) or media.title
    summary, content = told.article(title, media.content_html, based=based)
    return changed(
        _BLANK,
        guid=entry.first("guid", "atom:id") or about(entry) or url,
        url=url,
        external_url=external_url,
        title=title,
        summary=summary,
        content_html=content,
        authors=_authors(entry, plain=plain),
        categories=_categories(entry, media),
        published=told.time("published", "created"),
        updated=told.time("updated"),
        language=own_language,
        direction=direction(entry) or direction_of(own_language),
        enclosures=_enclosures([*_files(entry, linked), *media.files]),
        image=media.image,
        source=_source(entry, plain=plain),
        via=tuple(Via(link.href, link.title) for link, _ in linked if link.rel == "via"),
        comments_url=entry.address("comments") or _linked(linked, "replies"),
        rights=told.plain("rights", plain=plain) or None,
        podcast=media.podcast,
    )


_Linked = Sequence[tuple[Link, dict[str, str]]]


def _linked(linked: _Linked, rel: str) -> str | None:
    for link, _ in linked:
        if link.rel == rel:
            return link.href
    return None


def _addresses(entry: Parent, linked: _Linked) -> tuple[str, str | None]:
    """The item's own page, and the one that it is about."""
    link = entry.address("link")
    if link is None:
        own = _page(linked, "alternate") or _linked(linked, "alternate") or _permalink(entry)
        return own or "", _linked(linked, "related")
    # RSS has one link. When it leads elsewhere, the item's own address is a self link, as in our
    # feeds, or the guid. On one host it only is another spelling of the same.
    own = _page(linked, "self")
    if own is None and (permalink := _permalink(entry)):
        own = permalink if urlsplit(permalink).netloc != urlsplit(link).netloc else None
    return (own, link) if own and own != link else (link, None)


def _page(linked: _Linked, rel: str) -> str | None:
    """The first of these links that leads to a page for people."""
    for link, _ in linked:
        if link.rel == rel and link.type in (None, "text/html"):
            return link.href
    return None


def _permalink(entry: Parent) -> str | None:
    """RSS's guid, if it is an address (RSS 2.0 "guid"), or an id of Atom that looks like one."""
    for guid in entry.all("guid", "atom:id"):
        permanent = (guid.get("isPermaLink") or "true").strip().lower() != "false"
        if permanent and text(guid).startswith(("http://", "https://")):
            return text(guid)
    return None


def _categories(entry: Parent, media: _media.Media) -> tuple[Category, ...]:
    found = [*categories(entry), *media.categories]
    same = len({one.term for one in found}) < len(found)
    return tuple(dict.fromkeys(found) if same else found)


_CREDITS = (
    ("atom:author",),
    ("dc:creator", "dc:author"),
    ("author",),
    ("itunes:author",),
    ("atom:contributor", "dc:contributor"),
)


def _authors(entry: Parent, *, plain: bool) -> tuple[Author, ...]:
    """The authors by the fullest of the elements that name them; a contributor if nobody else."""
    if plain and (creators := entry.all("dc:creator")):
        return tuple(Author(text(creator)) for creator in creators)
    for names in _CREDITS:
        elements = entry.all(*names)
        if elements and (found := people(elements)):
            return found
    return ()


def _enclosures(files: Sequence[Enclosure]) -> tuple[Enclosure, ...]:
    """Every file once, with all that the several elements about it say."""
    if len(files) < 2:
        return tuple(files)
    found: dict[str, Enclosure] = {}
    for file in files:
        known = found.setdefault(file.url, file)
        if known is not file:
            found[file.url] = replace(
                known,
                type=file.type if known.type == _media.UNKNOWN else known.type,
                length=file.length if known.length is None else known.length,
                title=known.title or file.title,
                duration=file.duration if known.duration is None else known.duration,
            )
    return tuple(found.values())


def _files(entry: Parent, linked: _Linked) -> Iterator[Enclosure]:
    for child in entry.all("enclosure"):
        told = attributes_of(child)
        if url := address(child, told.get("url")):
            length = _media.length(told.get("length"))
            yield Enclosure(url, told.get("type") or _media.UNKNOWN, length)
    for link, told in linked:
        if link.rel == "enclosure":
            length = _media.length(told.get("length"))
            yield Enclosure(link.href, link.type or _media.UNKNOWN, length, link.title)


_SOURCES = frozenset({"source", "atom:source"})


def _source(entry: Parent, *, plain: bool) -> Source | None:
    if not (plain or entry.has(_SOURCES)):
        return None
    told = Source()
    for element in map(Parent, entry.all("atom:source")):
        linked = tuple(links(element))
        told = Source(
            element.first("atom:title") or None,
            _linked(linked, "alternate"),
            _linked(linked, "self"),
        )
    for child in entry.all("source"):
        told = replace(
            told,
            title=told.title or text(child) or None,
            feed_url=told.feed_url or address(child, child.get("url")),
        )
    if plain:  # our own feeds have the item's former id here, others a DOI
        told = replace(told, guid=entry.first("dc:identifier") or None)
    return told if told != Source() else None
