"""Feeds made by programs: what is told of them, how they are changed, and who may not be."""

from __future__ import annotations

from typing import Any

import pytest
from web.api.conftest import Program
from web.harbour import SITE, Clock
from werkzeug.test import TestResponse

from feedsvc.config import FeedSection
from feedsvc.service import Service
from feedsvc.web.app import create_app

NEWS = {
    "name": "news",
    "title": "News",
    "where": {"any": {"tags": ["news"]}},
    "hold": "0s",
    "page_size": 10,
}


def faults(answer: TestResponse) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {one["field"] for one in answer.json["errors"]}


def test_a_feed_is_made_and_has_what_fits(fresh: Service, admin: Program) -> None:
    admin.send(title="Old news", categories=[{"term": "news"}])
    answer = admin.ask("POST", "/feeds", json=NEWS)
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{SITE}/api/v1/feeds/news")
    told = answer.json
    assert told | NEWS == told
    assert (told["count"], told["declared"], told["origin"]) == (1, None, "api:root")
    assert told["addresses"]["rss"] == f"{SITE}/feeds/news.rss"
    assert "Old news" in admin.client.get("/feeds/news.rss").text
    assert "/feeds/news" in admin.client.get("/opml.xml").text
    names = [one["name"] for one in admin.read("/feeds")["items"]]
    assert names[0] == "main" and "news" in names
    assert admin.read("/feeds/news") == told


def test_every_process_has_it_at_the_next_poll(fresh: Service, admin: Program) -> None:
    other = Service(fresh.settings, fresh.store, fresh.now)  # as another worker's
    client = create_app(other).test_client()
    assert client.get("/feeds/news.rss").status_code == 404
    admin.ask("POST", "/feeds", json=NEWS)
    assert "News" in client.get("/feeds/news.rss").text
    admin.ask("PATCH", "/feeds/news", json={"title": "All the news"})
    assert "All the news" in client.get("/feeds/news.rss").text
    admin.ask("DELETE", "/feeds/news")
    assert client.get("/feeds/news.rss").status_code == 410


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"title": "Other"}, {"title": "Other", "page_size": 10}),
        ({"title": None, "page_size": None}, {"title": None, "page_size": 50}),
        ({"where": {"none": {"tags": ["old"]}}},
         {"where": {"any": {"tags": ["news"]}, "none": {"tags": ["old"]}}}),
        ({"where": {"any": None}}, {"where": {}}),
        ({"delta": False}, {"delta": False}),
        ({"hold": "90m"}, {"hold": "90m"}),
        ({"ends": "2027-01-31"}, {"ends": "2027-02-01T00:00:00Z"}),
        ({}, NEWS),
    ],
)  # fmt: skip
def test_a_patch_changes_what_it_says(
    admin: Program, patch: dict[str, Any], expected: dict[str, Any]
) -> None:
    admin.ask("POST", "/feeds", json=NEWS)
    answer = admin.ask("PATCH", "/feeds/news", json=patch)
    assert answer.status_code == 200, answer.text
    assert answer.json | expected == answer.json
    assert admin.read("/feeds/news") == answer.json


def test_a_feed_is_renamed_and_leads_on(fresh: Service, admin: Program, clock: Clock) -> None:
    admin.ask("POST", "/feeds", json=NEWS)
    clock.forward(seconds=1)
    answer = admin.ask("PUT", "/feeds/news", json={**NEWS, "name": "tidings"})
    assert (answer.json["name"], answer.json["formerly"]) == ("tidings", ["news"])
    moved = admin.client.get("/feeds/news.rss")
    assert (moved.status_code, moved.headers["Location"]) == (308, f"{SITE}/feeds/tidings.rss")
    assert admin.ask("GET", "/feeds/news").status_code == 404


def test_lost_updates_are_refused(admin: Program) -> None:
    etag = admin.ask("POST", "/feeds", json=NEWS).headers["ETag"]
    known = admin.ask("GET", "/feeds/news", headers={"If-None-Match": etag})
    assert known.status_code == 304
    first = admin.ask("PATCH", "/feeds/news", json={"title": "1"}, headers={"If-Match": etag})
    assert first.status_code == 200
    for method in ("PATCH", "PUT", "DELETE"):
        late = admin.ask(method, "/feeds/news", json={}, headers={"If-Match": etag})
        assert late.status_code == 412
    assert admin.read("/feeds/news")["title"] == "1"


def test_what_was_read_can_be_sent_back(admin: Program) -> None:
    admin.ask("POST", "/feeds", json={**NEWS, "ends": "2027-01-31", "notice": "Bye"})
    admin.send(title="A", categories=["news"])
    read = admin.ask("GET", "/feeds/news")
    etag = {"If-Match": read.headers["ETag"]}
    for method in ("PUT", "PATCH"):
        again = admin.ask(method, "/feeds/news", json=read.json, headers=etag)
        assert (again.status_code, again.json) == (200, read.json), again.text
    assert again.headers["ETag"] == read.headers["ETag"]
    made = admin.ask("POST", "/feeds", json={"name": "x", "count": 5, "declared": "x.toml"})
    assert (made.status_code, made.json["count"], made.json["declared"]) == (201, 1, None)


