"""An item as the properties of an h-entry (microformats2), and back: what Micropub speaks.

Photos stand at the end of the content, a paragraph each, since that is where readers see them; they
are found there again. What an item has no field for is the ``rest``: whoever calls keeps it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape, unescape

from feedsvc.errors import FieldFault, InvalidFields
from feedsvc.formats import itemfile
from feedsvc.formats.micropub import Properties
from feedsvc.model import Author, Category, Enclosure, Item, Status

#: A post may be about another page in these ways; the first that it has is the item's address.
ABOUT = ("in-reply-to", "bookmark-of", "like-of", "repost-of")
#: What a post says that consists of nothing but such an address.
_WORDS = {
    "in-reply-to": "In reply to",
    "bookmark-of": "Bookmarked",
    "like-of": "Liked",
    "repost-of": "Reposted",
}
#: Properties that are told and never taken: the site settles them.
_TOLD = frozenset({"url", "updated", "uid"})
_STATUSES = {"published": Status.PUBLISHED, "draft": Status.DRAFT}
#: UTF-8 bytes of JSON that the rest of a post may have.
REST_MAX = 64 * 1024

#: The file at an address, as far as it is known; the second is the kind: ``audio`` or ``video``.
Look = Callable[[str, str], Enclosure]


@dataclass(frozen=True, slots=True)
class Entry:
    """An item made of properties, the fields that they say, and what no field holds."""

    item: Item
    told: frozenset[str]
    rest: Properties


def read(properties: Properties, look: Look, *, old: Item | None = None, slug: str = "") -> Entry:
    """The item that these properties describe, uncleaned. Raises InvalidFields.

    They are all properties it is to have: what they don't say, the item does not have, but for
    fields that no property stands for, which are the ``old`` item's.
    """
    base = old or Item()
    photos, about = _photos(properties.get("photo", [])), _about(properties)
    external_url = next(iter(about.values()), None)
    names = _texts("category", properties, whole=False)
    content = _content(properties.get("content", []))
    if not content and not photos and about:
        content = _sentence(*next(iter(about.items())))
    html = "\n".join(filter(None, (content, *map(_picture, photos))))
    featured = _texts("featured", properties)
    item = replace(
        base,
        slug=slug or base.slug,
        title=_first("name", properties),
        summary=_first("summary", properties),
        content_html=html,
        content_markdown=base.content_markdown if html == base.content_html else None,
        categories=_categories(names, base),
        authors=_authors(properties.get("author", [])),
        published=_time(properties),
        external_url=external_url,
        image=next(iter((*featured, *(url for url, _ in photos))), None),
        enclosures=_enclosures(properties, look, base),
        status=_status(properties, base),
    )
    told = {
        name for name in Item.__dataclass_fields__ if getattr(item, name) != getattr(base, name)
    }
    if old is None and "post-status" in properties:
        told.add("status")
    return Entry(item, frozenset(told), rest_of(properties))


def write(item: Item, rest: Mapping[str, list[object]]) -> Properties:
    """The properties of an item; with what :func:`read` gave as its ``rest``."""
    html, photos = _split(item.content_html)
    about = {name: rest[name] for name in ABOUT if name in rest}
    if item.external_url and item.external_url not in _addresses(about):
        about = {"bookmark-of": [item.external_url]}
    if about and html in {_sentence(*one) for one in _about(about).items()}:
        html = ""
    hidden = item.image and item.image not in [url for url, _ in photos]
    found: dict[str, list[object]] = {
        "url": [item.url],
        "name": [item.title] if item.title else [],
        "summary": [item.summary] if item.summary else [],
        "content": [_plain(html) or {"html": html}] if html else [],
        "category": [one.term for one in item.categories],
        "author": [_card(author) for author in item.authors],
        "published": [_when(item.published)] if item.published else [],
        "updated": [_when(item.updated)] if item.updated else [],
        "photo": [{"value": url, "alt": alt} if alt else url for url, alt in photos],
        "featured": [item.image] if hidden else [],
        **{
            kind: [file.url for file in item.enclosures if file.type.startswith(f"{kind}/")]
            for kind in ("audio", "video")
        },
        "post-status": [_WORD_OF.get(item.status, "published")],
        **about,
    }
    for name, values in rest.items():
        if name not in ABOUT:
            found[name] = [*found.get(name, []), *values]
    return {name: values for name, values in found.items() if values}


_WORD_OF = {
    Status.DRAFT: "draft",
    Status.REVIEW: "draft",
    Status.SCHEDULED: "scheduled",
    Status.WITHDRAWN: "deleted",
}


# Reading


def _first(name: str, properties: Properties) -> str:
    return next(iter(_texts(name, properties)), "")


def _texts(name: str, properties: Properties, *, whole: bool = True) -> list[str]:
    """The values of a property that are texts. Others are faults, or, unless ``whole``, left."""
    values = properties.get(name, [])
    texts = [str(value) for value in values if isinstance(value, str | int | float)]
    if whole and len(texts) < len(values):
        raise _wrong(name, "must be text")
    return [text for text in texts if text.strip()]


def _content(values: list[object]) -> str:
    """Content as HTML: of a text its paragraphs, of ``{"html": …}`` what stands there."""
    parts = []
    for value in values:
        if isinstance(value, Mapping) and isinstance(value.get("html"), str):
            parts.append(value["html"])
        elif isinstance(value, Mapping) and isinstance(value.get("value"), str):
            parts.append(itemfile.paragraphs(_lines(value["value"])))
        elif isinstance(value, str):
            parts.append(itemfile.paragraphs(_lines(value)))
        else:
            raise _wrong("content", 'must be text, or {"html": "…"}')
    return "\n".join(parts)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _photos(values: list[object]) -> list[tuple[str, str]]:
    """Address and description of each photo."""
    found = []
    for value in values:
        url, alt = (
            (value.get("value"), value.get("alt", ""))
            if isinstance(value, Mapping)
            else (value, "")
        )
        if not isinstance(url, str) or not isinstance(alt, str):
            raise _wrong("photo", 'must be an address, or {"value": ADDRESS, "alt": "…"}')
        if url:
            found.append((url, alt))
    return found


def _about(properties: Mapping[str, list[object]]) -> dict[str, str]:
    """The pages that a post is about: the property's name and the address, at most one each."""
    found: dict[str, str] = {}
    for name in ABOUT:
        for value in properties.get(name, []):
            url = _cited(value)
            if url is None:
                raise _wrong(name, "must be an address, or an h-cite with one")
            found.setdefault(name, url)
    return found


