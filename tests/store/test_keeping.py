"""The contract on what leaves for good: no row stays behind, and the store does not grow."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import NOW, SITE
from sqlalchemy import event
from store.desk import MAIN, NEWS, ADesk, Desk, an_item
from store.foreign import (
    FEED,
    a_poll,
    a_record,
    a_source,
    an_entry,
    bring,
    claimed,
    record,
    row_counts,
    the_record,
    the_source,
)
from store.walking import the_page

from feedsvc.model import Author, Item
from feedsvc.store import KeepRecord, Key, Media, Put, Record, SourceRow, Withdraw, keeping, schema
from feedsvc.store.keeping import Kept, leaving

DAY = timedelta(days=1)
FOUR = replace(MAIN, page_size=4)
OTHER = "https://two.example/feed"


_MOMENTS = st.integers(0, 6).map(lambda days: NOW - days * DAY)
_KEPT = st.builds(
    Kept,
    st.uuids().map(str),
    st.sampled_from(["own", "apart", "waiting", "credit", "dropped", "refused", "ours"]),
    st.none() | st.uuids().map(str),
    st.none() | _MOMENTS,
    _MOMENTS,
    _MOMENTS,
)


_RECORDS = st.lists(
    st.builds(
        Record,
        st.just("x"),
        st.sampled_from(["own", "apart", "waiting", "credit", "dropped", "refused", "ours"]),
        _MOMENTS,
        _MOMENTS,
        item=st.sampled_from(["", "urn:x"]),
        published=st.none() | _MOMENTS,
    ),
    max_size=6,
)


def keep(desk: Desk, source: SourceRow, most: int = 99, *, since: timedelta = 365 * DAY) -> int:
    """Keep so much of a source, nothing older; what was not seen just now is gone from it."""
    return desk.store.keep_source(
        source.id, most=most, since=desk.now - since, gone_before=desk.now, now=desk.now
    )


def dated(desk: Desk, source: SourceRow, *names: str) -> list[Item]:
    """Entries that are a day apart, the last one of today."""
    ages = range(len(names) - 1, -1, -1)
    return [
        an_entry(source, name, published=desk.now - age * DAY)
        for name, age in zip(names, ages, strict=True)
    ]


def test_what_is_too_much_leaves_the_oldest_first(desk: Desk) -> None:
    source = a_source(desk)
    bring(desk, source, *dated(desk, source, "a", "b", "c", "d"))
    assert keep(desk, source, 3) == 1
    assert desk.titles() == ["d", "c", "b"]
    assert keep(desk, source, 3) == 0
    assert desk.store.item(guid="urn:x:a") is desk.store.item(slug="a") is None
    assert desk.store.verify() == []


def test_what_is_too_old_leaves(desk: Desk) -> None:
    source = a_source(desk)
    bring(desk, source, *dated(desk, source, "a", "b", "c"))
    assert keep(desk, source, since=DAY + timedelta(minutes=1)) == 1
    assert desk.titles() == ["c", "b"]


def test_nothing_to_do_writes_nothing(desk: Desk) -> None:
    source = a_source(desk)
    bring(desk, source, *dated(desk, source, "a", "b"))
    before = desk.store.data_version()
    assert keep(desk, source, 2) == 0
    assert desk.store.data_version() == before
    assert desk.store.keep_source(99, most=1, since=NOW, gone_before=NOW, now=NOW) == 0


def test_what_left_is_not_taken_again(desk: Desk) -> None:
    """While the source shows it, its record says so; afterwards its date does."""
    source = a_source(desk)
    items = dated(desk, source, "a", "b", "c")
    bring(desk, source, *items)
    keep(desk, source, 1)
    assert the_source(desk.store, source).state.kept_since == items[1].published
    told = the_record(desk, source, "a")
    assert (told.state, told.item, told.why) == ("dropped", "", "no longer kept")
    desk.later(days=1)
    keep(desk, source, 1)
    assert record(desk, source, "a") is None
    assert the_record(desk, source, "c").state == "own"


def test_of_one_date_more_may_still_come(desk: Desk) -> None:
    """A feed whose entries are all of one day must not be full for ever."""
    source = a_source(desk)
    bring(desk, source, *(an_entry(source, name, published=desk.now) for name in "abc"))
    keep(desk, source, 2)
    since = the_source(desk.store, source).state.kept_since
    assert since is not None
    assert since < desk.now


def test_feeds_and_pages_that_showed_it_change_without_a_tombstone(a_desk: ADesk) -> None:
    desk = a_desk(FOUR, NEWS)
    source = a_source(desk)
    for n in range(10):
        desk.later(minutes=1)
        entry = an_entry(source, f"n{n}")
        bring(desk, source, replace(entry, categories=an_item("news").categories))
    assert desk.state().pages == 2
    pages = [the_page(desk.store, "main", number).state for number in (1, 2)]
    states = {key: desk.state(key) for key in ("main", "news", "tag:news")}
    desk.later(minutes=1)
    assert keep(desk, source, 7) == 3
    for key, state in states.items():
        after = desk.state(key)
        assert (after.revision, after.count) == (desk.store.revision(), 7)
        assert after.changed_at > state.changed_at
        assert desk.gone(key) == []
    first, second = (the_page(desk.store, "main", number) for number in (1, 2))
    assert [item.title for item in first.items] == ["n3"]
    assert first.state.revision == desk.store.revision() > pages[0].revision
    assert first.state.changed_at > pages[0].changed_at
    assert second.state.revision == pages[1].revision
    assert desk.store.verify() == []


def test_pages_of_which_nothing_is_left_are_gone(a_desk: ADesk) -> None:
    """The next page leads to the one before them, and so has changed."""
    desk = a_desk(FOUR)
    desk.put(title="mine")
    source = a_source(desk)
    for n in range(19):
        desk.later(minutes=1)
        bring(desk, source, an_entry(source, f"n{n}"))
    assert desk.state().pages == 4
    last = the_page(desk.store, "main", 4).state
    assert keep(desk, source, 6) == 13
    assert desk.state().pages == 4
    assert [desk.store.page("main", number) is None for number in (1, 2, 3, 4)] == [
        False,
        True,
        True,
        False,
    ]
    assert [item.title for item in the_page(desk.store, "main", 1).items] == ["mine"]
    led = the_page(desk.store, "main", 4).state
    assert (led.before, last.before) == (1, 3)
    assert led.revision == desk.store.revision() > last.revision
    assert the_page(desk.store, "main", 1).state.before == 0
    assert desk.store.verify() == []


def test_a_delta_tells_of_what_is_new_alone(desk: Desk) -> None:
    source = a_source(desk)
    bring(desk, source, *dated(desk, source, "a", "b"))
    state = desk.state()
    desk.later(minutes=1)
    bring(desk, source, an_entry(source, "c"))
    keep(desk, source, 1)
    found = desk.store.delta("main", revision=state.revision, at=state.changed_at, limit=9)
    assert found is not None
    assert ([item.title for item in found.items], found.tombstones) == (["c"], ())


def test_everything_of_an_item_leaves_with_it(desk: Desk) -> None:
    """Names of all times, versions, files, uses, keys, words, the log, feeds of its tags."""
    source = a_source(desk)
    desk.put(title="stays")
    before = row_counts(desk.store) | {"records": 1, "changes": 1}
    upload = f"{SITE}/media/{'a' * 32}/a.png"
    entry = an_entry(
        source,
        "a",
        categories=an_item("rare").categories,
        authors=(Author("Rare"),),
        image=upload,
    )
    bring(desk, source, entry)
    edited = replace(desk.item("urn:x:a"), title="b", slug="b", image=None, aliases=("urn:x:b",))
    media = (Media("x.png", "x.png", "image/png", 5),)
    desk.store.apply([Put(edited, media=media, key=Key("k", "d"))], desk.now)
    desk.store.keep_properties("urn:x:a", {"x": [1]})
    assert row_counts(desk.store)["upload_uses"] == 1
    assert desk.store.drop(["urn:x:b", "urn:x:a", "urn:x:none", "\0"], desk.now) == 1
    assert row_counts(desk.store) == before
    assert desk.titles() == ["stays"]
    assert desk.store.feed_state("tag:rare") is None
    assert desk.store.search("b", limit=9) == []
    assert desk.store.verify() == []


def test_names_are_free_again(desk: Desk) -> None:
    source = a_source(desk)
    bring(desk, source, an_entry(source, "a"))
    first = desk.item("urn:x:a")
    desk.store.drop(["urn:x:a"], desk.now)
    desk.later(minutes=1)
    bring(desk, source, an_entry(source, "a"))
    second = desk.item("urn:x:a")
    assert (second.slug, second.revision > first.revision + 1) == (first.slug, True)
    assert desk.store.verify() == []


def test_what_is_dropped_is_in_no_list_of_changes(desk: Desk) -> None:
    source = a_source(desk)
    bring(desk, source, *dated(desk, source, "a", "b"))
    keep(desk, source, 1)
    found, revision = desk.store.changed_since(0)
    assert [item.title for item in found] == ["b"]
    assert revision == desk.store.revision()
    assert desk.store.history("urn:x:a") == []


def test_an_item_that_somebody_has_made_their_own_stays(desk: Desk) -> None:
    source = a_source(desk)
    bring(desk, source, *dated(desk, source, "a", "b"))
    desk.put(replace(desk.item("urn:x:a"), origin="editor:ada", title="A"))
    assert keep(desk, source, 1) == 0
    assert desk.titles() == ["b", "A"]
    assert the_record(desk, source, "a").state == "dropped"


def credited(desk: Desk, other: SourceRow, age: timedelta) -> None:
    """A record of this source that credits the item ``urn:x:a``."""
    at = desk.now - age
    kept = an_item(title="x", published=at)
    told = a_record(desk, "x", "credit", item="urn:x:a", kept=kept, published=at)
    poll = a_poll(desk, claimed(desk, other), records=(KeepRecord(told),))
    desk.store.import_polls([poll], desk.now)


@pytest.mark.parametrize("first", [FEED, OTHER])
def test_what_another_source_carries_stays_as_its_own(desk: Desk, first: str) -> None:
    a_source(desk, first)
    source = desk.store.source(url=FEED) or a_source(desk)
    other = desk.store.source(url=OTHER) or a_source(desk, OTHER)
    bring(desk, source, *dated(desk, source, "a", "b"))
    credited(desk, other, DAY)
    assert keep(desk, source, 1) == 1
    told = the_record(desk, other, "x")
    assert (told.state, desk.item(told.item).origin) == ("apart", f"source:{OTHER}")
    assert sorted(desk.titles()) == ["b", "x"]
    assert keep(desk, other, 1) == keep(desk, source, 1) == 0
    assert desk.store.verify() == []


def test_what_is_too_old_leaves_whoever_carries_it(desk: Desk) -> None:
    source, other = a_source(desk), a_source(desk, OTHER)
    bring(desk, source, *dated(desk, source, "a", "b", "c"))
    credited(desk, other, 2 * DAY)
    keep(desk, source, since=DAY + timedelta(minutes=1))
    told = the_record(desk, other, "x")
    assert (told.state, told.item, told.kept) == ("dropped", "", None)
    assert desk.titles() == ["c", "b"]


def test_withdrawn_items_leave_too_and_their_records_last_as_long(desk: Desk) -> None:
    """So what comes back is known for what it is; and then not even its tombstone is left."""
    source = a_source(desk)
    bring(desk, source, *dated(desk, source, "a", "b"))
    gone = KeepRecord(replace(the_record(desk, source, "a"), state="dropped"), 0)
    poll = a_poll(desk, claimed(desk, source), Withdraw("urn:x:a"), records=(gone,))
    desk.store.import_polls([poll], desk.now)
    desk.later(days=2)
    assert keep(desk, source, 2) == 0
    assert the_record(desk, source, "a").item == "urn:x:a"
    assert desk.gone() == ["urn:x:a"]
    assert keep(desk, source, 1) == 1
    assert (desk.gone(), record(desk, source, "a")) == ([], None)
    assert desk.store.verify() == []


@pytest.mark.parametrize("state", ["dropped", "refused", "ours"])
def test_what_is_shown_no_longer_is_forgotten(desk: Desk, state: str) -> None:
    source = a_source(desk)
    poll = a_poll(
        desk,
        claimed(desk, source),
        records=(KeepRecord(a_record(desk, "a", state)),),
    )
    desk.store.import_polls([poll], desk.now)
    keep(desk, source)
    assert the_record(desk, source, "a").state == state
    desk.later(seconds=1)
    keep(desk, source)
    assert record(desk, source, "a") is None


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.data())
def test_what_the_database_tells_first_is_right(desk: Desk, data: st.DataObject) -> None:
    """If it says that nothing leaves, nothing would."""
    source = desk.store.source(url=FEED) or a_source(desk)
    desk.store._database.write(lambda conn: conn.execute(schema.records.delete()))
    kept = data.draw(_RECORDS)
    told = tuple(KeepRecord(replace(one, guid=f"{n}")) for n, one in enumerate(kept))
    desk.store.import_polls([a_poll(desk, claimed(desk, source), records=told)], desk.now)
    bounds = {
        "most": data.draw(st.integers(0, 4)),
        "since": data.draw(_MOMENTS),
        "gone_before": data.draw(_MOMENTS),
    }
    known = desk.store._database.read(keeping.load, source.id)
    found = desk.store._database.read(keeping.is_too_much, source.id, **bounds)
    assert found == (leaving(known, **bounds) != keeping.Leaving())


def test_dropping_looks_nothing_up_in_whole_tables(sqlite_url: str) -> None:
    desk = Desk(sqlite_url)
    source = a_source(desk)
    bring(desk, source, *dated(desk, source, "a", "b"))
    steps: list[str] = []

    @event.listens_for(desk.store._database.engine, "before_cursor_execute")
    def explain(conn, cursor, statement, parameters, *rest) -> None:  # type: ignore[no-untyped-def]
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            many = isinstance(parameters, list)
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters[0] if many else parameters)
            steps.extend(row[3] for row in cursor.fetchall())

    keep(desk, source, 1)
    allowed = ("revision", "CONSTANT", "anon")
    scans = [step for step in steps if step.startswith("SCAN")]
    assert [step for step in scans if not any(word in step for word in allowed)] == []
    desk.store.close()


@given(st.lists(_KEPT, max_size=12, unique_by=lambda one: one.key), st.integers(0, 5), _MOMENTS)
def test_what_leaves_whatever_is_there(kept: list[Kept], most: int, since: datetime) -> None:
    """At most so many stay, none too old, nothing younger goes than stays; twice is once."""
    going = leaving(kept, most=most, since=since, gone_before=NOW)
    over = {*going.dropped, *going.forgotten}
    assert not {*going.dropped} & {*going.forgotten}
    stay = [one for one in kept if one.key not in over and one.owns]
    gone = [one for one in kept if one.key in over and one.owns]
    assert len(stay) <= most
    assert all(one.date >= since for one in stay)
    if stay and gone:
        oldest = min(one.date for one in stay)
        assert max(one.date for one in gone) <= oldest
        assert going.since is not None
        assert going.since < oldest
    assert {one.item for one in gone if one.item} == set(going.items)
    left = [one for one in kept if one.key not in over]
    again = leaving(left, most=most, since=since, gone_before=NOW)
    assert (again.items, again.dropped, again.forgotten) == ((), (), ())
