"""Paged and archived feeds (RFC 5005), and how often a feed asks to be polled."""

from __future__ import annotations

from collections.abc import Sequence

from feedsvc.formats import _rhythm
from feedsvc.formats.check import iris
from feedsvc.formats.check.constructs import relation
from feedsvc.formats.check.finding import Report
from feedsvc.formats.check.namespaces import HISTORY, SYNDICATION
from feedsvc.formats.check.tree import Element, base_of, text

_UPDATE_PERIOD = f"{{{SYNDICATION}}}updatePeriod"
_UPDATE_FREQUENCY = f"{{{SYNDICATION}}}updateFrequency"
_PAGES = frozenset({"first", "last", "next", "previous", "prev-archive", "next-archive"})


def check(report: Report, feed: Element, links: Sequence[Element]) -> None:
    """Check the paging links of a feed or channel against what it says of itself."""
    is_complete = feed.find(f"{{{HISTORY}}}complete") is not None
    is_archive = feed.find(f"{{{HISTORY}}}archive") is not None
    relations = {relation(node) for node in links}
    own = {_address(report, node) for node in links if relation(node) == "self"}
    if report.url:
        own.add(iris.normal(report.url))
    for node in links:
        _link(report, node, relations, own, is_complete=is_complete)
    if is_archive and is_complete:
        report.add("history.archive-complete", feed)
    elif is_archive and not relations & {"prev-archive", "next-archive", "current"}:
        # The first archive has none before it, and one that never changes none after it.
        report.add("history.archive-unlinked", feed)
    elif is_archive and "current" not in relations:
        report.add("history.archive-current-missing", feed)


def check_entry(report: Report, entry: Element, links: Sequence[Element]) -> None:
    """Paging links belong to the feed, not to its entries."""
    del entry
    for node in links:
        if (rel := relation(node)) in _PAGES | {"current"}:
            report.add("history.link-in-entry", node, rel=rel)


def _link(
    report: Report, node: Element, relations: set[str], own: set[str], *, is_complete: bool
) -> None:
    rel = relation(node)
    is_self = _address(report, node) in own
    if is_complete and rel in _PAGES:
        report.add("history.complete-paged", node, rel=rel)
    elif is_complete and rel == "current" and not is_self:
        report.add("history.complete-current", node)
    if is_self and rel in {"prev-archive", "next-archive"}:
        report.add("history.archive-loop", node, rel=rel)
    beyond = {"first": "previous", "last": "next"}.get(rel)
    if is_self and beyond in relations:
        report.add("history.past-end", node, rel=rel, beyond=beyond)


def _address(report: Report, node: Element) -> str:
    return iris.normal(iris.resolved(node.get("href", ""), base_of(node, report.url)))


def check_rhythm(report: Report, channel: Element) -> None:
    """Check that ``ttl`` and the module Syndication ask for the same."""
    ttl, period = channel.find("ttl"), channel.find(_UPDATE_PERIOD)
    frequency = channel.find(_UPDATE_FREQUENCY)
    if ttl is None or (period is None and frequency is None):
        return
    told = _rhythm.minutes(*("" if node is None else text(node) for node in (period, frequency)))
    if told is not None and text(ttl).isdigit() and int(text(ttl)[:9]) != told:
        report.add("feed.rhythms-differ", ttl, ttl=text(ttl), told=told)
