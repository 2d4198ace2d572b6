"""Items as rows of the table and back. Pure.

Addresses on our own site are kept as a placeholder and a path, so that a site that moves takes
its items and media along. Guids are names, not addresses: they stay.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from html import unescape
from typing import Any, cast

from feedsvc.errors import ItemError
from feedsvc.formats.uploaded import uploaded
from feedsvc.model import (
    Author,
    Category,
    Direction,
    Enclosure,
    Item,
    Podcast,
    Reference,
    Source,
    Status,
    Via,
)

#: Stands for the site's address: a noncharacter, which no text from outside has (it is dropped).
PLACEHOLDER = "\ufdd0"

#: What reading a damaged row raises.
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError)

log = logging.getLogger(__name__)

_TEXTS_OF_VALUES = (
    "authors",
    "categories",
    "enclosures",
    "source",
    "via",
    "podcast",
    "feeds",
    "aliases",
)
#: Columns that hold one address, and those that hold records with addresses.
_ADDRESSES = ("url", "external_url", "image", "comments_url")
_RECORDS = ("authors", "enclosures", "via", "podcast")
_TIMES = ("published", "updated", "expires")
_TAG = re.compile(r"<[a-z][^<>]*>")
_LINK = re.compile(r'\b(?:cite|href|poster|src|srcset)="[^"]*"')
_HREF = re.compile(r'\b(?:cite|href|poster|src|(srcset))="([^"]*)"')


class ItemRows:
    """Turns items of one site into rows and rows into items."""

    def __init__(self, site_url: str) -> None:
        self.site_url = site_url.rstrip("/")
        self._own = self.site_url + "/"
        self._kept = PLACEHOLDER + "/"

    def row(self, item: Item) -> dict[str, Any]:
        """The item's columns. Raises ItemError for text or times that no database takes."""
        row: dict[str, Any] = {
            "guid": item.guid,
            "slug": item.slug,
            "url": item.url,
            "external_url": item.external_url,
            "title": item.title,
            "summary": item.summary,
            "content_html": item.content_html,
            "authors": _listed(item.authors),
            "categories": _listed(item.categories),
            "published": item.published,
            "updated": item.updated,
            "language": item.language,
            "direction": item.direction,
            "enclosures": _listed(item.enclosures),
            "image": item.image,
            "source": _record(item.source) if item.source else None,
            "via": _listed(item.via),
            "comments_url": item.comments_url,
            "rights": item.rights,
            "podcast": _record(item.podcast) if item.podcast else None,
            "content_markdown": item.content_markdown,
            "status": str(item.status),
            "expires": item.expires,
            "feeds": _json(item.feeds) if item.feeds else None,
            "origin": item.origin,
            "revision": item.revision,
            "aliases": _json(item.aliases) if item.aliases else None,
        }
        for name in (*_ADDRESSES, *_RECORDS, "content_html"):
            if row[name]:
                row[name] = self._away(name, row[name].replace(PLACEHOLDER, ""))
        _fit(row)
        return row

    def item(self, row: Mapping[Any, Any]) -> Item:
        """The item of a row; of a damaged row, what of it can be read.

        So one damaged row does not take down the feeds it is in. The log says which it is.
        """
        try:
            return self.strictly(row)
        except UNREADABLE as error:
            log.error("the item %s is damaged in the store: %s", row["guid"], error)
        sound = dict(row) | dict.fromkeys(_TEXTS_OF_VALUES)
        if sound["status"] not in set(Status):
            sound["status"] = Status.WITHDRAWN
        for name in _TEXTS_OF_VALUES:
            with suppress(*UNREADABLE):
                self.strictly(sound | {name: row[name]})
                sound[name] = row[name]
        return self.strictly(sound)

    def strictly(self, row: Mapping[Any, Any]) -> Item:
        """The item of a row. Raises one of UNREADABLE for a damaged one."""
        return Item(
            guid=row["guid"],
            slug=row["slug"],
            url=self._here(row["url"]),
            external_url=self._here(row["external_url"]) if row["external_url"] else None,
            title=row["title"],
            summary=row["summary"],
            content_html=self._here(row["content_html"]),
            authors=tuple(Author(**a) for a in _list(self._here(row["authors"] or ""))),
            categories=tuple(Category(**c) for c in _list(row["categories"])),
            published=row["published"],
            updated=row["updated"],
            language=row["language"],
            direction=cast("Direction | None", row["direction"]),
            enclosures=tuple(Enclosure(**e) for e in _list(self._here(row["enclosures"] or ""))),
            image=self._here(row["image"]) if row["image"] else None,
            source=Source(**json.loads(row["source"])) if row["source"] else None,
            via=tuple(Via(**v) for v in _list(self._here(row["via"] or ""))),
            comments_url=self._here(row["comments_url"]) if row["comments_url"] else None,
            rights=row["rights"],
            podcast=_podcast(self._here(row["podcast"])) if row["podcast"] else None,
            content_markdown=row["content_markdown"],
            status=Status(row["status"]),
            expires=row["expires"],
            feeds=tuple(_list(row["feeds"])),
            origin=row["origin"],
            revision=row["revision"],
            aliases=tuple(_list(row["aliases"])),
        )

    def uploads(self, item: Item) -> frozenset[str]:
        """The ids of the uploads that the item leads to: in its content, image, enclosures and
        podcast; what its text merely says of an address is no link."""
        found = [uploaded(address, self.site_url) for address in _led_to(item)]
        return frozenset([one.id for one in found if one])

    def kept_url(self, url: str) -> str:
        """The address as the column ``url`` has it."""
        return self._away("url", url)

    def _away(self, name: str, text: str) -> str:
        """The column with the site's address taken out where it begins an address, and only there:
        what an article says of an address, or of another site's copy of ours, is its own words."""
        if name in _ADDRESSES:
            return self._kept + text[len(self._own) :] if text.startswith(self._own) else text
        if name in _RECORDS:
            for key in ("url", "uri"):
                text = text.replace(f'"{key}":"{self._own}', f'"{key}":"{self._kept}')
            return text
        if self._own not in text:  # in most
            return text
        return _TAG.sub(lambda tag: _LINK.sub(self._link_away, tag[0]), text)

    def _link_away(self, link: re.Match[str]) -> str:
        text = link[0].replace(f'="{self._own}', f'="{self._kept}')
        return text.replace(f", {self._own}", f", {self._kept}")  # the next one of a srcset

    def _here(self, text: str) -> str:
        return text.replace(self._kept, self._own)


