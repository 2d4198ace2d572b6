"""Polls summed up: by feed, with their clients, over days."""

from __future__ import annotations

from datetime import date

import pytest

from feedsvc.publish.audience import Audience, audiences
from feedsvc.store import PollCount

SUNDAY, SATURDAY = date(2026, 11, 22), date(2026, 11, 21)


def count(
    feed: str = "main",
    client: str = "curl",
    day: date | None = SUNDAY,
    form: str = "rss",
    **counts: int,
) -> PollCount:
    return PollCount(day, feed, form, client, **{"requests": 1, **counts})


def summed(*counts: PollCount, since: date = SUNDAY, **renamed: str) -> list[Audience]:
    return audiences(counts, since, SUNDAY, renamed)


def test_everything_of_a_feed_is_summed_up() -> None:
    (main,) = summed(
        count(requests=6, unconditional=2, not_modified=3, deltas=1, bytes_sent=70, bytes_saved=5),
        count(form="atom", requests=2, refused=2, unconditional=2),
        count(client="Feedly", subscribers=9),
        count(day=SATURDAY),
        count(day=None, client=""),
    )
    assert (main.feed, main.kind, main.requests, main.unchanged) == ("main", "feed", 9, 3 / 9)
    assert (main.unconditional, main.not_modified, main.deltas, main.refused) == (4, 3, 1, 2)
    assert (main.bytes_sent, main.bytes_saved, main.subscribers) == (70, 5, 9)
    assert main.by_form == {"rss": 7, "atom": 2}
    assert [(client.name, client.requests) for client in main.clients] == [
        ("curl", 8),
        ("Feedly", 1),
    ]
    assert main.clients[0].share == 8 / 9


def test_every_day_has_its_number() -> None:
    since = date(2026, 11, 19)
    (main,) = summed(count(), count(day=since, requests=4), count(), since=since)
    assert main.by_day == (4, 0, 0, 2)


def test_the_busiest_feed_comes_first() -> None:
    found = summed(count("b"), count("a"), count("c", requests=2))
    assert [audience.feed for audience in found] == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("key", "feed", "kind"),
    [
        ("main", "main", "feed"),
        ("old", "new", "feed"),
        ("tag:old", "tag:old", "tag"),
        ("author:jane", "author:jane", "author"),
        ("tag:", "tags", "tag"),
        ("author:", "authors", "author"),
        ("search:", "search", "search"),
        ("opml:", "opml", "opml"),
    ],
)
def test_feeds_by_the_names_that_they_have_now(key: str, feed: str, kind: str) -> None:
    (audience,) = summed(count(key), old="new")
    assert (audience.feed, audience.kind) == (feed, kind)


def test_a_declared_feed_called_search_is_not_the_searches() -> None:
    assert len(summed(count("search"), count("search:"))) == 2


@pytest.mark.parametrize(
    ("client", "requests", "unconditional", "ignores"),
    [
        ("curl", 5, 5, True),
        ("curl", 4, 4, False),
        ("curl", 100, 91, True),
        ("curl", 100, 90, False),
        ("none", 50, 50, True),
        ("browser", 50, 50, False),
        ("other", 50, 50, False),
    ],
)
def test_who_ignores_validators(
    client: str, requests: int, unconditional: int, ignores: bool
) -> None:
    (main,) = summed(count(client=client, requests=requests, unconditional=unconditional))
    assert [one.name for one in main.ignoring] == ([client] if ignores else [])


def test_subscribers_are_what_was_said_last() -> None:
    (main,) = summed(
        count(client="Feedly", day=SATURDAY, subscribers=50),
        count(client="Feedly", subscribers=30),
        count(client="Feedly", form="atom", subscribers=5),
        count(client="Feedbin", day=SATURDAY, subscribers=8),
        count(client="Feedbin"),
        since=SATURDAY,
    )
    assert main.subscribers == 30 + 5 + 8


def test_one_subscription_under_two_names_counts_once() -> None:
    (new,) = summed(
        count("old", client="Feedly", subscribers=30),
        count("new", client="Feedly", subscribers=31),
        old="new",
    )
    assert (new.requests, new.subscribers) == (2, 31)
