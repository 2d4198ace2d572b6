"""RSS 1.0 and 0.90, the RDF branch: its frame and the basics of each part."""

from __future__ import annotations

from feedsvc.formats.check import extensions, html
from feedsvc.formats.check.finding import Report
from feedsvc.formats.check.namespaces import RDF, RSS_090, RSS_10
from feedsvc.formats.check.rss_values import address, filled, no_elements
from feedsvc.formats.check.tree import Element, children, namespace, raw_text, text
from feedsvc.formats.check.walk import Field, anything, walk

_ABOUT = f"{{{RDF}}}about"
_RESOURCE = f"{{{RDF}}}resource"


def _link(report: Report, node: Element) -> None:
    address(report, node, no_elements(report, node), "content")


def _body(report: Report, node: Element) -> None:
    html.check_html(report, raw_text(node), node)


_TITLE = Field(filled)
_TOP = {
    "channel": Field(anything),
    "image": Field(anything),
    "item": Field(anything, many=True),
    "textinput": Field(anything),
}
_CHANNEL = {
    "title": _TITLE,
    "link": Field(_link),
    "description": Field(filled),
    "image": Field(anything),
    "items": Field(anything),
    "textinput": Field(anything),
}
_ITEM = {"title": _TITLE, "link": Field(_link), "description": Field(_body)}
_IMAGE = {"title": _TITLE, "url": Field(_link), "link": Field(_link)}


def core_of(root: Element) -> str:
    """The namespace of RSS in the RDF document: that of the first channel or item, or 1.0's."""
    for node in children(root):
        if namespace(node) not in {"", RDF}:
            return namespace(node)
    return RSS_10


def check(report: Report, root: Element) -> None:
    """Check a document whose root is ``rdf:RDF``."""
    core = core_of(root)
    if core not in {RSS_10, *RSS_090}:
        report.add("rdf.namespace", root, namespace=core)
        return
    is_10 = core == RSS_10
    walk(report, root, _TOP, prefix="rdf", core=core, others=anything)
    channel = root.find(f"{{{core}}}channel")
    items = root.findall(f"{{{core}}}item")
    if channel is None:
        report.add("rdf.channel-missing", root)
    else:
        _part(report, channel, _CHANNEL, core, "title link description")
    seen: set[str] = set()
    for item in items:
        seen_in = walk(report, item, _ITEM, prefix="rdf", core=core, others=extensions.in_item)
        for name in ("title", "link"):
            if not seen_in[name]:
                report.add("rdf.part-missing", item, part=name)
        about = item.get(_ABOUT, "")
        if about and about in seen:
            report.add("rdf.about-repeated", item, value=about)
        seen.add(about)
    for image in root.findall(f"{{{core}}}image"):
        _part(report, image, _IMAGE, core, "title url link")
    if is_10:
        _abouts(report, root, items)
        if channel is not None:
            _contents(report, channel, seen)


def _part(
    report: Report, node: Element, fields: dict[str, Field], core: str, required: str
) -> None:
    seen = walk(report, node, fields, prefix="rdf", core=core, others=extensions.in_feed)
    for name in required.split():
        if not seen[name]:
            report.add("rdf.part-missing", node, part=name)


def _abouts(report: Report, root: Element, items: list[Element]) -> None:
    channel = root.find(f"{{{RSS_10}}}channel")
    for node in (*([] if channel is None else [channel]), *items):
        if not node.get(_ABOUT):
            report.add("rdf.about-missing", node)


def _contents(report: Report, channel: Element, abouts: set[str]) -> None:
    """The channel's table of contents names every item, and items that are there (5.3.5)."""
    items = channel.find(f"{{{RSS_10}}}items")
    if items is None:
        report.add("rdf.part-missing", channel, part="items")
        return
    named: set[str] = set()
    for entry in items.iter(f"{{{RDF}}}li"):
        resource = entry.get(_RESOURCE) or entry.get("resource") or text(entry)
        named.add(resource)
        if resource not in abouts:
            report.add("rdf.item-absent", entry, value=resource)
    for about in sorted(abouts - named - {""}):
        report.add("rdf.item-unlisted", items, value=about)
