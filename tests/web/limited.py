"""What worker processes do in the tests of limits."""

from __future__ import annotations

import multiprocessing
import os
import signal
from datetime import UTC, datetime
from pathlib import Path

from feedsvc.web.limiting import Limiter
from feedsvc.web.slots import Slots

NOW = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
CLIENT = "192.0.2.7"


def poll(path: Path, times: int, answers: multiprocessing.Queue[int]) -> None:
    """Fetch so many times; say how many were let in, of 300 an hour."""
    limiter = Limiter((300, 3600), path)
    answers.put(sum(limiter.retry_after(CLIENT, "main", NOW) is None for _ in range(times)))


def poll_for_ever(path: Path, ready: multiprocessing.Queue[int]) -> None:
    """Count as fast as it goes, until killed."""
    slots = Slots(path)
    slots.add("same", 1, 3600, NOW.timestamp())
    ready.put(os.getpid())
    while True:
        slots.add("same", 1, 3600, NOW.timestamp())


def hold(path: Path, ready: multiprocessing.Queue[int]) -> None:
    """Lock the bucket of the client and do nothing more."""
    slots = Slots(path)
    with slots._locked(slots._place(f"LIMITER/{CLIENT}/main/1/1/minute")[1]):
        ready.put(os.getpid())
        signal.pause()
