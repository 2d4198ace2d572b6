"""The contract on what waits for somebody to look at it: nobody sees it until it is out."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from samples import NOW, SITE
from store.desk import NEWS, ADesk, Desk, an_item
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

from feedsvc.errors import Changed, ItemError, NotFound
from feedsvc.model import Author, Status
from feedsvc.store import (
    KeepRecord,
    Media,
    Put,
    Record,
    SourceRow,
    Upload,
    open_store,
    record_key,
)
from feedsvc.where import Where

HOUR = timedelta(hours=1)
UPLOAD = "a" * 32


def wait(desk: Desk, source: SourceRow, *names: str, **fields: Any) -> None:
    """New entries of a source that is looked at first."""
    items = [an_entry(source, name, status=Status.REVIEW) for name in names]
    bring(desk, source, *items, state="waiting", **fields)


def wait_to_change(desk: Desk, source: SourceRow, name: str, **fields: Any) -> Record:
    """An entry that is out and that its source has changed: that waits."""
    bring(desk, source, an_entry(source, name, url=f"https://one.example/{name}"))
    kept = replace(an_entry(source, name), guid="", title=f"{name}, changed")
    told = replace(
        the_record(desk, source, name), state="waiting", kept=kept, digest="new", **fields
    )
    poll = a_poll(desk, claimed(desk, source), records=(KeepRecord(told),))
    desk.store.import_polls([poll], desk.now)
    return told


def settle(desk: Desk, source: SourceRow, guid: str, *, take: bool) -> Any:
    return desk.store.settle_waiting(source.id, guid, take=take, now=desk.now)


def waits(desk: Desk) -> list[str]:
    return [told.guid for _, told in desk.store.waiting()[0]]


def test_what_waits_is_nowhere_to_be_seen(a_desk: ADesk) -> None:
    """In no feed, page, tag, author or search, nor is what it leads to."""
    desk = a_desk(NEWS, replace(NEWS, name="main", where=type(NEWS.where)()))
    source = a_source(desk)
    secret = an_entry(
        source,
        "secret",
        status=Status.REVIEW,
        categories=an_item("news").categories,
        authors=(Author("Ada"),),
        image=f"{SITE}/media/{UPLOAD}/a.png",
    )
    before = {key: desk.state(key) for key in ("main", "news")}
    desk.store.keep_upload(Upload(UPLOAD, "a.png", "image/png", 5, at=desk.now, origin="api:ada"))
    (outcome,) = bring(desk, source, secret, state="waiting")
    desk.store.apply(
        [Put(desk.item("urn:x:secret"), media=(Media("a.png", "a", "image/png", 5),))], desk.now
    )
    assert outcome.item is not None
    assert {key: desk.state(key) for key in ("main", "news")} == before
    for key in ("main", "news", "tag:news", "author:ada"):
        assert desk.store.entries(key, limit=9) == []
        assert desk.store.tombstones(key, since=NOW - 9 * HOUR) == []
        assert desk.store.times(key) == ()
        assert desk.store.next_entry(key) is None
    assert desk.store.feed_states("tag") == desk.store.feed_states("author") == []
    assert desk.store.search("secret", limit=9) == []
    assert desk.store.found("secret", limit=9) == []
    assert desk.store.media(outcome.item.slug, "a.png") is None
    assert desk.store.matching(NEWS.where, limit=9) == ([], 0)
    assert desk.store.changed_since(0, feed="main") == ([], desk.store.revision())
    assert not desk.store.was_out("urn:x:secret")
    assert [item.title for item in desk.store.items(status=Status.REVIEW)[0]] == ["secret"]
    assert desk.store.verify() == []


def test_what_waits_keeps_a_private_upload_private(a_desk: ADesk) -> None:
    """It opens nothing to everybody by leading there."""
    private = replace(NEWS, private=True)
    desk = a_desk(replace(NEWS, name="main", where=type(NEWS.where)()), private)
    image = f"{SITE}/media/{UPLOAD}/a.png"
    desk.put(an_item("news", title="ours", image=image))
    source = a_source(desk)
    bring(desk, source, an_entry(source, "x", status=Status.REVIEW, image=image), state="waiting")
    assert desk.store.upload_readers(UPLOAD) == ("news",)


def test_what_has_waited_longest_comes_first_page_by_page(desk: Desk) -> None:
    source, other = a_source(desk), a_source(desk, "https://two.example/feed")
    for name in "abc":
        wait(desk, source, name)
        wait(desk, other, f"{name}2", item="")
    found: list[str] = []
    cursor = None
    while True:
        page, cursor = desk.store.waiting(cursor=cursor, limit=4)
        found += [told.guid for _, told in page]
        if cursor is None:
            break
    assert found == ["a", "a2", "b", "b2", "c", "c2"]
    row, told = desk.store.waiting()[0][0]
    assert (row.id, row.spec, told.item) == (source.id, source.spec, "urn:x:a")


@pytest.mark.parametrize("cursor", ["", "x", "1.2", "1.2.", "1.2.a'b", f"{10**30}.1.a", "1.-9e9.a"])
def test_a_cursor_that_is_none_is_refused(desk: Desk, cursor: str) -> None:
    with pytest.raises(ItemError, match="cursor"):
        desk.store.waiting(cursor=cursor)


def test_what_is_taken_is_out(desk: Desk) -> None:
    source = a_source(desk)
    wait(desk, source, "a", "b", why="it has the address of x", out_at=desk.now + HOUR)
    desk.later(minutes=5)
    outcome = settle(desk, source, "a", take=True)
    assert (outcome.kind, desk.titles(), waits(desk)) == ("changed", ["a"], ["b"])
    assert desk.item("urn:x:a").origin == f"source:{FEED}"
    told = the_record(desk, source, "a")
    assert (told.state, told.why, told.out_at) == ("own", "", None)
    for take in (True, False):
        with pytest.raises(NotFound):
            settle(desk, source, "a", take=take)
    assert desk.store.was_out("urn:x:a")


def test_what_is_dropped_leaves_for_good(desk: Desk) -> None:
    source = a_source(desk)
    counts = row_counts(desk.store)
    wait(desk, source, "a")
    assert settle(desk, source, "a", take=False) is None
    assert row_counts(desk.store) == counts | {"records": 1}
    told = the_record(desk, source, "a")
    assert (told.state, told.item, told.why) == ("dropped", "", "somebody has dropped it")
    assert desk.gone() == []
    assert desk.store.verify() == []


def test_a_change_that_is_taken_comes_out_under_the_names_there(desk: Desk) -> None:
    source = a_source(desk)
    wait_to_change(desk, source, "a")
    assert desk.titles() == ["a"]
    before = desk.item("urn:x:a")
    assert settle(desk, source, "a", take=True).kind == "changed"
    after = desk.item("urn:x:a")
    assert (after.title, after.slug, after.guid) == ("a, changed", before.slug, before.guid)
    assert after.published == before.published
    told = the_record(desk, source, "a")
    assert (told.state, told.kept, told.digest) == ("own", None, "new")


def test_a_change_that_is_dropped_leaves_the_item_as_it_is(desk: Desk) -> None:
    source = a_source(desk)
    wait_to_change(desk, source, "a")
    before = desk.item("urn:x:a")
    assert settle(desk, source, "a", take=False) is None
    assert desk.item("urn:x:a") == before
    told = the_record(desk, source, "a")
    assert (told.state, told.kept, told.digest, told.item) == ("own", None, "new", "urn:x:a")


def test_what_waits_without_an_item_becomes_one(desk: Desk) -> None:
    source = a_source(desk, into="main")
    told = a_record(desk, "a", "waiting", kept=an_item(title="a"))
    poll = a_poll(desk, claimed(desk, source), records=(KeepRecord(told),))
    desk.store.import_polls([poll], desk.now)
    outcome = settle(desk, source, "a", take=True)
    item = desk.item(outcome.guid)
    assert (outcome.kind, item.feeds, item.origin) == ("added", ("main",), f"source:{FEED}")
    assert the_record(desk, source, "a").item == item.guid


def test_what_cannot_be_taken_says_why(desk: Desk) -> None:
    source = a_source(desk, into="nowhere")
    told = a_record(desk, "a", "waiting", kept=an_item(title="a"))
    poll = a_poll(desk, claimed(desk, source), records=(KeepRecord(told),))
    desk.store.import_polls([poll], desk.now)
    assert settle(desk, source, "a", take=True).kind == "refused"
    refused = the_record(desk, source, "a")
    assert (refused.state, "nowhere" in refused.why) == ("refused", True)


def test_whoever_looks_wins_over_a_poll_that_is_under_way(desk: Desk) -> None:
    source = a_source(desk)
    wait(desk, source, "a")
    row = claimed(desk, source)
    stale = KeepRecord(the_record(desk, source, "a"))
    settle(desk, source, "a", take=True)
    assert desk.store.import_polls([a_poll(desk, row, records=(stale,))], desk.now) == [None]
    assert the_record(desk, source, "a").state == "own"


def test_what_nobody_has_dropped_in_time_comes_out(desk: Desk) -> None:
    source = a_source(desk)
    due = desk.now + HOUR
    wait(desk, source, "a", "b", out_at=due)
    wait(desk, source, "for ever")
    settle(desk, source, "b", take=False)
    assert desk.store.next_due() == due
    assert desk.store.tick(due - timedelta(microseconds=1)) == 0
    assert desk.titles() == []
    assert desk.store.tick(due) == 1
    assert (desk.titles(), waits(desk)) == (["a"], ["for ever"])
    assert desk.store.next_due() is None
    assert desk.store.tick(due + HOUR) == 0


def test_a_change_comes_out_in_time_as_well(desk: Desk) -> None:
    source = a_source(desk)
    wait_to_change(desk, source, "a", out_at=desk.now + HOUR)
    desk.later(hours=2)
    assert desk.store.tick(desk.now) == 1
    assert desk.titles() == ["a, changed"]


@pytest.mark.parametrize("what", ["withdrawn", "rewritten", "ended"])
def test_nothing_comes_out_against_what_somebody_wants(desk: Desk, what: str) -> None:
    source = a_source(desk)
    if what == "rewritten":
        wait_to_change(desk, source, "a", out_at=desk.now + HOUR)
        mine = replace(desk.item("urn:x:a"), title="mine", origin="editor:ada")
        desk.put(mine)
    else:
        wait(desk, source, "a", out_at=desk.now + HOUR)
    if what == "withdrawn":
        desk.withdraw("urn:x:a")
    elif what == "ended":
        desk.store.end_source(source.id, desk.now)
    desk.later(hours=2)
    assert desk.store.tick(desk.now) == 0
    assert desk.titles() == (["mine"] if what == "rewritten" else [])
    assert (desk.store.next_due(), waits(desk)) == (None, [])


def test_two_schedulers_let_it_out_once(desk: Desk) -> None:
    source = a_source(desk)
    names = [f"n{n}" for n in range(20)]
    wait(desk, source, *names, out_at=desk.now + HOUR)
    revision = desk.store.revision()
    stores = [desk.store, open_store(desk.url, site_url=SITE, now=NOW)]
    barrier, found = threading.Barrier(2), []

    def tick(now: datetime, number: int) -> None:
        barrier.wait()
        found.append(stores[number].tick(now))

    threads = [threading.Thread(target=tick, args=(desk.now + HOUR, n)) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stores[1].close()
    assert sorted(found) == [0, 20]
    assert desk.store.revision() == revision + 20
    assert sorted(desk.titles()) == sorted(names)


def test_the_editor_may_publish_it_as_any_item(desk: Desk) -> None:
    """Then there is nothing more to settle but the record."""
    source = a_source(desk)
    wait(desk, source, "a", out_at=desk.now + HOUR)
    desk.put(replace(desk.item("urn:x:a"), status=Status.PUBLISHED))
    revision = desk.store.revision()
    desk.later(hours=2)
    assert desk.store.tick(desk.now) == 0
    assert desk.store.revision() == revision
    assert (desk.titles(), the_record(desk, source, "a").state) == (["a"], "own")


def test_what_was_dropped_elsewhere_waits_no_more(desk: Desk) -> None:
    source = a_source(desk)
    wait(desk, source, "a")
    desk.store.drop(["urn:x:a"], desk.now)
    with pytest.raises(NotFound):
        settle(desk, source, "a", take=True)
    assert record(desk, source, "b") is None
    assert the_source(desk.store, source).waiting == 0


def test_what_waits_is_counted_and_found_by_its_key(a_desk: ADesk) -> None:
    desk = a_desk(NEWS)
    source = a_source(desk)
    wait(desk, source, "one", "two")
    assert desk.store.count_waiting() == 2
    assert desk.store.record(source.id, record_key("one")) == the_record(desk, source, "one")
    assert desk.store.record(source.id + 1, record_key("one")) is None
    assert desk.store.record(source.id, "no key") is None
    settle(desk, source, "one", take=False)
    assert desk.store.count_waiting() == 1


def test_what_somebody_has_made_of_an_item_waits_no_more(a_desk: ADesk) -> None:
    desk = a_desk(NEWS)
    source = a_source(desk)
    wait(desk, source, "one", "two", out_at=desk.now + HOUR)
    wait_to_change(desk, source, "three")
    for guid in ("urn:x:one", "urn:x:three", "urn:x:nowhere"):
        desk.store.looked_at(guid)
    told = the_record(desk, source, "one")
    assert (told.state, told.out_at) == ("own", None)
    assert sorted(waits(desk)) == ["three", "two"], "a change to what is out waits on"


def test_at_another_address_items_stay_those_of_their_source(a_desk: ADesk) -> None:
    desk = a_desk(NEWS)
    source, other = a_source(desk), a_source(desk, "https://two.example/feed")
    bring(desk, source, an_entry(source, "one"))
    bring(desk, other, an_entry(other, "two"))
    spec = replace(source.spec, url="https://one.example/newer")
    desk.store.change_source(source.id, spec, origin="cli")
    assert desk.item("urn:x:one").origin == "source:https://one.example/newer"
    assert desk.item("urn:x:two").origin == f"source:{other.spec.url}"
    where = Where()
    found = desk.store.matching(where, limit=9, origins=["source:https://one.example/newer"])
    assert [item.guid for item in found[0]] == ["urn:x:one"]


def newer(desk: Desk, source: SourceRow, name: str, *, digest: str, **fields: Any) -> None:
    """A poll that has another version of what waits to be a new item."""
    told = replace(the_record(desk, source, name), digest=digest, **fields)
    item = replace(desk.item(f"urn:x:{name}"), title=f"{name}, bought")
    put = Put(item, replaces=item.guid, media=None)
    poll = a_poll(desk, claimed(desk, source), put, records=(KeepRecord(told, 0),))
    desk.store.import_polls([poll], desk.now)


@pytest.mark.parametrize("take", [True, False])
def test_what_nobody_has_seen_is_neither_published_nor_dropped(desk: Desk, take: bool) -> None:
    source = a_source(desk)
    wait(desk, source, "a", digest="seen")
    newer(desk, source, "a", digest="bought")
    revision = desk.store.revision()
    with pytest.raises(Changed, match="look at it again"):
        desk.store.settle_waiting(source.id, "a", take=take, now=desk.now, digest="seen")
    assert (desk.titles(), waits(desk), desk.store.revision()) == ([], ["a"], revision)
    desk.store.settle_waiting(source.id, "a", take=take, now=desk.now, digest="bought")
    assert (desk.titles(), waits(desk)) == (["a, bought"] if take else [], [])


def test_a_change_is_taken_as_it_was_seen_or_not_at_all(desk: Desk) -> None:
    source = a_source(desk)
    told = wait_to_change(desk, source, "a")
    assert told.kept
    bought = replace(told, kept=replace(told.kept, title="bought"), digest="bought")
    poll = a_poll(desk, claimed(desk, source), records=(KeepRecord(bought),))
    desk.store.import_polls([poll], desk.now)
    with pytest.raises(Changed):
        desk.store.settle_waiting(source.id, "a", take=True, now=desk.now, digest=told.digest)
    assert desk.titles() == ["a"]
    desk.store.settle_waiting(source.id, "a", take=True, now=desk.now, digest="bought")
    assert desk.titles() == ["bought"]


def test_what_changes_while_it_waits_comes_out_when_it_has_waited_anew(desk: Desk) -> None:
    """By itself, at the time and with the words that it has by then."""
    source = a_source(desk)
    due = desk.now + HOUR
    wait(desk, source, "a", out_at=due)
    newer(desk, source, "a", digest="bought", out_at=due + HOUR)
    assert desk.store.next_due() == due + HOUR
    assert desk.store.tick(due) == 0
    assert (desk.titles(), waits(desk)) == ([], ["a"])
    assert desk.store.tick(due + HOUR) == 1
    assert desk.titles() == ["a, bought"]


@pytest.mark.parametrize("take", [True, False])
def test_what_somebody_has_edited_is_settled_by_who_has_seen_that(desk: Desk, take: bool) -> None:
    source = a_source(desk)
    wait(desk, source, "a")
    seen = desk.item("urn:x:a")
    mine = replace(seen, title="mine", origin="editor:ann")
    desk.store.apply([Put(mine, replaces=seen.guid, media=None)], desk.now)
    for revision in (seen.revision, 0):
        with pytest.raises(Changed, match="has changed the item"):
            desk.store.settle_waiting(source.id, "a", take=take, now=desk.now, revision=revision)
    assert (desk.titles(), waits(desk)) == ([], ["a"])
    now = desk.item("urn:x:a").revision
    desk.store.settle_waiting(source.id, "a", take=take, now=desk.now, revision=now)
    assert (desk.titles(), waits(desk)) == (["mine"] if take else [], [])
