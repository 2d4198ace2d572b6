"""The contract on declared feeds: what a changed configuration does. Runs on every database."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from samples import NOW, SITE
from store.desk import HELD, MAIN, NEWS, ADesk, Desk, an_item

from feedsvc.model import Status
from feedsvc.store import FeedSpec, Put, specs
from feedsvc.where import Terms, Where


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
    before = desk.state("news"), desk.state()
    desk.declare(MAIN, FeedSpec("news", Where(any=Terms(tags=("cats",)))))
    assert (desk.titles("news"), desk.gone("news")) == (["Cats"], [news.guid])
    assert desk.state("news").changed_at == desk.now > before[0].changed_at
    assert desk.state() == before[1]
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
    before = {key: desk.state(key) for key in keys}
    desk.declare(MAIN, replace(NEWS, about="a new title"))
    after = {key: desk.state(key) for key in keys}
    assert after["news"].revision > before["news"].revision
    assert after["news"].changed_at > before["news"].changed_at
    assert (after["main"], after["tag:cats"]) == (before["main"], before["tag:cats"])
    # Feeds of tags and authors say what main says.
    desk.declare(replace(MAIN, about="a new site"), replace(NEWS, about="a new title"))
    for key in ("main", "tag:cats"):
        assert desk.state(key).revision > after[key].revision
        assert desk.state(key).changed_at > after[key].changed_at
        assert desk.state(key).count == 1
    desk.later(hours=1)
    desk.declare(MAIN, NEWS)
    assert desk.state("tag:cats").changed_at == desk.now


def test_archive_pages_move_only_with_what_they_say(a_desk: ADesk) -> None:
    small = replace(MAIN, page_size=2)
    desk = a_desk(small)
    desk.put(an_item("cats"))
    for n in range(5):
        desk.put(title=f"{n}")
    for changed, moves in (
        (replace(small, max_bytes=100_000), False),
        (replace(small, page_size=3), False),
        (replace(small, notice="Read on."), False),
        (replace(small, ends=NOW + timedelta(days=9)), False),
        (replace(small, about="another title"), True),
    ):
        desk.declare(small)
        before = desk.state(), desk.state("tag:cats"), desk.store.page_state("main", 1)
        assert before[2] is not None
        desk.declare(changed)
        page = desk.store.page_state("main", 1)
        assert page is not None
        assert desk.state().revision > before[0].revision
        assert desk.state().changed_at > before[0].changed_at
        assert desk.state("tag:cats").changed_at > before[1].changed_at
        assert (page.revision > before[2].revision) is moves
        assert (page.changed_at > before[2].changed_at) is moves


def test_a_spec_is_read_as_it_was_written() -> None:
    spec = replace(NEWS, about="x", ends=NOW, notice="Read on.", formerly=("old",))
    assert specs.read("news", specs.written(spec)) == spec
    before = json.loads(specs.written(spec))
    del before["notice"]
    assert specs.read("news", json.dumps(before)) == replace(spec, notice="")


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
    before = desk.state("news")
    desk.declare(MAIN)
    state = desk.state("news")
    assert (state.ended, state.count, desk.titles("news")) == (True, 0, [])
    assert state.changed_at > before.changed_at
    assert desk.gone("news") == [guid]
    assert desk.titles() == ["News"]
    assert desk.put(feeds=("news",)).kind == "refused"
    desk.declare(MAIN, NEWS)
    state = desk.state("news")
    assert (state.ended, state.count, state.guid) == (False, 1, before.guid)
    assert desk.titles("news") == ["News"]


def test_one_of_two_feeds_alike_may_end(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, FeedSpec("twin"))
    desk.put(title="It")
    desk.declare(MAIN)
    assert (desk.state("twin").ended, desk.titles()) == (True, ["It"])
    desk.declare(FeedSpec("twin"))
    assert (desk.state().ended, desk.titles("twin")) == (True, ["It"])


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
    assert desk.state("news").count == 550


def test_guids_of_feeds_do_not_move_with_the_site(desk: Desk) -> None:
    desk.put(an_item("cats"))
    before = desk.state().guid, desk.state("tag:cats").guid
    assert before[0].startswith("tag:example.org,")
    desk.reopen(site_url=SITE.replace("example", "moved"))
    desk.put(an_item("cats", title="More"))
    assert (desk.state().guid, desk.state("tag:cats").guid) == before
