"""Bodies of more than a MiB: only from those who may, by way of the disk, told before they come."""

from __future__ import annotations

import hashlib
import json
import socket
import time
from collections.abc import Iterable, Iterator
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from web.wired import Connect, all_of, wired

from feedsvc.web import bridge, wire

MIB = 1024 * 1024
LIMIT = 5 * MIB


class Application:
    """Says what it has read."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        self.seen.append(digest(body))
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def limit_of(environ: WSGIEnvironment) -> int:
    known = environ.get("HTTP_AUTHORIZATION") == "Bearer known"
    if environ.get("HTTP_AUTHORIZATION") == "Bearer broken":
        raise OSError("the store is away")
    return LIMIT if known and environ["PATH_INFO"] == "/media" else MIB


@pytest.fixture
def application() -> Application:
    return Application()


@pytest.fixture(params=[False, True], ids=["here", "apart"])
def connect(application: Application, request: pytest.FixtureRequest) -> Iterator[Connect]:
    with wired(application, apart=request.param, body_limit=limit_of) as connect:
        yield connect


def head(path: str, token: str, *fields: str) -> bytes:
    told = (f"POST {path} HTTP/1.1", "Host: a", f"Authorization: Bearer {token}", *fields, "", "")
    return "\r\n".join(told).encode()


def in_chunks(body: bytes, size: int = 300_000) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (*parts, b""))


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    ("path", "token", "size", "status"),
    [
        ("/media", "known", MIB, 200),
        ("/media", "known", MIB + 1, 200),
        ("/media", "known", 2 * MIB, 200),
        ("/media", "known", LIMIT, 200),
        ("/media", "known", LIMIT + 1, 413),
        ("/media", "unknown", MIB, 200),
        ("/media", "unknown", MIB + 1, 413),
        ("/other", "known", MIB + 1, 413),
        ("/media", "broken", MIB + 1, 503),
    ],
)
def test_who_may_send_so_much(
    application: Application,
    connect: Connect,
    path: str,
    token: str,
    size: int,
    status: int,
    chunked: bool,
) -> None:
    body = bytes(range(251)) * (size // 251 + 1)
    body = body[:size]
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
    with connect() as connection:
        connection.sendall(head(path, token, framing, "Connection: close"))
        connection.sendall(in_chunks(body) if chunked else body)
        answer = all_of(connection)
    assert answer.startswith(b"HTTP/1.1 %d" % status)
    assert application.seen == ([digest(body)] if status == 200 else [])
    if status != 200:
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == status


@pytest.mark.parametrize("token", ["known", "unknown"])
def test_who_waits_for_leave_is_told_before_sending_anything(
    application: Application, connect: Connect, token: str
) -> None:
    body = b"a" * (2 * MIB)
    with connect() as connection:
        fields = (f"Content-Length: {len(body)}", "Expect: 100-continue", "Connection: close")
        connection.sendall(head("/media", token, *fields))
        first = connection.recv(1000)
        if token == "unknown":
            assert first.startswith(b"HTTP/1.1 413")
            assert application.seen == []
            return
        assert first == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert all_of(connection).startswith(b"HTTP/1.1 200")
    assert application.seen == [digest(body)]


def test_large_bodies_hold_little_memory(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three at once of four MiB each, where a bit more than three may be held in memory."""
    monkeypatch.setattr(bridge, "MOST_BODIES", 3 * MIB + 500_000)
    size = 4 * MIB
    text = head("/media", "known", f"Content-Length: {size}", "Connection: close")
    connections = [connect() for _ in range(3)]
    for connection in connections:  # one after the other: each has come but for its last byte
        connection.sendall(text + b"a" * (size - 1))
        time.sleep(0.05)
    for connection in connections:
        connection.sendall(b"a")
    answers = [all_of(connection) for connection in connections]
    for connection in connections:
        connection.close()
    assert [answer[:12] for answer in answers] == [b"HTTP/1.1 200"] * 3


def test_a_large_body_has_its_time_for_each_mebibyte(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "_BODY", 1.2)
    size = 4 * MIB
    with connect() as connection:
        connection.sendall(head("/media", "known", f"Content-Length: {size}", "Connection: close"))
        for _ in range(8):  # nearly three seconds in all
            connection.sendall(b"a" * (MIB // 2))
            time.sleep(0.35)
        assert all_of(connection).startswith(b"HTTP/1.1 200")


def test_a_large_body_that_stops_coming_reaches_nobody(
    application: Application, connect: Connect
) -> None:
    with connect() as connection:
        connection.sendall(head("/media", "known", f"Content-Length: {3 * MIB}"))
        connection.sendall(b"a" * (2 * MIB))
        connection.shutdown(socket.SHUT_WR)
        assert all_of(connection).startswith(b"HTTP/1.1 400")
    assert application.seen == []
