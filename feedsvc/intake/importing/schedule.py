"""When a source is polled next, and what an answer makes of its health. Pure.

A source is asked no more often than its ``every`` says; what it says itself (``Cache-Control``,
``Expires``, ``ttl``, ``sy:``, ``skipHours``, ``Retry-After``) and how seldom it has something new
make it later, a day at most. Nothing is asked again sooner because the program was started again:
the next time lies in the store.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise

from feedsvc.store import SourceSpec, SourceState

#: No source is asked more often than this, nor, while it works, more seldom than LONGEST.
SHORTEST = timedelta(minutes=15)
LONGEST = timedelta(days=1)
#: What a source without validators is asked by default: each answer is the whole feed.
WITHOUT_VALIDATORS = timedelta(days=1)
#: The longest wait that a source may ask for with Retry-After (RFC 9110 10.2.3).
LONGEST_WAIT = timedelta(days=7)
#: Polls in a row that must say the same before a source has moved for good.
MOVED_AFTER = 3
#: Part of a wait that chance adds, so that sources which came together go apart.
JITTER = 0.1
#: A source that tells of nothing new for long is asked a few times in the gap, this many times
#: its ``every`` apart at most.
_IN_A_GAP = 8
_STRETCHED = 4
_HOUR = timedelta(hours=1)


def fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long an answer stays fresh: ``max-age`` less ``Age``, else ``Expires`` (RFC 9111 4.2.1).

    ``headers`` have lower-case names. None when nothing is said, or nothing that can be read.

    >>> fresh_for({"cache-control": "public, max-age=3600", "age": "600"}, datetime.now(UTC))
    datetime.timedelta(seconds=3000)
    """
    for part in headers.get("cache-control", "").lower().split(","):
        name, _, value = part.strip().partition("=")
        value = value.strip('" ')
        if name == "max-age" and _is_number(value):
            age = headers.get("age", "0").strip()
            left = int(value[:9]) - (int(age[:9]) if _is_number(age) else 0)
            return timedelta(seconds=max(left, 0))
    expires = _moment(headers.get("expires"))
    if expires is None:
        return None
    return max(expires - (_moment(headers.get("date")) or now), timedelta(0))


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """The wait that an answer asks for, in seconds or as a date (RFC 9110 10.2.3); a week at most.

    >>> retry_after({"retry-after": "120"}, datetime.now(UTC))
    datetime.timedelta(seconds=120)
    """
    value = headers.get("retry-after", "").strip()
    if _is_number(value):
        return min(timedelta(seconds=int(value[:9])), LONGEST_WAIT)
    moment = _moment(value)
    return min(max(moment - now, timedelta(0)), LONGEST_WAIT) if moment else None


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit()


def _moment(value: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value) if value else None
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def interval(
    spec: SourceSpec,
    state: SourceState,
    fresh: timedelta | None,
    now: datetime,
) -> tuple[timedelta, str]:
    """How long to wait after a poll that went well, and why so long, in a few words.

    ``state`` is the one after the poll: its validators, its rhythm, what the feed says of itself.
    ``fresh`` is how long the answer stays fresh.
    """
    every = max(spec.every, SHORTEST)
    ways = [(every, "as often as it is to be polled")]
    if state.gap is not None and state.newest_at is not None:
        gap = max(timedelta(seconds=state.gap), now - state.newest_at)
        seldom = min(gap / _IN_A_GAP, every * _STRETCHED)
        ways.append((seldom, "it seldom has something new"))
    if not (state.etag or state.last_modified):
        unchecked = WITHOUT_VALIDATORS if every >= _HOUR else every * _STRETCHED
        ways.append((unchecked, "it gives no validators, so each poll is the whole feed"))
    if fresh is not None:
        ways.append((fresh, "its Cache-Control or Expires says so"))
    if state.ttl is not None:
        ways.append((timedelta(minutes=state.ttl), "its ttl or sy:updatePeriod says so"))
    wait, why = max(ways, key=lambda way: way[0])
    return min(wait, max(LONGEST, every)), why


