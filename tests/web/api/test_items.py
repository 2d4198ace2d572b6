"""/api/v1/items: what programs send, read, list, change and withdraw."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from web.api.conftest import Program
from web.harbour import SITE, Clock

from feedsvc.model import Category, Item
from feedsvc.service import Service
from feedsvc.store import Put

PROBLEM = "application/problem+json"


def problem(api: Program, status: int, method: str, path: str, **how: Any) -> dict[str, Any]:
    answer = api.ask(method, path, **how)
    assert answer.status_code == status, answer.text
    assert answer.content_type == PROBLEM
    told: dict[str, Any] = answer.json
    assert told["status"] == status
    return told


def test_sent_and_read(api: Program) -> None:
    made = api.ask("POST", "/items", json={"title": "Hello", "content_markdown": "*a*"})
    assert made.status_code == 201
    assert made.headers["Location"] == f"{SITE}/api/v1/items/hello"
    assert made.json["origin"] == "api:importer"
    assert made.json["notes"] == []
    assert made.headers["ETag"] == f'"{made.json["revision"]}"'
    assert made.headers["Cache-Control"] == "private, no-cache"
    read = api.ask("GET", "/items/hello")
    assert read.json == {key: value for key, value in made.json.items() if key != "notes"}
    assert read.headers["ETag"] == made.headers["ETag"]
    known = api.ask("GET", "/items/hello", headers={"If-None-Match": made.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")
    page = api.client.get("/items/hello")
    assert "<em>a</em>" in page.text
    assert "Hello" in api.client.get("/feeds/main.json").text


def test_found_by_every_name_that_it_ever_had(api: Program) -> None:
    item = api.send(title="Hello", guid="https://old.example//a?b=1")
    api.ask("PATCH", "/items/hello", json={"slug": "salut"})
    for name in ("hello", "salut", quote(item["guid"], safe=""), quote(item["guid"])):
        assert api.read(f"/items/{name}")["guid"] == item["guid"]
    api.send(title="Seventeen", guid="17")
    assert api.read("/items/17")["title"] == "Seventeen"


def test_the_same_guid_is_the_same_item(api: Program, clock: Clock) -> None:
    first = api.ask("POST", "/items", json={"guid": "urn:x:1", "title": "One"})
    clock.forward(minutes=1)
    second = api.ask("POST", "/items", json={"guid": "urn:x:1", "title": "Two"})
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.headers["Location"] == first.headers["Location"]
    assert [item["title"] for item in api.read("/items")["items"]] == ["Two"]


def test_an_idempotency_key_makes_one_item(api: Program, fresh: Service) -> None:
    key = {"Idempotency-Key": "8e03978e-40d5"}
    first = api.ask("POST", "/items", json={"title": "One"}, headers=key)
    again = api.ask("POST", "/items", json={"title": "One"}, headers=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json["guid"] == first.json["guid"]
    told = problem(api, 422, "POST", "/items", json={"title": "Two"}, headers=key)
    assert [one["field"] for one in told["errors"]] == ["Idempotency-Key"]
    other = Program(api.client, fresh.access.mint("other", "write")[1])
    assert other.ask("POST", "/items", json={"title": "Two"}, headers=key).status_code == 201
    for bad in ("", "a b", "ü", "x" * 256):
        sent = {"Idempotency-Key": bad}
        problem(api, 422, "POST", "/items", json={"title": "Two"}, headers=sent)


# Changes


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_only_the_version_that_is_meant_is_changed(api: Program, method: str) -> None:
    old = api.send(title="One")
    meant = {"If-Match": f'"{old["revision"]}"'}
    made = api.ask(method, "/items/one", json={"title": "Two"}, headers=meant)
    assert made.status_code == 200
    told = problem(api, 412, method, "/items/one", json={"title": "Three"}, headers=meant)
    assert told["revision"] == made.json["revision"]
    for match, status in (
        ("*", 200),
        (f'"0", {made.headers["ETag"]}', 412),
        ('W/"1"', 412),
        ("nonsense", 412),
    ):
        answer = api.ask(method, "/items/one", json={"title": match}, headers={"If-Match": match})
        assert answer.status_code == status, match
    assert api.ask(method, "/items/one", json={"title": "Four"}).status_code == 200


def test_what_is_put_is_all_there_is(api: Program) -> None:
    item = api.send(title="One", summary="s", categories=["sea"], status="draft")
    put = api.ask("PUT", "/items/one", json={"title": "Uno"}).json
    assert (put["summary"], put["categories"], put["status"]) == ("", [], "draft")
    assert (put["slug"], put["guid"], put["published"]) == ("one", item["guid"], item["published"])
    patched = api.ask("PATCH", "/items/one", json={"summary": "t"}).json
    assert (patched["title"], patched["summary"]) == ("Uno", "t")


def test_a_patch_without_if_match_loses_nothing(
    api: Program, fresh: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else changes the item while the patch is being made of it."""
    api.send(title="One")
    change = fresh.submissions.change
    meddled: list[Any] = []

    def meddle(old: Item, *rest: Any, **how: Any) -> Any:
        if not meddled:
            meddled.append(api.ask("PATCH", "/items/one", json={"summary": "theirs"}))
        return change(old, *rest, **how)

    monkeypatch.setattr(fresh.submissions, "change", meddle)
    item = api.ask("PATCH", "/items/one", json={"title": "Mine"}).json
    assert (item["title"], item["summary"]) == ("Mine", "theirs")


