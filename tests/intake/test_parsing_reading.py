"""Foreign documents of every kind, read and cleaned: what an importer gets of them."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from html import escape

import pytest
from hostile.feeds import GOOD, URL, damaged, document, entry
from samples import FULL, feed_in

from feedsvc.errors import NotAFeed
from feedsvc.formats import atom, clean, jsonfeed, rss
from feedsvc.intake import parsing_reading
from feedsvc.intake.parsing import scope_of
from feedsvc.intake.parsing_reading import Asked
from feedsvc.intake.parsing_values import dumps, loads
from feedsvc.model import Status


@pytest.mark.parametrize("format_", [atom, rss, jsonfeed])
def test_a_feed_of_ours_comes_out_clean_and_whole(format_) -> None:
    name = format_.__name__.rpartition(".")[2].removesuffix("feed")
    items = [replace(FULL, guid=f"urn:x:{n}", url=f"https://e.org/{n}") for n in range(3)]
    read = parsing_reading.read(format_.render(feed_in(name), items), Asked(URL))
    assert (read.kind, read.feed.title, read.left_out) == ("feed", "Example & Sons", 0)
    assert [one.raw for one in read.entries] == ["urn:x:0", "urn:x:1", "urn:x:2"]
    for one in read.entries:
        assert one.item is not None
        again, notes = clean.item(one.item, base=URL)
        assert (again, notes, one.notes) == (one.item, (), ())
        assert one.item.authors == FULL.authors or format_ is rss


def test_an_entry_is_completed_cleaned_and_has_a_guid_of_its_feed() -> None:
    body = document(
        "<language>de</language>"
        + entry(
            "<link>https://e.org/a/</link><pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate>"
            "<content:encoded><![CDATA[<p onclick='x()'>One <a href='../b'>b</a>"
            "<script>x()</script></p>]]></content:encoded>"
        )
    )
    (one,) = parsing_reading.read(body, Asked(URL)).entries
    assert one.item is not None
    assert (one.raw, one.item.language) == ("1", "de")
    assert one.item.guid == clean.guid("1", scope="example.org/feed")
    assert 'href="https://e.org/b"' in one.item.content_html
    assert "onclick" not in one.item.content_html
    assert one.notes == ("content: dropped what a feed can't carry safely: <script>",)


def test_each_of_many_entries_is_read_as_if_it_were_alone() -> None:
    contents = [f"<p>One <a href='/{n}'>{n}</a> <script>{n}</script>" for n in range(120)]
    contents[60] = "<ul><li>" * 5_000  # is refused
    contents[61] = ""
    entries = [
        entry(f"<guid>{n}</guid><content:encoded><![CDATA[{content}]]></content:encoded>")
        for n, content in enumerate(contents)
    ]
    together = parsing_reading.read(document("".join(entries)), Asked(URL)).entries
    alone = [parsing_reading.read(document(one), Asked(URL)).entries for one in entries]
    assert [(one,) for one in together] == alone
    assert [n for n, one in enumerate(together) if one.refused] == [60]


def test_the_scope_of_a_feed_outlives_its_move_to_https() -> None:
    assert scope_of("http://example.org/feed") == scope_of("https://www.example.org/feed")
    moved = parsing_reading.read(GOOD, Asked("https://e.org/new", scope=scope_of(URL)))
    assert moved.entries[0].item == parsing_reading.read(GOOD, Asked(URL)).entries[0].item


def test_one_bad_entry_is_refused_alone_with_a_reason() -> None:
    bad = entry(f"<content:encoded>{escape('<div>' * 80_000)}</content:encoded>", "bad")
    read = parsing_reading.read(document(entry("", "a") + bad + entry("", "c")), Asked(URL))
    assert [(one.raw, one.item is not None) for one in read.entries] == [
        ("a", True),
        ("bad", False),
        ("c", True),
    ]
    assert "at most 262,144 (256 KiB)" in read.entries[1].refused
    assert len(read.entries[1].digest) == 64


def test_an_unchanged_entry_has_the_same_digest_and_a_changed_one_another() -> None:
    def digest(body: bytes) -> str:
        return parsing_reading.read(body, Asked(URL)).entries[0].digest

    assert digest(GOOD) == digest(GOOD.replace(b"<title>T</title>", b"<title>Other</title>"))
    assert digest(GOOD) != digest(GOOD.replace(b"Words", b"Other words"))


def dated(number: int) -> str:
    day = FULL.published + timedelta(days=number)
    return entry(f"<pubDate>{day:%a, %d %b %Y %H:%M:%S} GMT</pubDate>", f"{number}")


def test_of_more_entries_than_wanted_the_newest_are_kept_in_the_feeds_order() -> None:
    body = document("".join(map(dated, (3, 1, 5, 2, 4))))
    read = parsing_reading.read(body, Asked(URL, most=3))
    assert [one.raw for one in read.entries] == ["3", "5", "4"]
    assert read.left_out == 2


def test_an_entry_without_a_date_may_be_new_and_is_kept() -> None:
    read = parsing_reading.read(document(dated(1) + entry("", "x") + dated(2)), Asked(URL, most=2))
    assert [one.raw for one in read.entries] == ["x", "2"]


def test_entries_beyond_the_size_of_an_answer_are_left_out_and_counted() -> None:
    text = f"<description>{'word ' * 1000}</description>"
    body = document("".join(entry(text, f"{n}") for n in range(50)))
    read = parsing_reading.read(body, Asked(URL, size=60_000))
    assert 5 <= len(read.entries) <= 12
    assert read.left_out == 50 - len(read.entries)
    assert len(dumps(read)) < 65_000


def test_a_guid_of_ten_kilobytes_is_shortened_to_one_that_no_other_has() -> None:
    long = "x" * 10_000
    body = document(entry("", f"{long}a") + entry("", f"{long}b"))
    one, two = parsing_reading.read(body, Asked(URL)).entries
    assert len(one.raw) <= 1024
    assert one.raw != two.raw


def test_a_list_keeps_the_password_that_a_feed_is_asked_with() -> None:
    address = "https://me:secret@a.example/feed?x=1"
    listed = parsing_reading.read(
        f'<opml version="1.0"><body><outline xmlUrl="{address}"/></body></opml>'.encode(),
        Asked(URL, "text/x-opml"),
    )
    assert [one.url for one in listed.outlines] == [address]


def test_a_list_and_a_page_are_told_from_feeds() -> None:
    listed = parsing_reading.read(
        b'<opml version="1.0"><head><title>My feeds</title></head><body><outline text="News">'
        b'<outline text="A" xmlUrl="https://a.example/feed"/></outline></body></opml>',
        Asked(URL, "text/x-opml"),
    )
    assert (listed.kind, listed.feed.title) == ("opml", "My feeds")
    assert [(one.url, one.path) for one in listed.outlines] == [
        ("https://a.example/feed", ("News",))
    ]
    page = parsing_reading.read(
        b"<!DOCTYPE html><title>P</title>"
        b"<link rel=alternate type=application/rss+xml href=/rss title=News>",
        Asked("https://e.org/", "text/html"),
    )
    assert page.kind == "page"
    assert [(one.url, one.title) for one in page.found] == [("https://e.org/rss", "News")]


def test_an_export_of_wordpress_comes_with_the_status_of_its_posts() -> None:
    posts = "".join(
        f"<item><title>{status}</title><guid isPermaLink='false'>{status}</guid>"
        f"<wp:post_type>{kind}</wp:post_type><wp:status>{status}</wp:status></item>"
        for status, kind in (("publish", "post"), ("draft", "post"), ("private", "page"))
    )
    body = (
        '<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"><channel>'
        f"<title>Blog</title><link>https://blog.example</link>{posts}</channel></rss>"
    ).encode()
    read = parsing_reading.read(body, Asked(URL))
    assert (read.kind, read.faults) == ("wxr", ("1 of type page left out.",))
    stand = [one.item and (one.item.title, one.item.status) for one in read.entries]
    assert stand == [("publish", Status.PUBLISHED), ("draft", Status.DRAFT)]
    both = parsing_reading.read(body, Asked(URL, kinds=("post", "page")))
    assert len(both.entries) == 3


def test_damaged_documents_of_every_kind_are_read_or_refused() -> None:
    items = [replace(FULL, guid=f"urn:x:{n}") for n in range(2)]
    whole = [atom.render(feed_in("atom"), items), rss.render(feed_in("rss"), items)]
    whole += [jsonfeed.render(feed_in("json"), items), GOOD]
    whole += [
        (
            b'<opml version="1.0"><head><title>T</title></head><body><outline text="N">'
            b'<outline text="A" xmlUrl="https://a.example/feed"/></outline></body></opml>'
        ),
        (
            b"<!DOCTYPE html><html><head><base href='/b/'><title>P</title>"
            b"<link rel=alternate type=application/rss+xml href=rss></head><a href=/feed/>RSS</a>"
        ),
        GOOD.replace(b"<rss ", b'<rss xmlns:wp="http://wordpress.org/export/1.2/" '),
    ]
    kinds = set()
    for number in range(700):
        chance = random.Random(number)
        body = damaged(whole[number % len(whole)], chance)
        texts: dict[str, bytes] = {}
        try:
            read = parsing_reading.read(body, Asked(URL), texts)
        except NotAFeed:
            continue
        assert loads(dumps(read)) == loads(dumps(read, texts)) == read, number
        kinds.add(read.kind)
    assert kinds == {"feed", "wxr", "opml", "page"}
