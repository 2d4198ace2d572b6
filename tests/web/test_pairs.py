"""Pairs between a worker and who writes for it: asked for, kept, ended; what goes over them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine, Iterator
from types import SimpleNamespace

import pytest
import uvloop

from feedsvc.web import pairs as pairs_module
from feedsvc.web.pairs import HERE, MOST_KEPT, Pair, Pairs, taken

Play = Callable[[Coroutine[None, None, None]], None]


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def play(request: pytest.FixtureRequest) -> Play:
    def run(scene: Coroutine[None, None, None]) -> None:
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(scene)

    return run


@pytest.fixture
def asking() -> Iterator[tuple[Pairs, socket.socket]]:
    """A worker's pairs, and where its asking comes out."""
    asks, takes = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with asks, takes:
        yield Pairs(asks), takes


async def next_taken(takes: socket.socket) -> Pair:
    """The other end of the next pair that is asked for."""
    while not (found := taken(takes)):
        await asyncio.sleep(0)
    (end,) = found
    return await Pair.over(end)


async def stood(pairs: Pairs, takes: socket.socket) -> tuple[Pair, Pair]:
    """A pair that stands: the worker's end, and the other one."""
    opening = asyncio.ensure_future(pairs.open(8))
    there = await next_taken(takes)
    there.say(HERE)
    here = await opening
    assert here is not None
    return here, there


async def ended(*some: Pair) -> None:
    for pair in some:
        pair.close()
    await asyncio.sleep(0.01)


def test_nobody_waits_for_the_first(asking: tuple[Pairs, socket.socket], play: Play) -> None:
    async def scene() -> None:
        pairs, takes = asking
        assert await pairs.take() is None
        assert await pairs.take() is None
        there = await next_taken(takes)  # it was asked for once
        assert taken(takes) == []
        there.say(HERE)
        while not (here := await pairs.take()):
            await asyncio.sleep(0)
        here.say({"a": b"1"})
        assert await there.hear() == {"a": b"1"}
        await ended(here, there)

    play(scene())


def test_one_is_used_again(asking: tuple[Pairs, socket.socket], play: Play) -> None:
    async def scene() -> None:
        pairs, takes = asking
        here, there = await stood(pairs, takes)
        for _ in range(3):
            pairs.keep(here)
            assert await pairs.take() is here
        assert taken(takes) == []
        await ended(here, there)

    play(scene())


def test_so_many_are_kept(asking: tuple[Pairs, socket.socket], play: Play) -> None:
    async def scene() -> None:
        pairs, takes = asking
        both = [await stood(pairs, takes) for _ in range(MOST_KEPT + 1)]
        for here, _ in both:
            pairs.keep(here)
        assert [here.gone for here, _ in both] == MOST_KEPT * [False] + [True]
        await ended(*(pair for one in both for pair in one))

    play(scene())


def test_one_that_has_ended_is_not_used(
    asking: tuple[Pairs, socket.socket], play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairs_module, "_TAKEN", 0.01)

    async def scene() -> None:
        pairs, takes = asking
        here, there = await stood(pairs, takes)
        pairs.keep(here)
        # As a process that is killed does: nobody has read of it in this loop's turn.
        there._end.shutdown(socket.SHUT_RDWR)
        assert not here.gone
        assert await pairs.take() is None
        await ended(there)
        assert here.gone

    play(scene())


def test_one_that_is_not_taken_in_time_is_given_up_for_a_while(
    asking: tuple[Pairs, socket.socket], play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairs_module, "_TAKEN", 0.01)
    now = [1000.0]
    monkeypatch.setattr(pairs_module, "time", SimpleNamespace(monotonic=lambda: now[0]))

    async def scene() -> None:
        pairs, takes = asking
        here, there = await stood(pairs, takes)
        assert await pairs.take() is None
        late = await next_taken(takes)
        assert await late.hear() is None  # nothing is said any more by who comes late
        assert await pairs.take() is None
        assert taken(takes) == []
        pairs.keep(here)
        assert await pairs.take() is here  # what stands is used meanwhile
        now[0] += 1.0
        assert await pairs.take() is None
        (end,) = taken(takes)
        end.close()
        await ended(here, there, late)

    play(scene())


def test_it_waits_for_room_to_ask(asking: tuple[Pairs, socket.socket], play: Play) -> None:
    async def scene() -> None:
        pairs, takes = asking
        some = [asyncio.ensure_future(pairs.open(8)) for _ in range(40)]
        others = []
        while len(others) < 40:
            await asyncio.sleep(0)
            for end in taken(takes):
                others.append(await Pair.over(end))
                others[-1].say(HERE)
        found = [pair for pair in await asyncio.gather(*some) if pair]
        assert len(found) == 40
        await ended(*found, *others)

    play(scene())


def test_what_is_said_comes_in_order_and_waits_for_who_hears(play: Play) -> None:
    async def scene() -> None:
        here, there = [await Pair.over(end) for end in socket.socketpair()]
        told = 0

        async def tell() -> None:
            nonlocal told
            for number in range(100):
                await here.tell({"number": number, "body": bytes(200_000)})
                told = number

        telling = asyncio.ensure_future(tell())
        await asyncio.sleep(0.05)
        assert told < 20
        for number in range(100):
            message = await there.hear()
            assert message is not None
            assert message["number"] == number
        await telling
        await ended(here, there)

    play(scene())


def test_half_a_message_is_none(play: Play) -> None:
    async def scene() -> None:
        ours, theirs = socket.socketpair()
        pair = await Pair.over(ours)
        theirs.sendall(b"\0\0\0\x20half")
        theirs.close()
        assert await pair.hear() is None
        await ended(pair)

    play(scene())
