"""A good feed server, statement by statement (S1 to S27), as far as it shows without a wire.

S15 and S27 are test_desk.py's, S17 and S18 test_moves.py's. S19 is about private feeds and half of
S22 about a hub; there are none yet.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import cramjam
import pytest
from flask.testing import FlaskClient
from lxml import etree
from web.conftest import client_of
from web.harbour import SITE, Clock, filled, opened
from werkzeug.http import parse_date
from werkzeug.test import TestResponse

from feedsvc.model import Item
from feedsvc.service import Service
from feedsvc.store import Put, Withdraw
from feedsvc.web.app import create_app

TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
STEMS = ("/feeds/main", "/feeds/empty", "/tags/sea", "/authors/jane-doe", "/feeds/notes/archive/1")
FEEDS = [f"{stem}.{form}" for stem in STEMS for form in TYPES]
DOCUMENTS = [*FEEDS, "/search.atom?q=tide", "/opml.xml"]
everywhere = pytest.mark.parametrize("path", DOCUMENTS)
DECODED = {
    "gzip": gzip.decompress,
    "br": lambda body: bytes(cramjam.brotli.decompress(body)),
    "zstd": lambda body: bytes(cramjam.zstd.decompress(body)),
}


def get(client: FlaskClient, path: str, method: str = "GET", **headers: str) -> TestResponse:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.open(path, method=method, headers=sent)


@pytest.fixture(params=[True, False], ids=["front", "flask"], scope="module")
def client(service: Service, request: pytest.FixtureRequest) -> FlaskClient:
    """A client that comes by both ways."""
    return create_app(service, front=request.param).test_client()


@everywhere
def test_s1_s2_s3_a_whole_answer(service: Service, client: FlaskClient, path: str) -> None:
    answer = get(client, path)
    assert answer.status_code == 200
    form = path.partition("?")[0].rpartition(".")[2]
    assert answer.content_type == TYPES.get(form, "text/x-opml; charset=utf-8")
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert parse_date(answer.headers["Date"]) == service.now().replace(microsecond=0)
    assert re.fullmatch(r'"[!#-~]{8,}"', answer.headers["ETag"])
    modified = answer.headers["Last-Modified"]
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", modified, re.ASCII)
    assert parse_date(modified) <= service.now()  # type: ignore[operator]


def test_s4_nothing_but_a_change_changes_anything(tmp_path: Path) -> None:
    """Not another worker, not a restart, not the time."""
    clock = Clock()
    first = filled(tmp_path, SITE, clock)
    clock.forward(seconds=5)
    before = {path: get(client_of(first), path) for path in DOCUMENTS}
    worker = Service.open(first.settings, clock=clock, declare=False)
    clock.forward(days=400)
    restarted = Service.open(first.settings, clock=clock)
    for service in (first, worker, restarted):
        client = client_of(service)
        for path, was in before.items():
            # A 304 first: that of a worker that has rendered nothing yet (S23).
            known = get(client, path, If_None_Match=was.headers["ETag"])
            assert (known.status_code, known.data) == (304, b"")
            assert known.headers["ETag"] == was.headers["ETag"]
            now = get(client, path)
            assert now.data == was.data
            assert now.headers["ETag"] == was.headers["ETag"]
            assert now.headers["Last-Modified"] == was.headers["Last-Modified"]
        service.close()


@everywhere
def test_s5_s7_s9_known_by_tag(client: FlaskClient, path: str) -> None:
    whole = get(client, path)
    tag = whole.headers["ETag"]
    old = "Thu, 01 Jan 1970 00:00:00 GMT"
    for known in (tag, f"W/{tag}", f'"x", W/{tag}', "*"):
        answer = get(client, path, If_None_Match=known, If_Modified_Since=old)
        assert (answer.status_code, answer.data) == (304, b"")
        body = {"Content-Type", "Content-Length", "Content-Encoding"}
        assert dict(answer.headers) == {
            name: value for name, value in whole.headers.items() if name not in body
        }
    late = whole.headers["Last-Modified"]
    assert get(client, path, If_None_Match='"x"', If_Modified_Since=late).status_code == 200


def test_s6_every_change_shows_within_one_second(fresh: Service, clock: Clock) -> None:
    client = client_of(fresh)
    seen = get(client, "/feeds/main.atom")
    tags, dates = {seen.headers["ETag"]}, [seen.headers["Last-Modified"]]
    guid = "urn:x:1"
    for change in (
        Put(Item(guid=guid, slug="a", title="One")),
        Put(Item(guid=guid, slug="a", title="Two"), replaces=guid),
        Withdraw(guid),
    ):
        clock.forward(milliseconds=200)
        fresh.store.apply([change], clock())
        for known in ({"If_None_Match": seen.headers["ETag"]}, {"If_Modified_Since": dates[-1]}):
            assert get(client, "/feeds/main.atom", **known).status_code == 200
        seen = get(client, "/feeds/main.atom")
        tags.add(seen.headers["ETag"])
        dates.append(seen.headers["Last-Modified"])
    assert len(tags) == 4
    moments = [parse_date(date) for date in dates]
    assert moments == sorted(moments)  # type: ignore[type-var]  # S3: never back, on deletion too


@everywhere
def test_s8_known_by_date(client: FlaskClient, path: str) -> None:
    date = get(client, path).headers["Last-Modified"]
    assert get(client, path, If_Modified_Since=date).status_code == 304
    for other in ("Thu, 01 Jan 1970 00:00:00 GMT", "soon", "", "0", "Thu, 32 Jan 2026", "\xff"):
        assert get(client, path, If_Modified_Since=other).status_code == 200


@everywhere
def test_s10_head_is_get(client: FlaskClient, path: str) -> None:
    for sent in ({}, {"If_None_Match": "*"}, {"Accept_Encoding": "gzip"}, {"A_IM": "feed"}):
        got, head = get(client, path, **sent), get(client, path, "HEAD", **sent)
        assert head.data == b""
        assert head.status_code == got.status_code
        assert dict(head.headers) == dict(got.headers)


@pytest.mark.parametrize("coding", DECODED)
@everywhere
def test_s11_codings(client: FlaskClient, path: str, coding: str) -> None:
    plain = get(client, path)
    coded = get(client, path, Accept_Encoding=coding)
    assert "Content-Encoding" not in plain.headers
    assert coded.headers["Content-Encoding"] == coding
    assert DECODED[coding](coded.data) == plain.data
    assert get(client, path, Accept_Encoding=coding).data == coded.data  # made once
    refused = get(client, path, Accept_Encoding=f"{coding};q=0")
    assert refused.data == plain.data
    tags = {answer.headers["ETag"] for answer in (plain, coded, refused)}
    assert len(tags) == 2
    for tag in tags:
        for accepted in (coding, "identity"):
            known = get(client, path, If_None_Match=tag, Accept_Encoding=accepted)
            assert known.status_code == 304
            assert "Accept-Encoding" in known.headers["Vary"]
    assert all("Accept-Encoding" in a.headers["Vary"] for a in (plain, coded, refused))


@pytest.mark.parametrize("path", [path for path in FEEDS if "archive" not in path])
def test_s12_the_advice_is_one(client: FlaskClient, path: str) -> None:
    answer = get(client, path)
    minutes = int(answer.headers["Cache-Control"].partition("max-age=")[2].partition(",")[0]) // 60
    date, expires = (parse_date(answer.headers[name]) for name in ("Date", "Expires"))
    assert date and expires
    assert expires - date == timedelta(minutes=minutes)
    if path.endswith("json"):
        assert json.loads(answer.data)["_feedsvc"]["ttl"] == minutes
        return
    tree = etree.fromstring(answer.data)
    (period,) = tree.xpath("//*[local-name()='updatePeriod']/text()")
    (times,) = tree.xpath("//*[local-name()='updateFrequency']/text()")
    assert {"hourly": 60, "daily": 1440}[str(period)] // int(str(times)) == minutes
    if path.endswith("rss"):
        assert tree.findtext("channel/ttl") == str(minutes)


def test_s12_the_advice_ends_when_the_next_item_comes(fresh: Service, clock: Clock) -> None:
    coming = clock() + timedelta(seconds=100)
    fresh.store.apply([Put(Item(slug="c", title="Coming", published=coming))], clock())
    client = client_of(fresh)
    before = get(client, "/feeds/main.rss")
    assert before.headers["Cache-Control"] == "public, max-age=99, s-maxage=60"
    clock.forward(seconds=110)
    overdue = get(client, "/feeds/main.rss", If_None_Match=before.headers["ETag"])
    assert overdue.status_code == 304
    assert overdue.headers["Cache-Control"] == "public, max-age=1, s-maxage=1"
    clock.forward(seconds=100)  # nobody is there who would let it in: no reason to hurry
    assert "max-age=3600" in get(client, "/feeds/main.rss").headers["Cache-Control"]
    fresh.tick()
    after = get(client, "/feeds/main.rss", If_None_Match=before.headers["ETag"])
    assert after.status_code == 200
    assert "max-age=3600" in after.headers["Cache-Control"]


@everywhere
def test_s13_s14_no_session_and_nothing_is_upset(client: FlaskClient, path: str) -> None:
    plain = get(client, path)
    odd = {"Range": "bytes=0-9", "Accept": "image/png;q=x", "User_Agent": "", "Cookie": "a=b"}
    answer = get(client, path, **odd)
    assert (answer.status_code, answer.data) == (200, plain.data)
    assert "Set-Cookie" not in answer.headers
    refused = get(client, path, "POST")
    assert refused.status_code == 405
    assert set(refused.allow) == {"GET", "HEAD", "OPTIONS"}


def test_s16_unavailable_is_not_kept(fresh: Service) -> None:
    client = client_of(fresh)
    assert get(client, "/feeds/main.rss").status_code == 200
    fresh.store.close()
    database = fresh.settings.root / "feedsvc.db"
    for path in database.parent.glob("feedsvc.db*"):
        path.write_bytes(b"no database" * 500)
    for sent in ({}, {"If_None_Match": "*"}, {"A_IM": "feed", "If_None_Match": '"x"'}):
        answer = get(client, "/feeds/main.rss", **sent)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/feeds/none.rss", "/feeds/notes/archive/99.atom", "/nowhere"])
def test_s20_errors_have_no_feeds_type(client: FlaskClient, path: str) -> None:
    for sent in ({}, {"If_None_Match": "*"}, {"Accept": "application/rss+xml", "A_IM": "feed"}):
        answer = get(client, path, **sent)
        assert answer.status_code == 404
        assert answer.content_type == "application/problem+json"
        assert "ETag" not in answer.headers


@pytest.fixture
def changed(fresh: Service, clock: Clock) -> Iterator[tuple[FlaskClient, dict[str, str]]]:
    """A site of 40 items after 30 changes, and the main feed's ETags from before."""
    items = [Item(guid=f"urn:x:{n}", slug=f"n{n}", title=f"Item {n}") for n in range(40)]
    for item in items:
        clock.forward(minutes=1)
        fresh.store.apply([Put(replace(item, published=clock()))], clock())
    client = client_of(fresh)
    tags = {form: get(client, f"/feeds/main.{form}").headers["ETag"] for form in TYPES}
    clock.forward(hours=1)
    fresh.store.apply([Withdraw("urn:x:39")], clock())
    fresh.store.apply([Put(replace(items[0], title="Edited"), replaces="urn:x:0")], clock())
    for n in range(3):
        fresh.store.apply([Put(Item(guid=f"urn:y:{n}", slug=f"y{n}", title="New"))], clock())
    clock.forward(hours=1)
    return client, tags