def gap_of(published: Iterable[datetime], now: datetime) -> tuple[int | None, datetime | None]:
    """The usual time between two of these, in seconds, and the newest of them."""
    times = sorted({moment for moment in published if moment <= now}, reverse=True)[:20]
    if len(times) < 3:
        return None, times[0] if times else None
    gaps = [(newer - older).total_seconds() for newer, older in pairwise(times)]
    return int(statistics.median(gaps)), times[0]


def planned(now: datetime, wait: timedelta, state: SourceState, chance: float) -> datetime:
    """``now`` and ``wait`` and up to a tenth more by ``chance`` (0 to 1), in whole seconds.

    In no hour or day that the feed tells to skip; who skips all of them is not listened to.
    """
    moment = (now + wait * (1 + JITTER * chance)).replace(microsecond=0)
    hours, days = _skipped(state.skip_hours, 24), _skipped(state.skip_days, 7)
    for _ in range(24 * 7):
        if moment.hour not in hours and moment.weekday() not in days:
            break
        moment = moment.replace(minute=0, second=0) + _HOUR + timedelta(minutes=5 * chance)
    return moment.replace(microsecond=0)


def _skipped(numbers: str, all_of_them: int) -> set[int]:
    skipped = {int(number) for number in numbers.split()}
    return skipped if len(skipped) < all_of_them else set()


# What an answer makes of a source's state


def well(
    spec: SourceSpec, state: SourceState, fresh: timedelta | None, now: datetime, chance: float
) -> SourceState:
    """The state after a poll that went well, changed or not (F5): errors are forgotten."""
    wait, why = interval(spec, state, fresh, now)
    return replace(
        state,
        status="ok",
        failures=0,
        last_error=None,
        last_poll_at=now,
        last_success_at=now,
        next_poll_at=planned(now, wait, state, chance),
        reason=why,
        unread=False,
    )


def failed(
    spec: SourceSpec,
    state: SourceState,
    error: str,
    now: datetime,
    chance: float,
    *,
    asked: timedelta | None = None,
) -> SourceState:
    """The state after a poll that failed; items and validators stay as they were (F18, F23).

    The wait doubles with each failure up to a day; ``asked`` is what Retry-After says (F8), which
    is obeyed also where it is longer.
    """
    failures = state.failures + 1
    every = max(spec.every, SHORTEST)
    wait = min(every * 2 ** min(failures, 10), max(LONGEST, every))
    why = f"failed {'once' if failures == 1 else f'{failures} times in a row'}"
    if asked is not None and asked > wait:
        wait, why = asked, "it asked to wait so long (Retry-After)"
    lost = failures >= MOVED_AFTER and bool(state.fetch_url)
    return replace(
        state,
        fetch_url="" if lost else state.fetch_url,  # as it was given; it leads on, or it is back
        status="failing",
        failures=failures,
        last_error=error,
        last_poll_at=now,
        next_poll_at=planned(now, wait, SourceState(), chance),
        reason=why,
    )


def gone(state: SourceState, now: datetime) -> SourceState:
    """The state after 410 (F9): it is not asked again."""
    return replace(
        state,
        status="gone",
        failures=state.failures + 1,
        last_error="it answers 410 Gone: the feed was taken away for good",
        last_poll_at=now,
        next_poll_at=None,
        reason="not polled any more: give it another address, end it, or resume it if it is back",
    )


def held(state: SourceState, why: str, now: datetime) -> SourceState:
    """The state of a source that somebody has to look at before it is polled again."""
    return replace(
        state,
        status="held",
        last_error=why,
        last_poll_at=now,
        next_poll_at=None,
        reason="it waits for somebody to look at it",
    )


def moved(state: SourceState, permanent: str | None) -> SourceState:
    """The state with what an answer says of a lasting move (RFC 9110 15.4.2, 15.4.9; F10).

    ``permanent`` is where an unbroken chain of 301 and 308 led. After the same on several polls,
    each of which gave a feed, it is fetched there.
    """
    if permanent is None:
        return replace(state, moved_to=None, moved_seen=0)
    seen = state.moved_seen + 1 if permanent == state.moved_to else 1
    if seen < MOVED_AFTER:
        return replace(state, moved_to=permanent, moved_seen=seen)
    return replace(state, fetch_url=permanent, moved_to=None, moved_seen=0)
