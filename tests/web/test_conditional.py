"""304 and 206, decided on values."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug.http import http_date

from feedsvc.web.conditional import (
    ByteRange,
    NotSatisfiable,
    byte_range,
    last_modified,
    not_modified,
)

CHANGED = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
NEXT_SECOND = datetime(2026, 11, 22, 12, 0, 1, tzinfo=UTC)
NOW = CHANGED + timedelta(hours=1)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, False),
        ("", False),
        ('"abc"', True),
        ('W/"abc"', True),
        ('"x", "abc"', True),
        ('"x",W/"abc" , "y"', True),
        ("*", True),
        ('"x"', False),
        ('"ABC"', False),
        ('"abc-gzip"', True),  # as proxies that compress mark it
        ('W/"abc-gzip"', True),
        ('"abc;gzip"', True),
        ('"abc--gzip"', True),
        ('"abc-br"', True),
        ('"x", "abc-zstd"', True),
        ('"abx-gzip"', False),
        ('"abcgzip"', False),
        ('"abc-gzip-"', False),
        ('"abc-2"', False),
        ('"-gzip"', False),
        ('"x, abc"', False),
        ('"abc', False),
        (",,,", False),
        ("\x7f\xff", False),
    ],
)
def test_if_none_match(given: str | None, expected: bool) -> None:
    assert not_modified(given, None, etag='"abc"', changed_at=CHANGED, now=NOW) is expected


def test_a_validator_that_itself_ends_like_a_coding() -> None:
    for known in ('"a-br"', '"a-br-gzip"'):
        assert not_modified(known, None, etag='"a-br"', changed_at=None, now=NOW)
    assert not not_modified('"a"', None, etag='"a-br"', changed_at=None, now=NOW)


def test_a_weak_validator_matches_as_well() -> None:
    assert not_modified('"abc"', None, etag='W/"abc"', changed_at=CHANGED, now=NOW)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (http_date(NEXT_SECOND), True),
        (http_date(NEXT_SECOND + timedelta(minutes=1)), True),
        (http_date(NEXT_SECOND - timedelta(seconds=1)), False),
        (http_date(NOW + timedelta(days=1)), False),  # RFC 9110 13.1.3: later than now is invalid
        ("Sunday, 22-Nov-26 12:00:01 GMT", True),  # RFC 850
        ("Sun Nov 22 12:00:01 2026", True),  # asctime
        ("", False),
        ("yesterday", False),
        ("Mon, 99 Foo 2026 00:00:00 GMT", False),
        ("9" * 100, False),
        ("0", False),
    ],
)
def test_if_modified_since(given: str, expected: bool) -> None:
    assert not_modified(None, given, etag='"abc"', changed_at=CHANGED, now=NOW) is expected


@pytest.mark.parametrize("if_none_match", ['"other"', "", "garbled"])
def test_if_none_match_wins(if_none_match: str) -> None:
    since = http_date(NOW)
    assert not not_modified(if_none_match, since, etag='"abc"', changed_at=CHANGED, now=NOW)


def test_no_time_known_means_always_new() -> None:
    assert not not_modified(None, http_date(NOW), etag='"abc"', changed_at=None, now=NOW)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (CHANGED, CHANGED.replace(microsecond=0)),  # not in the future
        (CHANGED + timedelta(milliseconds=740), CHANGED.replace(microsecond=0)),
        (NEXT_SECOND, NEXT_SECOND),
        (NOW, NEXT_SECOND),
        (CHANGED - timedelta(days=1), (CHANGED - timedelta(days=1)).replace(microsecond=0)),
    ],
)
def test_last_modified(now: datetime, expected: datetime) -> None:
    assert last_modified(CHANGED, now) == expected
    assert last_modified(CHANGED, now) <= now


def test_a_change_on_the_second_needs_no_rounding() -> None:
    whole = CHANGED.replace(microsecond=0)
    assert last_modified(whole, NOW) == whole


@pytest.mark.parametrize("first", range(0, 1000, 90))
def test_a_poll_by_date_alone_never_misses_a_change(first: int) -> None:
    """Whenever it polls between two changes, however close they are, it sees the second."""
    start = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
    first_at = start + timedelta(milliseconds=first)
    for wait, more in itertools.product(range(0, 2000, 130), range(1, 2500, 170)):
        polled_at = first_at + timedelta(milliseconds=wait)
        second_at = polled_at + timedelta(milliseconds=more)
        for held in (last_modified(first_at, polled_at), polled_at):  # some send the Date back
            for later in (second_at, second_at + timedelta(seconds=1), second_at + timedelta(1)):
                assert not not_modified(
                    None, http_date(held), etag='"b"', changed_at=second_at, now=later
                )


MODIFIED = NEXT_SECOND


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("", None),
        ("bytes=0-99", ByteRange(0, 100)),
        ("bytes=100-", ByteRange(100, 1000)),
        ("bytes=-100", ByteRange(900, 1000)),
        ("bytes=-5000", ByteRange(0, 1000)),
        ("bytes=999-999", ByteRange(999, 1000)),
        ("bytes=0-5000", ByteRange(0, 1000)),
        ("bytes=0-0,5-6", None),  # several: the whole
        ("bytes=5-2", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("items=0-1", None),
        ("bytes=٠-٩", None),
        ("bytes=0-" + "9" * 60, None),
    ],
)
def test_byte_range(header: str | None, expected: ByteRange | None) -> None:
    assert byte_range(header, None, length=1000, etag='"e"', modified=MODIFIED) == expected


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=2000-3000", "bytes=-0"])
def test_a_range_outside_is_refused(header: str) -> None:
    with pytest.raises(NotSatisfiable) as caught:
        byte_range(header, None, length=1000, etag='"e"', modified=MODIFIED)
    assert caught.value.length == 1000


@pytest.mark.parametrize(
    ("if_range", "partial"),
    [
        ('"e"', True),
        ('W/"e"', False),  # strong comparison only
        ('"f"', False),
        (http_date(MODIFIED), True),
        (http_date(MODIFIED + timedelta(seconds=1)), False),
        ("", False),
    ],
)
def test_if_range(if_range: str, partial: bool) -> None:
    found = byte_range("bytes=0-9", if_range, length=1000, etag='"e"', modified=MODIFIED)
    assert found == (ByteRange(0, 10) if partial else None)
