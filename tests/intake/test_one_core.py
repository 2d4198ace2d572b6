"""Two that compute on one core: one after the other, unless one of them takes long."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from feedsvc.intake import one_core
from feedsvc.intake.one_core import OneCore, cores


def test_on_one_core_they_take_turns() -> None:
    core, inside, most = OneCore(1), 0, 0

    def compute() -> None:
        nonlocal inside, most
        for _ in range(200):
            with core.turn():
                inside += 1
                most = max(most, inside)
                sum(range(500))
                inside -= 1

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(compute) for _ in range(4)]:
            done.result()
    assert most == 1


def test_nobody_waits_for_one_who_takes_long() -> None:
    core, held, done = OneCore(1), threading.Event(), threading.Event()

    def long() -> None:
        with core.turn():
            held.set()
            assert done.wait(20)

    with ThreadPoolExecutor(1) as threads:
        other = threads.submit(long)
        assert held.wait(20)
        with core.turn():
            done.set()
        other.result()
    with core.turn():  # and what was not had is not given back
        assert not core._lock.acquire(blocking=False)  # type: ignore[union-attr]


def test_with_two_cores_there_are_no_turns() -> None:
    core = OneCore(2)
    with core.turn(), core.turn():
        assert one_core.PATIENCE > 0
    assert cores() >= 1
