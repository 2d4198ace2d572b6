"""A feed that is going to end says so on top of itself; one with another name stays the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from publish.desk import FORMATS, SETTINGS, Desk, an_item, parsed, titles

from feedsvc.formats.check import check
from feedsvc.publish.document import Format, Target

ENDS = datetime(2027, 2, 1, tzinfo=UTC)  # all of the last day it is there
NOTICE = """
[[feeds]]
name = "news"
page_size = 3
title = "News & more"
ends = 2027-01-31
notice = \"\"\"Read on at <https://example.com/>.

It was a pleasure.\"\"\"
"""
WITHOUT = NOTICE[: NOTICE.index("ends = ")]


@pytest.mark.parametrize("form", FORMATS)
def test_the_notice_stands_on_top(desk: Desk, form: Format) -> None:
    desk.reopen(SETTINGS + WITHOUT)
    desk.put_many(1, 5)
    before = desk.document("news", form)
    desk.reopen(SETTINGS + NOTICE)
    declared = desk.clock
    document = desk.document("news", form)
    assert document.head.etag != before.head.etag
    assert document.head.last_modified > before.head.last_modified
    ending = "News & more ends on 31 January 2027"
    assert titles(document) == [ending, "Title 5", "Title 4", "Title 3"]
    notice = parsed(document).items[0]
    assert notice.guid == f"{parsed(document).feed.id}/notice"
    assert notice.url == "https://example.org/feeds/news"
    assert "Read on at &lt;https://example.com/&gt;." in notice.content_html
    assert "It was a pleasure." in notice.content_html
    assert notice.published == declared.replace(microsecond=0)
    assert [author.name for author in notice.authors] == ["The editor"]
    url = f"https://example.org/feeds/news.{form}"
    assert check(document.body(), content_type=document.head.media_type, url=url) == []
    page = desk.made(Target("archive", "news", form, 1))
    assert ending not in titles(page)
    desk.reopen()
    assert desk.document("news", form).body() == document.body()


def test_its_words_are_optional(desk: Desk) -> None:
    desk.reopen(SETTINGS + NOTICE[: NOTICE.index("notice")])
    (notice,) = parsed(desk.document("news", "atom")).items
    assert notice.title == "News & more ends on 31 January 2027"
    assert notice.content_html == "<p>News &amp; more ends on 31 January 2027.</p>"
    assert parsed(desk.document("news", "atom")).feed.complete


def test_nobody_waits_beyond_the_end(desk: Desk) -> None:
    desk.reopen(SETTINGS + NOTICE)
    desk.put_many(1, 5)
    for target in (Target("live", "news"), Target("archive", "news", "rss", 1)):
        assert desk.made(target).head.next_at == ENDS


def test_whoever_knows_the_feed_without_it_is_sent_the_whole(desk: Desk) -> None:
    target = Target("live", "news")
    desk.reopen(SETTINGS + WITHOUT)
    desk.put(an_item(1))
    base = desk.head(target)
    desk.reopen(SETTINGS + NOTICE)
    assert desk.service.documents.delta(target, base) is None
    base = desk.head(target)
    desk.put(an_item(2))
    made = desk.service.documents.delta(target, base)
    assert made is not None
    assert titles(made) == ["Title 2"]


def test_at_its_end_there_is_no_document(desk: Desk) -> None:
    desk.reopen(SETTINGS + NOTICE)
    desk.put_many(1, 5)
    desk.clock = ENDS - timedelta(seconds=1)
    desk.service.tick()
    assert desk.document("news")
    desk.clock = ENDS
    desk.service.tick()
    for target in (Target("live", "news"), Target("archive", "news", "rss", 1)):
        assert desk.service.documents.head(target) is None
        assert desk.service.documents.document(target) is None
    assert desk.service.documents.view("news") is None
    assert b"feeds/news" not in desk.made(Target("opml", "")).body()


@pytest.mark.parametrize("form", FORMATS)
def test_a_renamed_feed_keeps_its_guid_and_its_items(desk: Desk, form: Format) -> None:
    desk.reopen(SETTINGS + WITHOUT)
    desk.put_many(1, 8)
    before = desk.document("news", form)
    pages = [target for target in desk.targets("news") if target.kind == "archive"]
    desk.reopen(SETTINGS + WITHOUT.replace('"news"', '"fresh"\nformerly = ["news"]'))
    assert desk.service.documents.head(Target("live", "news", form)) is None
    after = desk.document("fresh", form)
    assert parsed(after).feed.id == parsed(before).feed.id
    assert titles(after) == titles(before)
    assert parsed(after).feed.link("self") == f"https://example.org/feeds/fresh.{form}"
    assert after.head.etag != before.head.etag
    assert [target for target in desk.targets("fresh") if target.kind == "archive"] == [
        Target("archive", "fresh", target.form, target.number) for target in pages
    ]
    page = parsed(desk.made(Target("archive", "fresh", form, 1))).feed
    assert page.link("current") == f"https://example.org/feeds/fresh.{form}"
