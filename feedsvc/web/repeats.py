"""Answers that may be given again as they are: to the same request, while nothing has changed.

Most polls read alike to the byte: a program's name, a version of a feed. What one was answered
holds for the next one in the same second, unless somebody has written to the store. So it needs no
thread, no parsing and no rendering, and a server can give it from its event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple
from wsgiref.types import WSGIEnvironment

from feedsvc.errors import StoreError
from feedsvc.publish.document import Target
from feedsvc.web.polling import Answer

#: Requests of one second that are remembered; each takes some 2 kB. Bodies are not copied.
_MOST = 2048
#: Bytes of the bodies that they keep alive, each counted once.
_MOST_BYTES = 32 * 1024 * 1024


class Repeat(NamedTuple):
    """What a request was answered, ready to be sent: the head as bytes, then the body."""

    head: bytes
    body: bytes
    close: bool  #: the connection ends with it
    target: Target
    answer: Answer
    environ: WSGIEnvironment


#: When something was answered: the state of the store, and the second.
State = tuple[object, int]


class Repeats:
    """What has been answered in this second, from this state of the store.

    Belongs to one event loop, and is used by its thread alone. ``token`` is
    :meth:`feedsvc.store.Store.data_version`: it is asked once for all requests that one turn of the
    loop finds waiting. Their first bytes were there before it was asked, so each of them sees every
    write that was finished when it began to be sent. (The rest of one may have come after that, and
    be read in the same piece; what is read in several pieces is never answered from here.)
    """

    def __init__(self, token: Callable[[], object], clock: Callable[[], float] = time.time) -> None:
        self._token = token
        self._clock = clock
        self._state: State | None = None
        self._asked = False
        self._kept: dict[bytes, Repeat] = {}
        self._bodies: set[int] = set()  # the id of each that is kept
        self._bytes = 0

    def state(self) -> State | None:
        """What the answers to waiting requests must be of; None when the store can't say."""
        if not self._asked:
            self._ask()
            self._asked = True
            asyncio.get_running_loop().call_soon(self._turn)
        return self._state

    def get(self, request: bytes) -> Repeat | None:
        """What this request was answered, if it still holds."""
        return self._kept.get(request) if self.state() is not None else None

    def put(self, request: bytes, state: State | None, repeat: Repeat) -> None:
        """Remember an answer; ``state`` is from before it was made.

        Requests may come after this in the same turn, so what is asked here is not for them.
        """
        if state is None or state != self._ask() or len(self._kept) >= _MOST:
            return
        more = 0 if id(repeat.body) in self._bodies else len(repeat.body)
        if request not in self._kept and self._bytes + more <= _MOST_BYTES:
            self._bodies.add(id(repeat.body))
            self._bytes += more
            self._kept[request] = repeat

    def _ask(self) -> State | None:
        try:
            state = (self._token(), int(self._clock()))
        except StoreError:
            state = None
        if state != self._state:
            self._kept.clear()
            self._bodies.clear()
            self._bytes = 0
            self._state = state
        return state

    def _turn(self) -> None:
        self._asked = False
