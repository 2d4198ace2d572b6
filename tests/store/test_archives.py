"""The contract on archive pages and on what documents are made of. Runs on every database."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from store.desk import MAIN, NEWS, ADesk, Desk, an_item
from store.walking import KEPT, Reader, the_live, the_page, walked

from feedsvc.model import Status
from feedsvc.store import FeedSpec, Put, Withdraw

FOUR = replace(MAIN, page_size=4)


@pytest.fixture
def four(a_desk: ADesk) -> Desk:
    """A desk whose main feed has four items a page, and holds n0 (the oldest) to n9."""
    desk = a_desk(FOUR)
    for n in range(10):
        desk.later(minutes=1)
        desk.put(title=f"n{n}", guid=f"urn:x:{n}")
    return desk


def shown(desk: Desk, limit: int = 4) -> list[str]:
    return [item.title for item in the_live(desk.store, "main", limit).items]


def page(desk: Desk, number: int) -> list[str]:
    return [item.title for item in the_page(desk.store, "main", number).items]


def test_a_small_feed_has_no_pages(a_desk: ADesk) -> None:
    desk = a_desk(FOUR)
    for n in range(4):
        desk.put(title=f"n{n}")
    assert desk.state().pages == 0
    assert desk.store.page("main", 1) is None
    assert len(the_live(desk.store, "main", 4).open) == 4


def test_pages_are_made_as_items_come(four: Desk) -> None:
    assert four.state().pages == 2
    assert [page(four, number) for number in (1, 2)] == [
        ["n3", "n2", "n1", "n0"],
        ["n7", "n6", "n5", "n4"],
    ]
    live = the_live(four.store, "main", 4)
    assert [item.title for item in live.items] == ["n9", "n8", "n7", "n6"]
    assert live.open == {"urn:x:9", "urn:x:8"}
    for number in (0, -1, 3, 2**70):
        assert four.store.page("main", number) is None
    assert four.store.page("nothing", 1) is four.store.page("a\0", 1) is None


def test_an_edit_comes_out_in_the_live_feed_and_the_page_stays(four: Desk) -> None:
    before = the_page(four.store, "main", 1)
    four.later(hours=1)
    four.put(title="Edited", guid="urn:x:1")
    assert the_page(four.store, "main", 1) == replace(
        before, state=replace(before.state, feed=four.state())
    )
    assert shown(four) == ["n9", "n8", "n7", "Edited"]
    # Once more, and pushed out by others: the newest version is in the newest page.
    four.put(title="Edited again", guid="urn:x:1")
    for n in range(10, 14):
        four.later(minutes=1)
        four.put(title=f"n{n}")
    assert page(four, 1) == ["n3", "n2", "n1", "n0"]
    assert walked(four.store, "main", 4)["urn:x:1"].title == "Edited again"
    assert page(four, 3)[-1] == "Edited again"
    assert four.store.verify() == []


def test_a_withdrawn_item_leaves_its_pages_and_nothing_else_moves(four: Desk) -> None:
    four.put(title="Edited", guid="urn:x:1")
    for n in range(10, 14):
        four.later(minutes=1)
        four.put(title=f"n{n}")
    assert "Edited" in page(four, 3)
    before = [the_page(four.store, "main", number).state for number in (1, 2, 3)]
    four.later(hours=1)
    four.withdraw("urn:x:1")
    after = [the_page(four.store, "main", number).state for number in (1, 2, 3)]
    assert page(four, 1) == ["n3", "n2", "n0"]
    assert "Edited" not in page(four, 3)
    assert (after[1].revision, after[1].changed_at) == (before[1].revision, before[1].changed_at)
    for number in (0, 2):
        assert after[number].revision == four.store.revision() > before[number].revision
        assert after[number].changed_at == four.now
    # Come back, it is open.
    four.put(title="Back", guid="urn:x:1")
    assert "Back" in shown(four)
    assert page(four, 1) == ["n3", "n2", "n0"]
    assert four.store.verify() == []


def test_an_item_that_only_changes_its_feeds_stays_as_it_was_in_the_other(a_desk: ADesk) -> None:
    desk = a_desk(FOUR, NEWS)
    for n in range(5):
        desk.put(an_item("news", title=f"n{n}", guid=f"urn:x:{n}"))
    before = the_page(desk.store, "main", 1).items
    desk.put(an_item("news", title="n0", guid="urn:x:0", feeds=("main",)))
    assert the_page(desk.store, "main", 1).items == before
    assert desk.gone("news") == ["urn:x:0"]
    assert desk.store.verify() == []


def test_withdrawn_and_back_in_one_write(four: Desk) -> None:
    changes = [Withdraw("urn:x:1"), Put(an_item(title="Back", guid="urn:x:1"))]
    four.store.apply(changes, four.now)
    assert page(four, 1) == ["n3", "n2", "n0"]
    assert four.store.verify() == []


def test_a_heavy_feed_makes_pages_by_its_bytes(a_desk: ADesk) -> None:
    desk = a_desk(replace(MAIN, max_bytes=128 * 1024))
    for n in range(9):
        desk.put(title=f"n{n}", content_html=f"<p>{'word ' * 2000}</p>")
    assert desk.state().pages == 2
    assert page(desk, 1) == ["n3", "n2", "n1", "n0"]
    live = the_live(desk.store, "main", 50)
    assert (len(live.items), live.open) == (9, {live.items[0].guid})


def test_a_giant_stays_in_the_live_feed_alone(a_desk: ADesk) -> None:
    desk = a_desk(replace(MAIN, max_bytes=64 * 1024))
    for n in range(3):
        desk.put(title=f"n{n}", content_html=f"<p>{'word ' * 20_000}</p>")
    assert desk.state().pages == 2
    live = the_live(desk.store, "main", 50)
    assert live.open == {live.items[0].guid}


def test_old_dates_and_many_edits_push_nothing_new_out(four: Desk) -> None:
    old = [
        Put(an_item(title=f"Old {n}", published=four.now - timedelta(days=9, hours=n)))
        for n in range(9)
    ]
    four.store.apply(old, four.now)
    assert shown(four) == ["n9", "n8", "Old 0", "Old 1"]
    edits = [Put(an_item(title=f"Edited {n}", guid=f"urn:x:{n}")) for n in range(6)]
    four.store.apply(edits, four.now)
    assert shown(four)[0] == "n9"
    reader = Reader("main")
    reader.look(four.store, 4)
    assert len(walked(four.store, "main", 4)) == 19
    assert four.store.verify() == []


def test_another_page_size_makes_new_pages_and_leaves_the_old(four: Desk) -> None:
    before = four.state()
    four.declare(replace(MAIN, page_size=1))
    assert four.state().revision > before.revision
    assert four.state().pages == 3
    assert [page(four, number) for number in (1, 3)] == [["n3", "n2", "n1", "n0"], ["n8"]]
    four.declare(replace(MAIN, page_size=100))
    assert four.state().pages == 3
    assert len(shown(four, 100)) == 10
    assert four.store.verify() == []


def test_very_many_at_once_are_sealed_in_parts(
    a_desk: ADesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedsvc.store.archiving._MANY", 40)
    desk = a_desk(replace(MAIN, page_size=200))
    desk.store.apply(
        [Put(an_item(title=f"n{n}", published=desk.now - timedelta(hours=n))) for n in range(199)],
        desk.now,
    )
    desk.declare(replace(MAIN, page_size=3))
    assert desk.state().pages == 66
    assert page(desk, 1) == ["n196", "n197", "n198"]
    Reader("main").look(desk.store, 3)
    assert desk.store.verify() == []


def test_feeds_of_tags_and_authors_have_no_pages(a_desk: ADesk) -> None:
    desk = a_desk(FOUR)
    for n in range(9):
        desk.put(an_item("t", title=f"n{n}"))
    live = the_live(desk.store, "tag:t", 4)
    assert (live.open, live.state.pages, len(live.items)) == (frozenset(), 0, 4)
    assert desk.store.page("tag:t", 1) is None


def test_live_has_the_tombstones_of_its_time(four: Desk) -> None:
    for n in (9, 8, 7):
        four.later(days=20)
        four.withdraw(f"urn:x:{n}")
    stones = [stone.guid for stone in the_live(four.store, "main", 4).tombstones]
    assert stones == ["urn:x:7", "urn:x:8"]
    live = four.store.live("main", limit=4, kept=KEPT, tombstones=1)
    assert live is not None
    assert [stone.guid for stone in live.tombstones] == ["urn:x:7"]
    assert four.store.live("nothing", limit=4, kept=KEPT) is None


def test_a_delta_is_what_happened_since(four: Desk) -> None:
    base = four.state()
    four.later(minutes=1)
    four.put(title="New")
    four.put(title="Edited", guid="urn:x:0")
    four.withdraw("urn:x:2")
    delta = four.store.delta("main", revision=base.revision, at=base.changed_at, limit=3)
    assert delta is not None
    assert [item.title for item in delta.items] == ["New", "Edited"]
    assert [stone.guid for stone in delta.tombstones] == ["urn:x:2"]
    assert (delta.state, delta.times) == (four.state(), four.store.times("main"))
    assert len(delta.times) == 10
    now = four.state()
    same = four.store.delta("main", revision=now.revision, at=now.changed_at, limit=3)
    assert same is not None
    assert (same.items, same.tombstones) == ((), ())


@pytest.mark.parametrize(
    ("revisions", "microseconds"),
    [(100, 0), (0, -1), (0, 1), (-1, 10**6 * 3600), (-1, -(10**6) * 3600 * 24), (-3, 0)],
)
def test_a_base_that_never_was_gives_no_delta(
    four: Desk, revisions: int, microseconds: int
) -> None:
    state = four.state()
    found = four.store.delta(
        "main",
        revision=state.revision + revisions,
        at=state.changed_at + timedelta(microseconds=microseconds - (1 if revisions == -3 else 0)),
        limit=100,
    )
    assert (found is None) == (revisions != -3)


def test_a_base_of_another_history_gives_no_delta(four: Desk) -> None:
    """As after a backup was brought back: the number is given out a second time, later."""
    lost = four.state()
    for n in range(3):
        four.later(hours=1)
        four.put(title=f"More {n}")
    old = four.store.delta("main", revision=lost.revision + 1, at=lost.changed_at, limit=100)
    assert old is None
    assert four.store.delta("main", revision=5, at=lost.changed_at, limit=2) is None  # too many


def test_the_next_entry_of_each_feed(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, replace(NEWS, hold=timedelta(hours=2)))
    assert desk.store.next_entry("main") is None
    in_hours = {n: desk.now + timedelta(hours=n) for n in range(9)}
    desk.put(an_item("news", "a"))
    desk.put(an_item("b", title="B", published=in_hours[1]))
    desk.put(an_item("news", "a", title="A", published=in_hours[3]))
    desk.put(an_item("c", title="Draft", published=in_hours[1], status=Status.DRAFT))
    desk.put(an_item("d", title="Never", published=in_hours[5], expires=in_hours[4]))
    for key, hours in {"main": 1, "tag:b": 1, "tag:a": 3, "news": 2}.items():
        assert desk.store.next_entry(key) == in_hours[hours], key
    for key in ("tag:c", "tag:d", "nothing", "a\0"):
        assert desk.store.next_entry(key) is None
    desk.later(hours=2)
    assert desk.store.next_entry("main") == in_hours[1]  # to be let in by the next tick
    desk.store.tick(desk.now)
    assert desk.store.next_entry("news") == in_hours[5]


def test_the_next_entry_of_a_tag_waits_as_main_does(a_desk: ADesk) -> None:
    desk = a_desk(replace(MAIN, hold=timedelta(hours=2)))
    desk.put(an_item("a"))
    assert desk.store.next_entry("tag:a") == desk.now + timedelta(hours=2)
    assert desk.store.next_entry("tag:b") is None


def test_what_is_found_by_number_and_revision(four: Desk) -> None:
    assert four.store.found("n3", limit=5) == [(4, four.item("urn:x:3").revision)]
    before = four.store.found("n*", limit=3)
    assert len(before) == 3
    four.put(title="n9 n9", guid="urn:x:9")
    after = four.store.found("n*", limit=3)
    assert (after[1:], after[0][0]) == (before[1:], before[0][0])
    assert after[0][1] > before[0][1]
    assert four.store.found("", limit=3) == four.store.found("nowhere", limit=3) == []


def test_verify_tells_of_archives_that_do_not_hang_together(four: Desk) -> None:
    four.put(title="Edited", guid="urn:x:0")
    for statement, told in {
        "UPDATE feeds SET pages = 3": "the feed main counts 3 archive pages and its last one is 2",
        "DELETE FROM archived WHERE item_id = 6": "no archive page of the feed main shows",
        "DELETE FROM versions": "page 1 of the feed main shows a version of urn:x:0",
        "UPDATE versions SET item = '{'": "of item 1 can't be read",
    }.items():
        with pytest.raises(ZeroDivisionError):
            four.store._database.write(_undone, statement, told, four)
    assert four.store.verify() == []


def _undone(conn, statement: str, told: str, desk: Desk) -> None:  # type: ignore[no-untyped-def]
    from feedsvc.store import soundness

    conn.execute(text(statement))
    (found,) = soundness.verify(conn, desk.store._rows)
    assert told in found
    raise ZeroDivisionError  # so that nothing of it stays


def test_readers_see_one_moment(a_desk: ADesk) -> None:
    """What a document is made of is of one revision, however busy the writer."""
    desk = a_desk(FOUR)
    failed: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                _look_at_one_moment(desk)
        except BaseException as error:  # noqa: BLE001  # the main thread fails for it
            failed.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for n in range(40):
        desk.later(seconds=1)
        # One write: an item comes, another goes, and the first says how many there are.
        desk.store.apply(
            [Put(an_item(title=f"n{n}", guid=f"urn:x:{n}")), Withdraw(f"urn:x:{n - 6}")], desk.now
        )
    done.set()
    for reader in readers:
        reader.join()
    assert failed == []
    assert desk.state().pages >= 9


def _look_at_one_moment(desk: Desk) -> None:
    live = the_live(desk.store, "main", 4)
    if live.items:
        last = int(live.items[0].title[1:])
        assert live.items[0].revision <= live.state.revision
        assert live.state.count == min(last + 1, 6)
        assert len(live.tombstones) == max(0, last - 5)
    for number in range(1, live.state.pages + 1):
        page = the_page_now(desk, number)
        assert page.state.revision <= page.state.feed.revision
        assert len(page.items) <= 4


def the_page_now(desk: Desk, number: int):  # type: ignore[no-untyped-def]
    page = desk.store.page("main", number)
    assert page is not None
    return page


def test_a_held_feed_is_walked_too(a_desk: ADesk) -> None:
    desk = a_desk(FeedSpec("main", hold=timedelta(hours=1), page_size=2))
    reader = Reader("main")
    for n in range(6):
        desk.put(title=f"n{n}")
        desk.later(minutes=25)
        desk.store.tick(desk.now)
        reader.look(desk.store, 2)
    assert desk.state().pages > 0
