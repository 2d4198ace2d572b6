"""The contract on stories taken apart: what credited another item is one of its own again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store.desk import MAIN, NEWS, ADesk, Desk, an_item
from store.foreign import (
    a_poll,
    a_record,
    a_source,
    an_entry,
    bring,
    claimed,
    record,
    the_record,
)

from feedsvc.errors import Conflict, NotFound
from feedsvc.model import Source, Via
from feedsvc.store import ForgetRecord, KeepRecord, SourceRow

OTHER = "https://two.example/feed"
THEIRS = "https://two.example/story"


def credit(
    desk: Desk, other: SourceRow, guid: str = "x", own: str = "urn:two:x", **fields: object
) -> None:
    """An entry of this source that only credits the item ``urn:x:a``."""
    kept = an_item(
        **{
            "guid": own,
            "title": "theirs",
            "url": THEIRS,
            "source": Source("Two", "https://two.example/", OTHER),
        }
        | fields
    )
    told = a_record(desk, guid, "credit", item="urn:x:a", kept=kept)
    poll = a_poll(desk, claimed(desk, other), records=(KeepRecord(told),))
    desk.store.import_polls([poll], desk.now)


def together(desk: Desk, *via: Via, into: str | None = None, **fields: object) -> SourceRow:
    """An item that another source carries as well; that source."""
    source, other = a_source(desk), a_source(desk, OTHER, into=into)
    bring(desk, source, an_entry(source, "a", via=via or (Via(THEIRS, "Two"),), **fields))
    credit(desk, other)
    return other


def test_it_becomes_an_item_and_the_other_loses_the_credit(desk: Desk) -> None:
    kept_via = Via("https://three.example/", "Three")
    other = together(desk, kept_via, Via(THEIRS, "Two"))
    outcome = desk.store.take_apart(other.id, "x", desk.now)
    assert (outcome.kind, outcome.guid) == ("added", "urn:two:x")
    own = desk.item("urn:two:x")
    assert (own.title, own.url, own.origin, own.via) == ("theirs", THEIRS, f"source:{OTHER}", ())
    assert sorted(desk.titles()) == ["a", "theirs"]
    assert desk.item("urn:x:a").via == (kept_via,)
    told = the_record(desk, other, "x")
    assert (told.state, told.item, told.kept) == ("apart", "urn:two:x", None)
    assert desk.store.verify() == []


def test_with_the_guid_of_the_other_it_gets_one_of_its_own(desk: Desk) -> None:
    other = together(desk)
    credit(desk, other, guid="urn:x:a")
    kept = the_record(desk, other, "urn:x:a").kept
    assert kept is not None
    told = a_record(desk, "urn:x:a", "credit", item="urn:x:a", kept=replace(kept, guid="urn:x:a"))
    poll = a_poll(desk, claimed(desk, other), records=(KeepRecord(told),))
    desk.store.import_polls([poll], desk.now)
    outcome = desk.store.take_apart(other.id, "urn:x:a", desk.now)
    assert outcome.kind == "added"
    own = desk.item(outcome.guid)
    assert own.guid != "urn:x:a"
    assert own.source is not None
    assert (own.source.guid, own.source.title) == ("urn:x:a", "Two")
    assert desk.item("urn:x:a").title == "a"


def test_each_goes_back_into_its_own_feeds(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, NEWS, replace(NEWS, name="other"))
    other = together(desk, into="other", feeds=("news", "other"))
    desk.store.take_apart(other.id, "x", desk.now)
    assert desk.item("urn:x:a").feeds == ("news",)
    assert desk.item("urn:two:x").feeds == ("other",)
    assert (desk.titles("news"), desk.titles("other")) == (["a"], ["theirs"])
    assert desk.gone("other") == ["urn:x:a"]


def test_the_feed_of_both_stays_the_feed_of_both(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, NEWS)
    source = a_source(desk, into="news")
    other = a_source(desk, OTHER, into="news")
    bring(desk, source, an_entry(source, "a", via=(Via(THEIRS),), feeds=("news",)))
    credit(desk, other)
    desk.store.take_apart(other.id, "x", desk.now)
    assert sorted(desk.titles("news")) == ["a", "theirs"]


@pytest.mark.parametrize("state", ["own", "apart", "dropped", "waiting", "refused", "ours"])
def test_what_is_no_credit_cannot_be_taken_apart(desk: Desk, state: str) -> None:
    source = a_source(desk)
    bring(desk, source, an_entry(source, "a"), state=state)
    for guid, number in (("a", source.id), ("b", source.id), ("a", 99)):
        with pytest.raises(NotFound):
            desk.store.take_apart(number, guid, desk.now)


def test_nor_can_one_of_which_nothing_is_kept(desk: Desk) -> None:
    source = a_source(desk)
    told = a_record(desk, "x", "credit", item="urn:x:a")
    poll = a_poll(desk, claimed(desk, source), records=(KeepRecord(told),))
    desk.store.import_polls([poll], desk.now)
    with pytest.raises(Conflict, match="next poll"):
        desk.store.take_apart(source.id, "x", desk.now)


def test_it_can_be_taken_from_an_item_that_is_withdrawn(desk: Desk) -> None:
    other = together(desk)
    desk.withdraw("urn:x:a")
    before = desk.item("urn:x:a")
    assert desk.store.take_apart(other.id, "x", desk.now).kind == "added"
    assert (desk.titles(), desk.gone()) == (["theirs"], ["urn:x:a"])
    assert desk.item("urn:x:a") == before
    assert the_record(desk, other, "x").state == "apart"
    assert desk.store.verify() == []


def test_what_credits_an_item_that_leaves_becomes_one(desk: Desk) -> None:
    other = together(desk)
    row = claimed(desk, other)
    desk.store.drop(["urn:x:a"], desk.now)
    told = the_record(desk, other, "x")
    assert (told.state, told.item, told.kept) == ("apart", "urn:two:x", None)
    item = desk.item("urn:two:x")
    assert (item.title, item.origin, item.via) == ("theirs", f"source:{OTHER}", ())
    assert (desk.titles(), desk.gone()) == (["theirs"], [])
    stale = KeepRecord(replace(told, state="credit", item="urn:x:a"))
    assert desk.store.import_polls([a_poll(desk, row, records=(stale,))], desk.now) == [None]
    with pytest.raises(NotFound):
        desk.store.take_apart(other.id, "x", desk.now)
    assert desk.store.verify() == []


def test_several_that_credit_it_are_one_item_again_in_each_feed(a_desk: ADesk) -> None:
    desk = a_desk(MAIN, NEWS)
    third, fourth = "https://three.example/feed", "https://four.example/feed"
    via = Via("https://three.example/story", "Three")
    two = together(desk, Via(THEIRS, "Two"), via)
    three, four = a_source(desk, third), a_source(desk, fourth, into="news")
    desk.later(minutes=1)
    for row, name in ((three, "three"), (four, "four")):
        fields = {"own": f"urn:{name}:x", "title": name, "url": f"https://{name}.example/story"}
        credit(desk, row, **fields)
    desk.store.drop(["urn:x:a"], desk.now)
    assert {item: desk.item(item).via for item in ("urn:two:x", "urn:four:x")} == {
        "urn:two:x": (via,),
        "urn:four:x": (),
    }
    assert desk.store.item(guid="urn:three:x") is None
    told = the_record(desk, three, "x")
    assert (told.state, told.item, told.kept is None) == ("credit", "urn:two:x", False)
    assert desk.titles("news") == ["four"]
    assert desk.store.take_apart(three.id, "x", desk.now).guid == "urn:three:x"
    assert desk.item("urn:two:x").via == ()
    assert the_record(desk, two, "x").state == the_record(desk, four, "x").state == "apart"


def test_with_the_guid_of_what_left_it_goes_on_under_that(desk: Desk) -> None:
    other = together(desk)
    credit(desk, other, guid="urn:x:a")
    kept = the_record(desk, other, "urn:x:a").kept
    told = a_record(
        desk, "x", "credit", item="urn:x:a", kept=replace(kept, guid="urn:x:a") if kept else None
    )
    gone = ForgetRecord("urn:x:a")
    poll = a_poll(desk, claimed(desk, other), records=(KeepRecord(told), gone))
    desk.store.import_polls([poll], desk.now)
    desk.store.drop(["urn:x:a"], desk.now)
    assert (desk.item("urn:x:a").title, desk.titles()) == ("theirs", ["theirs"])
    assert desk.store.verify() == []


@pytest.mark.parametrize("how", ["review", "unkept"])
def test_what_cannot_stand_alone_is_new_to_the_next_poll(desk: Desk, how: str) -> None:
    other = together(desk)
    if how == "review":
        spec = replace(other.spec, trust="review")
        desk.store.change_source(other.id, spec, origin="cli")
    else:
        told = replace(the_record(desk, other, "x"), kept=None)
        poll = a_poll(desk, claimed(desk, other), records=(KeepRecord(told),))
        desk.store.import_polls([poll], desk.now)
    desk.store.drop(["urn:x:a"], desk.now)
    assert (desk.titles(), record(desk, other, "x")) == ([], None)
