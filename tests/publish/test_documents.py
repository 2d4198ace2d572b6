"""The document maker over a real store: what a document holds and when its validators move."""

from __future__ import annotations

import io
import sqlite3
from datetime import timedelta

import feedparser
import pytest
from publish.desk import FORMATS, SETTINGS, Desk, an_item, titles

from feedsvc.formats.check import check
from feedsvc.model import Author, Category, Source
from feedsvc.publish.addresses import addresses
from feedsvc.publish.document import Format, Target


def test_there_is_no_document_of_an_unknown_feed(desk: Desk) -> None:
    for key in ("nothing", "tag:nothing", "author:nobody", ""):
        for target in (Target("live", key), Target("archive", key, "rss", 1)):
            assert desk.service.documents.head(target) is None
            assert desk.service.documents.document(target) is None
            assert desk.service.documents.delta(target, '"x"') is None
        assert desk.service.documents.view(key) is None


@pytest.mark.parametrize("form", FORMATS)
def test_a_document_is_made_once_for_each_revision(desk: Desk, form: Format) -> None:
    guid = desk.put(an_item())
    before = desk.document(form=form)
    assert desk.document(form=form) is before
    desk.put(an_item(feeds=("short",), slug="elsewhere"))
    assert desk.document(form=form) is before
    desk.put(an_item(title="Edited", guid=guid))
    edited = desk.document(form=form)
    assert edited.head.etag != before.head.etag
    assert edited.head.last_modified > before.head.last_modified
    desk.withdraw(guid)
    gone = desk.document(form=form)
    assert gone.head.etag not in {before.head.etag, edited.head.etag}
    assert gone.head.last_modified > edited.head.last_modified
    assert guid.encode() in gone.body()  # its tombstone


@pytest.mark.parametrize("form", FORMATS)
def test_another_process_makes_the_same_bytes_later(desk: Desk, form: Format) -> None:
    desk.put(an_item(categories=(Category("Tag"),), authors=(Author("Ada"),)))
    documents = [desk.document(key, form) for key in ("main", "tag:tag", "author:ada")]
    desk.clock += timedelta(days=400)
    other = desk.opened()
    for key, document in zip(("main", "tag:tag", "author:ada"), documents, strict=True):
        again = other.documents.document(Target("live", key, form))
        assert again is not None
        assert again.head == document.head
        assert again.body() == document.body()
    other.close()


def test_the_newest_stand_in_the_feed_and_it_says_whether_they_are_all(desk: Desk) -> None:
    for number in range(1, 4):
        desk.put(an_item(number))
    assert titles(desk.document()) == ["Title 3", "Title 2", "Title 1"]
    assert b"<fh:complete/>" in desk.document().body()
    desk.put(an_item(4))
    assert titles(desk.document()) == ["Title 4", "Title 3", "Title 2"]
    assert b"<fh:complete/>" not in desk.document().body()


def test_a_feed_of_summaries_has_no_content(desk: Desk) -> None:
    desk.put(an_item(1, content_html="<p>" + "word " * 200 + "</p>"))
    desk.put(an_item(2, summary="Said in short"))
    for form in FORMATS:
        body = desk.document("short", form).body()
        assert b"Said in short" in body
        assert b"Words 2" not in body
        assert b"word word" in body
        assert b"word " * 100 not in body


def test_a_document_keeps_within_its_bytes(desk: Desk) -> None:
    for number in range(10):
        desk.put(an_item(number, content_html="<p>" + "long " * 800 + "</p>"))
    for form in FORMATS:
        document = desk.document("small", form)
        assert len(document.body()) <= 16_384
        assert b"Title 9" in document.body()
        assert b"complete" not in document.body()
    # The same items in every format, as many as are sure to fit.
    counts = [desk.document("small", form).body().count(b"Title ") for form in FORMATS]
    assert counts == [2, 2, 2]


def test_one_item_stays_however_long_it_is(desk: Desk) -> None:
    desk.put(an_item(1))
    desk.put(an_item(2, content_html="<p>" + "long " * 8000 + "</p>"))
    for form in FORMATS:
        assert b"Title 2" in desk.document("small", form).body()
        assert b"Title 1" not in desk.document("small", form).body()


