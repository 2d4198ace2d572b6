"""In which seconds items were updated: each new one looks for a second of its own nearby."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from feedsvc.store.decide import NEIGHBOURS, whole_seconds
from feedsvc.store.questions import Question
from feedsvc.store.schema import Instant, items

_SECOND = timedelta(seconds=1)
_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(microsecond=0, tzinfo=UTC)


def _taken() -> Select[Any]:
    """The seconds from ``low`` to ``high`` in which an item was updated, and one item of each.

    It leaps from second to second, however many items have the same.
    """
    updated = items.c.updated
    first = select(func.min(updated).label("second")).where(
        updated >= bindparam("low", type_=Instant)
    )
    steps = first.cte("anon_steps", recursive=True)
    leap = select(func.min(updated)).where(updated > steps.c.second).scalar_subquery()
    steps = steps.union_all(select(leap).where(steps.c.second < bindparam("high", type_=Instant)))
    one = select(items.c.id).where(updated == steps.c.second).limit(1).scalar_subquery()
    return select(steps.c.second, one).where(steps.c.second <= bindparam("high", type_=Instant))


_TAKEN = Question(_taken())
_ONE = Question(
    select(func.max(items.c.id)).where(items.c.updated == bindparam("second", type_=Instant))
)
_SOME = (
    select(items.c.updated, func.max(items.c.id))
    .where(items.c.updated.in_(bindparam("seconds", expanding=True)))
    .group_by(items.c.updated)
)


class Crowds:
    """The seconds around which no other is free. Of one store; not for threads at once.

    What was found counts for as long as it is the same second, so that of many items that come
    together only the first walks through all the others' seconds.
    """

    def __init__(self) -> None:
        self._now = _FIRST
        self._found: set[datetime] = set()

    def at(self, now: datetime) -> set[datetime]:
        """Those that were found in the second that it is now; who finds another one adds it."""
        second = whole_seconds(now)
        if second != self._now:
            self._now, self._found = second, set()
        return self._found


def load(conn: Connection, seconds: list[datetime]) -> dict[datetime, int | None]:
    """An item that was updated in each of these seconds, some hundred at most; None for none."""
    if len(seconds) == 1:  # so one of a crowd is found without reading all of it
        return {seconds[0]: _ONE.value(conn, second=seconds[0])}
    found: dict[datetime, int | None] = dict.fromkeys(seconds)
    found.update(tuple(row) for row in conn.execute(_SOME, {"seconds": seconds}))
    return found


def around(conn: Connection, second: datetime) -> dict[datetime, int | None]:
    """The same of a second and all that are tried in its place."""
    reach = NEIGHBOURS * _SECOND
    low = max(second, _FIRST + reach) - reach
    high = min(second, _LAST - reach) + reach
    found: dict[datetime, int | None] = dict.fromkeys([second])
    found |= dict.fromkeys(low + step * _SECOND for step in range((high - low) // _SECOND + 1))
    for taken, row_id in _TAKEN.rows(conn, low=low, high=high):
        found[taken] = row_id
    return found
