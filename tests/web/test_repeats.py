"""What may be answered again as it is, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from feedsvc.errors import StoreUnavailable
from feedsvc.publish.document import Target
from feedsvc.web.polling import Answer
from feedsvc.web.repeats import Repeat, Repeats

REPEAT = Repeat(
    b"head", b"body", False, Target("live", "main", "rss"), Answer(200, [], b"body", 4), {}
)


class World:
    """A store's token and a clock, as the test sets them."""

    def __init__(self) -> None:
        self.token: Any = 1
        self.time = 100.5
        self.asked = 0
        self.repeats = Repeats(self._ask, lambda: self.time)

    def _ask(self) -> object:
        self.asked += 1
        if self.token is None:
            raise StoreUnavailable("gone")
        return self.token


def run(work: Callable[[World], Any]) -> None:
    asyncio.run(work(World()))


async def turn() -> None:
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def known(world: World) -> World:
    world.repeats.put(b"a", world.repeats.state(), REPEAT)
    await turn()
    assert world.repeats.get(b"a") is REPEAT
    await turn()
    return world


def test_the_same_request_is_known_and_no_other() -> None:
    async def work(world: World) -> None:
        await known(world)
        assert world.repeats.get(b"a") is REPEAT
        assert world.repeats.get(b"A") is None

    run(work)


def test_nothing_outlives_a_write() -> None:
    async def work(world: World) -> None:
        await known(world)
        world.token = 2
        assert world.repeats.get(b"a") is None

    run(work)


def test_nothing_outlives_its_second() -> None:
    async def work(world: World) -> None:
        await known(world)
        world.time = 101.0
        assert world.repeats.get(b"a") is None

    run(work)


def test_an_answer_that_a_write_has_overtaken_is_not_kept() -> None:
    async def work(world: World) -> None:
        before = world.repeats.state()
        await turn()
        world.token = 2
        world.repeats.put(b"a", before, REPEAT)
        await turn()
        assert world.repeats.get(b"a") is None
        world.token = 1  # not even if the token came again
        await turn()
        assert world.repeats.get(b"a") is None

    run(work)


def test_one_question_for_all_that_waits_and_a_new_one_in_the_next_turn() -> None:
    async def work(world: World) -> None:
        await known(world)
        asked = world.asked
        for _ in range(10):
            world.repeats.get(b"a")
        assert world.asked == asked + 1
        await turn()
        world.repeats.get(b"a")
        assert world.asked == asked + 2

    run(work)


def test_what_is_asked_to_remember_is_not_for_requests_that_come_after() -> None:
    async def work(world: World) -> None:
        await known(world)
        world.repeats.put(b"b", world.repeats.state(), REPEAT)
        await turn()
        world.repeats.put(b"c", (1, 100), REPEAT)
        world.token = 2  # written between that and the request, in the same turn
        assert world.repeats.get(b"a") is None

    run(work)


def test_a_store_that_cannot_say_repeats_nothing() -> None:
    async def work(world: World) -> None:
        await known(world)
        world.token = None
        assert world.repeats.get(b"a") is None
        world.repeats.put(b"b", None, REPEAT)
        await turn()
        assert world.repeats.get(b"b") is None

    run(work)


def test_only_so_many_are_kept() -> None:
    async def work(world: World) -> None:
        state = world.repeats.state()
        for number in range(5000):
            world.repeats.put(str(number).encode(), state, REPEAT)
        await turn()
        assert world.repeats.get(b"0") is REPEAT
        assert world.repeats.get(b"4999") is None

    run(work)


def test_only_so_many_bytes_are_kept() -> None:
    async def work(world: World) -> None:
        state = world.repeats.state()
        shared = bytes(10 << 20)
        for number in range(20):
            world.repeats.put(b"s%d" % number, state, REPEAT._replace(body=shared))
        for number in range(5):
            world.repeats.put(b"o%d" % number, state, REPEAT._replace(body=bytes(10 << 20)))
        await turn()
        assert world.repeats.get(b"s19")
        assert world.repeats.get(b"o1")
        assert world.repeats.get(b"o2") is None

    run(work)
