"""Which representation an ``Accept`` header gets (RFC 9110 12.5.1), decided on values alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?", re.ASCII)

#: What stands at ``/feeds/NAME``, best first. At equal quality a feed type that is named wins over
#: HTML: readers such as Miniflux accept both, browsers name HTML and no feed type.
FEED_OFFERS = (
    ("application/rss+xml", "rss"),
    ("application/atom+xml", "atom"),
    ("application/feed+json", "json"),
    ("text/html", "html"),
    ("application/xhtml+xml", "html"),
    ("application/json", "json"),
    ("application/xml", "rss"),
    ("text/xml", "rss"),
)


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One element of ``Accept``: ``type/subtype``, either of them ``*``, and its quality."""

    type: str
    subtype: str
    quality: float

    def precedence(self, media_type: str) -> int:
        """How closely it names the type: 3 exactly, 2 ``type/*``, 1 ``*/*``, 0 not at all."""
        main, _, sub = media_type.partition("/")
        if (self.type, self.subtype) == (main, sub):
            return 3
        if self.subtype != "*":
            return 0
        return 2 if self.type == main else 1 if self.type == "*" else 0


def weighted(header: str) -> Iterator[tuple[str, float]]:
    """The elements of a header as (name, quality), in lower case (RFC 9110 12.4.2).

    Garbled ones and parameters but ``q`` are ignored.
    """
    for element in header.lower().split(","):
        name, *parameters = (part.strip() for part in element.split(";"))
        weights = [p.partition("=")[2].strip() for p in parameters if p.startswith("q=")] or ["1"]
        if name and _QUALITY.fullmatch(weights[0]):
            yield name, float(weights[0])


def media_ranges(accept: str) -> Iterator[MediaRange]:
    """The elements of an ``Accept`` header. Garbled ones and parameters but ``q`` are ignored."""
    for name, quality in weighted(accept):
        main, slash, sub = name.partition("/")
        if slash and main and sub:
            yield MediaRange(main, sub, quality)


def choose(accept: str | None, offers: Sequence[tuple[str, str]] = FEED_OFFERS) -> str:
    """The name of the offer that ``accept`` prefers; offers are (media type, name), best first.

    The most specific range decides an offer's quality; among equals the more closely named wins,
    then the order of the offers. A header that takes none of them gets the first (rather a feed
    that the client can try than a 406).
    """
    ranges = list(media_ranges(accept or ""))
    best, best_rank = offers[0][1], (0.0, 0)
    for media_type, name in offers:
        closest = max(ranges, key=lambda r: r.precedence(media_type), default=None)
        if closest is None or not closest.precedence(media_type):
            continue
        rank = (closest.quality, closest.precedence(media_type))
        if closest.quality > 0 and rank > best_rank:
            best, best_rank = name, rank
    return best


def names_html(accept: str | None) -> bool:
    """Whether a client asks for HTML by name, as browsers do and programs do not."""
    return any(
        r.quality > 0 and (r.type, r.subtype) in {("text", "html"), ("application", "xhtml+xml")}
        for r in media_ranges(accept or "")
    )
