"""The fast path gives what Flask gives: every case goes through both, and is compared whole.

What it can answer at once, for the event loop, is compared with both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from web.harbour import SITE, Clock, filled, opened
from werkzeug.test import EnvironBuilder, run_wsgi_app

from feedsvc.model import Item
from feedsvc.service import Service
from feedsvc.store import Put, Withdraw
from feedsvc.web.app import create_app
from feedsvc.web.desk import Desk
from feedsvc.web.front import Front

Told = tuple[str, list[tuple[str, str]], bytes]
PATHS = [
    *("/feeds/main.rss", "/feeds/main.atom", "/feeds/main.json"),
    *("/tags/sea.rss", "/authors/jane-doe.atom", "/tags/c++.json"),
    *("/feeds/notes/archive/1.atom", "/opml.xml"),
]


def environ_of(path: str, method: str, **sent: str | None) -> WSGIEnvironment:
    """The request as a server puts it."""
    environ = EnvironBuilder(path, base_url=f"{SITE}/", method=method).get_environ()
    given = {f"HTTP_{name.upper()}": value for name, value in sent.items() if value is not None}
    return {**environ, **given}


def ask(application: Any, path: str, method: str = "GET", **sent: str | None) -> Told:
    """The whole answer: status line, headers in their order, body."""
    environ = environ_of(path, method, **sent)
    body, status, headers = run_wsgi_app(application, environ, buffered=True)
    return status, list(headers), b"".join(body)


@dataclass
class Both:
    """One site behind both; ``passed`` counts what the front has let through to Flask, and
    ``at_once`` what it has answered without reading or making anything."""

    service: Service
    clock: Clock
    passed: int = 0
    at_once: int = 0
    old: str = ""  #: an earlier ETag of the main feed in each form

    def __post_init__(self) -> None:
        self.flask = create_app(self.service, front=False).wsgi_app
        self.front = Front(self._counted, Desk(self.service.documents, self.service.now))

    def _counted(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.passed += 1
        return self.flask(environ, start_response)

    def compared(self, path: str, method: str = "GET", **sent: str | None) -> Told:
        """The answer that both give."""
        fast = ask(self.front, path, method, **sent)
        assert fast == ask(self.flask, path, method, **sent)
        if method in {"GET", "HEAD"}:  # of no other it is asked (plain.py)
            self._compare_at_once(fast, environ_of(path, method, **sent))
        return fast

    def _compare_at_once(self, fast: Told, environ: WSGIEnvironment) -> None:
        found = self.front.at_once(environ, self.service.store.data_version())
        if found is not None:
            self.at_once += 1
            _, answer = found
            assert (answer.status, answer.headers, answer.body) == (int(fast[0][:3]), *fast[1:])

    def etag(self, path: str, **sent: str) -> str:
        return dict(ask(self.flask, path, **sent)[1])["ETag"]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """The filled site, one change later than the ETags in ``OLD``; the front knows all paths."""
    clock = Clock()
    service = filled(tmp_path_factory.mktemp("both"), SITE, clock)
    both = Both(service, clock)
    for path in PATHS:
        OLD[path] = both.etag(path)
    clock.forward(minutes=10)
    tide = service.store.item(slug="tide")
    assert tide
    service.store.apply([Put(Item(slug="new", title="New", categories=tide.categories))], clock())
    clock.forward(minutes=10)
    for path in PATHS:
        both.compared(path)
    yield both
    service.close()


OLD: dict[str, str] = {}
KNOWN = {
    "none": None,
    "empty": "",
    "equal": "{now}",
    "weak": "W/{now}",
    "coded": "{coded}",
    "old": "{old}",
    "old, weak and coded": "W/{old_coded}",
    "a list": '"x", {now}',
    "a list with the old": '"x", {old}',
    "any": "*",
    "unknown": '"2.abc.0123456789abcdef"',
    "garbled": 'abc, W/,"',
}


def filled_in(template: str | None, both: Both, path: str) -> str | None:
    if template is None:
        return None
    now, old = both.etag(path), OLD[path]
    coded = f'{now[:-1]}-br"'
    return template.format(now=now, coded=coded, old=old, old_coded=f'{old[:-1]}-gzip"')


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("known", KNOWN)
def test_validators_codings_and_deltas(both: Both, path: str, known: str) -> None:
    tags = filled_in(KNOWN[known], both, path)
    passed, seen = both.passed, set()
    for method, encoding, a_im, agent in product(
        ("GET", "HEAD"),
        (None, "gzip", "br;q=0.1, zstd", "identity;q=0"),
        (None, "feed", "gzip, FEED;q=0.3"),
        (None, "feedparser/6.0.14"),
    ):
        at_once = both.at_once
        status, _, body = both.compared(
            path,
            method,
            if_none_match=tags,
            accept_encoding=encoding,
            a_im=a_im,
            user_agent=agent,
        )
        seen.add(status)
        assert method == "GET" or not body
        # To look for a delta takes a while, and so does the list of feeds; all else is at hand.
        if path != "/opml.xml" and (a_im is None or status.startswith("304")):
            assert both.at_once == at_once + 1
    assert both.passed == passed  # the front itself has answered
    changed = OLD[path] != both.etag(path)
    same, whole = {"304 NOT MODIFIED"}, {"200 OK"}
    expected = dict(zip(KNOWN, (whole, whole, same, same, same), strict=False))
    expected |= {"a list": same, "any": same, "unknown": whole, "garbled": whole}
    deltas = changed and not path.endswith("1.atom") and path != "/opml.xml"
    since_old = same if not changed else {"200 OK", "226 IM USED"} if deltas else whole
    assert seen == expected.get(known, since_old)


@pytest.mark.parametrize(
    "since",
    [
        "equal",
        *("", "yesterday", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"),
        *("Sun, 22 Nov 2026 12:15:00 GMT", "Sun, 22 Nov 2026 12:15:00 +0000", "0"),
    ],
)
@pytest.mark.parametrize("path", PATHS)
def test_dates(both: Both, path: str, since: str) -> None:
    modified = dict(ask(both.flask, path)[1])["Last-Modified"]
    passed = both.passed
    status, *_ = both.compared(path, if_modified_since=modified if since == "equal" else since)
    assert since != "equal" or status.startswith("304")
    both.compared(path, if_modified_since=modified, if_none_match='"other"', a_im="feed")
    assert both.passed == passed


ODD = {
    "range": {"range": "bytes=0-9"},
    "if-range": {"range": "bytes=0-9", "if_range": '"x"'},
    "if-match": {"if_match": '"x"'},
    "accept": {"accept": "image/png"},
    "accept nothing": {"accept": "*/*;q=0"},
    "html": {"accept": "text/html"},
    "no agent": {"user_agent": ""},
    "cookie": {"cookie": "session=1"},
    "forwarded": {"x_forwarded_for": "1.2.3.4", "forwarded": "for=x", "x_forwarded_host": "evil"},
    "rewritten": {"x_original_url": "/opml.xml", "x_http_method_override": "DELETE"},
    "authorized": {"authorization": "Bearer x"},
    "not cached": {"cache_control": "no-cache", "pragma": "no-cache"},
    "expecting": {"expect": "100-continue"},
    "long": {"user_agent": "x" * 9000, "accept_encoding": "x," * 4000},
    "bytes": {"user_agent": "\xff\x00", "if_none_match": "\xff", "a_im": "\xfe"},
    "other host": {"host": "evil.example"},
}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("odd", ODD)
def test_odd_headers_change_nothing(both: Both, odd: str, method: str) -> None:
    passed = both.passed
    for path in PATHS:
        told = both.compared(path, method, **ODD[odd])
        assert told[0] == "200 OK"
        if odd != "long":
            assert told == ask(both.flask, path, method)
    assert both.passed == passed


@pytest.mark.parametrize(
    "query", ["?", "?utm_source=x", "?q=tide", "?page=2", "?%00=%ff", "?a" * 900]
)
def test_s25_queries_change_nothing(both: Both, query: str) -> None:
    passed = both.passed
    for path in PATHS:
        assert both.compared(path + query) == ask(both.flask, path)
    assert both.passed == passed + (len(PATHS) if "%" in query else 0)  # it may be a token


@pytest.mark.parametrize("host", ["", "a b", "a, b", "user@a", "[::1", "a/b"])
def test_hosts_that_are_none_are_refused_by_both(both: Both, host: str) -> None:
    status, *_ = both.compared("/feeds/main.rss", host=host)
    assert status == "400 BAD REQUEST"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "X"])
def test_other_methods_are_flasks(both: Both, method: str) -> None:
    passed = both.passed
    for path in PATHS:
        assert not both.compared(path, method)[0].startswith("200")
    assert both.passed == passed + len(PATHS)


@pytest.mark.parametrize(
    "path",
    [
        *("/feeds/main", "/feeds/main.RSS", "/feeds/Main.rss", "/feeds/jottings.rss"),
        *("/search.rss?q=tide", "/search.rss", "/search.atom?q=x&utm_source=y", "/feed", "/"),
        *("/feeds/none.rss", "/feeds/notes/archive/99.rss", "/feeds/notes/archive/1.RSS"),
        *("/items/tide", "/healthz", "/static/site.css", "//feeds/main.rss", "/feeds/main.rss/"),
    ],
)
def test_nothing_else_is_learnt(both: Both, path: str) -> None:
    for _ in range(2):
        passed = both.passed
        both.compared(path)
        both.compared(path, accept="application/atom+xml")
        assert both.passed == passed + 2


NAMES = st.sampled_from([
    "if_none_match",
    "if_modified_since",
    "accept_encoding",
    "a_im",
    "user_agent",
    "range",
    "host",
])
VALUES = st.text(st.characters(max_codepoint=255), max_size=40) | st.sampled_from([
    "*",
    "feed",
    "gzip",
    "example.org",
    '"x"',
    "Sun, 22 Nov 2026 12:15:00 GMT",
    "W/",
    "q=0",
])


@given(
    path=st.sampled_from(PATHS),
    method=st.sampled_from(["GET", "HEAD"]),
    sent=st.dictionaries(NAMES, VALUES, max_size=5),
)
@hypothesis_settings(max_examples=300, deadline=None)
def test_whatever_is_sent(both: Both, path: str, method: str, sent: dict[str, str]) -> None:
    both.compared(path, method, **sent)


def test_at_every_moment(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Through changes, within a second and long after, when the next entry is near and overdue."""
    clock = Clock()
    both = Both(opened(tmp_path_factory.mktemp("moments"), SITE, clock), clock)
    seen: list[str | None] = [None]
    statuses = set()

    def compare() -> None:
        for known, since in product(seen[-3:], (None, "Sun, 22 Nov 2026 12:00:01 GMT")):
            for a_im in (None, "feed"):
                told = both.compared(
                    "/feeds/main.rss", if_none_match=known, if_modified_since=since, a_im=a_im
                )
                statuses.add(told[0])

    for step in range(12):
        items = [Item(guid=f"urn:x:{step}", slug=f"n{step}", title=f"{step}")]
        if step == 5:
            coming = datetime.fromtimestamp(clock().timestamp() + 600, clock().tzinfo)
            items.append(Item(guid="urn:x:coming", slug="coming", title="!", published=coming))
        both.service.store.apply([Put(item) for item in items], clock())
        for seconds in (0, 0.3, 0.4, 0.9, 30, 500):
            clock.forward(seconds=seconds)
            compare()
        seen.append(both.etag("/feeds/main.rss"))
        if step == 8:
            both.service.tick()
            both.service.store.apply([Withdraw("urn:x:0")], clock())
    assert statuses == {"200 OK", "304 NOT MODIFIED", "226 IM USED"}
    both.service.close()