def test_merge_patch_has_its_own_type(api: Program) -> None:
    api.send(title="One")
    sent = {"data": b'{"title": "Two"}', "content_type": "application/merge-patch+json"}
    assert api.ask("PATCH", "/items/one", **sent).json["title"] == "Two"
    problem(api, 415, "PUT", "/items/one", **sent)


def test_withdrawn_and_back(api: Program, clock: Clock) -> None:
    api.send(title="One")
    clock.forward(minutes=1)
    gone = api.ask("DELETE", "/items/one")
    assert (gone.status_code, gone.data) == (204, b"")
    assert api.client.get("/items/one").status_code == 410
    assert api.ask("DELETE", "/items/one").status_code == 204
    item = api.read("/items/one")
    assert item["status"] == "withdrawn"
    assert gone.headers["ETag"] == f'"{item["revision"]}"'
    clock.forward(minutes=1)
    assert api.ask("PATCH", "/items/one", json={"status": "published"}).status_code == 200
    assert api.client.get("/items/one").status_code == 200
    problem(api, 412, "DELETE", "/items/one", headers={"If-Match": '"1"'})


def test_declared_in_a_file(api: Program, fresh: Service) -> None:
    item = Item(guid="urn:x:f", title="F", origin="file:posts/f.md")
    fresh.store.apply([Put(item)], fresh.now())
    told = problem(api, 409, "PATCH", "/items/f", json={"title": "G"})
    assert "declared in items/posts/f.md" in told["detail"]
    assert api.ask("DELETE", "/items/f").status_code == 204


# Lists


