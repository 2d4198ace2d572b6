"""Pairs of sockets by which a worker speaks to the process that answers writes.

A worker makes a pair and sends one end by a socket that all workers have (``asks``); whoever
answers writes has its other side (``takes``), and says HERE by the pair. Before that nothing is
said of any request. So nothing depends on when that process is started, ends or is another one:
as long as it is not there nothing comes back, and when it goes away all its pairs end at once.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import pickle
import socket
import time
from collections import deque
from collections.abc import Callable
from struct import Struct
from typing import Any, cast

log = logging.getLogger(__name__)

Message = dict[str, Any]

HERE: Message = {"type": "here"}
#: Pairs that a worker keeps, and so the ordinary writes that it has under way there at once: twice
#: as many as that process has threads.
MOST_KEPT = 8
#: Seconds that a write waits for a new pair to be taken, and again when there was no room to ask.
_TAKEN = 0.25
_ROOM = 0.005
#: Seconds in which nobody asks again where there was no answer.
_PAUSE = 1.0
#: How systems say that there is none.
_FULL = {errno.EAGAIN, errno.ENOBUFS}
_LENGTH = Struct("!I")
#: Bytes that have come and not been heard, with which the other side has to wait.
_ENOUGH = 512 * 1024


class Pair(asyncio.Protocol):
    """One end of a pair. Messages go by it, each pickled behind its length."""

    def __init__(self, end: socket.socket, lost: Callable[[Pair], object] = lambda _: None) -> None:
        self._end = end
        self._lost = lost
        self._transport = cast("asyncio.Transport", None)
        self._came = bytearray()
        self._messages: deque[tuple[int, Message]] = deque()
        self._unheard = 0
        self._hears: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self.gone = False  #: the other side says nothing more

    @classmethod
    async def over(
        cls, end: socket.socket, lost: Callable[[Pair], object] = lambda _: None
    ) -> Pair:
        """The pair of which this is an end; ``lost`` is told of its end."""
        end.setblocking(False)
        loop = asyncio.get_running_loop()
        return (await loop.create_unix_connection(lambda: cls(end, lost), sock=end))[1]

    def say(self, message: Message) -> None:
        """Send a message, unless there is nobody to hear it."""
        if not self._transport.is_closing():
            text = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
            self._transport.write(_LENGTH.pack(len(text)) + text)

    async def tell(self, message: Message) -> None:
        """Send a message, and wait until there is room for another one."""
        self.say(message)
        if self._room is not None and not self.gone:
            await self._room

    async def hear(self) -> Message | None:
        """The next message, None when the other side has gone."""
        while not self._messages:
            if self.gone:
                return None
            self._hears = asyncio.get_running_loop().create_future()
            await self._hears
        size, message = self._messages.popleft()
        self._unheard -= size
        if self._unheard < _ENOUGH <= self._unheard + size and not self.gone:
            self._transport.resume_reading()
        return message

    def is_quiet(self) -> bool:
        """Whether it stands as far as the system knows by now, and nothing has come by it."""
        if self.gone or self._messages:
            return False
        try:
            self._end.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError as error:
            log.debug("a pair has ended: %s", error)
        return False

    def close(self) -> None:
        """Let the other side know that nothing more is said or heard."""
        self.gone = True
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        came, at = self._came, 0
        came += data
        while len(came) - at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(came, at)
            begin, end = at + _LENGTH.size, at + _LENGTH.size + length
            if end > len(came):
                break
            # Both ends are ours, and nobody else can come by them: they have no name.
            self._messages.append((length, pickle.loads(came[begin:end])))  # noqa: S301
            before, at = self._unheard, end
            self._unheard += length
            if before < _ENOUGH <= self._unheard:
                self._transport.pause_reading()
        del came[:at]
        if self._messages:
            self._wake()

    def eof_received(self) -> None:
        self._end_it()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._end_it()
        self._lost(self)

    def pause_writing(self) -> None:
        self._room = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        self._room = None

    def _end_it(self) -> None:
        self.gone = True
        self.resume_writing()
        self._wake()

    def _wake(self) -> None:
        if self._hears is not None and not self._hears.done():
            self._hears.set_result(None)


class Pairs:
    """The pairs of a worker. Belongs to one event loop, and is used by its thread alone."""

    def __init__(self, asks: socket.socket) -> None:
        asks.setblocking(False)
        self._asks = asks
        self.standing: set[Pair] = set()  #: that somebody has taken
        self._idle: list[Pair] = []
        self._first: asyncio.Task[None] | None = None
        self._next = 0.0

    async def take(self) -> Pair | None:
        """A pair by which nothing is under way; None while nobody is known to be there.

        Then somebody is asked to be, and nobody waits for that.
        """
        while self._idle:
            pair = self._idle.pop()
            if pair.is_quiet():
                return pair
            self.drop(pair)
        return await self.new()

    async def new(self) -> Pair | None:
        """The same, but a pair that is not going to be kept."""
        if self.standing:
            return await self.open(_TAKEN) if time.monotonic() >= self._next else None
        if self._first is None and time.monotonic() >= self._next:
            self._first = asyncio.create_task(self._ask())
        return None

    def keep(self, pair: Pair) -> None:
        """Have it used again: all that was said by it has been heard."""
        if len(self._idle) < MOST_KEPT and not pair.gone:
            self._idle.append(pair)
        else:
            self.drop(pair)

    def drop(self, pair: Pair) -> None:
        """End it."""
        self.standing.discard(pair)
        pair.close()

    async def open(self, seconds: float | None = None) -> Pair | None:
        """A new pair that somebody has taken; None when nobody has within so many ``seconds``."""
        pair = None
        try:
            async with asyncio.timeout(seconds):
                pair = await self._offered(patient=seconds is not None)
                if await pair.hear() == HERE:
                    self.standing.add(pair)
                    return pair
        except TimeoutError:
            log.debug("nobody takes a pair")
        except OSError as error:  # no more descriptors just now, or nobody left to ask
            log.debug("no pair can be made: %s", error)
        finally:
            if pair is not None and pair not in self.standing:
                pair.close()
        self._next = time.monotonic() + _PAUSE
        return None

    async def _ask(self) -> None:
        """Open the first pair, however long that takes."""
        try:
            if pair := await self.open():
                self.keep(pair)
        finally:
            self._first = None

    async def _offered(self, *, patient: bool) -> Pair:
        """A new pair whose other end is on its way. Raises OSError, without patience also when
        others have asked who are not heard yet."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                while not self._sent(theirs, patient=patient):
                    await asyncio.sleep(_ROOM)
                return await Pair.over(ours, self._forget)
            except BaseException:
                ours.close()
                raise

    def _sent(self, end: socket.socket, *, patient: bool) -> bool:
        """Send an end of a pair, if there is room. Raises OSError."""
        try:
            socket.send_fds(self._asks, [b"p"], [end.fileno()])
        except OSError as error:
            if patient and error.errno in _FULL:
                return False
            raise
        return True

    def _forget(self, pair: Pair) -> None:
        """It has ended by itself."""
        self.standing.discard(pair)
        if pair in self._idle:
            self._idle.remove(pair)


def taken(takes: socket.socket) -> list[socket.socket]:
    """The ends of pairs that have come meanwhile."""
    found: list[socket.socket] = []
    takes.setblocking(False)
    while True:
        try:
            _, descriptors, _, _ = socket.recv_fds(takes, 1, 1)
        except BlockingIOError:
            return found
        found += [socket.socket(fileno=descriptor) for descriptor in descriptors]
