"""Feeds that were renamed, and feeds that have ended or are going to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from web.conftest import client_of
from web.harbour import NOW, SITE, Clock, filled

from feedsvc.config import FeedSection
from feedsvc.service import Service

NOTICE = "We stop here. Follow https://elsewhere.example/feed instead."
Reopen = Callable[..., Service]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reopen(tmp_path: Path, clock: Clock) -> Iterator[Reopen]:
    """Opens the filled site again with the feed of notes declared otherwise, or not at all."""
    first = filled(tmp_path, SITE, clock)
    clock.forward(hours=1)
    opened = [first]

    def again(**changes: object) -> Service:
        feeds = [feed for feed in first.settings.feeds if feed.name != "notes"]
        if changes:
            (notes,) = (feed for feed in first.settings.feeds if feed.name == "notes")
            fields = notes.model_dump(exclude_unset=True) | changes
            feeds.append(FeedSection.model_validate(fields))
        settings = first.settings.model_copy(update={"feeds": tuple(feeds)})
        opened.append(Service.open(settings, clock=clock))
        return opened[-1]

    yield again
    for service in opened:
        service.close()


def test_s17_a_renamed_feed_leads_on_in_one_step(reopen: Reopen) -> None:
    before = client_of(reopen(name="notes"))
    old = json.loads(before.get("/feeds/notes.json").data)
    atom = before.get("/feeds/notes.atom").text
    page = json.loads(before.get("/feeds/notes/archive/1.json").data)
    client = client_of(reopen(name="log", formerly=["notes", "jottings"]))
    for name in ("notes", "jottings", "Notes", "NOTES"):
        for end in ("", ".rss", ".atom", ".json", "/archive/1.rss", "/archive/2.json"):
            for method in ("GET", "HEAD"):
                response = client.open(f"/feeds/{name}{end}", method=method)
                assert response.status_code == 308
                assert response.headers["Location"] == f"{SITE}/feeds/log{end}"
                assert response.headers["Cache-Control"].startswith("public")
            assert client.get(f"/feeds/log{end}").status_code == 200
    assert client.get("/feeds/notes.RSS?x=y").headers["Location"] == f"{SITE}/feeds/log.rss"
    # It is the same feed with the same items, and an archive that has not moved.
    new = json.loads(client.get("/feeds/log.json").data)
    assert [item["id"] for item in new["items"]] == [item["id"] for item in old["items"]]
    moved = json.loads(client.get("/feeds/log/archive/1.json").data)
    assert [item["id"] for item in moved["items"]] == [item["id"] for item in page["items"]]
    feed_id = atom.partition("<id>")[2].partition("</id>")[0]
    assert f"<id>{feed_id}</id>" in client.get("/feeds/log.atom").text


def test_a_renamed_feed_leads_on_when_the_configuration_has_forgotten_why(reopen: Reopen) -> None:
    reopen(name="log", formerly=["notes"])
    reopen(name="diary", formerly=["log"])
    client = client_of(reopen(name="diary", formerly=["jottings"]))
    for name in ("notes", "log", "Notes", "jottings"):
        for end in ("", ".rss", ".atom", ".json", "/archive/1.rss", "/archive/2.json"):
            response = client.get(f"/feeds/{name}{end}")
            assert response.status_code == 308, (name, end)
            assert response.headers["Location"] == f"{SITE}/feeds/diary{end}"
    assert client.get("/feeds/notes/archive/0.rss").status_code == 404


def shown(client: FlaskClient) -> tuple[str, set[str], str]:
    """What tells of feeds: the home page, what is said to programs that are lost, and to people."""
    problem = client.get("/feeds/none.rss")
    page = client.get("/feeds/none.rss", headers={"Accept": "text/html"})
    return client.get("/").text, {feed["name"] for feed in problem.json["feeds"]}, page.text


def test_an_ended_feed_is_shown_nowhere(reopen: Reopen, clock: Clock) -> None:
    ends = NOW + timedelta(days=30)
    service = reopen(ends=ends, notice=NOTICE)
    client = client_of(service)
    everything = {"main", "podcast", "empty", "notes"}
    home, names, page = shown(client)
    assert names == everything
    assert "/feeds/notes.rss" in home
    assert "/feeds/notes" in page
    clock.time = ends + timedelta(seconds=1)
    service.tick()
    home, names, page = shown(client)
    assert names == everything - {"notes"}
    assert "/feeds/notes" not in home + page
    assert {feed["name"] for feed in client.get("/feeds/notes.rss").json["feeds"]} == names


def test_without_the_store_the_configuration_tells_which_feeds_have_ended(
    reopen: Reopen, clock: Clock
) -> None:
    ends = NOW + timedelta(days=30)
    service = reopen(ends=ends)
    client = client_of(service)
    root = service.settings.root  # which may open the store
    service.close()
    database = root / "feedsvc.db"
    for path in root.glob("feedsvc.db*"):
        path.unlink()
    database.mkdir()
    named = client.get("/nowhere").json["feeds"]
    assert [feed["name"] for feed in named] == ["main", "podcast", "empty", "notes"]
    clock.time = ends
    named = client.get("/nowhere").json["feeds"]
    assert [feed["name"] for feed in named] == ["main", "podcast", "empty"]


def test_a_former_name_of_nothing_is_not_found(reopen: Reopen) -> None:
    client = client_of(reopen(name="log", formerly=["notes"]))
    assert client.get("/feeds/notes/archive/0.rss").status_code == 404
    assert client.get("/feeds/notes/archive/1").status_code == 404
    assert client.get("/feeds/note.rss").status_code == 404
    assert client.get("/feeds/log/archive/99.rss").status_code == 404


def gone(client: FlaskClient, path: str) -> tuple[str, str]:
    """What an ended feed's address says: to a program, to a person."""
    problem = client.get(path)
    page = client.get(path, headers={"Accept": "text/html"})
    for response in (problem, page):
        assert response.status_code == 410
        assert response.headers["Cache-Control"] == "no-store"
    assert problem.content_type == "application/problem+json"
    assert page.content_type == "text/html; charset=utf-8"
    return problem.json["detail"], page.text