@pytest.mark.parametrize("suffix", ["", "-gzip", "-br"])
@pytest.mark.parametrize("form", TYPES)
def test_s21_a_delta_is_what_is_new(
    changed: tuple[FlaskClient, dict[str, str]], form: str, suffix: str
) -> None:
    client, tags = changed
    path, base = f"/feeds/main.{form}", f'{tags[form][:-1]}{suffix}"'
    whole = get(client, path)
    answer = get(client, path, A_IM="feed", If_None_Match=base)
    assert answer.status_code == 226
    assert answer.headers["IM"] == "feed"
    assert answer.headers["ETag"] == whole.headers["ETag"]
    assert answer.headers["Delta-Base"] == base
    assert answer.headers["Cache-Control"] == "no-store, im"
    assert {"A-IM", "If-None-Match"} <= {v.strip() for v in answer.headers["Vary"].split(",")}
    assert answer.content_type == whole.content_type
    for guid in ("urn:x:0", "urn:x:39", *(f"urn:y:{n}" for n in range(3))):
        assert guid in answer.text
    assert "urn:x:1<" not in answer.text
    assert '"urn:x:1"' not in answer.text
    assert len(answer.data) < len(whole.data) / 3
    # With what it says it is known, and nothing is new: 304, not an empty delta.
    again = get(client, path, A_IM="feed", If_None_Match=answer.headers["ETag"])
    assert again.status_code == 304
    assert "IM" not in again.headers


