"""The contract on feeds that get another name, and on feeds that end. Runs on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from samples import NOW
from sqlalchemy import text
from store.desk import MAIN, NEWS, ADesk, Desk, an_item
from store.walking import KEPT, Reader, the_page, walked

from feedsvc.store import FeedSpec

OLD = FeedSpec("old", page_size=2)
NEW = FeedSpec("new", page_size=2, formerly=("older", "old"))
SOON = NOW + timedelta(days=2)


def filled(desk: Desk, count: int = 5) -> None:
    for n in range(count):
        desk.later(minutes=1)
        desk.put(title=f"n{n}", guid=f"urn:x:{n}")


def test_a_renamed_feed_is_the_same_feed(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, OLD)
    filled(desk)
    desk.withdraw("urn:x:4")
    before, page = desk.state("old"), the_page(desk.store, "old", 1)
    desk.later(hours=1)
    desk.declare(MAIN, NEW)
    after = desk.state("new")
    assert desk.state("old").moved_to == "new"
    assert (after.guid, after.created_at) == (before.guid, before.created_at)
    assert (after.count, after.pages) == (before.count, before.pages) == (4, 2)
    assert after.revision > before.revision
    assert after.changed_at > before.changed_at
    assert after.label == "new"
    assert desk.gone("new") == ["urn:x:4"]
    moved = the_page(desk.store, "new", 1)
    assert moved.items == page.items
    assert moved.state.revision > page.state.revision  # its own address stands in it
    assert moved.state.changed_at > page.state.changed_at
    assert len(walked(desk.store, "new", 2)) == 4
    assert desk.store.verify() == []
    # It lives on, and is not moved again.
    revision = desk.store.revision()
    desk.reopen()
    assert desk.store.revision() == revision
    desk.put(title="More")
    assert desk.titles("new")[0] == "More"


def test_every_name_that_a_feed_ever_had_leads_to_it(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, FeedSpec("a", page_size=2))
    filled(desk)
    desk.put(title="Named", feeds=("a",))
    guid = desk.state("a").guid
    desk.declare(MAIN, FeedSpec("b", page_size=2, formerly=("a",)))
    desk.declare(MAIN, FeedSpec("c", page_size=2, formerly=("b",)))  # no word of a
    for words in ("the chain", "no former name is told of", "a restart"):
        state = desk.state("c")
        assert (state.guid, state.moved_to, state.ended) == (guid, None, False), words
        assert desk.titles("c")[0] == "Named", words
        for name in ("a", "b"):
            assert (desk.state(name).moved_to, desk.state(name).ended) == ("c", True), words
            assert desk.store.live(name, limit=5, kept=KEPT) is None, words
            assert desk.store.page(name, 1) is None, words
            assert desk.titles(name) == [], words
        assert [state.key for state in desk.store.feed_states("feed")] == ["c", "main"], words
        assert desk.store.verify() == [], words
        if words == "the chain":
            desk.declare(MAIN, FeedSpec("c", page_size=2))
        revision = desk.store.revision()
        desk.reopen()
        assert desk.store.revision() == revision, words
    assert desk.put(title="By its first name", feeds=("a",)).kind == "added"
    assert desk.titles("c")[0] == "By its first name"


def test_a_feed_that_is_declared_anew_takes_its_name_back(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, OLD)
    filled(desk)
    guid = desk.state("old").guid
    desk.declare(MAIN, NEW)
    desk.declare(MAIN, replace(NEW, formerly=()), OLD)
    new, old = desk.state("new"), desk.state("old")
    assert (new.guid, old.moved_to, old.ended, old.count) == (guid, None, False, 5)
    assert old.guid != guid  # it is another feed, of the same name and the same day
    desk.declare(MAIN, NEW)
    assert (desk.state("old").ended, desk.state("old").moved_to) == (True, "new")
    assert desk.store.verify() == []


def test_a_feed_takes_its_former_name_again(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, OLD)
    filled(desk)
    guid = desk.state("old").guid
    desk.declare(MAIN, NEW)
    desk.declare(MAIN, replace(OLD, formerly=("new",)))
    assert (desk.state("old").guid, desk.state("old").moved_to) == (guid, None)
    assert desk.state("new").moved_to == "old"
    assert len(walked(desk.store, "old", 2)) == 5
    assert desk.store.verify() == []


def test_a_name_that_was_left_out_between_is_found(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, OLD)
    guid = desk.state("old").guid
    desk.declare(MAIN, NEW)
    desk.declare(MAIN, FeedSpec("newest", formerly=("old",)))  # no word of new
    assert desk.state("newest").guid == guid
    assert [desk.state(name).moved_to for name in ("old", "new")] == ["newest", "newest"]


def test_a_feed_that_gave_way_to_another_leads_there_for_good(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, OLD, replace(NEW, formerly=()))
    filled(desk)
    guid = desk.state("old").guid
    desk.declare(MAIN, NEW)
    desk.declare(MAIN, replace(NEW, formerly=()))
    assert (desk.state("old").moved_to, desk.state("old").ended) == ("new", True)
    desk.declare(MAIN, FeedSpec("newest", formerly=("new",)))
    assert [desk.state(name).moved_to for name in ("old", "new")] == ["newest", "newest"]
    desk.declare(MAIN, FeedSpec("newest"), OLD)
    assert (desk.state("old").moved_to, desk.state("old").guid) == (None, guid)
    assert (desk.state("old").ended, desk.state("old").count) == (False, 5)
    assert desk.store.verify() == []


def test_a_feed_that_is_first_declared_after_its_end_has_ended(a_desk: ADesk) -> None:
    desk = a_desk(MAIN)
    desk.put(an_item("news", title="It"))
    over = replace(NEWS, ends=NOW - timedelta(days=1))
    desk.declare(MAIN, over)
    state = desk.state("news")
    assert (state.ended, state.ends, state.count) == (True, over.ends, 0)
    assert desk.store.next_due() is None
    revision = desk.store.revision()
    desk.reopen()
    assert desk.store.revision() == revision
    assert desk.put(title="No", feeds=("news",)).kind == "refused"
    desk.declare(MAIN, NEWS)
    assert (desk.state("news").guid, desk.titles("news")) == (state.guid, ["It"])
    # One that is renamed after its end leads on all the same.
    desk.declare(MAIN, replace(over, name="late", formerly=("news",)))
    assert (desk.state("late").guid, desk.state("late").ended) == (state.guid, True)
    assert desk.state("news").moved_to == "late"
    assert desk.store.verify() == []


def test_an_ended_feed_lives_again_under_another_name(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, OLD)
    filled(desk)
    before = desk.state("old")
    desk.declare(MAIN)
    assert desk.state("old").ended
    desk.declare(MAIN, NEW)
    after = desk.state("new")
    assert (after.guid, after.ended, after.count) == (before.guid, False, 5)
    assert len(walked(desk.store, "new", 2)) == 5
    assert desk.store.verify() == []


def test_a_feed_that_is_there_takes_nobodys_place(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, OLD, replace(NEW, formerly=()))
    guid = desk.state("new").guid
    desk.declare(MAIN, NEW)
    assert (desk.state("new").guid, desk.state("old").ended) == (guid, True)
    # Nor is a feed moved that is still wanted under its name.
    desk.declare(MAIN, NEW, FeedSpec("third", formerly=("new",)))
    assert (desk.state("new").guid, desk.state("third").count) == (guid, 0)


def test_items_that_name_a_feed_by_its_former_name_stay_in_it(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, OLD)
    desk.put(title="It", feeds=("old",))
    desk.declare(MAIN, NEW)
    assert desk.titles("new") == ["It"]
    assert desk.put(title="Other", feeds=("old",)).kind == "added"
    assert desk.titles("new") == ["Other", "It"]
    assert desk.put(title="No", feeds=("oldest",)).kind == "refused"


def test_polls_of_both_names_are_one_feeds(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, OLD)
    many = "'rss', 'a', 1, 2, 3, 4, 5, 6, 7, 8"
    for feed in ("old", "new", "main"):
        row = text(f"INSERT INTO polls VALUES ('2026-11-22', '{feed}', {many})")
        desk.store._database.write(lambda conn, row=row: conn.execute(row))
    desk.declare(MAIN, NEW)
    asked = text("SELECT * FROM polls ORDER BY feed")
    found = desk.store._database.read(lambda conn: [tuple(row) for row in conn.execute(asked)])
    assert found == [
        ("2026-11-22", "main", "rss", "a", 1, 2, 3, 4, 5, 6, 7, 8),
        ("2026-11-22", "new", "rss", "a", 2, 4, 6, 8, 10, 12, 14, 16),
    ]


def test_a_feed_ends_at_its_time(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, NEWS)
    desk.put(an_item("news", title="It"))
    before = desk.state("news")
    assert (before.ends, before.noticed_at) == (None, None)
    desk.later(hours=1)
    desk.declare(MAIN, replace(NEWS, ends=SOON))
    noticed = desk.state("news")
    assert (noticed.ends, noticed.noticed_at, noticed.ended) == (SOON, desk.now, False)
    assert noticed.changed_at > before.changed_at
    assert desk.store.next_due() == SOON
    # Another end is told of, and said to be known since the first.
    desk.later(hours=1)
    desk.declare(MAIN, replace(NEWS, ends=SOON + timedelta(days=1)))
    moved = desk.state("news")
    assert moved.noticed_at == noticed.noticed_at
    assert moved.revision > noticed.revision
    desk.later(days=4)
    assert desk.store.tick(desk.now) == 1
    ended = desk.state("news")
    assert (ended.ended, ended.count) == (True, 0)
    assert ended.changed_at >= desk.now
    assert desk.store.live("news", limit=5, kept=KEPT) is None
    assert desk.store.next_due() is None
    assert desk.store.tick(desk.now) == 0
    assert desk.titles() == ["It"]
    assert desk.store.verify() == []


def test_a_feed_that_has_ended_stays_ended_until_it_is_declared_anew(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, replace(NEWS, ends=SOON))
    desk.put(an_item("news", title="It"))
    guid = desk.state("news").guid
    desk.later(days=3)
    desk.reopen()  # nobody ticked
    assert desk.state("news").ended
    revision = desk.store.revision()
    desk.later(days=1)
    desk.reopen()
    assert desk.store.revision() == revision
    desk.declare(MAIN, replace(NEWS, ends=desk.now + timedelta(days=1)))
    again = desk.state("news")
    assert (again.ended, again.guid, again.noticed_at) == (False, guid, desk.now)
    assert desk.titles("news") == ["It"]
    desk.declare(MAIN, NEWS)
    assert (desk.state("news").ends, desk.state("news").noticed_at) == (None, None)


def test_an_end_and_a_life_after_it_are_walked(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, OLD)
    reader = Reader("old")
    filled(desk)
    reader.look(desk.store, 2)
    desk.declare(MAIN)
    assert desk.store.page("old", 1) is None
    desk.later(hours=1)
    desk.declare(MAIN, OLD)
    reader.look(desk.store, 2)
    assert desk.store.verify() == []
