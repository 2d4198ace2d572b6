"""Where a request ends is never in doubt: one request, one answer, or a refusal and the end (T38).

After each stands another request. Were the first cut otherwise than a proxy before us cuts it, the
other would be taken for a part of it, or a part of it for one of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from web.wired import Connect, all_of, wired

seen: list[tuple[str, bytes]] = []
NEXT = b"GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
HELLO = "hello"
CHUNKS = "1\r\na\r\n0\r\n\r\n"


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    seen.append((environ["PATH_INFO"], environ["wsgi.input"].read()))
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


@pytest.fixture(scope="module")
def connect() -> Iterator[Connect]:
    with wired(application) as connect:
        yield connect


def sent(connect: Connect, text: str) -> list[bytes]:
    """The statuses of all answers to a request and the one after it."""
    seen.clear()
    with connect() as connection:
        connection.sendall(text.encode("latin-1") + NEXT)
        return re.findall(rb"HTTP/1\.1 (\d+) ", all_of(connection))


def post(*fields: str, body: str = HELLO, version: str = "1.1", end: str = "\r\n") -> str:
    return end.join((f"POST /first HTTP/{version}", "Host: a", *fields, "", body))


CODED = [
    *("chunked, identity", "identity", "xchunked", "chunked,", "\x0bchunked", '"chunked"'),
    *("chunked;a=b", "\r\n chunked", "chunked\r\nTransfer-Encoding: chunked"),
    *("chunked\r\nContent-Length: 4", "identity\r\nContent-Length: 5", "\r\nContent-Length: 5"),
]
LENGTHS = [
    *(
        "5\r\nContent-Length: 5",
        "5\r\nContent-Length: 0",
        "5,5",
        "+5",
        "-5",
        "0x5",
        "5 5",
        "",
        "1_0",
    ),
    *("9" * 30, "4\r\nTransfer-Encoding: chunked", "5\r\nTransfer-Encoding : chunked"),
    *("5\r\nX: a\r\n b", "5\r\nX: a\nTransfer-Encoding: chunked", "5\r\nX: a\rY: b"),
    *("5\r\nX: a\0b", "5\r\n: a", "5\r\nX Y: a"),
]
SIZES = ["0x1\r\na\r\n", "+1\r\na\r\n", " 1\r\na\r\n", "-1\r\na\r\n", "F" * 16 + "2\r\na\r\n",
         "1\na\n", "1\r\nabc\r\n", "\r\na\r\n", "1;a\nb\r\na\r\n", "1;\0\r\na\r\n"]  # fmt: skip
REFUSED = [
    *(post(f"Transfer-Encoding: {told}", body=CHUNKS) for told in CODED),
    *(post(f"Content-Length: {told}") for told in LENGTHS),
    *(post("Transfer-Encoding: chunked", body=f"{size}0\r\n\r\n") for size in SIZES),
    post("Content-Length: 5", end="\n"),
    post("Content-Length: 5", version="1.01"),
    f" {post('Content-Length: 5')}",
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_can_be_cut_in_two_ways_is_refused_and_ends_the_connection(
    connect: Connect, text: str
) -> None:
    assert sent(connect, text) == [b"400"]
    assert seen == []


@pytest.mark.parametrize(
    ("text", "body"),
    [
        (post("Content-Length: 5"), b"hello"),
        (post("Transfer-Encoding: chunked", body=CHUNKS), b"a"),
        (post("Transfer-Encoding: Chunked", body="1;a=b\r\na\r\n0\r\nX: y\r\n\r\n"), b"a"),
        (post("Transfer-Encoding: gzip, chunked", body=CHUNKS), b"a"),
        (post("Content_Length: 5", "Transfer_Encoding: chunked", body=""), b""),
    ],
)
def test_what_can_be_cut_in_one_way_is_one_request(
    connect: Connect, text: str, body: bytes
) -> None:
    assert sent(connect, text) == [b"200", b"200"]
    assert seen == [("/first", body), ("/next", b"")]


def test_what_an_old_proxy_may_not_know_is_the_last(connect: Connect) -> None:
    text = post("Transfer-Encoding: chunked", body=CHUNKS, version="1.0")
    assert sent(connect, text) == [b"200"]
    assert seen == [("/first", b"a")]
