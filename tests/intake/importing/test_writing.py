"""What polls have found goes into few transactions, and waits for hardly anything."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine, Sequence
from typing import Any

import pytest

from feedsvc.intake.importing.writing import Outcomes, Writing
from feedsvc.model import Item
from feedsvc.store import Imported, Outcome, Put, SourceState

ADDED = Outcome("added", "urn:x", None, 1)


class _Skipping(selectors.DefaultSelector):
    """Time passes at once where nothing else is to be done."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        self.passed += timeout or 0.0
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._times = _Skipping()
        super().__init__(self._times)

    def time(self) -> float:
        return self._times.passed


class Store:
    """Notes which sources were stored together, and when."""

    def __init__(self, bad: int | None = None, takes: float = 0.0) -> None:
        self.bad, self.takes = bad, takes
        self.stored: list[tuple[float, list[int]]] = []

    async def import_polls(self, polls: Sequence[Imported]) -> Outcomes:
        now = round(asyncio.get_running_loop().time(), 2)
        await asyncio.sleep(self.takes)
        if any(poll.source_id == self.bad for poll in polls):
            raise OSError("the disk is full")
        self.stored.append((now, [poll.source_id for poll in polls]))
        return [[ADDED] * len(poll.changes) for poll in polls]


def found(number: int, changes: int = 0) -> Imported:
    puts = tuple(Put(Item(title=f"{n}"), media=None) for n in range(changes))
    return Imported(number, "lease", SourceState(), puts)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)


async def coming(writing: Writing, *polls: tuple[float, Imported], lost: int = 0) -> list[Any]:
    """Polls that are ready after so many seconds, and others that never are."""
    writing.coming = len(polls) + lost

    async def one(after: float, imported: Imported) -> list[Outcome] | None:
        await asyncio.sleep(after)
        writing.coming -= 1
        return await writing.write(imported)

    return await asyncio.gather(*(one(*poll) for poll in polls))


@pytest.mark.parametrize(
    ("polls", "lost", "stored"),
    [
        ([(0, 1)], 0, [(0, 1)]),  # nobody else is under way
        ([(0, 1), (0.06, 1)], 0, [(0.06, 2)]),
        ([(0, 1)], 1, [(0.1, 1)]),  # one hangs
        ([(0, 1), (0.3, 1)], 0, [(0.1, 1), (0.3, 1)]),
        ([(n * 0.09, 1) for n in range(9)], 0, [(0.5, 6), (0.72, 3)]),
        ([(0, 100), (0.01, 100), (0.02, 100)], 1, [(0.02, 2), (0.12, 1)]),  # much at once
        ([(0, 300)], 1, [(0, 1)]),
        ([(n / 1000, 0) for n in range(40)], 1, [(0.03, 32), (0.14, 8)]),
    ],
)
def test_polls_that_are_ready_at_the_same_time_are_written_together(
    polls: list[tuple[float, int]], lost: int, stored: list[tuple[float, int]]
) -> None:
    store = Store()
    these = [(after, found(number, changes)) for number, (after, changes) in enumerate(polls)]
    run(coming(Writing(store.import_polls), *these, lost=lost))
    assert [(when, len(which)) for when, which in store.stored] == stored


def test_what_gets_ready_during_a_transaction_is_in_the_next() -> None:
    store = Store(takes=1.0)
    polls = [(0.0, found(0, 250)), (0.2, found(1)), (0.9, found(2))]
    run(coming(Writing(store.import_polls), *polls))
    assert store.stored == [(0.0, [0]), (1.0, [1, 2])]


def test_each_hears_of_its_own_outcomes() -> None:
    polls = [(0.0, found(n, n)) for n in range(3)]
    assert run(coming(Writing(Store().import_polls), *polls)) == [[], [ADDED], [ADDED, ADDED]]


def test_what_can_not_be_stored_keeps_nothing_else_from_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = Store(bad=1)
    polls = [(0.0, found(n, 1)) for n in range(3)]
    assert run(coming(Writing(store.import_polls), *polls)) == [[ADDED], None, [ADDED]]
    assert sorted(which for _, which in store.stored) == [[0], [2]]
    assert "the disk is full" in caplog.text
