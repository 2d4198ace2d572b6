"""What holds at every address: methods, validators, the grammar and the safety of the headers."""

from __future__ import annotations

import gzip
import json
import re

import pytest
from flask.testing import FlaskClient
from web.harbour import SITE
from werkzeug.http import http_date, parse_date
from werkzeug.test import TestResponse

from feedsvc.service import Service
from feedsvc.web.app import create_app
from feedsvc.web.feeds import GUESSED
from feedsvc.web.policy import policy_of

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

#: An address for each view; a new view without one fails the first test.
PAGES = {
    "pages.home": "/",
    "feeds.feed": "/feeds/main",
    "feeds.tag": "/tags/sea",
    "feeds.author": "/authors/jane-doe",
    "feeds.search": "/search?q=tide",
    "pages.item": "/items/tide",
}
OTHERS = {
    "feeds.opml": "/opml.xml",
    "feeds.archive": "/feeds/notes/archive/1.rss",
    "media.media": "/items/tide/harbour.png",
    "assets.static": "/static/site.css",
    "assets.favicon": "/favicon.ico",
    "assets.robots": "/robots.txt",
}
#: By tests/web/api and tests/web/test_uploads.py.
TRIED_ELSEWHERE = {"api.openapi", "media.upload"}
STATES = {"health.healthz": "/healthz", "health.readyz": "/readyz", "metrics.metrics": "/metrics"}
DOCUMENTS = [
    f"{stem}.{form}"
    for stem in ("/feeds/main", "/feeds/empty", "/tags/sea", "/authors/ola-nordmann")
    for form in ("rss", "atom", "json")
] + [
    "/feeds/notes/archive/2.atom",
    "/feeds/notes/archive/1.json",
    "/search.rss?q=tide",
    "/search.atom",
    "/search.json?q=%E6%B5%B7%E8%BE%B9",
]
KEPT = [*PAGES.values(), *OTHERS.values(), *DOCUMENTS]
ELSEWHERE = ["/feeds/jottings", "/feeds/jottings.atom", "/feeds/jottings/archive/1.rss"]
EVERY = [
    *(*KEPT, *STATES.values(), *GUESSED, *ELSEWHERE),
    *("/items/old-name", "/items/gone", "/nowhere", "/feeds/notes/archive/9.rss"),
]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?|")
_ETAG = re.compile(r'"[!#-~]+"')


def ask(client: FlaskClient, path: str, method: str = "GET", **headers: str) -> TestResponse:
    """The response to a request with these headers (``Accept`` a browser's unless given)."""
    sent = {"Accept": BROWSER, **{name.replace("_", "-"): v for name, v in headers.items()}}
    return client.open(path, method=method, headers=sent)


def test_every_view_is_tried(service: Service) -> None:
    app = create_app(service)
    every = {rule.endpoint for rule in app.url_map.iter_rules()}
    views = {view for view in every if policy_of(app, view) in {"public", "feed"}}
    guessed = {view for view in views if view.startswith("feeds.guessed")}
    assert views - guessed - TRIED_ELSEWHERE == {*PAGES, *OTHERS, *STATES}
    assert len(guessed) == len(GUESSED)


@pytest.mark.parametrize("path", KEPT)
def test_validators(client: FlaskClient, path: str) -> None:
    full = ask(client, path)
    assert full.status_code == 200
    assert full.data
    etag = full.headers["ETag"]
    assert _ETAG.fullmatch(etag)
    assert full.headers["Cache-Control"].startswith("public")
    assert int(full.headers["Content-Length"]) == len(full.data)
    marked = f'{etag[:-1]}-gzip"'  # S11: a proxy that compresses does so
    for known in (etag, f"W/{etag}", f'"other", {etag}', marked, "*"):
        again = ask(client, path, If_None_Match=known)
        assert (again.status_code, again.data) == (304, b""), known
        repeated = ("ETag", "Cache-Control", "Vary", "Content-Location", "Link")
        for name in repeated:  # RFC 9110 15.4.5
            assert again.headers.get(name) == full.headers.get(name), name
        assert not {"Content-Type", "Content-Length", "Content-Encoding"} & set(
            again.headers.keys()
        )
    for stale in ('"other"', "", "garbled"):
        assert ask(client, path, If_None_Match=stale).data == full.data


CODED = [*PAGES.values(), OTHERS["assets.static"]]


