"""Polls that get ready go into few transactions, and wait for hardly anything."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine, Sequence
from typing import Any

import pytest

from feedsvc.intake.importing.writing import Writing


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
    """Notes which polls were stored together, and when."""

    def __init__(self, bad: int | None = None, takes: float = 0.0) -> None:
        self.bad, self.takes = bad, takes
        self.stored: list[tuple[float, list[int]]] = []

    async def store(self, polls: Sequence[int]) -> list[str]:
        now = round(asyncio.get_running_loop().time(), 2)
        await asyncio.sleep(self.takes)
        if self.bad in polls:
            raise OSError("the disk is full")
        self.stored.append((now, list(polls)))
        return [f"done {poll}" for poll in polls]


def run(work: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)


async def coming(store: Store, *polls: tuple[float, int], lost: int = 0) -> list[Any]:
    """Polls that are ready after so many seconds with so many entries, and others that never are;
    they are numbered."""
    writing = Writing[int, str](store.store)
    writing.coming = len(polls) + lost

    async def one(number: int, after: float, entries: int) -> str | None:
        await asyncio.sleep(after)
        writing.coming -= 1
        return await writing.write(number, entries)

    return await asyncio.gather(*(one(number, *poll) for number, poll in enumerate(polls)))


@pytest.mark.parametrize(
    ("polls", "lost", "stored"),
    [
        ([(0, 1)], 0, [(0, 1)]),  # nobody else is under way
        ([(0, 1), (0.06, 1)], 0, [(0.06, 2)]),
        ([(0, 1)], 1, [(0.1, 1)]),  # one hangs
        ([(0, 1), (0.3, 1)], 0, [(0.1, 1), (0.3, 1)]),
        ([(n * 0.09, 1) for n in range(9)], 0, [(0.5, 6), (0.72, 3)]),
        ([(0, 250), (0.01, 250), (0.02, 250)], 1, [(0.02, 2), (0.12, 1)]),  # much at once
        ([(0, 600)], 1, [(0, 1)]),
        ([(n / 1000, 0) for n in range(40)], 1, [(0.03, 32), (0.14, 8)]),
    ],
)
def test_polls_that_are_ready_at_the_same_time_are_written_together(
    polls: list[tuple[float, int]], lost: int, stored: list[tuple[float, int]]
) -> None:
    store = Store()
    run(coming(store, *polls, lost=lost))
    assert [(when, len(which)) for when, which in store.stored] == stored


def test_what_gets_ready_during_a_transaction_is_in_the_next() -> None:
    store = Store(takes=1.0)
    run(coming(store, (0.0, 600), (0.2, 0), (0.9, 0)))
    assert store.stored == [(0.0, [0]), (1.0, [1, 2])]


def test_each_hears_what_became_of_it() -> None:
    polls = [(0.0, n) for n in range(3)]
    assert run(coming(Store(), *polls)) == ["done 0", "done 1", "done 2"]


def test_a_store_that_fails_leaves_nobody_waiting(caplog: pytest.LogCaptureFixture) -> None:
    store = Store(bad=1)
    polls = [(0.0, 0), (0.0, 0), (0.5, 0)]
    assert run(coming(store, *polls)) == [None, None, "done 2"]
    assert "the disk is full" in caplog.text
