"""What is told of a poll or an import is what was kept of it, not what it had wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from intake.importing.conftest import House
from intake.importing.publisher import Page, entry, feed

from feedsvc.intake.importing.kept import tally_of
from feedsvc.intake.importing.known import Decision, Tally
from feedsvc.intake.importing.orders import Wanted
from feedsvc.intake.importing.taking import Taking
from feedsvc.model import Item
from feedsvc.store import (
    Change,
    Imported,
    KeepRecord,
    Outcome,
    Put,
    Record,
    SourceSpec,
    SourceState,
    Withdraw,
)

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
EDIT = Put(Item(guid="urn:x:a"), replaces="urn:x:a", expected_revision=3)
NEW = Put(Item(guid="urn:x:b"), expected_revision=0)
GONE = Withdraw("urn:x:a", expected_revision=3)


class Hurried(Taking):
    """Decides, and then somebody here is quicker than what it has decided on is stored."""

    meanwhile: Callable[[], object]

    def decide(self, *given: Any, **more: Any) -> Decision:
        decision = super().decide(*given, **more)
        self.meanwhile()
        return decision


def changed_here(house: House, title: str) -> None:
    """Change what has this title, if it is there yet."""
    store = house.service.store
    items: list[Item] = [item for item in store.items()[0] if item.title == title]
    for item in items:
        ours = replace(item, rights=f"Changed {item.revision}")
        store.apply([Put(ours, replaces=item.guid)], house.clock.now)


@pytest.fixture
def hurried(house: House) -> House:
    """Whoever edits the first story is always quicker."""
    importer = house.service.importer
    taking = Hurried(house.service.store, importer.taking.bounds)
    taking.meanwhile = lambda: changed_here(house, "Story number 1 of them")
    importer.taking = taking
    return house


def test_what_somebody_was_quicker_with_comes_with_the_next_poll(hurried: House) -> None:
    house = hurried
    house.publisher.pages["/feed"] = Page(feed(entry(1), entry(2)), headers={"ETag": '"a"'})
    house.poll(house.source())
    now = feed(entry(1, title="First"), entry(2, title="Second"))
    house.publisher.pages["/feed"] = Page(now, headers={"ETag": '"b"'})
    polled = house.poll()
    assert (polled.became, polled.tally.changed, polled.tally.unchanged) == ("changed", 1, 0)
    (note,) = polled.tally.notes
    assert note.startswith("1 entry left for the next time: ")
    assert house.titles() == ["Second", "Story number 1 of them"]
    # Alone, it is no change at all.
    polled = house.poll()
    assert (polled.became, polled.tally.changed) == ("unchanged", 0)
    assert len(polled.tally.notes) == 1
    house.service.importer.taking.meanwhile = lambda: None  # type: ignore[attr-defined]
    polled = house.poll()
    assert (polled.became, polled.tally.changed, polled.tally.notes) == ("changed", 1, [])
    assert house.titles() == ["First", "Second"]


def test_an_entry_under_another_guid_stays_one_item(hurried: House) -> None:
    house = hurried
    others = [entry(number) for number in range(2, 6)]
    house.publisher.pages["/feed"] = Page(feed(entry(1), *others))
    house.poll(house.source())
    said = "This is the long story of number 1 told in words that are its own, and some more " * 2
    house.publisher.pages["/feed"] = Page(feed(entry(1, guid="other", text=said), *others))
    assert house.poll().tally.renamed == 1
    house.service.importer.taking.meanwhile = lambda: None  # type: ignore[attr-defined]
    polled = house.poll()
    assert (polled.tally.renamed, polled.tally.changed, polled.tally.added) == (1, 1, 0)
    assert house.titles() == [f"Story number {number} of them" for number in range(1, 6)]


def test_an_import_tells_it_too(hurried: House) -> None:
    house = hurried
    house.publisher.pages["/feed"] = Page(feed(entry(1), entry(2)))
    wanted = Wanted(house.publisher.url("/feed"), SourceSpec(house.publisher.url("/feed")))
    house.service.take_once(wanted, lambda _step: None)
    house.publisher.pages["/feed"] = Page(feed(entry(1, title="First"), entry(2, title="Second")))
    (result,) = house.service.take_once(wanted, lambda _step: None)
    assert result.tally.changed == 1
    assert "1 entry left for the next time" in result.tally.notes[0]


@pytest.mark.parametrize(
    ("change", "state", "name"),
    [
        (NEW, "own", "added"),
        (EDIT, "own", "changed"),
        (NEW, "waiting", "waiting"),
        (EDIT, "waiting", "waiting"),
        (EDIT, "credit", "credited"),
        (GONE, "dropped", "withdrawn"),
    ],
)
def test_each_count_is_of_what_was_kept(change: Change, state: Any, name: str) -> None:
    imported = poll((change, Record("a", state, NOW, NOW)), (change, Record("b", state, NOW, NOW)))
    counted = Tally(**{name: 2}, notes=["as it came"])
    both = [Outcome("changed", "urn:x:a", None, 4)] * 2
    assert tally_of(counted, imported, both) is counted
    one = tally_of(counted, imported, [both[0], Outcome("conflict", "urn:x:a", "", 4)])
    assert one == Tally(**{name: 1}, notes=["as it came", *one.notes[1:]])
    assert len(one.notes) == 2
    none = tally_of(counted, imported, [Outcome("refused", None, "no feed of that name", 0)] * 2)
    told = ["as it came", "a: no feed of that name", "b: no feed of that name"]
    assert none == Tally(**{name: 0}, refused=2, notes=told)
    assert counted == Tally(**{name: 2}, notes=["as it came"])


def poll(*changes: tuple[Change, Record]) -> Imported:
    """What decides on one entry after the other, as a poll hands it to the store."""
    records = tuple(KeepRecord(record, place) for place, (_, record) in enumerate(changes))
    made = tuple(change for change, _ in changes)
    unchanged = KeepRecord(Record("seen", "own", NOW, NOW))
    return Imported(1, "lease", SourceState(), made, (unchanged, *records))
