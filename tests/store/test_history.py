"""What an item said before is kept, and comes back as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest
from samples import FULL
from sqlalchemy import text
from store.desk import Desk

from feedsvc.model import Item, Status
from feedsvc.store import Withdraw
from feedsvc.store.history import VERSIONS_KEPT


def told(desk: Desk, guid: str = "urn:x:1", limit: int = 100) -> list[tuple[str, str | None]]:
    """What was done, and the title since."""
    versions = desk.store.history(guid, limit=limit)
    return [(one.kind, one.item.title if one.item else None) for one in versions]


def test_every_change_is_told_newest_first(desk: Desk) -> None:
    for title, status in (("a", Status.DRAFT), ("b", Status.DRAFT), ("c", Status.PUBLISHED)):
        desk.put(title=title, guid="urn:x:1", status=status)
        desk.put(title=f"Other {title}", guid="urn:x:2")
        desk.later(minutes=1)
    desk.withdraw("urn:x:1")
    assert told(desk) == [
        ("withdrawn", "c"), ("published", "c"), ("changed", "b"), ("added", "a"),
    ]  # fmt: skip
    assert told(desk, limit=2) == [("withdrawn", "c"), ("published", "c")]
    versions = desk.store.history("urn:x:1")
    assert versions[0].item == desk.item("urn:x:1")
    assert [one.item and one.item.revision for one in versions] == [
        one.revision for one in versions
    ]
    minutes = [(versions[0].at - one.at).total_seconds() / 60 for one in versions]
    assert minutes == [0, 1, 2, 3]


def test_nothing_is_told_of_what_is_not_there(desk: Desk) -> None:
    for guid in ("urn:x:9", "\0", ""):
        assert desk.store.history(guid) == []
        assert desk.store.version(guid, 1) is None


@pytest.mark.parametrize(
    "item",
    [FULL, replace(FULL, content_markdown="# Fish\r\n\n*chips* ☃\n", feeds=("main",))],
)
def test_a_version_comes_back_whole(desk: Desk, item: Item) -> None:
    desk.put(item)
    before = desk.item(item.guid)
    desk.put(Item(guid=item.guid, title="Another"))
    assert desk.store.version(item.guid, before.revision) == before
    assert desk.store.version(item.guid, before.revision + 1) == desk.item(item.guid)
    assert desk.store.version(item.guid, before.revision + 2) is None
    restored = desk.put(replace(before, updated=None), replaces=item.guid)
    again = desk.item(item.guid)
    assert restored.kind == "changed"
    assert replace(again, revision=0, updated=None) == replace(before, revision=0, updated=None)


def test_it_is_found_by_older_guids_and_under_another_address(desk: Desk) -> None:
    desk.put(title="a", guid="urn:x:1", aliases=("urn:old",))
    before = desk.item("urn:x:1")
    desk.put(title="b", guid="urn:x:1")
    assert told(desk, "urn:old") == [("changed", "b"), ("added", "a")]
    desk.reopen("https://moved.example")
    moved = desk.store.version("urn:old", before.revision)
    assert moved is not None
    assert moved.url == before.url.replace("https://example.org", "https://moved.example")


def test_so_many_versions_are_kept(desk: Desk) -> None:
    for number in range(VERSIONS_KEPT + 5):
        desk.put(title=f"{number}", guid="urn:x:1")
    versions = desk.store.history("urn:x:1", limit=1000)
    assert len(versions) == VERSIONS_KEPT + 5
    assert [one.item is not None for one in versions] == [True] * (VERSIONS_KEPT + 1) + [False] * 4
    assert versions[-1].kind == "added"
    assert desk.store.verify() == []


def test_a_version_that_is_damaged_is_as_one_not_kept(desk: Desk) -> None:
    for title in "ab":
        desk.put(title=title, guid="urn:x:1")
    (revision,) = (one.revision for one in desk.store.history("urn:x:1")[1:])
    desk.store._database.write(lambda conn: conn.execute(text("UPDATE versions SET item = '{'")))
    assert told(desk) == [("changed", "b"), ("added", None)]
    assert desk.store.version("urn:x:1", revision) is None
    assert "can't be read" in desk.store.verify()[0]


def test_the_markdown_of_an_item_is_kept_beside_what_it_was_made_to(desk: Desk) -> None:
    made = desk.put(title="a", content_markdown="*a*", content_html="<p><em>a</em></p>")
    assert desk.item(made.guid).content_markdown == "*a*"
    assert desk.store.entries("main", limit=1)[0].content_html == "<p><em>a</em></p>"
    changed = desk.put(
        title="a", content_markdown="_a_", content_html="<p><em>a</em></p>", guid=made.guid
    )
    assert changed.kind == "changed"
    assert desk.item(made.guid).content_markdown == "_a_"


def test_who_withdraws_may_say_which_revision(desk: Desk) -> None:
    first = desk.put(title="a", guid="urn:x:1")
    second = desk.put(title="b", guid="urn:x:1")
    stale, good, again = (
        desk.store.apply([Withdraw("urn:x:1", None, revision)], desk.now)[0]
        for revision in (first.revision, second.revision, second.revision)
    )
    assert (stale.kind, stale.revision) == ("conflict", second.revision)
    assert good.kind == "withdrawn"
    assert (again.kind, again.revision) == ("conflict", good.revision)
    assert desk.store.apply([Withdraw("urn:x:9", None, 1)], desk.now)[0].kind == "refused"
