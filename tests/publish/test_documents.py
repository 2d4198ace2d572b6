"""The document maker over a real store: what a document holds and when its validators move."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import feedparser
import pytest

from feedsvc import config
from feedsvc.formats.check import check
from feedsvc.model import Author, Category, Item, Source
from feedsvc.publish.addresses import addresses
from feedsvc.publish.document import Document, Format
from feedsvc.service import Service
from feedsvc.store import Put, Withdraw

START = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
FORMATS: tuple[Format, ...] = get_args(Format)
SETTINGS = """
[site]
title = "Site"
url = "https://example.org"
author = { name = "The editor" }
[[feeds]]
name = "main"
page_size = 3
[[feeds]]
name = "short"
content = "summary"
[[feeds]]
name = "small"
max_bytes = 16384
"""


class Desk:
    """A service whose clock is set by hand."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "config.toml"
        self.path.write_text(SETTINGS, encoding="utf-8")
        self.database = folder / "var" / "feedsvc.db"
        self.clock = START
        self.service = self.opened()

    def opened(self) -> Service:
        return Service.open(config.load(self.path, {}), clock=lambda: self.clock)

    def put(self, item: Item) -> str:
        self.clock += timedelta(seconds=1)
        (outcome,) = self.service.store.apply([Put(item)], self.clock)
        assert outcome.guid, outcome.reason
        return outcome.guid

    def withdraw(self, guid: str) -> None:
        self.clock += timedelta(seconds=1)
        self.service.store.apply([Withdraw(guid)], self.clock)

    def document(self, key: str = "main", form: Format = "rss") -> Document:
        document = self.service.documents.document(key, form)
        assert document is not None
        return document


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.service.close()


def an_item(number: int = 1, **fields: object) -> Item:
    words = {"title": f"Title {number}", "content_html": f"<p>Words {number}</p>"}
    return Item(**{**words, "slug": f"item-{number}", **fields})  # type: ignore[arg-type]


def titles(document: Document) -> list[str]:
    return [entry.title for entry in feedparser.parse(io.BytesIO(document.body)).entries]


def test_there_is_no_document_of_an_unknown_feed(desk: Desk) -> None:
    for key in ("nothing", "tag:nothing", "author:nobody", ""):
        assert desk.service.documents.document(key, "rss") is None
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
    assert edited.etag != before.etag
    assert edited.last_modified > before.last_modified
    desk.withdraw(guid)
    gone = desk.document(form=form)
    assert gone.etag not in {before.etag, edited.etag}
    assert gone.last_modified > edited.last_modified
    assert guid.encode() in gone.body  # its tombstone


@pytest.mark.parametrize("form", FORMATS)
def test_another_process_makes_the_same_bytes_later(desk: Desk, form: Format) -> None:
    desk.put(an_item(categories=(Category("Tag"),), authors=(Author("Ada"),)))
    documents = [desk.document(key, form) for key in ("main", "tag:tag", "author:ada")]
    desk.clock += timedelta(days=400)
    other = desk.opened()
    for key, document in zip(("main", "tag:tag", "author:ada"), documents, strict=True):
        assert other.documents.document(key, form) == document
    other.close()


def test_the_newest_stand_in_the_feed_and_it_says_whether_they_are_all(desk: Desk) -> None:
    for number in range(1, 4):
        desk.put(an_item(number))
    assert titles(desk.document()) == ["Title 3", "Title 2", "Title 1"]
    assert b"<fh:complete/>" in desk.document().body
    desk.put(an_item(4))
    assert titles(desk.document()) == ["Title 4", "Title 3", "Title 2"]
    assert b"<fh:complete/>" not in desk.document().body


def test_a_feed_of_summaries_has_no_content(desk: Desk) -> None:
    desk.put(an_item(1, content_html="<p>" + "word " * 200 + "</p>"))
    desk.put(an_item(2, summary="Said in short"))
    for form in FORMATS:
        body = desk.document("short", form).body
        assert b"Said in short" in body
        assert b"Words 2" not in body
        assert b"word word" in body
        assert b"word " * 100 not in body


