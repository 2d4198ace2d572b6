"""What an item says as an episode, and of where it first stood: as fields of a form. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from typing import Any

from feedsvc.errors import FieldFault
from feedsvc.model import Item, Podcast, Reference, Source
from feedsvc.web.presentation import clock

#: The fields of the form, with where each stands in the API's object of an item.
PODCAST = ("episode", "season", "explicit", "duration", "transcript", "chapters")
SOURCE = {"source_title": "title", "source_url": "url", "source_feed": "feed_url"}

_CLOCK = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,5}):)?(\d{1,9})", re.ASCII)
_NUMBER = re.compile(r"\d{1,15}", re.ASCII)


def shown(item: Item) -> dict[str, str]:
    """The values of the fields, as a form shows them."""
    podcast, source = item.podcast or Podcast(), item.source or Source()
    return {
        "episode": _digits(podcast.episode),
        "season": _digits(podcast.season),
        "explicit": {None: "", True: "yes", False: "no"}[podcast.explicit],
        "duration": time(podcast.duration),
        "transcript": podcast.transcript.url if podcast.transcript else "",
        "chapters": podcast.chapters.url if podcast.chapters else "",
        **{name: getattr(source, key) or "" for name, key in SOURCE.items()},
    }


def told(
    mine: Mapping[str, str], names: Set[str], old: Item | None, faults: list[FieldFault]
) -> dict[str, Any]:
    """The fields of these ``names`` as a patch of the API; what is wrong is put to ``faults``."""
    podcast: dict[str, Any] = {}
    for name in PODCAST:
        if name not in names:
            continue
        value = mine[name]
        try:
            podcast[name] = _value(name, value, (old and old.podcast) or Podcast())
        except ValueError as error:
            faults.append(FieldFault(name, str(error)))
    source = {key: mine[name] or None for name, key in SOURCE.items() if name in names}
    found: dict[str, Any] = {"podcast": podcast} if podcast else {}
    return found | ({"source": source} if source else {})


def field_of(path: str) -> str:
    """The form's field that a field of the API is: ``podcast.transcript.url`` is ``transcript``.

    >>> field_of("source.feed_url"), field_of("podcast.season"), field_of("title")
    ('source_feed', 'season', 'title')
    """
    room, _, rest = path.partition(".")
    key = rest.partition(".")[0]
    if room == "podcast":
        return key
    if room == "source":
        return next((name for name, its in SOURCE.items() if its == key), "source_title")
    return path


def time(seconds: int | None) -> str:
    """A duration as a form shows it, ``1:02:03``; nothing for none."""
    return "" if seconds is None else clock(seconds)


def seconds(value: str) -> int | None:
    """The duration that somebody typed: ``1:02:03``, ``62:03`` or seconds. Raises ValueError.

    >>> seconds("1:02:03"), seconds("62:03"), seconds("3723"), seconds("")
    (3723, 3723, 3723, None)
    """
    if not value:
        return None
    found = _CLOCK.fullmatch(value)
    if found is None:
        raise ValueError("must be a time such as 1:02:03, or seconds")
    hours, minutes, rest = (int(part or 0) for part in found.groups())
    return (hours * 60 + minutes) * 60 + rest


def number(value: str) -> int | None:
    """The whole number that somebody typed. Raises ValueError."""
    if value and not _NUMBER.fullmatch(value):
        raise ValueError("must be a whole number")
    return int(value) if value else None


def _value(name: str, value: str, old: Podcast) -> Any:
    match name:
        case "episode" | "season":
            return number(value)
        case "duration":
            return seconds(value)
        case "explicit":
            return {"yes": True, "no": False}.get(value)
        case _:
            return _reference(value, getattr(old, name))


def _reference(url: str, old: Reference | None) -> dict[str, str | None] | None:
    if not url:
        return None
    return {"url": url, "type": old.type if old and old.url == url else None}


def _digits(value: int | None) -> str:
    return "" if value is None else str(value)
