"""The board: what the processes of a node tell each other of documents, in memory that they share.

One of them writes (companion.py). Before it acknowledges a write it makes the documents anew that
are being asked for, and posts them: so no poll waits for that. The workers write down what they are
asked for. Each part of the board has one writer, room for two things, the last one and the next,
and a checksum: who is so slow that he is overtaken twice finds nothing.
"""

from __future__ import annotations

import mmap
import os
import pickle
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from struct import Struct
from typing import Any, NamedTuple

from feedsvc.publish.document import Coding, Target
from feedsvc.publish.documents import Given
from feedsvc.store import Moment

#: Seconds for which a document that was asked for after a change is made anew at each further one,
#: ahead of whoever asks next. Asked for more seldom, it is made when it is asked for: each poll
#: costs whoever writes a quarter of a second at most.
LATELY = 0.25
#: Workers that have a place of their own; what others are asked for nobody makes ahead.
PLACES = 32
_HEAD = Struct("=III")  #: how often it was written, the bytes that it has, their checksum
_LINE = 8 * 1024
_CHAIN = 4 * 1024
_POSTED = 4 * 1024 * 1024
_SIZE = PLACES * _LINE + _CHAIN + _POSTED
#: States of the store that the board names: those of the writes under way, and a few before.
_MOST_MOMENTS = 32

#: A document that is asked for, and in which coding.
Wanted = tuple[Target, Coding]


class Posted(NamedTuple):
    """Documents as they were when the store stood there, or later; ``settings`` as in Mark."""

    moment: Moment
    settings: str
    documents: tuple[Given, ...] = ()


#: What is posted where nothing is.
NOTHING = Posted(Moment(0, 0), "")


def shared() -> int:
    """The descriptor of a new board, which has no name. Raises OSError."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("feedsvc-board")
    else:  # pragma: no cover  # not Linux
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    # Written, not left to be allocated later: where there is no room for it, that is said now.
    os.write(descriptor, bytes(_SIZE))
    return descriptor


class Board:
    """The board as one process sees it; without a path one of this process alone."""

    def __init__(self, path: Path | None = None) -> None:
        if path is None:
            self._memory = mmap.mmap(-1, _SIZE)
        else:
            with path.open("r+b") as file:
                self._memory = mmap.mmap(file.fileno(), _SIZE)
        self._lines = [_Part(self._memory, place * _LINE, _LINE) for place in range(PLACES)]
        self._chain = _Part(self._memory, PLACES * _LINE, _CHAIN)
        self._posted = _Part(self._memory, PLACES * _LINE + _CHAIN, _POSTED)

    @property
    def turn(self) -> int:
        """A number that is another one after each post."""
        return self._posted.turn

    def post(self, posted: Posted) -> None:
        """Show these documents, as many as there is room for, and no others."""
        while not self._posted.write(posted):
            posted = posted._replace(documents=posted.documents[:-1])

    def clear(self) -> None:
        """Take down what is posted. For who posts, and for who has seen him end: a write that he
        has not acknowledged any more may be there all the same."""
        self.name(())
        self.post(NOTHING)

    def posted(self) -> Posted | None:
        """What was posted last, None if there is nothing, or is just being posted."""
        found = self._posted.read()
        return found if isinstance(found, Posted) else None

    def name(self, moments: Sequence[Moment]) -> None:
        """Say how the store came to stand where it does: ``moments`` are the first and, after
        each write of this process, the next one. Between them nobody else has written."""
        self._chain.write(tuple(moments[-_MOST_MOMENTS:]))

    def leads(self, first: Moment, last: Moment) -> bool:
        """Whether all that was written from ``first`` to ``last`` are writes of the process that
        posts: each is acknowledged after the post that shows it."""
        if first == last:
            return True
        chain = self._chain.read() or ()
        return first in chain and last in chain

    def ask(self, place: int, asked: Mapping[Wanted, float]) -> None:
        """Write down what a worker was asked for, and when: seconds of time.monotonic."""
        if place < PLACES:
            newest = sorted(asked.items(), key=lambda one: -one[1])
            while not self._lines[place].write(newest):
                newest = newest[: len(newest) // 2]

    def asked(self, since: float) -> list[Wanted]:
        """What workers were asked for since then, the newest first."""
        lines = (line.read() or () for line in self._lines)
        found = [(at, wanted) for line in lines for wanted, at in line if at >= since]
        found.sort(key=lambda one: -one[0])
        return list(dict.fromkeys(wanted for _, wanted in found))


class _Part:
    """A part of the board: one thing at a time, written by one thread of one process."""

    def __init__(self, memory: mmap.mmap, start: int, size: int) -> None:
        self._memory = memory
        self._start = start
        self._room = (size - _HEAD.size) // 2
        self._known: tuple[tuple[int, int, int], Any] | None = None

    @property
    def turn(self) -> int:
        """How often something was written."""
        turn: int = _HEAD.unpack_from(self._memory, self._start)[0]
        return turn

    def write(self, thing: object) -> bool:
        """Write it, unless there is no room for it."""
        text = pickle.dumps(thing, pickle.HIGHEST_PROTOCOL)
        if len(text) > self._room:
            return False
        turn = (self.turn + 1) & 0xFFFFFFFF
        place = self._place(turn)
        self._memory[place : place + len(text)] = text
        _HEAD.pack_into(self._memory, self._start, turn, len(text), zlib.crc32(text))
        return True

    def read(self) -> Any:
        """What was written last, None for nothing."""
        head = _HEAD.unpack_from(self._memory, self._start)
        known = self._known
        if known is not None and known[0] == head:
            return known[1]
        turn, length, checksum = head
        place = self._place(turn)
        text = self._memory[place : place + min(length, self._room)]
        if not length or zlib.crc32(text) != checksum:
            return None
        # Written by a process of this very service: nobody else has the descriptor.
        thing = pickle.loads(text)  # noqa: S301
        self._known = (head, thing)
        return thing

    def _place(self, turn: int) -> int:
        return self._start + _HEAD.size + turn % 2 * self._room
