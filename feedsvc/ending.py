"""The end of a service: asked for by a signal, and at once by a second one."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator

#: One signal may come twice at once, to the process and to its group; that is no second one.
_SAME_SIGNAL = 0.1


class Asked:
    """Which signal has asked for the end, and whether one did again.

    Plain attributes: a lock that a handler takes may be held by what it interrupts.
    """

    def __init__(self) -> None:
        self.number = 0
        self.twice = False
        self._when = 0.0

    def __call__(self, number: int, _: object) -> None:
        now = time.monotonic()
        if self.number and now - self._when > _SAME_SIGNAL:
            self.twice = True
        elif not self.number:
            self._when = now
        self.number = number

    def wait(self) -> None:
        """Return once a signal has come."""
        while not self.number:
            time.sleep(0.2)

    def end_now(self) -> None:
        """End this process by the signal that has come."""
        signal.signal(self.number, signal.SIG_DFL)
        signal.raise_signal(self.number)


@contextlib.contextmanager
def signals() -> Iterator[Asked]:
    """SIGTERM and SIGINT ask within it, and end nothing by themselves."""
    asked = Asked()
    before = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
