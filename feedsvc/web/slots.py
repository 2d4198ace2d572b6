"""Counts that end by themselves, in one piece of memory that several processes share.

A file of fixed size is mapped into each process. It holds buckets of slots; a slot is a count, the
second at which it ends, and a keyed hash of what is counted, so that the file names nobody.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import mmap
import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from struct import Struct
from typing import NamedTuple

#: The count comes first and the hash last: a writer that is killed in between leaves an ended slot,
#: or a low count for whoever had it before, never a high one for somebody new.
_SLOT = Struct("=IIQ")
_PLACES = 16  #: slots that a hash may choose from
_BUCKET = _PLACES * _SLOT.size
_BUCKETS = 4096
_MAGIC = b"feedsvc counts 1"
_SECRET = 16
_HEAD = 64
_SIZE = _HEAD + _BUCKETS * _BUCKET
_MOST = 2**32 - 1
#: Whoever holds the lock does so for microseconds, unless it was stopped in that very moment.
_TRIES = 40
_PAUSE = 0.0001

log = logging.getLogger(__name__)


class Busy(OSError):
    """The lock's holder does not let go."""


class Count(NamedTuple):
    """How often, and the second since 1970 at which that ends and begins anew."""

    number: int
    ends: int


@contextlib.contextmanager
def shared_file() -> Iterator[Path]:
    """The path of a new file for :class:`Slots`, there for as long as the context.

    Where none can be made it is a path of no such file, and each process counts for itself.
    """
    with contextlib.ExitStack() as kept:
        try:
            folder = tempfile.TemporaryDirectory(prefix="feedsvc-", ignore_cleanup_errors=True)
            path = Path(kept.enter_context(folder)) / "counts"
            with path.open("xb") as file:
                path.chmod(0o600)
                # Written, not left to be allocated later: on a full disk a page that is missing
                # then ends whoever touches it (SIGBUS).
                file.write((_MAGIC + secrets.token_bytes(_SECRET)).ljust(_SIZE, b"\0"))
        except OSError as error:
            log.warning("each worker counts polls by itself: %s", error)
            path = Path(os.devnull)
        yield path


class Slots:
    """The slots of a file, or without one of this process alone.

    Its calls may come from several processes, but only from one thread at a time: the system's
    lock does not tell threads of a process apart. Raises OSError for a file that is none of ours.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._file: int | None = None
        if path is None:
            self._memory = mmap.mmap(-1, _SIZE)
            self._memory[: len(_MAGIC) + _SECRET] = _MAGIC + secrets.token_bytes(_SECRET)
        else:
            self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            if os.fstat(self._file).st_size != _SIZE:
                os.close(self._file)
                raise OSError(f"{path} is no file of counts")
            self._memory = mmap.mmap(self._file, _SIZE)
        self._secret = self._memory[len(_MAGIC) : len(_MAGIC) + _SECRET]

    def add(self, key: str, amount: int, seconds: int, now: float) -> Count:
        """Count ``amount`` more; a new count ends in so many ``seconds``."""
        name, start = self._place(key)
        with self._locked(start):
            found, at = self._find(name, start, now)
            number, ends = found or Count(0, int(now) + seconds)
            if ends > now + seconds:  # the clock was set back, or the window was longer once
                number, ends = 0, int(now) + seconds
            count = Count(min(number + amount, _MOST), ends)
            _SLOT.pack_into(self._memory, at, *count, name)
        return count

    def get(self, key: str, now: float) -> Count:
        """The count as it stands; none that ends now where there is none."""
        name, start = self._place(key)
        with self._locked(start):
            return self._find(name, start, now)[0] or Count(0, int(now))

    def drop(self, key: str) -> None:
        """Forget one count."""
        name, start = self._place(key)
        with self._locked(start):
            found, at = self._find(name, start, 0)
            if found:
                _SLOT.pack_into(self._memory, at, 0, 0, 0)

    def clear(self) -> None:
        """Forget all counts."""
        self._memory[_HEAD:] = bytes(_SIZE - _HEAD)

    def close(self) -> None:
        """Let go of the memory and the file."""
        self._memory.close()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _place(self, key: str) -> tuple[int, int]:
        """The hash that stands for ``key``, and where its bucket starts."""
        digest = blake2b(key.encode("utf-8", "replace"), digest_size=8, key=self._secret).digest()
        name = int.from_bytes(digest, "little") or 1
        return name, _HEAD + name % _BUCKETS * _BUCKET

    def _find(self, name: int, start: int, now: float) -> tuple[Count | None, int]:
        """The count of ``name`` and its place, else the place that a new one should take.

        That is a free or ended one, else that of the lowest count: whoever polls most stays known.
        """
        best, lowest = start, _MOST + 1
        for at in range(start, start + _BUCKET, _SLOT.size):
            number, ends, owner = _SLOT.unpack_from(self._memory, at)
            if ends <= now:
                number = -1
            elif owner == name:
                return Count(number, ends), at
            if number < lowest:
                best, lowest = at, number
        return None, best

    @contextlib.contextmanager
    def _locked(self, start: int) -> Iterator[None]:
        """Alone in a bucket. Raises Busy."""
        if self._file is None:
            yield
            return
        for _ in range(_TRIES):
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, _BUCKET, start)
                break
            except (BlockingIOError, PermissionError):  # as the system puts it (fcntl(2))
                time.sleep(_PAUSE)
        else:
            raise Busy("a worker that was stopped holds the counts")
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, _BUCKET, start)