@pytest.mark.parametrize("path", [*CODED, "/feeds/main?page=2", "/static/copy.js"])
@pytest.mark.parametrize("accept", ["gzip", "gzip, br;q=0.5, zstd", "identity;q=0, x-gzip"])
def test_pages_and_our_files_are_coded(client: FlaskClient, path: str, accept: str) -> None:
    plain, coded = ask(client, path), ask(client, path, Accept_Encoding=accept)
    assert "Content-Encoding" not in plain.headers
    assert coded.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(coded.data) == plain.data
    assert len(coded.data) < len(plain.data)
    assert coded.headers["ETag"] == f'{plain.headers["ETag"][:-1]}-gzip"'
    for response in (plain, coded):
        assert "Accept-Encoding" in response.headers["Vary"]
        for again in ("gzip", "identity"):
            etag = response.headers["ETag"]
            same = ask(client, path, If_None_Match=etag, Accept_Encoding=again)
            assert same.status_code == 304
            assert same.headers["Vary"] == response.headers["Vary"]
    assert "Content-Encoding" not in ask(client, path, Accept_Encoding="gzip;q=0, br;q=0").headers


@pytest.mark.parametrize("path", [*PAGES.values(), *DOCUMENTS, "/opml.xml", OTHERS["media.media"]])
def test_dates(service: Service, client: FlaskClient, path: str) -> None:
    given = ask(client, path).headers["Last-Modified"]
    modified = parse_date(given)
    assert modified
    assert path == OTHERS["media.media"] or modified <= service.now()
    assert ask(client, path, If_Modified_Since=given).status_code == 304
    for since in (
        "Thu, 01 Jan 2026 00:00:00 GMT",
        "yesterday",
        "",
        "Fri, 01 Jan 2100 00:00:00 GMT",
    ):
        assert ask(client, path, If_Modified_Since=since).status_code == 200, since
    both = ask(client, path, If_Modified_Since=given, If_None_Match='"other"')
    assert both.status_code == 200  # RFC 9110 13.2.2: the ETag decides


@pytest.mark.parametrize("headers", [{}, {"If_None_Match": "*"}])
@pytest.mark.parametrize("path", EVERY)
def test_nothing_is_newer_than_its_answer(
    service: Service, client: FlaskClient, path: str, headers: dict[str, str]
) -> None:
    """The server's own ``Date`` may be a second old, so it is ours."""
    response = ask(client, path, **headers)
    assert response.headers.getlist("Date") == [http_date(service.now())]
    modified = parse_date(response.headers.get("Last-Modified"))
    assert path == OTHERS["media.media"] or modified is None or modified <= service.now()


@pytest.mark.parametrize("path", EVERY)
def test_head_is_get_without_a_body(client: FlaskClient, path: str) -> None:
    got, head = ask(client, path), ask(client, path, "HEAD")
    assert head.data == b""
    assert head.status_code == got.status_code
    assert dict(head.headers) == dict(got.headers)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [*KEPT, *STATES.values(), *GUESSED])
def test_nothing_can_be_written_here(client: FlaskClient, path: str, method: str) -> None:
    response = ask(client, path, method)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", EVERY)
def test_options(client: FlaskClient, path: str) -> None:
    response = ask(client, path, "OPTIONS")
    if path == "/nowhere":
        assert response.status_code == 404
        return
    assert (response.status_code, response.data) == (204, b"")
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert not {"Content-Type", "Content-Length"} & set(response.headers.keys())


@pytest.mark.parametrize("accept", [BROWSER, "application/rss+xml", "*/*", "image/png", ""])
@pytest.mark.parametrize("path", EVERY)
def test_headers_are_sound_and_safe(client: FlaskClient, path: str, accept: str) -> None:
    response = ask(client, path, Accept=accept)
    for name, value in response.headers.items():
        assert _TOKEN.fullmatch(name)
        assert _VALUE.fullmatch(value), (name, value)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert "Set-Cookie" not in response.headers
    if response.mimetype.startswith("text/"):
        assert "charset=utf-8" in response.content_type


FORGED = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "gopher",
    "X-Forwarded-Prefix": "/evil.example",
    "X-Original-URL": "/evil.example",
    "Forwarded": "host=evil.example",
    "Referer": "https://evil.example/",
    "Origin": "https://evil.example",
}


@pytest.mark.parametrize("path", [*EVERY, "//feeds/main", "/feeds//main", "/feeds/main/"])
def test_no_link_comes_from_the_request(client: FlaskClient, path: str) -> None:
    for accept in (BROWSER, "*/*"):
        plain = ask(client, path, Accept=accept)
        forged = client.get(path, headers={"Accept": accept, **FORGED})
        assert forged.status_code == plain.status_code
        assert forged.data == plain.data
        assert dict(forged.headers) == dict(plain.headers)
        assert "evil.example" not in str(forged.headers)


