"""Deltas (RFC 3229): who is sent what is new alone, and what that is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta

import pytest
from publish.desk import FORMATS, SETTINGS, Desk, an_item, parsed, titles

from feedsvc.formats.check import check
from feedsvc.model import Category
from feedsvc.publish.document import Document, Format, Target
from feedsvc.store import Put

LIVE = Target("live", "main", "rss")


@pytest.fixture
def guids(desk: Desk) -> list[str]:
    """Four items in a feed that shows three."""
    return desk.put_many(1, 4)


def delta(desk: Desk, base: str, target: Target = LIVE) -> Document | None:
    return desk.service.documents.delta(target, base)


@pytest.mark.parametrize("form", FORMATS)
def test_only_what_is_new(desk: Desk, guids: list[str], form: Format) -> None:
    target = Target("live", "main", form)
    base = desk.head(target)
    desk.put(an_item(5))
    made = delta(desk, base, target)
    assert made is not None
    assert titles(made) == ["Title 5"]
    whole = desk.made(target)
    assert made.head.etag == whole.head.etag
    assert made.head.last_modified == whole.head.last_modified
    assert made.head.media_type == whole.head.media_type
    assert len(made.body()) < len(whole.body())
    feed, same = parsed(made).feed, parsed(whole).feed
    assert (feed.id, feed.title, feed.ttl) == (same.id, same.title, same.ttl)
    assert not feed.complete
    assert not feed.archive
    assert feed.link("prev-archive") is None
    url = f"https://example.org/feeds/main.{form}"
    assert check(made.body(), content_type=made.head.media_type, url=url) == []


def put(number: int) -> Callable[[Desk, list[str]], object]:
    return lambda desk, guids: desk.put(an_item(number))


def edit(number: int, title: str) -> Callable[[Desk, list[str]], object]:
    return lambda desk, guids: desk.put(an_item(number, guid=guids[number - 1], title=title))


def withdraw(number: int) -> Callable[[Desk, list[str]], object]:
    return lambda desk, guids: desk.withdraw(guids[number - 1])


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("changes", "news", "gone"),
    [
        ([put(5)], ["Title 5"], []),
        ([put(5), put(6)], ["Title 6", "Title 5"], []),
        # More than the feed itself shows: what fell out of it since is new too.
        (
            [put(5), put(6), put(7), put(8), put(9)],
            ["Title 9", "Title 8", "Title 7", "Title 6", "Title 5"],
            [],
        ),
        ([edit(4, "Edited")], ["Edited"], []),
        ([edit(1, "Edited")], ["Edited"], []),  # it stands in an archive page
        ([edit(4, "Once"), edit(4, "Twice")], ["Twice"], []),
        ([withdraw(4)], [], [4]),
        ([withdraw(1)], [], [1]),
        ([withdraw(4), put(5)], ["Title 5"], [4]),
        ([edit(4, "Edited"), withdraw(4)], [], [4]),
        ([withdraw(4), edit(4, "Back")], ["Back"], []),
        ([put(5), withdraw(3), edit(2, "Edited")], ["Title 5", "Edited"], [3]),
    ],
)
def test_what_is_in_a_delta(
    desk: Desk,
    guids: list[str],
    form: Format,
    changes: list[Callable[[Desk, list[str]], object]],
    news: list[str],
    gone: list[int],
) -> None:
    target = Target("live", "main", form)
    base = desk.head(target)
    for change in changes:
        change(desk, guids)
    made = delta(desk, base, target)
    assert made is not None
    assert titles(made) == news
    assert [stone.guid for stone in parsed(made).tombstones] == [guids[one - 1] for one in gone]
    assert made.head.etag == desk.head(target)


def unknown(desk: Desk, guids: list[str]) -> dict[str, str]:
    """ETags that are no base of main's RSS."""
    etag = desk.head(LIVE)
    return {
        "none": "",
        "garbage": '"0123456789abcdef"',
        "any": "*",
        "huge": f'"{"9" * 10_000}"',
        "changed": etag.replace(etag[2], "1" if etag[2] != "1" else "2", 1),
        "another form": desk.head(Target("live", "main", "atom")),
        "another feed": desk.head(Target("live", "short", "rss")),
        "a tag": desk.head(Target("live", "tag:tag", "rss")),
        "an archive page": desk.head(Target("archive", "main", "rss", 1)),
        "a search": desk.head(Target("search", "words", "rss")),
    }


@pytest.mark.parametrize(
    "name",
    ["none", "garbage", "any", "huge", "changed", "another form", "another feed", "a tag",
     "an archive page", "a search"],
)  # fmt: skip
def test_an_unknown_base_gets_the_whole(desk: Desk, name: str) -> None:
    guids = desk.put_many(1, 6, categories=(Category("tag"),))
    base = unknown(desk, guids)[name]
    desk.put(an_item(7))
    assert delta(desk, base) is None


