"""Connections: repeated polls are answered at once, all else goes to uvicorn's HTTP.

A request that reads like one just answered is answered from the event loop. Uvicorn's parser and
its state are made for a connection when there is something else to read. Whoever is slow is bounded
here: in the size of a head, in the time that it takes to come, in the time that an answer is stuck.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from feedsvc.errors import TooOften
from feedsvc.web.bridge import Asked
from feedsvc.web.desk import REFUSED, Desk
from feedsvc.web.repeats import LONGEST, Repeat, Repeats

#: A request's line and header fields.
_MOST_HEAD = 32 * 1024
#: Seconds for a request's head to come, and between two pieces of its body.
_ARRIVE = 10.0
#: Seconds that a connection is kept for another request.
KEEP = 30
#: Seconds without a byte taken by the client, after which an answer is given up.
_STUCK = 120.0
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)
_END = b"\r\n\r\n"
#: Fields of requests that bring more than their head, or want something else than an answer.
_MORE = {b"content-length", b"transfer-encoding", b"expect", b"upgrade"}


class Connection(asyncio.Protocol):
    """A client's connection."""

    __slots__ = (
        "_answered",
        "_made_of",
        "_paused",
        "_peer",
        "_requests",
        "_since",
        "_transport",
        "_unsent",
    )

    #: Set by whoever starts the server.
    repeats: ClassVar[Repeats | None] = None
    desk: ClassVar[Desk | None] = None
    everyone: ClassVar[set[Connection]] = set()

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
        self._made_of = (config, server_state, app_state, _loop)
        self._requests: _Requests | None = None
        self._transport = cast("asyncio.Transport", None)
        self._paused = False
        self._peer: str | None = None
        self._answered = False
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

    def shutdown(self) -> None:
        """End after what is under way; uvicorn asks for it."""
        if self._requests is None:
            self._transport.close()
        else:
            self._requests.shutdown()

    def data_received(self, data: bytes) -> None:
        requests = self._requests
        if requests is None or not requests.in_head:
            self._since = time.monotonic()  # of a head it is the first byte that counts
        asked, refused = None, None
        if len(data) <= LONGEST and not self._paused and (requests is None or requests.at_rest()):
            repeats = self.repeats
            repeat = repeats.get(data) if repeats is not None else None
            if repeat is not None:
                try:
                    self._repeat(repeat)
                except TooOften as wait:
                    refused = wait.retry_after
                else:
                    return
            elif repeats is not None and data.find(_END) == len(data) - len(_END):
                asked = Asked(data, repeats.state(), close=False)
        if requests is None:
            requests = self._requests = _Requests(*self._made_of)
            requests.connection_made(self._transport)
            requests.connections.discard(requests)
        requests.receive(data, asked, refused)

    def _repeat(self, repeat: Repeat) -> None:
        """Give an answer again. Raises TooOften."""
        if self.desk is not None:
            environ = repeat.environ
            if not environ.get("HTTP_IF_NONE_MATCH"):  # only then it matters who asks
                if self._peer is None:
                    peer = self._transport.get_extra_info("peername")
                    self._peer = peer[0] if peer else ""
                if environ["REMOTE_ADDR"] != self._peer or REFUSED in environ:
                    environ = {**environ, "REMOTE_ADDR": self._peer}
                    environ.pop(REFUSED, None)
            self.desk.again(repeat.target, environ, repeat.answer)
        self._answered = True
        if repeat.body:
            self._transport.writelines((repeat.head, repeat.body))
        else:
            self._transport.write(repeat.head)
        if repeat.close:
            self._transport.close()

    def look(self, now: float) -> None:
        """End the connection if its client takes longer than anybody has to."""
        requests, waited = self._requests, now - self._since
        unsent = self._transport.get_write_buffer_size()
        if unsent:
            if unsent != self._unsent:
                self._unsent, self._since = unsent, now
            elif waited > _STUCK:
                self._transport.abort()
        elif requests is None or requests.at_rest():
            answered = self._answered or (requests is not None and requests.cycle is not None)
            if waited > (KEEP if answered else _ARRIVE):
                self._transport.close()
        elif not requests.whole and waited > _ARRIVE:
            self._transport.abort()


class _Requests(HttpToolsProtocol):
    """The requests of a connection as uvicorn reads and answers them."""

    in_head = False  #: a head has begun
    whole = True  #: there is nothing that has begun and not ended
    _head_size = 0
    _asked: Asked | None = None
    _refused: int | None = None

    def at_rest(self) -> bool:
        """Whether nothing has come of a request, and nothing is under way."""
        return self.whole and (self.cycle is None or self.cycle.response_complete)

    def receive(self, data: bytes, asked: Asked | None, refused: int | None) -> None:
        """Read on; ``asked`` if this is all of a request that may be answered again."""
        self._asked, self._refused = asked, refused
        if self.whole or self.in_head:
            self._head_size = len(data) + (self._head_size if self.in_head else 0)
            if self._head_size > _MOST_HEAD and _END not in data[:_MOST_HEAD]:
                self.transport.write(_TOO_LARGE)
                self.transport.close()
                return
        self.data_received(data)

    def on_message_begin(self) -> None:
        self.whole, self.in_head = False, True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self.in_head = False
        super().on_headers_complete()
        cycle, asked = self.cycle, self._asked
        scope = cast("dict[str, Any]", self.scope)
        scope["feedsvc.gone"] = lambda: cycle.disconnected
        if asked and not _MORE & {name for name, _ in self.headers}:
            scope["feedsvc.asked"] = asked._replace(close=not cycle.keep_alive)
        if self._refused is not None:
            scope["feedsvc.refused"] = self._refused
        self._asked = self._refused = None

    def on_message_complete(self) -> None:
        self.whole = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._unset_keepalive_if_required()  # look() does it, which knows of repeats too


async def look_after_all() -> None:
    """End the connections of clients that take too long; to be called each second."""
    now = time.monotonic()
    for connection in list(Connection.everyone):
        connection.look(now)
