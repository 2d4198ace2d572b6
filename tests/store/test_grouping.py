"""Writers of one process share transactions: each gets its own outcomes and its own faults."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from store.desk import ADesk, Desk, an_item
from store.processes import Child

from feedsvc.errors import StoreError, StoreUnavailable
from feedsvc.store import Outcome, Put, Withdraw, applying


class Writers:
    """Threads that each do one thing at a store; what they return or raise, in their order."""

    def __init__(self, *works: Callable[[], Any]) -> None:
        self.results: list[Any] = [None] * len(works)
        self._threads = [
            threading.Thread(target=self._run, args=(number, work), daemon=True)
            for number, work in enumerate(works)
        ]
        for thread in self._threads:
            thread.start()

    def _run(self, number: int, work: Callable[[], Any]) -> None:
        try:
            self.results[number] = work()
        except BaseException as error:  # noqa: BLE001  # the test looks at it
            self.results[number] = error

    def end(self) -> list[Any]:
        for thread in self._threads:
            thread.join(20)
        return self.results


def waiting(desk: Desk) -> int:
    return len(desk.store._grouping._line)


@contextmanager
def transactions(desk: Desk) -> Iterator[list[str]]:
    """What was committed meanwhile, a word each."""
    engine = desk.store._database.engine
    committed: list[str] = []

    def commit(conn: Any) -> None:
        committed.append(conn.dialect.name)

    event.listen(engine, "commit", commit)
    try:
        yield committed
    finally:
        event.remove(engine, "commit", commit)


def held(desk: Desk, *works: Callable[[], Any]) -> list[Any]:
    """Let all these wait in line behind a first write, then let it go on; their results."""
    with desk.store._grouping._lock:
        desk.store._grouping._busy = True  # a leader is at work
    writers = Writers(*works)
    while waiting(desk) < len(works):
        threading.Event().wait(0.002)
    desk.store._grouping._hand_on([])
    return writers.end()


def put(desk: Desk, title: str, **more: Any) -> Callable[[], list[Outcome]]:
    return lambda: desk.store.apply([Put(an_item(title=title, **more))], desk.now)


def test_those_in_line_share_a_transaction_and_get_their_own_outcomes(desk: Desk) -> None:
    def some(name: str, count: int) -> Callable[[], list[Outcome]]:
        puts = [Put(an_item(guid=f"urn:x:{name}{n}", title=name)) for n in range(count)]
        return lambda: desk.store.apply(puts, desk.now)

    with transactions(desk) as committed:
        results = held(
            desk, *(some(name, count) for name, count in zip("abcde", range(1, 6), strict=True))
        )
    assert len(committed) == 1
    for name, count, outcomes in zip("abcde", range(1, 6), results, strict=True):
        assert [o.guid for o in outcomes] == [f"urn:x:{name}{n}" for n in range(count)]
        assert {o.kind for o in outcomes} == {"added"}
    revisions = [outcome.revision for outcomes in results for outcome in outcomes]
    assert sorted(revisions) == list(range(2, 17))  # 1 was the declaration
    assert desk.store.verify() == []


def test_who_is_refused_is_refused_alone(desk: Desk) -> None:
    good, unknown, naive, gone = held(
        desk,
        put(desk, "Good"),
        put(desk, "Nowhere", feeds=("nowhere",)),
        put(desk, "Half a character \ud800"),
        lambda: desk.store.apply([Withdraw("urn:x:none")], desk.now),
    )
    assert [o.kind for o in (*good, *unknown, *naive, *gone)] == ["added", *["refused"] * 3]
    assert "no feed is called nowhere" in unknown[0].reason
    assert desk.titles() == ["Good"]


def test_a_fault_with_one_is_not_the_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours ends the transaction: whoever it is not about is written after all."""
    apply = applying._apply_one

    def faulty(transaction: Any, change: Any) -> Outcome:
        if change.item.title == "Faulty":
            raise RuntimeError("a fault of ours")
        return apply(transaction, change)

    monkeypatch.setattr(applying, "_apply_one", faulty)
    results = held(desk, put(desk, "One"), put(desk, "Faulty"), put(desk, "Two"))
    assert isinstance(results[1], RuntimeError)
    assert [results[n][0].kind for n in (0, 2)] == ["added"] * 2
    assert sorted(desk.titles()) == ["One", "Two"]
    assert put(desk, "Three")()[0].revision == 4  # the line has not broken


