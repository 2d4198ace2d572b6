"""How often to poll, said in two ways: minutes (RSS ``ttl``), and times in a period.

The second is RSS 1.0's module Syndication (http://purl.org/rss/1.0/modules/syndication/), which
RSS 2.0 and Atom have taken over.
"""

from __future__ import annotations

from dataclasses import dataclass

NAMESPACE = "http://purl.org/rss/1.0/modules/syndication/"
_HOUR = 60
#: Minutes. A month and a year are those of the module's readers; nothing here is written in them.
_PERIODS = {
    "hourly": _HOUR,
    "daily": 24 * _HOUR,
    "weekly": 7 * 24 * _HOUR,
    "monthly": 30 * 24 * _HOUR,
    "yearly": 365 * 24 * _HOUR,
}
_EXACT = ("hourly", "daily", "weekly")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """So many times in a period."""

    period: str
    frequency: int


def told(ttl: int | None) -> Rhythm | None:
    """The minutes as times in the shortest period they fit in.

    None when they fit in none exactly: two answers to one question would be worse than one.

    >>> told(15), told(120), told(13)
    (Rhythm(period='hourly', frequency=4), Rhythm(period='daily', frequency=12), None)
    """
    if not ttl:
        return None
    fitting = (period for period in _EXACT if _PERIODS[period] % ttl == 0)
    period = next(fitting, None)
    return Rhythm(period, _PERIODS[period] // ttl) if period else None


def minutes(period: str, frequency: str) -> int | None:
    """The minutes between two times, None for what means nothing.

    What is left out, an empty string here, is daily and once (the module's defaults).

    >>> minutes("hourly", "4"), minutes("weekly", ""), minutes("", "24"), minutes("often", "1")
    (15, 10080, 60, None)
    """
    if not period and not frequency:
        return None
    length = _PERIODS.get(period.strip().lower() or "daily")
    times = frequency.strip() or "1"
    if length is None or not (times.isascii() and times.isdigit()) or not int(times[:9]):
        return None
    return max(length // int(times[:9]), 1)
