"""What waits is published through the API as it was looked at, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from web.api.conftest import Program
from web.sourced import changes, made, waits

from feedsvc.model import Status
from feedsvc.service import Service
from feedsvc.store import Put

NEWER = "b" * 64


def test_a_list_names_the_digest_that_publishes(api: Program, fresh: Service) -> None:
    row = made(fresh, trust="review")
    keys = [waits(fresh, row, name) for name in ("one", "two")]
    listed = {one["key"]: one["digest"] for one in api.read("/waiting")["items"]}
    by_field = {"take": True, "digest": listed[keys[0]]}
    assert api.ask("POST", f"/waiting/{row.id}/{keys[0]}", json=by_field).status_code == 200
    by_header = {"If-Match": f'"{listed[keys[1]]}"'}
    path = f"/waiting/{row.id}/{keys[1]}"
    assert api.ask("POST", path, json={"take": True}, headers=by_header).status_code == 200


@pytest.mark.parametrize("kind", ["new", "change"])
def test_what_came_meanwhile_is_not_published(api: Program, fresh: Service, kind: str) -> None:
    row = made(fresh, trust="review")
    bring = waits if kind == "new" else changes
    key = bring(fresh, row, "one", title="Benign")
    (one,) = api.read("/waiting")["items"]
    assert one["item"]["title"] == "Benign"
    digest = one["digest"]
    bring(fresh, row, "one", title="Bought", content_html="<p>Bought.</p>", digest=NEWER)
    path = f"/waiting/{row.id}/{key}"
    seen = {"take": True, "digest": digest}
    for sent, headers in (
        (seen, {}),
        ({"take": True}, {"If-Match": f'"{digest}"'}),
        ({"take": False}, {"If-Match": f'"{digest}"'}),
        ({"take": False, "digest": digest}, {}),
    ):
        answer = api.ask("POST", path, json=sent, headers=headers)
        assert (answer.status_code, answer.mimetype) == (412, "application/problem+json")
    item = fresh.store.item(guid="urn:x:one")
    assert item
    assert item.title != "Bought" or item.status is Status.REVIEW
    (one,) = api.read("/waiting")["items"]
    assert one["item"]["title"] == "Bought"
    assert one["digest"] != digest
    taken = api.ask("POST", path, json={"take": True, "digest": one["digest"]})
    assert (taken.status_code, taken.json["title"]) == (200, "Bought")


@pytest.mark.parametrize("headers", [{}, {"If-Match": "*"}])
def test_nothing_is_published_without_a_word_on_what_it_is(
    api: Program, fresh: Service, headers: dict[str, str]
) -> None:
    row = made(fresh, trust="review")
    path = f"/waiting/{row.id}/{waits(fresh, row, 'one')}"
    answer = api.ask("POST", path, json={"take": True}, headers=headers)
    assert answer.status_code == 422
    (fault,) = answer.json["errors"]
    assert (fault["field"], "If-Match" in fault["reason"]) == ("digest", True)
    both = {"take": True, "digest": NEWER}
    (one,) = api.read("/waiting")["items"]
    answer = api.ask("POST", path, json=both, headers={"If-Match": f'"{one["digest"]}"'})
    assert answer.status_code == 422
    assert [one["guid"] for one in api.read("/waiting")["items"]] == ["urn:x:one"]
    assert api.ask("POST", path, json={"take": False}).status_code == 204


@pytest.mark.parametrize("kind", ["new", "change"])
def test_what_somebody_has_edited_meanwhile_is_not_overwritten_or_dropped_unseen(
    api: Program, fresh: Service, kind: str
) -> None:
    row = made(fresh, trust="review")
    bring = waits if kind == "new" else changes
    path = f"/waiting/{row.id}/{bring(fresh, row, 'one')}"
    (one,) = api.read("/waiting")["items"]
    item = fresh.store.item(guid="urn:x:one")
    assert item
    mine = replace(item, title="Mine", origin="editor:ann")
    fresh.store.apply([Put(mine, replaces=item.guid, media=None)], fresh.now())
    for take in (True, False):
        for sent, headers in (
            ({"take": take, "digest": one["digest"]}, {}),
            ({"take": take}, {"If-Match": f'"{one["digest"]}"'}),
        ):
            answer = api.ask("POST", path, json=sent, headers=headers)
            assert (answer.status_code, answer.mimetype) == (412, "application/problem+json")
    now = fresh.store.item(guid="urn:x:one")
    assert now
    assert (now.title, now.status) == ("Mine", item.status)
    (one,) = api.read("/waiting")["items"]
    assert "Mine" in {one["item"]["title"], (one["present"] or {}).get("title")}
    taken = api.ask("POST", path, json={"take": True, "digest": one["digest"]})
    if kind == "new":  # as it was edited, which is what was looked at
        assert (taken.status_code, taken.json["title"]) == (200, "Mine")
    else:  # what somebody has made of an item stays: its source's text is for them to take over
        assert (taken.status_code, "changed here" in taken.text) == (409, True)
        assert api.ask("POST", path, json={"take": False}).status_code == 204
    now = fresh.store.item(guid="urn:x:one")
    assert now
    assert now.title == "Mine"


def test_what_somebody_has_edited_is_not_dropped_by_who_has_not_looked(
    api: Program, fresh: Service
) -> None:
    row = made(fresh, trust="review")
    path = f"/waiting/{row.id}/{waits(fresh, row, 'one')}"
    item = fresh.store.item(guid="urn:x:one")
    assert item
    mine = replace(item, title="Mine", origin="editor:ann")
    fresh.store.apply([Put(mine, replaces=item.guid, media=None)], fresh.now())
    answer = api.ask("POST", path, json={"take": False})
    assert (answer.status_code, "edited it here" in answer.text) == (412, True)
    (one,) = api.read("/waiting")["items"]
    sent = {"take": False, "digest": one["digest"]}
    assert api.ask("POST", path, json=sent).status_code == 204
