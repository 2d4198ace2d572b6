"""Atom 1.0 (RFC 4287): feed and entry documents."""

from __future__ import annotations

from collections import Counter

from feedsvc.formats.check import constructs, extensions, history, tombstones
from feedsvc.formats.check.constructs import link, person
from feedsvc.formats.check.content import (
    CONTENT_ATTRIBUTES,
    TEXT_ATTRIBUTES,
    content,
    needs_summary,
    text_construct,
    title,
)
from feedsvc.formats.check.finding import Report
from feedsvc.formats.check.namespaces import ATOM, TOMBSTONES
from feedsvc.formats.check.tree import Element, attribute, children, namespace, text
from feedsvc.formats.check.walk import Field, anything, undefined_attributes, walk

_LINK = Field(link, many=True, attributes=constructs.LINK_ATTRIBUTES)
_PERSON = Field(person, many=True)
_CATEGORY = Field(constructs.category, many=True, attributes=constructs.CATEGORY_ATTRIBUTES)
_TEXT = Field(text_construct, attributes=TEXT_ATTRIBUTES)
_TITLE = Field(title, attributes=TEXT_ATTRIBUTES)
_DATE = Field(constructs.date)

_METADATA = {
    "author": _PERSON,
    "category": _CATEGORY,
    "contributor": _PERSON,
    "generator": Field(constructs.generator, attributes=constructs.GENERATOR_ATTRIBUTES),
    "icon": Field(constructs.reference),
    "id": Field(constructs.identifier),
    "link": _LINK,
    "logo": Field(constructs.reference),
    "rights": _TEXT,
    "subtitle": _TEXT,
    "title": _TITLE,
    "updated": _DATE,
}
# Entries are read one by one after the feed's own elements.
_FEED = _METADATA | {"entry": Field(anything, many=True)}


def check(report: Report, root: Element) -> None:
    """Check a feed document, or an entry document."""
    undefined_attributes(report, root, frozenset(), "atom.attribute-undefined")
    if root.prefix:
        report.add("atom.prefix", root, prefix=root.prefix)
    if root.tag == _tag("entry"):
        _entry(report, root, has_author=False)
        return
    seen = _metadata(report, root, "feed")
    _order(report, root)
    links = root.findall(_tag("link"))
    if not any(constructs.relation(node) == "self" for node in links):
        report.add("feed.self-missing", root)
    history.check(report, root, links)
    entries = root.findall(_tag("entry"))
    for entry in entries:
        _entry(report, entry, has_author=seen["author"] > 0)
    _identities(report, entries)
    tombstones.check(report, root, [(text_of(e, "id"), text_of(e, "updated"), e) for e in entries])
    extensions.check_show(report, root, entries)


def _tag(name: str) -> str:
    return f"{{{ATOM}}}{name}"


def _metadata(report: Report, feed: Element, kind: str) -> Counter[str]:
    fields = _FEED if kind == "feed" else _METADATA
    seen = walk(report, feed, fields, prefix="atom", core=ATOM, others=extensions.in_feed)
    missing = [name for name in ("id", "title", "updated") if not seen[name]]
    if kind == "source" and missing:
        report.add("atom.source.incomplete", feed, missing=", ".join(missing))
    elif kind == "feed":
        for name in missing:
            report.add(f"atom.feed.{name}-missing", feed)
    _alternates(report, feed)
    return seen


def _source(report: Report, node: Element) -> None:
    _metadata(report, node, "source")


_ENTRY = {
    "author": _PERSON,
    "category": _CATEGORY,
    "content": Field(content, attributes=CONTENT_ATTRIBUTES),
    "contributor": _PERSON,
    "id": Field(constructs.identifier),
    "link": _LINK,
    "published": _DATE,
    "rights": _TEXT,
    "source": Field(_source),
    "summary": _TEXT,
    "title": _TITLE,
    "updated": _DATE,
}


def _entry(report: Report, entry: Element, *, has_author: bool) -> None:
    undefined_attributes(report, entry, frozenset(), "atom.attribute-undefined")
    seen = walk(report, entry, _ENTRY, prefix="atom", core=ATOM, others=extensions.in_item)
    for name in ("id", "title", "updated"):
        if not seen[name]:
            report.add(f"atom.entry.{name}-missing", entry)
    credited = entry.find(f"{_tag('source')}/{_tag('author')}") is not None
    if not (has_author or seen["author"] or credited):
        report.add("atom.entry.author-missing", entry)
    _alternates(report, entry)
    _substance(report, entry, seen)
    history.check_entry(report, entry, entry.findall(_tag("link")))


def _substance(report: Report, entry: Element, seen: Counter[str]) -> None:
    """Content, summary and alternate link: what an entry has to have of them (4.1.2)."""
    body = entry.find(_tag("content"))
    has_alternate = any(
        constructs.relation(node) == "alternate" for node in entry.findall(_tag("link"))
    )
    if body is None and not has_alternate:
        report.add("atom.entry.alternate-missing", entry)
    elif not has_alternate:
        report.add("atom.entry.link-missing", entry)
    if body is None and not seen["summary"]:
        report.add("atom.entry.text-missing", entry)
    elif body is not None and needs_summary(body) and not seen["summary"]:
        report.add("atom.entry.summary-missing", entry)


def _alternates(report: Report, parent: Element) -> None:
    """At most one alternate of the same type and hreflang (4.1.1, 4.1.2)."""
    seen: set[tuple[str | None, str | None]] = set()
    for node in parent.findall(_tag("link")):
        if constructs.relation(node) != "alternate":
            continue
        key = (attribute(node, "type"), attribute(node, "hreflang"))
        if key in seen:
            report.add("atom.link.alternate-repeated", node, type=key[0] or "no type")
        seen.add(key)


def _order(report: Report, feed: Element) -> None:
    """The feed's own elements come before its entries (RFC 4287, appendix B)."""
    entries = False
    for node in children(feed):
        if node.tag == _tag("entry"):
            entries = True
        elif entries and namespace(node) != TOMBSTONES:
            report.add("atom.feed.element-after-entries", node)


def _identities(report: Report, entries: list[Element]) -> None:
    """No two entries are the same, and no two changed at the same moment."""
    ids: dict[str, set[str]] = {}
    times: set[str] = set()
    for entry in entries:
        key = text_of(entry, "id")
        updated = text_of(entry, "updated")
        if key and key in ids:
            same = updated in ids[key]
            rule_id = "atom.entry.repeated" if same else "atom.entry.id-repeated"
            report.add(rule_id, entry, value=key)
        elif updated and updated in times:
            report.add("atom.entry.updated-repeated", entry, value=updated)
        ids.setdefault(key, set()).add(updated)
        times.add(updated)


def text_of(entry: Element, name: str) -> str:
    """The text of a child of the entry, "" if it has none of that name."""
    node = entry.find(_tag(name))
    return "" if node is None else text(node)
