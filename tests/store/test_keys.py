"""A request that is sent again with its Idempotency-Key makes no second item."""

from __future__ import annotations

from datetime import timedelta

import pytest
from store.desk import Desk, an_item
from store.processes import Child

from feedsvc.model import Item
from feedsvc.store import Key, Outcome, Put

KEY = Key("ours 1", "digest")


def test_the_same_again_is_not_done_again(desk: Desk) -> None:
    first = desk.put(title="One", key=KEY)
    desk.put(title="Two", replaces=first.guid)
    again = desk.put(title="One", key=KEY)
    assert (again.kind, again.guid, again.revision) == ("repeated", first.guid, first.revision)
    assert (desk.titles(), desk.store.count()) == (["Two"], 1)


def test_nor_within_one_go(desk: Desk) -> None:
    puts = [Put(an_item(title="One"), key=KEY), Put(an_item(title="One"), key=KEY)]
    outcomes = desk.store.apply(puts, desk.now)
    assert [outcome.kind for outcome in outcomes] == ["added", "repeated"]
    assert desk.titles() == ["One"]


def test_a_key_is_for_one_request(desk: Desk) -> None:
    desk.put(title="One", key=KEY)
    other = desk.put(title="Two", key=Key(KEY.key, "another"))
    assert other.kind == "refused"
    assert other.reason == "this Idempotency-Key was used for another request"
    assert desk.titles() == ["One"]


def test_what_changed_nothing_has_used_its_key(desk: Desk) -> None:
    first = desk.put(title="One", guid="urn:x:1")
    assert desk.put(title="One", guid="urn:x:1", key=KEY).kind == "unchanged"
    assert desk.put(title="One", guid="urn:x:1", key=KEY) == Outcome(
        "repeated", "urn:x:1", None, first.revision
    )


@pytest.mark.parametrize(
    ("put", "kind"),
    [
        (Put(an_item(feeds=("none",)), key=KEY), "refused"),
        (Put(an_item(title="x\0"), key=KEY), "refused"),
        (Put(an_item(), key=KEY, expected_revision=7), "conflict"),
    ],
)
def test_what_was_not_done_uses_no_key(desk: Desk, put: Put, kind: str) -> None:
    (outcome,) = desk.store.apply([put], desk.now)
    assert outcome.kind == kind
    assert desk.put(title="Now", key=KEY).kind == "added"


def test_a_key_that_no_database_keeps_is_refused(desk: Desk) -> None:
    for text in ("a\0", "\udfff"):
        outcome = desk.put(Item(title="One"), key=Key(text, "d"))
        assert outcome.kind == "refused"
        assert "Idempotency-Key" in str(outcome.reason)
    assert desk.store.count() == 0


def test_keys_are_forgotten_after_a_week(desk: Desk) -> None:
    desk.put(title="One", key=KEY)
    assert desk.store.forget_expired(desk.now + timedelta(days=7)) == 0
    assert desk.put(title="One", key=KEY).kind == "repeated"
    assert desk.store.forget_expired(desk.now + timedelta(days=7, seconds=1)) == 1
    assert desk.put(title="One", key=KEY).kind == "added"


def test_many_keys_in_one_go(desk: Desk) -> None:
    puts = [Put(an_item(title=f"{n}"), key=Key(f"k{n}", "d")) for n in range(1200)]
    assert {outcome.kind for outcome in desk.store.apply(puts, desk.now)} == {"added"}
    assert {outcome.kind for outcome in desk.store.apply(puts, desk.now)} == {"repeated"}
    assert desk.store.count() == 1200


def test_of_many_that_come_at_once_one_is_done(store_url: str) -> None:
    """The same request over several workers, as from a client that lost its patience."""
    Desk(store_url).store.close()

    def work() -> list[str]:
        desk = Desk(store_url)
        kinds = [desk.put(title=f"{n}", key=Key(f"k{n}", "d")).kind for n in range(10)]
        desk.store.close()
        return kinds

    children = [Child(lambda _: work()) for _ in range(3)]
    kinds = [child.result() for child in children]
    assert [sorted(column) for column in zip(*kinds, strict=True)] == [
        ["added", "repeated", "repeated"]
    ] * 10
    desk = Desk(store_url)
    assert desk.store.count() == 10
    desk.store.close()
