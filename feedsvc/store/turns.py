"""Whose turn it is to write to a SQLite file, among all processes.

SQLite lets in whoever asks at the right moment: a process that has just written and comes again at
once is nearly always first, and another one that looks every few milliseconds waited a hundred.
So who wants to write takes the turn first, and keeps it until SQLite has let it in: whoever comes
meanwhile is behind. The turn is a lock on a file beside the store's, which ends with its process.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain, repeat

try:
    import fcntl
except ImportError:  # pragma: no cover  # not on this system: then it is as SQLite has it
    fcntl = None  # type: ignore[assignment]

#: What is added to the name of the store's file.
SUFFIX = "-turn"

#: Seconds between two looks: often at first, since most writes take a few milliseconds.
_FEW = (0.0002, 0.0003, 0.0005)
_MORE = (0.001, 0.002, 0.0015)


def pauses(most: float) -> Iterator[float]:
    """Sleep between two looks, for ``most`` seconds in all; ends when they are over."""
    deadline = time.monotonic() + most
    for pause in chain(_FEW * 8, chain.from_iterable(repeat(_MORE))):
        yield pause
        if time.monotonic() > deadline:
            return
        time.sleep(pause)


@contextmanager
def turn(database: str, most: float) -> Iterator[None]:
    """Be the next to write to the store in this file, after ``most`` seconds at the latest.

    Whoever waits for so long goes on without: SQLite still lets in only one. Likewise where no
    such file can be made or locked.
    """
    descriptor = _opened(database + SUFFIX)
    try:
        if descriptor is not None:
            _wait(descriptor, most)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)  # which gives the turn back


def _opened(path: str) -> int | None:
    """The file, opened for this turn alone: threads and forked processes share no turn."""
    if fcntl is None:  # pragma: no cover
        return None
    with suppress(OSError):
        return os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    return None


def _wait(descriptor: int, most: float) -> None:
    for _ in pauses(most):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        except OSError:  # a file system without locks
            return
        return
