"""Who reads a feed: the counts of polls, summed up over some days. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from feedsvc.store import PollCount

#: A client that asks so often, and so seldom with a validator, ignores validators.
_ENOUGH = 5
_ALMOST_NONE = 0.1
#: These names stand for many who come once: that each comes without a validator is right.
_CROWDS = frozenset({"browser", "other"})


@dataclass(frozen=True, slots=True)
class Client:
    """One program, or all copies of it. ``share`` is its part of the feed's requests, 0 to 1."""

    name: str
    requests: int
    unconditional: int
    share: float
    bytes_sent: int
    subscribers: int

    @property
    def ignores_validators(self) -> bool:
        """Whether it fetches the whole again and again, though every answer has a validator."""
        conditional = self.requests - self.unconditional
        return (
            self.name not in _CROWDS
            and self.requests >= _ENOUGH
            and conditional < _ALMOST_NONE * self.requests
        )


@dataclass(frozen=True, slots=True)
class Audience:
    """A feed's polls over some days; ``by_day`` has one number for each, the oldest first.

    ``kind`` is feed, tag, author, search or opml; all searches are one, called "search".
    ``subscribers`` sums what clients said last. ``clients`` come by their requests.
    """

    feed: str
    kind: str
    requests: int
    unconditional: int
    not_modified: int
    deltas: int
    refused: int
    bytes_sent: int
    bytes_saved: int
    subscribers: int
    by_day: tuple[int, ...]
    by_form: dict[str, int]
    clients: tuple[Client, ...]

    @property
    def unchanged(self) -> float:
        """The share of 304s, 0 to 1."""
        return self.not_modified / self.requests if self.requests else 0.0

    @property
    def ignoring(self) -> tuple[Client, ...]:
        """The clients that ignore validators."""
        return tuple(client for client in self.clients if client.ignores_validators)


def named(key: str, renamed: Mapping[str, str]) -> tuple[str, str]:
    """The name that a feed's key is shown by, and its kind; ``renamed`` leads former names on.

    >>> named("old", {"old": "new"}), named("tag:sea", {}), named("search:", {})
    (('new', 'feed'), ('tag:sea', 'tag'), ('search', 'search'))
    """
    kind, colon, rest = key.partition(":")
    if not colon:
        return renamed.get(key, key), "feed"
    return (key if rest else {"tag": "tags", "author": "authors"}.get(kind, kind)), kind


def audiences(
    counts: Iterable[PollCount], since: date, until: date, renamed: Mapping[str, str]
) -> list[Audience]:
    """What was asked of each feed from one day to another, both included; the busiest first."""
    feeds: dict[tuple[str, str], list[PollCount]] = {}
    for count in counts:
        if count.day is not None and since <= count.day <= until:
            feeds.setdefault(named(count.feed, renamed), []).append(count)
    days = [since + timedelta(days=number) for number in range((until - since).days + 1)]
    found = [_audience(*name, its, days) for name, its in feeds.items()]
    return sorted(found, key=lambda audience: (-audience.requests, audience.feed))


def _audience(feed: str, kind: str, counts: Sequence[PollCount], days: Sequence[date]) -> Audience:
    by_day, by_form = Counter[date | None](), Counter[str]()
    for count in counts:
        by_day[count.day] += count.requests
        by_form[count.form] += count.requests
    clients = _clients(counts)
    return Audience(
        feed,
        kind,
        requests=by_day.total(),
        unconditional=sum(count.unconditional for count in counts),
        not_modified=sum(count.not_modified for count in counts),
        deltas=sum(count.deltas for count in counts),
        refused=sum(count.refused for count in counts),
        bytes_sent=sum(count.bytes_sent for count in counts),
        bytes_saved=sum(count.bytes_saved for count in counts),
        subscribers=sum(client.subscribers for client in clients),
        by_day=tuple(by_day[day] for day in days),
        by_form=dict(by_form.most_common()),
        clients=clients,
    )


def _clients(counts: Sequence[PollCount]) -> tuple[Client, ...]:
    total = sum(count.requests for count in counts)
    names: dict[str, list[PollCount]] = {}
    for count in counts:
        names.setdefault(count.client, []).append(count)
    clients = []
    for name, its in names.items():
        requests = sum(count.requests for count in its)
        clients.append(
            Client(
                name,
                requests,
                sum(count.unconditional for count in its),
                requests / total if total else 0.0,
                sum(count.bytes_sent for count in its),
                _subscribers(its),
            )
        )
    return tuple(sorted(clients, key=lambda client: (-client.requests, client.name)))


def _subscribers(counts: Iterable[PollCount]) -> int:
    """What one client said on the last day that it said something, all forms together.

    A form may be asked for under a former name too: that is the same subscription, counted once.
    """
    said: dict[date | None, dict[str, int]] = {}
    for count in counts:
        if count.subscribers:
            forms = said.setdefault(count.day, {})
            forms[count.form] = max(forms.get(count.form, 0), count.subscribers)
    last = max((day for day in said if day is not None), default=None)
    return sum(said[last].values()) if last else 0
