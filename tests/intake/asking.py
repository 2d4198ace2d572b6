"""How tests ask through the real door: one at a time, or many in one loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from ipaddress import ip_network
from typing import Any

from hostile.loopback import HOST

from feedsvc.errors import FetchFailed
from feedsvc.intake.asking import Answer, Asked, Limits
from feedsvc.intake.door import Door

Outcome = Answer | FetchFailed


def limits(*ports: int, **more: Any) -> Limits:
    """What reaches the hostile server and nothing else that is not public."""
    given = {"networks": (ip_network(HOST),), "ports": frozenset(ports), "seconds": 10}
    return Limits(**(given | more))


def ask_all(asked: Iterable[Asked | str], within: Limits, **more: Any) -> list[Outcome]:
    """What becomes of each, in order, asked by twenty at once."""

    async def one(door: Door, turn: asyncio.Semaphore, wanted: Asked | str) -> Outcome:
        async with turn:
            try:
                # A bound that does not hold is a failure here, not a wait.
                async with asyncio.timeout(20):
                    return await door.get(Asked(wanted) if isinstance(wanted, str) else wanted)
            except FetchFailed as failed:
                return failed

    async def run() -> list[Outcome]:
        turn = asyncio.Semaphore(20)
        async with Door(within, **more) as door:
            return list(await asyncio.gather(*(one(door, turn, wanted) for wanted in asked)))

    return asyncio.run(run())


def ask(wanted: Asked | str, within: Limits, **more: Any) -> Answer:
    """The answer. Raises FetchFailed."""
    (outcome,) = ask_all([wanted], within, **more)
    if isinstance(outcome, FetchFailed):
        raise outcome
    return outcome
