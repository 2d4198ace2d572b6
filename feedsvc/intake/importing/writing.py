"""What polls have found, written: those that are ready at about the same time in one transaction.

A transaction costs as much as the items of half a feed: it waits for its turn and for the disk,
and makes anew what each feed knows of itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, islice

from feedsvc.store import Imported, Outcome

log = logging.getLogger(__name__)

#: Polls that are written in one transaction, and changes of items: others who write wait meanwhile.
_TOGETHER, _CHANGES = 200, 250
#: So many that are ready wait for no more: others can be claimed in their place.
_READY = 32
#: Seconds that they wait for one more to be ready, and that the first of them waits in all.
_MOMENT, _LONGEST = 0.1, 0.5

Outcomes = Sequence[list[Outcome] | None]


@dataclass(frozen=True, slots=True)
class _Ready:
    """What a poll has found, who waits for it to be stored, and since when, in seconds of the event
    loop. None comes if it is not."""

    imported: Imported
    outcomes: asyncio.Future[list[Outcome] | None]
    since: float


class Writing:
    """Gathers what is to be written by the polls of one run. ``stored`` writes it: all or nothing.

    ``coming`` counts the polls that are under way and not ready yet: for them alone it waits.
    """

    def __init__(self, stored: Callable[[Sequence[Imported]], Awaitable[Outcomes]]) -> None:
        self.coming = 0
        self._stored = stored
        self._ready: list[_Ready] = []
        self._enough = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def write(self, imported: Imported) -> list[Outcome] | None:
        """Store what a poll has found, with whatever else is ready by then; its outcomes, or None
        if its lease is lost or it can't be stored."""
        loop = asyncio.get_running_loop()
        ready = _Ready(imported, loop.create_future(), loop.time())
        self._ready.append(ready)
        if self._is_enough():
            self._enough.set()
        if self._task is None:
            self._task = asyncio.create_task(self._write())
        return await ready.outcomes

    def _is_enough(self) -> bool:
        changes = sum(len(one.imported.changes) for one in self._ready)
        return self.coming < 1 or len(self._ready) >= _READY or changes >= _CHANGES

    async def _write(self) -> None:
        while self._ready:
            await self._gather()
            count = _together(len(one.imported.changes) for one in self._ready)
            part, self._ready = self._ready[:count], self._ready[count:]
            if not await self._tried(part) and len(part) > 1:
                for one in part:  # whatever it is that can't be stored, the others can
                    await self._tried([one])
            for one in part:
                if not one.outcomes.done():
                    one.outcomes.set_result(None)
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

    async def _tried(self, part: Sequence[_Ready]) -> bool:
        """Store these in one transaction; whether that was done."""
        try:
            found = await self._stored([one.imported for one in part])
        except Exception as error:  # noqa: BLE001 - they are polled again when their lease is over
            log.error("what %d polls found can't be stored: %s", len(part), error)
            return False
        for one, outcomes in zip(part, found, strict=True):
            if not one.outcomes.done():
                one.outcomes.set_result(outcomes)
        return True


def _together(changes: Iterable[int]) -> int:
    """How many of the polls with so many changes each are written in one transaction, 1 at least.

    >>> _together([100, 100, 100]), _together([1000, 1]), _together([0] * 500)
    (2, 1, 200)
    """
    sums = list(accumulate(islice(changes, _TOGETHER)))
    return max(1, sum(total <= _CHANGES for total in sums))
