"""What becomes of posts beyond the cases of the suite: kinds, drafts, dates, faults."""

from __future__ import annotations

import io
from typing import Any

import pytest
from web.conftest import client_of
from web.harbour import SITE, Clock, wav
from web.micropub.test_cases import App, changed, made, refused

from feedsvc.model import Item, Status
from feedsvc.service import Service
from feedsvc.store import Put

PAGE = "https://elsewhere.example/page"


@pytest.fixture
def app(fresh: Service) -> App:
    return App(fresh)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("in-reply-to", "In reply to"),
        ("bookmark-of", "Bookmarked"),
        ("like-of", "Liked"),
        ("repost-of", "Reposted"),
    ],
)
@pytest.mark.parametrize(
    "value", [PAGE, {"type": ["h-cite"], "properties": {"url": [PAGE], "name": ["A page"]}}]
)
def test_a_post_about_another_page(app: App, name: str, word: str, value: Any) -> None:
    url = made(app.json(type=["h-entry"], properties={name: [value]}))
    item = app.item(url)
    assert item.external_url == PAGE
    assert item.content_html.startswith(f"<p>{word} <a href=")
    source = app.source(url)
    assert source[name] == [value]
    assert "content" not in source
    changed(app.json(action="update", url=url, add={"category": ["x"]}))
    assert app.source(url)[name] == [value]
    assert app.item(url).content_html == item.content_html
    changed(app.json(action="update", url=url, replace={"content": ["My words"]}))
    assert app.item(url).content_html == "<p>My words</p>"
    changed(app.json(action="update", url=url, delete=[name]))
    assert app.item(url).external_url is None


def test_the_status_is_told_as_it_is(app: App) -> None:
    later = made(app.create(name=["Later"], content=["x"], published=["2099-01-01T00:00:00Z"]))
    assert app.source(later)["post-status"] == ["scheduled"]
    changed(app.json(action="update", url=later, replace={"post-status": ["scheduled"]}))
    changed(app.json(action="update", url=later, replace={"post-status": ["published"]}))
    assert app.item(later).status is Status.SCHEDULED
    changed(app.json(action="update", url=later, replace={"post-status": ["draft"]}))
    assert app.item(later).status is Status.DRAFT
    url = made(app.create(name=["Gone"], content=["x"]))
    changed(app.json(action="delete", url=url))
    assert app.source(url)["post-status"] == ["deleted"]
    changed(app.json(action="update", url=url, replace={"name": ["Still gone"]}))
    assert app.item(url).status is Status.WITHDRAWN
    refused(
        app.json(action="update", url=url, replace={"post-status": ["scheduled"]}),
        400,
        "invalid_request",
    )


def test_a_draft_is_seen_by_nobody_until_it_is_published(app: App) -> None:
    url = made(app.create(name=["Soon"], content=["x"], post_status=["draft"]))
    path = url.removeprefix(SITE)
    assert app.client.get(path).status_code == 404
    assert app.source(url)["post-status"] == ["draft"]
    changed(app.json(action="update", url=url, replace={"post-status": ["published"]}))
    assert app.client.get(path).status_code == 200


def test_a_date_to_come_schedules(app: App, clock: Clock) -> None:
    url = made(app.create(content=["x"], published=["2026-11-22T14:00:00+01:00"]))
    assert app.item(url).status is Status.SCHEDULED
    clock.forward(hours=2)
    app.service.tick()
    assert app.item(url).status is Status.PUBLISHED


def test_its_address_can_be_named_and_changed(app: App) -> None:
    url = made(app.json(type=["h-entry"], properties={"content": ["x"], "mp-slug": ["my-post"]}))
    assert url == f"{SITE}/items/my-post"
    response = app.json(action="update", url=url, replace={"mp-slug": ["other"]})
    assert (response.status_code, response.headers["Location"]) == (201, f"{SITE}/items/other")
    assert app.source(url)["content"] == ["x"]  # a former address finds it too


def test_sound_is_an_enclosure_with_what_is_known_of_it(app: App) -> None:
    response = app.form(h="entry", content="x", audio=(io.BytesIO(wav(2)), "talk.wav"))
    (file,) = app.item(made(response)).enclosures
    assert (file.type, file.length, file.duration) == ("audio/wav", len(wav(2)), 2)
    url = made(app.create(content=["x"], video=["https://films.example/a.webm"]))
    assert app.item(url).enclosures[0].type == "video/webm"
    assert app.source(url)["video"] == ["https://films.example/a.webm"]


