"""The contract on sources: who is polled, and who says so. Runs on every database."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.desk import Desk
from store.foreign import (
    FEED,
    HOUR,
    a_poll,
    a_record,
    a_source,
    an_entry,
    bring,
    claimed,
    polled,
    the_record,
    the_source,
)

from feedsvc.errors import Conflict, ItemError, NotFound
from feedsvc.store import KeepRecord, SourceSpec, SourceState, kept_guid
from feedsvc.where import Terms, Where

OTHER = "https://two.example/feed"
WHOLE = SourceSpec(
    FEED,
    "One",
    "news",
    timedelta(minutes=20),
    "review",
    timedelta(hours=2),
    Where(any=Terms(tags=("a", "ü"))),
)
NOW = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
EVERYTHING: dict[str, Any] = {
    "status": "failing",
    "failures": 3,
    "moved_seen": 2,
    "unread": True,
    "gap": 5,
    "ttl": 7,
}


def test_what_is_wanted_of_a_source_and_what_happened_to_it_is_kept(desk: Desk) -> None:
    state = SourceState(**{
        field.name: EVERYTHING.get(
            field.name, NOW if field.name.endswith(("_at", "since")) else f"{field.name} ü"
        )
        for field in fields(SourceState)
    })
    made = desk.store.make_source(WHOLE, origin="api:ada", now=desk.now, state=state)
    assert (made.spec, made.state, made.origin) == (WHOLE, state, "api:ada")
    assert (made.lease, made.created_at, made.items, made.waiting) == (None, desk.now, 0, 0)
    assert desk.store.source(id=made.id) == desk.store.source(url=FEED) == made
    assert desk.store.sources() == [made]
    assert desk.store.source(id=made.id + 1) is desk.store.source(url="a\0") is None
    assert desk.store.verify() == []


@pytest.mark.parametrize("field", [field.name for field in fields(SourceState)])
def test_each_field_of_a_poll_is_kept(desk: Desk, field: str) -> None:
    source = a_source(desk)
    value = EVERYTHING.get(field, NOW if field.endswith(("_at", "since")) else "x ü")
    state = replace(polled(desk), **{field: value})
    poll = a_poll(desk, claimed(desk, source), state=state)
    assert desk.store.import_polls([poll], desk.now) == [[]]
    assert the_source(desk.store, source).state == state


def test_what_a_server_says_can_be_kept_whatever_it_holds(desk: Desk) -> None:
    source = a_source(desk)
    state = replace(polled(desk), title="a\0b", last_error="c\ud800d", etag='"\0"')
    desk.store.import_polls([a_poll(desk, claimed(desk, source), state=state)], desk.now)
    kept = the_source(desk.store, source).state
    assert (kept.title, kept.last_error, kept.etag) == ("a\ufffdb", "c?d", '"\ufffd"')


def test_new_sources_of_the_configuration_are_due_at_once(desk: Desk) -> None:
    desk.store.declare_sources([SourceSpec(FEED), SourceSpec(OTHER)], desk.now)
    rows = desk.store.sources()
    assert [row.spec.url for row in rows] == [FEED, OTHER]
    assert {(row.origin, row.state.status) for row in rows} == {("config.toml", "new")}
    assert desk.store.next_source_due() == desk.now
    assert len(desk.store.claim_sources(desk.now, limit=9)) == 2


def test_declaring_the_same_again_writes_nothing(desk: Desk) -> None:
    desk.store.declare_sources([WHOLE], desk.now)
    row = claimed(desk, desk.store.sources()[0])
    before = desk.store.data_version()
    desk.store.declare_sources([WHOLE], desk.now)
    assert desk.store.data_version() == before
    assert the_source(desk.store, row).lease == row.lease


def test_a_source_that_is_declared_otherwise_keeps_its_state(desk: Desk) -> None:
    desk.store.declare_sources([SourceSpec(FEED)], desk.now)
    source = desk.store.sources()[0]
    state = replace(polled(desk), etag='"a"')
    desk.store.import_polls([a_poll(desk, claimed(desk, source), state=state)], desk.now)
    desk.store.declare_sources([replace(WHOLE, every=HOUR)], desk.now)
    row = the_source(desk.store, source)
    assert (row.spec, row.state) == (replace(WHOLE, every=HOUR), state)


def test_a_source_that_is_wanted_more_often_is_due_sooner(desk: Desk) -> None:
    desk.store.declare_sources([SourceSpec(FEED)], desk.now)
    source = desk.store.sources()[0]
    desk.store.import_polls([a_poll(desk, claimed(desk, source))], desk.now)
    desk.store.declare_sources([SourceSpec(FEED, every=HOUR / 4)], desk.now)
    assert the_source(desk.store, source).state.next_poll_at == desk.now + HOUR / 4
    desk.store.declare_sources([SourceSpec(FEED, every=4 * HOUR)], desk.now)
    assert the_source(desk.store, source).state.next_poll_at == desk.now + HOUR / 4


def test_a_source_that_is_no_longer_declared_ends_and_its_items_stay(desk: Desk) -> None:
    desk.store.declare_sources([SourceSpec(FEED), SourceSpec(OTHER)], desk.now)
    source = the_source(desk.store, desk.store.sources()[0])
    bring(desk, source, an_entry(source, "a"))
    desk.store.declare_sources([SourceSpec(OTHER)], desk.now)
    ended = the_source(desk.store, source)
    assert (ended.state.status, ended.state.next_poll_at, ended.items) == ("ended", None, 1)
    assert desk.store.sources()[-1].id == source.id
    assert desk.titles() == ["a"]
    assert desk.store.claim_sources(desk.now, limit=9, ids=[source.id]) == []
    desk.store.declare_sources([SourceSpec(FEED), SourceSpec(OTHER)], desk.now)
    revived = the_source(desk.store, source)
    assert (revived.state.status, revived.state.next_poll_at) == ("new", desk.now)
    assert the_record(desk, source, "a").item == "urn:x:a"


def test_a_made_source_may_become_declared(desk: Desk) -> None:
    source = a_source(desk)
    desk.store.declare_sources([SourceSpec(FEED, "Mine")], desk.now)
    row = the_source(desk.store, source)
    assert (row.origin, row.spec.name) == ("config.toml", "Mine")
    for refused in (
        lambda: desk.store.end_source(source.id, desk.now),
        lambda: desk.store.change_source(source.id, SourceSpec(FEED), origin="cli"),
        lambda: desk.store.make_source(SourceSpec(FEED), origin="cli", now=desk.now),
    ):
        with pytest.raises(Conflict):
            refused()
    desk.store.declare_sources([], desk.now)
    assert the_source(desk.store, source).state.status == "ended"


def test_made_sources_are_not_ended_by_declaring(desk: Desk) -> None:
    source = a_source(desk)
    desk.store.declare_sources([], desk.now)
    assert the_source(desk.store, source) == source


def test_one_address_is_one_source(desk: Desk) -> None:
    source = a_source(desk)
    with pytest.raises(Conflict, match="already"):
        a_source(desk)
    other = a_source(desk, OTHER)
    with pytest.raises(Conflict, match="another source"):
        desk.store.change_source(other.id, SourceSpec(FEED), origin="cli")
    desk.store.end_source(source.id, desk.now)
    with pytest.raises(NotFound):
        desk.store.end_source(source.id, desk.now)
    revived = a_source(desk, name="Again")
    assert (revived.id, revived.spec.name, revived.state.status) == (source.id, "Again", "new")
    assert revived.state.next_poll_at == desk.now


@pytest.mark.parametrize("url", ["https://x.example/" + "a" * 2048, "https://x.example/\0"])
def test_an_address_that_cannot_be_kept_is_refused(desk: Desk, url: str) -> None:
    with pytest.raises(ItemError, match="address"):
        a_source(desk, url)


def test_a_source_with_another_address_is_read_anew(desk: Desk) -> None:
    source = a_source(desk)
    state = replace(polled(desk), etag='"a"', digest="d", fetch_url="https://x.example/")
    desk.store.import_polls([a_poll(desk, claimed(desk, source), state=state)], desk.now)
    desk.store.change_source(source.id, SourceSpec(OTHER), origin="editor:ada", now=desk.now)
    row = the_source(desk.store, source)
    assert (row.spec.url, row.origin, row.state.etag) == (OTHER, "editor:ada", None)
    assert (row.state.digest, row.state.fetch_url) == (None, "")
    assert desk.store.source(url=FEED) is None


def test_what_people_set_takes_the_lease_from_a_poll(desk: Desk) -> None:
    source = a_source(desk)
    paused = replace(source.state, status="paused", next_poll_at=None)
    for change in (
        lambda: desk.store.change_source(source.id, SourceSpec(FEED, "x"), origin="cli"),
        lambda: desk.store.set_source(source.id, paused),
    ):
        row = claimed(desk, source)
        change()
        assert desk.store.import_polls([a_poll(desk, row)], desk.now) == [None]
    assert the_source(desk.store, source).state == paused
    with pytest.raises(NotFound):
        desk.store.set_source(source.id + 1, paused)


def test_its_items_and_what_waits_are_counted(desk: Desk) -> None:
    source, other = a_source(desk), a_source(desk, OTHER)
    bring(desk, source, an_entry(source, "a"), an_entry(source, "b"))
    bring(desk, source, an_entry(source, "c"), state="waiting")
    bring(desk, other, an_entry(other, "d"), state="dropped")
    counts = {row.id: (row.items, row.waiting) for row in desk.store.sources()}
    assert counts == {source.id: (2, 1), other.id: (0, 0)}


def test_records_are_found_by_guid_link_and_fingerprint(desk: Desk) -> None:
    source, other = a_source(desk), a_source(desk, OTHER)
    for row in (source, other):
        kept = [
            KeepRecord(a_record(desk, f"{name}", link=f"l{name}", likeness=f"f{name}"))
            for name in "abc"
        ]
        desk.store.import_polls([a_poll(desk, claimed(desk, row), records=(*kept,))], desk.now)
    found = desk.store.records(source.id, guids=["a", "x"], links=["lb"], likenesses=["fa", "fc"])
    assert sorted(one.guid for one in found) == ["a", "b", "c"]
    assert desk.store.records(source.id) == []
    told = desk.store.stories(links=["la"], likenesses=["fb"])
    assert sorted((number, one.guid) for number, one in told) == [
        (source.id, "a"),
        (source.id, "b"),
        (other.id, "a"),
        (other.id, "b"),
    ]


def test_stories_are_those_of_items_and_credits(desk: Desk) -> None:
    source = a_source(desk)
    row = claimed(desk, source)
    states = ("own", "credit", "apart", "dropped", "waiting", "refused", "ours")
    kept = [KeepRecord(a_record(desk, state, state, item="urn:x")) for state in states]
    desk.store.import_polls([a_poll(desk, row, records=(*kept,))], desk.now)
    told = {one.state for _, one in desk.store.stories(items=["urn:x", "", "a\0"])}
    assert told == {"own", "credit", "apart"}


def test_what_is_alike_is_what_its_records_and_all_stories_say(desk: Desk) -> None:
    source, other = a_source(desk), a_source(desk, OTHER)
    for row, state in ((source, "waiting"), (other, "own")):
        kept = [
            KeepRecord(a_record(desk, n, state, link=f"l{n}", likeness=f"f{n}", item=f"urn:{n}"))
            for n in "abcd"
        ]
        desk.store.import_polls([a_poll(desk, claimed(desk, row), records=(*kept,))], desk.now)
    for row in (source, other):
        for links in (["la", "lb", "lx"], ["lc"]):
            like = {"links": links, "likenesses": ["fb"]}
            items = ["urn:d", "urn:x"]
            records, told = desk.store.alike(row.id, **like, items=items)
            assert records == desk.store.records(row.id, **like) != []
            assert told == desk.store.stories(**like, items=items) != []
            assert {one.guid for _, one in told} == {link[1] for link in links if link < "lx"} | {
                *"bd"
            }
    assert desk.store.alike(source.id, links=[], likenesses=[], items=[]) == ([], [])


def test_recent_records_are_those_seen_last(desk: Desk) -> None:
    source = a_source(desk)
    for name in "abcd":
        row = claimed(desk, source)
        kept = KeepRecord(a_record(desk, name))
        desk.store.import_polls([a_poll(desk, row, records=(kept,))], desk.now)
    assert [one.guid for one in desk.store.recent_records(source.id, 2)] == ["d", "c"]


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=()), min_size=1, max_size=3000))
def test_a_guid_is_kept_as_it_is_kept(guid: str) -> None:
    kept = kept_guid(guid)
    assert kept_guid(kept) == kept
    assert len(kept) <= 1024
    assert "\0" not in kept
    kept.encode()


def test_a_guid_of_any_length_is_found_again(desk: Desk) -> None:
    source = a_source(desk)
    longs = ["x" * 5000 + end for end in "ab"]
    kept = tuple(KeepRecord(a_record(desk, guid, link=guid)) for guid in longs)
    desk.store.import_polls([a_poll(desk, claimed(desk, source), records=kept)], desk.now)
    (one,) = desk.store.records(source.id, guids=[longs[0]])
    assert desk.store.records(source.id, guids=[one.guid]) == [one]
    assert desk.store.records(source.id, links=[longs[0]]) == [one]
    assert one.guid != the_record(desk, source, longs[1]).guid


def test_some_sources_are_given_without_counting(desk: Desk) -> None:
    source, other = a_source(desk), a_source(desk, OTHER)
    bring(desk, source, an_entry(source, "a"))
    found = desk.store.sources_of([source.id, 99])
    assert found == {source.id: replace(the_source(desk.store, source), items=0)}
    assert other.id not in found


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE sources SET spec = '{'", f"what is wanted of the source {FEED} can't be read"),
        ("UPDATE records SET kept = '{'", "what is kept of a of source 1 can't be read"),
        ("UPDATE records SET guid = 'b'", "the entry b of source 1 has the key of another"),
    ],
)
def test_damage_is_found_and_hurts_no_others(desk: Desk, statement: str, told: str) -> None:
    source = a_source(desk)
    row = claimed(desk, source)
    kept = KeepRecord(a_record(desk, "a", "credit", kept=an_entry(source, "a")))
    desk.store.import_polls([a_poll(desk, row, records=(kept,))], desk.now)
    desk.store._database.write(lambda conn: conn.exec_driver_sql(statement))
    (found,) = desk.store.verify()
    assert found.startswith(told)
    assert len(desk.store.sources()) == len(desk.store.recent_records(source.id, 9)) == 1
