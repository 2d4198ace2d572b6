"""From front matter to the item's fields: which key fills which, and what stands in for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from html import escape
from typing import TypeVar
from urllib.parse import unquote

from feedsvc import model
from feedsvc.formats import clean
from feedsvc.formats.itemfile import _values
from feedsvc.formats.itemfile._keys import Keys
from feedsvc.formats.itemfile._values import Given
from feedsvc.model import Author, Category, Direction, Item, Podcast, Status

_T = TypeVar("_T")


def item(keys: Keys, *, title: str, html: str, day: datetime | None, draft: bool) -> Item:
    """The item of an item file.

    ``title`` is the one that the body has, for want of another; ``day`` the day in the file's
    name; ``draft`` says that the file lies among drafts. Raises ItemError for impossible values.
    """
    language = _text(keys, "language") or None
    direction = _direction(keys)
    url, slug = _address(keys)
    return Item(
        guid=_text(keys, "id"),
        slug=_text(keys, "slug") or slug,
        url=url,
        external_url=_text(keys, "external_url") or None,
        title=_text(keys, "title") if keys.get("title") else clean.text(title),
        summary=_text(keys, "summary"),
        content_html=directed(html, direction or model.direction_of(language), language),
        authors=_authors(keys),
        categories=_categories(keys),
        published=_time(keys, "published") or day,
        updated=_time(keys, "updated"),
        language=language,
        direction=direction,
        enclosures=tuple(
            file for given in keys.all("enclosures") for file in _values.enclosures(given)
        ),
        image=next(filter(None, map(_values.address, keys.all("image"))), None),
        via=tuple(place for given in keys.all("via") for place in _values.places(given)),
        comments_url=_comments(keys),
        rights=_text(keys, "rights") or None,
        podcast=_podcast(keys),
        status=_status(keys, draft=draft),
        expires=_time(keys, "expires"),
        feeds=tuple(name for given in keys.all("feeds") for name in _values.texts(given, at=",")),
    )


def _text(keys: Keys, name: str) -> str:
    given = keys.get(name)
    return clean.text(_values.text(given)) if given else ""


def _time(keys: Keys, name: str) -> datetime | None:
    # Jekyll's "published: false" is no time.
    times = (_values.time(given) for given in keys.all(name) if not _values.is_flag(given))
    return next(filter(None, times), None)


def _direction(keys: Keys) -> Direction | None:
    given = keys.get("direction")
    word = _values.text(given).strip().lower() if given else ""
    if given is None or word in {"", "auto"}:
        return None
    if word == "rtl":
        return "rtl"
    if word != "ltr":
        raise given.fault("must be ltr or rtl")
    return "ltr"


def directed(html: str, direction: Direction | None, language: str | None) -> str:
    """Right-to-left content says so itself: few readers pass on what the feed says."""
    if direction != "rtl" or not html.strip():
        return html
    lang = f' lang="{escape(language.replace("_", "-"))}"' if language else ""
    return f'<div dir="rtl"{lang}>\n{html.strip()}\n</div>'


def _address(keys: Keys) -> tuple[str, str]:
    """The item's own address elsewhere, and the slug that a path on the old site stands for."""
    for given in keys.all("url"):
        if _values.is_flag(given) or not isinstance(given.value, str):
            continue  # Eleventy's "permalink: false" and its other kinds
        url = given.value.strip()
        if "://" in url or url.startswith("//"):
            return url, ""
        if ":" in url or "{" in url:
            continue  # a pattern of Jekyll or Eleventy
        parts = [part for part in unquote(url).split("/") if part not in {"", "index.html"}]
        if parts:
            return "", re.sub(r"\.html?$", "", parts[-1])
    return "", ""


def _authors(keys: Keys) -> tuple[Author, ...]:
    """The first of authors, author, byline. ``Lovelace; Hopper`` are two, as with Pelican."""
    given = keys.get("authors")
    if given is None:
        return ()
    many = given.key.lower() == "authors" and ";" not in str(given.value)
    authors = tuple(_values.authors(given, at="," if many else ";"))
    if len(authors) == 1 and not authors[0].email and (email := _text(keys, "email")):
        return (replace(authors[0], email=email),)
    return authors


#: Eleventy's tags for "this is a post": its collections, not the writer's words.
_COLLECTIONS = frozenset({"post", "posts"})


def _categories(keys: Keys) -> tuple[Category, ...]:
    return tuple(
        category
        for name in ("tags", "categories")
        for given in keys.all(name)
        for category in _values.categories(given, at=_separator(given))
        if category.term.lower() not in _COLLECTIONS
    )


def _separator(given: Given) -> str:
    """What parts the tags in one text: a comma or semicolon, else, as with Jekyll, a space."""
    if isinstance(given.value, str):
        for separator in ",;":
            if separator in given.value:
                return separator
        if given.style == "yaml" and given.key.lower() in {"tags", "categories"}:
            return r"\s"
    return ""


def _comments(keys: Keys) -> str | None:
    # Themes take "comments: true" or a table of settings.
    for given in keys.all("comments"):
        if isinstance(given.value, str) and not _values.is_flag(given):
            return given.value.strip() or None
    return None


def _podcast(keys: Keys) -> Podcast | None:
    podcast = Podcast(
        _value(keys, "duration", _values.duration),
        _value(keys, "episode", _values.whole),
        _value(keys, "season", _values.whole),
        _value(keys, "explicit", _values.explicit),
        _value(keys, "transcript", _values.reference),
        _value(keys, "chapters", _values.reference),
    )
    return podcast if podcast != Podcast() else None


def _value(keys: Keys, name: str, read: Callable[[Given], _T]) -> _T | None:
    given = keys.get(name)
    return read(given) if given else None


#: Words for a status under which no generator of the field publishes.
_UNPUBLISHED = frozenset({
    "archived", "draft", "hidden", "pending", "private", "skip", "trash", "unlisted",
    "unpublished", "wip",
})  # fmt: skip


def _status(keys: Keys, *, draft: bool) -> Status:
    if draft or any(_withheld(keys)):
        return Status.DRAFT
    word = _text(keys, "status").lower()
    if word in _UNPUBLISHED:
        return Status.DRAFT
    return Status.REVIEW if word == "review" else Status.PUBLISHED


def _withheld(keys: Keys) -> Iterator[bool]:
    for name in ("draft", "excluded"):
        yield from map(_values.flag, keys.all(name))
    for given in keys.all("published"):
        yield _values.is_flag(given) and not _values.flag(given)
