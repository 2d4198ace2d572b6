"""Polls that are ready at about the same time, gathered to be decided on and written together.

A transaction costs as much as the items of half a feed: it waits for its turn and for the disk,
and makes anew what each feed knows of itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

Work = TypeVar("Work")
Done = TypeVar("Done")

#: Polls that are written together, and their entries: two transactions of settling.py.
_TOGETHER, _ENTRIES = 200, 600
#: So many that are ready wait for no more: others can be claimed in their place.
_READY = 32
#: Seconds that they wait for one more to be ready, and that the first of them waits in all.
_MOMENT, _LONGEST = 0.1, 0.5


@dataclass(frozen=True, slots=True)
class _Ready(Generic[Work, Done]):
    """A poll that is ready, how many entries it has, who waits for it to be stored, and since when,
    in seconds of the event loop. None comes if it is not."""

    work: Work
    entries: int
    done: asyncio.Future[Done | None]
    since: float


class Writing(Generic[Work, Done]):
    """Gathers what is to be written by the polls of one run. ``store`` decides on it and writes it,
    and says of each what was done.

    ``coming`` counts the polls that are under way and not ready yet: for them alone it waits.
    """

    def __init__(self, store: Callable[[Sequence[Work]], Awaitable[Sequence[Done]]]) -> None:
        self.coming = 0
        self._store = store
        self._ready: list[_Ready[Work, Done]] = []
        self._enough = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def write(self, work: Work, entries: int = 0) -> Done | None:
        """Store what a poll has found, with whatever else is ready by then; what was done, or None
        if nobody can say."""
        loop = asyncio.get_running_loop()
        ready: _Ready[Work, Done] = _Ready(work, entries, loop.create_future(), loop.time())
        self._ready.append(ready)
        if self._is_enough():
            self._enough.set()
        if self._task is None:
            self._task = asyncio.create_task(self._write())
        return await ready.done

    def _is_enough(self) -> bool:
        entries = sum(one.entries for one in self._ready)
        return self.coming < 1 or len(self._ready) >= _READY or entries >= _ENTRIES

    async def _write(self) -> None:
        while self._ready:
            await self._gather()
            count = _together([one.entries for one in self._ready])
            part, self._ready = self._ready[:count], self._ready[count:]
            found: Sequence[Done | None] = [None] * len(part)
            try:
                found = await self._store([one.work for one in part])
            except Exception:  # they are polled again when their lease is over
                log.exception("what %d polls found can't be stored", len(part))
            for one, done in zip(part, found, strict=True):
                if not one.done.done():
                    one.done.set_result(done)
        self._task = None

    async def _gather(self) -> None:
        """Wait for more, as long as it keeps coming."""
        now = asyncio.get_running_loop().time
        while not self._is_enough():
            first, last = self._ready[0].since, self._ready[-1].since
            by = min(first + _LONGEST, last + _MOMENT)
            if now() >= by:
                return
            self._enough.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(by):
                    await self._enough.wait()


def _together(entries: Sequence[int]) -> int:
    """How many of the polls with so many entries each are written together, 1 at least.

    >>> _together([250, 250, 250]), _together([1000, 1]), _together([0] * 500)
    (2, 1, 200)
    """
    sums = list(accumulate(islice(entries, _TOGETHER)))
    return max(1, sum(total <= _ENTRIES for total in sums))