HOSTILE = [
    "/feeds/%00",
    "/feeds/main%00.rss",
    "/tags/%00",
    "/authors/%0d%0aSet-Cookie:a=b",
    "/items/%00",
    "/items/%0d%0aX:1",
    "/items/..%2f..%2fetc%2fpasswd",
    "/items/../../etc/passwd",
    "/items/tide/..%2f..%2fconfig.toml",
    "/items/tide/%2e%2e/feedsvc.db",
    "/items/tide/harbour.png%00.txt",
    "/items/tide/feedsvc.db",
    "/items/%ff%fe",
    "/tags/%ed%a0%80",
    "/static/../app.py",
    "/static/..%2fapp.py",
    "/static/%2fetc%2fpasswd",
    "/feeds/tag:sea",
    "/feeds/author:jane-doe.rss",
    "/feeds/main.xml",
    "/feeds/main.rss/",
    "/feeds/main.rss/../../admin",
    "/feeds/.rss",
    "/feeds/",
    "/tags/sea.xml",
    "/search.xml?q=a",
    "/search.?q=a",
    "//evil.example/%2f..",
    "/<script>alert(1)</script>",
    "/items/<svg onload=alert(1)>",
    "/feeds/" + "a" * 8000,
    "/" + "a/" * 500,
    "/feeds/main?page=99999",
    "/feeds/main/archive/1.rss",  # all of it is in the feed
    "/feeds/notes/archive/99.rss",
    "/feeds/notes/archive/0.rss",
    "/feeds/notes/archive/01.rss",
    "/feeds/notes/archive/-1.rss",
    "/feeds/notes/archive/+1.rss",
    "/feeds/notes/archive/1.5.rss",
    "/feeds/notes/archive/%D9%A1.rss",
    "/feeds/notes/archive/" + "9" * 30 + ".rss",
    "/feeds/notes/archive/999999999.rss",
    "/feeds/notes/archive/1",
    "/feeds/notes/archive/1.xml",
    "/feeds/notes/archive/.rss",
    "/feeds/notes/archive/",
    "/feeds/notes/archive",
    "/feeds/none/archive/1.rss",
    "/feeds/tag:notes/archive/1.rss",
    "/tags/notes/archive/1.rss",
    "/feeds/notes.rss/archive/1.rss",
]


@pytest.mark.parametrize("accept", [BROWSER, "application/json"])
@pytest.mark.parametrize("path", HOSTILE)
def test_hostile_addresses_are_not_found(client: FlaskClient, path: str, accept: str) -> None:
    response = ask(client, path, Accept=accept)
    if path.endswith("page=99999") and accept != BROWSER:
        assert response.status_code == 200  # the document has no pages
        return
    assert response.status_code == 404
    assert b"<script>alert" not in response.data
    assert b"<svg onload" not in response.data
    for name, value in response.headers.items():
        assert _VALUE.fullmatch(value), (name, value)
    if accept != BROWSER:
        assert json.loads(response.data)["status"] == 404


HOSTILE_QUERIES = [
    "%00",
    "%0d%0aX:1",
    '"',
    "a AND (",
    "NEAR(",
    "*",
    "%ff%fe",
    "<script>alert(1)</script>",
    "a" * 5000,
    "%ef%bf%bf",
    "٠",
    "' OR 1=1 --",
    "]]>",
]


@pytest.mark.parametrize("query", HOSTILE_QUERIES)
@pytest.mark.parametrize("form", ["", ".rss", ".atom", ".json"])
def test_hostile_searches_find_nothing_or_something(
    client: FlaskClient, query: str, form: str
) -> None:
    response = ask(client, f"/search{form}?q={query}")
    if response.status_code == 308:  # to the one spelling of this search
        response = ask(client, response.headers["Location"].removeprefix(SITE))
    assert response.status_code == 200
    assert form == ".json" or b"<script>alert" not in response.data
    for name, value in response.headers.items():
        assert _VALUE.fullmatch(value), (name, value)


@pytest.mark.parametrize("path", [*PAGES.values(), *DOCUMENTS, *OTHERS.values()])
def test_unknown_queries_change_nothing(client: FlaskClient, path: str) -> None:
    mark = "&" if "?" in path else "?"
    told = ask(client, f"{path}{mark}utm_source=x&page=&%00=%ff")
    if path.startswith("/search."):  # S25: a search is known by its query, so others lead to it
        assert told.status_code == 308
        told = ask(client, told.headers["Location"].removeprefix(SITE))
    assert told.headers["ETag"] == ask(client, path).headers["ETag"]


@pytest.mark.parametrize("path", [*PAGES.values(), *DOCUMENTS])
def test_the_same_bytes_every_time_and_from_every_worker(
    service: Service, client: FlaskClient, path: str
) -> None:
    another = create_app(service).test_client()
    assert ask(another, path).data == ask(client, path).data == ask(client, path).data
