"""Requests that another process answers: ASGI over a pair of sockets for each of them.

Whoever writes computes for milliseconds, and in one process Python lets nobody else do so
meanwhile: polls waited behind writes. Here a request is handed on as it comes, and its answer
brought back; neither side holds a thread for it while it waits. The other side asks for the body
piece by piece, and each piece of the answer waits until the client has taken the one before.

A pair ends with its request. So whichever side goes away, the other one sees it at once.

What goes over are the messages of ASGI, and of the side that answers: ``receive`` (it wants the
next piece of the body), ``longer``, ``leave`` (as ``feedsvc.longer`` and ``feedsvc.leave`` of a
scope), ``failed``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import pickle
import socket
from collections.abc import Callable
from http import HTTPStatus
from struct import Struct
from typing import Any

from feedsvc.web.bridge import BODILESS, Asgi, Receive, Scope, Send, refuse

log = logging.getLogger(__name__)

_LENGTH = Struct("!I")
#: Bytes of a body that one message has at most.
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

    ``open_pair`` gives this side's end of a new pair, None while nobody is there to answer: then
    it is answered here too.
    """

    def __init__(self, here: Asgi, open_pair: Callable[[], socket.socket | None]) -> None:
        self._here = here
        self._open_pair = open_pair

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        writes = scope["type"] == "http" and scope["method"] not in BODILESS
        pair = self._open_pair() if writes else None
        if pair is None:
            await self._here(scope, receive, send)
        else:
            await _Handed(scope, receive, send).answer(pair)


class _Handed:
    """A request that the other side answers."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._begun = False
        self._watch: asyncio.Task[None] | None = None

    async def answer(self, pair: socket.socket) -> None:
        """Hand it on by this end of a pair, and bring its answer back."""
        reader, writer = await asyncio.open_connection(sock=pair)
        scope = self._scope
        try:
            _write(writer, {name: scope[name] for name in _HEAD if name in scope})
            while (message := await _read(reader)) is not None:
                if await self._is_last(message, writer):
                    return
            log.error("the process that answers writes has ended before it had answered one")
            if self._begun:
                scope["feedsvc.leave"]()
            else:
                await refuse(HTTPStatus.SERVICE_UNAVAILABLE, self._send)
        except asyncio.CancelledError:  # at the end of the server, of what has taken too long
            log.debug("an answer was given up at the end")
            scope["feedsvc.leave"]()
        finally:
            if self._watch is not None:
                self._watch.cancel()
            writer.close()

    async def _is_last(self, message: dict[str, Any], writer: asyncio.StreamWriter) -> bool:
        """Do what the other side asks for; whether that is all."""
        match message["type"]:
            case "receive":
                came = await self._receive()
                _write(writer, came)
                if not came.get("more_body"):
                    self._watch = asyncio.create_task(_until_left(self._receive, writer))
                with contextlib.suppress(ConnectionError):  # then nothing more is read either
                    await writer.drain()
                return False
            case "longer":
                self._scope["feedsvc.longer"]()
                return False
            case "leave":
                self._scope["feedsvc.leave"]()
                return True
            case "failed":
                raise RuntimeError("a request has failed in the process that answers writes")
        self._begun = True
        await self._send(message)
        return message["type"] == "http.response.body" and not message.get("more_body")


async def _until_left(receive: Receive, writer: asyncio.StreamWriter) -> None:
    """Tell the other side when the client has gone: nothing else comes after a whole body."""
    while (await receive())["type"] != "http.disconnect":
        pass
    if not writer.is_closing():
        writer.write_eof()


async def answer(application: Asgi, pair: socket.socket) -> None:
    """Let ``application`` answer the request that comes by this end of a pair."""
    reader, writer = await asyncio.open_connection(sock=pair)

    def gone() -> bool:
        return reader.at_eof() or reader.exception() is not None or writer.is_closing()

    async def receive() -> dict[str, Any]:
        _write(writer, {"type": "receive"})
        return await _read(reader) or {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        body = message.get("body", b"")
        while len(body) > _PIECE:
            await send(message | {"body": body[:_PIECE], "more_body": True})
            body = body[_PIECE:]
            message = message | {"body": body}
        _write(writer, message)
        with contextlib.suppress(ConnectionError):  # whoever asks ``gone`` hears of it
            await writer.drain()

    try:
        head = await _read(reader)
        if head is None:
            return
        head["feedsvc.gone"] = gone
        head["feedsvc.longer"] = lambda: _write(writer, {"type": "longer"})
        head["feedsvc.leave"] = lambda: _write(writer, {"type": "leave"})
        await application(head, receive, send)
    except Exception:
        log.exception("a write could not be answered")
        _write(writer, {"type": "failed"})
    finally:
        writer.close()


def _write(writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
    """Send a message, unless there is nobody to read it."""
    if not writer.is_closing():
        text = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        writer.write(_LENGTH.pack(len(text)) + text)


async def _read(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    """The next message, None when the other side has gone."""
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        text = await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    # Both ends are ours, and nobody else can come by them: they have no name.
    message: dict[str, Any] = pickle.loads(text)  # noqa: S301
    return message
