"""Sources polled: claimed, fetched, parsed in a process of its own, decided on, stored.

Many sources are under way at once, one at a time of a host. A source that hangs costs one of the
fetches, one that hurts its parser is ended with it, and what one poll found is written in a single
transaction with the validators that it came with: whatever is killed meanwhile, the next poll finds
all of it or nothing.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from feedsvc.errors import FetchFailed, NotAFeed, ParserKilled
from feedsvc.intake.asking import Answer, Asked, Limits, masked
from feedsvc.intake.door import Door
from feedsvc.intake.importing import kept, outcomes, schedule
from feedsvc.intake.importing.known import Tally
from feedsvc.intake.importing.orders import Became, Polled
from feedsvc.intake.importing.outcomes import News
from feedsvc.intake.importing.settling import Decide, Found, Settled, settle
from feedsvc.intake.importing.taking import Taking
from feedsvc.intake.importing.writing import Writing
from feedsvc.intake.one_core import OneCore
from feedsvc.intake.parsing import Parsers, scope_of
from feedsvc.intake.parsing_values import ReadFeed
from feedsvc.store import Imported, SourceRow, SourceState, Store

log = logging.getLogger(__name__)
T = TypeVar("T")

#: A claim that is not given back, since its process is gone, ends after this.
LEASE = timedelta(minutes=5)
#: Sources that one process has claimed at once, and how many of these places have to be free to be
#: filled at once; fewer wait so many seconds, as do all when there was no other source to claim.
_CLAIMED, _FREE, _SOON = 64, 32, 0.3
#: Seconds until sources are looked for again that wait for their hosts, and for how long in all:
#: one that somebody else is polling may take as long as its lease.
_PAUSE, _LONGEST_PAUSE = 0.2, 40.0
#: Bytes of a body that keeps its place among the fetches until it is read, and is read, decided on
#: and stored while no other such one is: what is made of one takes four times its size.
_LARGE = 256 * 1024
#: Seconds until feeds are told again that sources have other names.
_TELL_EVERY = 5.0


class Importer:
    """Polls the sources of a store. One run at a time; safe to ask from several threads.

    ``fetches`` are under way at once. ``clock`` tells the time. ``renamed`` is called when a source
    has got another title or page, which its feeds show.
    """

    def __init__(
        self,
        taking: Taking,
        store: Store,
        site_url: str,
        clock: Callable[[], datetime],
        *,
        limits: Limits,
        fetches: int = 8,
        renamed: Callable[[], object] = lambda: None,
    ) -> None:
        self.taking, self.store, self.site_url, self.clock = taking, store, site_url, clock
        self.limits, self.fetches, self.renamed = limits, fetches, renamed
        self.core = OneCore()
        self.parsers = Parsers(core=self.core)
        self.ending = threading.Event()
        self._running = threading.Lock()

    def poll_due(
        self,
        *,
        ids: Sequence[int] | None = None,
        told: Callable[[Polled], object] = lambda _polled: None,
    ) -> int:
        """Poll all sources that are due, or those of ``ids`` whether they are due or not.

        Returns how many were polled, when none is left. ``told`` hears of each as it is done.
        """
        if not self._running.acquire(blocking=ids is not None):
            return 0
        try:
            return asyncio.run(_Run(self, ids, told).all())
        finally:
            self._running.release()

    def stop(self) -> None:
        """End what is under way: what is not stored yet is polled again when its lease is over."""
        self.ending.set()

    def close(self) -> None:
        """Let the parsers go. Nothing can be polled afterwards."""
        self.stop()
        with self._running:
            self.parsers.close()


class _Run:
    """One run: until nothing is due any more, or somebody ends it."""

    def __init__(
        self, importer: Importer, ids: Sequence[int] | None, told: Callable[[Polled], object]
    ) -> None:
        self._importer, self._store = importer, importer.store
        self._clock = importer.clock
        self._ids, self._told = ids, told
        self._fetching = asyncio.Semaphore(importer.fetches)
        self._large = asyncio.Semaphore(1)
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="import")
        self._writing = Writing[Decide, Settled](self._settled)
        self._under_way: set[asyncio.Task[None]] = set()
        self._faults: list[BaseException] = []
        self._look, self._looked, self._none_left = asyncio.Event(), 0.0, False
        self._alone = asyncio.Lock()
        self._count = 0
        self._renamed, self._tell_at = False, 0.0

    async def all(self) -> int:
        """Poll what is due; returns how many."""
        paused = 0.0
        async with Door(self._importer.limits, site=self._importer.site_url) as door:
            try:
                while not self._importer.ending.is_set() and not self._faults:
                    self._look.clear()
                    if self._is_time_to_look():
                        await self._begin(door)
                    if not self._under_way:
                        if not await self._is_more() or paused > _LONGEST_PAUSE:
                            break
                        paused += _PAUSE
                        await asyncio.sleep(_PAUSE)
                        continue
                    paused = 0.0
                    with suppress(TimeoutError):
                        async with asyncio.timeout(_PAUSE):
                            await self._look.wait()
                    await self._tell_feeds()
                for fault in self._faults:
                    raise fault
            finally:
                for task in self._under_way:
                    task.cancel()
                await asyncio.gather(*self._under_way, return_exceptions=True)
                self._threads.shutdown()
                if self._renamed:
                    self._importer.renamed()
        return self._count

    def _is_time_to_look(self) -> bool:
        since = asyncio.get_running_loop().time() - self._looked
        return _is_worth_a_look(len(self._under_way), none_left=self._none_left, since=since)

    async def _begin(self, door: Door) -> None:
        """Begin to poll what is due, as far as there are places."""
        free = _CLAIMED - len(self._under_way)
        rows = await self._claimed(free)
        self._writing.coming += len(rows)
        for row in rows:
            task = asyncio.create_task(self._poll(door, row))
            self._under_way.add(task)
            task.add_done_callback(self._is_over)
        self._none_left = len(rows) < free
        self._looked = asyncio.get_running_loop().time()

    def _is_over(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._faults.append(fault)
        if self._faults or self._is_time_to_look():
            self._look.set()

    async def _tell_feeds(self) -> None:
        """Let feeds name what they are made of: now and then, for many sources at once."""
        now = asyncio.get_running_loop().time()
        if self._renamed and now >= self._tell_at:
            self._renamed, self._tell_at = False, now + _TELL_EVERY
            await self._aside(self._importer.renamed)

    async def _claimed(self, limit: int) -> list[SourceRow]:
        if limit < 1 or (self._ids is not None and not self._ids):
            return []
        async with self._alone:
            rows = await self._aside(
                lambda: self._store.claim_sources(
                    self._clock(), limit=limit, lease=LEASE, ids=self._ids
                )
            )
        if self._ids is not None:
            self._ids = [known for known in self._ids if known not in {row.id for row in rows}]
        return rows

    async def _is_more(self) -> bool:
        """Whether there are sources that only wait because their host was asked just now."""
        if self._ids is not None:
            return bool(self._ids)
        due = await self._aside(self._store.next_source_due)
        return due is not None and due <= self._clock()

    async def _aside(self, work: Callable[[], T]) -> T:
        """Let a thread do what waits for the disk or a parser."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    # One source

    async def _poll(self, door: Door, source: SourceRow) -> None:
        async with AsyncExitStack() as place:
            await self._poll_in(place, door, source)

    async def _poll_in(self, place: AsyncExitStack, door: Door, source: SourceRow) -> None:
        try:
            work, entries = await self._polled(place, door, source)
        except Exception as error:  # noqa: BLE001 - logged there
            work, entries = _always(self._fault(source, error)), 0
        self._writing.coming -= 1
        settled = await self._writing.write(work, entries)
        if settled is not None and settled[1] is None and settled[0].tally.effects:
            # For what it brings, or somebody was quicker.
            failed = self._failure(source, "what it brings can't be stored")
            settled = await self._writing.write(_always(failed))
        if settled is None or (outcomes_of := settled[1]) is None:
            state = settled[0].imported.state if settled else source.state
            told = Polled(source, "lost", state, settled[0].tally if settled else Tally())
        else:
            found = settled[0]
            state = found.imported.state
            tally = kept.tally_of(found.tally, found.imported, outcomes_of)
            became = found.became if kept.is_any(outcomes_of) or not outcomes_of else "unchanged"
            if tally.added or _called(state) != _called(source.state):
                await self._aside(lambda: self._followed(source, state, tally))
            told = Polled(source, became, state, tally)
        self._count += 1
        self._told(told)

    async def _polled(
        self, place: AsyncExitStack, door: Door, source: SourceRow
    ) -> tuple[Decide, int]:
        """How to decide on what the source has answered, and the entries that it has."""
        asked = outcomes.asked_of(source)
        try:
            async with self._fetching, door.getting(asked) as answer:
                if len(answer.body) > _LARGE:
                    await place.enter_async_context(self._large)  # until it is stored
                    return await self._answered(source, asked, answer)
        except FetchFailed as error:
            return _always(self._failure(source, str(error))), 0
        return await self._answered(source, asked, answer)

    async def _answered(
        self, source: SourceRow, asked: Asked, answer: Answer
    ) -> tuple[Decide, int]:
        now = self._clock()
        found = outcomes.outcome(source, asked, answer, now, _chance())
        if not isinstance(found, News):
            return _always(_without_news(source, found, _became(found))), 0
        try:
            read = await self._read(source, found.answer)
            wrong = _wrong_kind(read)
        except (NotAFeed, ParserKilled) as error:
            read, wrong = None, str(error)
        if read is None or wrong:
            # What can't be read was perhaps meant for other validators: ask once without (F16).
            state = replace(source.state, unread=not source.state.unread)
            return _always(self._failure(replace(source, state=state), wrong)), 0
        return partial(self._decided, source, found, read), len(read.entries)

    async def _read(self, source: SourceRow, answer: Answer) -> ReadFeed:
        return await self._importer.parsers.read(
            answer.body,
            answer.headers.get("content-type"),
            answer.url,
            most=self._importer.taking.bounds.taken,
            scope=scope_of(source.spec.url),
        )

    def _decided(self, source: SourceRow, news: News, read: ReadFeed) -> Found:
        try:
            return self._taken(source, news, read)
        except Exception as error:  # noqa: BLE001 - logged there
            return self._fault(source, error)

    def _taken(self, source: SourceRow, news: News, read: ReadFeed) -> Found:
        now = self._clock()
        decision = self._importer.taking.decide(source, read, now)
        if decision.hold is not None:
            state = schedule.held(source.state, decision.hold, now)
            return _without_news(source, state, "held", decision.tally)
        state = outcomes.taken(source, news, read, now, _chance())
        imported = Imported(source.id, _lease(source), state, decision.changes, decision.records)
        return Found(imported, "changed" if decision.changes else "unchanged", decision.tally)

    def _fault(self, source: SourceRow, error: Exception) -> Found:
        """One source that nobody has thought of must not keep the others from their turn."""
        log.error("polling %s has failed", masked(source.spec.url), exc_info=error)
        return self._failure(source, f"a fault of feedsvc: {type(error).__name__}")

    def _failure(self, source: SourceRow, error: str) -> Found:
        state = schedule.failed(source.spec, source.state, error, self._clock(), _chance())
        return _without_news(source, state, "failed")

    def _followed(self, source: SourceRow, state: SourceState, tally: Tally) -> None:
        """What a poll has for a consequence, now that it is stored."""
        if tally.added:
            self._importer.taking.keep(source, self._clock())
        if _called(state) != _called(source.state):
            self._renamed = True

    async def _settled(self, works: Sequence[Decide]) -> list[Settled]:
        # Threads that wait for each other's transactions would be missing elsewhere.
        async with self._alone:
            return await self._aside(partial(self._settled_now, works))

    def _settled_now(self, works: Sequence[Decide]) -> list[Settled]:
        with self._importer.core.turn():
            return settle(works, self._store, self._clock)


