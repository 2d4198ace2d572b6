"""Values of RSS 2.0 elements, as its specification and the Best Practices Profile have them."""

from __future__ import annotations

import re
from datetime import datetime

from feedsvc.formats.check import dates, iris, words
from feedsvc.formats.check.finding import Report
from feedsvc.formats.check.tree import Element, children, line_of, local, raw_text, text

_AMBIGUOUS = re.compile(r"<[/A-Za-z]|&#[xX0-9]")
_HEXADECIMAL = ("&#x26;", "&#x3c;")


def plain(report: Report, node: Element) -> None:
    """Plain text: no markup, and < and & spelled so that no reader takes them for markup."""
    value = no_elements(report, node)
    if found := _declared_markup(report, node, value):
        report.add("rss.text-html", node, found=found)
    elif _AMBIGUOUS.search(value) and not _is_spelled_in_hex(report, node):
        report.add("rss.text-hex", node)


def _declared_markup(report: Report, node: Element, value: str) -> str:
    found = words.markup_in(value)
    # A reference that is spelled &#x26;amp; is meant as the text "&amp;".
    if found.startswith("&") and _is_spelled_in_hex(report, node):
        return ""
    return found


def _is_spelled_in_hex(report: Report, node: Element) -> bool:
    version = node.getroottree().getroot().get("version", "2.0")
    if version.startswith("0."):  # older than the profile
        return True
    first = line_of(node) or 1
    lines = report.source_lines(first, 1 + raw_text(node).count("\n"))
    return any(spelling in line.lower() for line in lines for spelling in _HEXADECIMAL)


def filled(report: Report, node: Element) -> None:
    """Plain text that is not empty."""
    if text(node):
        plain(report, node)
    else:
        no_elements(report, node)
        report.add("rss.element-empty", node)


def no_elements(report: Report, node: Element) -> str:
    """The text of the element; a finding if there are elements in it."""
    if (inner := next(children(node), None)) is not None:
        report.add("rss.text-has-elements", node, inner=local(inner))
    return text(node)


def url(report: Report, node: Element) -> None:
    """A full address, in the characters of a URI (not an IRI)."""
    address(report, node, no_elements(report, node), "content")


def link(report: Report, node: Element) -> None:
    """The address of a page: full, and best http or https."""
    value = no_elements(report, node)
    if address(report, node, value, "content") and iris.scheme(value) not in {"http", "https"}:
        report.add("rss.link-not-http", node, value=value)


def address(report: Report, node: Element, value: str, what: str) -> bool:
    """Whether an element's content or attribute is a URI; a finding if not."""
    if fault := iris.fault(value, ascii_only=True):
        report.add("rss.url-invalid", node, what=what, value=value, fault=fault)
        return False
    if not iris.is_known_scheme(value):
        report.add("feed.scheme-unknown", node, value=value, scheme=iris.scheme(value))
    return True


def date(report: Report, node: Element) -> None:
    """A date and time of RFC 822."""
    moment(report, node)


def moment(report: Report, node: Element) -> datetime | None:
    """The moment that the element says, None and a finding if it says none."""
    value = no_elements(report, node)
    reading = dates.rfc822(value)
    if reading.fault:
        report.add("rss.date-invalid", node, value=value, fault=reading.fault)
    elif reading.odd:
        report.add("rss.date-odd", node, value=value, fault=reading.odd)
    if reading.is_implausible:
        report.add("feed.date-implausible", node, value=value)
    return reading.moment


def mailbox(report: Report, node: Element) -> None:
    """An e-mail address with a name: ``mail@example.org (Jane Doe)``."""
    value = no_elements(report, node).removeprefix("mailto:")
    bare, space, name = value.partition(" ")
    if not words.is_mailbox(bare):
        if words.holds_mailbox(value):
            report.add("rss.email-form", node, value=value)
        else:
            report.add("rss.email-invalid", node, value=value)
    elif not (space and name.strip().startswith("(") and name.endswith(")")):
        report.add("rss.email-form", node, value=value)


def positive(report: Report, node: Element) -> None:
    """A whole number from 1 up."""
    value = no_elements(report, node)
    if not (value.isascii() and value.isdigit() and value.strip("0")):
        report.add("rss.number-invalid", node, value=value, wanted="a whole number from 1 up")


def language(report: Report, node: Element) -> None:
    """A language tag."""
    value = no_elements(report, node)
    if fault := words.language_fault(value):
        report.add("rss.language-invalid", node, value=value, fault=fault)