@pytest.mark.parametrize("error", [StoreUnavailable("is locked"), KeyboardInterrupt()])
def test_a_failing_database_fails_all_who_share_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def failing(*_: Any) -> list[Outcome]:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(applying, "apply", failing)
        results = held(desk, put(desk, "One"), put(desk, "Two"))
    assert results[0] is error
    assert isinstance(results[1], StoreError)
    assert desk.titles() == []
    assert put(desk, "Three")()[0].kind == "added"


def test_the_same_guid_from_several_is_one_item(desk: Desk) -> None:
    results = held(desk, *(put(desk, title, guid="urn:x:1") for title in ("One", "Two", "Three")))
    assert sorted(o.kind for (o,) in results) == ["added", "changed", "changed"]
    last = max((outcome for (outcome,) in results), key=lambda outcome: outcome.revision)
    item = desk.item("urn:x:1")
    assert item.revision == last.revision == desk.state().revision == 4
    assert desk.store.verify() == []


def test_a_change_that_expects_a_revision_loses_to_the_one_before_it(desk: Desk) -> None:
    guid = str(desk.put(title="First").guid)
    edits = [Put(an_item(guid=guid, title=t), expected_revision=2) for t in ("One", "Two", "Three")]
    results = held(desk, *(lambda edit=edit: desk.store.apply([edit], desk.now) for edit in edits))  # type: ignore[misc]
    kinds = sorted(outcome.kind for (outcome,) in results)
    assert kinds[0] == "changed"
    assert "changed" not in kinds[1:]


def test_other_times_are_not_mixed(desk: Desk) -> None:
    """A transaction has one time: who is of another second waits for the next one."""
    later = desk.now + timedelta(hours=1)
    with transactions(desk) as committed:
        held(
            desk,
            put(desk, "Now"),
            lambda: desk.store.apply([Put(an_item(title="Later"))], later),
        )
    assert len(committed) == 2
    found = {item.title: item.published for item in desk.store.entries("main", limit=5)}
    assert found["Later"] - found["Now"] == timedelta(hours=1)


def test_large_batches_keep_to_themselves(desk: Desk) -> None:
    many = [Put(an_item(title=f"Item {n}", guid=f"urn:x:{n}")) for n in range(600)]
    with transactions(desk) as committed:
        large, small = held(desk, lambda: desk.store.apply(many, desk.now), put(desk, "Small"))
    assert [o.guid for o in large] == [f"urn:x:{n}" for n in range(600)]
    assert small[0].kind == "added"
    assert len(committed) == 2


def test_threads_of_many_processes(a_desk: ADesk, store_url: str) -> None:
    """Three processes of four threads: no number is lost or doubled, everyone has what it said."""
    desk = a_desk()

    def thread(own: Desk, name: str) -> list[tuple[str, Outcome]]:
        found = []
        for n in range(6):
            title = f"{name} {n}"
            found.append((title, own.put(title=title)))
            guid = found[-1][1].guid
            assert own.item(guid).title == title
            own.put(replace(own.item(guid), summary="Edited"), replaces=guid)
        return found

    def process(name: str) -> list[tuple[str, Outcome]]:
        own = Desk(store_url)
        writers = Writers(*(lambda k=k: thread(own, f"{name}{k}") for k in range(4)))  # type: ignore[misc]
        results = writers.end()
        assert all(isinstance(result, list) for result in results), results
        own.store.close()
        return [pair for result in results for pair in result]

    children = [Child(lambda _, name=name: process(name)) for name in "abc"]
    pairs = [pair for child in children for pair in child.result()]
    assert len({outcome.revision for _, outcome in pairs}) == len(pairs) == 3 * 4 * 6
    assert desk.store.revision() == 1 + 2 * len(pairs)
    assert {desk.item(outcome.guid).title for _, outcome in pairs} == {title for title, _ in pairs}
    assert desk.store.verify() == []


def test_a_forked_process_does_not_wait_for_its_parents_line(desk: Desk) -> None:
    with desk.store._grouping._lock:
        desk.store._grouping._busy = True  # as if a thread of the parent were writing
        child = Child(lambda _: desk.put(title="By the child").kind)
        assert child.result() == "added"
        desk.store._grouping._busy = False
