"""When a source is polled next, and what an answer makes of its health."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.intake.importing import schedule
from feedsvc.intake.importing.schedule import failed, fresh_for, gap_of, interval, retry_after
from feedsvc.store import SourceSpec, SourceState

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SPEC = SourceSpec("https://example.org/feed")
KNOWN = SourceState(status="ok", etag='"a"')


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"cache-control": "max-age=600"}, 600),
        ({"cache-control": "Public, Max-Age=600"}, 600),
        ({"cache-control": 'max-age="600"'}, 600),
        ({"cache-control": "s-maxage=5"}, None),
        ({"cache-control": "max-age=x"}, None),
        ({"cache-control": "max-age=600", "age": "200"}, 400),
        ({"cache-control": "max-age=600", "age": "1000"}, 0),
        ({"cache-control": "max-age=600", "expires": "0"}, 600),
        ({"cache-control": "max-age=99999999999999999999"}, 999_999_999),
        ({"expires": "Mon, 23 Nov 2026 12:10:00 GMT"}, 600),
        (
            {
                "expires": "Mon, 23 Nov 2026 12:10:00 GMT",
                "date": "Mon, 23 Nov 2026 12:05:00 GMT",
            },
            300,
        ),
        ({"expires": "Mon, 23 Nov 2020 12:10:00 GMT"}, 0),
        ({"expires": "-1"}, None),
        ({"expires": "soon"}, None),
    ],
)
def test_how_long_an_answer_stays_fresh(headers, seconds):
    assert fresh_for(headers, NOW) == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("", None),
        ("120", timedelta(minutes=2)),
        ("Mon, 23 Nov 2026 13:00:00 GMT", HOUR),
        ("Mon, 23 Nov 2026 11:00:00 GMT", timedelta(0)),
        ("99999999999", timedelta(days=7)),
        ("Mon, 23 Nov 2099 13:00:00 GMT", timedelta(days=7)),
        ("-5", None),
        ("1.5", None),
        ("never", None),
        ("٣", None),  # a digit, but none of HTTP's
    ],
)
def test_the_wait_that_is_asked_for(value, wait):
    assert retry_after({"retry-after": value}, NOW) == wait


@pytest.mark.parametrize(
    ("spec", "state", "fresh", "wait"),
    [
        ({}, {}, None, HOUR),
        ({"every": timedelta(minutes=30)}, {}, None, timedelta(minutes=30)),
        ({"every": timedelta(minutes=1)}, {}, None, schedule.SHORTEST),
        ({}, {}, timedelta(minutes=5), HOUR),
        ({}, {}, 3 * HOUR, 3 * HOUR),
        ({}, {}, timedelta(days=30), DAY),
        ({}, {"ttl": 180}, None, 3 * HOUR),
        ({}, {"ttl": 10_000_000}, None, DAY),
        ({}, {"ttl": 180}, 5 * HOUR, 5 * HOUR),
        ({}, {"etag": None}, None, DAY),
        ({}, {"etag": None, "last_modified": "x"}, None, HOUR),
        ({"every": timedelta(minutes=30)}, {"etag": None}, None, 2 * HOUR),
        ({"every": timedelta(days=3)}, {}, None, timedelta(days=3)),
        ({}, {"gap": 60, "newest_at": NOW}, None, HOUR),
        ({}, {"gap": 16 * 3600, "newest_at": NOW}, None, 2 * HOUR),
        ({}, {"gap": 7 * 86400, "newest_at": NOW}, None, 4 * HOUR),
        ({}, {"gap": 60, "newest_at": NOW - 5 * DAY}, None, 4 * HOUR),  # it has fallen silent
    ],
)
def test_the_longest_of_what_is_wanted_said_and_usual_counts(spec, state, fresh, wait):
    found, why = interval(replace(SPEC, **spec), replace(KNOWN, **state), fresh, NOW)
    assert found == wait
    assert why


def test_the_usual_gap_takes_three_entries_and_none_to_come():
    days = [NOW - number * DAY for number in range(5)]
    assert gap_of(days, NOW) == (86400, NOW)
    assert gap_of([*days, NOW + 9 * DAY], NOW) == (86400, NOW)
    assert gap_of(days[:2], NOW) == (None, NOW)
    assert gap_of([], NOW) == (None, None)


def test_chance_adds_a_tenth_at_most():
    assert schedule.planned(NOW, HOUR, KNOWN, 0.0) == NOW + HOUR
    assert schedule.planned(NOW, HOUR, KNOWN, 1.0) == NOW + 1.1 * HOUR


@pytest.mark.parametrize(
    ("state", "hour", "day"),
    [
        ({"skip_hours": "13 14"}, 15, 23),
        ({"skip_days": "0"}, 0, 24),
        ({"skip_days": "0 1", "skip_hours": "0"}, 1, 25),
        ({"skip_hours": " ".join(map(str, range(24)))}, 13, 23),  # nobody would ever come
        ({"skip_days": "0 1 2 3 4 5 6"}, 13, 23),
    ],
)
def test_hours_and_days_that_are_to_be_skipped_are(state, hour, day):
    moment = schedule.planned(NOW, HOUR, replace(KNOWN, **state), 0.0)
    assert (moment.hour, moment.day) == (hour, day)


def test_each_failure_doubles_the_wait_up_to_a_day():
    state, waits = KNOWN, []
    for _ in range(7):
        state = failed(SPEC, state, "it answers 500", NOW, 0.0)
        waits.append((state.next_poll_at - NOW) / HOUR)
    assert waits == [2, 4, 8, 16, 24, 24, 24]
    assert (state.status, state.failures, state.last_error) == ("failing", 7, "it answers 500")
    assert state.etag == '"a"'
    well = schedule.well(SPEC, state, None, NOW, 0.0)
    assert (well.status, well.failures, well.last_error) == ("ok", 0, None)


def test_a_wait_that_is_asked_for_is_obeyed_where_it_is_longer():
    late = failed(SPEC, KNOWN, "x", NOW, 0.0, asked=timedelta(days=2))
    assert late.next_poll_at == NOW + timedelta(days=2)
    assert "Retry-After" in late.reason
    soon = failed(SPEC, KNOWN, "x", NOW, 0.0, asked=timedelta(seconds=1))
    assert soon.next_poll_at == NOW + 2 * HOUR


def test_a_source_that_is_gone_or_held_is_not_polled_again():
    assert schedule.gone(KNOWN, NOW).next_poll_at is None
    held = schedule.held(KNOWN, "a flood", NOW)
    assert (held.status, held.next_poll_at, held.last_error) == ("held", None, "a flood")


def test_a_source_has_moved_when_three_polls_in_a_row_say_so():
    state = KNOWN
    for _ in range(2):
        state = schedule.moved(state, "https://new.example/feed")
        assert state.fetch_url == ""
    assert schedule.moved(state, None).moved_seen == 0
    assert schedule.moved(state, "https://other.example/").moved_seen == 1
    there = schedule.moved(state, "https://new.example/feed")
    assert (there.fetch_url, there.moved_to, there.moved_seen) == (
        "https://new.example/feed",
        None,
        0,
    )


def test_a_new_place_that_fails_again_and_again_is_given_up_for_the_first_one():
    state = replace(KNOWN, fetch_url="https://new.example/feed")
    for _ in range(2):
        state = failed(SPEC, state, "x", NOW, 0.0)
        assert state.fetch_url
    assert failed(SPEC, state, "x", NOW, 0.0).fetch_url == ""
