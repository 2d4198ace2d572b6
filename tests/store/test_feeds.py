"""The contract on feeds: who is in which, tombstones, states. Runs on every database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from samples import NOW, SITE
from store.desk import BEGINNING, MAIN, NEWS, Desk, an_item

from feedsvc.model import Author, Category, Item, Source, Status, Terms, Where
from feedsvc.store import FeedSpec, FeedState, Put, Withdraw

HELD = FeedSpec("main", hold=timedelta(minutes=10))
ADesk = Callable[..., Desk]


def state_of(desk: Desk, key: str) -> FeedState:
    state = desk.store.feed_state(key)
    assert state is not None
    return state


@pytest.mark.parametrize(
    ("where", "taken"),
    [
        (Where(), "abcde"),
        (Where(all=Terms(tags=("News", "cats"))), "b"),
        (Where(any=Terms(tags=("cats",), authors=("ada  lovelace",))), "bc"),
        (Where(none=Terms(tags=("news",))), "cde"),
        (Where(all=Terms(languages=("zh",))), "d"),
        (Where(any=Terms(sources=("https://else.example/feed",))), "e"),
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
        assert (state_of(desk, key).label, state_of(desk, key).count) == (label, 1)
    assert state_of(desk, "tag:ac-dc").guid == "tag:example.org,2026-11-22:tags/ac-dc"
    assert state_of(desk, "author:ada-lovelace").guid == (
        "tag:example.org,2026-11-22:authors/ada-lovelace"
    )
    assert [state.key for state in desk.store.feed_states("tag")] == ["tag:ac-dc", "tag:big-cats"]
    assert [state.key for state in desk.store.feed_states("author")] == ["author:ada-lovelace"]
    assert [state.key for state in desk.store.feed_states("feed")] == ["main"]
    # The label stays as first written.
    desk.put(title="More", categories=(Category("BIG CATS"),))
    assert state_of(desk, "tag:big-cats").label == "Big  Cats"


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
    before = state_of(desk, "main")
    assert desk.store.tick(desk.now) == 1
    assert desk.titles() == desk.titles("tag:news") == ["Held, mended"]
    assert state_of(desk, "main").revision == desk.store.revision() > before.revision
    assert state_of(desk, "main").changed_at > before.changed_at
    # An edit does not hold it again.
    desk.put(an_item("news", title="Again"), replaces=guid)
    assert desk.titles() == ["Again"]


def test_who_was_never_let_in_leaves_no_tombstone(a_desk: ADesk) -> None:
    desk = a_desk(HELD)
    guid = desk.put(an_item("news")).guid
    before = state_of(desk, "main")
    desk.later(minutes=5)
    desk.withdraw(str(guid))
    desk.later(minutes=10)
    assert desk.store.tick(desk.now) == 0
    assert desk.store.next_due() is None
    assert (desk.titles(), desk.gone(), desk.gone("tag:news")) == ([], [], [])
    assert state_of(desk, "main") == before


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
    new = state_of(desk, "main")
    assert (new.label, new.count, new.ended) == ("main", 0, False)
    assert new.guid == "tag:example.org,2026-11-22:feeds/main"
    assert new.created_at == new.changed_at == NOW
    desk.put()
    assert (state_of(desk, "main").count, state_of(desk, "main").guid) == (1, new.guid)
    assert desk.store.feed_state("nix") is None
    assert desk.store.feed_state("tag:nix") is None


def test_a_feeds_time_never_stands_still_or_goes_back(desk: Desk) -> None:
    seen = [state_of(desk, "main")]
    for hours in (0, 0, -5, 0, 9):
        desk.later(hours=hours)
        desk.put(title=f"{hours}")
        seen.append(state_of(desk, "main"))
    for before, after in pairwise(seen):
        assert after.changed_at > before.changed_at
        assert after.revision > before.revision
    assert seen[-1].changed_at == desk.now


def test_a_feed_moves_only_when_its_readers_can_tell(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, NEWS)
    desk.put(an_item("news", title="News"))
    news, cats = state_of(desk, "news"), state_of(desk, "tag:news")
    guid = desk.put(an_item("other")).guid
    desk.put(an_item("other", title="Edited"), replaces=guid)
    desk.withdraw(str(guid))
    desk.put(title="Draft", status=Status.DRAFT)
    assert (state_of(desk, "news"), state_of(desk, "tag:news")) == (news, cats)


def test_a_batch_is_one_step_of_counts(desk: Desk) -> None:
    outcomes = desk.store.apply([Put(an_item("a", title=f"{n}")) for n in range(700)], desk.now)
    assert (state_of(desk, "main").count, state_of(desk, "tag:a").count) == (700, 700)
    assert state_of(desk, "main").revision == outcomes[-1].revision == desk.store.revision()
    desk.store.apply([Withdraw(str(outcome.guid)) for outcome in outcomes[:600]], desk.now)
    assert (state_of(desk, "main").count, len(desk.gone())) == (100, 600)


# Declaring


def test_declaring_the_same_again_writes_nothing(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, NEWS, HELD)  # the last of one name counts
    before = desk.store.data_version()
    desk.later(hours=1)
    desk.declare(NEWS, HELD)
    assert desk.store.data_version() == before


def test_another_where_moves_the_items(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, NEWS)
    news, cats = desk.put(an_item("news", title="News")), desk.put(an_item("cats", title="Cats"))
    desk.put(title="Draft", status=Status.DRAFT)
    desk.later(hours=1)
    before = state_of(desk, "news"), state_of(desk, "main")
    desk.declare(MAIN, FeedSpec("news", Where(any=Terms(tags=("cats",)))))
    assert (desk.titles("news"), desk.gone("news")) == (["Cats"], [news.guid])
    assert state_of(desk, "news").changed_at == desk.now > before[0].changed_at
    assert state_of(desk, "main") == before[1]
    desk.declare(MAIN, NEWS)
    assert (desk.titles("news"), desk.gone("news")) == (["News"], [cats.guid])


def test_a_where_of_words_looks_at_texts_that_are_there(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, NEWS)
    desk.put(title="It", content_html="<p>Many words</p>")
    desk.declare(MAIN, FeedSpec("news", Where(any=Terms(text=("many words",)))))
    assert desk.titles("news") == ["It"]
    assert "<p>Many words</p>" in [
        item.content_html for item in desk.store.entries("news", limit=5)
    ]
    assert len(desk.store.search("many", limit=5)) == 1


def test_what_a_feed_is_about_changes_it_and_moves_nobody(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, NEWS)
    desk.put(an_item("cats", "news"))
    keys = ("main", "news", "tag:cats")
    before = {key: state_of(desk, key) for key in keys}
    desk.declare(MAIN, replace(NEWS, about="a new title"))
    after = {key: state_of(desk, key) for key in keys}
    assert after["news"].revision > before["news"].revision
    assert after["news"].changed_at > before["news"].changed_at
    assert (after["main"], after["tag:cats"]) == (before["main"], before["tag:cats"])
    # Feeds of tags and authors say what main says.
    desk.declare(replace(MAIN, about="a new site"), replace(NEWS, about="a new title"))
    for key in ("main", "tag:cats"):
        assert state_of(desk, key).revision > after[key].revision
        assert state_of(desk, key).changed_at > after[key].changed_at
        assert state_of(desk, key).count == 1
    desk.later(hours=1)
    desk.declare(MAIN, NEWS)
    assert state_of(desk, "tag:cats").changed_at == desk.now


def test_a_new_feed_takes_in_what_is_there(desk: Desk) -> None:
    desk.put(an_item("news", title="News"))
    desk.put(an_item("cats", title="Cats"))
    desk.declare(MAIN, NEWS)
    assert desk.titles("news") == ["News"]
    assert desk.titles() == ["Cats", "News"]


def test_another_where_of_main_moves_tags_too(desk: Desk) -> None:
    guid = desk.put(an_item("news", "cats")).guid
    desk.declare(FeedSpec("main", Where(none=Terms(tags=("news",)))))
    assert (desk.titles(), desk.titles("tag:cats")) == ([], [])
    assert desk.gone() == desk.gone("tag:cats") == [guid]
    desk.declare(MAIN)
    assert desk.titles("tag:cats") == ["An item"]
    assert desk.gone("tag:cats") == []


def test_a_feed_no_longer_declared_is_ended(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, NEWS)
    guid = desk.put(an_item("news", title="News")).guid
    before = state_of(desk, "news")
    desk.declare(MAIN)
    state = state_of(desk, "news")
    assert (state.ended, state.count, desk.titles("news")) == (True, 0, [])
    assert state.changed_at > before.changed_at
    assert desk.gone("news") == [guid]
    assert desk.titles() == ["News"]
    assert desk.put(feeds=("news",)).kind == "refused"
    desk.declare(MAIN, NEWS)
    state = state_of(desk, "news")
    assert (state.ended, state.count, state.guid) == (False, 1, before.guid)
    assert desk.titles("news") == ["News"]


def test_one_of_two_feeds_alike_may_end(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, FeedSpec("twin"))
    desk.put(title="It")
    desk.declare(MAIN)
    assert (state_of(desk, "twin").ended, desk.titles()) == (True, ["It"])
    desk.declare(FeedSpec("twin"))
    assert (state_of(desk, "main").ended, desk.titles("twin")) == (True, ["It"])


def test_a_shorter_hold_lets_the_waiting_in(a_desk: ADesk) -> None:
    desk = a_desk(HELD)
    desk.put(title="It")
    desk.later(minutes=2)
    desk.declare(FeedSpec("main", hold=timedelta(minutes=5)))
    assert desk.store.next_due() == NOW + timedelta(minutes=5)
    desk.declare(FeedSpec("main", hold=timedelta(minutes=1)))
    assert desk.titles() == ["It"]
    desk.declare(HELD)
    assert desk.titles() == ["It"]  # who is in stays in


def test_a_hold_beyond_the_calendar_holds_for_ever(a_desk: ADesk) -> None:
    desk = a_desk(FeedSpec("main", hold=timedelta(days=999_999_999)))
    assert desk.put().kind == "added"
    assert desk.titles() == []


def test_many_items_are_redeclared(desk: Desk) -> None:
    changes = [Put(an_item("news" if n % 2 else "cats", title=f"{n}")) for n in range(1100)]
    desk.store.apply(changes, desk.now)
    desk.declare(MAIN, NEWS)
    assert state_of(desk, "news").count == 550


def test_guids_of_feeds_do_not_move_with_the_site(desk: Desk) -> None:
    desk.put(an_item("cats"))
    before = state_of(desk, "main").guid, state_of(desk, "tag:cats").guid
    assert before[0].startswith("tag:example.org,")
    desk.reopen(site_url=SITE.replace("example", "moved"))
    desk.put(an_item("cats", title="More"))
    assert (state_of(desk, "main").guid, state_of(desk, "tag:cats").guid) == before


def test_tombstones_are_asked_for_by_time(desk: Desk) -> None:
    guids = [str(desk.put(title=f"{n}").guid) for n in range(3)]
    for guid in guids:
        desk.later(hours=1)
        desk.withdraw(guid)
    found = desk.store.tombstones("main", since=desk.now - timedelta(hours=1))
    assert [stone.guid for stone in found] == [guids[2], guids[1]]
    assert found[0].when == desk.now.replace(microsecond=0)
    assert len(desk.store.tombstones("main", since=BEGINNING)) == 3