@pytest.mark.parametrize("dress", ["{}", "W/{}", '{0[0]}-gzip"', '{0[0]}-br"', 'W/{0[0]}--zstd"'])
def test_a_known_one_in_any_dress(desk: Desk, guids: list[str], dress: str) -> None:
    etag = desk.head(LIVE)
    base = dress.format([etag[:-1]]) if "0[0]" in dress else dress.format(etag)
    desk.put(an_item(5))
    made = delta(desk, base)
    assert made is not None
    assert titles(made) == ["Title 5"]


def test_the_present_one_has_no_delta(desk: Desk, guids: list[str]) -> None:
    assert delta(desk, desk.head(LIVE)) is None


def test_one_that_is_too_old_gets_the_whole(desk: Desk, guids: list[str]) -> None:
    base = desk.head(LIVE)
    desk.clock += timedelta(days=29)
    desk.put(an_item(5))
    assert delta(desk, base) is not None
    desk.clock += timedelta(days=2)
    desk.put(an_item(6))
    assert delta(desk, base) is None


def test_more_than_500_entries_are_sent_whole(desk: Desk, guids: list[str]) -> None:
    """Whatever the size of the feed, which shows three."""
    base = desk.head(LIVE)
    desk.clock += timedelta(seconds=1)
    desk.service.store.apply([Put(an_item(n)) for n in range(5, 505)], desk.clock)
    made = delta(desk, base)
    assert made is not None
    assert made.body().count(b"<item>") == 500
    desk.put(an_item(505))
    assert delta(desk, base) is None


def test_more_bytes_than_the_feed_may_have_are_sent_whole(desk: Desk) -> None:
    target = Target("live", "small", "atom")
    desk.put(an_item(1))
    base = desk.head(target)
    for number in range(2, 7):
        desk.put(an_item(number, content_html="<p>" + "long " * 800 + "</p>"))
        made = delta(desk, base, target)
        assert (made is not None) == (number < 5), number
        assert made is None or len(made.body()) <= 16_384


def test_a_store_that_was_put_back_knows_no_base_of_its_lost_future(desk: Desk) -> None:
    desk.put(an_item(1))
    desk.service.close()
    backup = desk.database.with_suffix(".backup")
    shutil.copyfile(desk.database, backup)
    desk.service = desk.opened()
    old = desk.head(LIVE)
    desk.put(an_item(2))
    lost = desk.head(LIVE)
    desk.service.close()
    shutil.copyfile(backup, desk.database)
    for suffix in ("-wal", "-shm"):
        desk.database.with_name(desk.database.name + suffix).unlink(missing_ok=True)
    desk.service = desk.opened()
    assert desk.head(LIVE) == old
    assert delta(desk, lost) is None  # of a time to come
    desk.put(an_item(3))
    assert delta(desk, lost) is None  # its number is another state's now
    assert desk.head(LIVE) != lost
    desk.put(an_item(4))
    assert delta(desk, lost) is None
    made = delta(desk, old)
    assert made is not None
    assert titles(made) == ["Title 4", "Title 3"]


def test_a_feed_may_do_without(desk: Desk, guids: list[str]) -> None:
    desk.reopen(SETTINGS.replace("page_size = 3", "page_size = 3\ndelta = false"))
    base = desk.head(LIVE)
    desk.put(an_item(5))
    assert delta(desk, base) is None
    head = desk.service.documents.head(LIVE)
    assert head is not None
    assert not head.delta


def test_archives_searches_and_lists_have_none(desk: Desk, guids: list[str]) -> None:
    targets = [Target("archive", "main", "rss", 1), Target("search", "words"), Target("opml", "")]
    bases = [desk.head(target) for target in targets]
    desk.withdraw(guids[0])
    for target, base in zip(targets, bases, strict=True):
        assert delta(desk, base, target) is None


def test_it_is_made_once(desk: Desk, guids: list[str]) -> None:
    base = desk.head(LIVE)
    desk.put(an_item(5))
    made = delta(desk, base)
    assert delta(desk, base) is made
    assert delta(desk, f"W/{base}") is made
    desk.put(an_item(6, feeds=("short",)))
    assert delta(desk, base) is made
    desk.put(an_item(7))
    assert delta(desk, base) is not made


def test_feeds_of_tags_have_deltas_too(desk: Desk) -> None:
    target = Target("live", "tag:tag", "json")
    desk.put(an_item(1, categories=(Category("tag"),)))
    base = desk.head(target)
    desk.put(an_item(2, categories=(Category("tag"),)))
    made = delta(desk, base, target)
    assert made is not None
    assert titles(made) == ["Title 2"]
