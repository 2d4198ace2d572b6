"""How long pollers may wait: tables of rhythms and of moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.publish.advice import max_age, ttl

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def every(gap: timedelta, count: int = 12) -> list[datetime]:
    """The times of a feed with an entry in each gap, newest first."""
    return [NOW - number * gap for number in range(count)]


@pytest.mark.parametrize(
    ("times", "minutes"),
    [
        ([], 60),
        (every(DAY, 1), 60),
        (every(DAY, 2), 60),
        (every(DAY, 3), 120),
        (every(timedelta(0)), 15),
        (every(MINUTE), 15),
        (every(HOUR), 15),
        (every(6 * HOUR - MINUTE), 15),
        (every(6 * HOUR), 30),
        (every(12 * HOUR - MINUTE), 30),
        (every(12 * HOUR), 60),
        (every(DAY - MINUTE), 60),
        (every(DAY), 120),
        (every(400 * DAY), 120),
        # One night, one holiday, one backfill do not make the rhythm: most gaps do.
        ([*every(HOUR, 6), *(moment - 90 * DAY for moment in every(HOUR, 6))], 15),
        ([*every(DAY, 7), *([NOW - 7 * DAY] * 5)], 120),
        ([*every(DAY, 5), *([NOW - 7 * DAY] * 7)], 15),
    ],
)
def test_the_rhythm_makes_the_advice(times: list[datetime], minutes: int) -> None:
    assert ttl(times) == minutes * MINUTE
    assert ttl(times[::-1]) == minutes * MINUTE


@given(st.lists(st.datetimes(timezones=st.just(UTC)), max_size=12))
def test_the_advice_is_always_one_of_four(times: list[datetime]) -> None:
    assert ttl(times) / MINUTE in {15, 30, 60, 120}


@pytest.mark.parametrize(
    ("next_in", "seconds"),
    [
        (None, 3600),
        (timedelta(hours=2), 3600),
        (timedelta(hours=1), 3600),
        (timedelta(minutes=59, seconds=59), 3599),
        (timedelta(seconds=10.9), 10),
        (timedelta(seconds=1), 1),
        (timedelta(seconds=0.3), 1),
        (timedelta(0), 1),
        (timedelta(seconds=-5), 1),
        (timedelta(seconds=-60), 1),
        (timedelta(seconds=-61), 3600),  # nobody lets it in: no reason to ask each second
    ],
)
def test_nobody_waits_beyond_the_next_entry(next_in: timedelta | None, seconds: int) -> None:
    next_at = None if next_in is None else NOW + next_in
    assert max_age(HOUR, next_at, NOW) == timedelta(seconds=seconds)
