"""What an RSS item or an Atom entry says, but for its words and times, which feedparser reads.

feedparser forgets or bends the rest: it resolves ids, mangles addresses with ``&x;`` in them, takes
names with brackets apart, keeps one credit where several stand, and knows no podcast namespace.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from feedsvc.formats._foreign import one_line, paragraphs, whole_number
from feedsvc.formats.upstream._elements import (
    Element,
    Parent,
    about,
    address,
    addressed,
    categories,
    children,
    direction,
    first,
    language,
    links,
    name,
    people,
    text,
)
from feedsvc.model import (
    Author,
    Category,
    Enclosure,
    Item,
    Link,
    Podcast,
    Reference,
    Source,
    Via,
    direction_of,
)

_UNKNOWN = "application/octet-stream"


def read(element: Element, *, plain: bool = False) -> Item:
    """The item without rights and times, and with those words that only modules say.

    ``plain`` says that the feed is one of ours: a ``dc:creator`` is a name and nothing else,
    whatever it looks like.
    """
    entry = Parent(element)
    linked = list(links(entry))
    url, external_url = _addresses(entry, linked)
    own_language = language(entry)
    return Item(
        guid=first(entry, "guid", "atom:id") or about(entry) or url,
        url=url,
        external_url=external_url,
        title=one_line(next(map(text, _about(entry, "itunes:title", "media:title")), "")),
        content_html=next(map(_as_html, _about(entry, "media:description", "itunes:summary")), ""),
        authors=_authors(entry, plain=plain),
        categories=_categories(entry),
        language=own_language,
        direction=direction(entry) or direction_of(own_language),
        enclosures=_enclosures(entry, linked),
        image=_image(entry),
        source=_source(entry, plain=plain),
        via=tuple(Via(link.href, link.title) for link, _ in linked if link.rel == "via"),
        comments_url=addressed(entry, "comments") or _linked(linked, "replies"),
        podcast=_podcast(entry),
    )


_Linked = Sequence[tuple[Link, Element]]


def _linked(linked: _Linked, rel: str) -> str | None:
    return next((link.href for link, _ in linked if link.rel == rel), None)


def _addresses(entry: Parent, linked: _Linked) -> tuple[str, str | None]:
    """The item's own page, and the one that it is about."""
    permalink = _permalink(entry)
    link = addressed(entry, "link")
    if link is None:
        alternates = [link for link, _ in linked if link.rel == "alternate"]
        pages = [link for link in alternates if link.type in _PAGES]
        own = next((link.href for link in (*pages, *alternates)), permalink)
        return own or "", _linked(linked, "related")
    # RSS has one link. When it leads elsewhere, the item's own address is a self link, as in our
    # feeds, or the guid. On one host it only is another spelling of the same.
    own = next((one.href for one, _ in linked if one.rel == "self" and one.type in _PAGES), None)
    if own is None and permalink and urlsplit(permalink).netloc != urlsplit(link).netloc:
        own = permalink
    return (own, link) if own and own != link else (link, None)


_PAGES = (None, "text/html")


def _places(entry: Parent) -> tuple[Element | Parent, ...]:
    return (entry, *children(entry, "media:group"))


def _about(entry: Parent, *names: str) -> Iterator[Element]:
    """Elements that say something of the entry as a whole, and not of one of its files."""
    if not entry.has("itunes", "media"):
        return
    for place in _places(entry):
        yield from (child for child in children(place, *names) if text(child))


def _as_html(element: Element) -> str:
    return text(element) if element.get("type") == "html" else paragraphs(text(element))


def _categories(entry: Parent) -> tuple[Category, ...]:
    found = [*categories(entry)]
    for group in children(entry, "media:group"):
        found += categories(group)
    for keywords in _about(entry, "media:keywords", "itunes:keywords"):
        found += [Category(word.strip()) for word in text(keywords).split(",") if word.strip()]
    return tuple(dict.fromkeys(found))


def _permalink(entry: Parent) -> str | None:
    """RSS's guid, if it is an address (RSS 2.0 "guid"), or an id of Atom that looks like one."""
    for guid in children(entry, "guid", "atom:id"):
        permanent = (guid.get("isPermaLink") or "true").strip().lower() != "false"
        if permanent and text(guid).startswith(("http://", "https://")):
            return text(guid)
    return None


def _authors(entry: Parent, *, plain: bool) -> tuple[Author, ...]:
    """The authors by the fullest of the elements that name them; a contributor if nobody else."""
    if plain and (creators := children(entry, "dc:creator")):
        return tuple(Author(text(creator)) for creator in creators)
    for names in (
        ("atom:author",),
        ("dc:creator", "dc:author"),
        ("author",),
        ("itunes:author",),
        ("atom:contributor", "dc:contributor"),
    ):
        if found := people(children(entry, *names)):
            return found
    return ()