def test_an_update_leaves_what_no_property_stands_for(app: App, clock: Clock) -> None:
    markdown = Item(
        guid="urn:x:1",
        slug="md",
        title="Written here",
        content_html="<p>Some <em>words</em></p>",
        content_markdown="Some *words*",
        rights="© me",
        comments_url="https://talk.example/1",
        origin="editor:jane",
    )
    app.service.store.apply([Put(markdown)], clock())
    url = f"{SITE}/items/md"
    changed(app.json(action="update", url=url, add={"category": ["x"]}))
    item = app.item(url)
    assert (item.rights, item.comments_url) == ("© me", "https://talk.example/1")
    assert item.content_markdown == "Some *words*"
    changed(app.json(action="update", url=url, replace={"content": ["Anew"]}))
    assert app.item(url).content_markdown is None


def test_of_two_updates_in_one_moment_neither_is_lost(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = made(app.create(content=["x"], mood=["calm"]))
    store = app.service.store
    properties, begun = store.properties, []

    def then_updated(guid: str) -> dict[str, list[object]]:
        """What is kept; as soon as it was read for the first time, another update is made."""
        found = properties(guid)
        if not begun:
            begun.append(guid)
            theirs = {"mood": ["glad"], "checkin": ["here"], "category": ["theirs"]}
            changed(app.json(action="update", url=url, add=theirs))
        return found

    monkeypatch.setattr(store, "properties", then_updated)
    add = {"mood": ["tired"], "weather": ["rain"]}
    changed(app.json(action="update", url=url, add=add))
    source = app.source(url)
    assert begun
    assert source["mood"] == ["calm", "glad", "tired"]
    assert (source["checkin"], source["weather"]) == (["here"], ["rain"])
    # The same while fields are changed: it is made anew of what is there by then.
    begun.clear()
    changed(app.json(action="update", url=url, delete={"category": ["theirs"]}))
    assert "category" not in app.source(url)
    begun.clear()
    mine = {"category": ["mine"], "weather": ["sun"]}
    changed(app.json(action="update", url=url, add=mine))
    source = app.source(url)
    assert source["category"] == ["theirs", "mine"]
    assert source["weather"] == ["rain", "sun"]


def test_what_is_declared_in_a_file_is_not_changed(app: App, clock: Clock) -> None:
    item = Item(guid="urn:x:1", slug="filed", title="Filed", origin="file:posts/filed.md")
    app.service.store.apply([Put(item)], clock())
    url = f"{SITE}/items/filed"
    for what in ({"name": ["Other"]}, {"checkin": ["here"]}):
        refused(app.json(action="update", url=url, replace=what), 409, "conflict")
    assert app.service.store.properties("urn:x:1") == {}
    changed(app.json(action="delete", url=url))
    changed(app.json(action="undelete", url=url))
    assert app.item(url).title == "Filed"


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"type": ["h-entry"]},
        {"type": ["h-event"], "properties": {"name": ["x"]}},
        {"type": "h-entry", "properties": {"name": ["x"]}},
        {"type": ["h-entry"], "properties": {}},
        {"type": ["h-entry"], "properties": {"name": "x"}},
        {"type": ["h-entry"], "properties": {"name": [{}]}},
        {"type": ["h-entry"], "properties": {"content": [{"html": 1}]}},
        {"type": ["h-entry"], "properties": {"content": [None]}},
        {"type": ["h-entry"], "properties": {"content": ["x"], "photo": [1]}},
        {
            "type": ["h-entry"],
            "properties": {"content": ["x"], "photo": [{"value": "x", "alt": 1}]},
        },
        {"type": ["h-entry"], "properties": {"content": ["x"], "published": ["soon"]}},
        {"type": ["h-entry"], "properties": {"content": ["x"], "post-status": ["odd"]}},
        {"type": ["h-entry"], "properties": {"content": ["x"], "visibility": ["private"]}},
        {"type": ["h-entry"], "properties": {"content": ["x"], "like-of": [{}]}},
        {"type": ["h-entry"], "properties": {"content": ["x"], "author": [1]}},
        {"type": ["h-entry"], "properties": {"content": ["x"], "Not A Name": ["x"]}},
        {"type": ["h-entry"], "properties": {"content": ["x"], "checkin": ["x" * 70_000]}},
        {"type": ["h-entry"], "properties": {"content": ["x"], "audio": [{"value": None}]}},
        {"action": "publish", "url": f"{SITE}/items/x"},
        {"action": "update", "url": f"{SITE}/items/none", "replace": {"name": ["x"]}},
        {"action": "delete", "url": "https://elsewhere.example/"},
        {"action": "delete", "url": "http://[broken"},
        {"action": "delete", "url": f"{SITE}/items/\0"},
        {"action": "delete"},
        {"action": ["delete"], "url": f"{SITE}/items/x"},
        {"action": "update", "url": f"{SITE}/items/x"},
        {"action": "update", "url": f"{SITE}/items/x", "delete": {"category": "x"}},
        {"action": "update", "url": f"{SITE}/items/x", "delete": {"category": []}},
        {"action": "update", "url": f"{SITE}/items/x", "replace": ["name"]},
    ],
)
def test_what_makes_no_sense_is_told(app: App, body: Any) -> None:
    response = app.client.post("/micropub", json=body, headers=app.bearer)
    refused(response, 400, "invalid_request")
    assert app.service.store.count() == 0


