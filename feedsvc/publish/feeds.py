"""Feeds that are made, changed and ended while the service runs, beside those of config.toml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from feedsvc.config import FeedSection, with_made
from feedsvc.errors import Changed, ConfigError, Conflict, Fault, NotFound
from feedsvc.model import MAIN_FEED
from feedsvc.publish.settled import Settling, read_made, specs_of
from feedsvc.store import MadeFeed, Store

#: What the store keeps and what it is to keep, by name.
_Edit = Callable[[dict[str, MadeFeed]], dict[str, MadeFeed]]

#: So often others may make a feed in the middle of it.
_TRIES = 5


class Feeds:
    """Declares the feeds of the file and the made ones. What the file says of a name wins."""

    def __init__(self, store: Store, settling: Settling) -> None:
        self._store = store
        self._settling = settling

    def declare(self, now: datetime) -> None:
        """Declare the feeds as the file and the store have them. Raises ConfigError for one in the
        file that would publish what a private one had (store/closing.py)."""
        try:
            self._declare(lambda made: made, now)
        except Conflict as error:
            raise ConfigError("config.toml", [Fault("", "", str(error))]) from error

    def gather(self, now: datetime) -> None:
        """Say in each feed what it is gathered from now; nothing is written if that is the same.

        To be called when a source was made, changed, ended, or has another title or page.
        """
        self._declare(lambda made: made, now)

    def make(
        self, section: FeedSection, *, origin: str, replaces: str | None, now: datetime
    ) -> None:
        """Make a feed, or change the one called ``replaces``, also its name. Raises Conflict."""
        for name in {section.name, replaces or section.name}:
            self._must_not_be_declared(name)
        if replaces is not None and replaces != section.name:
            former = dict.fromkeys((*section.formerly, replaces))
            section = section.model_copy(update={"formerly": tuple(former)})
        said = section.model_dump_json(exclude_defaults=True)

        def edit(made: dict[str, MadeFeed]) -> dict[str, MadeFeed]:
            if section.name in made and section.name != replaces:
                raise Conflict(f"there is a feed called {section.name} already: change that one")
            if replaces == MAIN_FEED != section.name:
                raise Conflict(f"{MAIN_FEED} is always there, and called so")
            if replaces not in {None, MAIN_FEED, *made}:
                raise NotFound(f"there is no feed called {replaces} any more")
            made.pop(replaces or "", None)
            return made | {section.name: MadeFeed(section.name, said, origin, now)}

        self._declare(edit, now)

    def end(self, name: str, now: datetime) -> None:
        """End a made feed. Raises NotFound, or Conflict."""
        self._must_not_be_declared(name)

        def edit(made: dict[str, MadeFeed]) -> dict[str, MadeFeed]:
            if name not in made and name == MAIN_FEED:
                raise Conflict(f"{MAIN_FEED} is always there")
            if name not in made:
                raise NotFound(f"there is no feed called {name}")
            del made[name]
            return made

        self._declare(edit, now)

    def declared_in(self, name: str) -> str | None:
        """``config.toml`` for a feed that is declared there, else None."""
        return "config.toml" if any(one.name == name for one in self._settling.file.feeds) else None

    def _must_not_be_declared(self, name: str) -> None:
        if where := self.declared_in(name):
            raise Conflict(f"the feed {name} is declared in {where}; edit that file")

    def _declare(self, edit: _Edit, now: datetime) -> None:
        """Bring the feeds up to date. Raises Changed if others don't stop changing them."""
        for tries_left in reversed(range(_TRIES)):
            known: Mapping[str, MadeFeed] = self._store.made_feeds()
            made = edit(dict(known))
            settings = with_made(self._settling.file, read_made(made).values())
            specs = specs_of(settings, self._store.sources())
            try:
                self._store.declare(specs, now, made if made != known else None, known=known)
            except Changed:
                if not tries_left:
                    raise
            else:
                return
