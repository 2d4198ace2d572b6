"""Requests that another process answers: what goes over, and either side going away."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from web.wired import Connect, all_of, answering, relayed, served

from feedsvc.web.bridge import Bridge, Receive, Scope, Send
from feedsvc.web.pairs import MOST_KEPT, Pairs, taken
from feedsvc.web.relay import Relay

PIECE = b"p" * 100_000


class Application:
    """Says who it is; ``/held`` waits for ``free``."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seen: list[str] = []
        self.free = threading.Event()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        self.seen.append(path)
        if path == "/held":
            self.free.wait(8)
        if path == "/failing":
            raise RuntimeError("as it happens")
        length = str(len(environ["wsgi.input"].read()))
        client = f"{environ['REMOTE_ADDR']} {environ['HTTP_X_A']} {environ['QUERY_STRING']}"
        start_response("201 Created", [("X-Name", self.name), ("X-Seen", f"{length} {client}")])
        if path == "/small":
            return [b"s"]
        return [PIECE * 20] if path == "/large" else iter([PIECE] * 20)


@pytest.fixture
def there() -> Application:
    return Application("there")


@pytest.fixture
def connect(there: Application) -> Iterator[Connect]:
    with ThreadPoolExecutor(1) as other, ThreadPoolExecutor(1) as pool:
        here = Bridge(Application("here"), pool)
        with relayed(Bridge(there, other), here) as connect:
            yield connect
            there.free.set()


def text(method: str, path: str, body: bytes = b"") -> bytes:
    fields = f"Host: a\r\nX-A: b\r\nConnection: close\r\nContent-Length: {len(body)}"
    return f"{method} {path} HTTP/1.1\r\n{fields}\r\n\r\n".encode() + body


def asked(connect: Connect, request: bytes) -> bytes:
    with connect() as connection:
        connection.sendall(request)
        return all_of(connection)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "NONSENSE"])
def test_what_sends_something_is_answered_there(connect: Connect, method: str) -> None:
    answer = asked(connect, text(method, "/a?q=1", b"12345"))
    if method == "NONSENSE":
        assert answer.startswith(b"HTTP/1.1 400")
        return
    assert answer.startswith(b"HTTP/1.1 201")
    assert b"x-name: there\r\n" in answer
    assert b"x-seen: 5 127.0.0.1 b q=1\r\n" in answer


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_reads_is_answered_here(connect: Connect, method: str) -> None:
    assert b"x-name: here\r\n" in asked(connect, text(method, "/a"))


@pytest.mark.parametrize("path", ["/large", "/pieces"])
def test_a_large_answer_comes_whole(connect: Connect, path: str) -> None:
    assert asked(connect, text("POST", path)).count(b"p" * 1000) >= 1990


def test_nobody_there_is_asked_for_who_has_left(there: Application, connect: Connect) -> None:
    with connect() as first:
        first.sendall(text("POST", "/held"))
        until(lambda: there.seen == ["/held"])
        with connect() as second:
            second.sendall(text("POST", "/left"))
            time.sleep(0.1)
            second.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        time.sleep(0.1)
        there.free.set()
        all_of(first)
    asked(connect, text("POST", "/last"))
    assert there.seen == ["/held", "/last"]


def test_a_failure_is_one_here_too(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    assert asked(connect, text("POST", "/failing")).startswith(b"HTTP/1.1 500")
    assert "as it happens" in caplog.text


@pytest.mark.parametrize("begun", [False, True])
def test_a_process_that_ends_leaves_nobody_waiting(begun: bool) -> None:
    async def ends(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"a", "more_body": True})

    with relayed(ends) as connect:
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            answer = asked(connect, text("POST", "/", b"12345"))
    if begun:
        assert not answer.endswith(b"0\r\n\r\n")
        return
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"retry-after: " in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == 503


def test_after_a_failure_others_are_answered(connect: Connect) -> None:
    for _ in range(12):
        assert asked(connect, text("POST", "/failing")).startswith(b"HTTP/1.1 500")
    assert b"x-name: there\r\n" in asked(connect, text("POST", "/a", b"12345"))


@contextlib.contextmanager
def reading_nothing(connect: Connect, request: bytes) -> Iterator[None]:
    """A client that takes the beginning of an answer and then nothing."""
    with connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(request)
        assert connection.recv(12) == b"HTTP/1.1 201"
        yield


def test_nobody_waits_for_who_does_not_read_or_send(connect: Connect) -> None:
    with contextlib.ExitStack() as slow:
        for _ in range(MOST_KEPT + 2):
            slow.enter_context(reading_nothing(connect, text("POST", "/large", b"12345")))
            sends = slow.enter_context(connect())
            sends.sendall(text("POST", "/late", b"12345")[:-1])
        assert b"x-name: there\r\n" in asked(connect, text("POST", "/a", b"12345"))


def test_many_at_once_take_turns_by_few_pairs(there: Application) -> None:
    with (
        ThreadPoolExecutor(4) as other,
        ThreadPoolExecutor(1) as pool,
        answering(Bridge(there, other)) as (pairs, ends),
    ):
        with served(Relay(Bridge(Application("here"), pool), pairs), pairs) as connect:
            until(lambda: b"x-name: there" in asked(connect, text("POST", "/first")))
            with contextlib.ExitStack() as clients:
                many = [clients.enter_context(connect()) for _ in range(5 * MOST_KEPT)]
                for number, connection in enumerate(many):
                    connection.sendall(text("POST", f"/small?{number}", b"12345"))
                for number, connection in enumerate(many):
                    answer = all_of(connection)
                    assert answer.startswith(b"HTTP/1.1 201")
                    assert f" {number}\r\n".encode() in answer
                    assert answer.endswith(b"0\r\n\r\n")
        assert len(ends) <= MOST_KEPT


def test_while_nobody_is_there_all_is_answered_here() -> None:
    asks, takes = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ThreadPoolExecutor(1) as pool, asks, takes:
        with served(Relay(Bridge(Application("here"), pool), Pairs(asks))) as connect:
            for _ in range(3):
                assert b"x-name: here\r\n" in asked(connect, text("POST", "/a", b"12345"))
        (end,) = taken(takes)  # it is asked once, and nobody waits for that
        end.close()


def until(true: object) -> None:
    """Wait until it is true, for a few seconds."""
    for _ in range(500):
        if callable(true) and true():
            return
        time.sleep(0.01)
    pytest.fail("it does not come")
