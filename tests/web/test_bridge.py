"""The way from connections to the application's threads: bodies, crowds, and clients that leave."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import socket
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from web.wired import Connect, all_of, wired

from feedsvc.web import bridge, wire

MOST = 1024 * 1024


class Application:
    """Says what it has read; ``/held`` is answered when ``free`` is set."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int]] = []
        self.free = threading.Event()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        self.seen.append((path, len(environ["wsgi.input"].read())))
        if path == "/held":
            self.free.wait(8)
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]


@pytest.fixture
def application() -> Application:
    return Application()


@pytest.fixture(params=[False, True], ids=["here", "apart"])
def connect(application: Application, request: pytest.FixtureRequest) -> Iterator[Connect]:
    with wired(application, apart=request.param) as connect:
        yield connect
        application.free.set()


def head(line: str, *fields: str) -> bytes:
    return "\r\n".join((f"{line} HTTP/1.1", "Host: a", *fields, "", "")).encode()


def test_a_body_that_was_cut_off_reaches_nobody(application: Application, connect: Connect) -> None:
    for text in (
        head("POST /", "Content-Length: 1000") + b"a" * 10,
        head("POST /", "Transfer-Encoding: chunked") + b"1\r\na\r\n",
    ):
        with connect() as connection:
            connection.sendall(text)
            time.sleep(0.1)
            connection.shutdown(socket.SHUT_WR)
            assert all_of(connection).startswith(b"HTTP/1.1 400")
        with connect() as connection:
            connection.sendall(text)
            time.sleep(0.1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    time.sleep(0.1)
    assert application.seen == []


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("size", [MOST, MOST + 1, 10 * MOST])
def test_a_body_is_whole_or_refused(
    application: Application, connect: Connect, size: int, chunked: bool
) -> None:
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
    body = b"a" * size
    with connect() as connection:
        connection.sendall(head("POST /", framing, "Connection: close"))
        connection.sendall(b"%x\r\n%b\r\n0\r\n\r\n" % (size, body) if chunked else body)
        answer = all_of(connection)
    if size == MOST:
        assert answer.startswith(b"HTTP/1.1 200")
        assert application.seen == [("/", MOST)]
        return
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"content-type: application/problem+json\r\n" in answer
    told = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert told["status"] == 413
    assert told["type"] and told["title"] and told["detail"]
    assert application.seen == []


def test_nobody_waits_for_what_a_get_brings(connect: Connect) -> None:
    with connect() as connection:
        connection.sendall(head("GET /", "Content-Length: 100000"))
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        connection.sendall(b"a" * 100_000 + head("GET /", "Connection: close"))
        assert all_of(connection).startswith(b"HTTP/1.1 200")


def test_bodies_hold_no_more_than_so_much_together(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge, "MOST_BODIES", 100_000)
    text = head("POST /", "Content-Length: 60000", "Connection: close")
    with connect() as first, connect() as second:
        first.sendall(text + b"a" * 59_999)
        time.sleep(0.2)
        second.sendall(text + b"a" * 59_999)
        answer = all_of(second)
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"retry-after: " in answer
        first.sendall(b"a")
        assert all_of(first).startswith(b"HTTP/1.1 200")
    with connect() as third:
        third.sendall(text + b"a" * 60_000)
        assert all_of(third).startswith(b"HTTP/1.1 200")


def test_all_of_a_body_has_its_time(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_BODY", 0.5)
    with connect() as connection, contextlib.suppress(ConnectionError):
        connection.sendall(head("POST /", "Content-Length: 1000"))
        for _ in range(40):
            connection.sendall(b"a")
            time.sleep(0.1)
        pytest.fail("it may drip as long as it likes")


def test_health_is_told_while_all_threads_are_held(connect: Connect) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(connect()).sendall(head("GET /held"))
        time.sleep(0.1)
        connection = stack.enter_context(connect())
        connection.sendall(head("GET /healthz"))
        connection.settimeout(2)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")


def test_nobody_reads_behind_writes(application: Application) -> None:
    with contextlib.ExitStack() as stack:
        writers = stack.enter_context(ThreadPoolExecutor(1))
        connect = stack.enter_context(wired(application, writers=writers))
        stack.callback(application.free.set)
        for _ in range(3):
            writer = stack.enter_context(connect())
            writer.sendall(head("POST /held", "Content-Length: 2") + b"ok")
        time.sleep(0.1)
        reader = stack.enter_context(connect())
        reader.sendall(head("GET /"))
        reader.settimeout(2)
        assert reader.recv(1000).startswith(b"HTTP/1.1 200")
        assert [path for path, _ in application.seen] == ["/held", "/"]


def test_a_crowd_is_told_to_come_again(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "MOST_WAITING", 4)
    with contextlib.ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(connect()).sendall(head("GET /held"))
        time.sleep(0.1)
        connection = stack.enter_context(connect())
        connection.sendall(head("GET /"))
        connection.settimeout(2)
        answer = all_of(connection)
    assert answer.startswith(b"HTTP/1.1 503")
    assert re.search(rb"\r\nretry-after: \d+\r\n", answer)


def test_nobody_works_for_who_has_left(
    application: Application, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    reset = struct.pack("ii", 1, 0)
    held = [connect() for _ in range(2)]
    for connection in held:
        connection.sendall(head("GET /held"))
    time.sleep(0.1)
    for _ in range(50):
        with connect() as connection:
            connection.sendall(head("GET /left"))
            time.sleep(0.005)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
    for connection in held:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        connection.close()
    time.sleep(0.1)
    application.free.set()
    with connect() as connection:
        connection.sendall(head("GET /", "Connection: close"))
        all_of(connection)
    assert {path for path, _ in application.seen} == {"/held", "/"}
    assert not caplog.records


def test_resets_leave_no_word_in_the_log(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    for number in range(300):
        with connect() as connection:
            connection.sendall(head("GET /a") * 3 + head("POST /", "Content-Length: 9") * 2)
            time.sleep(number % 5 / 1000)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    time.sleep(0.2)
    assert not caplog.records
