"""Polls that are ready together: each is decided on by what those before it have changed."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from intake.importing.conftest import House
from intake.importing.publisher import Page, Publisher

from feedsvc.intake.importing import settling
from feedsvc.intake.importing.known import Tally
from feedsvc.intake.importing.settling import Found, settle
from feedsvc.model import Item
from feedsvc.store import Imported, Put, SourceSpec

_WIRE = (
    "The quick brown fox jumps over the lazy dog while twelve other animals look on in wonder "
    "and some of them even applaud the show"
)


def _feed(number: int) -> bytes:
    own = (
        f"<item><guid isPermaLink='false'>own-{number}</guid><title>Own {number}</title>"
        f"<link>https://own{number}.example/1</link>"
        f"<description>What source {number} has to say of itself alone</description></item>"
    )
    told = (
        f"<item><guid isPermaLink='false'>wire-{number}</guid><title>Wire story of the day</title>"
        f"<link>https://wire.example/story</link><description>{_WIRE}</description></item>"
    )
    return (
        f"<rss version='2.0'><channel><title>S{number}</title><link>https://own{number}.example/"
        f"</link><description/>{own}{told}</channel></rss>"
    ).encode()


def test_a_story_that_many_tell_at_once_is_one_item_that_names_them_all(house: House) -> None:
    with ExitStack() as publishers:
        for number in range(6):  # each at a place of its own: no host is asked by two at once
            publisher = publishers.enter_context(Publisher(f"127.77.1.{number + 1}"))
            publisher.pages["/feed"] = Page(_feed(number))
            spec = SourceSpec(publisher.url("/feed"))
            house.service.store.make_source(spec, origin="cli", now=house.clock.now)
        assert house.service.importer.poll_due() == 6
    assert house.titles() == [*(f"Own {n}" for n in range(6)), "Wire story of the day"]
    (wire,) = (i for i in house.service.store.entries("main", limit=50) if i.title[0] == "W")
    assert len(wire.via) == 5
    assert {row.state.status for row in house.service.store.sources()} == {"ok"}
    assert not any(row.state.unread for row in house.service.store.sources())


def _found(house: House, number: int, changes: int) -> Found:
    spec = SourceSpec(f"https://s{number}.example/feed")
    house.service.store.make_source(spec, origin="cli", now=house.clock.now)
    (row,) = house.service.store.claim_sources(
        house.clock.now, limit=1, lease=timedelta(minutes=5), ids=None
    )
    titles = (f"{number} {n}" for n in range(changes))
    puts = tuple(
        Put(Item(title=title, guid=f"urn:x:{title.replace(' ', '-')}")) for title in titles
    )
    imported = Imported(row.id, row.lease or "", row.state, puts)
    return Found(imported, "changed", Tally(added=changes))


class _Noting:
    """The store, which notes how many polls each of its transactions has."""

    def __init__(self, house: House, bad: int | None = None) -> None:
        self._store, self._bad = house.service.store, bad
        self.sizes: list[int] = []

    def import_polls(self, polls: list[Imported], now: datetime) -> object:
        self.sizes.append(len(polls))
        if any(poll.source_id == self._bad for poll in polls):
            raise OSError("the disk is full")
        return self._store.import_polls(polls, now)


@pytest.mark.parametrize(
    ("changes", "sizes"),
    [([1, 1, 1], [3]), ([100, 150, 100], [2, 1]), ([300, 1], [1, 1]), ([0, 0], [2]), ([], [])],
)
def test_a_transaction_takes_so_many_changes(
    house: House, changes: list[int], sizes: list[int]
) -> None:
    found = [_found(house, number, count) for number, count in enumerate(changes)]
    store = _Noting(house)
    done = settle([lambda f=one: f for one in found], store, house.clock)  # type: ignore[misc,arg-type]
    assert store.sizes == sizes
    assert [len(kept or ()) for _, kept in done] == changes


def test_what_can_not_be_stored_keeps_nothing_else_from_it(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    found = [_found(house, number, 1) for number in range(3)]
    store = _Noting(house, bad=found[1].imported.source_id)
    done = settle([lambda f=one: f for one in found], store, house.clock)  # type: ignore[misc,arg-type]
    assert [one for one, _ in done] == found
    assert [kept is not None for _, kept in done] == [True, False, True]
    assert store.sizes == [3, 1, 1, 1]
    assert "the disk is full" in caplog.text


def test_an_item_that_two_polls_put_is_decided_on_anew(house: House) -> None:
    first, second = _found(house, 0, 1), _found(house, 1, 1)
    same = Imported(
        second.imported.source_id,
        second.imported.lease,
        second.imported.state,
        first.imported.changes,
    )
    asked: list[int] = []

    def again() -> Found:
        asked.append(house.service.store.revision())
        return Found(same, "changed", Tally(added=1))

    settle([lambda: first, again], house.service.store, house.clock)
    before, after = asked
    assert after == before + 1


def test_signs_are_of_what_is_told() -> None:
    when = datetime(2026, 11, 29, tzinfo=UTC)
    assert settling._signs(Imported(1, "", None)) == set()  # type: ignore[arg-type]
    item = Item(guid="urn:x:1", published=when)
    put = Put(item, replaces="urn:x:0")
    assert settling._signs(Imported(1, "", None, (put,))) == {"item urn:x:0", "item urn:x:1"}  # type: ignore[arg-type]
