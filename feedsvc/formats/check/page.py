"""A web page where a feed was asked for: which feeds does it advertise?"""

from __future__ import annotations

import re

from feedsvc.formats.check import iris, markup
from feedsvc.formats.check.finding import Report

_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_LEAD = re.compile(r"(?:\s++|<!--.*?-->|<\?.*?\?>)*+", re.DOTALL)
_FEED_TYPES = frozenset({
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/json",
    "application/rdf+xml",
})
_MOST_NAMED = 5


def is_page(text: str) -> bool:
    """Whether the text is an HTML document."""
    lead = _LEAD.match(text)
    return _PAGE.match(text, lead.end() if lead else 0) is not None


def check(report: Report, text: str) -> None:
    """One finding: this is a page, and these are the feeds that it names."""
    feeds = advertised(text, report.url)
    named = ", ".join(feeds[:_MOST_NAMED]) if feeds else "no feed"
    report.add("feed.html-page", "document", line=1, feeds=named)


def advertised(text: str, url: str | None) -> list[str]:
    """The addresses that ``link rel=alternate`` elements give for feeds, absolute if ``url`` is."""
    found: list[str] = []
    for tag in markup.tags(text):
        if tag.name != "link" or tag.is_end:
            continue
        relations = tag.get("rel").lower().split()
        kind = tag.get("type").partition(";")[0].strip().lower()
        href = tag.get("href").strip()
        if href and ({"alternate", "feed"} & set(relations)) and kind in _FEED_TYPES:
            address = iris.resolved(href, url)
            if address not in found:
                found.append(address)
    return found