def test_pages_survive_what_comes_in(api: Program) -> None:
    for n in range(7):
        api.send(title=f"Item {n}", published=f"2026-11-0{n + 1}T00:00:00Z")
    seen: list[str] = []
    path = "/items?limit=3"
    while True:
        page = api.read(path)
        assert set(page) == {"items", "next_cursor"}
        seen += [item["title"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        api.send(title=f"New {len(seen)}")
        path = f"/items?limit=3&cursor={page['next_cursor']}"
    assert seen == [f"Item {n}" for n in range(6, -1, -1)]


def test_lists_what_is_asked_for(api: Program) -> None:
    api.send(title="Kelp", status="draft")
    api.send(title="Salt", categories=["podcast"])
    assert [item["slug"] for item in api.read("/items?status=draft")["items"]] == ["kelp"]
    assert [item["slug"] for item in api.read("/items?feed=podcast")["items"]] == ["salt"]
    assert [item["slug"] for item in api.read("/items?q=kel*")["items"]] == ["kelp"]
    problem(api, 404, "GET", "/items?feed=none")
    problem(api, 404, "GET", "/items?feed=tag:podcast")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("limit=", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=1.99999999999999999999", "cursor"),
        ("changed_since=-1", "changed_since"),
        ("changed_since=99999999999999999999", "changed_since"),
        ("changed_since=0&cursor=x", "cursor"),
        ("changed_since=0&q=a", "q"),
        ("status=none", "status"),
        ("stauts=draft", "stauts"),
    ],
)
def test_a_faulty_query_is_told(api: Program, query: str, field: str) -> None:
    told = problem(api, 422, "GET", f"/items?{query}")
    assert [one["field"] for one in told["errors"]] == [field]


def test_changes_in_their_order(api: Program, clock: Clock) -> None:
    for name in "abcde":
        api.send(title=name, categories=["podcast"])
    start = api.read("/items?changed_since=0&limit=200")
    assert [item["slug"] for item in start["items"]] == list("abcde")
    assert start["next_cursor"] is None
    clock.forward(minutes=1)
    api.ask("PATCH", "/items/b", json={"title": "B"})
    api.ask("DELETE", "/items/d")
    api.ask("PATCH", "/items/a", json={"categories": []})
    path = f"/items?changed_since={start['revision']}"
    after = api.read(path)
    told = [(item["slug"], item["status"]) for item in after["items"]]
    assert told == [("b", "published"), ("d", "withdrawn"), ("a", "published")]
    assert [item["slug"] for item in api.read(f"{path}&feed=podcast")["items"]] == ["b", "d", "a"]
    of_feed = api.read(f"{path}&feed=podcast")["items"]
    assert [item.get("left") for item in of_feed] == [None, True, True]
    assert not any("left" in item for item in after["items"])
    assert api.read(f"/items?changed_since={after['revision']}")["items"] == []
    seen = []
    page = api.read("/items?changed_since=0&limit=2")
    while page["next_cursor"]:
        seen += [item["slug"] for item in page["items"]]
        page = api.read(f"/items?changed_since=0&limit=2&cursor={page['next_cursor']}")
    seen += [item["slug"] for item in page["items"]]
    assert seen == ["c", "e", "b", "d", "a"]


# Faults


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"data": b"{", "content_type": "application/json"}, 400),
        ({"data": b"", "content_type": "application/json"}, 400),
        ({"data": b"[" * 100_000, "content_type": "application/json"}, 400),
        ({"data": b'{"title": NaN}', "content_type": "application/json"}, 400),
        ({"data": b'{"title": "\\ud800"}', "content_type": "application/json"}, 400),
        ({"data": b'{"revision": ' + b"9" * 9999 + b"}", "content_type": "application/json"}, 400),
        ({"data": b"title=a", "content_type": "application/x-www-form-urlencoded"}, 415),
        ({"json": {}, "headers": {"Content-Encoding": "gzip"}}, 415),
        ({"data": b"x" * (1024 * 1024 + 1), "content_type": "application/json"}, 413),
        ({"json": {}}, 422),
        ({"json": []}, 422),
        ({"json": {"title": "a", "feeds": ["none"]}}, 422),
        ({"json": {"title": "a", "podcast": {"episode": 10**30}}}, 422),
    ],
)
def test_faults_are_problems_whatever_accept_says(
    api: Program, how: dict[str, Any], status: int
) -> None:
    how = {**how, "headers": {"Accept": "text/html", **how.get("headers", {})}}
    problem(api, status, "POST", "/items", **how)
    problem(api, 404, "PUT", "/items/none", json={}, headers={"Accept": "text/html"})
    assert api.read("/items")["items"] == []


def test_what_is_not_made_as_asked_is_told(api: Program) -> None:
    api.send(title="One", slug="one")
    other = api.send(title="Two", slug="one")
    assert (other["slug"], other["notes"]) == (
        "one-2",
        ["the slug one is another item's: it has the slug one-2"],
    )
    again = api.ask("PUT", "/items/one-2", json=other)
    assert (again.status_code, again.json["notes"]) == (200, [])
    past = api.send(title="Past", status="published", expires="2020-01-01T00:00:00Z")
    assert past["status"] == "withdrawn" and "expires" in past["notes"][0]
    late = api.send(title="Late", status="scheduled", published="2020-01-01T00:00:00Z")
    assert late["status"] == "published" and "published" in late["notes"][0]
    form = {"file": [(io.BytesIO(b"a"), "a.png"), (io.BytesIO(b"b"), "b.png")]}
    told = problem(api, 422, "POST", "/media", data=form)
    assert [one["field"] for one in told["errors"]] == ["file"]


