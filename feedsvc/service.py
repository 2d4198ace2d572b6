"""The wiring: builds the parts from the settings, and is the one place that knows the clock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from feedsvc import program
from feedsvc.access import Access
from feedsvc.config import FeedSection, Settings
from feedsvc.errors import ConfigError, Fault, FeedsvcError, ItemError, NotFound
from feedsvc.intake.asking import masked
from feedsvc.intake.folder import Folder, Report
from feedsvc.intake.importing.minding import Sources
from feedsvc.intake.importing.orders import Polled, Result, Told, Wanted
from feedsvc.intake.importing.telling import spec_of
from feedsvc.intake.submissions import Submissions
from feedsvc.intake.uploads import Uploads
from feedsvc.model import Item
from feedsvc.publish.documents import Documents
from feedsvc.publish.feeds import Feeds
from feedsvc.publish.settled import Settling
from feedsvc.store import SourceRow, Store, Withdraw, open_store
from feedsvc.where import Where

if TYPE_CHECKING:
    from feedsvc.intake.importing.polling import Importer

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
        self.sources = Sources(store, clock, lambda: self.settings, self._feeds.gather)
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
                service._declare_sources(now)
                service._feeds.gather(now)
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

    @cached_property
    def importer(self) -> Importer:
        """What polls and imports other feeds. Made when it is first wanted: most workers never
        ask another server, and the HTTP client takes long to load."""
        from feedsvc.intake.asking import limits_of
        from feedsvc.intake.importing.polling import Importer
        from feedsvc.intake.importing.taking import Bounds, Taking

        limits = self.fixed.limits
        bounds = Bounds(limits.fetch_items, limits.source_items, limits.source_age)
        return Importer(
            Taking(self.store, bounds, self._private_feeds),
            self.store,
            self.fixed.site.url,
            self.now,
            limits=limits_of(limits),
            fetches=limits.fetches,
            renamed=lambda: self._feeds.gather(self.now()),
        )

    def poll_due(self) -> int:
        """Poll the sources that are due; how many. Costs one small read when none is."""
        due = self.store.next_source_due()
        return 0 if due is None or due > self.now() else self.importer.poll_due()

    def poll(
        self, urls: Sequence[str] = (), *, told: Callable[[Polled], object] = lambda _polled: None
    ) -> int:
        """Poll the sources at these addresses now, due or not; without any those that are due.

        How many were polled; ``told`` hears of each. Raises NotFound for what is no source.
        """
        if not urls:
            return self.importer.poll_due(told=told)
        return self.importer.poll_due(ids=[self.source(url).id for url in urls], told=told)

    def source(self, url: str) -> SourceRow:
        """The source of an address, a name or a number. Raises NotFound."""
        row = self.store.source(url=url)
        if row is None and url.isascii() and url[:18].isdigit():
            row = self.store.source(id=int(url[:18]))
        if row is None:
            named = [row for row in self.store.sources() if url in {row.spec.name, row.state.title}]
            row = named[0] if len(named) == 1 and url else None
        if row is None or row.state.status == "ended":
            how = f"`{program.for_pages()} sources` lists them all"
            raise NotFound(f"no source is {masked(url)}; {how}")
        return row

    def take_once(self, wanted: Wanted, told: Told) -> list[Result]:
        """Import what somebody names: a feed with its history, a list, an export, a page.

        Raises ConfigError for a feed that is not there, and what Once.take raises.
        """
        from feedsvc.intake.importing.once import Once

        self._check_into("--into", wanted.spec.into)
        once = Once(self.importer)
        try:
            return once.take(wanted, told)
        finally:
            once.close()
            self._feeds.gather(self.now())

    def stop_polling(self) -> None:
        """End the polls that are under way; they are done again when their leases are over."""
        if "importer" in self.__dict__:
            self.importer.stop()

    def _private_feeds(self) -> Collection[str]:
        return [feed.name for feed in self.settings.all_feeds() if feed.private]

    def _declare_sources(self, now: datetime) -> None:
        """Make the configured sources known. Raises ConfigError for one into a feed that is not
        there."""
        for number, source in enumerate(self.fixed.sources):
            self._check_into(f"sources[{number}].into", source.into)
        self.store.declare_sources([spec_of(source) for source in self.fixed.sources], now)

    def _check_into(self, key: str, into: str | None) -> None:
        feeds = sorted(feed.name for feed in self.settings.all_feeds())
        if into not in {None, *feeds}:
            where = "config.toml" if key.startswith("sources") else "the import"
            raise ConfigError(where, [Fault(key, repr(into), f"one of {', '.join(feeds)}")])

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
            how = f"`{program.for_pages()} items` lists them all"
            raise NotFound(f"no item has the guid, address or slug {name!r}; {how}")
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
        if "importer" in self.__dict__:
            self.importer.close()
        self.store.close()