def _media(entry: Parent, *names: str) -> Iterator[Element]:
    """The media elements of an entry, in a group or not (Media RSS 1.5)."""
    if not entry.has("media"):
        return
    for place in _places(entry):
        yield from children(place, *names)
        for content in children(place, "media:content"):
            yield from children(content, *names)


def _enclosures(entry: Parent, linked: _Linked) -> tuple[Enclosure, ...]:
    """Every file once, with all that the several elements about it say."""
    found: dict[str, Enclosure] = {}
    for file in _files(entry, linked):
        known = found.get(file.url, file)
        found[file.url] = replace(
            known,
            type=file.type if known.type == _UNKNOWN else known.type,
            length=file.length if known.length is None else known.length,
            title=known.title or file.title,
            duration=file.duration if known.duration is None else known.duration,
        )
    return tuple(found.values())


def _files(entry: Parent, linked: _Linked) -> Iterator[Enclosure]:
    for child in children(entry, "enclosure"):
        if url := address(child, child.get("url")):
            yield Enclosure(url, child.get("type") or _UNKNOWN, _length(child.get("length")))
    for link, element in linked:
        if link.rel == "enclosure":
            length = _length(element.get("length"))
            yield Enclosure(link.href, link.type or _UNKNOWN, length, link.title)
    for content in _media(entry, "media:content"):
        medium, kind = content.get("medium"), content.get("type")
        url = address(content, content.get("url"))
        # A picture without a type stands in the text too, or is the author's face.
        if url and (kind or medium in ("audio", "video")):
            yield Enclosure(
                url,
                kind or _UNKNOWN,
                _length(content.get("fileSize")),
                first(content, "media:title") or None,
                whole_number(content.get("duration")),
            )


def _length(value: str | None) -> int | None:
    """Bytes; 0 is what programs write that don't know."""
    return whole_number(value) or None


def _image(entry: Parent) -> str | None:
    for element in (*_media(entry, "media:thumbnail"), *children(entry, "itunes:image")):
        if found := address(element, element.get("url") or element.get("href")):
            return found
    for content in _media(entry, "media:content"):
        if content.get("medium") == "image" and not content.get("type"):
            return address(content, content.get("url"))
    return None


def _source(entry: Parent, *, plain: bool) -> Source | None:
    told = Source()
    for element in children(entry, "atom:source"):
        linked = list(links(element))
        told = Source(
            first(element, "atom:title") or None,
            _linked(linked, "alternate"),
            _linked(linked, "self"),
        )
    for element in children(entry, "source"):
        told = replace(
            told,
            title=told.title or text(element) or None,
            feed_url=told.feed_url or address(element, element.get("url")),
        )
    if plain:  # our own feeds have the item's former id here, others a DOI
        told = replace(told, guid=first(entry, "dc:identifier") or None)
    return told if told != Source() else None


def _podcast(entry: Parent) -> Podcast | None:
    if not entry.has("itunes", "podcast"):
        return None
    told = Podcast(
        seconds(first(entry, "itunes:duration")),
        whole_number(first(entry, "itunes:episode", "podcast:episode") or None),
        whole_number(first(entry, "itunes:season", "podcast:season") or None),
        _EXPLICIT.get(first(entry, "itunes:explicit").lower()),
        _reference(entry, "podcast:transcript"),
        _reference(entry, "podcast:chapters"),
    )
    return told if told != Podcast() else None


_EXPLICIT = {"true": True, "yes": True, "explicit": True}
_EXPLICIT |= {"false": False, "no": False, "clean": False}


def seconds(value: str) -> int | None:
    """A duration as podcasts write it: ``61``, ``1:01``, ``0:01:01``."""
    parts = [whole_number(part) for part in value.strip().split(":")[:4]]
    total = 0
    for part in parts:
        if part is None:
            return None
        total = total * 60 + part
    return total if len(parts) < 4 else None


def _reference(entry: Parent, kind: str) -> Reference | None:
    for element in children(entry, kind):
        if url := address(element, element.get("url")):
            return Reference(url, element.get("type") or "")
    return None


def is_entry(element: Element) -> bool:
    """Whether the element is an RSS item or an Atom entry, and no part of a text."""
    return name(element) in ("item", "atom:entry") and not any(
        name(above) in _TEXTS for above in element.iterancestors()
    )


_TEXTS = ("atom:content", "atom:summary", "atom:title", "description", "content:encoded", "title")