def _always(found: Found) -> Decide:
    return lambda: found


def _without_news(
    source: SourceRow, state: SourceState, became: Became, tally: Tally | None = None
) -> Found:
    return Found(Imported(source.id, _lease(source), state), became, tally or Tally())


def _is_worth_a_look(under_way: int, *, none_left: bool, since: float) -> bool:
    """Whether to look for more sources, ``since`` so many seconds: a look costs as much as some
    polls without news.

    >>> _is_worth_a_look(0, none_left=True, since=0.0)
    True
    >>> [_is_worth_a_look(n, none_left=False, since=0.0) for n in (32, 33)]
    [True, False]
    >>> [_is_worth_a_look(n, none_left=True, since=0.4) for n in (1, 63, 64)]
    [True, True, False]
    >>> _is_worth_a_look(1, none_left=True, since=0.2)
    False
    """
    free = _CLAIMED - under_way
    if free >= _FREE and (under_way == 0 or not none_left):
        return True
    return free > 0 and since >= _SOON


def _chance() -> float:
    return random.random()  # noqa: S311  # only spreads polls over time


def _called(state: SourceState) -> tuple[str, str | None, bool]:
    """What feeds show of a source, and whether they do."""
    return state.title, state.site_url, state.last_success_at is not None


def _lease(source: SourceRow) -> str:
    return source.lease or ""


def _became(state: SourceState) -> Became:
    if state.status == "ok":
        return "unchanged"
    return "gone" if state.status == "gone" else "failed"


def _wrong_kind(read: ReadFeed) -> str:
    """Why a document that can be read is still no feed that can be polled, empty if it is one."""
    if read.kind == "page":
        found = ", ".join(feed.url for feed in read.found[:3])
        there = f"it names these feeds: {found}" if found else "it names no feed"
        return f"it answers with a web page, not with a feed; {there}"
    if read.kind == "opml":
        return "it answers with a list of feeds (OPML): import that once with `feedsvc import`"
    if read.kind == "wxr":
        return "it answers with an export of WordPress: import that once with `feedsvc import`"
    return ""
