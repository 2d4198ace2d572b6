"""What comes besides whole requests, and how connections end: read as a client reads it."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from unittest import mock
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
import uvicorn
from uvicorn.server import ServerState
from web.wired import Connect, all_of, wired

from feedsvc.web.wire import Connection

PIECES, PIECE = 256, bytes(65536)
seen: list[tuple[str, bytes]] = []
made: list[int] = []


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    seen.append((path, environ["wsgi.input"].read()))
    if path == "/slow":
        time.sleep(0.3)
    if path == "/large":
        start_response("200 OK", [("Content-Length", str(PIECES * len(PIECE)))])
        return large()
    start_response("200 OK", [("Content-Length", str(len(path)))])
    return [path.encode()]


def large() -> Iterator[bytes]:
    for number in range(PIECES):
        made.append(number)
        yield PIECE


@pytest.fixture(scope="module", params=[False, True], ids=["here", "apart"])
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    with wired(application, apart=request.param) as connect:
        yield connect


def get(path: str, *fields: str) -> bytes:
    return "\r\n".join((f"GET {path} HTTP/1.1", "Host: a", *fields, "", "")).encode()


def statuses(data: bytes) -> list[bytes]:
    return re.findall(rb"HTTP/1\.1 (\d+) ", data)


@pytest.mark.parametrize("piece", [b"X: a\r\n" * 9000, b"a" * 60_000], ids=["many", "one"])
def test_trailers_have_a_bound(connect: Connect, piece: bytes) -> None:
    with connect() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
        with contextlib.suppress(ConnectionError):
            for _ in range(10):
                connection.sendall(piece)
        assert statuses(all_of(connection)) == [b"400"]


def test_short_trailers_are_no_header_fields(connect: Connect) -> None:
    with connect() as connection:
        connection.sendall(
            b"POST /t HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"1\r\na\r\n0\r\nX-Forwarded-For: a\r\n\r\n" + get("/next", "Connection: close")
        )
        assert statuses(all_of(connection)) == [b"200", b"200"]
    assert seen[-2:] == [("/t", b"a"), ("/next", b"")]


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        (b"GARBAGE\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 40_000, b"431"),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", b"505"),
        (b"GET / HTTP/0.9\r\nHost: a\r\n\r\n", b"505"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", b"400"),
    ],
    ids=["garbage", "large", "2.0", "0.9", "chunk"],
)
@pytest.mark.parametrize("first", ["", "/a", "/slow", "/large"])
def test_a_refusal_comes_after_the_answers_before_it(
    connect: Connect, first: str, bad: bytes, status: bytes
) -> None:
    with connect() as connection:
        connection.sendall((get(first) if first else b"") + bad)
        found = all_of(connection)
    if first:
        answer, _, found = found.partition(b"\r\n\r\n")
        assert statuses(answer) == [b"200"]
        length = PIECES * len(PIECE) if first == "/large" else len(first)
        found = found[length:]
    assert statuses(found[:13]) == [status]
    assert found.count(b"HTTP/1.1") == 1


def test_a_head_that_comes_during_a_download_does_not_spoil_it(connect: Connect) -> None:
    with connect() as connection:
        connection.sendall(get("/large"))
        head = connection.recv(100)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 60_000)
        found = (head + all_of(connection)).partition(b"\r\n\r\n")[2]
    assert not found[: PIECES * len(PIECE)].strip(b"\0")
    assert statuses(found[PIECES * len(PIECE) :]) == [b"431"]


@pytest.mark.parametrize("other", ["h2c", "websocket"])
def test_an_upgrade_is_ignored(connect: Connect, other: str) -> None:
    upgrade = get("/old", "Connection: Upgrade", f"Upgrade: {other}")
    with connect() as connection:
        connection.sendall(upgrade + upgrade + get("/end", "Connection: close"))
        found = all_of(connection)
    assert statuses(found) == [b"200"] * 3
    assert found.endswith(b"/end")


@pytest.mark.parametrize("path", ["/a", "/slow", "/large"])
def test_who_sends_no_more_is_answered(connect: Connect, path: str) -> None:
    with connect() as connection:
        connection.sendall(get("/first") + get(path))
        connection.shutdown(socket.SHUT_WR)
        begun = time.monotonic()
        assert statuses(all_of(connection)) == [b"200", b"200"]
        assert time.monotonic() - begun < 3


@pytest.mark.parametrize("text", [b"", b"GET / HT", get("/a", "Content-Length: 0")[:-2]])
def test_who_sends_no_more_before_the_end_is_let_go(connect: Connect, text: bytes) -> None:
    with connect() as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        assert all_of(connection) == b""


def test_a_client_that_takes_nothing_is_not_read_ahead_for(connect: Connect) -> None:
    made.clear()
    with connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(get("/large") * 3)
        time.sleep(0.5)
        assert len(made) < PIECES
    time.sleep(0.2)
    assert len(made) < PIECES  # it has left


def test_at_the_end_there_is_one_more_answer() -> None:
    with contextlib.ExitStack() as server:
        connect = server.enter_context(wired(application))
        with connect() as connection, connect() as silent:
            connection.sendall(get("/a"))
            assert connection.recv(1000).endswith(b"/a")
            ending = threading.Thread(target=server.close)
            ending.start()
            time.sleep(0.4)
            connection.sendall(get("/last"))
            found = all_of(connection)
            assert b"connection: close" in found.lower()
            assert found.endswith(b"/last")
            assert all_of(silent) == b""
            ending.join(10)


def test_what_follows_repeats_knows_that_the_client_takes_nothing() -> None:
    async def work() -> None:
        config = uvicorn.Config(application, ws="none", lifespan="off", log_config=None)  # type: ignore[arg-type]
        connection = Connection(config, ServerState(), {})
        transport = mock.create_autospec(asyncio.Transport, instance=True)
        transport.get_extra_info.return_value = None
        connection.connection_made(transport)
        connection.pause_writing()  # by what was repeated
        connection.data_received(b"GET / HTTP/1.1\r\n")
        assert connection._requests
        assert connection._requests.flow.write_paused

    asyncio.run(work())
