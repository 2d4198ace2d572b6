"""The answer to a poll, decided on values: a maker of one document, and header values."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import http_date

from feedsvc.model import Link
from feedsvc.publish.document import Document, Head, Target
from feedsvc.web.polling import Answer, Poll, Poller, wants_delta

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
MAIN = Target("live", "main")
SELF = "https://example.org/feeds/main.rss"
HEAD = Head(
    etag='"2.x.0123456789abcdef"',
    last_modified=NOW - timedelta(hours=3, microseconds=5),
    media_type="application/rss+xml; charset=utf-8",
    ttl=timedelta(minutes=30),
    links=(Link("self", SELF, "application/rss+xml"),),
    delta=True,
)
OLD = '"1.w.fedcba9876543210"'
WHOLE = b"<rss>" + b"an item " * 100 + b"</rss>"
NEWS = b"<rss>news</rss>"


class One:
    """Makes one document, and what is new in it since ``OLD``; tells what it was asked."""

    def __init__(self, head: Head | None = HEAD) -> None:
        self.kept = head
        self.rendered = 0

    def head(self, target: Target) -> Head | None:
        return self.kept if target == MAIN else None

    def document(self, target: Target) -> Document | None:
        self.rendered += 1
        head = self.head(target)
        return Document(head, WHOLE) if head else None

    def delta(self, target: Target, base_etag: str) -> Document | None:
        self.rendered += 1
        head = self.head(target)
        return Document(head, NEWS) if head and base_etag == OLD else None


def ask(
    maker: One, now: datetime = NOW, method: str = "GET", target: Target = MAIN, **fields: str
) -> Answer:
    answer = Poller(maker).answer(Poll(target, method, **fields), now)
    assert answer
    return answer


def test_a_whole_feed() -> None:
    answer = ask(One())
    assert (answer.status, answer.body) == (200, WHOLE)
    assert dict(answer.headers) == {
        "Date": "Sun, 22 Nov 2026 12:00:00 GMT",
        "Expires": "Sun, 22 Nov 2026 12:30:00 GMT",
        "ETag": HEAD.etag,
        "Last-Modified": "Sun, 22 Nov 2026 09:00:00 GMT",
        "Content-Type": "application/rss+xml; charset=utf-8",
        "Content-Length": str(len(WHOLE)),
        "Cache-Control": "public, max-age=1800, s-maxage=60",
        "Vary": "Accept-Encoding",
        "Link": f'<{SELF}>; rel="self"; type="application/rss+xml"',
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "ETag, Link, Content-Location, IM, Delta-Base",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    assert len(answer.headers) == len(dict(answer.headers))


#: What says nothing of a body, RFC 9110 8.
OF_A_BODY = {"Content-Type", "Content-Length", "Content-Encoding"}


@pytest.mark.parametrize("accept_encoding", [None, "gzip", "br", "zstd", "identity;q=0"])
@pytest.mark.parametrize("location", [None, SELF])
def test_a_304_says_what_the_200_says_but_nothing_of_a_body(
    accept_encoding: str | None, location: str | None
) -> None:
    maker = One()
    fields = {"accept_encoding": accept_encoding, "location": location}
    whole = ask(maker, **fields)  # type: ignore[arg-type]
    maker.rendered = 0
    told = ask(maker, if_none_match=dict(whole.headers)["ETag"], **fields)  # type: ignore[arg-type]
    assert (told.status, told.body) == (304, b"")
    assert maker.rendered == 0  # S23
    assert told.headers == [field for field in whole.headers if field[0] not in OF_A_BODY]


@pytest.mark.parametrize(
    "known",
    [
        HEAD.etag,
        f"W/{HEAD.etag}",
        '"2.x.0123456789abcdef-gzip"',
        'W/"2.x.0123456789abcdef-br"',
        '"2.x.0123456789abcdef-zstd"',
        '"2.x.0123456789abcdef--gzip"',
        '"2.x.0123456789abcdef;gzip"',
        'W/"2.x.0123456789abcdef-br-gzip"',
        f'"other", {HEAD.etag}',
        f'{OLD},W/"x" , W/{HEAD.etag}',
        "*",
        " * ",
    ],
)
@pytest.mark.parametrize("a_im", [None, "feed"])
def test_the_same_is_known_by_many_names(known: str, a_im: str | None) -> None:
    fields = {"a_im": a_im} if a_im else {}
    assert ask(One(), if_none_match=known, **fields).status == 304


@pytest.mark.parametrize(
    "known", ["", '""', 'W/""', '"other"', OLD, "garbled", '"', "W/", '"*"', '"2.x"']
)
def test_what_is_not_the_same_gets_the_whole(known: str) -> None:
    later = "Sun, 22 Nov 2026 11:00:00 GMT"
    assert ask(One(), if_none_match=known, if_modified_since=later).status == 200


@pytest.mark.parametrize(
    ("since", "status"),
    [
        ("Sun, 22 Nov 2026 09:00:00 GMT", 304),
        ("Sunday, 22-Nov-26 09:00:00 GMT", 304),  # RFC 9110 5.6.7: obsolete, still to be read
        ("Sun Nov 22 09:00:00 2026", 304),
        ("Sun, 22 Nov 2026 11:59:59 GMT", 304),
        ("Sun, 22 Nov 2026 08:59:59 GMT", 200),
        ("Sun, 22 Nov 2026 12:00:01 GMT", 200),  # of the future
        ("yesterday", 200),
        ("", 200),
        ("0", 200),
        ("-1", 200),
        ("Sun, 99 Nov 2026 09:00:00 GMT", 200),
    ],
)
def test_by_date_alone(since: str, status: int) -> None:
    assert ask(One(), if_modified_since=since).status == status


@pytest.mark.parametrize(("accept", "coding"), [("gzip", "gzip"), ("br, gzip", "br")])
def test_a_coded_form_has_its_own_tag_and_says_what_it_is(accept: str, coding: str) -> None:
    answer = ask(One(), accept_encoding=accept)
    fields = dict(answer.headers)
    assert fields["ETag"] == f'{HEAD.etag[:-1]}-{coding}"'
    assert fields["Content-Encoding"] == coding
    assert fields["Vary"] == "Accept-Encoding"
    assert int(fields["Content-Length"]) == len(answer.body) < len(WHOLE)
    if coding == "gzip":
        assert gzip.decompress(answer.body) == WHOLE


def test_what_nobody_can_take_is_sent_as_it_is() -> None:
    answer = ask(One(), accept_encoding="identity;q=0, deflate")
    assert answer.body == WHOLE


@pytest.mark.parametrize("encoding", ["", "gzip"])
@pytest.mark.parametrize("known", ["", OLD])
def test_head_is_get_without_a_body(encoding: str, known: str) -> None:
    fields = {"accept_encoding": encoding, "if_none_match": known, "a_im": "feed"}
    got, head = ask(One(), **fields), ask(One(), method="HEAD", **fields)
    assert head == got._replace(body=b"")


@pytest.mark.parametrize(
    ("known", "base"),
    [
        (OLD, OLD),
        (f"W/{OLD}", OLD),
        ('"1.w.fedcba9876543210-gzip"', '"1.w.fedcba9876543210-gzip"'),
        (f'"unknown", {OLD}', OLD),
    ],
)
@pytest.mark.parametrize("location", [None, SELF])
def test_a_delta(known: str, base: str, location: str | None) -> None:
    fields = {"location": location} if location else {}
    answer = ask(One(), if_none_match=known, a_im="feed", accept_encoding="gzip", **fields)
    assert answer.status == 226
    assert gzip.decompress(answer.body) == NEWS
    told = dict(answer.headers)
    assert told["IM"] == "feed"
    assert told["Delta-Base"] == base
    assert told["ETag"] == '"2.x.0123456789abcdef-gzip"'  # the whole feed's, in this coding
    assert told["Cache-Control"] == "no-store, im"
    vary = "Accept-Encoding, A-IM, If-None-Match"
    assert told["Vary"] == (f"{vary}, Accept" if location else vary)
    assert told.get("Content-Location") == location
    assert "Expires" not in told
    assert len(told) == len(answer.headers)


@pytest.mark.parametrize("a_im", ["feed", ""])
def test_no_date_that_a_client_has_of_the_state_before(a_im: str) -> None:
    """Both states in one second: libcurl would throw the body away and keep the ETag."""
    now = NOW.replace(microsecond=0)
    maker = One(replace(HEAD, last_modified=now + timedelta(seconds=0.4)))
    asked = {"if_none_match": OLD, "a_im": a_im, "if_modified_since": http_date(now)}
    for seconds, dates in ((0.5, set()), (1.5, {http_date(now + timedelta(seconds=1))})):
        answer = ask(maker, now + timedelta(seconds=seconds), **asked)
        assert answer.status == (226 if a_im else 200)
        assert {value for name, value in answer.headers if name == "Last-Modified"} == dates


@pytest.mark.parametrize(
    ("a_im", "agent", "wanted"),
    [
        ("feed", "reader/3", True),
        ("feed", None, True),
        ("Feed", "", True),
        ("vcdiff, feed", "", True),
        ("vcdiff;q=1, feed;q=0.5", "", True),
        ("feed;q=0", "", False),
        ("feed;q=0.0, gzip", "", False),
        ("gzip", "", False),
        ("feeds", "", False),
        ("", "", False),
        (None, "", False),
        ("feed;q=x", "", False),
        ("feed", "feedparser/6.0.11 +https://github.com/kurtmckee/feedparser/", False),
        ("feed", "reader (feedparser/6)", True),
    ],
)
def test_who_wants_a_delta(a_im: str | None, agent: str | None, wanted: bool) -> None:
    assert wants_delta(a_im, agent) is wanted


@pytest.mark.parametrize(
    ("head", "fields"),
    [
        (HEAD, {"a_im": "feed"}),  # nothing is known yet
        (HEAD, {"a_im": "feed", "if_none_match": '"unknown"'}),
        (HEAD, {"a_im": "feed", "if_modified_since": "Sun, 22 Nov 2026 08:00:00 GMT"}),
        (HEAD, {"if_none_match": OLD}),
        (HEAD, {"a_im": "gzip", "if_none_match": OLD}),
        (HEAD, {"a_im": "feed", "if_none_match": OLD, "user_agent": "feedparser/6.0.14"}),
        (replace(HEAD, delta=False), {"a_im": "feed", "if_none_match": OLD}),
    ],
)
def test_without_a_known_version_or_the_wish_it_is_the_whole(
    head: Head, fields: dict[str, str]
) -> None:
    answer = ask(One(head), **fields)
    assert (answer.status, answer.body) == (200, WHOLE)
    assert "IM" not in dict(answer.headers)


@pytest.mark.parametrize(
    ("seconds", "age"),
    [
        (7200, 1800),
        (1801, 1800),
        (1800, 1800),
        (1799, 1799),
        (61, 61),
        (59, 59),
        (0.5, 1),
        (-5, 1),
        (-61, 1800),
    ],
)
def test_the_advice_ends_where_the_next_entry_comes(seconds: float, age: int) -> None:
    head = replace(HEAD, next_at=NOW + timedelta(seconds=seconds))
    fields = dict(ask(One(head)).headers)
    assert fields["Cache-Control"] == f"public, max-age={age}, s-maxage={min(age, 60)}"
    assert fields["Expires"] == (NOW + timedelta(seconds=age)).strftime("%a, %d %b %Y %H:%M:%S GMT")


def test_without_advice_it_is_asked_for_each_time() -> None:
    fields = dict(ask(One(replace(HEAD, ttl=None))).headers)
    assert fields["Cache-Control"] == "public, no-cache"
    assert "Expires" not in fields


def test_no_such_document() -> None:
    poller = Poller(One())
    other = Target("live", "other")
    for poll in (Poll(other, "GET"), Poll(other, "GET", if_none_match="*")):
        assert poller.answer(poll, NOW) is None


def test_what_is_kept_follows_the_state_and_the_clock() -> None:
    """One poller over time says what a new one says, at each moment."""
    maker, moment = One(), HEAD.last_modified
    poller = Poller(maker)
    soon = replace(HEAD, next_at=moment + timedelta(minutes=32))
    for head in (HEAD, soon, HEAD, replace(HEAD, ttl=None)):
        maker.kept = head
        for seconds in (0, 0.2, 0.9, 1.1, 59, 121, 1799, 1802, 1920, 1979, 1981, 3600):
            for fields in ({}, {"if_none_match": HEAD.etag}, {"location": SELF}):
                now = moment + timedelta(seconds=seconds)
                poll = Poll(MAIN, "GET", **fields)  # type: ignore[arg-type]
                fresh = Poller(maker).answer(poll, now)
                kept = poller.answer(poll, now)
                assert kept and fresh
                assert kept[:3] == fresh[:3]


def test_how_much_the_whole_would_have_been() -> None:
    poller = Poller(One())
    assert poller.answer(Poll(MAIN, "GET", if_none_match="*"), NOW)[3] == 0  # type: ignore[index]
    poller.answer(Poll(MAIN, "GET"), NOW)
    for fields in ({"if_none_match": "*"}, {"if_none_match": OLD, "a_im": "feed"}):
        answer = poller.answer(Poll(MAIN, "GET", **fields), NOW)
        assert answer
        assert answer.full == len(WHOLE)


TAGS = st.sampled_from([HEAD.etag, OLD, '"x"', "*", "W/", ",", " ", '"', "-gzip", "\x00", "é", ";"])


@given(
    method=st.sampled_from(["GET", "HEAD"]),
    if_none_match=st.none() | st.lists(TAGS, max_size=6).map("".join) | st.text(max_size=30),
    if_modified_since=st.none() | st.text(max_size=30),
    a_im=st.none() | st.sampled_from(["feed", "feed;q=0", "gzip, feed", ",", "*"]) | st.text(),
    accept_encoding=st.none() | st.sampled_from(["gzip", "br", "*;q=0"]) | st.text(max_size=30),
    user_agent=st.none() | st.text(max_size=30),
    location=st.sampled_from([None, SELF]),
)
def test_whatever_is_sent_is_answered(**fields: str) -> None:
    answer = Poller(One()).answer(Poll(MAIN, **fields), NOW)
    assert answer
    told = dict(answer.headers)
    assert answer.status in {200, 226, 304}
    assert told["ETag"].startswith('"2.x.0123456789abcdef')
    assert ("IM" in told) == (answer.status == 226)
    assert ("Content-Length" in told) == (answer.status != 304)
    assert not answer.body or int(told["Content-Length"]) == len(answer.body)
