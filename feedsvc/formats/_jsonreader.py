"""The reader of JSON Feed 1 and 1.1: :func:`feedsvc.formats.jsonfeed.read`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from feedsvc.errors import NotAFeed
from feedsvc.formats._foreign import absolute, paragraphs, rfc3339, whole_number
from feedsvc.formats.parsed import Advice, ParsedFeed, newest
from feedsvc.model import (
    Author,
    Category,
    Enclosure,
    Feed,
    Item,
    Link,
    Podcast,
    Reference,
    Source,
    Tombstone,
    Via,
    direction_of,
)

_Object = dict[str, Any]


def read(body: bytes, *, url: str | None = None) -> ParsedFeed:
    """The feed in ``body``; ``url`` is where it came from, for relative addresses.

    Versions 1 and 1.1. Raises NotAFeed for anything else, other JSON included.
    """
    data = _load(body)
    if not isinstance(data, dict) or "jsonfeed.org/version/1" not in _text(data, "version"):
        raise NotAFeed("This is JSON, but no JSON Feed: it has no JSON Feed version.")
    base = url or _text(data, "feed_url") or _text(data, "home_page_url")
    faults: list[str] = []
    items = []
    for number, entry in enumerate(_list(data, "items"), start=1):
        if isinstance(entry, dict):
            items.append(_read_item(entry, base))
        else:
            faults.append(f"Item {number} is no object and was left out.")
    if not isinstance(data.get("items"), list):
        faults.append("The feed has no list of items.")
    feed = _read_feed(data, items, base)
    return ParsedFeed(feed, tuple(items), tuple(faults), Advice(every=feed.ttl))


def _load(body: bytes) -> Any:
    try:
        # Any Unicode encoding is allowed (RFC 8259 8.1 in its older form).
        return json.loads(body.decode(json.detect_encoding(body), "replace"))
    except (ValueError, RecursionError) as error:
        raise NotAFeed(f"This is no JSON that can be read: {error}") from None


def _read_feed(data: _Object, items: Sequence[Item], base: str) -> Feed:
    own = _dict(data, "_feedsvc")
    return Feed(
        id=_text(own, "id") or _text(data, "feed_url"),
        title=_text(data, "title"),
        url=_address(base, data, "home_page_url") or "",
        updated=rfc3339(own.get("updated")) or newest(items),
        description=_text(data, "description"),
        language=_text(data, "language") or None,
        authors=_read_authors(data, base),
        rights=_text(_dict(data, "_rights"), "text") or None,
        image=_address(base, data, "icon"),
        icon=_address(base, data, "favicon"),
        links=tuple(_links(data, own, base)),
        ttl=whole_number(own.get("ttl")),
        complete=own.get("complete") is True,
        archive=own.get("archive") is True,
        tombstones=tuple(_tombstones(data)),
        sources=tuple(_read_sources(data, base)),
    )


def _links(data: _Object, own: _Object, base: str) -> Iterator[Link]:
    older = _address(base, own, "prev_archive_url")
    following = _address(base, data, "next_url")
    told = (
        ("self", _address(base, data, "feed_url")),
        # Our feeds go on in their archives; what follows in another's, only its maker knows.
        ("next", following if following != older else None),
        ("prev-archive", older),
        ("current", _address(base, own, "current_url")),
    )
    yield from (Link(rel, address) for rel, address in told if address)
    hubs = (_address(base, hub, "url") for hub in _list(data, "hubs") if isinstance(hub, dict))
    yield from (Link("hub", address) for address in hubs if address)


def _tombstones(data: _Object) -> Iterator[Tombstone]:
    for gone in _list(_dict(data, "_deleted"), "items"):
        if isinstance(gone, dict):
            guid, when = _text(gone, "id"), rfc3339(gone.get("when"))
            if guid and when:
                yield Tombstone(guid, when)


def _read_item(entry: _Object, base: str) -> Item:
    own = _dict(entry, "_feedsvc")
    url = _address(base, entry, "url") or ""
    language = _text(entry, "language") or None
    direction = own.get("direction")
    podcast = _read_podcast(_dict(entry, "_podcast"), base)
    title, summary, content = _text(entry, "title"), _text(entry, "summary"), _content(entry)
    return Item(
        guid=_text(entry, "id") or url,
        url=url,
        external_url=_address(base, entry, "external_url"),
        title=title,
        summary=summary if content or summary != title else "",  # as our feeds say it again
        content_html=content,
        authors=_read_authors(entry, base),
        categories=tuple(_read_categories(entry, own)),
        published=rfc3339(entry.get("date_published")),
        updated=rfc3339(entry.get("date_modified")),
        language=language,
        direction=direction if direction in ("ltr", "rtl") else direction_of(language),
        enclosures=tuple(_read_enclosures(entry, base)),
        image=_address(base, entry, "image") or _address(base, entry, "banner_image"),
        source=_read_source(_dict(entry, "_source"), base),
        via=tuple(_read_via(entry, base)),
        comments_url=_address(base, _dict(entry, "_comments_url"), "url"),
        rights=_text(_dict(entry, "_rights"), "text") or None,
        podcast=podcast,
    )


def _content(entry: _Object) -> str:
    """The content as HTML; a text that only says the summary again is none."""
    content, text = _text(entry, "content_html"), _text(entry, "content_text")
    if content or text == _text(entry, "summary"):
        return content
    return paragraphs(text)


def _read_authors(data: _Object, base: str) -> tuple[Author, ...]:
    people = _list(data, "authors") or [data.get("author")]
    return tuple(
        author
        for person in people
        if isinstance(person, dict) and (author := _read_author(person, base))
    )


def _read_author(person: _Object, base: str) -> Author | None:
    uri = _address(base, person, "url")
    email = _text(_dict(person, "_feedsvc"), "email") or None
    if uri and uri.lower().startswith("mailto:"):
        email = email or uri[len("mailto:") :]
        uri = None
    author = Author(_text(person, "name"), email, uri)
    return author if author != Author("") else None


def _read_categories(entry: _Object, own: _Object) -> Iterator[Category]:
    told = set()
    for full in _list(own, "categories"):
        if isinstance(full, dict) and (term := _text(full, "term")):
            told.add(term)
            yield Category(term, _text(full, "scheme") or None, _text(full, "label") or None)
    for tag in _list(entry, "tags"):
        if isinstance(tag, str) and tag and tag not in told:
            yield Category(tag.encode(errors="replace").decode())


def _read_enclosures(entry: _Object, base: str) -> Iterator[Enclosure]:
    for attachment in _list(entry, "attachments"):
        if isinstance(attachment, dict) and (url := _address(base, attachment, "url")):
            yield Enclosure(
                url,
                _text(attachment, "mime_type") or "application/octet-stream",
                whole_number(attachment.get("size_in_bytes")),
                _text(attachment, "title") or None,
                whole_number(attachment.get("duration_in_seconds")),
            )


def _read_source(source: _Object, base: str) -> Source | None:
    read = Source(
        _text(source, "title") or None,
        _address(base, source, "url"),
        _address(base, source, "feed_url"),
        _text(source, "guid") or None,
    )
    return read if read != Source() else None


def _read_sources(data: _Object, base: str) -> Iterator[Source]:
    for told in _objects(data, "_sources"):
        if source := _read_source(told, base):
            yield source


def _read_via(entry: _Object, base: str) -> Iterator[Via]:
    for told in _objects(entry, "_via"):
        if url := _address(base, told, "url"):
            yield Via(url, _text(told, "title") or None)


def _objects(data: _Object, key: str) -> Iterator[_Object]:
    """The objects of an extension: its ``items``, or a list alone, as others would write it."""
    listed = _list(data, key) or _list(_dict(data, key), "items")
    yield from (one for one in listed if isinstance(one, dict))


def _read_podcast(podcast: _Object, base: str) -> Podcast | None:
    explicit = podcast.get("explicit")
    read = Podcast(
        whole_number(podcast.get("duration")),
        whole_number(podcast.get("episode")),
        whole_number(podcast.get("season")),
        explicit if isinstance(explicit, bool) else None,
        _read_reference(_dict(podcast, "transcript"), base),
        _read_reference(_dict(podcast, "chapters"), base),
    )
    return read if read != Podcast() else None


def _read_reference(reference: _Object, base: str) -> Reference | None:
    url = _address(base, reference, "url")
    return Reference(url, _text(reference, "type")) if url else None


def _text(data: Mapping[str, Any], key: str) -> str:
    """The string at a key, a number as a string ("must coerce", JSON Feed 1.1), else ""."""
    value = data.get(key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    # A lone surrogate can be escaped in JSON but not be encoded again.
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""


def _address(base: str, data: Mapping[str, Any], key: str) -> str | None:
    return absolute(base, _text(data, key))


def _list(data: Mapping[str, Any], key: str) -> list[Any]:
    value = data.get(key)
    return value if isinstance(value, list) else []


def _dict(data: Mapping[str, Any], key: str) -> _Object:
    value = data.get(key)
    return value if isinstance(value, dict) else {}