def test_its_etag_is_of_what_it_says_alone(admin: Program) -> None:
    etag = admin.ask("POST", "/feeds", json=NEWS).headers["ETag"]
    admin.send(title="A", categories=["news"])
    read = admin.ask("GET", "/feeds/news")
    assert (read.json["count"], read.headers["ETag"]) == (1, etag)
    change = {"title": "Other"}
    changed = admin.ask("PATCH", "/feeds/news", json=change, headers={"If-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


def test_what_is_declared_is_changed_in_its_file(admin: Program) -> None:
    for method in ("PUT", "PATCH", "DELETE"):
        answer = admin.ask(method, "/feeds/podcast", json={})
        assert answer.status_code == 409
        assert "config.toml" in answer.json["detail"]
    answer = admin.ask("POST", "/feeds", json={"name": "podcast"})
    assert answer.status_code in {409, 422}
    assert admin.read("/feeds/podcast")["declared"] == "config.toml"


def test_main_may_be_described_but_not_ended(admin: Program) -> None:
    assert admin.ask("PATCH", "/feeds/main", json={"title": "Front"}).json["title"] == "Front"
    assert "Front" in admin.client.get("/feeds/main.rss").text
    assert admin.ask("PUT", "/feeds/main", json={"name": "other"}).status_code == 409
    assert admin.ask("DELETE", "/feeds/main").status_code == 204
    assert admin.read("/feeds/main")["title"] is None
    assert admin.ask("DELETE", "/feeds/main").status_code == 409


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, {"name"}),
        ({"name": "No Name"}, {"name"}),
        ({"name": "jottings"}, {"name"}),
        ({"name": "a", "page_size": 0, "content": "half"}, {"page_size", "content"}),
        ({"name": "a", "page_size": 0, "hold": "soon"}, {"page_size", "hold"}),
        ({"name": "a", "formerly": ["notes"]}, {"formerly[0]"}),
        ({"name": "a", "notice": "Bye"}, {"notice"}),
        ({"name": "a", "colour": "red"}, {"colour"}),
        ({"name": "a", "where": {"some": {}}}, {"where.some"}),
    ],
)
def test_every_faulty_field_is_named(
    admin: Program, fields: dict[str, Any], wrong: set[str]
) -> None:
    answer = admin.ask("POST", "/feeds", json=fields)
    assert faults(answer) >= wrong
    assert "a" not in [one["name"] for one in admin.read("/feeds")["items"]]


def test_only_administrators_make_feeds(fresh: Service, api: Program, nobody: Program) -> None:
    assert api.ask("POST", "/feeds", json=NEWS).status_code == 403
    assert nobody.ask("POST", "/feeds", json=NEWS).status_code == 401
    assert nobody.ask("GET", "/feeds").status_code == 401
    assert api.ask("GET", "/feeds").status_code == 200


def test_a_made_feed_stays_when_the_service_starts_again(fresh: Service, admin: Program) -> None:
    admin.ask("POST", "/feeds", json={**NEWS, "private": True})
    again = Service.open(fresh.settings.model_copy(update={"feeds": ()}), clock=fresh.now)
    try:
        assert [feed.name for feed in again.settings.all_feeds()] == ["main", "news"]
        state = again.store.feed_state("news")
        assert state is not None and state.private and not state.ended
    finally:
        again.close()


def test_two_who_make_feeds_at_once_both_have_theirs(fresh: Service) -> None:
    """One is in the middle of it when the other comes."""
    kept = fresh.store.made_feeds
    came = []

    def late() -> dict[str, Any]:
        found = kept()
        if not came:
            came.append(True)
            other = Service(fresh.settings, fresh.store, fresh.now)
            other.make_feed(FeedSection(name="second"), origin="api:b")
        return found

    fresh.store.made_feeds = late  # type: ignore[method-assign]
    fresh.make_feed(FeedSection(name="first"), origin="api:a")
    fresh.store.made_feeds = kept  # type: ignore[method-assign]
    assert set(kept()) == {"first", "second"}
    states = {state.key for state in fresh.store.feed_states("feed") if not state.ended}
    assert {"first", "second"} <= states


def test_the_name_of_an_ended_private_feed_publishes_nothing(
    fresh: Service, admin: Program
) -> None:
    closed = NEWS | {"private": True}
    admin.send(title="Inner", slug="inner", categories=[{"term": "news"}])
    assert admin.ask("POST", "/feeds", json=closed).status_code == 201
    assert admin.ask("DELETE", "/feeds/news").status_code == 204
    for sent in (NEWS, closed | {"where": {}}, {"name": "other", "formerly": ["news"]}):
        answer = admin.ask("POST", "/feeds", json=sent)
        assert answer.status_code == 409
        assert "set private = false" in answer.json["detail"]
        assert admin.client.get("/items/inner").status_code == 401
    assert admin.ask("POST", "/feeds", json=closed).status_code == 201
    assert admin.ask("PATCH", "/feeds/news", json={"private": False}).status_code == 200
    assert admin.client.get("/items/inner").status_code == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_name_that_is_null_is_its_own(admin: Program, method: str) -> None:
    admin.ask("POST", "/feeds", json={"name": "walks"})
    answer = admin.ask(method, "/feeds/walks", json={"name": None, "title": "Walks"})
    assert (answer.status_code, answer.json["name"], answer.json["title"]) == (
        200,
        "walks",
        "Walks",
    )
