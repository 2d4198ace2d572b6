"""What the values of keys may be: types for pydantic, each from a plain function."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, StringConstraints

#: What no address may have (RFC 3986 2): white space, control characters and these.
_NO_ADDRESS = re.compile(r'[\x00-\x20\x7f<>"{}|\\^`]')
_HOST = re.compile(r"(?!.*\.\.)[\w.-]+|[0-9a-f]*:[0-9a-f:.]*", re.IGNORECASE)


def _text(value: str) -> str:
    """Plain text without the characters that no feed can carry."""
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" for char in value):
        raise ValueError("control characters")
    return value.strip()


def _host(value: str) -> str:
    return str(ipaddress.ip_address({"localhost": "127.0.0.1"}.get(value, value)))


def _http_url(value: str) -> str:
    if _NO_ADDRESS.search(value):
        raise ValueError("characters that no address has")
    parts = urlsplit(value)
    if not _HOST.fullmatch(parts.hostname or ""):
        raise ValueError("no host")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not an absolute http(s) address")
    _ = parts.port  # raises ValueError on nonsense
    return value


def _base_url(value: str) -> str:
    parts = urlsplit(_http_url(value))
    if parts.query or parts.fragment or parts.username:
        raise ValueError("more than scheme, host, port and path")
    return value.rstrip("/")


def _language(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", value):
        raise ValueError("not a language tag")
    return value


_LONGEST_WAIT = timedelta(minutes=10)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _duration(value: object) -> object:
    """``"90s"``, ``"30m"``, ``"2h"``, ``"1d"`` to a timedelta."""
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"(\d{1,9})\s*([smhd])", value) if isinstance(value, str) else None
    if not found:
        raise ValueError("not a duration")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def duration_text(value: timedelta) -> str:
    """As it stands in the file.

    >>> duration_text(timedelta(minutes=90)), duration_text(timedelta(0))
    ('90m', '0s')
    """
    seconds = int(value.total_seconds())
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def _store_url(value: str) -> str:
    if not re.match(r"(sqlite:///.|postgresql(\+psycopg)?://)", value):
        raise ValueError("neither SQLite nor PostgreSQL")
    return value


def _end(value: object) -> object:
    """A day, all of which in UTC the feed is there, or a moment."""
    if isinstance(value, str):
        value = _day_or_moment(value)
    if not isinstance(value, date):
        raise ValueError("not a day or a moment")
    try:
        if not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day, tzinfo=UTC) + timedelta(days=1)
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:  # the first or the last day that there is, seen from elsewhere
        raise ValueError("beyond the calendar") from None


def _day_or_moment(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return datetime.fromisoformat(text)


def _rate(value: object) -> object:
    """``"60/hour"`` to how often, and per how many seconds; ``"off"`` to None."""
    if value == "off":
        return None
    found = (
        re.fullmatch(r"([1-9]\d{0,6})/(minute|hour|day)", value) if isinstance(value, str) else None
    )
    if not found:
        raise ValueError("not a rate")
    return (int(found[1]), {"minute": 60, "hour": 3600, "day": 86400}[found[2]])


def _network(value: object) -> object:
    """A network, or a single address as the network of it alone."""
    if not isinstance(value, (str, ipaddress.IPv4Network, ipaddress.IPv6Network)):
        raise ValueError("not a network")
    return ipaddress.ip_network(value)


def _port(value: object) -> object:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 65535:
        raise ValueError("not a port")
    return value


def _not_empty(value: tuple[int, ...]) -> tuple[int, ...]:
    if not value:
        raise ValueError("none")
    return value


def _wait(value: object) -> object:
    """A duration that somebody waits for: a second to ten minutes."""
    value = _duration(value)
    if not isinstance(value, timedelta) or not timedelta(seconds=1) <= value <= _LONGEST_WAIT:
        raise ValueError("too short or too long")
    return value


Text = Annotated[
    str, BeforeValidator(lambda value: _text(value) if isinstance(value, str) else value)
]
Host = Annotated[str, AfterValidator(_host)]
Url = Annotated[str, AfterValidator(_http_url)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
StoreUrl = Annotated[str, AfterValidator(_store_url)]
Language = Annotated[str, AfterValidator(_language)]
Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(duration_text, return_type=str, when_used="json"),
]
Wait = Annotated[
    timedelta,
    BeforeValidator(_wait),
    PlainSerializer(duration_text, return_type=str, when_used="json"),
]
Moment = Annotated[datetime, BeforeValidator(_end)]
#: How often, and per how many seconds; None for as often as one likes.
Rate = Annotated[tuple[int, int] | None, BeforeValidator(_rate)]
FeedName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Network = Annotated[ipaddress.IPv4Network | ipaddress.IPv6Network, BeforeValidator(_network)]
Ports = Annotated[tuple[Annotated[int, BeforeValidator(_port)], ...], AfterValidator(_not_empty)]
