"""What stands in a document of any of the three formats, read with no code of ours.

lxml and json only, since the question is what the bytes say; test_clients.py asks real readers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lxml import etree

_NAMES = {
    "a": "http://www.w3.org/2005/Atom",
    "at": "http://purl.org/atompub/tombstones/1.0",
    "fh": "http://purl.org/syndication/history/1.0",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}
_PERIODS = {"hourly": 60, "daily": 1440}


@dataclass(frozen=True)
class Reading:
    """A document. ``titles`` of its items are by guid, in the document's order."""

    id: str
    titles: dict[str, str]
    gone: frozenset[str]
    links: dict[str, str]  #: addresses by relation, those of the feed itself
    ttl: int | None  #: minutes, from ``ttl`` or from ``sy:``
    complete: bool
    archive: bool

    @property
    def previous(self) -> str | None:
        """Where the older items are."""
        return self.links.get("prev-archive") or self.links.get("next_url")


def read(body: bytes, form: str) -> Reading:
    """Read a document; raises whatever the parser does when it is broken."""
    if form == "json":
        return _json(json.loads(body))
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False))
    return _rss(root[0]) if form == "rss" else _atom(root)


def _find(element: Any, path: str) -> list[Any]:
    found: list[Any] = element.xpath(path, namespaces=_NAMES)
    return found


def _text(element: Any, path: str) -> str:
    (found,) = _find(element, path)
    return found.text or ""


def _items(elements: list[Any], guid: str, title: str) -> dict[str, str]:
    titles = {_text(one, guid): _text(one, title) for one in elements}
    assert len(titles) == len(elements), "an item stands twice in one document"
    return titles


def _rss(channel: Any) -> Reading:
    ttl = [int(one.text) for one in _find(channel, "ttl")]
    said = _advised(channel)
    assert said is None or ttl == [said], "ttl and sy: differ"
    return Reading(
        _text(channel, "a:id"),
        _items(_find(channel, "item"), "guid", "title"),
        _tombstones(channel),
        _links(channel),
        ttl[0] if ttl else None,
        bool(_find(channel, "fh:complete")),
        bool(_find(channel, "fh:archive")),
    )


def _atom(root: Any) -> Reading:
    return Reading(
        _text(root, "a:id"),
        _items(_find(root, "a:entry"), "a:id", "a:title"),
        _tombstones(root),
        _links(root),
        _advised(root),
        bool(_find(root, "fh:complete")),
        bool(_find(root, "fh:archive")),
    )


def _advised(element: Any) -> int | None:
    """``sy:updatePeriod`` and ``sy:updateFrequency`` in minutes."""
    periods = _find(element, "sy:updatePeriod")
    if not periods:
        return None
    minutes = _PERIODS[periods[0].text.strip()]
    often = _find(element, "sy:updateFrequency")
    return minutes // (int(often[0].text) if often else 1)


def _tombstones(element: Any) -> frozenset[str]:
    return frozenset(one.get("ref") for one in _find(element, "at:deleted-entry"))


def _links(element: Any) -> dict[str, str]:
    return {one.get("rel", "alternate"): one.get("href") for one in _find(element, "a:link")}


def _json(feed: dict[str, Any]) -> Reading:
    ours = feed["_feedsvc"]
    titles = {item["id"]: item["title"] for item in feed["items"]}
    assert len(titles) == len(feed["items"]), "an item stands twice in one document"
    links = {"self": feed["feed_url"], "next_url": feed.get("next_url")}
    return Reading(
        ours["id"],
        titles,
        frozenset(gone["id"] for gone in feed.get("_deleted", {}).get("items", [])),
        {rel: href for rel, href in links.items() if href},
        ours.get("ttl"),
        bool(ours.get("complete")),
        bool(ours.get("archive")),
    )
