"""What waits is published through the API as it was looked at, or not at all."""

from __future__ import annotations

import pytest
from web.api.conftest import Program
from web.sourced import SEEN, changes, made, waits

from feedsvc.model import Status
from feedsvc.service import Service

NEWER = "b" * 64


def test_a_list_names_the_digest_that_publishes(api: Program, fresh: Service) -> None:
    row = made(fresh, trust="review")
    keys = [waits(fresh, row, name) for name in ("one", "two")]
    listed = {one["key"]: one["digest"] for one in api.read("/waiting")["items"]}
    assert listed == dict.fromkeys(keys, SEEN)
    by_field = {"take": True, "digest": SEEN}
    assert api.ask("POST", f"/waiting/{row.id}/{keys[0]}", json=by_field).status_code == 200
    by_header = {"If-Match": f'"{SEEN}"'}
    path = f"/waiting/{row.id}/{keys[1]}"
    assert api.ask("POST", path, json={"take": True}, headers=by_header).status_code == 200


@pytest.mark.parametrize("kind", ["new", "change"])
def test_what_came_meanwhile_is_not_published(api: Program, fresh: Service, kind: str) -> None:
    row = made(fresh, trust="review")
    bring = waits if kind == "new" else changes
    key = bring(fresh, row, "one", title="Benign")
    (one,) = api.read("/waiting")["items"]
    assert (one["item"]["title"], one["digest"]) == ("Benign", SEEN)
    bring(fresh, row, "one", title="Bought", content_html="<p>Bought.</p>", digest=NEWER)
    path = f"/waiting/{row.id}/{key}"
    seen = {"take": True, "digest": SEEN}
    for sent, headers in (
        (seen, {}),
        ({"take": True}, {"If-Match": f'"{SEEN}"'}),
        ({"take": False}, {"If-Match": f'"{SEEN}"'}),
        ({"take": False, "digest": SEEN}, {}),
    ):
        answer = api.ask("POST", path, json=sent, headers=headers)
        assert (answer.status_code, answer.mimetype) == (412, "application/problem+json")
    item = fresh.store.item(guid="urn:x:one")
    assert item
    assert item.title != "Bought" or item.status is Status.REVIEW
    (one,) = api.read("/waiting")["items"]
    assert (one["item"]["title"], one["digest"]) == ("Bought", NEWER)
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
    answer = api.ask("POST", path, json=both, headers={"If-Match": f'"{SEEN}"'})
    assert answer.status_code == 422
    assert [one["guid"] for one in api.read("/waiting")["items"]] == ["urn:x:one"]
    assert api.ask("POST", path, json={"take": False}).status_code == 204
