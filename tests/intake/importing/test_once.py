"""An import that somebody asks for: histories, lists, exports, pages, and what is broken off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from intake.importing.conftest import House
from intake.importing.publisher import Page, entry, feed

from feedsvc.errors import ConfigError, FeedsvcError, ImportFailed, NotAFeed, NotFound
from feedsvc.intake.importing.orders import Result, Step, Wanted
from feedsvc.intake.importing.telling import source_object
from feedsvc.model import Status, shown_title
from feedsvc.store import SourceSpec


def take(house: House, what: str, **more: object) -> list[Result]:
    spec = SourceSpec(
        what if what.startswith("http") else Path(what).as_uri(),
        into=more.pop("into", None),
        every=timedelta(minutes=30),
    )
    wanted = Wanted(what, spec, **more)
    return house.service.take_once(wanted, lambda step: None)


def history(house: House, *documents: Sequence[int], rel: str = "prev-archive") -> str:
    """A feed whose documents hold these entries, each leading to the next; its address."""
    for number, entries in enumerate(documents):
        older = house.publisher.url(f"/{number + 1}")
        more = f'<atom:link rel="{rel}" href="{older}"/>' if number + 1 < len(documents) else ""
        body = feed(*(entry(n) for n in entries), more=more)
        house.publisher.pages[f"/{number}"] = Page(body, headers={"ETag": f'"{entries}"'})
    return house.publisher.url("/0")


@pytest.mark.parametrize("rel", ["prev-archive", "next"])
def test_a_whole_history_comes_with_its_dates(house: House, rel: str) -> None:
    url = history(house, [9, 8], [7, 6], [5], rel=rel)
    (result,) = take(house, url)
    assert (result.tally.added, result.documents, result.error) == (5, 3, None)
    assert len(house.titles()) == 5
    items, _ = house.service.store.items()
    assert [item.published.day for item in items if item.published] == [10, 9, 8, 7, 6]
    assert {item.origin for item in items} == {f"import:{url}"}


def test_what_was_imported_once_comes_in_no_second_time(house: House) -> None:
    url = history(house, [9, 8], [7, 6])
    take(house, url)
    (result,) = take(house, url)
    assert (result.tally.added, result.tally.unchanged) == (0, 4)
    assert house.row().state.status == "ended"
    house.clock.now += timedelta(days=9)
    assert house.service.poll_due() == 0


def test_a_dry_run_shows_what_would_come_and_changes_nothing(house: House) -> None:
    url = history(house, [9, 8], [7])
    before = house.service.store.revision()
    (result,) = take(house, url, dry_run=True)
    assert [item.title for item in result.items] == [
        "Story number 8 of them",
        "Story number 9 of them",
        "Story number 7 of them",
    ]
    assert house.service.store.revision() == before
    assert house.service.store.sources() == []


def test_with_every_it_is_polled_from_then_on(house: House) -> None:
    url = history(house, [9, 8], [7])
    (result,) = take(house, url, every=True)
    assert result.source is not None
    assert result.source.spec.every == timedelta(minutes=30)
    assert result.source.state.status == "ok"
    house.clock.now += timedelta(days=1)
    assert house.service.poll_due() == 1
    assert house.publisher.asked[-1].headers["if-none-match"] == '"[9, 8]"'
    assert len(house.titles()) == 3


def test_what_was_imported_once_can_become_a_source(house: House) -> None:
    url = history(house, [9, 8])
    take(house, url)
    take(house, url, every=True)
    assert [row.state.status for row in house.service.store.sources()] == ["ok"]
    assert len(house.titles()) == 2


def test_an_import_that_was_broken_off_goes_on_where_it_was(house: House) -> None:
    url = history(house, [9, 8], [7, 6], [5, 4], [3])
    third = house.publisher.pages.pop("/2")
    with pytest.raises(ImportFailed, match="404"):
        take(house, url)
    assert len(house.titles()) == 4
    house.publisher.pages["/2"] = third
    house.publisher.asked.clear()
    (result,) = take(house, url)
    assert result.resumed
    assert result.tally.added == 3
    assert [asked.path for asked in house.publisher.asked] == ["/0", "/2", "/3"]
    assert len(house.titles()) == 7


def test_a_history_that_goes_round_ends(house: House) -> None:
    url = history(house, [2], [1])
    back = f'<atom:link rel="prev-archive" href="{url}"/>'
    house.publisher.pages["/1"] = Page(feed(entry(1), more=back))
    (result,) = take(house, url)
    assert (result.documents, result.tally.added) == (2, 2)


def test_pages_of_wordpress_are_found_without_being_told(house: House) -> None:
    says = "<generator>https://wordpress.org/?v=6.8</generator>"
    for number in (1, 2):
        path = "/feed" if number == 1 else f"/feed?paged={number}"
        house.publisher.pages[path] = Page(feed(entry(10 - number), more=says))
    (result,) = take(house, house.publisher.url("/feed"))
    assert (result.tally.added, result.error) == (2, None)  # behind the last it answers 404


def test_every_feed_of_a_list_is_taken_and_one_that_fails_hides_no_other(
    house: House, tmp_path: Path
) -> None:
    house.publisher.pages["/a"] = Page(feed(entry(1)))
    house.publisher.pages["/b"] = Page(feed(entry(2)))
    outlines = "".join(
        f'<outline text="Feed {name}" xmlUrl="{house.publisher.url(f"/{name}")}"/>'
        for name in ("a", "none", "b")
    )
    path = tmp_path / "list.opml"
    path.write_text(f"<opml version='2.0'><head/><body>{outlines}</body></opml>", encoding="utf-8")
    results = take(house, str(path))
    assert [result.tally.added for result in results] == [1, 0, 1]
    assert "404" in (results[1].error or "")
    results = take(house, str(path), every=True)
    assert [row.spec.name for row in house.service.store.sources()] == [
        "Feed a",
        "Feed b",
        "Feed none",
    ]


def test_what_others_tell_stays_when_the_first_is_imported_again(house: House) -> None:
    first = history(house, [1])
    news = house.publisher.url("/news")
    house.publisher.pages["/news"] = Page(feed(entry(1, guid="n1"), title="News"))
    take(house, first)
    (result,) = take(house, news)
    assert result.tally.credited == 1
    advert = entry(1, title="Buy these pills now", text="Pills of all colours " * 20)
    house.publisher.pages["/0"] = Page(feed(advert))
    take(house, first, dry_run=True)
    assert house.titles() == ["Story number 1 of them"]
    take(house, first)
    assert house.titles() == ["Buy these pills now", "Story number 1 of them"]


def test_a_page_leads_to_its_feed(house: House) -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/feed">'
    house.publisher.pages["/"] = Page(f"<html><head>{link}</head></html>".encode())
    house.publisher.pages["/feed"] = Page(feed(entry(1)))
    (result,) = take(house, house.publisher.url("/"))
    assert (result.url, result.tally.added) == (house.publisher.url("/feed"), 1)


def test_a_page_without_a_feed_says_so(house: House) -> None:
    house.publisher.pages["/"] = Page(b"<html><body>nothing</body></html>")
    with pytest.raises(NotAFeed, match="names no feed"):
        take(house, house.publisher.url("/"))


def test_an_export_of_wordpress_is_the_publisher_s_own(house: House, tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    path.write_text(_EXPORT, encoding="utf-8")
    (result,) = take(house, str(path))
    assert (result.tally.added, result.error) == (2, None)
    items = {item.title: item for item in house.service.store.items()[0]}
    assert items["Out"].source is None
    assert items["Out"].status is Status.PUBLISHED
    assert items["Out"].content_html == "<p>Words</p>"
    assert items["Not yet"].status is Status.DRAFT
    assert house.titles() == ["Out"]


def test_a_file_is_known_by_the_address_that_it_names(house: House, tmp_path: Path) -> None:
    url = house.publisher.url("/feed")
    body = feed(entry(1), more=f'<atom:link rel="self" href="{url}"/>')
    (tmp_path / "saved.xml").write_bytes(body)
    take(house, str(tmp_path / "saved.xml"))
    house.publisher.pages["/feed"] = Page(body)
    (result,) = take(house, url)
    assert (result.tally.added, result.tally.unchanged) == (0, 1)


def test_the_publisher_s_own_feed_gets_no_credit(house: House) -> None:
    take(house, history(house, [1]), own=True)
    assert house.service.store.items()[0][0].source is None


@pytest.mark.parametrize(
    ("what", "kind", "says"),
    [
        ("no-such-file", NotFound, "no such file"),
        ("http://10.0.0.1/feed", FeedsvcError, "not public"),
        ("http://[::1]/feed", FeedsvcError, "not public"),
    ],
)
def test_what_can_t_be_had_is_told(
    house: House, what: str, kind: type[Exception], says: str
) -> None:
    with pytest.raises(kind, match=says):
        take(house, what if "://" in what else f"/{what}")


def test_a_feed_that_is_not_there_takes_nothing(house: House) -> None:
    with pytest.raises(ConfigError, match="main"):
        take(house, history(house, [1]), into="nowhere")
    assert house.publisher.asked == []


def test_steps_are_told_as_they_are_done(house: House) -> None:
    steps: list[Step] = []
    url = history(house, [9, 8], [7])
    house.service.take_once(Wanted(url, SourceSpec(url)), steps.append)
    assert [step.number for step in steps] == [1, 2]
    assert steps[-1].tally.added == 3


def opml(*urls: str) -> bytes:
    outlines = "".join(f'<outline text="x" xmlUrl="{url}"/>' for url in urls)
    return f"<opml version='2.0'><head/><body>{outlines}</body></opml>".encode()


@pytest.mark.parametrize("every", [False, True])
def test_a_list_names_no_local_files(house: House, tmp_path: Path, every: bool) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_bytes(feed(entry(7)))
    house.publisher.pages["/a"] = Page(feed(entry(1)))
    named = [str(secret), secret.as_uri(), "../secret.xml", "/dev/zero"]
    house.publisher.pages["/list"] = Page(opml(*named, house.publisher.url("/a")))
    results = take(house, house.publisher.url("/list"), every=every)
    assert ["no http or https" in (result.error or "") for result in results] == [True] * 4 + [
        False
    ]
    assert len(house.service.store.sources()) == 1


def test_lists_in_lists_end(house: House) -> None:
    pages, url = house.publisher.pages, house.publisher.url
    pages["/a"] = Page(feed(entry(1)))
    pages["/0"] = Page(opml(url("/0"), url("/1"), url("/a"), url("/a")))
    pages["/1"] = Page(opml(url("/0"), url("/a"), url("/2")))
    pages["/2"] = Page(opml(url("/3")))
    results = take(house, url("/0"))
    feeds = [result for result in results if result.listed is None]
    assert [result.tally.added for result in feeds if result.error is None] == [1]
    assert [result.url for result in results if "inside a list" in (result.error or "")] == [
        url("/2")
    ]
    assert [asked.path for asked in house.publisher.asked] == ["/0", "/1", "/a", "/2"]


def test_a_history_of_nothing_new_ends_and_says_so(house: House) -> None:
    url = history(house, [1], *([1] for _ in range(20)), rel="next")
    (result,) = take(house, url)
    assert (result.tally.added, result.documents) == (1, 4)
    assert any("3 documents in a row" in note for note in result.tally.notes)


def test_a_file_without_an_address_can_t_be_polled(house: House, tmp_path: Path) -> None:
    (tmp_path / "saved.xml").write_bytes(feed(entry(1)))
    with pytest.raises(ImportFailed, match="without --every"):
        take(house, str(tmp_path / "saved.xml"), every=True)
    assert house.service.store.sources() == []


def test_whatever_is_stored_can_be_told(house: House) -> None:
    spec = SourceSpec("file:///tmp/x.xml", every=timedelta(days=400))
    row = house.service.store.make_source(spec, origin="cli", now=house.clock.now)
    assert source_object(row)["every"] == "400d"


def test_passwords_stand_in_no_result(house: House) -> None:
    url = house.publisher.url("/none").replace("http://", "http://me:secret@")
    house.publisher.pages["/list"] = Page(opml(url))
    (result,) = take(house, house.publisher.url("/list"))
    assert "secret" not in f"{result}"
    with pytest.raises(ImportFailed, match=r"\*\*\*@.*404: is the address right") as told:
        take(house, url)
    assert "secret" not in str(told.value)


def test_what_is_wanted_anew_of_a_source_is_changed_and_nothing_else(house: House) -> None:
    url = history(house, [1])
    house.source("/0", name="Mine", trust="review")
    take(house, url, into="main")
    spec = house.row().spec
    assert (spec.name, spec.into, spec.trust) == ("Mine", "main", "review")
    assert spec.every == timedelta(hours=1)
    take(house, url, every=True)
    assert house.row().spec.every == timedelta(minutes=30)


_EXPORT = """<?xml version="1.0"?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>Blog</title><link>https://blog.example</link><wp:wxr_version>1.2</wp:wxr_version>
<item><title>Out</title><link>https://blog.example/out</link>
<guid isPermaLink="false">https://blog.example/?p=1</guid><content:encoded>Words</content:encoded>
<wp:post_id>1</wp:post_id><wp:post_date_gmt>2020-01-02 03:04:05</wp:post_date_gmt>
<wp:status>publish</wp:status><wp:post_type>post</wp:post_type></item>
<item><title>Not yet</title><link>https://blog.example/?p=2</link>
<guid isPermaLink="false">https://blog.example/?p=2</guid><content:encoded>Draft</content:encoded>
<wp:post_id>2</wp:post_id><wp:post_date_gmt>0000-00-00 00:00:00</wp:post_date_gmt>
<wp:status>draft</wp:status><wp:post_type>post</wp:post_type></item>
</channel></rss>
"""


@pytest.mark.parametrize(
    ("title", "text", "kept"),
    [
        ("Just words", "Just words", ""),
        ("Just other words", "Just words", "Just other words"),
        (f"{'word ' * 10}word…", "word " * 40, ""),
        (f"{'word ' * 11}", "word " * 40, "word " * 10 + "word"),
        ("A title", "", "A title"),
    ],
)
def test_of_the_publisher_s_own_first_words_are_no_title(
    house: House, title: str, text: str, kept: str
) -> None:
    words = f"&lt;p&gt;{text}&lt;/p&gt;" if text else ""
    item = f"<item><guid>x</guid><title>{title}</title><description>{words}</description></item>"
    house.publisher.pages["/feed"] = Page(feed(item))
    take(house, house.publisher.url("/feed"), own=True)
    (own,) = house.service.store.items()[0]
    assert own.title == kept
    assert shown_title(own) == title.strip()
    (again,) = take(house, house.publisher.url("/feed"), own=True)
    assert (again.tally.unchanged, again.tally.effects) == (1, 0)
