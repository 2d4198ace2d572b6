"""Requests that are plain, and the many that are not."""

from __future__ import annotations

import pytest

from feedsvc.web.plain import environ_of


def head(first: bytes = b"GET /feeds/main.rss HTTP/1.1", *lines: bytes) -> bytes:
    return b"\r\n".join((first, b"Host: example.org", *lines)) + b"\r\n\r\n"


def test_a_plain_request_is_read_as_servers_read_it() -> None:
    request = head(b"HEAD /tags/c++.atom HTTP/1.1", b'if-none-match:\t"a" ', b"A-IM: feed")
    assert environ_of(request, "192.0.2.1") == {
        "REQUEST_METHOD": "HEAD",
        "PATH_INFO": "/tags/c++.atom",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.1",
        "HTTP_HOST": "example.org",
        "HTTP_IF_NONE_MATCH": '"a"',
        "HTTP_A_IM": "feed",
    }


@pytest.mark.parametrize(
    "request_",
    [
        head(b"POST / HTTP/1.1"),
        head(b"get / HTTP/1.1"),
        head(b"GET / HTTP/1.0"),
        head(b"GET / HTTP/2.0"),
        head(b"GET /"),
        head(b"GET  / HTTP/1.1"),
        head(b"GET / HTTP/1.1 "),
        head(b"GET /search?q=a HTTP/1.1"),
        head(b"GET /tags/c%2B HTTP/1.1"),
        head(b"GET /#a HTTP/1.1"),
        head(b"GET /\xc3\xa9 HTTP/1.1"),
        head(b"GET /a\tb HTTP/1.1"),
        *(
            head(b"GET / HTTP/1.1", line)
            for line in (
                b"Content-Length: 1",
                b"transfer-encoding: chunked",
                b"Expect: 100-continue",
                b"UPGRADE: h2c",
                b"TE: trailers",
                b"Host: evil.example",  # a second one
                b"X: a\x00b",
                b"X: a\nb: c",
                b"X: a\rb",
                b"X : a",
                b" folded",
                b"\tfolded",
                b"no colon",
                b": nothing",
                b"X_Y: a",
                b"X\xe9: a",
                b"X: a\x7f",
            )
        ),
        head() + head(),
        head()[:-2],
        head() + b"x",
        b"",
        b"\r\n\r\n",
        b"\r\n" + head(),
    ],
)
def test_whatever_is_unusual_is_left_to_others(request_: bytes) -> None:
    assert environ_of(request_, "192.0.2.1") is None
