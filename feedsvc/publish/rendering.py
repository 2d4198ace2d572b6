"""From a feed and its items to bytes, with whatever can't be written left out and remembered."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import ModuleType
from typing import get_args

from feedsvc.errors import ItemError
from feedsvc.formats import atom, jsonfeed, rss
from feedsvc.model import Feed, Item
from feedsvc.publish.document import Format

FORMATS: tuple[Format, ...] = get_args(Format)
_MAKERS: dict[Format, ModuleType] = {"rss": rss, "atom": atom, "json": jsonfeed}
#: So many are enough to look at.
_MOST_DROPPED = 1000


def media_type(form: Format) -> str:
    """What a document of this form is sent as."""
    name: str = _MAKERS[form].MEDIA_TYPE
    return name


class Renderer:
    """Renders, and remembers the items that could not be. Safe to use from several threads."""

    def __init__(self) -> None:
        self._dropped: dict[str, ItemError] = {}
        self._lock = threading.Lock()

    def render(self, form: Format, feed: Feed, items: Sequence[Item]) -> bytes:
        """The feed without the items that can't be rendered.

        Which ones can't is decided by the items alone, so the same feed and items give the same
        bytes in every process: no other bytes come under the same validator.
        """
        sound = list(items)
        while True:
            try:
                body: bytes = _MAKERS[form].render(feed, sound)
            except ItemError as error:
                left = [item for item in sound if item.guid != error.where]
                if len(left) == len(sound):
                    raise
                sound = left
                self._remember(error)
            else:
                return body

    def dropped(self) -> tuple[ItemError, ...]:
        """What was left out so far."""
        with self._lock:
            return tuple(self._dropped.values())

    def _remember(self, error: ItemError) -> None:
        with self._lock:
            if len(self._dropped) < _MOST_DROPPED:
                self._dropped[error.where] = error
