"""Requests that another process answers: ASGI over pairs of sockets.

Whoever writes computes for milliseconds, and in one process Python lets nobody else do so
meanwhile: polls waited behind writes. Here a request is handed on, and its answer brought back;
neither side holds a thread for it while it waits.

The ordinary write goes over whole in one message, and its answer comes back in one, by a pair that
is used again. For a larger body the other side asks piece by piece, and each piece of an answer
waits until the client has taken the one before; such a pair ends with its request, as does one by
which anything unusual happened.

What goes over are the messages of ASGI; with the first of an answer's body comes its ``start``.
And of the side that answers: ``receive`` (it wants the next piece of the body), ``longer``,
``leave`` (as ``feedsvc.longer`` and ``feedsvc.leave`` of a scope), ``failed``.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from http import HTTPStatus

from feedsvc.web import bridge
from feedsvc.web.bridge import BODILESS, Asgi, Receive, Scope, Send, refuse, told_length
from feedsvc.web.pairs import HERE, MOST_KEPT, Message, Pair, Pairs

log = logging.getLogger(__name__)

#: Bytes of a body that one message has at most, either way.
_PIECE = 256 * 1024
#: What of a request's head goes over.
_HEAD = (
    "type",
    "http_version",
    "scheme",
    "method",
    "raw_path",
    "query_string",
    "headers",
    "client",
    "server",
    "feedsvc.refused",
)


class Relay:
    """An ASGI application that hands on what sends something, and leaves the rest to ``here``.

    While nobody is there to take it, or it is not ``wanted`` to be handed on, that is answered here
    too.
    """

    def __init__(self, here: Asgi, pairs: Pairs, wanted: Callable[[], bool] = lambda: True) -> None:
        self._here = here
        self._pairs = pairs
        self._wanted = wanted
        self._written = False  # anybody has sent something
        self._turns = asyncio.Semaphore(MOST_KEPT)
        self._waiting = 0
        self._held = 0  # bytes of bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        writes = scope["type"] == "http" and scope["method"] not in BODILESS
        self._written = self._written or writes
        if not writes or not self._wanted():
            await self._here(scope, receive, send)
            return
        try:
            first = None
            if told_length(scope) <= _PIECE:  # a larger one may not be wanted at all
                first = await receive()
                if first["type"] != "http.request":
                    scope["feedsvc.leave"]()
                    return
            handed = _Handed(scope, receive, send, first)
            if not await (self._in_turn(handed) if handed.whole else self._apart(handed)):
                await self._here(scope, handed.receive, send)
        except asyncio.CancelledError:  # at the end of the server, of what has taken too long
            log.debug("an answer was given up at the end")
            scope["feedsvc.leave"]()

    async def prepare(self) -> None:
        """Have somebody there before the next write comes, if there was one before; to be called
        now and then. He takes a second to start, and there is time while nobody writes."""
        if self._written and self._wanted():
            pair = await self._pairs.take()
            if pair is not None:
                self._pairs.keep(pair)

    async def _in_turn(self, handed: _Handed) -> bool:
        """Hand on what is whole; false when there is nobody to take it."""
        if self._is_full(handed.size):
            await refuse(HTTPStatus.SERVICE_UNAVAILABLE, handed.send)
            return True
        self._waiting += 1
        self._held += handed.size
        turn = _Turn(self._turns)
        try:
            await turn.begin()
            if handed.is_left():
                handed.leave()
                return True
            pair = await self._pairs.take()
            if pair is None:
                return False
            clean = False
            try:
                clean = await handed.answer(pair, turn.end)
            finally:
                (self._pairs.keep if clean else self._pairs.drop)(pair)
            return True
        finally:
            turn.end()
            self._waiting -= 1
            self._held -= handed.size

    def _is_full(self, size: int) -> bool:
        """Whether too many wait, or hold too much with ``size`` bytes more."""
        held = self._held + size
        return self._waiting >= bridge.MOST_WAITING or held > bridge.MOST_BODIES

    async def _apart(self, handed: _Handed) -> bool:
        """Hand on what may take long to come, by a pair for it alone; false as above."""
        pair = await self._pairs.new()
        if pair is None:
            return False
        try:
            await handed.answer(pair)
        finally:
            self._pairs.drop(pair)
        return True


class _Turn:
    """One of so many that are under way."""

    def __init__(self, turns: asyncio.Semaphore) -> None:
        self._turns = turns
        self._has = False

    async def begin(self) -> None:
        await self._turns.acquire()
        self._has = True

    def end(self) -> None:
        if self._has:
            self._has = False
            self._turns.release()


class _Handed:
    """A request that the other side answers; ``first`` is what has come of its body, if anything
    was waited for."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, first: Message | None) -> None:
        self._scope = scope
        self._receive = receive
        self._first = first
        self._begun = False
        self.send = send
        self.whole = first is not None and not first.get("more_body")
        self.size = len(first.get("body", b"")) if first else 0

    async def receive(self) -> Message:
        """What has come, and then what comes."""
        first, self._first = self._first, None
        return await self._receive() if first is None else first

    def is_left(self) -> bool:
        """Whether its client has gone."""
        return bool(self._scope["feedsvc.gone"]())

    def leave(self) -> None:
        """Nobody is to be answered any more."""
        self._scope["feedsvc.leave"]()

    async def answer(self, pair: Pair, large: Callable[[], object] = lambda: None) -> bool:
        """Hand it on, and bring its answer back; whether nothing unusual happened.

        ``large`` is called when the answer does not come in one piece. When the other process
        ends meanwhile, nobody can tell whether it has done what was asked; the client is told 503
        then, as it is when too many ask at once: what was stored is stored, and what was not is
        to be asked for again. An answer that had begun is broken off.
        """
        pair.say(
            {name: self._scope[name] for name in _HEAD if name in self._scope}
            | {"first": self._first}
        )
        watch = asyncio.create_task(self._close_when_left(pair)) if self.whole else None
        try:
            while (message := await pair.hear()) is not None:
                if message["type"] != "http.response.body":
                    if await self._is_over(message, pair):
                        return False
                    continue
                if start := message.pop("start", None):
                    self._begun = True
                    await self.send(start)
                more = message.get("more_body", False)
                if more:
                    large()
                await self.send(message)
                if not more:
                    return self.whole
        finally:
            if watch is not None:
                watch.cancel()
        if self.is_left() or self._begun:
            self.leave()
        else:
            log.error("the process that answers writes has ended before it had answered one")
            await refuse(HTTPStatus.SERVICE_UNAVAILABLE, self.send)
        return False

    async def _is_over(self, message: Message, pair: Pair) -> bool:
        """Do what the other side asks for; whether that is the end of it."""
        match message["type"]:
            case "receive":
                came = await self._receive()
                await pair.tell(came)
                return False
            case "longer":
                self._scope["feedsvc.longer"]()
                return False
            case "leave":
                self.leave()
                return True
        raise RuntimeError("a request has failed in the process that answers writes")

    async def _close_when_left(self, pair: Pair) -> None:
        """Let the other side see that the client has gone: nothing else comes after a body."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if self.is_left():
            pair.close()


async def answer_all(application: Asgi, end: socket.socket) -> None:
    """Let ``application`` answer the requests that come by this end of a pair."""
    pair = await Pair.over(end)
    try:
        pair.say(HERE)
        while (head := await pair.hear()) is not None:
            if not await _Asked(pair, head).answer(application):
                return
    finally:
        pair.close()


class _Asked:
    """A request that this side answers."""

    def __init__(self, pair: Pair, head: Message) -> None:
        self._pair = pair
        self._first: Message | None = head.pop("first")
        self._scope = head | {
            "feedsvc.gone": lambda: pair.gone,
            "feedsvc.longer": lambda: pair.say({"type": "longer"}),
            "feedsvc.leave": lambda: pair.say({"type": "leave"}),
        }
        self._start: Message | None = None
        self._ended = False

    async def answer(self, application: Asgi) -> bool:
        """Answer it; whether the pair may be used again."""
        try:
            await application(self._scope, self._receive, self._send)
        except Exception:
            log.exception("a write could not be answered")
            self._pair.say({"type": "failed"})
            return False
        return self._ended

    async def _receive(self) -> Message:
        first, self._first = self._first, None
        if first is not None:
            return first
        self._pair.say({"type": "receive"})
        came = await self._pair.hear()
        return {"type": "http.disconnect"} if came is None else came

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        while len(body) > _PIECE:
            await self._piece(body[:_PIECE], more=True)
            body = body[_PIECE:]
        await self._piece(body, more=more)
        self._ended = not more

    async def _piece(self, body: bytes, *, more: bool) -> None:
        message = {"type": "http.response.body", "body": body, "more_body": more}
        if self._start is not None:
            message["start"], self._start = self._start, None
        await self._pair.tell(message)