def _cited(value: object) -> str | None:
    if isinstance(value, Mapping):
        properties = value.get("properties")
        urls = properties.get("url") if isinstance(properties, Mapping) else None
        value = urls[0] if isinstance(urls, list) and urls else None
    return value if isinstance(value, str) and value else None


def _addresses(about: Mapping[str, list[object]]) -> set[str | None]:
    return {_cited(value) for values in about.values() for value in values}


def _categories(names: list[str], old: Item) -> tuple[Category, ...]:
    """Those that the item has already keep their scheme and label."""
    known = {one.term: one for one in old.categories}
    return tuple(known.get(name) or Category(name) for name in dict.fromkeys(names))


def _authors(values: list[object]) -> tuple[Author, ...]:
    """Texts are names, h-cards have name, email and url."""
    found = []
    for value in values:
        if isinstance(value, str):
            address = value.startswith(("http://", "https://"))
            found.append(Author("" if address else value, uri=value if address else None))
        elif isinstance(value, Mapping) and isinstance(value.get("properties"), Mapping):
            card = {
                name: str(values[0])
                for name, values in value["properties"].items()
                if isinstance(values, list) and values and isinstance(values[0], str)
            }
            email = card.get("email", "").removeprefix("mailto:") or None
            found.append(Author(card.get("name", ""), email, card.get("url")))
        else:
            raise _wrong("author", "must be a name or an h-card")
    return tuple(found)


