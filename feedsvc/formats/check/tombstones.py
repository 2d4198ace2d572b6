"""Deleted entries (RFC 6721), in Atom feeds and in RSS channels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from feedsvc.formats.check import constructs, content, dates, iris
from feedsvc.formats.check.finding import Report
from feedsvc.formats.check.namespaces import ATOM, TOMBSTONES
from feedsvc.formats.check.tree import Element, attribute, children, local, namespace
from feedsvc.formats.check.vocabulary import FEED, Vocabulary, defined, invalid

_SOURCE = "RFC 6721 3"
_DELETED = f"{{{TOMBSTONES}}}deleted-entry"


def check(report: Report, feed: Element, live: Sequence[tuple[str, str, Element]]) -> None:
    """Check that what is declared deleted is gone.

    ``live`` are the id, the date of change (RFC 3339, perhaps "") and the element of each entry.
    An entry that changed after its deletion is alive again (RFC 6721 3).
    """
    deleted = {ref: node for node in feed.findall(_DELETED) if (ref := attribute(node, "ref"))}
    if not deleted:
        return
    for guid, updated, entry in live:
        tombstone = deleted.get(guid)
        if tombstone is not None and not _revived(updated, tombstone.get("when", "")):
            report.add("tombstone.entry-alive", entry, value=guid)


def _revived(updated: str, when: str) -> bool:
    changed: datetime | None = dates.rfc3339(updated).moment
    died = dates.rfc3339(when.strip()).moment
    return changed is not None and died is not None and changed > died


def _deleted(report: Report, node: Element) -> None:
    ref, when = attribute(node, "ref"), attribute(node, "when")
    if ref and (fault := iris.fault(ref)):
        invalid(report, node, ref, f"an IRI, in ref ({fault})", _SOURCE)
    if when and (fault := dates.rfc3339(when).fault):
        invalid(
            report, node, when, f"a date such as 2026-11-22T12:00:00Z, in when ({fault})", _SOURCE
        )
    for part in children(node):
        uri, name = namespace(part), local(part)
        if uri == TOMBSTONES and name == "by":
            constructs.person(report, part)
        elif uri == TOMBSTONES and name == "comment":
            content.text_construct(report, part)
        elif uri == ATOM and name == "link":
            constructs.link(report, part)
        elif uri == TOMBSTONES:
            report.add("extension.element-undefined", part, hint="", section=_SOURCE)


VOCABULARY = Vocabulary(
    "RFC 6721",
    {
        "deleted-entry": defined(
            FEED, _deleted, many=True, required="ref when", attributes="ref when"
        )
    },
)
