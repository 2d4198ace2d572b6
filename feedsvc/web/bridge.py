"""From the event loop of the server (ASGI 3) to the application (WSGI, PEP 3333), by threads.

A thread is held only while the application works: while the next piece is made, not while a slow
client takes it. So a hundred slow downloads hold no thread, and no poll waits behind them.
"""

from __future__ import annotations

import asyncio
import contextvars
import io
import json
import logging
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from http import HTTPStatus
from typing import IO, Any, TypeVar
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication, WSGIEnvironment

from feedsvc.web.desk import REFUSED
from feedsvc.web.errors import PROBLEM_JSON, RETRY_AFTER, TYPE_PREFIX

T = TypeVar("T")

log = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Larger requests are for those alone who may send them, and wait on the disk.
_MOST_BODY = 1024 * 1024
#: What the bodies of all requests of a worker may hold together in memory.
MOST_BODIES = 32 * 1024 * 1024
#: Requests that wait for a thread, or have one: some seconds of work.
MOST_WAITING = 1024
#: To these a body has no meaning (RFC 9110 9.3.1, 9.3.2, 9.3.7), so none is waited for.
BODILESS = {"GET", "HEAD", "OPTIONS"}
#: Has a thread for itself: it asks nobody, so it says that the process lives while others wait.
_HEALTH = b"/healthz"
_PROBLEMS = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "too-large",
        "That is too much",
        "The body is larger than this address takes, or than who sends it may send: send less.",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "unavailable",
        "Not available just now",
        "Too much is asked at once. Try again in a few seconds.",
    ),
}


class _Left(Exception):
    """The client has gone."""


class _Refused(Exception):
    """Nobody is asked; with the status that is answered."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


class Bridge:
    """An ASGI application that lets a WSGI one answer in the threads of ``threads``.

    ``body_limit`` says of a request's head how many bytes its body may have; it is asked in a
    thread when they are more than a MiB, before any of them is waited for. Whoever sends something
    is answered in the threads of ``writers``, if there are any: writes wait for the disk and for
    each other, and nobody who reads is to wait behind them.
    """

    def __init__(
        self,
        application: WSGIApplication,
        threads: Executor,
        body_limit: Callable[[WSGIEnvironment], int] = lambda _environ: _MOST_BODY,
        writers: Executor | None = None,
    ) -> None:
        self._application = application
        self._threads = threads
        self._writers = writers or threads
        self._body_limit = body_limit
        self._health = ThreadPoolExecutor(1, thread_name_prefix="health")
        # So that nobody's poll waits for a disk that somebody's film is written to.
        self._bodies = ThreadPoolExecutor(2, thread_name_prefix="body")
        self._waiting = 0
        self._held = 0  # bytes of bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        body = _Body()
        try:
            if scope["method"] not in BODILESS:
                await self._gather(scope, receive, body)
            await self._answer(scope, body, send)
        except _Refused as refused:
            await refuse(refused.status, send)
        except _Left:
            log.debug("a client has left before it was answered")
            scope["feedsvc.leave"]()
        except asyncio.CancelledError:  # at the end of the server, of what has taken too long
            log.debug("an answer was given up at the end")
            scope["feedsvc.leave"]()
        finally:
            self._held -= body.held
            if body.file is not None:
                body.file.close()

    async def _gather(self, scope: Scope, receive: Receive, body: _Body) -> None:
        """Let the body come. Raises _Refused, and _Left when it is not going to be whole."""
        limit = await self._limit(scope, told_length(scope))
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise _Left
            piece, more = message.get("body", b""), message.get("more_body", False)
            if body.size + len(piece) > limit:
                limit = await self._limit(scope, body.size + len(piece))
            if self._held + len(piece) > MOST_BODIES:
                raise _Refused(HTTPStatus.SERVICE_UNAVAILABLE)
            body.stream.write(piece)
            body.size += len(piece)
            body.held += len(piece)
            self._held += len(piece)
            if body.held >= _MOST_BODY and body.size > _MOST_BODY:
                await self._to_disk(body)
                scope["feedsvc.longer"]()
        if body.file is not None:
            await self._to_disk(body)
            body.stream = body.file
        body.stream.seek(0)

    async def _limit(self, scope: Scope, size: int) -> int:
        """How many bytes the body may have, which are at least ``size``. Raises _Refused."""
        limit = _MOST_BODY
        if size > limit:
            environ = environ_of(scope, io.BytesIO())
            try:
                limit = await _in(self._bodies, lambda: self._body_limit(environ))
            except Exception as error:
                log.error("nobody can say who may send a large body", exc_info=error)
                raise _Refused(HTTPStatus.SERVICE_UNAVAILABLE) from error
        if size > limit:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return limit

    async def _to_disk(self, body: _Body) -> None:
        """Write what has come meanwhile to the body's file, which has no name."""
        try:
            await _in(self._bodies, body.spill)
        except OSError as error:
            log.error("a request's body can't be kept on the disk", exc_info=error)
            raise _Refused(HTTPStatus.SERVICE_UNAVAILABLE) from error
        self._held -= body.held
        body.held = 0

    def _threads_for(self, scope: Scope) -> Executor:
        """Where a request is answered. Raises _Refused when too many wait."""
        if scope["raw_path"] == _HEALTH:
            return self._health
        if self._waiting >= MOST_WAITING:
            raise _Refused(HTTPStatus.SERVICE_UNAVAILABLE)
        return self._threads if scope["method"] in BODILESS else self._writers

    async def _answer(self, scope: Scope, body: _Body, send: Send) -> None:
        """Let the application answer. Raises _Left, _Refused."""
        gone: Callable[[], bool] = scope["feedsvc.gone"]
        threads = self._threads_for(scope)
        environ = environ_of(scope, body.stream)
        if "feedsvc.refused" in scope:
            environ[REFUSED] = scope["feedsvc.refused"]
        answer = _Answer(self._application, environ)
        loop = asyncio.get_running_loop()
        context = contextvars.copy_context()

        def run(work: Callable[[], T]) -> Awaitable[T]:
            return loop.run_in_executor(threads, lambda: context.run(work))

        def start() -> bytes:
            if gone():  # while it waited for this thread
                raise _Left
            return answer.start()

        try:
            self._waiting += 1
            try:
                piece = await run(start)
            finally:
                self._waiting -= 1
            if scope["method"] in BODILESS and b"expect" in dict(scope["headers"]):
                # Whether its body comes nobody can know (RFC 9110 10.1.1).
                answer.fields = [*answer.fields, ("Connection", "close")]
            await send({
                "type": "http.response.start",
                "status": answer.status,
                "headers": [
                    (name.lower().encode("latin-1"), value.encode("latin-1"))
                    for name, value in answer.fields
                ],
            })
            while not answer.ended and not gone():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await run(answer.next)
            if not answer.ended:
                raise _Left
            await send({"type": "http.response.body", "body": piece})
        finally:
            if not answer.closed:
                await asyncio.shield(run(answer.close))


