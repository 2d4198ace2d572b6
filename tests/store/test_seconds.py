"""Each new item looks for a second of its own, at the same cost however many there are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from samples import NOW
from sqlalchemy import event
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
    asked: list[str] = []

    def ask(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(desk.store._database.engine, "before_cursor_execute", ask)
    desk.put(title="One more")
    event.remove(desk.store._database.engine, "before_cursor_execute", ask)
    assert len([statement for statement in asked if "updated" in statement]) <= 3


def test_the_ends_of_the_calendar(desk: Desk) -> None:
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    first = datetime(1, 1, 1, tzinfo=UTC)
    for moment in (first, last, last):
        assert desk.put(published=moment).kind == "added"