def test_s21_without_wish_or_base_the_whole(changed: tuple[FlaskClient, dict[str, str]]) -> None:
    client, tags = changed
    path = "/feeds/main.rss"
    whole = get(client, path)
    for sent in (
        {"A_IM": "feed"},
        {"A_IM": "feed", "If_None_Match": '"1.2.0123456789abcdef"'},
        {"A_IM": "feed", "If_None_Match": tags["atom"]},  # another document's
        {"A_IM": "feed", "If_Modified_Since": "Sun, 22 Nov 2026 12:30:00 GMT"},
        {"A_IM": "feed;q=0", "If_None_Match": tags["rss"]},
        {"A_IM": "vcdiff", "If_None_Match": tags["rss"]},
        {"If_None_Match": tags["rss"]},
        {"A_IM": "feed", "If_None_Match": tags["rss"], "User_Agent": "feedparser/6.0.14"},
    ):
        answer = get(client, path, **sent)
        assert (answer.status_code, answer.data) == (200, whole.data)
        assert dict(answer.headers) == dict(whole.headers)


@pytest.mark.parametrize("path", FEEDS)
def test_s22_s24_links_say_what_the_document_says(client: FlaskClient, path: str) -> None:
    """Whatever host was asked, as behind a proxy."""
    told = client.get(path, base_url="http://inside:8000", headers={"X-Forwarded-Host": "evil"})
    head = client.head(path, base_url="http://inside:8000")
    assert head.headers["Link"] == told.headers["Link"]
    links = re.findall(r'<([^>]+)>; rel="([a-z-]+)"', told.headers["Link"])
    assert (f"{SITE}{path}", "self") in links
    if path.endswith("json"):
        assert json.loads(told.data)["feed_url"] == f"{SITE}{path}"
        return
    tree = etree.fromstring(told.data)
    found = tree.xpath("//*[local-name()='channel' or local-name()='feed']/*[local-name()='link']")
    inside = {(link.get("href"), link.get("rel")) for link in found if link.get("rel")}
    assert set(links) <= inside


