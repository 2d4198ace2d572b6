"""What reaches the application over the wire, by the server that is used for real."""

from __future__ import annotations

import http.client
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from journeys.conftest import Site
from werkzeug.http import parse_date


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root: Path = tmp_path_factory.mktemp("wire")
    (root / "items").mkdir()
    (root / "config.toml").write_text('[site]\ntitle = "A site"\n', encoding="utf-8")
    site = Site(root)
    site.write("a.md", "---\ntags: [C++, X/Y]\n---\n# Same title\n\nWords.")
    with site.served("--workers", "1") as process:
        yield site
        process.send_signal(signal.SIGTERM)


def exchange(site: Site, request: str) -> http.client.HTTPResponse:
    """The answer to a request that is sent as it is written."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as connection:
        connection.sendall(request.encode("latin-1"))
        response = http.client.HTTPResponse(connection, method=request.split(" ", 1)[0])
        response.begin()
        response.read()
        return response


@pytest.mark.parametrize(
    ("version", "lines", "status"),
    [
        ("1.1", ["Host: evil.example"], 200),
        ("1.1", ["Host: [::1]:80"], 200),
        ("1.0", [], 200),
        ("1.1", [], 400),
        ("1.1", ["Host:"], 400),
        ("1.1", ["Host: a", "Host: b"], 400),
        ("1.1", ["Host: a", "Host: a"], 400),
        ("1.1", ["Host: a b"], 400),
        ("1.1", ["Host: a,b"], 400),
        ("1.1", ["Host: a/b"], 400),
        ("1.1", ["Host: user@a"], 400),
        ("1.1", ["Host: [1:2]"], 400),
        ("1.1", ["Host: [::1"], 400),
        ("1.1", ["Host: \xff"], 400),
    ],
)
def test_hosts(site: Site, version: str, lines: list[str], status: int) -> None:
    head = "".join(f"{line}\r\n" for line in lines)
    answer = exchange(
        site, f"GET /feeds/main.rss HTTP/{version}\r\n{head}Connection: close\r\n\r\n"
    )
    assert answer.status == status
    assert "evil.example" not in str(answer.headers)


def test_the_date_is_ours_and_the_only_one(site: Site) -> None:
    for method, path in (("GET", "/feeds/main.rss"), ("GET", "/"), ("OPTIONS", "/")):
        answer = exchange(site, f"{method} {path} HTTP/1.0\r\n\r\n")
        (date,) = answer.headers.get_all("Date", [])
        modified = answer.headers["Last-Modified"]
        assert not modified or parse_date(modified) <= parse_date(date)


@pytest.mark.parametrize(
    ("method", "status"), [("POST", 405), ("PROPFIND", 405), ("PURGE", 405), ("NONSENSE", 400)]
)
def test_other_methods(site: Site, method: str, status: int) -> None:
    answer = exchange(site, f"{method} /feeds/main.rss HTTP/1.0\r\n\r\n")
    assert answer.status == status
    assert answer.headers["Allow"] == ("GET, HEAD, OPTIONS" if status == 405 else None)


def test_options_have_no_body(site: Site) -> None:
    answer = exchange(site, "OPTIONS /feeds/main.rss HTTP/1.0\r\n\r\n")
    assert answer.status == 204
    assert answer.headers["Allow"]
    assert not {"Content-Type", "Content-Length", "Transfer-Encoding"} & set(answer.headers)


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("/tags/c++.rss", None),
        ("/tags/c%2B%2B.rss", None),
        ("/tags/C%2b%2b.RSS", "/tags/c++.rss"),
        ("/tags/x%2Fy.rss", "/tags/x-y.rss"),
        ("/search.rss?q=same%20title", None),
        ("/search.rss?q=same+title", "/search.rss?q=same%20title"),
        ("/search.rss?q=same%20title&x=1", "/search.rss?q=same%20title"),
        ("/search.rss", None),
    ],
)
def test_each_feed_has_one_spelling(site: Site, asked: str, given: str | None) -> None:
    answer = exchange(site, f"GET {asked} HTTP/1.0\r\n\r\n")
    assert answer.status == (308 if given else 200)
    assert answer.headers["Location"] == (site.url + given if given else None)
