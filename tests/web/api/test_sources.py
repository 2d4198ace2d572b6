"""Sources in the API: made, changed, paused, ended; what became of their entries; what waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from web.api.conftest import Program
from web.harbour import Clock
from web.sourced import (
    FEED,
    LOCKED,
    bring,
    changes,
    crediting,
    entry,
    made,
    told,
    waits,
    write,
)

from feedsvc.config import FeedSection
from feedsvc.formats import opmlreader
from feedsvc.model import Category, Status
from feedsvc.service import Service
from feedsvc.store import KeepRecord, Put, SourceSpec, SourceState, record_key
from feedsvc.where import Terms, Where

#: What publishes what waits, as it was seen.
TAKE = {"take": True, "digest": "of what was looked at"}
#: What the web must never tell.
SECRET = "secret"


def faults(answer: Any) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {one["field"]: one["reason"] for one in answer.json["errors"]}


def test_a_source_is_made_and_due_at_once(admin: Program, fresh: Service, clock: Clock) -> None:
    sent = {"url": FEED, "name": "News", "into": "main", "every": "30m", "trust": "review",
            "veto": "6h", "where": {"any": {"tags": ["sea"]}}}  # fmt: skip
    answer = admin.ask("POST", "/sources", json=sent)
    assert answer.status_code == 201, answer.text
    one = answer.json
    assert answer.headers["Location"].endswith(f"/api/v1/sources/{one['id']}")
    assert {name: one[name] for name in sent} == sent
    assert (one["status"], one["declared"], one["origin"]) == ("new", None, "api:root")
    assert fresh.store.next_source_due() == clock()
    assert admin.read("/sources") == {"items": [one], "next_cursor": None}
    assert admin.read(f"/sources/{one['id']}") == one
    again = admin.ask("POST", "/sources", json={"url": FEED})
    assert (again.status_code, again.mimetype) == (409, "application/problem+json")


def test_every_faulty_field_is_named(admin: Program) -> None:
    sent = {"url": "ftp://a.example/", "into": "nowhere", "every": "soon", "veto": "1h",
            "where": {"any": {"languages": ["!"]}}}  # fmt: skip
    found = faults(admin.ask("POST", "/sources", json=sent))
    assert found.keys() == {"url", "into", "every", "veto", "where.any.languages[0]"}
    assert "there is no feed 'nowhere'; there are " in found["into"]
    assert faults(admin.ask("POST", "/sources", json={})).keys() == {"url"}
    assert faults(admin.ask("POST", "/sources", json={"url": FEED, "evry": "1h"})).keys() == {
        "evry"
    }


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "gopher://a.example/", "//a.example/", "https://a.example:22/",
     "http://1.2.3/", "https://fe80::1%25eth0/", "https://***@a.example/", "https:///x", "x"],
)  # fmt: skip
def test_addresses_that_are_never_asked_are_refused(admin: Program, url: str) -> None:
    assert faults(admin.ask("POST", "/sources", json={"url": url})).keys() == {"url"}


def test_passwords_are_told_nobody_and_kept(admin: Program, fresh: Service) -> None:
    row = made(fresh, LOCKED)
    path = f"/sources/{row.id}"
    read = admin.ask("GET", path)
    assert read.json["url"] == "https://***@paid.example/feed"
    put = admin.ask("PUT", path, json=read.json | {"name": "Paid"})
    assert put.status_code == 200, put.text
    assert fresh.sources.source(str(row.id)).spec.url == LOCKED
    moved = {"url": "https://***@paid.example/other"}
    assert admin.ask("PATCH", path, json=moved).status_code == 200
    there = "https://me:secret@paid.example/other"
    assert fresh.sources.source(str(row.id)).spec.url == there
    stolen = admin.ask("PATCH", path, json={"url": "https://***@evil.example/feed"})
    assert faults(stolen).keys() == {"url"}
    taken = admin.ask("POST", "/sources", json={"url": there})
    assert taken.status_code == 409
    wrong = admin.ask("POST", "/sources", json={"url": "ftp://me:secret@a.example/"})
    bring(fresh, row, entry(fresh.sources.source(str(row.id)), "one"), item="urn:x:one")
    for answer in (read, put, stolen, taken, wrong, admin.ask("GET", "/sources"),
                   admin.ask("GET", "/sources.opml"), admin.ask("GET", "/items")):  # fmt: skip
        assert SECRET not in answer.text


def test_changes_are_guarded_by_the_etag_of_what_is_wanted(admin: Program, fresh: Service) -> None:
    row = made(fresh)
    path = f"/sources/{row.id}"
    etag = admin.ask("GET", path).headers["ETag"]
    bring(fresh, row, entry(row, "one"), item="urn:x:one")
    first = admin.ask("PATCH", path, json={"every": "2h"}, headers={"If-Match": etag})
    assert first.status_code == 200, "that it was polled meanwhile is no change"
    assert first.json["every"] == "2h"
    late = admin.ask("PATCH", path, json={"every": "3h"}, headers={"If-Match": etag})
    assert late.status_code == 412
    known = {"If-None-Match": first.headers["ETag"]}
    assert admin.ask("GET", path, headers=known).status_code == 304
    put = admin.ask("PUT", path, json={"name": "Just this"})
    assert (put.json["every"], put.json["url"]) == ("1h", FEED)
    assert admin.ask("DELETE", path, headers={"If-Match": etag}).status_code == 412
    assert admin.ask("DELETE", path).status_code == 204
    assert admin.read("/sources")["items"] == []
    assert admin.ask("GET", path).status_code == 404
    assert fresh.store.item(guid="urn:x:one"), "its items stay"


def test_declared_sources_are_changed_in_their_file_alone(admin: Program, fresh: Service) -> None:
    fresh.store.declare_sources([SourceSpec(LOCKED)], fresh.now())
    (row,) = fresh.sources.all()
    for method, path, sent in (
        ("PUT", f"/sources/{row.id}", {"name": "Mine"}),
        ("PATCH", f"/sources/{row.id}", {"name": "Mine"}),
        ("DELETE", f"/sources/{row.id}", None),
        ("POST", "/sources", {"url": LOCKED}),
    ):
        answer = admin.ask(method, path, json=sent)
        assert answer.status_code == 409, answer.text
        assert SECRET not in answer.text
        assert method == "POST" or "declared in config.toml" in answer.json["detail"]
    assert admin.read(f"/sources/{row.id}")["declared"] == "config.toml"
    assert admin.ask("POST", f"/sources/{row.id}/pause").json["status"] == "paused"


def test_a_source_is_polled_soon_paused_and_resumed(
    admin: Program, fresh: Service, clock: Clock
) -> None:
    row = made(fresh)
    bring(fresh, row, entry(row, "one"), item="urn:x:one")
    path = f"/sources/{row.id}"
    answer = admin.ask("POST", f"{path}/poll")
    assert (answer.status_code, answer.json["next_poll_at"]) == (202, "2026-11-22T12:00:00.250000Z")
    clock.forward(seconds=3)
    assert [one.id for one in fresh.store.claim_sources(clock(), limit=9)] == [row.id]
    paused = admin.ask("POST", f"{path}/pause").json
    assert (paused["status"], paused["next_poll_at"]) == ("paused", None)
    assert admin.ask("POST", f"{path}/poll").status_code == 409
    for status in ("paused", "held", "gone", "failing"):
        fresh.store.set_source(row.id, SourceState(status, failures=3, last_error="away"))
        resumed = admin.ask("POST", f"{path}/resume").json
        assert (resumed["status"], resumed["failures"], resumed["last_error"]) == ("new", 0, None)
        assert fresh.store.next_source_due() == clock()
    assert admin.ask("POST", "/sources/77/resume").status_code == 404


def test_a_changed_rule_looks_at_all_of_the_feed_again(admin: Program, fresh: Service) -> None:
    row = made(fresh)
    write(fresh, row, state=SourceState("ok", etag='"a"', digest="d", next_poll_at=fresh.now()))
    admin.ask("PATCH", f"/sources/{row.id}", json={"name": "N"})
    assert fresh.sources.source(str(row.id)).state.digest == "d"
    admin.ask("PATCH", f"/sources/{row.id}", json={"where": {"any": {"tags": ["sea"]}}})
    state = fresh.sources.source(str(row.id)).state
    assert (state.unread, state.digest) == (True, None)


def test_at_another_address_its_items_stay_its_own(admin: Program, fresh: Service) -> None:
    row = made(fresh, LOCKED)
    bring(fresh, row, entry(row, "one"), item="urn:x:one")
    other = {"url": "https://me:newer@paid.example/feed"}
    changed = admin.ask("PATCH", f"/sources/{row.id}", json=other).json
    assert changed["next_poll_at"] == "2026-11-22T12:00:00.250000Z"
    item = fresh.store.item(guid="urn:x:one")
    assert item
    assert item.origin == "source:https://me:newer@paid.example/feed"
    assert fresh.sources.of_item(item) == fresh.sources.source(str(row.id))


def test_what_somebody_publishes_as_an_item_waits_no_more(api: Program, fresh: Service) -> None:
    row = made(fresh, trust="review")
    for name, method, sent in (
        ("one", "PATCH", {"status": "published"}),
        ("two", "DELETE", None),
        ("three", "PATCH", {"title": "Mended"}),
    ):
        waits(fresh, row, name)
        slug = api.read(f"/items/urn%3Ax%3A{name}")["slug"]
        assert api.ask(method, f"/items/{slug}", json=sent).status_code in {200, 204}
    assert [one["item"]["title"] for one in api.read("/waiting")["items"]] == ["Mended"]
    states = {one["guid"]: one["state"] for one in api.read(f"/sources/{row.id}/records")["items"]}
    assert states == {"urn:x:one": "own", "urn:x:two": "own", "urn:x:three": "waiting"}


def test_a_feed_says_at_once_what_it_is_gathered_from(admin: Program, fresh: Service) -> None:
    def gathered() -> list[str | None]:
        told_of = admin.client.get("/feeds/main.json").json.get("_sources", {"items": []})
        return [one["title"] for one in told_of["items"]]

    number = admin.ask("POST", "/sources", json={"url": FEED, "name": "News"}).json["id"]
    assert gathered() == [], "it has not been read yet"
    write(fresh, fresh.sources.source(str(number)))
    admin.ask("PATCH", f"/sources/{number}", json={"every": "2h"})
    assert gathered() == ["News"]
    admin.ask("PATCH", f"/sources/{number}", json={"name": "Newer"})
    assert gathered() == ["Newer"]
    admin.ask("DELETE", f"/sources/{number}")
    assert gathered() == []


def test_what_became_of_its_entries_and_why(api: Program, fresh: Service) -> None:
    row = made(fresh)
    refused = told(fresh, "<b>bad", "refused", why="it has no words")
    bring(fresh, row, entry(row, "one"), item="urn:x:one")
    write(fresh, row, records=(KeepRecord(refused),))
    found = api.read(f"/sources/{row.id}/records")
    assert found["next_cursor"] is None
    by_guid = {one["guid"]: one for one in found["items"]}
    assert by_guid["urn:x:one"]["item"] == "urn:x:one"
    assert by_guid["<b>bad"]["why"] == "it has no words"
    assert len(api.read(f"/sources/{row.id}/records?limit=1")["items"]) == 1
    assert api.ask("GET", f"/sources/{row.id}/records?limit=0").status_code == 422


def test_a_rule_is_tried_on_what_is_here_of_a_source(api: Program, fresh: Service) -> None:
    row, other = made(fresh), made(fresh, "https://other.example/feed")
    sea = (Category("sea"),)
    bring(fresh, row, *(entry(row, f"e{n}", categories=sea if n % 2 else ()) for n in range(50)))
    bring(fresh, other, entry(other, "elsewhere", categories=sea))
    fresh.store.apply([Put(entry(row, "ours", categories=sea, origin="api:x"))], fresh.now())
    sent = {"source": row.id, "where": {"all": {"tags": ["sea"]}}}
    found = api.ask("POST", "/sources/preview", json=sent).json
    assert (found["count"], len(found["items"])) == (25, 20)
    assert api.ask("POST", "/sources/preview", json={"source": row.id}).json["count"] == 50
    assert api.ask("POST", "/sources/preview", json={"source": 99}).status_code == 404
    wrong = {"source": row.id, "where": {"any": {"languages": ["!"]}}}
    assert faults(api.ask("POST", "/sources/preview", json=wrong)).keys() == {
        "where.any.languages[0]"
    }


def test_sources_as_opml_in_the_folders_of_their_feeds(api: Program, fresh: Service) -> None:
    fresh.make_feed(FeedSection(name="walks"), origin="api:x")
    made(fresh, name="A <b>", into="walks")
    made(fresh, LOCKED)
    answer = api.ask("GET", "/sources.opml")
    assert answer.mimetype == "text/x-opml"
    listed = opmlreader.read(answer.data).feeds
    assert [(one.url, one.title, one.path) for one in listed] == [
        ("https://paid.example/feed", "https://paid.example/feed", ()),
        (FEED, "A <b>", ("walks",)),
    ]


def test_what_waits_is_published_or_dropped(api: Program, fresh: Service) -> None:
    row = made(fresh, trust="review", veto=timedelta(hours=6))
    keys = [waits(fresh, row, f"e{n}") for n in range(3)]
    page = api.read("/waiting?limit=2")
    more = api.read(f"/waiting?limit=2&cursor={page['next_cursor']}")
    listed = [*page["items"], *more["items"]]
    assert sorted(one["key"] for one in listed) == sorted(keys)
    one = next(one for one in listed if one["key"] == keys[0])
    assert (one["kind"], one["present"], one["item"]["title"]) == ("new", None, "Title of e0")
    assert one["source"] == {"id": row.id, "url": FEED, "name": "The News"}
    seen = {"take": True, "digest": one["digest"]}
    taken = api.ask("POST", f"/waiting/{row.id}/{keys[0]}", json=seen)
    assert (taken.status_code, taken.json["status"]) == (200, "published")
    assert api.ask("POST", f"/waiting/{row.id}/{keys[1]}", json={"take": False}).status_code == 204
    assert fresh.store.item(guid="urn:x:e1") is None
    again = api.ask("POST", f"/waiting/{row.id}/{keys[0]}", json=TAKE)
    assert again.status_code == 404
    assert api.ask("POST", f"/waiting/{row.id}/x", json=TAKE).status_code == 404
    assert faults(api.ask("POST", f"/waiting/{row.id}/{keys[2]}", json={})).keys() == {"take"}
    assert faults(api.ask("GET", "/waiting?cursor=1.1.x")).keys() == {"cursor"}
    assert [one["key"] for one in api.read("/waiting")["items"]] == [keys[2]]


def test_a_change_that_waits_is_told_beside_what_is_out(api: Program, fresh: Service) -> None:
    row = made(fresh, trust="review")
    key = changes(fresh, row, "one")
    (one,) = api.read("/waiting")["items"]
    assert (one["kind"], one["why"]) == ("change", "its source has changed it")
    assert one["present"]["title"] == "Title of one"
    assert one["item"]["title"] == "Title of one, mended"
    seen = {"take": True, "digest": one["digest"]}
    taken = api.ask("POST", f"/waiting/{row.id}/{key}", json=seen)
    assert taken.json["title"] == "Title of one, mended"
    assert taken.json["guid"] == "urn:x:one"


def test_a_story_is_taken_apart(api: Program, fresh: Service) -> None:
    row, other = made(fresh), made(fresh, "https://other.example/feed")
    item = crediting(fresh, row, other, "one")
    slug = api.read("/items/urn%3Ax%3Aone")["slug"]
    sent = {"source": other.id, "guid": "urn:x:one-too"}
    wrong = {"source": row.id, "guid": item.guid}
    assert api.ask("POST", f"/items/{slug}/take-apart", json=wrong).status_code == 404
    answer = api.ask("POST", f"/items/{slug}/take-apart", json=sent)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"].endswith(f"/api/v1/items/{answer.json['slug']}")
    assert api.read("/items/urn%3Ax%3Aone")["via"] == []
    assert api.ask("POST", f"/items/{slug}/take-apart", json=sent).status_code == 404


def test_a_program_that_may_write_makes_no_sources(api: Program, fresh: Service) -> None:
    row = made(fresh)
    assert api.ask("GET", "/sources").status_code == 200
    for method, path in (
        ("POST", "/sources"),
        *((method, f"/sources/{row.id}") for method in ("PUT", "PATCH", "DELETE")),
        *(("POST", f"/sources/{row.id}/{what}") for what in ("poll", "pause", "resume")),
    ):
        assert api.ask(method, path, json={}).status_code == 403, (method, path)


def test_rules_and_records_are_found_by_what_they_are(fresh: Service) -> None:
    row = made(fresh, where=Where(all=Terms(tags=("sea",))))
    key = waits(fresh, row, "one")
    assert fresh.store.count_waiting() == 1
    found = fresh.store.record(row.id, key)
    assert found
    assert record_key(found.guid) == key
    assert fresh.store.item(guid=found.item).status is Status.REVIEW  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "url",
    ["file:///home/ann/a.xml", "/home/ann/a.xml", "a.xml", "x", "https://a.example:22/",
     "gopher://a.example/", "http://[::1", "https://a b.example/", "http://1.2.3/", "https:///x",
     "https://***@a.example/", "\N{SNOWMAN}", "http://a.example/\ud7ff", "-"],
)  # fmt: skip
def test_whatever_an_older_import_has_left_is_told(
    admin: Program, fresh: Service, url: str
) -> None:
    """A source whose address nobody could give now is listed, read, paused and ended."""
    spec = SourceSpec(url, every=timedelta(0), into="gone")
    row = fresh.store.make_source(spec, origin="cli", now=fresh.now())
    write(fresh, row)
    sound = made(fresh)
    listed = admin.read("/sources")["items"]
    assert {one["id"] for one in listed} == {row.id, sound.id}
    path = f"/sources/{row.id}"
    assert admin.read(path)["id"] == row.id
    assert admin.ask("GET", "/sources.opml").status_code == 200
    assert admin.ask("GET", f"{path}/records").status_code == 200
    for method, where, sent in (
        ("PATCH", path, {"name": "Kept"}),
        ("PUT", path, {"name": "Kept"}),
        ("POST", f"{path}/pause", None),
        ("POST", f"{path}/resume", None),
        ("POST", f"{path}/poll", None),
        ("DELETE", path, None),
    ):
        assert admin.ask(method, where, json=sent).status_code < 500, (method, where)
    assert [one["id"] for one in admin.read("/sources")["items"]] == [sound.id]


def test_pages_of_sources_survive_what_comes_and_goes_meanwhile(
    admin: Program, fresh: Service
) -> None:
    rows = [made(fresh, f"https://s{n}.example/feed", name=f"Name {n:02}") for n in range(9)]
    first = admin.read("/sources?limit=3")
    assert [one["name"] for one in first["items"]] == ["Name 00", "Name 01", "Name 02"]
    made(fresh, "https://before.example/feed", name="A new one")  # before what was listed
    made(fresh, "https://after.example/feed", name="Name 05 and a half")
    fresh.sources.end(rows[1])
    fresh.sources.end(rows[2])  # the very one that the cursor is of
    names, cursor = [], first["next_cursor"]
    while cursor:
        page = admin.read(f"/sources?limit=3&cursor={cursor}")
        names += [one["name"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert names == [f"Name 0{n}" for n in (3, 4, 5)] + ["Name 05 and a half"] + [
        f"Name 0{n}" for n in (6, 7, 8)
    ]


@pytest.mark.parametrize("cursor", ["x", "-1", "1" * 30, "1.5"])
def test_a_cursor_that_is_none_is_refused(admin: Program, fresh: Service, cursor: str) -> None:
    made(fresh)
    assert faults(admin.ask("GET", f"/sources?cursor={cursor}")).keys() == {"cursor"}
    assert admin.read("/sources?cursor=999999") == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("path", ["/sources", "/sources/1/records", "/waiting"])
def test_every_list_of_sources_has_a_bound(api: Program, fresh: Service, path: str) -> None:
    row = made(fresh, trust="review")
    for name in "abc":
        waits(fresh, row, name)
    assert len(api.read(f"{path}?limit=1")["items"]) == 1
    for limit in (0, 201, -1):
        assert faults(api.ask("GET", f"{path}?limit={limit}")).keys() == {"limit"}


def test_pages_of_what_waits_survive_what_comes_and_goes_meanwhile(
    api: Program, fresh: Service
) -> None:
    row = made(fresh, trust="review")
    keys = [waits(fresh, row, f"e{n}") for n in range(7)]
    first = api.read("/waiting?limit=3")
    listed = [one["key"] for one in first["items"]]
    late = waits(fresh, row, "late")
    for key in (listed[2], listed[0]):
        assert api.ask("POST", f"/waiting/{row.id}/{key}", json={"take": False}).status_code == 204
    cursor = first["next_cursor"]
    while cursor:
        page = api.read(f"/waiting?limit=3&cursor={cursor}")
        listed += [one["key"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert len(set(listed)) == len(listed)
    assert set(keys) <= set(listed) <= {*keys, late}
