"""Whoever asks for what has changed since a revision misses nothing and is told nothing twice."""

from __future__ import annotations

import pytest
from samples import NOW
from store.desk import MAIN, NEWS, ADesk, Desk, an_item

from feedsvc.model import Status
from feedsvc.store import Put, Store


def walked(store: Store, since: int, limit: int, feed: str | None = None) -> tuple[list[str], int]:
    """All changes, page by page, and where it ended."""
    found: list[str] = []
    while True:
        items, last = store.changed_since(since, feed=feed, limit=limit)
        found += [item.title for item in items]
        assert last >= since
        if not items:
            return found, last
        since = last


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_items_come_in_the_order_of_their_last_change(desk: Desk, limit: int) -> None:
    for title in "abcde":
        desk.put(title=title, guid=f"urn:x:{title}")
    desk.put(title="b2", guid="urn:x:b")
    desk.withdraw("urn:x:d")
    assert walked(desk.store, 0, limit) == (["a", "c", "e", "b2", "d"], desk.store.revision())
    since = desk.store.revision()
    assert desk.store.changed_since(since) == ([], since)
    desk.put(title="f", status=Status.DRAFT)
    assert walked(desk.store, since, limit) == (["f"], desk.store.revision())


def test_who_is_ahead_of_a_store_from_a_backup_comes_back_to_it(desk: Desk) -> None:
    desk.put(title="a")
    for feed in (None, "main"):
        assert desk.store.changed_since(1_000_000, feed=feed) == ([], desk.store.revision())


def test_a_status_can_be_asked_for(desk: Desk) -> None:
    desk.put(title="a", guid="urn:x:a")
    desk.put(title="b", status=Status.DRAFT)
    desk.put(title="c", guid="urn:x:c")
    desk.withdraw("urn:x:a")
    for status, titles in (
        (Status.DRAFT, ["b"]), (Status.WITHDRAWN, ["a"]), (Status.REVIEW, []),
    ):  # fmt: skip
        items, last = desk.store.changed_since(0, status=status)
        assert ([item.title for item in items], last) == (titles, desk.store.revision())


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_of_a_feed_also_what_has_left_it(a_desk: ADesk, limit: int) -> None:
    desk = a_desk(MAIN, NEWS)
    for title in "abcd":
        desk.put(an_item("news", title=title, guid=f"urn:x:{title}"))
    desk.put(title="not news")
    since = desk.store.revision()
    assert walked(desk.store, 0, limit, "news")[0] == list("abcd")
    desk.put(an_item(title="c left", guid="urn:x:c"))
    desk.put(an_item("news", title="a2", guid="urn:x:a"))
    desk.put(an_item(title="c again", guid="urn:x:c"))  # which the readers of news can't see
    desk.withdraw("urn:x:b")
    assert walked(desk.store, since, limit, "news") == (
        ["c again", "a2", "b"],
        desk.store.revision(),
    )
    for nothing in ("none", "\0"):
        assert desk.store.changed_since(0, feed=nothing)[0] == []


def test_what_a_new_feed_takes_at_once_comes_by_pages(a_desk: ADesk) -> None:
    desk = a_desk(MAIN)
    desk.store.apply([Put(an_item("news", title=f"{n}")) for n in range(20)], NOW)
    since = desk.store.revision()
    desk.declare(MAIN, NEWS)
    items, last = desk.store.changed_since(since, feed="news", limit=5)
    assert len(items) == 5
    rest, end = walked(desk.store, last, 5, "news")
    assert len({*rest, *(item.title for item in items)}) == 20
    assert (len(rest), end) == (15, desk.store.revision())


def test_what_one_change_has_moved_is_not_parted(a_desk: ADesk) -> None:
    """As it stands in stores of older versions: many entries of one revision."""
    desk = a_desk(MAIN, NEWS)
    desk.store.apply([Put(an_item("news", title=f"{n}")) for n in range(10)], NOW)
    desk.store._database.write(
        lambda conn: conn.exec_driver_sql("UPDATE entries SET revision = 4 WHERE item_id > 2")
    )
    found, _ = walked(desk.store, 0, 3, "news")
    assert sorted(map(int, found)) == list(range(10))
