"""The counts of polls as plots: what was answered, the share of 304s, bytes, readers. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from feedsvc.publish.audience import Audience, Client, named
from feedsvc.store import PollCount
from feedsvc.web.plots import Plot, Series
from feedsvc.web.presentation import size_words

#: More columns than this are hard to tell apart on a telephone: then each is a week.
_MOST_DAYS = 92
_WEEK = 7
#: Of the programs that ask most, and of those that fetch everything each time.
MOST_CLIENTS = 25
_KINDS = {
    "tags": "topics",
    "authors": "authors",
    "search": "searches",
    "opml": "the list of feeds",
}
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


@dataclass(frozen=True, slots=True)
class Step:
    """A day (UTC), or some days together, both ends included."""

    first: date
    last: date

    @property
    def tick(self) -> str:
        """Its last day in a few letters: ``22 Nov``."""
        return _short(self.last)

    def label(self, year: int) -> str:
        """All of it, seen from a year: ``22 Nov``, ``16–22 Nov``, ``29 Dec–4 Jan 2025``."""
        end = _short(self.last) + (f" {self.last.year}" if self.last.year != year else "")
        if self.first == self.last:
            return end
        same = (self.first.year, self.first.month) == (self.last.year, self.last.month)
        return f"{self.first.day if same else _short(self.first)}–{end}"


@dataclass(frozen=True, slots=True)
class Sums:
    """All feeds that are looked at, together."""

    requests: int
    unconditional: int
    not_modified: int
    deltas: int
    refused: int
    bytes_sent: int
    bytes_saved: int
    subscribers: int

    @property
    def unchanged(self) -> float:
        """The share of 304s, 0 to 1."""
        return self.not_modified / self.requests if self.requests else 0.0

    @property
    def saved(self) -> float:
        """The share of all bytes that nobody had to send, 0 to 1."""
        return self.bytes_saved / (self.bytes_saved + self.bytes_sent or 1)


def sums(found: Iterable[Audience]) -> Sums:
    """The feeds' own sums, added up."""
    every = list(found)
    return Sums(**{
        name: sum(getattr(audience, name) for audience in every) for name in Sums.__slots__
    })


def key_of(audience: Audience) -> str:
    """What tells a feed from all others in an address: ``main``, ``tag:sea``, ``search:``."""
    if audience.kind == "feed" or ":" in audience.feed:
        return audience.feed
    return f"{audience.kind}:"


def label_of(audience: Audience) -> str:
    """What a feed is called on a page: its name, "#sea" for a tag, words for all of a kind."""
    if audience.kind == "feed":
        return audience.feed
    _, colon, rest = audience.feed.partition(":")
    if not colon:
        return _KINDS.get(audience.feed, audience.feed)
    return f"#{rest}" if audience.kind == "tag" else f"by {rest}"


def ignoring(found: Iterable[Audience]) -> list[tuple[Audience, Client]]:
    """Who fetches everything each time, where; what costs most comes first."""
    pairs = [(audience, client) for audience in found for client in audience.ignoring]
    return sorted(pairs, key=lambda pair: -pair[1].bytes_sent)[:MOST_CLIENTS]


def of_feed(
    counts: Iterable[PollCount], audience: Audience, renamed: Mapping[str, str]
) -> list[PollCount]:
    """The counts that one feed's sums are made of."""
    wanted = (audience.feed, audience.kind)
    return [count for count in counts if named(count.feed, renamed) == wanted]


def clients(found: Iterable[Audience]) -> list[Client]:
    """The programs of all feeds that are looked at, those that ask most first."""
    names: dict[str, list[Client]] = {}
    for audience in found:
        for client in audience.clients:
            names.setdefault(client.name, []).append(client)
    total = sum(client.requests for its in names.values() for client in its)
    together = [
        Client(
            name,
            requests,
            sum(client.unconditional for client in its),
            requests / total if total else 0.0,
            sum(client.bytes_sent for client in its),
            sum(client.subscribers for client in its),
        )
        for name, its in names.items()
        for requests in (sum(client.requests for client in its),)
    ]
    return sorted(together, key=lambda client: (-client.requests, client.name))


def steps(since: date, until: date) -> list[Step]:
    """The places of a plot: the days, or weeks that end with the last day if they are many."""
    days = (until - since).days + 1
    each = 1 if days <= _MOST_DAYS else _WEEK
    lasts = [until - timedelta(days=gone) for gone in range(0, days, each)][::-1]
    return [Step(max(since, last - timedelta(days=each - 1)), last) for last in lasts]


