"""What a feed says to those who ask for it again: when not to ask, and which page of what this is.

RSS 2.0 ``skipHours`` and ``skipDays``, OpenSearch 1.1 (which Blogger's feeds have), the generator.
"""

from __future__ import annotations

from collections.abc import Iterator

from feedsvc.formats._foreign import whole_number
from feedsvc.formats.parsed import Advice
from feedsvc.formats.upstream._elements import Parent, text

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_RESOURCE = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"


def read(channel: Parent, *, every: int | None) -> Advice:
    """The channel's advice. ``every`` are the minutes between two changes, the feed's ``ttl``."""
    return Advice(
        every=every,
        skip_hours=tuple(sorted(set(_hours(channel)))),
        skip_days=tuple(sorted(set(_days(channel)))),
        generator=_generator(channel),
        start=_counted(channel, "startindex"),
        per_page=_counted(channel, "itemsperpage"),
        total=_counted(channel, "totalresults"),
    )


def _hours(channel: Parent) -> Iterator[int]:
    for hours in map(Parent, channel.all("skiphours")):
        for hour in hours.all("hour"):
            number = whole_number(text(hour), most=24)
            if number is not None:
                yield number % 24  # RSS 0.91 counted from 1 to 24


def _days(channel: Parent) -> Iterator[int]:
    for days in map(Parent, channel.all("skipdays")):
        for day in days.all("day"):
            name = text(day).lower()
            if name in _DAYS:
                yield _DAYS.index(name)


def _generator(channel: Parent) -> str:
    """The program's name and address, as far as they are told."""
    for element in channel.all("atom:generator", "generator"):
        return f"{text(element)} {element.get('uri') or element.get('url') or ''}".strip()
    for agent in channel.all("admin:generatoragent"):
        return (agent.get(_RESOURCE) or "").strip()
    return ""


def _counted(channel: Parent, what: str) -> int | None:
    for element in channel.all(f"opensearch:{what}"):
        return whole_number(text(element) or None)
    return None
