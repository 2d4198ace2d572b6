"""The wiring: builds the parts from the settings, and is the one place that knows the clock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from feedsvc.access import Access
from feedsvc.config import FeedSection, Settings
from feedsvc.errors import FeedsvcError, ItemError, NotFound
from feedsvc.intake.folder import Folder, Report
from feedsvc.intake.submissions import Submissions
from feedsvc.intake.uploads import Uploads
from feedsvc.model import Item, Where
from feedsvc.publish.documents import Documents
from feedsvc.publish.feeds import Feeds
from feedsvc.publish.settled import Settling
from feedsvc.store import Store, Withdraw, open_store

Clock = Callable[[], datetime]
Progress = Callable[[int, int], None]


def system_clock() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


class Service:
    """Everything that one process needs, made from its settings.

    ``Service.open`` is for whoever writes (it declares the configured feeds); a web worker, which
    only reads, opens with ``declare=False``.
    """

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self.store = store
        self._settling = Settling(store, settings)
        self._feeds = Feeds(store, self._settling)
        self.now = clock
        self.access = Access(store, clock)
        self.documents = Documents(store, self._settling)
        self.folder = Folder(settings.items_path, store, settings.site.url)
        self.uploads = Uploads(settings.media_path, store, settings.site.url, settings.limits.media)
        self.submissions = Submissions(store, settings.site.url)
        self._syncing = threading.Lock()

    @classmethod
    def open(
        cls, settings: Settings, *, clock: Clock = system_clock, declare: bool = True
    ) -> Service:
        """Open the store, bring it up to date and declare the feeds. Raises StoreError, and
        ConfigError for a feed that must not be declared."""
        now = clock()
        store = open_store(settings.store_url, site_url=settings.site.url, now=now)
        service = cls(settings, store, clock)
        try:
            if declare:
                service._feeds.declare(now)
        except BaseException:
            service.close()
            raise
        return service

    @property
    def settings(self) -> Settings:
        """The settings as they are now: the file's of the start, with the feeds made since."""
        return self._settling.lately().settings

    @property
    def fixed(self) -> Settings:
        """The same as the file had it at the start: right in all but the feeds, and at no cost."""
        return self._settling.file

    def make_feed(self, section: FeedSection, *, origin: str, replaces: str | None = None) -> None:
        """Make a feed, or change the one called ``replaces``. Every worker has it at once.

        Raises Conflict if it is declared in the configuration, or if there is one of that name.
        """
        self._feeds.make(section, origin=origin, replaces=replaces, now=self.now())

    def end_feed(self, name: str) -> None:
        """End a made feed. Raises NotFound, or Conflict for one that can't be ended so."""
        self._feeds.end(name, self.now())

    def declared_in(self, name: str) -> str | None:
        """Where the feed is declared, and alone can be changed: ``config.toml``; else None."""
        return self._feeds.declared_in(name)

    def matching(self, where: Where, limit: int = 20) -> tuple[list[Item], int]:
        """The newest published items that a ``where`` takes, and how many it takes in all."""
        return self.store.matching(where, limit=limit)

    def sync(
        self,
        paths: Collection[Path] | None = None,
        *,
        progress: Progress | None = None,
        may_empty: bool = False,
    ) -> Report:
        """Take in what changed in the folder; ``paths`` says where to look, if that is known.

        A folder that has lost all of its many files is only believed if it ``may_empty``.
        """
        with self._syncing:  # the watcher and the sweep may ask at the same time
            return self.folder.sync(self.now(), progress, paths=paths, may_empty=may_empty)

    def publish(self, paths: Sequence[Path], *, feed: str | None, at: datetime | None) -> Report:
        """Take in single item files from anywhere, now or at a time to come."""
        return self.folder.publish(paths, feed=feed, at=at, now=self.now())

    def withdraw(self, name: str) -> Item:
        """Take out the item of this guid, address or slug. Raises NotFound."""
        item = self.find(name)
        self.store.apply([Withdraw(item.guid)], self.now())
        return item

    def find(self, name: str) -> Item:
        """The item that a person means by a guid, an address or a slug. Raises NotFound.

        Addresses are taken as people copy them: escaped or not, with a query or without.
        """
        base = f"{self.settings.site.url}/items/"
        address = urlsplit(name)._replace(query="", fragment="").geturl()
        slug = unquote(address.removeprefix(base)).strip("/")
        store = self.store
        item = store.item(guid=name) or store.item(url=name) or store.item(url=address)
        item = item or store.item(slug=slug)
        if item is None:
            raise NotFound(
                f"no item has the guid, address or slug {name!r}; `feedsvc items` lists them all"
            )
        return item

    def tick(self) -> int:
        """Do what is due: scheduled items go out, expired ones leave, holds end."""
        return self.store.tick(self.now())

    def forget(self) -> int:
        """Drop sessions and invitations that are over, and old Idempotency-Keys; how many."""
        return self.store.forget_expired(self.now())

    def problems(self, *, private: bool = True) -> tuple[FeedsvcError, ...]:
        """What a publisher should look at: refused files, items left out of their feeds.

        Without ``private``, only what everybody may know of.
        """
        rows = [row for row in self.store.files().values() if row.error]
        refused = [
            (ItemError(row.error or "", where=row.path, line=row.line), row.guid) for row in rows
        ]
        dropped = [(error, error.where) for error in self.documents.dropped()]
        return tuple(
            error for error, guid in (*refused, *dropped) if private or not self._is_private(guid)
        )

    def _is_private(self, guid: str | None) -> bool:
        item = self.store.item(guid=guid) if guid else None
        return item is not None and bool(self.store.private_feeds_of(item))

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()
