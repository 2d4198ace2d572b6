"""The parts of an RSS 2.0 channel that have children or attributes of their own."""

from __future__ import annotations

from collections.abc import Mapping

from feedsvc.formats.check import iris
from feedsvc.formats.check.finding import Report
from feedsvc.formats.check.rss_values import filled, link, plain, url
from feedsvc.formats.check.tree import Element, attribute, text
from feedsvc.formats.check.walk import Check, Field, anything, walk

_DAYS = frozenset("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())
_PROTOCOLS = frozenset({"xml-rpc", "soap", "http-post", "https-post"})


def _parts(report: Report, node: Element, fields: Mapping[str, Field], required: str) -> None:
    seen = walk(report, node, fields, prefix="rss", core="", others=anything)
    for name in required.split():
        if not seen[name]:
            report.add("rss.part-missing", node, part=name)


def image(report: Report, node: Element) -> None:
    """The channel's picture; its title and link are the channel's own."""
    _parts(report, node, _IMAGE, "url title link")
    channel = node.getparent()
    if channel is None:
        return
    for name, rule_id in (("title", "rss.image.title-differs"), ("link", "rss.image.link-differs")):
        own, theirs = node.find(name), channel.find(name)
        if own is not None and theirs is not None and text(own) != text(theirs):
            report.add(rule_id, own, value=text(own), wanted=text(theirs))


def _image_url(report: Report, node: Element) -> None:
    url(report, node)
    path = text(node).partition("?")[0]
    ending = path.rpartition("/")[2].rpartition(".")
    if ending[1] and ending[2].lower() not in {"jpg", "jpeg", "gif", "png"}:
        report.add("rss.image.format", node, value=ending[2])


def _size(most: int) -> Check:
    def check(report: Report, node: Element) -> None:
        value = text(node)
        if not (value.isascii() and value.isdigit() and 0 < int(value[:9]) <= most):
            report.add(
                "rss.number-invalid", node, value=value, wanted=f"a whole number from 1 to {most}"
            )

    return check


_IMAGE = {
    "url": Field(_image_url),
    "title": Field(filled),
    "link": Field(link),
    "width": Field(_size(144)),
    "height": Field(_size(400)),
    "description": Field(plain),
}


def text_input(report: Report, node: Element) -> None:
    """A text field: nothing shows it any more."""
    report.add("rss.text-input", node)
    _parts(report, node, _TEXT_INPUT, "title description name link")


_TEXT_INPUT = {
    "title": Field(filled),
    "description": Field(plain),
    "name": Field(filled),
    "link": Field(url),
}

CLOUD_ATTRIBUTES = frozenset({"domain", "port", "path", "registerProcedure", "protocol"})


def cloud(report: Report, node: Element) -> None:
    """Where to register for notifications (RSS 2.0, cloud)."""
    for name in sorted(CLOUD_ATTRIBUTES):
        if node.get(name) is None:
            report.add("rss.attribute-missing", node, attribute=name)
    port, protocol = attribute(node, "port"), attribute(node, "protocol")
    if port is not None and not (port.isascii() and port.isdigit() and 0 < int(port[:9]) < 65536):
        report.add("rss.number-invalid", node, value=port, wanted="a port, in port")
    if protocol is not None and protocol.lower() not in _PROTOCOLS:
        report.add("rss.cloud.protocol", node, value=protocol)


def skip_hours(report: Report, node: Element) -> None:
    """Hours of the day, in GMT, in which nobody need poll."""
    _parts(report, node, {"hour": Field(_hour, many=True)}, "hour")
    _no_repetition(report, node)


def _hour(report: Report, node: Element) -> None:
    value = text(node)
    if value == "24":
        report.add("rss.skip-hours.midnight", node)
    elif not (value.isascii() and value.isdigit() and int(value[:3]) < 24):
        report.add("rss.number-invalid", node, value=value, wanted="an hour from 0 to 23")


def skip_days(report: Report, node: Element) -> None:
    """Days of the week on which nobody need poll."""
    _parts(report, node, {"day": Field(_day, many=True)}, "day")
    _no_repetition(report, node)


def _day(report: Report, node: Element) -> None:
    if text(node) not in _DAYS:
        report.add("rss.skip-days.day", node, value=text(node))


def _no_repetition(report: Report, node: Element) -> None:
    seen: set[str] = set()
    for part in node.iterchildren("hour", "day"):
        value = text(part).lstrip("0")
        value = "" if value == "24" else value  # midnight, as 0 is
        if value in seen:
            report.add("rss.skip-repeated", part, value=text(part))
        seen.add(value)


def rating(report: Report, node: Element) -> None:
    """A PICS rating; nothing reads them, any text will do."""
    if not text(node):
        report.add("rss.element-empty", node)


def domain(report: Report, node: Element) -> None:
    """A category; its domain names the vocabulary."""
    filled(report, node)
    value = attribute(node, "domain")
    if value == "" or (value and iris.scheme(value) and iris.fault(value)):
        report.add(
            "rss.url-invalid", node, what="domain", value=value, fault=iris.fault(value or "")
        )
