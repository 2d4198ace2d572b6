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
    assert desk.store.feed_state("old") is None
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
