"""The requests of one connection and their answers, by uvicorn's HTTP and its parser's callbacks.

What uvicorn leaves open is closed here: how much may come before it makes a request, what becomes
of the answers under way when something comes that is none, how a connection ends.
"""

from __future__ import annotations

import asyncio
import time
from http import HTTPStatus
from typing import Any, cast

from httptools import HttpParserError, HttpParserUpgrade
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from feedsvc.web.bridge import BODILESS

#: A request's line and header fields; its trailer fields; what frames its body, piece by piece.
_MOST_HEAD = 32 * 1024
#: Bytes that the parser is given at once: it does not say how far it has come.
_SIP = 4096
#: Seconds that are waited for a client to have read the last answer, while it still sends.
_LINGER = 2.0
_VERSIONS = {"1.0", "1.1"}


class Requests(HttpToolsProtocol):
    """The requests of a connection as uvicorn reads and answers them."""

    in_head = False  #: a head has begun
    whole = True  #: there is nothing that has begun and not ended
    begun = 0.0  #: when the body of a request began to come
    since = 0.0  #: when the last answer ended
    unheard = 0  #: bytes that have come since the parser has last told of any
    gone = False  #: there is nobody left to answer
    _deaf = False  # what comes is thrown away
    _silent = False  # nothing more comes
    _last = False  # the connection ends with the next answer
    _fields = 0
    _status = HTTPStatus.BAD_REQUEST
    _refusal = b""
    _refused: int | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast("asyncio.Transport", _Way(transport, self)))

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone = True  # uvicorn tells only the request that came last
        super().connection_lost(exc)

    def busy(self) -> bool:
        """Whether an answer is under way, or several."""
        return self.cycle is not None and not self.cycle.response_complete

    def at_rest(self) -> bool:
        """Whether nothing has come of a request, and nothing is under way."""
        return self.whole and not self._deaf and not self.busy()

    def lingers(self) -> bool:
        """Whether the client may be sending what is not going to be read."""
        return not self._silent and (self._deaf or not self.whole)

    def end(self) -> None:
        """End the connection with the answers under way, or with the next one."""
        self._last = True
        if self.busy():
            self.cycle.keep_alive = False  # the one that came last

    def hear_no_more(self) -> bool:
        """The client has sent all that it will (RFC 9112 9.6); whether it is owed an answer."""
        if not self.busy():
            return False
        self._silent = True
        if self.whole:
            self.end()
        else:
            self.refuse(HTTPStatus.BAD_REQUEST)
        return True

    def receive(self, data: bytes, refused: int | None) -> None:
        """Read on; ``refused`` if the request was found too frequent: for so many seconds."""
        if self._deaf:
            return
        self._refused = refused
        rest = memoryview(data)
        while rest and not self._deaf:
            taken = self._feed(rest[:_SIP])
            rest = rest[taken:]

    def _feed(self, data: memoryview) -> int:
        """Let the parser read; how many bytes it has taken."""
        self.unheard += len(data)
        taken = len(data)
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            # There is nothing else that is spoken here, so what follows is the next request
            # (RFC 9110 7.8: a server may ignore Upgrade).
            taken = upgrade.args[0]
        except HttpParserError:
            self.refuse(self._status)
        else:
            if self.unheard > _MOST_HEAD:
                self.refuse(self._too_large())
        return taken

    def refuse(self, status: HTTPStatus) -> None:
        """Answer what is no request, after the requests before it, and end the connection.

        Each answer belongs to the first request that has none yet (RFC 9112 9.3.2), so nothing is
        written into or before the answers under way.
        """
        in_body, self._deaf, self.whole = not self.whole and not self.in_head, True, True
        answer = f"HTTP/1.1 {status:d} {status.phrase}\r\ncontent-length: 0\r\n"
        self._refusal = f"{answer}connection: close\r\n\r\n".encode("latin-1")
        if not self.busy():
            if in_body:  # that request has its answer
                self.transport.close()
            else:
                self._say_refusal()
        elif in_body and self.pipeline:  # its turn has not come
            self.pipeline.popleft()
        elif in_body and self.cycle.response_started:
            self._refusal = b""
            self.end()
        elif in_body:  # it is not going to be whole: nobody is asked
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self._say_refusal()

    def _say_refusal(self) -> None:
        self.transport.write(self._refusal)
        self.transport.close()

    def _too_large(self) -> HTTPStatus:
        return HTTPStatus(431) if self.in_head else HTTPStatus.BAD_REQUEST

    def on_message_begin(self) -> None:
        self.whole, self.in_head = False, True
        self.unheard = self._fields = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._take(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._take(len(name) + len(value) + 4)
        if self.in_head:  # trailers may be left out (RFC 9110 6.5.1), and nobody asks for them
            super().on_header(name, value)

    def _take(self, size: int) -> None:
        self.unheard = 0
        self._fields += size
        if self._fields > _MOST_HEAD:
            self._status = self._too_large()
            raise ValueError(self._status)  # it becomes an HttpParserError

    def on_headers_complete(self) -> None:
        if self.parser.get_http_version() not in _VERSIONS:
            self._status = HTTPStatus.HTTP_VERSION_NOT_SUPPORTED
            raise ValueError(self._status)
        super().on_headers_complete()
        self.in_head, self.unheard, self._fields = False, 0, 0
        self.begun = time.monotonic()
        cycle = self.cycle
        if self._last:
            cycle.keep_alive = False
        scope = cast("dict[str, Any]", self.scope)
        scope["feedsvc.gone"] = lambda: self.gone or cycle.disconnected
        scope["feedsvc.leave"] = lambda: self._leave(cycle)
        scope["feedsvc.longer"] = self._longer
        if self._refused is not None:
            scope["feedsvc.refused"] = self._refused
        self._refused = None

    def _leave(self, cycle: RequestResponseCycle) -> None:
        cycle.disconnected = True  # uvicorn expects no answer then
        if not self.transport.is_closing():
            self.transport.abort()

    def _longer(self) -> None:
        """Let the body take its time anew: a part of it has come, and it may be as large."""
        self.begun = time.monotonic()

    def on_body(self, body: bytes) -> None:
        self.unheard = 0
        if self.parser.get_method().decode("ascii") not in BODILESS:  # else nobody takes it
            super().on_body(body)

    def on_message_complete(self) -> None:
        self.whole, self.unheard = True, 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        last = not self.pipeline
        super().on_response_complete()
        self._unset_keepalive_if_required()  # look() does it, which knows of repeats too
        self.since = time.monotonic()
        if last and self._refusal and not self.transport.is_closing():
            self._say_refusal()


class _Way:
    """The transport as uvicorn uses it.

    It does not mind that the client has gone: uvicorn hears of that a turn later. And it closes so
    that the client can read the last answer: with data unread, closing resets the connection, and
    what the client has not read yet is lost (RFC 9112 9.6).
    """

    def __init__(self, transport: asyncio.BaseTransport, requests: Requests) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._requests = requests
        self._lingers = False

    def write(self, data: bytes) -> None:
        if not self.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        if self.is_closing():
            return
        if not self._requests.lingers():
            self._transport.close()
            return
        self._requests.flow.resume_reading()
        self._lingers = self._requests._deaf = True
        self._transport.write_eof()
        self._requests.loop.call_later(_LINGER, self._transport.abort)

    def abort(self) -> None:
        self._transport.abort()

    def is_closing(self) -> bool:
        return self._lingers or self._transport.is_closing()

    def get_extra_info(self, name: str) -> Any:
        return self._transport.get_extra_info(name)

    def pause_reading(self) -> None:
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()