class _Answer:
    """What the application answers, piece by piece; each call is one thread's."""

    def __init__(self, application: WSGIApplication, environ: WSGIEnvironment) -> None:
        self._application = application
        self._environ = environ
        self._result: Iterable[bytes] = ()
        self._pieces: Iterator[bytes] = iter(())
        self.status = 500
        self.fields: list[tuple[str, str]] = []
        self.ended = False
        self.closed = False

    def start(self) -> bytes:
        """Let the application begin; its first piece. All of them, where they are there already."""
        self._result = self._application(self._environ, self._start_response)
        if isinstance(self._result, (list, tuple)):
            self.ended = True
            self.close()
            return b"".join(self._result)
        self._pieces = iter(self._result)
        first = self.next()
        return first if self.ended else self._only(first)

    def next(self) -> bytes:
        """The next piece that is not empty; empty at the end."""
        for piece in self._pieces:
            if piece:
                return piece
        self.ended = True
        self.close()
        return b""

    def close(self) -> None:
        """Let the application let go."""
        if not self.closed:
            self.closed = True
            if hasattr(self._result, "close"):
                self._result.close()

    def _only(self, first: bytes) -> bytes:
        """See whether an answer of known length is whole, which saves asking for its end."""
        length = next((value for name, value in self.fields if name == "Content-Length"), "")
        if length == str(len(first)):
            self.ended = True
            self.close()
        return first

    def _start_response(
        self, status: str, fields: list[tuple[str, str]], _: object = None, /
    ) -> Callable[[bytes], object]:
        self.status, self.fields = int(status[:3]), fields
        return _no_write


def _no_write(_: bytes) -> object:
    raise NotImplementedError("write() of PEP 3333 is for old frameworks")


class _Body:
    """The body of a request, as much as has come.

    ``stream`` has it in the end, before that what has not been written to ``file`` yet. ``size``
    and ``held`` are in bytes: of all, and of what is in memory.
    """

    def __init__(self) -> None:
        self.stream: IO[bytes] = io.BytesIO()
        self.file: IO[bytes] | None = None
        self.size = 0
        self.held = 0

    def spill(self) -> None:
        """Write what is in memory to the file. Raises OSError."""
        if self.file is None:
            self.file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the request
        self.stream.seek(0)
        shutil.copyfileobj(self.stream, self.file)
        self.stream.seek(0)
        self.stream.truncate()


def _in(threads: Executor, work: Callable[[], T]) -> Awaitable[T]:
    return asyncio.get_running_loop().run_in_executor(threads, work)


def told_length(scope: Scope) -> int:
    """How many bytes the body has; 0 where its sender does not say."""
    told = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(told)  # the parser has seen that it is a number


async def refuse(status: HTTPStatus, send: Send) -> None:
    """Answer as ``errors`` does, but without the application."""
    problem, title, detail = _PROBLEMS[status]
    told = {"type": TYPE_PREFIX + problem, "title": title, "status": status, "detail": detail}
    body = json.dumps(told).encode() + b"\n"
    fields = {
        "content-type": PROBLEM_JSON,
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "connection": "close",  # the rest of a body, or of a crowd, is not waited for
    }
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        fields["retry-after"] = str(RETRY_AFTER)
    headers = [(name.encode(), value.encode()) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def environ_of(scope: Scope, body: IO[bytes]) -> WSGIEnvironment:
    """The request as PEP 3333 puts it."""
    server, client = scope["server"] or ("", 0), scope["client"] or ("", 0)
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").upper().replace("-", "_")
        value = raw_value.decode("latin-1")
        if "_" in raw_name.decode("latin-1"):
            continue  # "X_Forwarded_For" is no spelling of X-Forwarded-For
        if name not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            name = f"HTTP_{name}"
        before = environ.get(name)
        environ[name] = value if before is None else f"{before},{value}"
    return environ
