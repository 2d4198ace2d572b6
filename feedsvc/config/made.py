"""Feeds that are made while the service runs, read as those of config.toml and put beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from feedsvc.config.loading import crossed, fault
from feedsvc.config.sections import FeedSection, Settings
from feedsvc.errors import FieldFault, InvalidFields


def read_feed(given: dict[str, Any], others: Sequence[FeedSection]) -> FeedSection:
    """The feed that ``given`` describes with the keys of ``[[feeds]]``, among the ``others``.

    Raises InvalidFields with every fault at once.
    """
    faults = list(_crossed(given, others))
    try:
        section = FeedSection.model_validate(given)
    except ValidationError as error:
        found = [fault(detail, FeedSection) for detail in error.errors()]
        faults = [FieldFault(one.key, f"{one.value}: {one.allowed}") for one in found] + faults
    else:
        if not faults:
            return section
    raise InvalidFields(faults)


def _crossed(given: dict[str, Any], others: Sequence[FeedSection]) -> Iterator[FieldFault]:
    tables = [
        {"name": feed.name, "formerly": list(feed.formerly)}
        for feed in others
        if feed.name != given.get("name")
    ]
    own = f"feeds[{len(tables)}]."
    for one in crossed([*tables, given]):
        if one.key.startswith(own):
            yield FieldFault(one.key.removeprefix(own), f"{one.value}: {one.allowed}")
        else:
            yield FieldFault("name", f"{one.value} is a former name of another feed")


def with_made(settings: Settings, made: Iterable[FeedSection]) -> Settings:
    """The settings with these feeds too; whatever the file says of a name wins."""
    names = {feed.name for feed in settings.feeds}
    taken = names | {name for feed in settings.feeds for name in feed.formerly}
    added = [
        feed.model_copy(
            update={"formerly": tuple(name for name in feed.formerly if name not in taken)}
        )
        for feed in made
        if feed.name not in taken
    ]
    return settings.model_copy(update={"feeds": (*settings.feeds, *added)})