def plots(
    counts: Sequence[PollCount], since: date, until: date, renamed: Mapping[str, str]
) -> list[Plot]:
    """What there is to see of these counts: answers, the share of 304s, bytes, readers."""
    places = steps(since, until)
    by_step = [list(its) for its in _by_step(counts, places)]
    of = _summed(by_step)
    requests, not_modified, deltas, refused = map(
        of, ("requests", "not_modified", "deltas", "refused")
    )
    others = tuple(
        asked - unchanged - delta - no
        for asked, unchanged, delta, no in zip(requests, not_modified, deltas, refused, strict=True)
    )
    labels = tuple(place.label(until.year) for place in places)
    ticks = tuple(place.tick for place in places)
    days = "a day" if len(places) == (until - since).days + 1 else "a week"
    drawn = [
        _answers(labels, days, not_modified, deltas, others, refused),
        _unchanged(labels, requests, not_modified),
        Plot(
            "bytes",
            "Bytes sent and saved",
            f"Columns, one for {days}: what was sent, and what 304s and deltas saved.",
            labels,
            (
                Series("Sent", "whole", of("bytes_sent")),
                Series("Saved", "unchanged", of("bytes_saved")),
            ),
            lambda value: size_words(int(value)),
        ),
        Plot(
            "readers",
            "Readers through aggregators",
            f"A line, a point for {days}: the readers that aggregators say they fetch for.",
            labels,
            (Series("Readers", "line", _readers(counts, places, renamed)),),
        ),
    ]
    return [replace(plot, ticks=ticks) for plot in drawn]


def _answers(
    labels: tuple[str, ...],
    days: str,
    not_modified: tuple[int, ...],
    deltas: tuple[int, ...],
    others: tuple[int, ...],
    refused: tuple[int, ...],
) -> Plot:
    return Plot(
        "answers",
        "What polls were answered",
        f"Columns, one for {days}: polls by the status of their answer.",
        labels,
        (
            Series("304 nothing new", "unchanged", not_modified),
            Series("226 what is new", "delta", deltas),
            Series("200 the whole feed", "whole", others),
            Series("429 too often", "refused", refused),
        ),
    )


def _unchanged(
    labels: tuple[str, ...], requests: tuple[int, ...], not_modified: tuple[int, ...]
) -> Plot:
    shares = tuple(
        unchanged / asked if asked else None
        for asked, unchanged in zip(requests, not_modified, strict=True)
    )
    return Plot(
        "unchanged",
        "Share told that nothing is new",
        "A line: which part of the polls was answered 304, which costs next to nothing.",
        labels,
        (Series("304", "line", shares),),
        "{:.0%}".format,
        top=1,
    )


def _by_step(counts: Iterable[PollCount], places: Sequence[Step]) -> Iterator[list[PollCount]]:
    days: dict[date | None, list[PollCount]] = {}
    for count in counts:
        days.setdefault(count.day, []).append(count)
    for place in places:
        length = (place.last - place.first).days + 1
        its = (place.first + timedelta(days=number) for number in range(length))
        yield [count for day in its for count in days.get(day, ())]


def _summed(by_step: Sequence[Sequence[PollCount]]) -> Callable[[str], tuple[int, ...]]:
    def of(name: str) -> tuple[int, ...]:
        return tuple(sum(getattr(count, name) for count in its) for its in by_step)

    return of


def _readers(
    counts: Iterable[PollCount], places: Sequence[Step], renamed: Mapping[str, str]
) -> tuple[int, ...]:
    """What programs had said last, by the end of each step; they say it with some requests only.

    Summed up as in :mod:`feedsvc.publish.audience`, so that the last point is the sum told there.
    """
    said: dict[tuple[tuple[str, str], str], dict[date, dict[str, int]]] = {}
    for count in counts:
        if count.subscribers and count.day:
            key = (named(count.feed, renamed), count.client)
            forms = said.setdefault(key, {}).setdefault(count.day, {})
            forms[count.form] = max(forms.get(count.form, 0), count.subscribers)
    return tuple(sum(_last(days, place.last) for days in said.values()) for place in places)


def _last(said: Mapping[date, Mapping[str, int]], until: date) -> int:
    last = max((day for day in said if day <= until), default=None)
    return sum(said[last].values()) if last else 0


def _short(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]}"
