"""Work in forked processes, for tests of what other processes do to a store, or of dying."""

from __future__ import annotations

import os
import pickle
import signal
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO


class Child:
    """A forked process; what it sends comes out of ``received``."""

    def __init__(self, work: Callable[[Callable[[object], None]], object]) -> None:
        read_end, write_end = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(read_end)
            _run(work, os.fdopen(write_end, "wb", buffering=0))
        os.close(write_end)
        self._pipe = os.fdopen(read_end, "rb")
        self.received: list[Any] = []

    def wait_for(self, count: int) -> None:
        """Wait until so many things have come."""
        while len(self.received) < count and self._receive():
            pass

    def kill(self) -> None:
        """Kill it at once and take what it had sent."""
        os.kill(self.pid, signal.SIGKILL)
        self.end()

    def end(self) -> int:
        """Wait for its end; its exit status, negative for a signal."""
        while self._receive():
            pass
        self._pipe.close()
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def result(self) -> Any:
        """The last thing it sent, when it has ended well."""
        assert self.end() == 0, self.received
        return self.received[-1]

    def _receive(self) -> bool:
        try:
            self.received.append(pickle.load(self._pipe))
        except (EOFError, pickle.UnpicklingError):  # it ended, maybe in the middle of a word
            return False
        return True


def _run(work: Callable[[Callable[[object], None]], object], pipe: BinaryIO) -> None:
    status = 1
    try:
        result = work(lambda thing: pipe.write(pickle.dumps(thing)))
        pipe.write(pickle.dumps(result))
        status = 0
    except BaseException:  # noqa: BLE001  # whatever it was, the parent is told
        pipe.write(pickle.dumps(traceback.format_exc()))
    finally:
        os._exit(status)  # none of the parent's clean-up


def in_child(work: Callable[[], object]) -> Any:
    """What ``work`` returns in a process of its own."""
    return Child(lambda _: work()).result()
