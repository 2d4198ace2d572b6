"""An item of RSS 2.0."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from feedsvc.formats.check import extensions, history, html, iris, media, words
from feedsvc.formats.check.finding import Report
from feedsvc.formats.check.namespaces import ATOM, CONTENT, DC, DCTERMS
from feedsvc.formats.check.rss_channel import domain
from feedsvc.formats.check.rss_values import (
    address,
    date,
    filled,
    link,
    mailbox,
    no_elements,
    plain,
    url,
)
from feedsvc.formats.check.tree import Element, attribute, raw_text
from feedsvc.formats.check.walk import Field, undefined_attributes, walk

_ENCODED = f"{{{CONTENT}}}encoded"

#: Elements that say the same in two vocabularies; some readers show both, some the wrong one.
SAME_IN_CHANNEL = (
    ("managingEditor", f"{{{DC}}}creator"),
    ("webMaster", f"{{{DC}}}publisher"),
    ("category", f"{{{DC}}}subject"),
    ("pubDate", f"{{{DC}}}date"),
    ("language", f"{{{DC}}}language"),
    ("copyright", f"{{{DC}}}rights"),
    ("lastBuildDate", f"{{{DCTERMS}}}modified"),
    ("generator", "{http://webns.net/mvcb/}generatorAgent"),
)
_SAME_IN_ITEM = (
    ("author", f"{{{DC}}}creator"),
    ("category", f"{{{DC}}}subject"),
    ("pubDate", f"{{{DC}}}date"),
    ("pubDate", f"{{{ATOM}}}published"),
    ("guid", f"{{{ATOM}}}id"),
    ("source", f"{{{DC}}}source"),
)


def check(report: Report, item: Element, *, version: str) -> None:
    """Check an item of that version of RSS; 2.0 by the Best Practices Profile too."""
    undefined_attributes(report, item, frozenset(), "rss.attribute-undefined")
    fields = _ITEM_091 if version == "0.91" else _ITEM
    seen = walk(report, item, fields, prefix="rss", core="", others=extensions.in_item)
    if not seen["title"] and not seen["description"]:
        report.add("rss.item.nothing", item)
    elif not seen["title"]:
        report.add("rss.item.title-missing", item)
    said_twice(report, item, _SAME_IN_ITEM)
    _description_first(report, item)
    if seen["enclosure"] > 1:
        report.add("rss.item.enclosures", item, count=seen["enclosure"])
    media.check_audible(report, item, has_enclosure=seen["enclosure"] > 0)
    history.check_entry(report, item, item.findall(f"{{{ATOM}}}link"))
    if version.startswith("2"):
        _what_readers_need(report, item, seen)


def _what_readers_need(report: Report, item: Element, seen: Counter[str]) -> None:
    if not seen["guid"]:
        report.add("rss.item.guid-missing", item)
    if not seen["link"]:
        report.add("rss.item.link-missing", item)
    if not seen["pubDate"]:
        dated = item.find(f"{{{DC}}}date") is not None
        report.add("rss.item.date-elsewhere" if dated else "rss.item.date-missing", item)


def said_twice(report: Report, parent: Element, pairs: Sequence[tuple[str, str]]) -> None:
    """Note what is said by RSS's own element and by another vocabulary's at once."""
    for core, other in pairs:
        if parent.find(core) is not None and (node := parent.find(other)) is not None:
            report.add("rss.said-twice", node, core=core)


def _description_first(report: Report, item: Element) -> None:
    encoded = item.find(_ENCODED)
    if encoded is None:
        return
    description = item.find("description")
    if description is None or item.index(description) > item.index(encoded):
        report.add("rss.item.description-first", encoded)


def _description(report: Report, node: Element) -> None:
    no_elements(report, node)
    html.check_html(report, raw_text(node), node)


def _guid(report: Report, node: Element) -> None:
    value = no_elements(report, node)
    flag = node.get("isPermaLink")
    if flag not in {None, "true", "false"}:
        report.add("rss.guid.flag", node, value=flag)
    if not value:
        report.add("rss.guid.empty", node)
    elif flag == "false":
        if len(value) < 9 and value.isdigit():
            report.add("rss.guid.short", node, value=value)
    elif fault := iris.http_fault(value, ascii_only=True):
        report.add("rss.guid.not-permalink", node, value=value, fault=fault)


ENCLOSURE_ATTRIBUTES = frozenset({"url", "length", "type"})


def _enclosure(report: Report, node: Element) -> None:
    for name in sorted(ENCLOSURE_ATTRIBUTES):
        if node.get(name) is None:
            report.add("rss.attribute-missing", node, attribute=name)
    length, kind, place = (attribute(node, name) for name in ("length", "type", "url"))
    if length == "-1" or length == "":
        report.add("rss.enclosure.length-unknown", node, value=length)
    elif length is not None and not (length.isascii() and length.isdigit()):
        report.add("rss.number-invalid", node, value=length, wanted="a count of bytes, in length")
    if kind is not None and not words.is_media_type(kind):
        report.add("rss.enclosure.type-invalid", node, value=kind)
    if place is not None and (fault := iris.http_fault(place, ascii_only=True)):
        report.add("rss.url-invalid", node, what="url", value=place, fault=fault)


def _source(report: Report, node: Element) -> None:
    value = attribute(node, "url")
    if value is None:
        report.add("rss.attribute-missing", node, attribute="url")
    else:
        address(report, node, value, "url")
    filled(report, node)


_ITEM = {
    "author": Field(mailbox),
    "category": Field(domain, many=True, attributes=frozenset({"domain"})),
    "comments": Field(url),
    "description": Field(_description),
    "enclosure": Field(_enclosure, many=True, attributes=ENCLOSURE_ATTRIBUTES),
    "guid": Field(_guid, attributes=frozenset({"isPermaLink"})),
    "link": Field(link),
    "pubDate": Field(date),
    "source": Field(_source, attributes=frozenset({"url"})),
    "title": Field(filled),
}
# Descriptions were plain text before RSS 0.92.
_ITEM_091 = _ITEM | {"description": Field(plain)}
