"""The contract on claims: every due source is polled by one, and no host is overrun."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from samples import NOW, SITE
from sqlalchemy import event
from store.desk import Desk
from store.foreign import HOUR, a_poll, a_source, claimed, polled, the_source

from feedsvc.store import Imported, SourceRow, SourceSpec, SourceState, Store, open_store

MINUTE = timedelta(minutes=1)


def many(desk: Desk, *hosts: str) -> list[SourceRow]:
    """A source on each of these hosts, due in this order."""
    rows = []
    for number, host in enumerate(hosts):
        state = SourceState("ok", next_poll_at=desk.now - HOUR + number * timedelta(seconds=1))
        spec = SourceSpec(f"https://{host}/{number}")
        rows.append(desk.store.make_source(spec, origin="cli", now=desk.now, state=state))
    return rows


def taken(desk: Desk, limit: int = 99) -> list[str]:
    rows = desk.store.claim_sources(desk.now, limit=limit)
    return [row.spec.url.removeprefix("https://") for row in rows]


def test_what_is_due_is_claimed_once_longest_first(desk: Desk) -> None:
    many(desk, "c", "a", "b")
    assert taken(desk, limit=2) == ["c/0", "a/1"]
    assert taken(desk) == ["b/2"]
    assert taken(desk) == []
    assert taken(desk, limit=0) == []


def test_what_is_not_due_is_not_claimed(desk: Desk) -> None:
    (row,) = many(desk, "a")
    later = replace(row.state, next_poll_at=desk.now + timedelta(microseconds=1))
    desk.store.set_source(row.id, later)
    assert taken(desk) == []
    assert desk.store.next_source_due() == later.next_poll_at
    desk.later(seconds=1)
    assert taken(desk) == ["a/0"]


@pytest.mark.parametrize("status", ["held", "gone", "paused"])
def test_what_was_stopped_is_claimed_by_its_number_alone(desk: Desk, status: str) -> None:
    (row,) = many(desk, "a")
    desk.store.set_source(row.id, replace(row.state, status=status))  # type: ignore[arg-type]
    assert taken(desk) == []
    assert desk.store.next_source_due() is None
    (found,) = desk.store.claim_sources(desk.now, limit=1, ids=[row.id])
    assert (found.id, found.state.status) == (row.id, status)


def test_a_failing_source_goes_on_being_polled(desk: Desk) -> None:
    (row,) = many(desk, "a")
    desk.store.set_source(row.id, replace(row.state, status="failing"))
    assert taken(desk) == ["a/0"]


def test_one_of_a_host_at_a_time(desk: Desk) -> None:
    many(desk, "a", "a", "A", "b", "a.:80")
    assert taken(desk) == ["a/0", "b/3"]
    assert taken(desk) == []


def test_a_host_is_left_alone_for_a_second(desk: Desk) -> None:
    many(desk, "a", "a")
    (row,) = desk.store.claim_sources(desk.now, limit=9)
    desk.store.import_polls([a_poll(desk, row)], desk.now)
    desk.later(seconds=0.9)
    assert taken(desk) == []
    desk.later(seconds=0.2)
    assert taken(desk) == ["a/1"]


def test_a_clock_that_was_set_back_blocks_no_host(desk: Desk) -> None:
    many(desk, "a", "a")
    (row,) = desk.store.claim_sources(desk.now, limit=9)
    ahead = replace(polled(desk), last_poll_at=desk.now + HOUR)
    desk.store.import_polls([a_poll(desk, row, state=ahead)], desk.now)
    assert taken(desk) == ["a/1"]


def test_the_host_is_the_one_that_is_asked(desk: Desk) -> None:
    moved, other, third = many(desk, "a", "b", "a")
    state = replace(moved.state, fetch_url="https://b/moved")
    desk.store.set_source(moved.id, state)
    assert taken(desk) == ["a/0", "a/2"]
    assert the_source(desk.store, other).lease is None
    assert the_source(desk.store, third).lease is not None


def test_few_hosts_with_many_sources_hide_no_others(desk: Desk) -> None:
    many(desk, *["a"] * 40, "b", *["a"] * 40, "c")
    assert taken(desk, limit=3) == ["a/0", "b/40", "c/81"]


def test_a_lease_that_is_over_is_nobodys(desk: Desk) -> None:
    (row,) = many(desk, "a")
    (first,) = desk.store.claim_sources(desk.now, limit=1, lease=5 * MINUTE)
    assert desk.store.next_source_due() == desk.now + 5 * MINUTE
    desk.later(minutes=4.9)
    assert taken(desk) == []
    desk.later(minutes=0.1)
    (second,) = desk.store.claim_sources(desk.now, limit=1, lease=5 * MINUTE)
    assert (first.id, second.id) == (row.id, row.id)
    assert first.lease != second.lease
    polls = [a_poll(desk, first), a_poll(desk, second)]
    assert desk.store.import_polls(polls, desk.now) == [None, []]


def test_a_lease_is_good_for_one_poll(desk: Desk) -> None:
    source = a_source(desk)
    row = claimed(desk, source)
    assert desk.store.import_polls([a_poll(desk, row), a_poll(desk, row)], desk.now) == [[], None]
    assert desk.store.import_polls([a_poll(desk, row)], desk.now) == [None]
    assert the_source(desk.store, source).lease is None
    no_lease = Imported(source.id, "", polled(desk))
    assert desk.store.import_polls([no_lease], desk.now) == [None]
    assert desk.store.import_polls([Imported(99, "x", polled(desk))], desk.now) == [None]


def node(desk: Desk) -> Store:
    """Another process' store of the same database."""
    return open_store(desk.url, site_url=SITE, now=NOW)


