"""What a feed says to those who ask for it again: when not to ask, and which page of what this is.

RSS 2.0 ``skipHours`` and ``skipDays``, OpenSearch 1.1 (which Blogger's feeds have), the generator.
"""

from __future__ import annotations

from collections.abc import Iterator

from feedsvc.formats._foreign import whole_number
from feedsvc.formats.parsed import Advice
from feedsvc.formats.upstream._elements import Element, children, text

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_OPEN_SEARCH = (
    "{http://a9.com/-/spec/opensearch/1.1/}",
    "{http://a9.com/-/spec/opensearchrss/1.0/}",
)
_AGENT = "{http://webns.net/mvcb/}generatoragent"
_RESOURCE = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"


def read(root: Element) -> Advice:
    """The channel's advice, but for the minutes, which are the feed's ``ttl``."""
    channel = next(iter(children(root, "channel")), root)
    return Advice(
        skip_hours=tuple(sorted(set(_hours(channel)))),
        skip_days=tuple(sorted(set(_days(channel)))),
        generator=_generator(channel),
        start=_counted(channel, "startindex"),
        per_page=_counted(channel, "itemsperpage"),
        total=_counted(channel, "totalresults"),
    )


def _hours(channel: Element) -> Iterator[int]:
    for hours in children(channel, "skiphours"):
        for hour in children(hours, "hour"):
            number = whole_number(text(hour), most=24)
            if number is not None:
                yield number % 24  # RSS 0.91 counted from 1 to 24


def _days(channel: Element) -> Iterator[int]:
    for days in children(channel, "skipdays"):
        for day in children(days, "day"):
            name = text(day).lower()
            if name in _DAYS:
                yield _DAYS.index(name)


def _generator(channel: Element) -> str:
    """The program's name and address, as far as they are told."""
    for element in children(channel, "atom:generator", "generator"):
        return f"{text(element)} {element.get('uri') or element.get('url') or ''}".strip()
    agent = next((child for child in channel if _tag(child) == _AGENT), None)
    return (agent.get(_RESOURCE) or "").strip() if agent is not None else ""


def _counted(channel: Element, what: str) -> int | None:
    names = {space + what for space in _OPEN_SEARCH}
    told = next((text(child) for child in channel if _tag(child) in names), "")
    return whole_number(told) if told else None


def _tag(element: Element) -> str:
    return str(element.tag).lower()
