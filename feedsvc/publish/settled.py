"""The settings as they are at the moment: the file's, and the feeds that API and editor have made.

What was made is kept in the store, which all workers and nodes share. Each looks there again when
somebody has written: so a new feed needs no restart, and is there at the next poll of any worker.
"""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from feedsvc.config import FeedSection, Settings, with_made
from feedsvc.errors import StoreError
from feedsvc.model import Source
from feedsvc.publish.gathering import sources_of
from feedsvc.publish.sections import Sections, abouts
from feedsvc.store import FeedSpec, MadeFeed, SourceRow, Store

log = logging.getLogger(__name__)

#: Seconds.
_LATELY = 0.2


@dataclass(frozen=True, slots=True)
class Settled:
    """What was settled when the store's ``data_version`` was ``token``.

    ``mark`` says all that the store has of it, to be compared; empty on PostgreSQL.
    """

    token: object
    settings: Settings
    made: Mapping[str, MadeFeed]
    sections: Sections
    gathered: Mapping[str, tuple[Source, ...]]  #: what each feed is made of, as it was declared
    mark: str


class Settling:
    """Knows what is settled now. Safe to use from several threads."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self.file = settings  #: as it was at the start
        self._asked = time.monotonic()
        token = store.data_version()
        #: What was settled when last asked.
        self.last = self._settled(token, *self._read())

    def now(self) -> Settled:
        """What is settled now. Asks the store for more than its version only after a write."""
        token = self._store.data_version()  # before the rest: who writes in between is noticed
        self._asked = time.monotonic()
        last = self.last
        if last.token == token:
            return last
        made, gathered, mark = self._read()
        if (made, gathered) == (last.made, last.gathered):
            self.last = replace(last, token=token, mark=mark)
        else:
            self.last = self._settled(token, made, gathered, mark)
        return self.last

    def lately(self) -> Settled:
        """The same, for whoever asks often: of a server it may be a fifth of a second old.

        And older while the store can't be asked.
        """
        if self._store.is_local or time.monotonic() - self._asked > _LATELY:
            with contextlib.suppress(StoreError):
                return self.now()
        return self.last

    def _read(self) -> tuple[Mapping[str, MadeFeed], Mapping[str, tuple[Source, ...]], str]:
        """The made feeds, what each feed is gathered from, and the mark."""
        made, specs, mark = self._store.settled()
        return made, {spec.name: spec.sources for spec in specs if spec.sources}, mark

    def _settled(
        self,
        token: object,
        made: Mapping[str, MadeFeed],
        gathered: Mapping[str, tuple[Source, ...]],
        mark: str,
    ) -> Settled:
        settings = with_made(self.file, read_made(made).values())
        sections = Sections(settings, abouts(settings), gathered)
        return Settled(token, settings, made, sections, gathered, mark)


def read_made(made: Mapping[str, MadeFeed]) -> dict[str, FeedSection]:
    """The made feeds as sections; one that this version can't read is left out, and told."""
    found = {}
    for name, feed in made.items():
        try:
            found[name] = FeedSection.model_validate(json.loads(feed.section))
        except ValueError as error:
            log.error("the feed %s is damaged in the store: %s", name, error)
    return found


def specs_of(settings: Settings, rows: Iterable[SourceRow] = ()) -> list[FeedSpec]:
    """What the store has to know of each feed; ``rows`` are the sources that are polled."""
    about = abouts(settings)
    gathered = sources_of(settings, rows)
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
            sources=gathered.get(feed.name, ()),
        )
        for feed in settings.all_feeds()
    ]
