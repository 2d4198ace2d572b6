"""Vocabularies of extension elements: where each may stand, how often, what it may say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from feedsvc.formats.check import dates, iris, words
from feedsvc.formats.check.finding import Report
from feedsvc.formats.check.tree import Element, text
from feedsvc.formats.check.walk import Check, Level, anything

FEED: tuple[Level, ...] = ("feed",)
ITEM: tuple[Level, ...] = ("item",)
BOTH: tuple[Level, ...] = ("feed", "item")


@dataclass(frozen=True, slots=True)
class Defined:
    """An element of a vocabulary. ``attributes`` None: they are not looked at."""

    levels: tuple[Level, ...] = BOTH
    check: Check = anything
    many: bool = False
    required: frozenset[str] = frozenset()
    attributes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A namespace's elements; ``closed`` if there are no others. ``source`` specifies them."""

    source: str
    elements: Mapping[str, Defined]
    closed: bool = True


def defined(
    levels: tuple[Level, ...] = BOTH,
    check: Check = anything,
    *,
    many: bool = False,
    required: str = "",
    attributes: str | None = None,
) -> Defined:
    """A :class:`Defined` with its attributes in one string each; others than them if None."""
    known = None if attributes is None else frozenset(f"{attributes} {required}".split())
    return Defined(levels, check, many, frozenset(required.split()), known)


def invalid(report: Report, node: Element, value: str, wanted: str, source: str) -> None:
    """Note that an element of a vocabulary says something else than it may."""
    report.add("extension.value-invalid", node, value=value, wanted=wanted, section=source)


def matching(test: Callable[[str], bool], wanted: str, source: str) -> Check:
    """A check that the text of an element passes a test."""

    def check(report: Report, node: Element) -> None:
        value = text(node)
        if not test(value):
            invalid(report, node, value, wanted, source)

    return check


def one_of(*allowed: str, source: str, fold: bool = True) -> Check:
    """A check that the text is one of these words; case does not count if ``fold``."""
    known = frozenset(allowed)
    return matching(
        lambda value: (value.lower() if fold else value) in known, " or ".join(allowed), source
    )


def plain(source: str, most: int | None = None) -> Check:
    """A check that the text is plain and, with ``most``, not longer than that."""

    def check(report: Report, node: Element) -> None:
        value = text(node)
        if found := words.markup_in(value):
            report.add("extension.text-html", node, found=found, section=source)
        if most and len(value) > most:
            invalid(report, node, f"{len(value)} characters long", f"at most {most}", source)

    return check


def address(source: str) -> Check:
    """A check that the text is a full address."""

    def check(report: Report, node: Element) -> None:
        value = text(node)
        if fault := iris.fault(value):
            invalid(report, node, value, f"a full address ({fault})", source)

    return check


def attribute_address(report: Report, node: Element, name: str, source: str) -> None:
    """Check that an attribute, if it is there, is a full http or https address."""
    value = node.get(name)
    if value is not None and (fault := iris.http_fault(value.strip())):
        invalid(report, node, value, f"a full address in {name} ({fault})", source)


def attribute_matches(
    report: Report, node: Element, name: str, test: Callable[[str], bool], wanted: str, source: str
) -> None:
    """Check that an attribute, if it is there, passes a test."""
    value = node.get(name)
    if value is not None and not test(value.strip()):
        invalid(report, node, value, f"{wanted}, in {name}", source)


def w3cdtf(source: str) -> Check:
    """A check that the text is a date of W3C-DTF."""

    def check(report: Report, node: Element) -> None:
        value = text(node)
        reading = dates.w3cdtf(value)
        if reading.fault:
            invalid(report, node, value, f"a date such as 2026-11-22 ({reading.fault})", source)
        elif reading.is_implausible:
            report.add("feed.date-implausible", node, value=value)

    return check


def language(source: str) -> Check:
    """A check that the text is a language tag."""
    return matching(
        lambda value: not words.language_fault(value), "a language tag such as en-GB", source
    )


_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)


def is_count(value: str) -> bool:
    """Whether the value is a whole number from 0 up."""
    return value.isascii() and value.isdigit()


def is_positive(value: str) -> bool:
    """Whether the value is a whole number from 1 up."""
    return is_count(value) and value.strip("0") != ""


def is_number(value: str) -> bool:
    """Whether the value is a decimal number."""
    return _NUMBER.fullmatch(value) is not None
