"""The contract on what polls bring: all of a poll or nothing, and by its holder alone."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from store.desk import Desk, an_item, opened
from store.foreign import (
    FEED,
    a_poll,
    a_record,
    a_source,
    an_entry,
    bring,
    claimed,
    polled,
    record,
    row_counts,
    the_record,
    the_source,
)
from store.processes import Child

from feedsvc.errors import ItemError
from feedsvc.model import Status
from feedsvc.store import ForgetRecord, KeepRecord, Put, Withdraw

OTHER = "https://two.example/feed"


def test_a_poll_brings_items_records_and_its_state(desk: Desk) -> None:
    source = a_source(desk)
    added = bring(desk, source, an_entry(source, "a"), an_entry(source, "b"))
    assert [outcome.kind for outcome in added] == ["added", "added"]
    assert sorted(desk.titles()) == ["a", "b"]
    assert the_record(desk, source, "a").item == "urn:x:a"
    row = the_source(desk.store, source)
    assert (row.state, row.lease, row.items) == (polled(desk), None, 2)
    assert desk.store.verify() == []


def test_the_record_names_the_item_that_the_change_made(desk: Desk) -> None:
    source = a_source(desk)
    (outcome,) = bring(desk, source, an_item(title="a", origin=f"source:{FEED}"))
    assert outcome.guid is not None
    assert the_record(desk, source, "a").item == outcome.guid


def test_what_is_refused_is_refused_alone_and_its_record_says_why(desk: Desk) -> None:
    source = a_source(desk)
    bad = an_entry(source, "bad", feeds=("nowhere",))
    outcomes = bring(desk, source, an_entry(source, "a"), bad, an_entry(source, "b"))
    assert [outcome.kind for outcome in outcomes] == ["added", "refused", "added"]
    told = the_record(desk, source, "bad")
    assert (told.state, told.item) == ("refused", "")
    assert "no feed is called nowhere" in told.why
    assert sorted(desk.titles()) == ["a", "b"]


def test_after_a_conflict_the_record_is_as_it_was(desk: Desk) -> None:
    source = a_source(desk)
    bring(desk, source, an_entry(source, "a"))
    known = the_record(desk, source, "a")
    row = claimed(desk, source)
    desk.put(replace(desk.item("urn:x:a"), title="mine"))
    edited = Put(an_entry(source, "a", title="theirs"), expected_revision=1)
    newer = KeepRecord(replace(known, digest="new"), 0)
    (outcomes,) = desk.store.import_polls([a_poll(desk, row, edited, records=(newer,))], desk.now)
    assert outcomes is not None
    assert [outcome.kind for outcome in outcomes] == ["conflict"]
    assert the_record(desk, source, "a") == known
    assert desk.titles() == ["mine"]


def test_a_withdrawal_comes_with_its_record(desk: Desk) -> None:
    source = a_source(desk)
    bring(desk, source, an_entry(source, "a"))
    gone = KeepRecord(replace(the_record(desk, source, "a"), state="dropped"), 0)
    poll = a_poll(desk, claimed(desk, source), Withdraw("urn:x:a"), records=(gone,))
    desk.store.import_polls([poll], desk.now)
    assert (desk.titles(), desk.gone()) == ([], ["urn:x:a"])
    told = the_record(desk, source, "a")
    assert (told.state, told.item) == ("dropped", "urn:x:a")


def test_a_record_can_be_moved_to_another_guid(desk: Desk) -> None:
    source = a_source(desk)
    bring(desk, source, an_entry(source, "a"))
    moved = replace(the_record(desk, source, "a"), guid="b")
    changes = (ForgetRecord("a"), ForgetRecord("never there"), KeepRecord(moved))
    poll = a_poll(desk, claimed(desk, source), records=changes)
    desk.store.import_polls([poll], desk.now)
    assert record(desk, source, "a") is None
    assert the_record(desk, source, "b") == moved


def test_what_is_kept_of_an_entry_comes_back_as_it_was(desk: Desk) -> None:
    source = a_source(desk)
    entry = an_entry(source, "a", url="https://example.org/own", content_html="<p>ü</p>")
    told = a_record(
        desk,
        "a",
        "credit",
        item="urn:x:other",
        link="l",
        digest="d",
        likeness="f",
        published=desk.now - timedelta(days=1),
        why="so",
        kept=entry,
        out_at=desk.now + timedelta(days=1),
    )
    poll = a_poll(desk, claimed(desk, source), records=(KeepRecord(told),))
    desk.store.import_polls([poll], desk.now)
    assert the_record(desk, source, "a") == told


def test_whoever_has_lost_the_lease_changes_nothing(desk: Desk) -> None:
    source, other = a_source(desk), a_source(desk, OTHER)
    lost = claimed(desk, source)
    desk.later(minutes=10)
    claimed(desk, source)
    before = row_counts(desk.store)
    kept = KeepRecord(a_record(desk, "a"), 0)
    put = Put(an_entry(source, "a"), media=None)
    poll = a_poll(desk, lost, put, records=(kept, ForgetRecord("b")))
    assert desk.store.import_polls([poll], desk.now) == [None]
    assert row_counts(desk.store) == before
    assert the_source(desk.store, source).state == source.state
    good = a_poll(desk, claimed(desk, other), Put(an_entry(other, "c")))
    first, second = desk.store.import_polls([poll, good], desk.now)
    assert first is None
    assert second is not None
    assert [outcome.guid for outcome in second] == ["urn:x:c"]
    assert desk.titles() == ["c"]


def test_many_polls_have_each_their_own_outcomes(desk: Desk) -> None:
    rows = [claimed(desk, a_source(desk, f"https://h{n}.example/")) for n in range(5)]
    polls = [
        a_poll(
            desk,
            row,
            *(Put(an_entry(row, f"{row.id}.{k}")) for k in range(n)),
            records=tuple(KeepRecord(a_record(desk, f"{k}"), k) for k in range(n)),
        )
        for n, row in enumerate(rows)
    ]
    found = desk.store.import_polls(polls, desk.now)
    assert [[one.guid for one in outcomes or ()] for outcomes in found] == [
        [f"urn:x:{row.id}.{k}" for k in range(n)] for n, row in enumerate(rows)
    ]
    assert the_record(desk, rows[3], "2").item == f"urn:x:{rows[3].id}.2"
    assert desk.store.verify() == []


def test_nothing_new_moves_no_revision(desk: Desk) -> None:
    source = a_source(desk)
    bring(desk, source, an_entry(source, "a"))
    revision, state = desk.store.revision(), desk.state()
    again = Put(desk.item("urn:x:a"), media=None)
    seen = KeepRecord(the_record(desk, source, "a"), 0)
    for poll in ({}, {"records": (KeepRecord(a_record(desk, "b", "dropped")),)}):
        desk.store.import_polls([a_poll(desk, claimed(desk, source), **poll)], desk.now)
    poll = a_poll(desk, claimed(desk, source), again, records=(seen,))
    (outcomes,) = desk.store.import_polls([poll], desk.now)
    assert outcomes is not None
    assert [outcome.kind for outcome in outcomes] == ["unchanged"]
    assert (desk.store.revision(), desk.state()) == (revision, state)


def test_a_fault_keeps_nothing_of_any_poll(desk: Desk) -> None:
    source, other = a_source(desk), a_source(desk, OTHER)
    polls = [
        a_poll(desk, claimed(desk, source), Put(an_entry(source, "a"))),
        a_poll(
            desk,
            claimed(desk, other),
            Put(an_entry(other, "b")),
            records=(KeepRecord(a_record(desk, "b", kept=an_item(title="\0"))),),
        ),
    ]
    before = row_counts(desk.store)
    with pytest.raises(ItemError, match="NUL"):
        desk.store.import_polls(polls, desk.now)
    assert (row_counts(desk.store), desk.titles()) == (before, [])
    assert desk.store.import_polls(polls[:1], desk.now)[0] is not None


def test_what_is_kept_no_longer_is_not_forgotten_by_a_poll(desk: Desk) -> None:
    """The poll began before something left."""
    source = a_source(desk)
    since = desk.now - timedelta(days=3)
    row = claimed(desk, source)
    bring_old = replace(polled(desk), kept_since=since)
    desk.store.import_polls([a_poll(desk, row, state=bring_old)], desk.now)
    for kept in (None, since - timedelta(days=9)):
        state = replace(polled(desk), kept_since=kept)
        desk.store.import_polls([a_poll(desk, claimed(desk, source), state=state)], desk.now)
        assert the_source(desk.store, source).state.kept_since == since


def test_a_poll_may_be_killed_at_any_statement(tmp_path: Path) -> None:
    """Then nothing of it is there, and whoever comes after its lease brings all."""
    desk = Desk(f"sqlite:///{tmp_path}/x.db")
    source = a_source(desk)
    row = claimed(desk, source)
    poll = a_poll(
        desk,
        row,
        Put(an_entry(source, "a"), media=None),
        Put(an_entry(source, "b", status=Status.REVIEW), media=None),
        records=(KeepRecord(a_record(desk, "a"), 0), KeepRecord(a_record(desk, "b", "waiting"), 1)),
    )
    before = row_counts(desk.store)
    desk.store.close()
    killed = 0
    for last in range(1, 60):

        def work(last: int = last) -> None:
            store, count = opened(desk.url), 0

            def die(*_: object) -> int:
                nonlocal count
                count += 1
                if count > last:
                    os.kill(os.getpid(), signal.SIGKILL)
                return 0

            @event.listens_for(store._database.engine, "connect")
            def watch(connection, _record) -> None:  # type: ignore[no-untyped-def]
                connection.set_trace_callback(die)

            store._database.engine.dispose()
            store.import_polls([poll], desk.now)

        status = Child(lambda _, work=work: work()).end()  # type: ignore[misc]
        desk.reopen()
        counts, titles = row_counts(desk.store), desk.titles()
        assert desk.store.verify() == []
        desk.store.close()
        if status == 0:
            break
        assert status == -signal.SIGKILL
        killed += 1
        if counts != before:  # it had been committed
            assert titles == ["a"]
            break
    assert killed > 10
    assert titles == ["a"]
    assert counts["records"] == 2
