"""Searches as feeds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from publish.desk import FORMATS, Desk, an_item, titles

from feedsvc.formats.check import check
from feedsvc.publish.document import Format, Target


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("query", ["words", "Words 1", "no such", 'a "b" <c> & ü %', ""])
def test_a_search_is_a_feed_like_any_other(desk: Desk, form: Format, query: str) -> None:
    desk.put(an_item(1))
    document = desk.made(Target("search", query, form))
    assert document is desk.made(Target("search", query, form))
    assert check(document.body(), content_type=document.head.media_type) == []


def test_it_finds_the_newest(desk: Desk) -> None:
    desk.put_many(1, 4)
    assert titles(desk.made(Target("search", "words", "atom"))) == ["Title 4", "Title 3", "Title 2"]
    assert titles(desk.made(Target("search", "words 1", "atom"))) == ["Title 1"]


@pytest.mark.parametrize("form", FORMATS)
def test_it_changes_with_its_own_items_only(desk: Desk, form: Format) -> None:
    target = Target("search", "words", form)
    guid = desk.put(an_item(1))
    before = desk.made(target)
    desk.put(an_item(2, title="Other", content_html="<p>else</p>"))
    desk.put(an_item(3, feeds=("short",)))
    assert desk.made(target).head.etag == before.head.etag
    assert desk.made(target).body() is before.body()
    seen = {before.head.etag}
    desk.put(an_item(4))
    seen.add(desk.head(target))
    desk.put(an_item(1, guid=guid, title="Edited"))
    seen.add(desk.head(target))
    desk.withdraw(guid)
    seen.add(desk.head(target))
    assert len(seen) == 4


@pytest.mark.parametrize("form", FORMATS)
def test_its_bytes_depend_on_nothing_else(desk: Desk, form: Format) -> None:
    """One found item says that it was changed at a time to come."""
    target = Target("search", "words", form)
    desk.put(an_item(1, updated=desk.clock + timedelta(days=900)))
    before = desk.made(target)
    desk.put(an_item(2, title="Other", content_html="<p>else</p>"))
    desk.reopen()
    after = desk.made(target)
    assert after.head.etag == before.head.etag
    assert after.body() == before.body()


def test_made_up_queries_evict_no_feed(desk: Desk) -> None:
    desk.put(an_item(1))
    feed = desk.document()
    search = desk.made(Target("search", "words", "rss"))
    for number in range(300):
        desk.made(Target("search", f"words {number}", "rss"))
    assert desk.document() is feed
    assert desk.made(Target("search", "words", "rss")) is not search
