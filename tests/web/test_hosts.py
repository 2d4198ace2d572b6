"""Which hosts a request may name, and that naming an unknown one changes nothing."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from feedsvc.web.hosts import fault

RIGHT = [
    "example.org",
    "EXAMPLE.org:8080",
    "example.org:",  # RFC 3986 3.2.3: the port may be empty
    "example.org.",
    "127.0.0.1:8000",
    "[::1]:8000",
    "[2001:db8::7]",
    "localhost",
    "my_host",
    "xn--exmple-cua.org",
    "ex%C3%A4mple.org",
    "evil.example",
]
WRONG = [
    "...",
    "a..b",
    "x" * 64,
    "a b",
    "a,b",  # what two lines become
    "a, a",
    "user@example.org",
    "user:password@example.org",
    "example.org/path",
    "http://example.org",
    "example.org?x",
    "example.org#x",
    "example.org:80a",
    "example.org:80:80",
    ":80",
    "::1",
    "[::1",
    "[]",
    "[::1]x",
    "[1:2]",
    "[fe80::1%eth0]",
    "%zz",
    "<script>",
    'a"b',
    "a\\b",
    "a;b",
    "exämple.org",
    "a\n",
    "a" * 301,
]


@pytest.mark.parametrize("protocol", ["HTTP/1", "HTTP/1.0", "HTTP/1.1", "HTTP/2"])
@pytest.mark.parametrize("host", RIGHT)
def test_right(host: str, protocol: str) -> None:
    assert fault(host, protocol) is None


@pytest.mark.parametrize("protocol", ["HTTP/1", "HTTP/1.1", "HTTP/2"])
@pytest.mark.parametrize("host", WRONG)
def test_wrong(host: str, protocol: str) -> None:
    assert fault(host, protocol)


@pytest.mark.parametrize(
    ("protocol", "wrong"), [("HTTP/1", False), ("HTTP/1.0", False), ("HTTP/1.1", True)]
)
def test_none_at_all(protocol: str, wrong: bool) -> None:
    assert bool(fault("", protocol)) is wrong


#: Without those that the test's own client can't name; they are tried over the wire.
ASKED = ["", *(host for host in WRONG if host.isprintable() and "[" not in host)]


@pytest.mark.parametrize("path", ["/", "/feeds/main.rss", "/items/tide", "/healthz", "/nowhere"])
@pytest.mark.parametrize("host", ASKED)
def test_it_is_refused_everywhere(client: FlaskClient, path: str, host: str) -> None:
    response = client.get(path, environ_overrides={"HTTP_HOST": host})
    assert response.status_code == 400
    assert response.json
    assert response.json["type"].endswith(":bad-request")
    assert not host or host not in response.text
    page = client.get(path, headers={"Accept": "text/html"}, environ_overrides={"HTTP_HOST": host})
    assert page.status_code == 400
    assert "Host header" in page.text


@pytest.mark.parametrize("host", RIGHT)
def test_any_host_gets_the_same(client: FlaskClient, host: str) -> None:
    plain = client.get("/feeds/main.rss")
    named = client.get("/feeds/main.rss", environ_overrides={"HTTP_HOST": host})
    assert (named.status_code, named.data) == (200, plain.data)
    assert dict(named.headers) == dict(plain.headers)