ADDRESSES = [
    *("/feeds/notes", "/feeds/notes.rss", "/feeds/notes.atom", "/feeds/notes.json"),
    *("/feeds/notes/archive/1.rss", "/feeds/notes/archive/2.json", "/feeds/notes/archive/99.atom"),
]


def test_s18_a_feed_that_is_no_longer_declared_is_gone(reopen: Reopen) -> None:
    client = client_of(reopen())
    for path in ADDRESSES:
        detail, _ = gone(client, path)
        assert detail.startswith("this feed has ended.")
    assert client.get("/feeds/none.rss").status_code == 404
    assert client.get("/feeds/none/archive/1.rss").status_code == 404


def test_s18_a_feed_ends_with_a_notice(reopen: Reopen, clock: Clock) -> None:
    ends = NOW + timedelta(days=30)
    service = reopen(ends=ends, notice=NOTICE)
    client = client_of(service)
    told = client.get("/feeds/notes.json")
    first = json.loads(told.data)["items"][0]
    assert NOTICE.split(".", maxsplit=1)[0] in json.dumps(first)
    assert NOTICE in client.get("/feeds/notes", headers={"Accept": "text/html"}).text
    known = {"If-None-Match": told.headers["ETag"]}
    assert client.get("/feeds/notes.json", headers=known).status_code == 304
    # The advice runs out with the feed.
    clock.time = ends - timedelta(seconds=10)
    assert client.get("/feeds/notes.json").headers["Cache-Control"] == (
        "public, max-age=10, s-maxage=10"
    )
    clock.time = ends + timedelta(seconds=1)
    service.tick()
    for path in ADDRESSES:
        detail, page = gone(client, path)
        assert f"this feed has ended: {NOTICE} It was here" in detail
        assert f"This feed has ended: {NOTICE}</p>" in page
    assert client.get("/feeds/notes.json", headers=known).status_code == 410
    assert client.get("/feeds/main.rss").status_code == 200
