"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/): rendered and read.

What the format has no key for stands in extensions. They are objects, as the section "Extensions"
asks: ``_source``, ``_via``, ``_sources``, ``_comments_url``, ``_rights``, ``_podcast`` and
``_deleted`` by their own names, and the rest in ``_feedsvc``: a feed's ``id``, ``updated``,
``ttl``, ``complete``, ``archive``, ``current_url`` and ``prev_archive_url``, an item's
``direction`` and ``categories``, an author's ``email``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from feedsvc.errors import ItemError
from feedsvc.formats._jsonreader import read
from feedsvc.model import (
    Author,
    Category,
    Enclosure,
    Feed,
    Item,
    Podcast,
    Reference,
    Source,
    Via,
    direction_of,
    excerpt,
    shown_title,
)

__all__ = ["MEDIA_TYPE", "VERSION", "read", "render"]

MEDIA_TYPE = "application/feed+json; charset=utf-8"
VERSION = "https://jsonfeed.org/version/1.1"
_ABOUT = "What JSON Feed has no key for, kept by feedsvc: see docs/formats.md of that project."

_Object = dict[str, Any]


def render(feed: Feed, items: Sequence[Item]) -> bytes:
    """The feed with its items, in this order, as compact UTF-8.

    Raises ItemError with the guid of an item that can't be written.
    """
    head = _bytes(_feed(feed))
    body = b",".join(_rendered(item) for item in items)
    return head[:-1] + b',"items":[' + body + b"]}\n"


def _rendered(item: Item) -> bytes:
    try:
        return _bytes(_item(item))
    except (AttributeError, TypeError, ValueError) as error:
        raise ItemError(f"can't be written as JSON: {error}", where=item.guid) from error


def _bytes(value: _Object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _given(**values: Any) -> _Object:
    """The values that say something; an empty one says nothing."""
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


def _feed(feed: Feed) -> _Object:
    return {
        "version": VERSION,
        "title": feed.title,
        **_given(
            home_page_url=feed.url,
            feed_url=feed.link("self"),
            description=feed.description,
            next_url=feed.link("next") or feed.link("prev-archive"),
            icon=feed.image,
            favicon=feed.icon,
            **_authors(feed.authors),
            language=feed.language,
            hubs=[{"type": "WebSub", "url": link.href} for link in feed.links if link.rel == "hub"],
            _feedsvc={
                "about": _ABOUT,
                "id": feed.id,
                "updated": _time(feed.updated),
                **_given(
                    ttl=None if feed.archive else feed.ttl,
                    complete=feed.complete or None,
                    archive=feed.archive or None,
                    current_url=feed.link("current"),
                    prev_archive_url=feed.link("prev-archive"),
                ),
            },
            _rights=_given(text=feed.rights),
            _sources=_given(items=[one for source in feed.sources if (one := _source(source))]),
            _deleted=_given(
                items=[{"id": gone.guid, "when": _time(gone.when)} for gone in feed.tombstones]
            ),
        ),
    }


def _item(item: Item) -> _Object:
    # One of the two is required. A reader that shows no summaries would show an empty item.
    summary = item.summary if item.content_html else excerpt(item)
    content = (
        {"content_text": summary}
        if summary and not item.content_html
        else {"content_html": item.content_html}
    )
    own_direction = item.direction != direction_of(item.language)
    return {
        "id": item.guid,
        **_given(
            url=item.url,
            external_url=item.external_url,
            title=shown_title(item),
            summary=summary,
        ),
        **content,
        **_given(
            image=item.image,
            date_published=_time(item.published),
            date_modified=_time(item.updated),
            **_authors(item.authors),
            tags=list(dict.fromkeys(category.term for category in item.categories)),
            language=item.language,
            attachments=[_attachment(enclosure) for enclosure in item.enclosures],
            _source=_source(item.source),
            _via=_given(items=[_via(place) for place in item.via]),
            _comments_url=_given(url=item.comments_url),
            _rights=_given(text=item.rights),
            _podcast=_podcast(item.podcast),
            _feedsvc=_given(
                direction=item.direction if own_direction else None,
                categories=_categories(item.categories),
            ),
        ),
    }


def _authors(authors: Sequence[Author]) -> _Object:
    """``authors``, and ``author`` for the readers of version 1.0."""
    people = [
        _given(name=author.name, url=author.uri, _feedsvc=_given(email=author.email))
        for author in authors
    ]
    return {"authors": people, "author": people[0]} if people else {}


def _categories(categories: Sequence[Category]) -> list[_Object]:
    """The categories in full, if ``tags`` alone would lose something of them."""
    if all(category == Category(category.term) for category in categories):
        return []
    return [_given(term=c.term, scheme=c.scheme, label=c.label) for c in categories]


def _attachment(enclosure: Enclosure) -> _Object:
    return {
        "url": enclosure.url,
        "mime_type": enclosure.type,
        **_given(
            title=enclosure.title,
            size_in_bytes=enclosure.length,
            duration_in_seconds=enclosure.duration,
        ),
    }


def _source(source: Source | None) -> _Object:
    if source is None:
        return {}
    return _given(title=source.title, url=source.url, feed_url=source.feed_url, guid=source.guid)


def _via(place: Via) -> _Object:
    return {"url": place.url, **_given(title=place.title)}


def _podcast(podcast: Podcast | None) -> _Object:
    if podcast is None:
        return {}
    return _given(
        duration=podcast.duration,
        episode=podcast.episode,
        season=podcast.season,
        explicit=podcast.explicit,
        transcript=_reference(podcast.transcript),
        chapters=_reference(podcast.chapters),
    )


def _reference(reference: Reference | None) -> _Object | None:
    return {"url": reference.url, "type": reference.type} if reference else None


def _time(time: datetime | None) -> str | None:
    """RFC 3339 in UTC and whole seconds: Atom and JSON readers trip over offsets and fractions."""
    if time is None:
        return None
    return time.astimezone(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"