def _enclosures(properties: Properties, look: Look, old: Item) -> tuple[Enclosure, ...]:
    """Sound and films; files of other kinds are the old item's."""
    known = {file.url: file for file in old.enclosures}
    found = []
    for kind in ("audio", "video"):
        for value in properties.get(kind, []):
            url = value.get("value") if isinstance(value, Mapping) else value
            if not isinstance(url, str) or not url:
                raise _wrong(kind, "must be an address")
            found.append(known.get(url) or look(url, kind))
    kept = [file for file in old.enclosures if not file.type.startswith(("audio/", "video/"))]
    return (*found, *kept)


def _time(properties: Properties) -> datetime | None:
    text = _first("published", properties)
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong("published", "must be a time such as 2026-11-22T12:00:00Z") from None


def _status(properties: Properties, old: Item) -> Status:
    if _first("visibility", properties) not in {"", "public"}:
        raise _wrong(
            "visibility", "must be public: what is for some readers goes into a private feed"
        )
    told = _first("post-status", properties)
    if not told or told == _WORD_OF.get(old.status, "published"):  # as it was read
        return old.status
    if told not in _STATUSES:
        raise _wrong("post-status", "must be published or draft")
    if told == "published" and old.status is Status.SCHEDULED:  # it is, once its time has come
        return old.status
    return _STATUSES[told]


_FIELDS = frozenset({
    "name", "summary", "content", "author", "published", "photo", "featured", "audio", "video",
    "post-status", "visibility",
})  # fmt: skip


def rest_of(properties: Properties) -> Properties:
    """What no field of an item holds, nested microformats among it. Raises InvalidFields."""
    rest = {
        name: [value for value in values if name != "category" or isinstance(value, Mapping)]
        for name, values in properties.items()
        if name not in _FIELDS | _TOLD and not name.startswith("mp-")
    }
    rest = {name: values for name, values in rest.items() if values}
    if len(json.dumps(rest)) > REST_MAX:
        raise _wrong("properties", f"are too much: at most {REST_MAX:,} bytes beside the text")
    return rest


# Content that is made here, and known again


def _picture(photo: tuple[str, str]) -> str:
    url, alt = map(escape, photo)
    return f'<p><img src="{url}" alt="{alt}"></p>'


def _sentence(name: str, url: str) -> str:
    shown = escape(url)
    return f'<p>{_WORDS[name]} <a href="{shown}" rel="noopener noreferrer">{shown}</a></p>'


_PICTURE = r'<p><img src="([^"]*)" alt="([^"]*)"></p>'
_PICTURES = re.compile(rf"(?:\A|\n)((?:{_PICTURE}\n?)+)\Z")


def _split(html: str) -> tuple[str, list[tuple[str, str]]]:
    """Content without the pictures at its end, and those."""
    found = _PICTURES.search(html)
    if not found:
        return html, []
    pictures = re.findall(_PICTURE, found[1])
    return html[: found.start()], [(unescape(url), unescape(alt)) for url, alt in pictures]


def _plain(html: str) -> str:
    """The text that these paragraphs were made of, empty if they hold more than text."""
    if "<" in re.sub(r"</?p>", "", html):
        return ""
    text = "\n\n".join(unescape(part) for part in re.findall(r"<p>([^<]*)</p>", html))
    return text if itemfile.paragraphs(text) == html else ""


def _card(author: Author) -> dict[str, object]:
    values = {"name": author.name, "email": author.email, "url": author.uri}
    properties = {name: [value] for name, value in values.items() if value}
    return {"type": ["h-card"], "properties": properties}


def _when(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _wrong(field: str, reason: str) -> InvalidFields:
    return InvalidFields([FieldFault(field, reason)])
