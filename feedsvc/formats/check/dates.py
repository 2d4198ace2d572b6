"""Dates as feeds write them: what is wrong with one, in words. Pure; no clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: RFC 822 5.1; the military letters but Z were defined the wrong way round.
_ZONES = {"UT": 0, "Z": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6}
_ZONES |= {"PST": -8, "PDT": -7}

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII
)
_W3CDTF = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?",
    re.ASCII,
)
_RFC822 = re.compile(
    r"(?:([A-Za-z]{3,9}) *, *)?(\d{1,2}) +([A-Za-z]{3,9}) +(\d{2,4}) +"
    r"(\d{1,2}):(\d\d)(?::(\d\d))?(?: +([A-Za-z]{1,5}|[+-]\d{4}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a date says: the moment if it is one, else what is wrong; ``odd`` if only unusual."""

    moment: datetime | None = None
    fault: str = ""
    odd: str = ""

    @property
    def is_implausible(self) -> bool:
        """Whether the date is a slip: before there were feeds, or in another century than ours."""
        return self.moment is not None and not 1990 <= self.moment.year < 2100


def rfc3339(value: str) -> Reading:
    """A date-time of RFC 3339 as Atom narrows it: capital T and Z (RFC 4287 3.3)."""
    match = _RFC3339.fullmatch(value)
    if match is None:
        return Reading(fault=_why_not_rfc3339(value))
    *numbers, fraction, zone = match.groups()
    reading = _moment([int(number) for number in numbers], _offset(zone))
    if fraction and reading.moment:
        return Reading(reading.moment, odd="it has fractions of a second")
    return reading


def _why_not_rfc3339(value: str) -> str:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return "it has no time of day"
    if re.fullmatch(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?", value):
        return "it has no time zone"
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d(Z|[+-]\d\d:?\d\d)", value):
        return "it has no seconds"
    if re.fullmatch(r"\d{4}-\d\d-\d\d[t ]\d\d:\d\d:\d\d(\.\d+)?\s?([Zz]|[+-]\d\d:?\d\d)", value):
        return "the day and the time are joined by a capital T, and UTC is a capital Z"
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d{4}", value):
        return "the time zone has no colon"
    return "it is not of the form 2026-11-22T12:00:00Z"


def w3cdtf(value: str) -> Reading:
    """A date of W3C-DTF: as exact as one likes, but a time has a zone (Dublin Core's dates)."""
    match = _W3CDTF.fullmatch(value)
    if match is None:
        return Reading(fault=_why_not_rfc3339(value))
    *numbers, zone = match.groups()
    filled = [int(n) if n else least for n, least in zip(numbers, (1, 1, 1, 0, 0, 0), strict=True)]
    return _moment(filled, _offset(zone or "Z"))


def rfc822(value: str) -> Reading:
    """A date-time of RFC 822 as RSS 2.0 has it: years of four digits, GMT or an offset."""
    match = _RFC822.fullmatch(value)
    if match is None:
        odd = re.sub(r"\([^()]*\)", " ", value)  # a comment, RFC 822 3.4.3
        odd = " ".join(odd.split())
        if odd != value and _RFC822.fullmatch(odd):
            inner = rfc822(odd)
            return Reading(inner.moment, inner.fault, inner.odd or "it has needless characters")
        return Reading(fault="it is not of the form Sun, 22 Nov 2026 12:00:00 GMT")
    weekday, day, month, year, *clock, zone = match.groups()
    if fault := _word_fault(weekday, month, year, clock[0], zone):
        return Reading(fault=fault)
    full_year = int(year) if len(year) == 4 else (2000 if int(year) < 50 else 1900) + int(year)
    numbers = [full_year, _MONTHS.index(month.title()) + 1, int(day), *(int(c or 0) for c in clock)]
    reading = _moment(numbers, _rfc822_offset(zone))
    if reading.moment is None:
        return reading
    real = _DAYS[reading.moment.weekday()]
    if weekday and weekday.title() != real:
        return Reading(fault=f"{day} {month} {full_year} is a {real}, not a {weekday}")
    odd = _oddity(weekday, month, year, zone)
    if not odd and (" ," in value or "  " in value or (weekday and ", " not in value)):
        odd = "it is not spaced like Sun, 22 Nov"
    return Reading(reading.moment, odd=odd)


def _word_fault(weekday: str | None, month: str, year: str, hour: str, zone: str | None) -> str:
    if weekday and weekday.title() not in _DAYS:
        return f"{weekday} is not one of {', '.join(_DAYS)}"
    if month.title() not in _MONTHS:
        return f"{month} is not one of {', '.join(_MONTHS)}"
    if len(year) == 3:
        return "the year has three digits"
    if len(hour) == 1:
        return "the hour needs two digits"
    if zone is None:
        return "it has no time zone"
    if zone[0] not in "+-" and zone.upper() not in {"GMT", *_ZONES} and len(zone) > 1:
        return f"{zone} is no time zone of RFC 822"
    return ""


def _oddity(weekday: str | None, month: str, year: str, zone: str) -> str:
    if len(year) == 2:
        return "its year has two digits"
    if zone[0] not in "+-" and zone != "GMT":
        return f"many readers don't know the time zone {zone}"
    if month != month.title() or (weekday and weekday != weekday.title()):
        return "its names of day and month are not written like Sun and Nov"
    return ""


def _rfc822_offset(zone: str) -> timedelta:
    if zone[0] in "+-":
        return _offset(f"{zone[:3]}:{zone[3:]}")
    return timedelta(hours=_ZONES.get(zone.upper(), 0))


def _offset(zone: str) -> timedelta:
    if zone == "Z":
        return timedelta()
    size = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    return -size if zone[0] == "-" else size


def _moment(numbers: list[int], offset: timedelta) -> Reading:
    *head, seconds = numbers
    if seconds > 60:  # 60 is a leap second
        return Reading(fault=f"there is no second {seconds}")
    if abs(offset) >= timedelta(days=1):
        return Reading(fault="its time zone is a day or more off")
    try:
        moment = datetime(*head, min(seconds, 59), tzinfo=timezone(offset))  # type: ignore[misc,arg-type]
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return Reading(fault="there is no such day or time")
    return Reading(moment)
