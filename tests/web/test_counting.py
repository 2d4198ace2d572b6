"""Counting polls: by feed, form and program, into the store, bounded and without loss."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from web.harbour import NOW, SITE, Clock, opened

from feedsvc.errors import StoreError, StoreUnavailable
from feedsvc.publish.document import Target
from feedsvc.service import Service
from feedsvc.store import PollCount
from feedsvc.web.counting import Counter, keep_flushing

DAY = NOW.date()
MAIN = Target("live", "main", "rss")


def noted(
    counter: Counter,
    target: Target = MAIN,
    agent: str = "curl/8",
    status: int = 200,
    *,
    conditional: bool = False,
    sent: int = 100,
    saved: int = 0,
) -> None:
    counter.note(target, target.form, agent, status, conditional, sent, saved)


def rows(service: Service) -> list[PollCount]:
    return service.store.polls(DAY)


def test_each_answer_is_counted_for_what_it_is(fresh: Service) -> None:
    counter = Counter()
    noted(counter)
    noted(counter, status=304, conditional=True, sent=0, saved=900)
    noted(counter, status=226, conditional=True, sent=50, saved=850)
    noted(counter, status=429, sent=0)
    noted(counter, agent="Feedbin feed-id:1 - 42 subscribers")
    noted(counter, Target("live", "main", "atom"))
    for status in (308, 410):  # requests, and nothing else
        noted(counter, Target("live", "main", "json"), status=status, conditional=True, sent=0)
    counter.flush(fresh.store, NOW)
    assert rows(fresh) == [
        PollCount(DAY, "main", "atom", "curl", 1, 1, 0, 0, 0, 100, 0, 0),
        PollCount(DAY, "main", "json", "curl", 2, 0, 0, 0, 0, 0, 0, 0),
        PollCount(DAY, "main", "rss", "Feedbin", 1, 1, 0, 0, 0, 100, 0, 42),
        PollCount(DAY, "main", "rss", "curl", 4, 2, 1, 1, 1, 150, 1750, 0),
    ]


@pytest.mark.parametrize(
    ("target", "feed"),
    [
        (Target("archive", "main", "rss", 3), "main"),
        (Target("live", "tag:sea", "rss"), "tag:sea"),
        (Target("search", "what somebody looks for", "rss"), "search:"),
        (Target("opml", ""), "opml:"),
    ],
)
def test_which_feed_it_counts_for(fresh: Service, target: Target, feed: str) -> None:
    counter = Counter()
    noted(counter, target)
    counter.flush(fresh.store, NOW)
    assert [row.feed for row in rows(fresh)] == [feed]


def test_two_workers_add_up_and_a_second_flush_adds_only_what_is_new(fresh: Service) -> None:
    for counter in (Counter(), Counter()):
        noted(counter, agent="Feedly/1.0 (7 subscribers)")
        counter.flush(fresh.store, NOW)
        noted(counter, agent="Feedly/1.0 (9 subscribers)")
        counter.flush(fresh.store, NOW)
        counter.flush(fresh.store, NOW)
    (row,) = rows(fresh)
    assert (row.requests, row.subscribers) == (4, 9)


def test_subscriptions_of_one_aggregator_are_summed_and_days_begin_anew(fresh: Service) -> None:
    counter = Counter()
    for number, subscribers in ((1, 40), (2, 2), (1, 41)):
        noted(counter, agent=f"Feedbin feed-id:{number} - {subscribers} subscribers")
        counter.flush(fresh.store, NOW)
    for number in range(100):
        noted(counter, agent=f"Feedly/1 (1 subscribers; feed-id={number})")
    noted(counter, agent="curl")
    counter.flush(fresh.store, NOW)
    assert {row.client: row.subscribers for row in rows(fresh)} == {
        "Feedbin": 43,
        "Feedly": 16,
        "curl": 0,
    }
    noted(counter, agent="Feedbin feed-id:2 - 2 subscribers")
    counter.flush(fresh.store, NOW + timedelta(days=1))
    assert [row.subscribers for row in fresh.store.polls(DAY + timedelta(days=1))] == [2]


def test_counts_wait_while_the_store_is_away(fresh: Service) -> None:
    counter, away = Counter(), _Away()
    for _ in range(3):
        noted(counter)
        with pytest.raises(StoreError):
            counter.flush(away, NOW)  # type: ignore[arg-type]
    counter.flush(fresh.store, NOW + timedelta(days=1))
    assert [(row.day, row.requests) for row in rows(fresh)] == [(DAY, 3)]


class _Away:
    def add_polls(self, *_: object) -> None:
        raise StoreUnavailable("gone")


def test_made_up_names_and_feeds_take_no_room(fresh: Service) -> None:
    counter = Counter(most=50)
    noted(counter, agent="Feedly/1")
    for name in range(300):
        letters = "".join(chr(97 + int(digit)) for digit in str(name))
        noted(counter, agent=f"bot-{letters}/1")
        noted(counter, Target("live", f"tag:{letters}", "rss"))
    assert len(counter._counts) <= 52
    for _ in range(3):
        with pytest.raises(StoreError):
            counter.flush(_Away(), NOW)  # type: ignore[arg-type]
        for name in range(300):
            noted(counter, Target("live", f"author:{name}", "rss"))
    counter.flush(fresh.store, NOW)
    found = rows(fresh)
    assert len(found) <= 55
    assert sum(row.requests for row in found) == 1 + 600 + 900
    shared = {(row.feed, row.client) for row in found if row.client == "other"}
    assert shared == {("main", "other"), ("tag:", "other"), ("author:", "other")}
    assert ("main", "Feedly") in {(row.feed, row.client) for row in found}


def test_threads_lose_nothing(fresh: Service) -> None:
    counter, done = Counter(), threading.Event()

    def flush() -> None:
        while not done.is_set():
            counter.flush(fresh.store, NOW)

    flushing = threading.Thread(target=flush)
    threads = [
        threading.Thread(target=lambda: [noted(counter) for _ in range(2000)]) for _ in range(4)
    ]
    for thread in (flushing, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    flushing.join()
    counter.flush(fresh.store, NOW)
    assert [row.requests for row in rows(fresh)] == [8000]


def test_a_note_costs_next_to_nothing() -> None:
    counter = Counter()
    best = min(_seconds(counter) for _ in range(5)) / 10_000
    assert best < 20e-6  # about a microsecond; a busy machine may take some


def _seconds(counter: Counter) -> float:
    began = time.perf_counter()
    for _ in range(10_000):
        counter.note(MAIN, "rss", "curl/8", 304, True, 0, 900)
    return time.perf_counter() - began


def test_what_was_counted_last_is_written_at_the_end(tmp_path: Path) -> None:
    service = opened(tmp_path, SITE, Clock())
    counter = Counter()
    end = keep_flushing(counter, service.store, service.now, every=3600)
    noted(counter)
    end()
    assert [row.requests for row in rows(service)] == [1]
    noted(counter)
    end()  # only once: the store may be closed by then
    assert [row.requests for row in rows(service)] == [1]
    service.close()


def test_a_store_that_is_away_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    counter, times = Counter(), threading.Semaphore(0)

    class Counted(_Away):
        def add_polls(self, *_: object) -> None:
            times.release()
            super().add_polls()

    noted(counter)
    end = keep_flushing(counter, Counted(), Clock(), every=0.001)  # type: ignore[arg-type]
    for _ in range(3):
        assert times.acquire(timeout=20)
    end()
    assert [record.message for record in caplog.records] == [
        "the counts of polls wait to be written: gone"
    ]
