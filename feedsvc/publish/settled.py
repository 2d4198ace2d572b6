"""The settings as they are at the moment: the file's, and the feeds that API and editor have made.

What was made is kept in the store, which all workers and nodes share. Each looks there again when
somebody has written: so a new feed needs no restart, and is there at the next poll of any worker.
"""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from feedsvc.config import FeedSection, Settings, with_made
from feedsvc.errors import StoreError
from feedsvc.publish.sections import Sections, abouts
from feedsvc.store import FeedSpec, MadeFeed, Store

log = logging.getLogger(__name__)

#: Seconds.
_LATELY = 0.2


@dataclass(frozen=True, slots=True)
class Settled:
    """What was settled when the store's ``data_version`` was ``token``."""

    token: object
    settings: Settings
    made: Mapping[str, MadeFeed]
    sections: Sections


class Settling:
    """Knows what is settled now. Safe to use from several threads."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self.file = settings  #: as it was at the start
        self._asked = time.monotonic()
        self.last = self._settled(store.data_version())  #: what was settled when last asked

    def now(self) -> Settled:
        """What is settled now. Asks the store for more than its version only after a write."""
        token = self._store.data_version()  # before the rest: who writes in between is noticed
        self._asked = time.monotonic()
        last = self.last
        if last.token == token:
            return last
        made = self._store.made_feeds()
        self.last = replace(last, token=token) if made == last.made else self._settled(token, made)
        return self.last

    def lately(self) -> Settled:
        """The same, for whoever asks often: of a server it may be a fifth of a second old.

        And older while the store can't be asked.
        """
        if self._store.is_local or time.monotonic() - self._asked > _LATELY:
            with contextlib.suppress(StoreError):
                return self.now()
        return self.last

    def _settled(self, token: object, made: Mapping[str, MadeFeed] | None = None) -> Settled:
        made = self._store.made_feeds() if made is None else made
        settings = with_made(self.file, read_made(made).values())
        return Settled(token, settings, made, Sections(settings, abouts(settings)))


def read_made(made: Mapping[str, MadeFeed]) -> dict[str, FeedSection]:
    """The made feeds as sections; one that this version can't read is left out, and told."""
    found = {}
    for name, feed in made.items():
        try:
            found[name] = FeedSection.model_validate(json.loads(feed.section))
        except ValueError as error:
            log.error("the feed %s is damaged in the store: %s", name, error)
    return found


def specs_of(settings: Settings) -> list[FeedSpec]:
    """What the store has to know of each feed."""
    about = abouts(settings)
    return [
        FeedSpec(
            feed.name,
            feed.where.where(),
            feed.hold,
            about[feed.name],
            feed.page_size,
            feed.max_bytes,
            feed.formerly,
            feed.ends,
            feed.notice or "",
            feed.private,
        )
        for feed in settings.all_feeds()
    ]
