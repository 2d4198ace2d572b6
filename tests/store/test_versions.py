"""Older versions come back as they were."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from samples import CORNERS, FULL, NOW, SITE
from store.desk import MAIN, ADesk, Desk, an_item
from store.walking import the_page
from strategies import items

from feedsvc.model import Item, Status
from feedsvc.store import Put, Withdraw, versions
from feedsvc.store.history import VERSIONS_KEPT
from feedsvc.store.rows import ItemRows
from feedsvc.where import Terms, Where

ROWS = ItemRows(SITE)


def stored(item: Item) -> Item:
    """The item as the store gives it out."""
    return ROWS.item(ROWS.row(item))


@given(items())
def test_any_item_comes_back(item: Item) -> None:
    item = stored(item)
    assert versions.read(ROWS, versions.written(ROWS, item)) == item


@pytest.mark.parametrize("item", [FULL, *CORNERS])
def test_with_what_feeds_do_not_show(item: Item) -> None:
    whole = replace(item, status=Status.REVIEW, expires=NOW, feeds=("main",), aliases=("urn:x:2",))
    whole = stored(replace(whole, origin="a.md", revision=7))
    assert versions.read(ROWS, versions.written(ROWS, whole)) == whole


def test_a_site_that_moves_takes_its_versions_along() -> None:
    text = versions.written(ROWS, FULL)
    assert SITE not in text.replace("https://example.org/terms", "")
    moved = versions.read(ItemRows("https://moved.example"), text)
    assert moved.url == "https://moved.example/items/full"
    assert moved.guid == FULL.guid


def kept(desk: Desk) -> list[tuple[int, int]]:
    """Item and revision of every version that is kept."""
    asked = "SELECT item_id, revision FROM versions ORDER BY item_id, revision"
    return desk.store._database.read(
        lambda conn: [tuple(row) for row in conn.exec_driver_sql(asked)]
    )


def test_what_a_page_shows_is_kept_as_long_as_one_does(a_desk: ADesk) -> None:
    every, other = replace(MAIN, page_size=2), replace(MAIN, name="other", page_size=3)
    desk = a_desk(every, other)
    for n in range(4):
        desk.later(minutes=1)
        desk.put(title=f"n{n}", guid=f"urn:x:{n}")
    before = desk.item("urn:x:0")
    for n in range(5):  # the pages show the first, the live feeds the last
        desk.put(title=f"Edited {n}", guid="urn:x:0")
    assert (1, before.revision) in kept(desk)
    for key in ("main", "other"):
        assert the_page(desk.store, key, 1).items[-1] == before
    desk.declare(every, replace(other, where=Where(any=Terms(tags=("none",)))))
    for n in range(VERSIONS_KEPT + 3):
        desk.put(title=f"Edited again {n}", guid="urn:x:0")
    assert kept(desk)[0] == (1, before.revision)  # one of them still does
    assert len(kept(desk)) == VERSIONS_KEPT + 1
    assert the_page(desk.store, "main", 1).items[-1] == before
    desk.store.apply([Put(an_item(title="Last", guid="urn:x:0")), Withdraw("urn:x:0")], desk.now)
    desk.put(title="Back", guid="urn:x:0")
    assert len(kept(desk)) == VERSIONS_KEPT  # none does
    assert kept(desk)[0] > (1, before.revision)
    assert desk.store.verify() == []


def test_every_change_keeps_what_was_there_before(desk: Desk) -> None:
    desk.put(title="Draft", guid="urn:x:1", status=Status.DRAFT)
    for n in range(3):
        desk.put(title=f"Out {n}", guid="urn:x:1")
    desk.withdraw("urn:x:1")
    desk.put(title="Back", guid="urn:x:1")
    assert kept(desk) == [(1, revision) for revision in range(2, 7)]
