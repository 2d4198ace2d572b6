"""Older versions come back as they were."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from samples import CORNERS, FULL, NOW, SITE
from store.desk import Desk
from strategies import items

from feedsvc.model import Item, Status
from feedsvc.store import versions
from feedsvc.store.rows import ItemRows

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


def test_what_somebody_may_have_seen_is_kept(desk: Desk) -> None:
    desk.put(title="Draft", guid="urn:x:1", status=Status.DRAFT)
    desk.put(title="Draft 2", guid="urn:x:1", status=Status.DRAFT)
    assert kept(desk) == []
    desk.put(title="Out", guid="urn:x:1")
    assert kept(desk) == []
    out = desk.put(title="Edited", guid="urn:x:1").revision - 1
    assert kept(desk) == [(1, out)]
    desk.withdraw("urn:x:1")
    assert kept(desk) == [(1, out)]
    desk.put(title="Back", guid="urn:x:1")
    assert kept(desk) == [(1, out), (1, out + 2)]
