"""Turns on a machine's only core, for who reads foreign documents and who writes what they bring.

Both compute for many milliseconds at a time. Where the system changes from one to the other every
few of them, each finds its things gone from the processor's caches: taking turns they are a
thirtieth quicker. With two cores each has its own.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: Seconds that a turn is waited for: one document that takes long, or is made to, holds up no
#: other's.
PATIENCE = 0.25


def cores() -> int:
    """How many this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # pragma: no cover  # not Linux
        return os.cpu_count() or 1


class OneCore:
    """Who has its turn. Safe under threads."""

    def __init__(self, count: int | None = None) -> None:
        self._lock = threading.Lock() if (count or cores()) == 1 else None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Alone, if nobody else takes long; at once where there are cores enough."""
        mine = self._lock is not None and self._lock.acquire(timeout=PATIENCE)
        try:
            yield
        finally:
            if self._lock is not None and mine:
                self._lock.release()