@pytest.mark.parametrize(
    ("data", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"a": NaN}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"x", "text/plain", 415),
        (b"", "", 415),
        (b"h=event&content=x", "application/x-www-form-urlencoded", 400),
        (b"action=update&url=x", "application/x-www-form-urlencoded", 400),
        (b"h=entry", "application/x-www-form-urlencoded", 400),
    ],
)
def test_bodies_that_are_none(app: App, data: bytes, media_type: str, status: int) -> None:
    response = app.client.post("/micropub", data=data, content_type=media_type, headers=app.bearer)
    assert response.status_code == status, response.json
    assert response.json["error"]


def test_files_that_are_not_taken(app: App) -> None:
    html = (io.BytesIO(b"<script>alert(1)</script>"), "cat.jpg")
    refused(app.form(h="entry", content="x", photo=html), 415, "unsupported_type")
    refused(app.upload(b"<script>alert(1)</script>", "a.gif"), 415, "unsupported_type")
    refused(app.upload(b"", "a.gif"), 400, "invalid_request")
    other = (io.BytesIO(wav(1)), "a.wav")
    refused(app.form(h="entry", content="x", attachment=other), 400, "invalid_request")
    assert app.service.store.count() == 0
    assert app.service.store.uploads()[0] == []


def test_queries(app: App) -> None:
    for number in range(3):
        made(app.create(content=[f"Post {number}"], category=["all", f"n{number}"]))
    assert app.ask("q=category")["categories"][0] == "all"
    assert app.ask("q=category&filter=N1") == {"categories": ["n1"]}
    assert app.ask("q=contact") == {"contacts": []}
    found, after = [], ""
    while after is not None:
        page = app.ask(f"q=source&limit=2{f'&after={after}' if after else ''}")
        found += [one["properties"]["content"] for one in page["items"]]
        after = page.get("paging", {}).get("after")
    assert sorted(found) == [["Post 0"], ["Post 1"], ["Post 2"]]
    for query in ("q=other", "q=source&url=nowhere", "q=source&after=x"):
        refused(app.client.get(f"/micropub?{query}", headers=app.bearer), 400, "invalid_request")
    url = made(app.upload(wav(1), "a.wav"))
    for query in ("last", "source"):
        answer = app.client.get(f"/micropub/media?q={query}", headers=app.bearer).json
        assert (answer["items"][0] if query == "source" else answer)["url"] == url
    refused(app.client.get("/micropub/media?q=x", headers=app.bearer), 400, "invalid_request")


def test_the_home_page_names_the_endpoint(service: Service) -> None:
    page = client_of(service).get("/").get_data(as_text=True)
    assert f'<link rel="micropub" href="{SITE}/micropub">' in page


def test_scripts_of_any_site_may_use_it(app: App) -> None:
    origin = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    for path in ("/micropub", "/micropub/media"):
        response = app.client.options(path, headers=origin)
        assert response.status_code == 204
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "POST" in response.headers["Access-Control-Allow-Methods"]
    response = app.create(content=["x"])
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Location" in response.headers["Access-Control-Expose-Headers"]
    assert "Set-Cookie" not in response.headers
