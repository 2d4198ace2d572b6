"""The contract on feeds: who is in which, tombstones, states. Runs on every database."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from samples import NOW
from store.desk import BEGINNING, HELD, MAIN, NEWS, ADesk, Desk, an_item

from feedsvc.model import (
    Author,
    Category,
    Item,
    Source,
    Status,
    Via,
)
from feedsvc.store import FeedSpec, Put, Withdraw
from feedsvc.where import Terms, Where


@pytest.mark.parametrize(
    ("where", "taken"),
    [
        (Where(), "abcdef"),
        (Where(all=Terms(tags=("News", "cats"))), "b"),
        (Where(any=Terms(tags=("cats",), authors=("ada  lovelace",))), "bc"),
        (Where(none=Terms(tags=("news",))), "cdef"),
        (Where(all=Terms(languages=("zh",))), "d"),
        (Where(any=Terms(sources=("https://else.example/feed",))), "e"),
        (Where(any=Terms(sources=("else daily", "https://third.example/1"))), "f"),
        (Where(all=Terms(text=("WORDS",))), "a"),
    ],
)
def test_where_decides_who_is_in(a_desk: ADesk, where: Where, taken: str) -> None:
    desk = a_desk(MAIN, FeedSpec("some", where))
    desk.put(an_item("news", title="a", content_html="<p>some words</p>"))
    desk.put(an_item("news", "Cats", title="b"))
    desk.put(title="c", authors=(Author("Ada Lovelace"),))
    desk.put(title="d", language="zh-Hant")
    desk.put(title="e", source=Source(feed_url="https://else.example/feed"))
    desk.put(title="f", via=(Via("https://third.example/1", "Else Daily"),))
    assert sorted(desk.titles("some")) == list(taken)


def test_an_item_may_name_its_feeds(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, NEWS)
    desk.put(an_item("news", title="Both"))
    desk.put(an_item("news", title="Main alone", feeds=("main",)))
    desk.put(an_item(title="News alone", feeds=("news",)))
    assert desk.titles() == ["Main alone", "Both"]
    assert desk.titles("news") == ["News alone", "Both"]


def test_an_item_that_is_edited_out_of_a_feed_leaves_a_tombstone(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, NEWS)
    guid = desk.put(an_item("news", title="It")).guid
    desk.put(an_item("cats", title="It"), replaces=guid)
    assert (desk.titles("news"), desk.gone("news")) == ([], [guid])
    assert (desk.titles("tag:news"), desk.gone("tag:news")) == ([], [guid])
    assert (desk.titles(), desk.gone()) == (["It"], [])
    assert desk.titles("tag:cats") == ["It"]
    desk.put(an_item("news", title="It"), replaces=guid)
    assert (desk.titles("news"), desk.gone("news")) == (["It"], [])


@pytest.mark.parametrize("status", [Status.DRAFT, Status.REVIEW, Status.WITHDRAWN])
def test_only_published_items_are_in_feeds(desk: Desk, status: Status) -> None:
    guid = desk.put(title="Out").guid
    desk.put(title="Out", status=status, replaces=guid)
    assert (desk.titles(), desk.gone()) == ([], [guid])
    desk.put(title="Never", status=status)
    assert (desk.titles(), desk.gone()) == ([], [guid])


# Order


def test_newest_come_first_and_equals_by_arrival(desk: Desk) -> None:
    for title, hours in (("b", -2), ("a", -3), ("d1", -1), ("d2", -1)):
        desk.put(title=title, published=NOW + timedelta(hours=hours))
    assert desk.titles() == ["d2", "d1", "b", "a"]
    entries = desk.store.entries("main", limit=2, offset=1)
    assert [item.title for item in entries] == ["d1", "b"]


def test_an_edit_moves_an_item_to_its_new_date_only(desk: Desk) -> None:
    guid = desk.put(title="a", published=NOW - timedelta(hours=3)).guid
    desk.put(title="b", published=NOW - timedelta(hours=2))
    desk.put(title="a edited", replaces=guid)
    assert desk.titles() == ["b", "a edited"]
    desk.put(title="a moved", replaces=guid, published=NOW - timedelta(hours=1))
    assert desk.titles() == ["a moved", "b"]


# Tags and authors


def test_tags_and_authors_have_feeds_of_their_own(desk: Desk) -> None:
    desk.put(
        title="It",
        categories=(Category("Big  Cats"), Category("big cats"), Category("AC/DC")),
        authors=(Author("Ada Lovelace", "ada@example.org"),),
    )
    for key, label in (
        ("tag:big-cats", "Big  Cats"),
        ("tag:ac-dc", "AC/DC"),
        ("author:ada-lovelace", "Ada Lovelace"),
    ):
        assert desk.titles(key) == ["It"]
        assert (desk.state(key).label, desk.state(key).count) == (label, 1)
    assert desk.state("tag:ac-dc").guid == "tag:example.org,2026-11-22:tags/ac-dc"
    assert desk.state("author:ada-lovelace").guid == (
        "tag:example.org,2026-11-22:authors/ada-lovelace"
    )
    assert [state.key for state in desk.store.feed_states("tag")] == ["tag:ac-dc", "tag:big-cats"]
    assert [state.key for state in desk.store.feed_states("author")] == ["author:ada-lovelace"]
    assert [state.key for state in desk.store.feed_states("feed")] == ["main"]
    # The label stays as first written.
    desk.put(title="More", categories=(Category("BIG CATS"),))
    assert desk.state("tag:big-cats").label == "Big  Cats"


@pytest.mark.parametrize(
    "item",
    [
        an_item("cats", feeds=("news",)),
        an_item("cats", status=Status.DRAFT),
        an_item("cats", published=NOW + timedelta(days=1)),
        an_item("cats", "unwanted"),
    ],
    ids=["not for main", "draft", "scheduled", "kept out by where"],
)
def test_tag_feeds_hold_nothing_that_main_does_not(a_desk: ADesk, item: Item) -> None:
    desk = a_desk(FeedSpec("main", Where(none=Terms(tags=("unwanted",)))), NEWS)
    desk.put(item)
    assert desk.titles("tag:cats") == []
    assert desk.store.search("item", limit=5) == []


def test_an_item_that_leaves_main_leaves_its_tags(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, NEWS)
    guid = desk.put(an_item("cats", authors=(Author("Ada"),))).guid
    desk.put(an_item("cats", authors=(Author("Ada"),), feeds=("news",)), replaces=guid)
    for key in ("main", "tag:cats", "author:ada"):
        assert (desk.titles(key), desk.gone(key)) == ([], [guid])
    assert desk.titles("news") == ["An item"]


def test_a_tag_too_long_for_an_address_makes_no_feed(desk: Desk) -> None:
    assert desk.put(an_item("x" * 5000, "y" * 900, " ")).kind == "added"
    assert [state.label for state in desk.store.feed_states("tag")] == ["y" * 900]


# Hold


def test_a_hold_keeps_an_item_back_for_a_while(a_desk: ADesk) -> None:
    desk = a_desk(HELD, NEWS)
    guid = desk.put(an_item("news", title="Held")).guid
    assert (desk.titles(), desk.titles("tag:news")) == ([], [])
    assert desk.titles("news") == ["Held"]
    assert desk.store.next_due() == NOW + timedelta(minutes=10)
    desk.later(minutes=5)
    desk.put(an_item("news", title="Held, mended"), replaces=guid)
    assert desk.store.tick(desk.now) == 0
    desk.later(minutes=5)
    before = desk.state()
    assert desk.store.tick(desk.now) == 1
    assert desk.titles() == desk.titles("tag:news") == ["Held, mended"]
    assert desk.state().revision == desk.store.revision() > before.revision
    assert desk.state().changed_at > before.changed_at
    # An edit does not hold it again.
    desk.put(an_item("news", title="Again"), replaces=guid)
    assert desk.titles() == ["Again"]


def test_who_was_never_let_in_leaves_no_tombstone(a_desk: ADesk) -> None:
    desk = a_desk(HELD)
    guid = desk.put(an_item("news")).guid
    before = desk.state()
    desk.later(minutes=5)
    desk.withdraw(str(guid))
    desk.later(minutes=10)
    assert desk.store.tick(desk.now) == 0
    assert desk.store.next_due() is None
    assert (desk.titles(), desk.gone(), desk.gone("tag:news")) == ([], [], [])
    assert desk.state() == before


def test_who_comes_back_waits_again_and_its_tombstone_stays_meanwhile(a_desk: ADesk) -> None:
    desk = a_desk(HELD)
    guid = desk.put(title="It").guid
    desk.later(minutes=10)
    desk.store.tick(desk.now)
    desk.withdraw(str(guid))
    desk.later(minutes=1)
    desk.put(title="It", replaces=guid)
    assert (desk.titles(), desk.gone()) == ([], [guid])
    desk.withdraw(str(guid))
    assert desk.store.next_due() is None
    desk.put(title="It", replaces=guid)
    desk.later(minutes=10)
    assert desk.store.tick(desk.now) == 1
    assert (desk.titles(), desk.gone()) == (["It"], [])


def test_a_scheduled_item_is_held_from_its_date_on(a_desk: ADesk) -> None:
    desk = a_desk(HELD)
    desk.put(title="Later", published=NOW + timedelta(days=1))
    desk.later(days=1)
    assert desk.store.tick(desk.now) == 1
    assert desk.titles() == []
    assert desk.store.next_due() == desk.now + timedelta(minutes=10)
    desk.later(minutes=10)
    assert desk.store.tick(desk.now) == 1
    assert desk.titles() == ["Later"]


# States


def test_a_state_says_all_about_a_feed(desk: Desk) -> None:
    new = desk.state()
    assert (new.label, new.count, new.ended) == ("main", 0, False)
    assert new.guid == "tag:example.org,2026-11-22:feeds/main"
    assert new.created_at == new.changed_at == NOW
    desk.put()
    assert (desk.state().count, desk.state().guid) == (1, new.guid)
    assert desk.store.feed_state("nix") is None
    assert desk.store.feed_state("tag:nix") is None


def test_a_feeds_time_never_stands_still_or_goes_back(desk: Desk) -> None:
    seen = [desk.state()]
    for hours in (0, 0, -5, 0, 9):
        desk.later(hours=hours)
        desk.put(title=f"{hours}")
        seen.append(desk.state())
    for before, after in pairwise(seen):
        assert after.changed_at > before.changed_at
        assert after.revision > before.revision
    assert seen[-1].changed_at == desk.now


def test_a_feed_moves_only_when_its_readers_can_tell(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, NEWS)
    desk.put(an_item("news", title="News"))
    news, cats = desk.state("news"), desk.state("tag:news")
    guid = desk.put(an_item("other")).guid
    desk.put(an_item("other", title="Edited"), replaces=guid)
    desk.withdraw(str(guid))
    desk.put(title="Draft", status=Status.DRAFT)
    assert (desk.state("news"), desk.state("tag:news")) == (news, cats)


def test_a_batch_is_one_step_of_counts(desk: Desk) -> None:
    outcomes = desk.store.apply([Put(an_item("a", title=f"{n}")) for n in range(700)], desk.now)
    assert (desk.state().count, desk.state("tag:a").count) == (700, 700)
    assert desk.state().revision == outcomes[-1].revision == desk.store.revision()
    desk.store.apply([Withdraw(str(outcome.guid)) for outcome in outcomes[:600]], desk.now)
    assert (desk.state().count, len(desk.gone())) == (100, 600)


def test_tombstones_are_asked_for_by_time(desk: Desk) -> None:
    guids = [str(desk.put(title=f"{n}").guid) for n in range(3)]
    for guid in guids:
        desk.later(hours=1)
        desk.withdraw(guid)
    found = desk.store.tombstones("main", since=desk.now - timedelta(hours=1))
    assert [stone.guid for stone in found] == [guids[2], guids[1]]
    assert found[0].when == desk.now.replace(microsecond=0)
    assert len(desk.store.tombstones("main", since=BEGINNING)) == 3