def test_our_own_item_is_by_the_feeds_author_and_no_other_is(desk: Desk) -> None:
    desk.put(an_item(1))
    desk.put(an_item(2, authors=(Author("Ada"),)))
    desk.put(an_item(3, source=Source(title="Elsewhere", feed_url="https://e.example/feed")))
    for form in ("rss", "atom"):
        entries = feedparser.parse(io.BytesIO(desk.document(form=form).body())).entries
        assert [entry.get("author") for entry in entries] == [None, "Ada", "The editor"]


def test_an_item_that_got_past_the_border_is_left_out_and_told(desk: Desk) -> None:
    guids = [desk.put(an_item(number)) for number in (1, 2, 3)]
    with sqlite3.connect(desk.database) as conn:  # as no way in does it
        conn.execute("UPDATE items SET title = 'bad' || char(8) WHERE guid = ?", (guids[1],))
    conn.close()
    desk.service.close()
    desk.service = desk.opened()
    for form in ("rss", "atom"):
        assert titles(desk.document(form=form)) == ["Title 3", "Title 1"]
    (problem,) = desk.service.problems()
    assert guids[1] in str(problem)


@pytest.mark.parametrize("key", ["main", "tag:tag", "author:ada"])
@pytest.mark.parametrize("change", ['title = "Site"', 'url = "https://example.org"'])
def test_another_configuration_moves_the_dates_too(desk: Desk, key: str, change: str) -> None:
    desk.put(an_item(categories=(Category("tag"),), authors=(Author("Ada"),)))
    before = desk.document(key)
    word = change.split('"')[1]
    desk.clock += timedelta(seconds=5)
    desk.reopen(SETTINGS.replace(change, change.replace(word, f"{word}.new")))
    after = desk.document(key)
    assert after.head.etag != before.head.etag
    assert after.head.last_modified == desk.clock


def test_the_list_of_feeds(desk: Desk) -> None:
    document = desk.made(Target("opml", ""))
    body = document.body()
    assert check(body, content_type=document.head.media_type) == []
    for name in ("main", "short", "small"):
        assert addresses("https://example.org", name)["rss"].encode() in body
    desk.put(an_item())
    later = desk.made(Target("opml", ""))
    assert (later.head.etag, later.body()) == (document.head.etag, body)
    assert later.head.last_modified > document.head.last_modified
    desk.reopen(SETTINGS.replace('"short"', '"short"\ntitle = "In short"'))
    titled = desk.made(Target("opml", ""))
    assert b"In short" in titled.body()
    assert titled.head.etag != later.head.etag
    assert titled.head.last_modified > later.head.last_modified
    desk.reopen(SETTINGS + '[[feeds]]\nname = "more"\n')
    longer = desk.made(Target("opml", ""))
    assert b"feeds/more.rss" in longer.body()
    assert longer.head.etag != titled.head.etag
    assert longer.head.last_modified > titled.head.last_modified
    desk.reopen(SETTINGS)
    shorter = desk.made(Target("opml", ""))
    assert b"feeds/more.rss" not in shorter.body()
    assert shorter.head.last_modified > longer.head.last_modified


@pytest.mark.parametrize("form", FORMATS)
def test_the_checker_finds_nothing(desk: Desk, form: Format) -> None:
    guid = desk.put(an_item(1, categories=(Category("C++"), Category("AC/DC"), Category("猫"))))
    desk.put(an_item(2, title="", content_html="<p>Fish &amp; chips</p>"))
    desk.put(an_item(3, authors=(Author("Ada Lovelace", "ada@example.org"),)))
    desk.withdraw(guid)
    desk.put(an_item(4, categories=(Category("C++"), Category("AC/DC"), Category("猫"))))
    keys = ["main", "short", "small", "tag:c++", "tag:ac-dc", "tag:猫", "author:ada-lovelace"]
    for key in keys:
        document = desk.document(key, form)
        url = addresses("https://example.org", key)[form]
        assert check(document.body(), content_type=document.head.media_type, url=url) == []
