"""Counts of polls: added by whoever counts, kept by day, and never a change of a feed."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from samples import NOW
from store.desk import Desk

from feedsvc.store import PollCount
from feedsvc.store.polls import DAYS_KEPT, MOST_CLIENTS

DAY = NOW.date()


def count(feed: str = "main", client: str = "curl", day: date = DAY, **counts: int) -> PollCount:
    return PollCount(day, feed, "rss", client, **{"requests": 1, **counts})


def test_counts_add_up_and_the_greatest_number_of_subscribers_stays(desk: Desk) -> None:
    first = count(unconditional=1, bytes_sent=5_000_000_000, subscribers=40)
    desk.store.add_polls([first, count(client="Feedly", deltas=1)], NOW)
    desk.store.add_polls(
        [count(requests=2, not_modified=2, bytes_sent=1, bytes_saved=9, subscribers=7)], NOW
    )
    both = count(
        requests=3,
        unconditional=1,
        not_modified=2,
        bytes_sent=5_000_000_001,
        bytes_saved=9,
        subscribers=40,
    )
    assert desk.store.polls(DAY) == [count(client="Feedly", deltas=1), both]


def test_one_batch_may_name_a_row_twice(desk: Desk) -> None:
    desk.store.add_polls([count(), count(refused=1)], NOW)
    assert desk.store.polls(DAY) == [count(requests=2, refused=1)]


def test_nothing_is_nothing(desk: Desk) -> None:
    desk.store.add_polls([], NOW)
    assert (desk.store.polls(DAY), desk.store.poll_totals()) == ([], [])


def test_days_stand_apart_and_totals_sum_them_up(desk: Desk) -> None:
    days = [DAY - timedelta(days=number) for number in (2, 1, 0)]
    desk.store.add_polls([count(day=day) for day in days], NOW)
    desk.store.add_polls([count("tag:sea"), count("tag:land"), count("search:")], NOW)
    assert [row.day for row in desk.store.polls(days[1]) if row.feed == "main"] == days[1:]
    assert desk.store.poll_totals() == [
        PollCount(None, "main", "rss", "", 3),
        PollCount(None, "search:", "rss", "", 1),
        PollCount(None, "tag:", "rss", "", 2),
    ]


def test_old_days_go_and_stay_in_the_sums(desk: Desk) -> None:
    desk.store.add_polls([count(day=DAY - timedelta(days=DAYS_KEPT))], NOW)
    desk.store.add_polls([count()], NOW)
    assert len(desk.store.polls(date(2000, 1, 1))) == 2
    desk.store.add_polls([count(day=DAY + timedelta(days=1))], NOW + timedelta(days=1))
    assert [row.day for row in desk.store.polls(date(2000, 1, 1))] == [DAY, DAY + timedelta(days=1)]
    assert [row.requests for row in desk.store.poll_totals()] == [3]


def test_clients_of_a_feed_and_day_are_bounded(desk: Desk) -> None:
    desk.store.add_polls([count(client=f"a{number}") for number in range(60)], NOW)
    desk.store.add_polls([count(client=f"b{number}") for number in range(60)], NOW)
    desk.store.add_polls([count(client=name) for name in ("a1", "b59", "other")], NOW)
    desk.store.add_polls([count("news", client="c")], NOW)
    rows = {row.client: row.requests for row in desk.store.polls(DAY) if row.feed == "main"}
    assert len(rows) == MOST_CLIENTS + 1
    assert (rows["a1"], rows["other"]) == (2, 20 + 2)
    assert [row.client for row in desk.store.polls(DAY) if row.feed == "news"] == ["c"]


def test_a_great_batch_goes_in_at_once(desk: Desk) -> None:
    counts = [count(f"tag:{number}") for number in range(3000)]
    desk.store.add_polls(counts, NOW)
    desk.store.add_polls(counts, NOW)
    assert {row.requests for row in desk.store.polls(DAY)} == {2}
    assert [row.requests for row in desk.store.poll_totals()] == [6000]


def test_counting_changes_no_feed(desk: Desk) -> None:
    desk.put(title="A")
    before = (desk.store.revision(), desk.state(), desk.store.next_due())
    desk.store.add_polls([count()], NOW + timedelta(hours=1))
    assert (desk.store.revision(), desk.state(), desk.store.next_due()) == before
    assert desk.store.verify() == []


def test_several_add_at_once(desk: Desk) -> None:
    def add() -> None:
        for _ in range(10):
            desk.store.add_polls([count(), count("news")], NOW)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {row.requests for row in desk.store.polls(DAY)} == {40}


@pytest.mark.parametrize("client", ["", "naïve ☃", "a' OR 1=1 --", "x" * 500])
def test_a_name_is_only_text(desk: Desk, client: str) -> None:
    desk.store.add_polls([count(client=client)], NOW)
    assert [row.client for row in desk.store.polls(DAY)] == [client]
