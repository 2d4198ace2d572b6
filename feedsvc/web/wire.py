"""Connections: plain polls are answered at once, all else goes to uvicorn's HTTP.

What :class:`~feedsvc.web.quick.Quick` can answer is answered from the event loop. Uvicorn's parser
and its state are made for a connection when there is something else to read. Whoever is slow is
bounded here and in ``exchange``: in what may come before it makes a request, in the time that it
takes to come, in the time that an answer is stuck.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any, ClassVar, cast

from feedsvc.errors import TooOften
from feedsvc.web.exchange import Requests
from feedsvc.web.quick import Quick
from feedsvc.web.repeats import Repeat

#: Seconds for a request's head to come, and between two pieces of its body.
_ARRIVE = 10.0
#: Seconds for all of a body.
_BODY = 30.0
#: Seconds that a connection is kept for another request.
KEEP = 30
#: Seconds without a byte taken by the client, after which an answer is given up.
_STUCK = 120.0
#: Seconds in which a kept connection is given one more answer at the end of the server.
_FAREWELL = 1.0


class Connection(asyncio.Protocol):
    """A client's connection."""

    __slots__ = (
        "_answered",
        "_ending",
        "_made_of",
        "_paused",
        "_peer",
        "_requests",
        "_since",
        "_transport",
        "_unsent",
    )

    #: Set by whoever starts the server.
    quick: ClassVar[Quick | None] = None
    everyone: ClassVar[set[Connection]] = set()

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
        self._made_of = (config, server_state, app_state, _loop)
        self._requests: Requests | None = None
        self._transport = cast("asyncio.Transport", None)
        self._paused = False
        self._peer: str | None = None
        self._answered = self._ending = False
        self._since = time.monotonic()  # that something came or went
        self._unsent = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._made_of[1].connections.add(self)
        self.everyone.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._made_of[1].connections.discard(self)
        self.everyone.discard(self)
        if self._requests is not None:
            self._requests.connection_lost(exc)

    def pause_writing(self) -> None:
        self._paused = True
        if self._requests is not None:
            self._requests.pause_writing()

    def resume_writing(self) -> None:
        self._paused = False
        if self._requests is not None:
            self._requests.resume_writing()

    def eof_received(self) -> bool:
        """The client sends no more; it may still read the answers under way (RFC 9112 9.6)."""
        return self._requests is not None and self._requests.hear_no_more()

    def shutdown(self) -> None:
        """End after what is under way; uvicorn asks for it.

        A request may be on its way, or in the socket already: closing now would reset it. So there
        is a moment for it, and its answer says ``Connection: close`` (RFC 9112 9.6).
        """
        self._ending = True
        if self._requests is not None:
            self._requests.end()
        asyncio.get_running_loop().call_later(_FAREWELL, self._end)

    def _end(self) -> None:
        if self._requests is None or not self._requests.busy():
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        requests = self._requests
        if requests is None or not (requests.in_head or requests.unheard):
            self._since = time.monotonic()  # of a head it is the first byte that counts
        refused = None
        resting = requests is None or requests.at_rest()
        if self.quick and resting and not (self._paused or self._ending):
            try:
                if answer := self.quick.answer(data, self._client()):
                    self._send(answer)
                    return
            except TooOften as wait:
                refused = wait.retry_after
        if requests is None:
            requests = self._requests = Requests(*self._made_of)
            requests.connection_made(self._transport)
            requests.connections.discard(requests)
            if self._paused:  # by what has been repeated: it has not been told of that
                requests.pause_writing()
            if self._ending:
                requests.end()
        requests.receive(data, refused)

    def _client(self) -> str:
        if self._peer is None:
            peer = self._transport.get_extra_info("peername")
            self._peer = peer[0] if peer else ""
        return self._peer

    def _send(self, answer: Repeat) -> None:
        self._answered = True
        if answer.body:
            self._transport.writelines((answer.head, answer.body))
        else:
            self._transport.write(answer.head)
        if answer.close:
            self._transport.close()

    def look(self, now: float) -> None:
        """End the connection if its client takes longer than anybody has to."""
        requests = self._requests
        since = self._since if requests is None else max(self._since, requests.since)
        waited = now - since
        unsent = self._transport.get_write_buffer_size()
        if requests is not None and requests.flow.read_paused:
            requests.begun = now  # it comes no further because of us
        in_body = requests is not None and not (requests.whole or requests.in_head)
        if requests is not None and in_body and not requests.flow.read_paused:
            if waited > _ARRIVE or now - requests.begun > _BODY:
                self._transport.abort()
        elif unsent:
            if unsent != self._unsent:
                self._unsent, self._since = unsent, now
            elif waited > _STUCK:
                self._transport.abort()
        elif requests is None or requests.at_rest():
            answered = self._answered or (requests is not None and requests.cycle is not None)
            if waited > (KEEP if answered else _ARRIVE):
                self._transport.close()
        elif requests.in_head and waited > _ARRIVE:
            self._transport.abort()


async def look_after_all() -> None:
    """End the connections of clients that take too long; to be called each second."""
    now = time.monotonic()
    for connection in list(Connection.everyone):
        connection.look(now)
