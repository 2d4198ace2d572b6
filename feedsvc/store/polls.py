"""Counts of polls: who asked for which feed how often, a row a day, feed, form and client.

They stand apart from everything else: no revision, no time of a change, no validator moves when
they are written. Workers and nodes add to the same rows. Beside the days, each feed and form has a
row with the sum of all days, which stays when its days are dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from feedsvc.store.schema import polls

#: Days that are kept one by one; a year and a month.
DAYS_KEPT = 400
#: Different clients a feed and day; whoever makes up names fills no store.
MOST_CLIENTS = 100
#: The client of all that is too much to be told apart.
OTHER = "other"
#: Stands as the day of the row that sums all days up. It sorts after every day.
_TOTAL = "total"
_AT_ONCE = 500  #: names in one question, well below what any database takes


@dataclass(frozen=True, slots=True)
class PollCount:
    """What one client asked of one form of one feed on one day (UTC).

    ``feed`` is a feed's key; ``tag:`` and ``author:`` alone stand for all feeds of that kind,
    ``search:`` for all searches, ``opml:`` for the list of feeds. A sum over all days has no day
    and no client. ``requests`` are all of them, of which ``unconditional`` came without validators,
    ``not_modified`` were answered 304, ``deltas`` 226, ``refused`` 429. ``bytes_saved`` is what the
    answers were shorter than the whole document. ``subscribers`` is the greatest number that the
    client said to fetch for.
    """

    day: date | None
    feed: str
    form: str
    client: str
    requests: int = 0
    unconditional: int = 0
    not_modified: int = 0
    deltas: int = 0
    refused: int = 0
    bytes_sent: int = 0
    bytes_saved: int = 0
    subscribers: int = 0

    def __add__(self, other: PollCount) -> PollCount:
        """Both together, under this one's name."""
        sums = {name: getattr(self, name) + getattr(other, name) for name in _SUMMED}
        return replace(self, **sums, subscribers=max(self.subscribers, other.subscribers))


_KEY = ("day", "feed", "form", "client")
_SUMMED = tuple(
    field.name for field in fields(PollCount) if field.name not in (*_KEY, "subscribers")
)


def add(conn: Connection, counts: Sequence[PollCount], now: datetime) -> None:
    """Add these to what is there, and drop the days that are too old."""
    rows = _merged([*_bounded(conn, counts), *map(_total, counts)])
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    wanted = insert(polls)
    new, old = wanted.excluded, polls.c
    grown = {name: old[name] + new[name] for name in _SUMMED}
    greatest = case((new.subscribers > old.subscribers, new.subscribers), else_=old.subscribers)
    conn.execute(
        wanted.on_conflict_do_update(
            index_elements=[old[name] for name in _KEY], set_={**grown, "subscribers": greatest}
        ),
        # In one order, so that two nodes never wait for each other.
        sorted((_row(count) for count in rows), key=lambda row: [row[name] for name in _KEY]),
    )
    oldest = (now - timedelta(days=DAYS_KEPT)).date().isoformat()
    conn.execute(delete(polls).where(polls.c.day < oldest))


def days(conn: Connection, since: date) -> list[PollCount]:
    """The counts of the days from ``since`` on, by day."""
    asked = select(polls).where(polls.c.day >= since.isoformat(), polls.c.day < _TOTAL)
    return [_count(row) for row in conn.execute(asked.order_by(polls.c.day)).mappings()]


def totals(conn: Connection) -> list[PollCount]:
    """The sums over all days: one a feed and form, the feeds of tags and of authors summed up."""
    asked = select(polls).where(polls.c.day == _TOTAL).order_by(polls.c.feed, polls.c.form)
    return [_count(row) for row in conn.execute(asked).mappings()]


def sum_name(feed: str) -> str:
    """The name of the sum that a feed which nobody declared goes into; "" for a declared one.

    >>> sum_name("main"), sum_name("tag:sea"), sum_name("search:")
    ('', 'tag:', 'search:')
    """
    kind, colon, _ = feed.partition(":")
    return kind + colon if colon else ""


def _total(count: PollCount) -> PollCount:
    return replace(count, day=None, feed=sum_name(count.feed) or count.feed, client="")


def _bounded(conn: Connection, counts: Sequence[PollCount]) -> list[PollCount]:
    """The counts, with the clients that are too many for their feed and day put together."""
    known = _known(conn, counts)
    bounded = []
    for count in counts:
        names = known.setdefault((count.day, count.feed), set())
        if count.client not in names and count.client != OTHER:
            if len(names) < MOST_CLIENTS:
                names.add(count.client)
            else:
                count = replace(count, client=OTHER)  # noqa: PLW2901 - the same, by another name
        bounded.append(count)
    return bounded


def _known(
    conn: Connection, counts: Sequence[PollCount]
) -> dict[tuple[date | None, str], set[str]]:
    known: dict[tuple[date | None, str], set[str]] = {}
    for day in {count.day for count in counts}:
        feeds = sorted({count.feed for count in counts if count.day == day})
        for start in range(0, len(feeds), _AT_ONCE):
            asked = select(polls.c.feed, polls.c.client).distinct()
            asked = asked.where(
                polls.c.day == _day(day),
                polls.c.feed.in_(feeds[start : start + _AT_ONCE]),
                polls.c.client != OTHER,
            )
            for feed, client in conn.execute(asked):
                known.setdefault((day, feed), set()).add(client)
    return known


def _merged(counts: Iterable[PollCount]) -> list[PollCount]:
    """One count for each key."""
    merged: dict[tuple[date | None, str, str, str], PollCount] = {}
    for count in counts:
        key = (count.day, count.feed, count.form, count.client)
        merged[key] = merged[key] + count if key in merged else count
    return list(merged.values())


def _day(day: date | None) -> str:
    return _TOTAL if day is None else day.isoformat()


def _row(count: PollCount) -> dict[str, str | int]:
    row = {field.name: getattr(count, field.name) for field in fields(PollCount)}
    return {**row, "day": _day(count.day)}


def _count(row: object) -> PollCount:
    values = dict(row)  # type: ignore[call-overload]
    day = values.pop("day")
    return PollCount(day=None if day == _TOTAL else date.fromisoformat(day), **values)