def test_an_item_of_a_file_can_be_sent_back_unchanged(api: Program, fresh: Service) -> None:
    item = Item(guid="urn:x:f", title="F", content_html="<p>x</p>", categories=(Category("a"),))
    fresh.store.apply([Put(replace(item, origin="file:f.md"))], fresh.now())
    read = api.read("/items/f")
    for method, body in (("PUT", read), ("PATCH", {}), ("PATCH", {"title": "F"})):
        answer = api.ask(method, "/items/f", json=body)
        assert (answer.status_code, answer.json["revision"]) == (200, read["revision"])
    assert api.read("/items/f") == read
    problem(api, 409, "PUT", "/items/f", json={"title": "F"})
    problem(api, 409, "PATCH", "/items/f", json={"title": "G"})


@pytest.mark.parametrize("title", ["Sun \u2600\ufe0e", "Sun \u2600\ufe0f", "Sun \u20e3"])
def test_no_slug_ends_in_what_shapes_a_symbol(api: Program, title: str) -> None:
    assert api.send(title=title)["slug"] == "sun"


def test_failures_say_what_to_do(api: Program) -> None:
    told = problem(api, 400, "POST", "/items", data=b"{", content_type="application/json")
    assert told["detail"].startswith("this is no JSON")
    assert "address" not in told["detail"]
    told = problem(api, 405, "PUT", "/items", json={})
    assert "GET" in told["detail"] and "POST" in told["detail"] and "read" not in told["detail"]
    told = problem(api, 422, "POST", "/media?name=a.png", data=b"", content_type="image/png")
    assert [one["field"] for one in told["errors"]] == ["file"]


def test_every_faulty_field_is_named(api: Program) -> None:
    sent = {"tilte": 1, "authors": [{}], "published": "soon", "enclosures": [{"url": "ftp://x"}]}
    told = problem(api, 422, "POST", "/items", json=sent)
    fields = {one["field"] for one in told["errors"]}
    assert fields == {"tilte", "authors[0].name", "published", "enclosures[0].url"}


def test_only_who_may_write(nobody: Program, fresh: Service) -> None:
    told = problem(nobody, 401, "POST", "/items", json={"title": "a"})
    assert told["type"] == "urn:problem-type:feedsvc:unauthorized"
    reader = Program(nobody.client, fresh.access.mint("r", "read:notes")[1])
    assert problem(reader, 403, "GET", "/items")["scope"] == "write"
    problem(nobody, 404, "GET", "/none")
    problem(nobody, 405, "PUT", "/items")


def test_lists_of_what_there_is_none_of_yet(admin: Program) -> None:
    assert admin.read("/subscriptions") == {"items": [], "next_cursor": None}
    problem(admin, 405, "POST", "/subscriptions", json={})
    problem(admin, 422, "GET", "/subscriptions?cursor=x")


# Other origins


def test_scripts_of_any_site_may_use_it(nobody: Program) -> None:
    asked = nobody.ask(
        "OPTIONS",
        "/items/some",
        headers={"Origin": "https://app.example", "Access-Control-Request-Method": "PUT"},
    )
    assert (asked.status_code, asked.data) == (204, b"")
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    allowed = set(asked.headers["Access-Control-Allow-Methods"].split(", "))
    assert {"GET", "PUT", "PATCH", "DELETE"} <= allowed
    for name in ("Authorization", "If-Match", "Idempotency-Key"):
        assert name in asked.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in asked.headers
    refused = nobody.ask("GET", "/items", headers={"Origin": "https://app.example"})
    assert refused.status_code == 401
    assert refused.headers["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in refused.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in nobody.client.get("/admin/").headers


def test_json_is_utf8(api: Program) -> None:
    api.send(title="海边", slug="海边")
    data = api.ask("GET", f"/items/{quote('海边')}").data
    assert "海边".encode() in data
    assert json.loads(data)["url"] == f"{SITE}/items/{quote('海边')}"