def test_stores_that_claim_at_once_never_have_the_same(desk: Desk) -> None:
    """Two nodes of two threads each; every source once, and of a host never two in a second."""
    hosts = [f"h{number % 17}" for number in range(60)]
    rows = many(desk, *hosts)
    stores = [desk.store, node(desk)]
    claims: list[tuple[datetime, str]] = []
    polls: Counter[int] = Counter()
    barrier = threading.Barrier(4)

    def work(store: Store) -> None:
        for second in range(0, 30, 2):
            barrier.wait()
            now = desk.now + timedelta(seconds=second)
            for _ in range(3):
                found = store.claim_sources(now, limit=3)
                claims.extend((now, urlsplit(row.spec.url).hostname or "") for row in found)
                done = [
                    Imported(
                        row.id,
                        row.lease or "",
                        SourceState("ok", next_poll_at=now + HOUR, last_poll_at=now),
                    )
                    for row in found
                ]
                written = store.import_polls(done, now)
                polls.update(
                    poll.source_id for poll, kept in zip(done, written, strict=True) if kept == []
                )

    threads = [threading.Thread(target=work, args=(store,)) for store in stores * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stores[1].close()
    assert polls == {row.id: 1 for row in rows}
    assert max(Counter(claims).values()) == 1


def test_a_row_that_somebody_holds_is_passed_over(postgresql_url: str) -> None:
    """On PostgreSQL a claim waits for nobody."""
    desk = Desk(postgresql_url)
    first, _ = many(desk, "a", "b")
    with desk.store._database.engine.connect() as other, other.begin():
        other.exec_driver_sql(f"SELECT id FROM sources WHERE id = {first.id} FOR UPDATE")
        assert taken(desk) == ["b/1"]
    assert taken(desk) == ["a/0"]
    desk.store.close()


def test_claims_read_no_whole_table(sqlite_url: str) -> None:
    desk = Desk(sqlite_url)
    many(desk, *"abc")
    steps: list[str] = []

    @event.listens_for(desk.store._database.engine, "before_cursor_execute")
    def explain(conn, cursor, statement, parameters, *rest) -> None:  # type: ignore[no-untyped-def]
        if statement.startswith(("SELECT", "UPDATE")):
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps.extend(row[3] for row in cursor.fetchall())

    desk.store.claim_sources(desk.now, limit=2)
    desk.store.next_source_due()
    used = " ".join(steps)
    for index in ("sources_due", "sources_leased", "sources_polled"):
        assert index in used, steps
    assert not [step for step in steps if step.startswith("SCAN sources")], steps
    desk.store.close()
