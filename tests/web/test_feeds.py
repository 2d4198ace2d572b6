"""Feeds at their addresses: the form each address and each ``Accept`` gets, and what it holds."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import feedparser
import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from web.harbour import NOW, SITE, Clock
from werkzeug.http import parse_date
from werkzeug.test import TestResponse

from feedsvc.formats import opml
from feedsvc.model import Item
from feedsvc.service import Service
from feedsvc.store import Put, Withdraw
from feedsvc.web.app import create_app
from feedsvc.web.feeds import GUESSED, split_form

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
FEEDS = [
    *("/feeds/main", "/feeds/podcast", "/feeds/empty"),
    *("/tags/sea", "/tags/long-walks", "/tags/c++", "/tags/ac-dc", "/tags/package.json"),
    f"/tags/{quote('بحر')}",
    "/authors/jane-doe",
    f"/authors/{quote('ليلى-حداد')}",
]


def parsed(response: TestResponse) -> feedparser.FeedParserDict:
    found = feedparser.parse(
        io.BytesIO(response.data), response_headers={"content-type": response.content_type}
    )
    assert not found.bozo, found.get("bozo_exception")
    return found


@pytest.mark.parametrize("form", TYPES)
@pytest.mark.parametrize("feed", FEEDS)
def test_each_form_has_its_address(client: FlaskClient, feed: str, form: str) -> None:
    response = client.get(f"{feed}.{form}", headers={"Accept": BROWSER})
    assert response.status_code == 200
    assert response.content_type == TYPES[form]
    assert re.fullmatch(
        r"public, max-age=\d+, s-maxage=60", response.headers["Cache-Control"], re.ASCII
    )
    assert response.headers["Vary"] == "Accept-Encoding"
    own = f"{SITE}{feed}.{form}"
    assert f'<{own}>; rel="self"' in response.headers["Link"]
    if form == "json":
        assert json.loads(response.data)["feed_url"] == own
    else:
        links = parsed(response).feed.links
        assert own in [link.href for link in links if link.rel == "self"]


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("application/rss+xml", "rss"),
        ("application/atom+xml", "atom"),
        ("application/feed+json", "json"),
        ("application/json", "json"),
        ("*/*", "rss"),
        ("", "rss"),
        (BROWSER, None),
    ],
)
@pytest.mark.parametrize("feed", [*FEEDS, "/search?q=tide"])
def test_one_address_gives_the_form_that_is_asked_for(
    client: FlaskClient, feed: str, accept: str, form: str | None
) -> None:
    response = client.get(feed, headers={"Accept": accept})
    assert response.status_code == 200
    assert response.headers["Vary"] == "Accept-Encoding, Accept"
    if form is None:
        assert response.content_type == "text/html; charset=utf-8"
        return
    stem, mark, query = feed.partition("?")
    address = f"{stem}.{form}{mark}{query}"
    direct = client.get(address)
    assert response.data == direct.data
    assert response.content_type == TYPES[form]
    assert response.headers["ETag"] == direct.headers["ETag"]
    assert response.headers["Content-Location"] == SITE + address
    assert f'<{SITE}{address}>; rel="self"' in response.headers["Link"]


def test_forms_have_different_validators(client: FlaskClient) -> None:
    forms = [client.get(f"/feeds/main.{form}").headers["ETag"] for form in TYPES]
    page = client.get("/feeds/main", headers={"Accept": BROWSER}).headers["ETag"]
    assert len({*forms, page}) == 4


def test_only_published_items_stand_in_feeds(client: FlaskClient) -> None:
    feed = parsed(client.get("/feeds/main.atom"))
    assert len(feed.entries) == 31
    assert feed.entries[0].title == "What the tide leaves & <keeps>"
    assert not {"A draft", "Later", "Gone"} & {entry.title for entry in feed.entries}
    assert [e.title for e in parsed(client.get("/feeds/podcast.rss")).entries] == ["Seven: salt"]
    assert parsed(client.get("/feeds/empty.rss")).entries == []
    titles = [e.title for e in parsed(client.get("/tags/notes.rss")).entries]
    assert len(titles) == 24
    found = json.loads(client.get("/search.json?q=weather").data)["items"]
    assert len(found) == 24


def test_browsers_elsewhere_may_read_documents(client: FlaskClient) -> None:
    assert client.get("/feeds/main.json").headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in client.get("/").headers


@pytest.mark.parametrize(
    ("address", "proper"),
    [
        ("/tags/Sea", "/tags/sea"),
        ("/tags/Long%20%20Walks.rss", "/tags/long-walks.rss"),
        ("/authors/Jane%20Doe.json", "/authors/jane-doe.json"),
        ("/feeds/Main.atom", "/feeds/main.atom"),
        ("/feeds/main.RSS", "/feeds/main.rss"),
        ("/feeds/main.Json", "/feeds/main.json"),
        ("/tags/package.JSON", "/tags/package.json"),
        ("/tags/package.json.JSON", "/tags/package.json.json"),
        ("/tags/C%2B%2B", "/tags/c++"),
        ("/tags/C++.rss", "/tags/c++.rss"),
        ("/tags/AC%2FDC", "/tags/ac-dc"),
        ("/tags/AC%2FDC.rss", "/tags/ac-dc.rss"),
        ("/tags/ac%2fdc.json", "/tags/ac-dc.json"),
        ("/tags/ac/dc.atom", "/tags/ac-dc.atom"),
        ("/search.rss?q=note+number", "/search.rss?q=note%20number"),
        ("/search.RSS?q=tide", "/search.rss?q=tide"),
        ("/search.atom?q=%20tide%20", "/search.atom?q=tide"),
        ("/search.atom?utm_source=x&q=tide", "/search.atom?q=tide"),
        ("/search.json?q=tide&q=other", "/search.json?q=tide"),
        ("/search.json?q=c++&page=2", "/search.json?q=c"),
        ("/search.json?q=c%2b%2b", "/search.json?q=c%2B%2B"),
        ("/search.json?q=%e6%b5%b7", "/search.json?q=%E6%B5%B7"),
        ("/search.rss?q=", "/search.rss"),
        ("/search.rss?q=%00", "/search.rss"),
        ("/search.rss?page=2", "/search.rss"),
        *((guessed, f"/feeds/main.{form}") for guessed, form in GUESSED.items()),
        *((f"{guessed}?format=x", f"/feeds/main.{form}") for guessed, form in GUESSED.items()),
    ],
)
def test_other_spellings_lead_to_the_address(
    client: FlaskClient, address: str, proper: str
) -> None:
    response = client.get(address)
    assert response.status_code == 308
    assert response.headers["Location"] == SITE + proper
    assert client.get(proper).status_code == 200


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("main.rss", ("main", "rss")),
        ("main", ("main", None)),
        ("main.xml", ("main.xml", None)),
        ("node.js.json", ("node.js", "json")),
        (".rss", (".rss", None)),
        ("a.RSS", ("a", "rss")),
    ],
)
def test_split_form(name: str, parts: tuple[str, str | None]) -> None:
    assert split_form(name) == parts


@pytest.mark.parametrize("spelling", ["/tags/c++.rss", "/tags/c%2B%2B.rss", "/tags/c%2b+.rss"])
def test_encoding_alone_makes_no_other_address(client: FlaskClient, spelling: str) -> None:
    """Servers hand a path over decoded, so these are one; what is given out is the plain form."""
    response = client.get(spelling)
    assert response.status_code == 200
    assert f'<{SITE}/tags/c++.rss>; rel="self"' in response.headers["Link"]


def test_a_search_for_nothing_is_an_empty_feed(client: FlaskClient) -> None:
    response = client.get("/search.json")
    assert response.status_code == 200
    assert response.json
    assert response.json["items"] == []
    assert response.json["feed_url"] == f"{SITE}/search.json"


@given(st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_each_search_has_one_address(client: FlaskClient, query: str) -> None:
    response = client.get("/search.rss", query_string={"q": query})
    if response.status_code == 308:
        assert response.headers["Location"].startswith(f"{SITE}/search.rss")
        response = client.get(response.headers["Location"].removeprefix(SITE))
    assert response.status_code == 200


def test_a_tag_may_look_like_a_form(client: FlaskClient) -> None:
    page = client.get("/tags/package.json", headers={"Accept": BROWSER})
    assert "<h1" in page.text
    assert "package.json" in page.text
    assert len(json.loads(client.get("/tags/package.json.json").data)["items"]) == 1


def test_opml_lists_every_feed(client: FlaskClient) -> None:
    response = client.get("/opml.xml")
    outlines = opml.read(response.data)
    assert [outline.feed_url for outline in outlines] == [
        f"{SITE}/feeds/{name}.rss" for name in ("main", "podcast", "notes", "empty")
    ]
    assert response.mimetype in {"text/x-opml", "application/xml", "text/xml"}


@pytest.mark.parametrize("path", ["/feeds/none", "/feeds/none.rss", "/tags/none.atom"])
def test_an_unknown_feed_names_those_that_exist(client: FlaskClient, path: str) -> None:
    problem = client.get(path, headers={"Accept": "application/rss+xml"})
    assert problem.status_code == 404
    assert problem.content_type == "application/problem+json"
    assert {feed["url"] for feed in problem.json["feeds"]} == {
        f"{SITE}/feeds/{name}" for name in ("main", "podcast", "notes", "empty")
    }
    page = client.get(path, headers={"Accept": BROWSER})
    assert page.status_code == 404
    assert 'href="/feeds/podcast"' in page.text


def put(service: Service, slug: str, **fields: object) -> Item:
    """A new item, or a new version of one."""
    old = service.store.item(slug=slug)
    item = replace(old or Item(slug=slug, title=slug), **fields)  # type: ignore[arg-type]
    service.store.apply([Put(item, replaces=old.guid if old else None)], service.now())
    kept = service.store.item(slug=slug)
    assert kept
    return kept


@pytest.mark.parametrize("path", ["/feeds/main.rss", "/feeds/main.atom", "/feeds/main.json", "/"])
def test_the_very_next_poll_sees_every_change(fresh: Service, clock: Clock, path: str) -> None:
    """By either validator, though all changes fall into one second."""
    client = create_app(fresh).test_client()
    seen = client.get(path)
    guid = ""
    for step in range(4):
        clock.forward(milliseconds=100)
        if step < 3:
            guid = put(fresh, "note", content_html=f"<p>Version {step}</p>", summary=f"{step}").guid
        else:
            fresh.store.apply([Withdraw(guid)], clock())
        by_tag = client.get(path, headers={"If-None-Match": seen.headers["ETag"]})
        by_date = client.get(path, headers={"If-Modified-Since": seen.headers["Last-Modified"]})
        assert by_tag.status_code == by_date.status_code == 200
        assert by_tag.data == by_date.data != seen.data
        before, after = (parse_date(r.headers["Last-Modified"]) for r in (seen, by_tag))
        assert before and after and before <= after <= clock()
        if path != "/":  # a poller would take it for the date of what it has already
            assert "Last-Modified" not in by_date.headers
        seen = by_tag
    clock.forward(seconds=2)
    assert client.get(path, headers={"If-None-Match": seen.headers["ETag"]}).status_code == 304
    settled = client.get(path).headers["Last-Modified"]
    assert client.get(path, headers={"If-Modified-Since": settled}).status_code == 304


def test_a_feed_that_is_no_longer_declared_is_gone(fresh: Service, clock: Clock) -> None:
    put(fresh, "note", content_html="<p>x</p>")
    smaller = fresh.settings.model_copy(update={"feeds": ()})
    again = Service.open(smaller, clock=clock)
    try:
        client = create_app(again).test_client()
        assert client.get("/feeds/podcast.rss").status_code == 410
        assert client.get("/feeds/podcast", headers={"Accept": BROWSER}).status_code == 410
        assert client.get("/feeds/main.rss").status_code == 200
    finally:
        again.close()


def test_a_site_below_a_path(tmp_path_factory: pytest.TempPathFactory) -> None:
    from web.harbour import filled

    service = filled(tmp_path_factory.mktemp("below"), f"{SITE}/blog", Clock(NOW + timedelta(1)))
    try:
        client = create_app(service).test_client()
        for path in ("/blog/feeds/main.rss", "/feeds/main.rss"):  # with and without a proxy
            response = client.get(path)
            assert response.status_code == 200
            assert f'<{SITE}/blog/feeds/main.rss>; rel="self"' in response.headers["Link"]
        home = client.get("/blog", headers={"Accept": BROWSER}).text
        assert 'href="/blog/feeds/main.atom"' in home
        assert 'action="/blog/search"' in home
        assert 'href="/feeds' not in home
        assert client.get("/blog/rss").headers["Location"] == f"{SITE}/blog/feeds/main.rss"
    finally:
        service.close()
