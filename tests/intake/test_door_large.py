"""Large bodies come in few at a time, however many are asked for at once."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from intake.asking import limits
from intake.importing.publisher import HOST, Page, Publisher

from feedsvc.errors import FetchFailed
from feedsvc.intake.asking import Answer, Asked
from feedsvc.intake.door import Door

LARGE = b"<rss>" + b" " * 2_000_000
PACKED = {"Content-Encoding": "gzip"}


@pytest.fixture(params=["plain", "gzip"])
def publisher(request: pytest.FixtureRequest) -> Iterator[Publisher]:
    with Publisher() as publisher:
        publisher.pages["/small"] = Page(b"<rss/>")
        packed = request.param == "gzip"
        body = gzip.compress(LARGE, mtime=0) if packed else LARGE
        publisher.pages["/large"] = Page(body, headers=PACKED if packed else {})
        publisher.pages["/cut"] = Page(body[:-9] if packed else body, headers=PACKED)
        yield publisher


def within(**more: object) -> object:
    from ipaddress import ip_network

    return limits(networks=(ip_network(HOST),), **more)


def test_a_third_waits_until_one_of_two_is_done_with(publisher: Publisher) -> None:
    async def run() -> None:
        large, small = Asked(publisher.url("/large")), Asked(publisher.url("/small"))
        async with Door(within()) as door, AsyncExitStack() as rest:
            first = AsyncExitStack()
            answers = [await first.enter_async_context(door.getting(large))]
            answers.append(await rest.enter_async_context(door.getting(large)))
            third = asyncio.create_task(door.get(large))
            for _ in range(20):  # what is not large comes as ever
                assert (await door.get(small)).body == b"<rss/>"
            assert not third.done()
            await first.aclose()
            answers.append(await third)
            assert [answer.body for answer in answers] == [LARGE] * 3

    asyncio.run(run())


def test_who_waits_too_long_has_failed_and_takes_no_place_with_it(publisher: Publisher) -> None:
    async def run() -> Answer:
        large = Asked(publisher.url("/large"))
        async with Door(within(seconds=1)) as door:
            async with door.getting(large), door.getting(large):
                with pytest.raises(FetchFailed, match="within 1 seconds"):
                    await door.get(large)
            for _ in range(3):
                with pytest.raises(FetchFailed):
                    await door.get(Asked(publisher.url("/cut")))
            return await door.get(large)

    assert asyncio.run(run()).body == LARGE
