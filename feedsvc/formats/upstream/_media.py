"""What the modules of media and podcasts say of an entry: Media RSS 1.5, iTunes, podcast."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from feedsvc.formats._foreign import one_line, paragraphs, whole_number
from feedsvc.formats.upstream._elements import (
    Element,
    Parent,
    address,
    attributes_of,
    categories,
    text,
)
from feedsvc.model import Category, Enclosure, Podcast, Reference

#: The type of a file that tells none.
UNKNOWN = "application/octet-stream"
_TITLES = ("itunes:title", "media:title")
_CONTENTS = ("media:description", "itunes:summary")
_KEYWORDS = ("media:keywords", "itunes:keywords")
_EPISODES = ("itunes:episode", "podcast:episode")
_SEASONS = ("itunes:season", "podcast:season")
#: The children of an entry that are read here. Most entries have none.
NAMES = frozenset((
    *("media:group", "media:content", "media:thumbnail", "itunes:image"),
    *(*_TITLES, *_CONTENTS, *_KEYWORDS, *_EPISODES, *_SEASONS),
    *("itunes:duration", "itunes:explicit", "podcast:transcript", "podcast:chapters"),
))


@dataclass(frozen=True, slots=True)
class Media:
    """What an entry's modules say. Its words count where the entry has no others."""

    title: str = ""
    content_html: str = ""
    categories: tuple[Category, ...] = ()
    files: tuple[Enclosure, ...] = ()
    image: str | None = None
    podcast: Podcast | None = None


#: What most entries have.
NONE = Media()


def read(entry: Parent) -> Media:
    """What the modules say of the entry and of its files."""
    places = [entry, *map(Parent, entry.all("media:group"))]
    contents = [Parent(content) for content in _media(places, "media:content")]
    return Media(
        title=one_line(next(map(text, _about(places, *_TITLES)), "")),
        content_html=next(map(_as_html, _about(places, *_CONTENTS)), ""),
        categories=tuple(_categories(places)),
        files=tuple(_files(contents)),
        image=_image(places, contents),
        podcast=_podcast(entry),
    )


def _media(places: Sequence[Parent], *names: str) -> Iterator[Element]:
    """The media elements of an entry, in a group or not."""
    for place in places:
        yield from place.all(*names)
        for content in place.all("media:content"):
            yield from Parent(content).all(*names)


def _about(places: Sequence[Parent], *names: str) -> Iterator[Element]:
    """Elements that say something of the entry as a whole, and not of one of its files."""
    return (child for place in places for child in place.all(*names) if text(child))


def _as_html(element: Element) -> str:
    return text(element) if element.get("type") == "html" else paragraphs(text(element))


def _categories(places: Sequence[Parent]) -> Iterator[Category]:
    """Those of the groups, and keywords. Those of the entry itself are among its others."""
    for group in places[1:]:
        yield from categories(group)
    for keywords in _about(places, *_KEYWORDS):
        yield from (Category(word.strip()) for word in text(keywords).split(",") if word.strip())


def _files(contents: Sequence[Parent]) -> Iterator[Enclosure]:
    for content in contents:
        told = content.attributes
        url = address(content.element, told.get("url"))
        # A picture without a type stands in the text too, or is the author's face.
        if url and (told.get("type") or told.get("medium") in ("audio", "video")):
            yield Enclosure(
                url,
                told.get("type") or UNKNOWN,
                length(told.get("fileSize")),
                content.first("media:title") or None,
                whole_number(told.get("duration")),
            )


def length(value: str | None) -> int | None:
    """Bytes; 0 is what programs write that don't know."""
    return whole_number(value) or None


def _image(places: Sequence[Parent], contents: Sequence[Parent]) -> str | None:
    for element in (*_media(places, "media:thumbnail"), *places[0].all("itunes:image")):
        told = attributes_of(element)
        if found := address(element, told.get("url") or told.get("href")):
            return found
    for content in contents:
        if content.attributes.get("medium") == "image" and not content.attributes.get("type"):
            return address(content.element, content.attributes.get("url"))
    return None


def _podcast(entry: Parent) -> Podcast | None:
    told = Podcast(
        seconds(entry.first("itunes:duration")),
        whole_number(entry.first(*_EPISODES) or None),
        whole_number(entry.first(*_SEASONS) or None),
        _EXPLICIT.get(entry.first("itunes:explicit").lower()),
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
    for element in entry.all(kind):
        told = attributes_of(element)
        if url := address(element, told.get("url")):
            return Reference(url, told.get("type") or "")
    return None
