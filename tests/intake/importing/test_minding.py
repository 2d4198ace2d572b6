"""What people do with sources, seen by the polls that follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from intake.importing.conftest import House
from intake.importing.publisher import Page, entry, feed

from feedsvc.errors import Changed, Conflict
from feedsvc.intake.importing.orders import Wanted
from feedsvc.model import Status
from feedsvc.store import Put, SourceSpec
from feedsvc.where import Terms, Where

EVER_THE_SAME = {"ETag": '"a"'}
FIRST, SECOND = "Story number 1 of them", "Story number 2 of them"


def wants(house: House, **changed: object) -> None:
    row = house.row()
    house.service.sources.change(row, replace(row.spec, **changed), origin="editor:ann")


def test_another_rule_takes_what_the_feed_still_shows(house: House) -> None:
    house.publisher.pages["/feed"] = Page(feed(entry(1), entry(2)), headers=EVER_THE_SAME)
    house.poll(house.source(where=Where(any=Terms(text=("number 1",)))))
    assert house.titles() == [FIRST]
    assert house.poll().became == "unchanged"
    wants(house, where=Where())
    assert house.poll().tally.added == 1
    assert house.titles() == [FIRST, SECOND]
    assert house.poll().became == "unchanged"


def test_at_another_address_edits_of_what_is_here_come_through(house: House) -> None:
    house.publisher.pages["/feed"] = Page(feed(entry(1)))
    house.poll(house.source())
    house.publisher.pages["/new"] = Page(feed(entry(1, title="Another title of it")))
    wants(house, url=house.publisher.url("/new"))
    assert house.service.store.next_source_due() == house.clock.now
    assert house.poll().tally.changed == 1
    assert house.titles() == ["Another title of it"]


def test_what_was_imported_by_hand_is_its_source_s_too(house: House) -> None:
    house.publisher.pages["/feed"] = Page(feed(entry(1)))
    spec = SourceSpec(house.publisher.url("/feed"))
    house.service.take_once(Wanted(spec.url, spec, every=True), lambda _step: None)
    (item,) = house.service.store.items()[0]
    source = house.service.sources.of_item(item)
    assert source is not None
    assert house.service.sources.matching(source, Where(), 9)[1] == 1
    house.publisher.pages["/new"] = Page(feed(entry(1, title="Another title of it")))
    wants(house, url=house.publisher.url("/new"))
    assert house.poll().tally.changed == 1
    assert house.titles() == ["Another title of it"]


def test_what_somebody_has_rewritten_is_not_overwritten_by_what_waited(house: House) -> None:
    house.publisher.pages["/feed"] = Page(feed(entry(1)))
    row = house.source(trust="review")
    house.poll(row)
    sources, store = house.service.sources, house.service.store
    sources.settle(sources.waiting(cursor=None, limit=1)[0][0], take=True)
    house.publisher.pages["/feed"] = Page(feed(entry(1, title="Theirs, once more")))
    house.poll()
    (waiting,) = sources.waiting(cursor=None, limit=9)[0]
    (item,) = store.items()[0]
    mine = replace(item, title="Mine", origin="editor:ann")
    store.apply([Put(mine, replaces=item.guid, media=None)], house.clock.now)
    with pytest.raises(Changed, match="look at it again"):
        sources.settle(waiting, take=True)
    (waiting,) = sources.waiting(cursor=None, limit=9)[0]
    with pytest.raises(Conflict, match="changed here"):
        sources.settle(waiting, take=True)
    assert house.titles() == ["Mine"]
    sources.settle(waiting, take=False)
    assert house.titles() == ["Mine"]


def test_a_source_that_was_gone_is_polled_again_when_it_is_resumed(house: House) -> None:
    house.publisher.pages["/feed"] = Page(status=410)
    assert house.poll(house.source()).became == "gone"
    assert house.service.poll_due() == 0
    house.publisher.pages["/feed"] = Page(feed(entry(1)))
    house.service.sources.resume(house.row())
    house.clock.now += timedelta(seconds=2)
    assert house.service.poll_due() == 1
    assert (house.titles(), house.row().state.status) == ([FIRST], "ok")


def test_nobody_asks_a_paused_one(house: House) -> None:
    house.publisher.pages["/feed"] = Page(feed(entry(1)))
    row = house.source()
    house.service.sources.pause(row)
    house.clock.now += timedelta(days=9)
    assert house.service.poll_due() == 0
    assert house.publisher.asked == []


def test_what_a_source_brings_waits_and_is_out_when_somebody_takes_it(house: House) -> None:
    house.publisher.pages["/feed"] = Page(feed(entry(1), entry(2)))
    spec = SourceSpec(house.publisher.url("/feed"), trust="review")
    house.service.sources.make(spec, origin="editor:ann")
    house.poll()
    sources = house.service.sources
    waiting, _ = sources.waiting(cursor=None, limit=9)
    assert sorted(one.item.title for one in waiting if one.item) == [FIRST, SECOND]
    found = {one.item.title: one for one in waiting if one.item}
    taken = sources.settle(found[FIRST], take=True)
    assert taken
    assert taken.status is Status.PUBLISHED
    assert sources.settle(found[SECOND], take=False) is None
    house.poll()
    assert house.titles() == [FIRST]
    assert house.service.store.count_waiting() == 0


def test_resuming_a_held_one_asks_it_again(house: House) -> None:
    house.publisher.pages["/feed"] = Page(feed(*(entry(n) for n in range(12))))
    house.poll(house.source())
    flood = (entry(n, guid=f"x{n}", title=f"Advert {n}", text=f"Buy {n} " * 20) for n in range(12))
    house.publisher.pages["/feed"] = Page(feed(*flood))
    assert house.poll().became == "held"
    house.publisher.pages["/feed"] = Page(feed(*(entry(n) for n in range(13))))
    house.service.sources.resume(house.row())
    assert house.poll().tally.added == 1
