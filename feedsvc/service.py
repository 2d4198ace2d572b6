"""The wiring: builds the parts from the settings, and is the one place that knows the clock."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from feedsvc import __version__
from feedsvc.access import Access
from feedsvc.config import Settings
from feedsvc.errors import FeedsvcError, ItemError, NotFound
from feedsvc.intake.folder import Folder, Report
from feedsvc.intake.submissions import Submissions
from feedsvc.intake.uploads import Uploads
from feedsvc.model import Item
from feedsvc.publish.documents import Documents
from feedsvc.store import FeedSpec, Store, Withdraw, open_store

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
        self.settings = settings
        self.store = store
        self.now = clock
        self.access = Access(store, clock)
        self.documents = Documents(store, settings, _abouts(settings))
        self.folder = Folder(settings.items_path, store, settings.site.url)
        self.uploads = Uploads(
            settings.media_path, store, settings.site.url, settings.limits.media
        )
        self.submissions = Submissions(store, settings.site.url)
        self._syncing = threading.Lock()

    @classmethod
    def open(
        cls, settings: Settings, *, clock: Clock = system_clock, declare: bool = True
    ) -> Service:
        """Open the store, bring it up to date and declare the feeds. Raises StoreError."""
        now = clock()
        store = open_store(settings.store_url, site_url=settings.site.url, now=now)
        if declare:
            store.declare(_specs(settings), now)
        return cls(settings, store, clock)

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

    def problems(self) -> tuple[FeedsvcError, ...]:
        """What a publisher should look at: refused files, items left out of their feeds."""
        refused: Iterable[ItemError] = (
            ItemError(row.error, where=row.path, line=row.line)
            for row in self.store.files().values()
            if row.error
        )
        return (*refused, *self.documents.dropped())

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()


def _specs(settings: Settings) -> list[FeedSpec]:
    about = _abouts(settings)
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
        )
        for feed in settings.all_feeds()
    ]


#: What each document of a feed says of itself, archive pages too, and how it shows its items.
_SAID = {"name", "title", "description", "language", "author", "content"}


def _abouts(settings: Settings) -> dict[str, str]:
    """For each feed a digest of what all of its documents say beside its items, and of the program.

    What only the live feed shows is left out: archive pages are not to change for it.
    """
    site = settings.site.model_dump(mode="json")
    heads = {
        feed.name: [__version__, site, feed.model_dump(mode="json", include=_SAID)]
        for feed in settings.all_feeds()
    }
    return {
        name: hashlib.sha256(json.dumps(head, sort_keys=True).encode()).hexdigest()[:16]
        for name, head in heads.items()
    }