def test_what_has_ended_is_known_no_more(tmp_path_factory: pytest.TempPathFactory) -> None:
    clock = Clock()
    both = Both(filled(tmp_path_factory.mktemp("ends"), SITE, clock), clock)
    paths = ["/feeds/notes.rss", "/feeds/notes/archive/1.rss"]
    for path in paths:
        assert both.compared(path)[0] == "200 OK"
        assert both.compared(path, if_none_match="*")[0] == "304 NOT MODIFIED"
    assert both.passed == len(paths)
    fewer = tuple(feed for feed in both.service.settings.feeds if feed.name != "notes")
    Service.open(both.service.settings.model_copy(update={"feeds": fewer}), clock=clock).close()
    for path in paths:
        assert both.compared(path, if_none_match="*")[0] == "410 GONE"
        assert both.compared(path)[0] == "410 GONE"
    both.service.close()
    for path in paths:  # the store is gone: Flask says so
        assert both.compared(path)[0].startswith(("410", "503"))


class _Failing(Desk):
    """Fails when told to, and counts how often it was asked then."""

    failing = False
    asked = 0

    def answer(self, *args: Any, **kwargs: Any) -> Any:
        if self.failing:
            self.asked += 1
            raise ZeroDivisionError("secret")
        return super().answer(*args, **kwargs)


