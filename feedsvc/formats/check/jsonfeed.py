"""JSON Feed 1.1 (and 1): the document, its keys and their types."""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping, Sequence
from typing import Any

from feedsvc.formats.check import iris, words
from feedsvc.formats.check.finding import Report
from feedsvc.formats.check.json_item import check_item
from feedsvc.formats.check.json_values import (
    ARRAY,
    BOOLEAN,
    OBJECT,
    STRING,
    Kind,
    authors,
    keys,
    language,
    url,
)

_VERSIONS = {"https://jsonfeed.org/version/1.1": "1.1", "https://jsonfeed.org/version/1": "1"}

_FEED: Mapping[str, Kind] = {
    "version": STRING,
    "title": STRING,
    "home_page_url": STRING,
    "feed_url": STRING,
    "description": STRING,
    "user_comment": STRING,
    "next_url": STRING,
    "icon": STRING,
    "favicon": STRING,
    "author": OBJECT,
    "authors": ARRAY,
    "language": STRING,
    "expired": BOOLEAN,
    "hubs": ARRAY,
    "items": ARRAY,
}
_HUB: Mapping[str, Kind] = {"type": STRING, "url": STRING}


def check(report: Report, body: bytes) -> None:
    """Check a document that begins like JSON."""
    value = _parsed(report, body)
    if value is None:
        return
    if not isinstance(value, dict):
        report.add("json.not-object", "document", line=1)
    elif not {"version", "items"} & value.keys():
        report.add("json.not-feed", "document", line=1)
    else:
        _feed(report, value)


def _parsed(report: Report, body: bytes) -> Any:
    """The value of the document, or None with the reason in the report."""
    if body.startswith(codecs.BOM_UTF8):
        report.add("json.byte-order-mark", "document", line=1)
        body = body[len(codecs.BOM_UTF8) :]
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = body.count(b"\n", 0, fault.start) + 1
        report.add("json.encoding", "document", line=line, position=fault.start)
        return None

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(found)
        if len(made) < len(found):
            names = [name for name, _ in found]
            twice = next(name for name in names if names.count(name) > 1)
            report.add("json.key-repeated", "document", key=twice)
        return made

    def constant(name: str) -> None:
        report.add("json.constant", "document", value=name)

    try:
        return json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except json.JSONDecodeError as fault:
        report.add(
            "json.malformed",
            f"column {fault.colno}",
            line=fault.lineno,
            reason=fault.msg[:1].lower() + fault.msg[1:],
        )
    except (ValueError, RecursionError):  # a number of thousands of digits, thousands of brackets
        report.add("json.beyond-limits", "document")
    return None


def _feed(report: Report, feed: Mapping[str, Any]) -> None:
    keys(report, feed, _FEED, "feed")
    version = _version(report, feed)
    if not isinstance(feed.get("title"), str) or not feed["title"].strip():
        report.add("json.title-missing", "feed")
    elif found := words.markup_in(feed["title"]):
        report.add("json.text-html", "feed / title", key="title", found=found)
    for key in ("home_page_url", "feed_url", "next_url", "icon", "favicon"):
        url(report, feed, key, "feed")
    authors(report, feed, "feed", is_old=version == "1")
    language(report, feed, "feed")
    _own_address(report, feed)
    _hubs(report, feed.get("hubs"))
    if "items" not in feed:
        report.add("json.items-missing", "feed")
    elif isinstance(feed["items"], list):
        _items(report, feed["items"], is_old=version == "1")


def _version(report: Report, feed: Mapping[str, Any]) -> str:
    value = feed.get("version")
    if value is None:
        report.add("json.version-missing", "feed")
    elif isinstance(value, str) and value not in _VERSIONS:
        report.add("json.version-unknown", "feed / version", value=value)
    return _VERSIONS.get(value, "") if isinstance(value, str) else ""


def _own_address(report: Report, feed: Mapping[str, Any]) -> None:
    own = feed.get("feed_url")
    if not own:
        report.add("json.feed-url-missing", "feed")
    if not feed.get("home_page_url"):
        report.add("json.home-page-url-missing", "feed")
    if own and own == feed.get("next_url"):
        report.add("json.next-url-same", "feed / next_url")
    if isinstance(own, str) and not iris.is_served_at(own, report.url):
        report.add("feed.self-elsewhere", "feed / feed_url", value=own, url=report.url)


def _hubs(report: Report, hubs: Any) -> None:
    if not isinstance(hubs, list):
        return
    for number, hub in enumerate(hubs, 1):
        where = f"feed / hubs {number}"
        if not isinstance(hub, dict):
            report.add("json.type", where, key="a hub", found="no object", wanted="an object")
            continue
        keys(report, hub, _HUB, where)
        for key in _HUB:
            if not hub.get(key):
                report.add("json.key-missing", where, key=key)
        url(report, hub, "url", where)


def _items(report: Report, items: Sequence[Any], *, is_old: bool) -> None:
    seen: set[str] = set()
    for number, item in enumerate(items, 1):
        where = f"item {number}"
        if not isinstance(item, dict):
            report.add("json.type", where, key="an item", found="no object", wanted="an object")
            continue
        if isinstance(title := item.get("title"), str) and title:
            where += f" ({title if len(title) <= 40 else title[:39] + '…'})"
        check_item(report, item, where, is_old=is_old)
        guid = item.get("id")
        if isinstance(guid, str) and guid:
            if guid in seen:
                report.add("json.item.id-repeated", where, value=guid)
            seen.add(guid)
