"""What is kept, and who makes what is not: bounds, and one maker at a time for each thing."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest

from feedsvc.publish.cache import Cache, Turns


@dataclass(eq=False)
class Thing:
    size: int


def test_the_oldest_goes_when_there_are_too_many() -> None:
    cache: Cache[int, Thing] = Cache(most=3, most_bytes=1000)
    things = [Thing(1) for _ in range(4)]
    for key in range(3):
        cache.put(key, things[key])
    assert cache.get(0) is things[0]  # used, so it is not the oldest any more
    cache.put(3, things[3])
    assert [cache.get(key) for key in range(4)] == [things[0], None, things[2], things[3]]
    assert len(cache) == 3


@pytest.mark.parametrize(
    ("sizes", "kept"),
    [
        ([400, 400], [0, 1]),
        ([400, 400, 200], [0, 1, 2]),
        ([400, 400, 201], [1, 2]),
        ([400, 400, 900], [2]),
        ([400, 2000], [1]),  # the newest stays however large it is
        ([2000, 1], [1]),
    ],
)
def test_the_oldest_go_when_they_take_too_much(sizes: list[int], kept: list[int]) -> None:
    cache: Cache[int, Thing] = Cache(most=100, most_bytes=1000)
    for key, size in enumerate(sizes):
        cache.put(key, Thing(size))
    assert [key for key in range(len(sizes)) if cache.get(key)] == kept
    assert cache.size == sum(sizes[key] for key in kept)


def test_things_may_grow() -> None:
    cache: Cache[int, Thing] = Cache(most=100, most_bytes=1000)
    thing = Thing(100)
    cache.put(1, thing)
    thing.size = 950
    cache.put(2, Thing(100))
    assert cache.get(1) is None


def test_one_at_a_time_makes_a_thing() -> None:
    turns, made, most = Turns(), [], [0]
    busy = 0
    start = threading.Barrier(8)

    def make() -> None:
        nonlocal busy
        start.wait()
        with turns.of("a"):
            busy += 1
            most[0] = max(most[0], busy)
            made.append(busy)
            busy -= 1

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1] * 8
    assert most == [1]
    assert not turns._making  # nothing is left behind


def test_nobody_waits_for_another_thing() -> None:
    turns, done = Turns(), threading.Event()

    def other() -> None:
        with turns.of("b"):
            done.set()

    with turns.of("a"):
        thread = threading.Thread(target=other)
        thread.start()
        assert done.wait(10)
        thread.join()


def test_a_turn_ends_with_an_error_too() -> None:
    turns = Turns()
    for _ in range(2):
        with pytest.raises(ValueError, match="no"), turns.of("a"):
            raise ValueError("no")
    assert not turns._making
