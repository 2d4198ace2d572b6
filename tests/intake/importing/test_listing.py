"""A list of feeds with faults of its own: each is told with where and why, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from intake.importing.conftest import House
from intake.importing.publisher import Page, entry, feed
from intake.importing.test_once import take

from feedsvc.formats.opmlreader import Listed
from feedsvc.intake.importing import listing, once
from feedsvc.intake.importing.orders import Result, Wanted
from feedsvc.store import SourceSpec


def listed(house: House, *outlines: str, path: str = "/list") -> str:
    """The address of a list with these outlines; ``{}`` in them is the publisher's."""
    body = "".join(outlines).replace("{}", house.publisher.url(""))
    text = f"<opml version='2.0'><head><title>Mine</title></head><body>{body}</body></opml>"
    house.publisher.pages[path] = Page(text.encode())
    return house.publisher.url(path)


def notes(results: list[Result]) -> list[str]:
    """Of the list itself, which comes last."""
    assert results[-1].listed is not None
    return results[-1].tally.notes


@pytest.mark.parametrize("every", [False, True])
def test_an_outline_without_an_address_is_a_failure_that_says_where(
    house: House, every: bool
) -> None:
    house.publisher.pages["/a"] = Page(feed(entry(1)))
    url = listed(
        house,
        '<outline text="Science"><outline type="rss" text="Lost"/></outline>',
        '<outline text="Empty" xmlUrl=""/>',
        '<outline text="File" xmlUrl="/etc/passwd"/>',
        '<outline text="a note"/>',
        '<outline text="A" xmlUrl="{}/a"/>',
    )
    results = take(house, url, every=every)
    assert [(one.url, one.error) for one in results] == [
        (url, "'Lost' in Science calls itself a feed and names no address (xmlUrl)"),
        (url, "'Empty' calls itself a feed and names no address (xmlUrl)"),
        (
            "/etc/passwd",
            "'File': /etc/passwd is no http or https address, which is all that a list may name",
        ),
        (house.publisher.url("/a"), None),
    ]


def test_what_is_listed_twice_is_taken_once_and_told(house: House) -> None:
    house.publisher.pages["/a"] = Page(feed(entry(1)))
    url = listed(
        house,
        '<outline text="main"><outline text="One" xmlUrl="{}/a"/></outline>',
        '<outline text="Two" xmlUrl="{}/a"/>',
        '<outline text="More" xmlUrl="{}/more"/>',
    )
    listed(house, '<outline text="Three" xmlUrl="{}/a"/>', path="/more")
    results = take(house, url, feeds=("main",))
    assert [one.tally.added for one in results] == [1, 0, 0]
    a = house.publisher.url("/a")
    assert notes(results) == [f"'Two': {a} is that of 'One' in main too, and is taken once"]
    assert notes(results[:2]) == [f"'Three': {a} is in a list before this too, and is taken once"]
    assert [one.path for one in house.publisher.asked].count("/a") == 1


def test_a_source_that_is_there_stays_as_it_is_and_is_told(house: House) -> None:
    row = house.source("/a", name="Ours", trust="review")
    url = listed(house, '<outline text="A" xmlUrl="{}/a"/>', '<outline text="B" xmlUrl="{}/b"/>')
    for dry_run in (True, False):
        old, new = take(house, url, every=True, into="main", dry_run=dry_run)
        assert (old.before, old.source and old.source.spec) == (row.spec, row.spec)
        assert (new.before, new.source is None) == (None, dry_run)
    assert [one.spec.name for one in house.service.store.sources()] == ["B", "Ours"]


def test_broken_lists_are_read_as_far_as_they_go_and_say_so(house: House) -> None:
    house.publisher.pages["/a"] = Page(feed(entry(1)))
    url = listed(house, '<outline text="A & B" xmlUrl="{}/a"/>')
    results = take(house, url)
    assert [one.tally.added for one in results] == [1, 0]
    (note,) = notes(results)
    assert "XML is broken and was mended" in note


def test_folders_called_like_feeds_here_say_where_the_items_go(
    house: House, tmp_path: Path
) -> None:
    outlines = (
        '<outline text="planet"><outline text="A" xmlUrl="{}/a"/>'
        '<outline text="Deep"><outline text="B" xmlUrl="{}/b"/></outline></outline>'
        '<outline text="Else"><outline text="Deep"><outline text="C" xmlUrl="{}/c"/></outline>'
        "</outline>"
    )
    url = listed(house, outlines)
    results = take(house, url, every=True, feeds=("main", "planet"))
    into = {row.spec.name: row.spec.into for row in house.service.store.sources()}
    assert into == {"A": "planet", "B": "planet", "C": None}
    (note,) = notes(results)
    assert note.startswith("these folders are no feeds here, and were not kept: Else / Deep;")
    for row in house.service.store.sources():
        house.service.store.end_source(row.id, house.clock.now)
    assert len(take(house, url, every=True, feeds=("main", "planet"), into="main")) == 3
    assert {row.spec.into for row in house.service.store.sources()} == {"main"}


def test_a_list_that_is_too_long_says_how_much_was_left_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(once, "_MOST_FEEDS", 3)
    url = listed(house, *(f'<outline text="x" xmlUrl="{{}}/{n}"/>' for n in range(5)))
    results = take(house, url, every=True)
    assert [one.error for one in results] == [
        *[None] * 3,
        f"more than 3 feeds in all: 2 outlines were left out, from {house.publisher.url('/3')} on",
    ]


def test_passwords_stand_in_no_note() -> None:
    one = Listed("https://me:secret@a.example/", "A")
    told = listing.Notes(listed={one.url: one})
    told.again(replace(one, title=""))
    assert list(told.told(None)) == [
        "'https://***@a.example/': https://***@a.example/ is that of 'A' too, and is taken once"
    ]
    assert listing.fault_of(replace(one, url="ftp://me:secret@a.example/", title="")) == (
        "'ftp://***@a.example/': ftp://***@a.example/ is no http or https address, which is all "
        "that a list may name"
    )


def test_what_is_wanted_otherwise_of_a_source_is_told(house: House) -> None:
    house.publisher.pages["/a"] = Page(feed(entry(1)))
    url = house.publisher.url("/a")
    before = house.source("/a", name="Ours").spec
    wanted = Wanted(url, SourceSpec(url, into="main"), dry_run=True)
    for dry_run in (True, False):
        (result,) = house.service.take_once(replace(wanted, dry_run=dry_run), lambda _step: None)
        assert (result.before, result.source and result.source.spec.into) == (before, "main")
        assert (house.row().spec.into == "main") is not dry_run
    (result,) = house.service.take_once(replace(wanted, dry_run=False), lambda _step: None)
    assert result.source
    assert result.before == result.source.spec
