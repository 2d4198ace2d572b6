"""The feeds that are shown to people and programs: the public ones that have not ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from feedsvc.config import FeedSection, Settings
from feedsvc.store import FeedState


def listed(
    settings: Settings, states: Iterable[FeedState]
) -> Iterator[tuple[FeedSection, FeedState]]:
    """Each of them with its state, the main one first."""
    there = {state.key: state for state in states if not (state.ended or state.private)}
    for section in settings.all_feeds():
        if (state := there.get(section.name)) and not section.private:
            yield section, state


def probably_listed(settings: Settings, now: datetime) -> Iterator[FeedSection]:
    """The same as far as the settings tell, for when the store can't."""
    for section in settings.all_feeds():
        if not section.private and (section.ends is None or now < section.ends):
            yield section
