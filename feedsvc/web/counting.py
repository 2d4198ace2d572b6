"""Who polls: counts in memory, brought to the store every few seconds.

A poll costs about a microsecond here and no input or output. What is counted is on which day, which
feed, in which form, by which program: never by whom (agents.py).
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Callable
from datetime import date, datetime

from feedsvc.errors import FeedsvcError
from feedsvc.publish.document import Target
from feedsvc.store import PollCount, Store
from feedsvc.store.polls import OTHER, sum_name
from feedsvc.web.agents import Agent, client_of

#: Seconds between two times that counts are brought to the store. A killed worker loses so many.
EVERY = 10.0
#: Rows that a worker keeps, and that it begins a day; whatever comes on top goes into sums.
_MOST = 20_000
_MOST_SUBSCRIPTIONS = 16  #: of one aggregator to one feed: by http and https, with and without www

log = logging.getLogger(__name__)

_Key = tuple[str, str, Agent]
_Row = tuple[str, str, str]


class Counter:
    """Counts polls. Safe to use from several threads."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._counts: dict[_Key, list[int]] = {}
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._unwritten: dict[tuple[date, _Row], PollCount] = {}
        self._day: date | None = None
        self._seen: set[_Row] = set()
        self._subscriptions: dict[_Row, dict[str, int]] = {}

    def note(
        self,
        target: Target,
        form: str,
        user_agent: str,
        status: int,
        conditional: bool,
        sent: int,
        saved: int,
    ) -> None:
        """Count one answer: the bytes of its body, and what the whole document had taken more."""
        kind = target.kind
        feed = target.key if kind == "live" or kind == "archive" else f"{kind}:"
        key = (feed, form, client_of(user_agent))
        with self._lock:
            counts = self._counts.get(key)
            if counts is None:
                counts = self._begun(key)
            counts[0] += 1
            if not conditional:
                counts[1] += 1
            if status == 304:
                counts[2] += 1
            elif status == 226:
                counts[3] += 1
            elif status == 429:
                counts[4] += 1
            counts[5] += sent
            counts[6] += saved

    def _begun(self, key: _Key) -> list[int]:
        """A new count; that of the sum where there are too many already."""
        if len(self._counts) >= self._most:
            key = (sum_name(key[0]) or key[0], key[1], Agent(OTHER))
        return self._counts.setdefault(key, [0] * 7)

    def flush(self, store: Store, now: datetime) -> None:
        """Add what was counted to the store, on the day of ``now``.

        Raises StoreError; then the counts are kept for the next time.
        """
        with self._flushing:
            with self._lock:
                counts, self._counts = self._counts, {}
            self._take(counts, now.date())
            if self._unwritten:
                store.add_polls(list(self._unwritten.values()), now)
                self._unwritten = {}

    def _take(self, counts: dict[_Key, list[int]], day: date) -> None:
        """Put fresh counts to those that wait to be written, one a row of the store."""
        if day != self._day:
            self._day, self._seen, self._subscriptions = day, set(), {}
        for (feed, form, agent), numbers in counts.items():
            row = self._row(feed, form, agent.name)
            count = PollCount(day, *row, *(*numbers, self._subscribers(row, agent)))
            waiting = self._unwritten.get((day, row))
            self._unwritten[day, row] = waiting + count if waiting else count

    def _row(self, feed: str, form: str, client: str) -> _Row:
        """The row of a client, or one that is shared when the day or the store's absence has
        made too many already."""
        row = (feed, form, client)
        if row not in self._seen:
            if max(len(self._seen), len(self._unwritten)) >= self._most:
                return (sum_name(feed) or feed, form, OTHER)
            self._seen.add(row)
        return row

    def _subscribers(self, row: _Row, agent: Agent) -> int:
        """For how many the client fetches this feed: the sum over its subscriptions to it."""
        if not agent.subscribers or row[2] != agent.name:
            return 0
        each = self._subscriptions.setdefault(row, {})
        if agent.feed_id in each or len(each) < _MOST_SUBSCRIPTIONS:
            each[agent.feed_id] = max(each.get(agent.feed_id, 0), agent.subscribers)
        return sum(each.values())


def keep_flushing(
    counter: Counter, store: Store, now: Callable[[], datetime], every: float = EVERY
) -> Callable[[], None]:
    """Flush from a thread of its own, and at the end of the process; gives what ends it before.

    A store that can't be written is told of once, until it can.
    """
    ended = threading.Event()
    flushing = _Flushing(counter, store, now)

    def run() -> None:
        while not ended.wait(every):
            flushing()

    def end() -> None:
        if not ended.is_set():
            ended.set()
            flushing()

    threading.Thread(target=run, name="polls", daemon=True).start()
    atexit.register(end)
    return end


class _Flushing:
    """Flushes, and says what is wrong when that begins and when it is over."""

    def __init__(self, counter: Counter, store: Store, now: Callable[[], datetime]) -> None:
        self._counter, self._store, self._now = counter, store, now
        self._failing = False

    def __call__(self) -> None:
        try:
            self._counter.flush(self._store, self._now())
        except FeedsvcError as error:
            if not self._failing:
                log.warning("the counts of polls wait to be written: %s", error)
            self._failing = True
        except Exception:
            log.exception("the counts of polls can't be written")
        else:
            if self._failing:
                log.info("the counts of polls are written again")
            self._failing = False
