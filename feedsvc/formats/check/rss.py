"""RSS 2.0 (and 0.91 to 0.94): the specification and the Best Practices Profile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from feedsvc.formats.check import extensions, history, rss_item, tombstones
from feedsvc.formats.check.constructs import relation
from feedsvc.formats.check.finding import Report
from feedsvc.formats.check.namespaces import ATOM, SLASH
from feedsvc.formats.check.rss_channel import (
    CLOUD_ATTRIBUTES,
    cloud,
    domain,
    image,
    rating,
    skip_days,
    skip_hours,
    text_input,
)
from feedsvc.formats.check.rss_values import (
    date,
    filled,
    language,
    link,
    mailbox,
    no_elements,
    plain,
    positive,
    url,
)
from feedsvc.formats.check.tree import Element, children, namespace, text
from feedsvc.formats.check.walk import Field, anything, undefined_attributes, walk

_VERSIONS = frozenset({"0.91", "0.92", "0.93", "0.94", "2.0"})
_LINK = f"{{{ATOM}}}link"


def _generator(report: Report, node: Element) -> None:
    no_elements(report, node)


_CHANNEL = {
    "category": Field(domain, many=True, attributes=frozenset({"domain"})),
    "cloud": Field(cloud, attributes=CLOUD_ATTRIBUTES),
    "copyright": Field(plain),
    "description": Field(plain),
    "docs": Field(url),
    "generator": Field(_generator),
    "image": Field(image),
    "item": Field(anything, many=True),
    "language": Field(language),
    "lastBuildDate": Field(date),
    "link": Field(link),
    "managingEditor": Field(mailbox),
    "pubDate": Field(date),
    "rating": Field(rating),
    "skipDays": Field(skip_days),
    "skipHours": Field(skip_hours),
    "textInput": Field(text_input),
    "title": Field(filled),
    "ttl": Field(positive),
    "webMaster": Field(mailbox),
}


def check(report: Report, root: Element) -> None:
    """Check a document whose root is ``rss``."""
    undefined_attributes(report, root, frozenset({"version"}), "rss.attribute-undefined")
    version = root.get("version")
    if version is None:
        report.add("rss.version-missing", root)
    elif version not in _VERSIONS:
        report.add("rss.version-unknown", root, value=version)
    fields = {"channel": Field(anything)}
    walk(report, root, fields, prefix="rss", core="", others=anything)
    channel = root.find("channel")
    if channel is None:
        report.add("rss.channel-missing", root)
    else:
        _channel(report, channel, version or "2.0")


def _channel(report: Report, channel: Element, version: str) -> None:
    undefined_attributes(report, channel, frozenset(), "rss.attribute-undefined")
    seen = walk(report, channel, _CHANNEL, prefix="rss", core="", others=extensions.in_feed)
    for name in ("title", "link", "description"):
        if not seen[name]:
            report.add(f"rss.channel.{name}-missing", channel)
    links = channel.findall(_LINK)
    items = channel.findall("item")
    rss_item.said_twice(report, channel, rss_item.SAME_IN_CHANNEL)
    history.check(report, channel, links)
    history.check_rhythm(report, channel)
    for item in items:
        rss_item.check(report, item, version=version)
    _guids(report, items)
    tombstones.check(report, channel, [(*_identity(item), item) for item in items])
    extensions.check_show(report, channel, items)
    if version.startswith("2"):
        _profile(report, channel, items, seen)


def _profile(
    report: Report, channel: Element, items: Sequence[Element], seen: Counter[str]
) -> None:
    if not any(relation(node) == "self" for node in channel.findall(_LINK)):
        report.add("feed.self-missing", channel)
    if not seen["lastBuildDate"] and any(i.find(f"{{{SLASH}}}comments") is not None for i in items):
        report.add("rss.channel.build-date-missing", channel)
    started = False
    for node in children(channel):
        if node.tag == "item":
            started = True
        elif started and (not namespace(node) or node.tag == _LINK):
            report.add("rss.channel.element-after-items", node)


def _guids(report: Report, items: Sequence[Element]) -> None:
    seen: set[str] = set()
    for item in items:
        guid, _ = _identity(item)
        if guid and guid in seen:
            report.add("rss.guid.repeated", item, value=guid)
        seen.add(guid)


def _identity(item: Element) -> tuple[str, str]:
    """The guid of an item and the date of its last change, each "" if there is none."""
    guid, updated = item.find("guid"), item.find(f"{{{ATOM}}}updated")
    return (
        "" if guid is None else text(guid),
        "" if updated is None else text(updated),
    )