@pytest.mark.parametrize("path", [*FEEDS, "/opml.xml"])
def test_s25_unknown_queries_are_nothing_new(client: FlaskClient, path: str) -> None:
    plain = get(client, path)
    for query in ("?", "?utm_source=x", "?page=2&q=tide", "?%00=%ff"):
        answer = get(client, path + query)
        assert answer.data == plain.data
        assert dict(answer.headers) == dict(plain.headers)


def test_archives_are_found_by_walking(fresh: Service, clock: Clock) -> None:
    """From the live feed by prev-archive: every item, the newest version first to be met."""
    fresh.close()
    feeds = fresh.settings.all_feeds()
    main = feeds[0].model_copy(update={"page_size": 7})
    settings = fresh.settings.model_copy(update={"feeds": (main, *feeds[1:])})
    service = Service.open(settings, clock=clock)
    for n in range(60):
        clock.forward(minutes=1)
        item = Item(guid=f"urn:x:{n}", slug=f"n{n}", title=f"Item {n}", published=clock())
        service.store.apply([Put(item)], clock())
    client = client_of(service)
    frozen = {n: get(client, f"/feeds/main/archive/{n}.json") for n in range(1, 6)}
    edited = service.store.item(guid="urn:x:3")
    assert edited
    service.store.apply([Put(replace(edited, title="Edited"), replaces="urn:x:3")], clock())
    titles: dict[str, str] = {}
    url: str | None = f"{SITE}/feeds/main.json"
    pages = 0
    while url:
        page = json.loads(get(client, url.removeprefix(SITE)).data)
        for entry in page["items"]:
            titles.setdefault(entry["id"], entry["title"])
        url, pages = page.get("next_url"), pages + 1
    assert titles == {f"urn:x:{n}": "Edited" if n == 3 else f"Item {n}" for n in range(60)}
    assert pages > 7
    for number, was in frozen.items():  # nothing but a withdrawal changes a page
        now = get(client, f"/feeds/main/archive/{number}.json")
        assert now.data == was.data
        assert now.headers["ETag"] == was.headers["ETag"]
        assert "max-age=86400" in now.headers["Cache-Control"]
    service.store.apply([Withdraw("urn:x:2")], clock())
    after = get(client, "/feeds/main/archive/1.json", If_None_Match=frozen[1].headers["ETag"])
    assert after.status_code == 200
    assert "urn:x:2" not in after.text
    service.close()


def test_a_whole_feed_says_that_it_is(tmp_path: Path) -> None:
    service = opened(tmp_path, SITE, Clock())
    atom = get(client_of(service), "/feeds/main.atom")
    assert "complete" in atom.text
    assert "prev-archive" not in atom.text
    assert "prev-archive" not in atom.headers["Link"]
    service.close()
