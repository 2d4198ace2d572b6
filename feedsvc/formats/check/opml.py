"""OPML 2.0: lists of feeds, and outlines in general."""

from __future__ import annotations

import re

from feedsvc.formats.check import dates, iris, words
from feedsvc.formats.check.finding import Report
from feedsvc.formats.check.tree import Element, children, namespace, text
from feedsvc.formats.check.walk import Check, Field, anything, undefined_attributes, walk

_VERSIONS = frozenset({"1.0", "1.1", "2.0"})
_OUTLINE_ATTRIBUTES = frozenset(
    "text type isComment isBreakpoint created category description htmlUrl language title version"
    " xmlUrl url opmlUrl".split()
)
_FEED_VERSIONS = frozenset({"RSS", "RSS1", "RSS2", "scriptingNews", "ATOM", "ATOM1"})
_LINES = re.compile(r"(\d+(,\s*\d+)*)?", re.ASCII)


def check(report: Report, root: Element) -> None:
    """Check a document whose root is ``opml``."""
    version = root.get("version")
    undefined_attributes(report, root, frozenset({"version"}), "opml.attribute-undefined")
    if version is None:
        report.add("opml.version-missing", root)
    elif version not in _VERSIONS:
        report.add("opml.version-unknown", root, value=version)
    seen = walk(
        report,
        root,
        {"head": Field(_head), "body": Field(_body)},
        prefix="opml",
        core="",
        others=anything,
    )
    for part in ("head", "body"):
        if not seen[part]:
            report.add("opml.part-missing", root, part=part)


def _head(report: Report, node: Element) -> None:
    walk(report, node, _HEAD, prefix="opml", core="", others=anything)


def _body(report: Report, node: Element) -> None:
    if node.find("outline") is None:
        report.add("opml.outline-missing", node)
    # Not by recursion: outlines may lie hundreds deep.
    for parent in (node, *node.iter("outline")):
        for child in children(parent):
            if not namespace(child) and child.tag != "outline":
                report.add("opml.element-undefined", child, parent=parent.tag, hint="")
    for outline in node.iter("outline"):
        _outline(report, outline)


def _outline(report: Report, node: Element) -> None:
    undefined_attributes(report, node, _OUTLINE_ATTRIBUTES, "opml.attribute-undefined")
    if node.get("text") is None:
        report.add("opml.text-missing", node)
    kind = (node.get("type") or "").lower()
    if kind == "rss":
        _subscription(report, node)
    elif kind in {"link", "include"} and node.get("url") is None:
        report.add("opml.url-missing", node)
    elif not kind and node.get("xmlUrl") is not None:
        report.add("opml.type-missing", node)
    for name in ("xmlUrl", "htmlUrl", "url"):
        value = node.get(name)
        if value is not None and (fault := iris.fault(value.strip())):
            report.add("opml.url-invalid", node, attribute=name, value=value, fault=fault)
    for name in ("isComment", "isBreakpoint"):
        if node.get(name) not in {None, "true", "false"}:
            report.add("opml.value-invalid", node, value=node.get(name), wanted="true or false")
    _details(report, node)


def _details(report: Report, node: Element) -> None:
    created, language = node.get("created"), node.get("language")
    if created and (fault := dates.rfc822(created.strip()).fault):
        report.add("opml.date-invalid", node, value=created, fault=fault)
    # "unknown" is what the programs of the format's author write.
    if language and language != "unknown" and (fault := words.language_fault(language)):
        report.add("opml.language-invalid", node, value=language, fault=fault)


def _subscription(report: Report, node: Element) -> None:
    if not node.get("xmlUrl"):
        report.add("opml.feed-url-missing", node)
    if node.get("title") is None and not node.get("text"):
        report.add("opml.title-missing", node)
    version = node.get("version")
    if version and version not in _FEED_VERSIONS:
        report.add("opml.value-invalid", node, value=version, wanted="RSS, RSS1 or RSS2")


def _date(report: Report, node: Element) -> None:
    reading = dates.rfc822(text(node))
    if reading.fault:
        report.add("opml.date-invalid", node, value=text(node), fault=reading.fault)


def _matching(pattern: re.Pattern[str], wanted: str) -> Check:
    def test(report: Report, node: Element) -> None:
        if not pattern.fullmatch(text(node)):
            report.add("opml.value-invalid", node, value=text(node), wanted=wanted)

    return test


def _mailbox(report: Report, node: Element) -> None:
    if not words.is_mailbox(text(node)):
        report.add("opml.value-invalid", node, value=text(node), wanted="an e-mail address")


def _address(report: Report, node: Element) -> None:
    if fault := iris.http_fault(text(node)):
        report.add("opml.url-invalid", node, attribute="content", value=text(node), fault=fault)


_NUMBER = Field(_matching(re.compile(r"-?\d+", re.ASCII), "a whole number"))
_HEAD = {
    "title": Field(anything),
    "dateCreated": Field(_date),
    "dateModified": Field(_date),
    "ownerName": Field(anything),
    "ownerEmail": Field(_mailbox),
    "ownerId": Field(_address),
    "docs": Field(_address),
    "expansionState": Field(_matching(_LINES, "line numbers joined by commas")),
    "vertScrollState": _NUMBER,
    "windowTop": _NUMBER,
    "windowLeft": _NUMBER,
    "windowBottom": _NUMBER,
    "windowRight": _NUMBER,
}