def _led_to(item: Item) -> list[str]:
    """What the item leads to or shows: its links, picture, enclosures, transcript, chapters."""
    led = [one.url for one in item.enclosures]
    html = item.content_html
    if "media" in html or "%" in html:  # else none of them is an upload's, and this costs nothing
        for tag in _TAG.findall(html):
            for of_many, value in _HREF.findall(tag):
                text = unescape(value)
                led += text.replace(",", " , ").split() if of_many else (text,)
    if item.image:
        led.append(item.image)
    if item.podcast:
        references = (item.podcast.transcript, item.podcast.chapters)
        led += [one.url for one in references if one]
    return led


#: json.dumps would make one anew for each value; for a text it has a short way.
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _record(value: Any) -> str:
    """The fields of a record that say something, as JSON."""
    told = []
    for name in value.__slots__:
        part = getattr(value, name)
        if part is not None:
            text = _record(part) if isinstance(part, Reference) else _json(part)
            told.append(f'"{name}":{text}')
    return f"{{{','.join(told)}}}"


def _listed(values: Sequence[Any]) -> str | None:
    return f"[{','.join(map(_record, values))}]" if values else None


def _list(text: str | None) -> list[Any]:
    return json.loads(text) if text else []


def _podcast(text: str) -> Podcast:
    fields = json.loads(text)
    for name in ("transcript", "chapters"):
        if name in fields:
            fields[name] = Reference(**fields[name])
    return Podcast(**fields)


def _fit(row: Mapping[str, Any]) -> None:
    for name, value in row.items():
        if isinstance(value, str) and not fit(value):
            what = "the character NUL" if "\0" in value else "half a character (a lone surrogate)"
            raise ItemError(f"{name} holds {what}")
    for name in _TIMES:
        if row[name] is not None and row[name].tzinfo is None:
            raise ItemError(f"{name} is a time without a zone")


def fit(text: str) -> bool:
    """Whether a database can hold the text: neither NUL nor lone surrogates."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