def test_a_failure_is_told_by_flask_and_not_repeated(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    desk = _Failing(service.documents, service.now)
    front = Front(create_app(service, front=False).wsgi_app, desk)
    assert ask(front, "/feeds/main.rss")[0] == "200 OK"
    desk.failing = True
    status, headers, body = ask(front, "/feeds/main.rss")
    assert status == "500 INTERNAL SERVER ERROR"
    assert dict(headers)["Content-Type"] == "application/problem+json"
    assert b"secret" not in body
    assert "ZeroDivisionError" in caplog.text
    assert desk.asked == 1


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "query",
    ["token=x", "token=", "a=b&token=fs_abc", "%74oken=x", "tok%65n=", "code=x", "token=a&token=b"],
)
def test_an_address_with_a_token_in_it_is_kept_by_nobody(
    both: Both, query: str, method: str
) -> None:
    """Of a public feed too (docs/security.md)."""
    before = both.passed
    status, fields, _ = both.compared(f"/feeds/main.rss?{query}", method)
    assert (status, dict(fields)["Cache-Control"]) == ("200 OK", "private, no-store")
    assert dict(fields)["Referrer-Policy"] == "no-referrer"
    assert both.passed == before + 1
    environ = environ_of(f"/feeds/main.rss?{query}", method)
    assert both.front.at_once(environ, both.service.store.data_version()) is None


def test_from_an_address_with_a_token_in_it_nothing_is_learnt(both: Both) -> None:
    front = Front(both._counted, Desk(both.service.documents, both.service.now))
    for query in ("token=x", "%74oken=x"):
        ask(front, f"/feeds/main.rss?{query}")
    before = both.passed
    ask(front, "/feeds/main.rss")
    assert both.passed == before + 1
    ask(front, "/feeds/main.rss?utm_source=planet")
    assert both.passed == before + 1
