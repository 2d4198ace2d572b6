"""Several programs at one item, at the same time: nothing is lost unseen, nothing is made twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from web.api.conftest import Program

T = TypeVar("T")


def together(work: Callable[[int], T], times: int) -> list[T]:
    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(work, range(times)))


def of_its_own(api: Program) -> Program:
    """The same program over a connection of its own: test clients are for one thread."""
    made = Program(api.client.application.test_client(), None)
    made.headers = api.headers
    return made


def test_patches_of_different_fields_all_last(api: Program) -> None:
    api.send(title="One")
    fields = ["title", "summary", "rights", "language", "image", "comments_url", "url", "slug"]

    def patch(n: int) -> int:
        name = fields[n]
        value = {"language": "en", "slug": "uno"}.get(name, f"https://x.example/{name}")
        return of_its_own(api).ask("PATCH", "/items/one", json={name: value}).status_code

    assert together(patch, len(fields)) == [200] * len(fields)
    item = api.read("/items/one")
    assert (item["slug"], item["language"]) == ("uno", "en")
    assert [item[name] for name in fields[:3]] == [f"https://x.example/{n}" for n in fields[:3]]
    assert item["revision"] == api.read("/items?changed_since=0")["revision"]


def test_of_those_who_know_one_version_one_wins(api: Program) -> None:
    meant = {"If-Match": f'"{api.send(title="One")["revision"]}"'}

    def put(n: int) -> int:
        sent = {"title": f"By {n}"}
        return of_its_own(api).ask("PUT", "/items/one", json=sent, headers=meant).status_code

    assert sorted(together(put, 6)) == [200, *[412] * 5]


@pytest.mark.parametrize("named", ["guid", "key"])
def test_the_same_sent_at_once_makes_one_item(api: Program, named: str) -> None:
    sent = {"title": "One"} | ({"guid": "urn:x:1"} if named == "guid" else {})
    key = {"Idempotency-Key": "k"} if named == "key" else {}

    def send(_: int) -> int:
        return of_its_own(api).ask("POST", "/items", json=sent, headers=key).status_code

    assert sorted(together(send, 6)) == [*[200] * 5, 201]
    assert len(api.read("/items")["items"]) == 1
