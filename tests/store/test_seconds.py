"""Each new item looks for a second of its own, at the same cost however many there are."""

from __future__ import annotations

from datetime import UTC, datetime

from samples import NOW
from store.asked import statements
from store.desk import Desk, an_item

from feedsvc.store import Put
from feedsvc.store.decide import NEIGHBOURS


def test_as_many_as_there_is_room_for_get_one(desk: Desk) -> None:
    for start in range(0, 120, 40):
        puts = [Put(an_item(guid=f"urn:x:{n}")) for n in range(start, start + 40)]
        desk.store.apply(puts, desk.now)
    seconds = [item.updated for item in desk.store.entries("main", limit=200)]
    assert len(set(seconds)) == NEIGHBOURS
    assert max(seconds) == NOW.replace(microsecond=0)
    with statements(desk.store._database.engine) as asked:
        desk.put(title="One more")
    about = [statement for statement in asked if "updated" in statement]
    assert 1 <= len(about) <= 3  # what is written is one of them


def test_the_ends_of_the_calendar(desk: Desk) -> None:
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    first = datetime(1, 1, 1, tzinfo=UTC)
    for moment in (first, last, last):
        assert desk.put(published=moment).kind == "added"
