"""Four workers are polled by six readers while somebody publishes, edits and withdraws.

Each transaction writes a whole new state: a pair of items comes, an old pair goes, and two items
are edited to say the state's number. So whatever a reader gets must be exactly one state's items,
and which one is known.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from journeys.conftest import Site
from journeys.desk import Desk, aged, at_desk, item, now, whole
from journeys.polling import Answer, ask, each_worker, send
from journeys.reading import Reading, read
from werkzeug.http import parse_date

from feedsvc.store import Change, Put, Withdraw

WORKERS = 4
#: It goes on for so long, and until there were so many states, but not for ever.
SECONDS, STATES, MOST_SECONDS = 4.0, 25, 60.0
#: Pairs that stay before they are withdrawn.
PAIRS = 12
CONFIGURATION = """
[site]
title = "A site"
[server]
workers = 4
[store]
url = "{store}"
[[feeds]]
name = "main"
page_size = 100
[[feeds]]
name = "quiet"
where = {{ any = {{ text = ["nowhere"] }} }}
"""


def changes(state: int) -> list[Change]:
    """What makes this state out of the one before."""
    at = whole(now())
    told = [
        aged(f"{side}-of-all", f"State {state}", 1 if side == "left" else 2, updated=at)
        for side in ("left", "right")
    ]
    pair = [item(f"{side}-{state}", f"Pair {state}") for side in ("left", "right")]
    old = state - PAIRS
    gone = [Withdraw(f"urn:x:{side}-{old}") for side in ("left", "right") if old > 0]
    return [*(Put(one) for one in (told[0], pair[0])), *gone, *map(Put, (pair[1], told[1]))]


def items_of(state: int) -> dict[str, str]:
    """The titles that this state has, by guid."""
    pairs = range(max(1, state - PAIRS + 1), state + 1)
    titles = {f"urn:x:{side}-{n}": f"Pair {n}" for n in pairs for side in ("left", "right")}
    return titles | {f"urn:x:{side}-of-all": f"State {state}" for side in ("left", "right")}


def state_of(titles: dict[str, str]) -> int:
    return int(titles["urn:x:left-of-all"].removeprefix("State "))


@dataclass
class Poller(threading.Thread):
    """A reader that polls as fast as it can, conditionally, and keeps every answer for later."""

    port: int
    path: str
    headers: dict[str, str]
    stop: threading.Event
    answers: list[Answer] = field(default_factory=list)
    fault: BaseException | None = None

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        known: str | None = None
        try:
            while not self.stop.is_set():
                answer = ask(self.port, self.path, {**self.headers, "If-None-Match": known})
                known = answer["ETag"]
                self.answers.append(answer)
        except BaseException as fault:  # noqa: BLE001 - told by the test
            self.fault = fault


READERS = [
    ("/feeds/main.rss", {}),
    ("/feeds/main.atom", {"Accept-Encoding": "gzip"}),
    ("/feeds/main.json", {"Accept-Encoding": "br"}),
    ("/feeds/main.rss", {"Accept-Encoding": "zstd", "A-IM": "feed"}),
    ("/feeds/main.atom", {"A-IM": "feed"}),
    ("/feeds/main.json", {"Accept-Encoding": "gzip", "A-IM": "feed"}),
]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_readers_while_somebody_publishes(
    tmp_path: Path, new_store: Callable[[str], str], kind: str
) -> None:
    site = Site.of(tmp_path, CONFIGURATION.format(store=new_store(kind)))
    with at_desk(tmp_path, declare=True) as desk:
        desk.do(changes(1))
    with site.served() as process, at_desk(tmp_path) as desk:
        stop = threading.Event()
        pollers = [Poller(site.port, path, headers, stop) for path, headers in READERS]
        quiet = ask(site.port, "/feeds/quiet.rss")["ETag"]
        for poller in pollers:
            poller.start()
        try:
            written = publish(desk, process.pid, site.port, quiet)
        finally:
            stop.set()
            for poller in pollers:
                poller.join(30)
        last = ask(site.port, "/feeds/main.json")
    assert [poller.fault for poller in pollers] == [None] * len(pollers)
    assert read(last.body, "json").titles == items_of(len(written))
    for poller in pollers:
        check(poller, written)


def publish(desk: Desk, server: int, port: int, quiet: str) -> dict[int, tuple[float, float]]:
    """Write states for a while; when each was begun and acknowledged.

    After each the very next poll shows it at the next worker, every fifth at all of them.
    """
    written = {1: (0.0, time.monotonic())}
    with each_worker(server, port, WORKERS) as found:
        connections = list(found.values())
        etags = dict.fromkeys(connections, '""')
        start = time.monotonic()
        while (took := time.monotonic() - start) < SECONDS or len(written) < STATES:
            assert took < MOST_SECONDS
            state = len(written) + 1
            begun = time.monotonic()
            desk.do(changes(state))
            written[state] = (begun, time.monotonic())
            asked = connections if state % 5 == 0 else [connections[state % WORKERS]]
            for connection in asked:
                poll = {"If-None-Match": etags[connection]}
                answer = send(connection, "/feeds/main.json", poll)
                assert answer.status == 200, f"state {state} is hidden by a 304"
                assert state_of(read(answer.body, "json").titles) == state
                etags[connection] = answer["ETag"]
                other = send(connection, "/feeds/quiet.rss", {"If-None-Match": quiet})
                assert other.status == 304, "a change elsewhere has moved a validator"
    return written


def check(poller: Poller, written: dict[int, tuple[float, float]]) -> None:
    """What one reader got: whole states, in order, never one that was over when it asked."""
    form, merged = poller.path.rpartition(".")[2], dict[str, str]()
    answers = poller.answers
    statuses = {answer.status for answer in answers}
    assert statuses <= {200, 226, 304}
    assert 200 in statuses
    assert (226 in statuses) == ("A-IM" in poller.headers)
    dates = [one["Last-Modified"] for one in answers if "Last-Modified" in one.headers]
    assert is_rising([parse_date(date) for date in dates])
    assert is_rising([answer.revision for answer in answers])
    state, etag = 0, ""
    for answer in answers:
        if answer.status == 304:
            assert answer["ETag"] == etag
        else:
            document = read(answer.body, form)
            merged = merge(merged, document) if answer.status == 226 else document.titles
            assert answer["ETag"] != etag
            assert state_of(merged) > state
            state, etag = state_of(merged), answer["ETag"]
            assert merged == items_of(state), f"half of state {state}"
            if answer.status == 200:
                gone = {f"urn:x:left-{n}" for n in range(1, state - PAIRS + 1)}
                assert document.gone >= gone
        # Nothing older than what was acknowledged before it was asked, nothing not yet begun.
        over = written.get(state + 1)
        assert over is None or over[1] >= answer.asked, f"state {state} was over"
        assert written[state][0] <= answer.answered
    assert state > STATES // 2, "too little was seen for a test"


def is_rising(values: list[Any]) -> bool:
    return all(before <= after for before, after in pairwise(values))


def merge(known: dict[str, str], delta: Reading) -> dict[str, str]:
    kept = {guid: title for guid, title in known.items() if guid not in delta.gone}
    return kept | delta.titles