def test_a_document_keeps_within_its_bytes(desk: Desk) -> None:
    for number in range(10):
        desk.put(an_item(number, content_html="<p>" + "long " * 800 + "</p>"))
    for form in FORMATS:
        document = desk.document("small", form)
        assert len(document.body) <= 16_384
        assert b"Title 9" in document.body
        assert b"complete" not in document.body
    # The same items in every format, as many as fit.
    counts = [desk.document("small", form).body.count(b"Title ") for form in FORMATS]
    assert counts == [3, 3, 3]


def test_one_item_stays_however_long_it_is(desk: Desk) -> None:
    desk.put(an_item(1))
    desk.put(an_item(2, content_html="<p>" + "long " * 8000 + "</p>"))
    for form in FORMATS:
        assert b"Title 2" in desk.document("small", form).body
        assert b"Title 1" not in desk.document("small", form).body


def test_our_own_item_is_by_the_feeds_author_and_no_other_is(desk: Desk) -> None:
    desk.put(an_item(1))
    desk.put(an_item(2, authors=(Author("Ada"),)))
    desk.put(an_item(3, source=Source(title="Elsewhere", feed_url="https://e.example/feed")))
    for form in ("rss", "atom"):
        entries = feedparser.parse(io.BytesIO(desk.document(form=form).body)).entries
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


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("query", ["words", "Words 1", "no such", 'a "b" <c> & ü %', ""])
def test_a_search_is_a_feed_like_any_other(desk: Desk, form: Format, query: str) -> None:
    desk.put(an_item(1))
    document = desk.service.documents.search_document(query, form)
    assert document == desk.service.documents.search_document(query, form)
    assert check(document.body, content_type=document.media_type) == []


def test_a_search_changes_with_its_own_items_only(desk: Desk) -> None:
    desk.put(an_item(1))
    before = desk.service.documents.search_document("words", "atom").etag
    desk.put(an_item(2, title="Other", content_html="<p>else</p>"))
    assert desk.service.documents.search_document("words", "atom").etag == before
    desk.put(an_item(3))
    assert desk.service.documents.search_document("words", "atom").etag != before


def test_a_search_is_made_once_for_each_revision(desk: Desk) -> None:
    desk.put(an_item(1))
    before = desk.service.documents.search_document("words", "rss")
    assert desk.service.documents.search_document("words", "rss") is before


@pytest.mark.parametrize("key", ["main", "tag:tag", "author:ada"])
@pytest.mark.parametrize("change", ['title = "Site"', 'url = "https://example.org"'])
def test_another_configuration_moves_the_dates_too(desk: Desk, key: str, change: str) -> None:
    desk.put(an_item(categories=(Category("tag"),), authors=(Author("Ada"),)))
    before = desk.document(key)
    desk.service.close()
    word = change.split('"')[1]
    text = SETTINGS.replace(change, change.replace(word, f"{word}.new"))
    desk.path.write_text(text, encoding="utf-8")
    desk.clock += timedelta(seconds=5)
    desk.service = desk.opened()
    after = desk.document(key)
    assert after.etag != before.etag
    assert after.last_modified == desk.clock


def test_the_same_configuration_moves_nothing(desk: Desk) -> None:
    before = desk.document()
    desk.clock += timedelta(seconds=5)
    other = desk.opened()
    assert other.documents.document("main", "rss") == before
    other.close()


def test_the_list_of_feeds(desk: Desk) -> None:
    document = desk.service.documents.opml()
    assert check(document.body, content_type=document.media_type) == []
    for name in ("main", "short", "small"):
        assert addresses("https://example.org", name)["rss"].encode() in document.body


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
        assert check(document.body, content_type=document.media_type, url=url) == []
