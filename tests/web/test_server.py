"""The server itself: what is repeated, what is slow, what is too much."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from journeys.conftest import Site, until

BIG = 24 * 1024 * 1024


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root: Path = tmp_path_factory.mktemp("server")
    (root / "items").mkdir(parents=True)
    (root / "config.toml").write_text('[site]\ntitle = "A site"\n', encoding="utf-8")
    site = Site(root)
    site.write("a.md", "# One\n\nWords.")
    site.write("show.md", "# Show\n\n[sound](sound.wav)\n")
    with wave.open(str(site.root / "items" / "sound.wav"), "wb") as file:
        file.setparams((2, 2, 44100, 0, "NONE", ""))
        file.writeframes(bytes(BIG))
    with site.served("--workers", "1") as process:
        yield site
        process.send_signal(signal.SIGTERM)


def connected(site: Site) -> socket.socket:
    return socket.create_connection(("127.0.0.1", site.port), timeout=15)


def head_of(*lines: str) -> bytes:
    return "\r\n".join((lines[0], "Host: a", *lines[1:], "", "")).encode("latin-1")


def answer(connection: socket.socket) -> tuple[bytes, bytes]:
    """Head and body of the next answer of known length."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    wanted = int(length[0][15:]) if length else 0
    while len(body) < wanted:
        body += connection.recv(65536)
    assert len(body) == wanted
    return head, body


def at_once(site: Site, request: bytes) -> tuple[list[tuple[bytes, bytes]], bool]:
    """Three answers over one connection, and whether they are of one second."""
    with connected(site) as connection:
        begun = int(time.time())
        found = []
        for _ in range(3):
            connection.sendall(request)
            found.append(answer(connection))
        return found, int(time.time()) == begun


@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("known", [False, True])
def test_repeats_are_the_same_to_the_byte(site: Site, coding: str, known: bool) -> None:
    asking = ["GET /feeds/main.rss HTTP/1.1", f"Accept-Encoding: {coding}"]
    (first, *_), _ = at_once(site, head_of(*asking))
    if known:
        tag = next(line for line in first[0].split(b"\r\n") if line.lower().startswith(b"etag:"))
        asking.append(f"If-None-Match: {tag[5:].strip().decode()}")
    found = until(lambda: [found for found, one in [at_once(site, head_of(*asking))] if one])[0]
    assert found[0] == found[1] == found[2]
    assert found[0][0].startswith(b"HTTP/1.1 304" if known else b"HTTP/1.1 200")
    assert bool(found[0][1]) is not known


def test_a_repeat_ends_the_connection_that_is_to_end(site: Site) -> None:
    request = head_of("GET /feeds/main.rss HTTP/1.1", "Connection: close", "X-A: end")
    for _ in range(3):
        with connected(site) as connection:
            connection.sendall(request)
            head, body = answer(connection)
            assert b"connection: close" in head.lower()
            assert body
            assert connection.recv(1) == b""


def test_the_very_next_request_sees_a_write(site: Site) -> None:
    request = head_of("GET /feeds/main.rss HTTP/1.1", "X-A: next")
    with connected(site) as connection:
        for number in range(5):
            for _ in range(3):
                connection.sendall(request)
                answer(connection)
            file = site.root / "new.md"
            file.write_text(f"# New {number}\n\nWords.", encoding="utf-8")
            done = site.run("publish", str(file))
            assert done.returncode == 0, done.stderr
            connection.sendall(request)
            _, body = answer(connection)
            assert f"New {number}".encode() in body


def test_requests_in_one_piece_are_answered_in_their_order(site: Site) -> None:
    feed = head_of("GET /feeds/main.rss HTTP/1.1", "X-A: line")
    with connected(site) as connection:
        connection.sendall(feed)
        answer(connection)
        connection.sendall(feed + head_of("GET /healthz HTTP/1.1") + feed[:20])
        data = b""
        while data.count(b"HTTP/1.1 200") < 2:
            data += connection.recv(65536)
        connection.sendall(feed[20:])
        while data.count(b"</rss>") < 2:
            data += connection.recv(65536)
        assert data.index(b"</rss>") < data.rindex(b"HTTP/1.1 200")
        assert data.count(b"HTTP/1.1 200") == 3


def test_slow_downloads_hold_up_no_poll_and_no_page(site: Site) -> None:
    slow = [connected(site) for _ in range(12)]
    try:
        for connection in slow:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            connection.sendall(head_of("GET /items/show/sound.wav HTTP/1.1"))
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        for path in ("/feeds/main.rss", "/", "/items/a"):
            begun = time.monotonic()
            assert site.get(path)
            assert time.monotonic() - begun < 5
        taken = bytearray()
        while len(taken) < BIG // 2 and (piece := slow[0].recv(1 << 20)):
            taken += piece
        assert len(taken) >= BIG // 2
    finally:
        for connection in slow:
            connection.close()


def test_a_head_that_is_too_large_is_refused(site: Site) -> None:
    with connected(site) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-A: " + b"a" * 40_000)
        assert connection.recv(1000).startswith(b"HTTP/1.1 431")
        assert connection.recv(1000) == b""


def test_who_says_nothing_more_is_let_go(site: Site) -> None:
    """Whatever was said before; all at once, for each waits ten seconds."""
    texts = (b"", b"GET /", b"GET / HTTP/1.1\r\nHost: a\r\nX-A: ")
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connected(site)) for _ in texts]
        begun = time.monotonic()
        for connection, text in zip(connections, texts, strict=True):
            connection.sendall(text)
        for connection in connections:
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(1) == b""
            assert 8 < time.monotonic() - begun < 14


def test_a_body_is_read_and_the_connection_goes_on(site: Site) -> None:
    post = head_of("POST /feeds/main.rss HTTP/1.1", "Content-Length: 20000") + b"a" * 20_000
    with connected(site) as connection:
        for _ in range(2):
            connection.sendall(post)
            assert answer(connection)[0].startswith(b"HTTP/1.1 405")
            connection.sendall(head_of("GET /healthz HTTP/1.1"))
            assert answer(connection)[0].startswith(b"HTTP/1.1 200")


def test_what_is_no_request_is_refused(site: Site) -> None:
    for text in (b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n"):
        with connected(site) as connection:
            connection.sendall(text)
            assert connection.recv(1000).startswith(b"HTTP/1.1 400")


def test_the_download_under_way_is_finished_at_the_end(tmp_path: Path) -> None:
    root = tmp_path / "end"
    site = Site.of(root, '[site]\ntitle = "A site"\n')
    site.write("show.md", "# Show\n\n[sound](sound.wav)\n")
    with wave.open(str(site.root / "items" / "sound.wav"), "wb") as file:
        file.setparams((2, 2, 44100, 0, "NONE", ""))
        file.writeframes(bytes(BIG))
    with site.served("--workers", "1") as process, connected(site) as connection:
        connection.sendall(head_of("GET /items/show/sound.wav HTTP/1.1"))
        first = connection.recv(1000)
        threading.Timer(0.2, process.send_signal, [signal.SIGTERM]).start()
        time.sleep(1)
        size = len(first)
        while piece := connection.recv(1 << 20):
            size += len(piece)
        assert size > BIG
        assert process.wait(20) == 0
