"""A publisher's desk for tests: a store, a clock that only tests move, and short words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from samples import NOW, SITE

from feedsvc.model import Category, Item
from feedsvc.store import FeedSpec, FeedState, FileRow, Outcome, Put, Store, Withdraw, open_store
from feedsvc.where import Terms, Where

MAIN = FeedSpec("main")
NEWS = FeedSpec("news", Where(any=Terms(tags=("news",))))
HELD = FeedSpec("main", hold=timedelta(minutes=10))
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Desk:
    """One store and the time at it. Every call happens at ``now``."""

    def __init__(self, url: str, *specs: FeedSpec, site_url: str = SITE) -> None:
        self.url = url
        self.now = NOW
        self.specs = specs or (MAIN,)
        self.store = self._open(site_url)

    def _open(self, site_url: str) -> Store:
        store = open_store(self.url, site_url=site_url, now=self.now, migrate=True)
        store.declare(self.specs, self.now)
        return store

    def reopen(self, site_url: str = SITE) -> None:
        """Close the store and open it as the same site or another."""
        self.store.close()
        self.store = self._open(site_url)

    def later(self, **units: float) -> None:
        """Let time pass."""
        self.now += timedelta(**units)

    def put(self, item: Item | None = None, /, **fields: Any) -> Outcome:
        """Put one item; ``replaces``, ``slug_hint``, ``file`` … go to the change."""
        change = {
            name: fields.pop(name)
            for name in ("replaces", "slug_hint", "file", "media", "expected_revision", "key")
            if name in fields
        }
        (outcome,) = self.store.apply([Put(item or an_item(**fields), **change)], self.now)
        return outcome

    def withdraw(self, guid: str, file: str | None = None) -> Outcome:
        """Withdraw one item."""
        (outcome,) = self.store.apply([Withdraw(guid, file)], self.now)
        return outcome

    def declare(self, *specs: FeedSpec) -> None:
        """Declare these feeds from now on."""
        self.specs = specs
        self.store.declare(specs, self.now)

    def item(self, guid: str | None) -> Item:
        """The stored item, which must be there."""
        item = self.store.item(guid=guid)
        assert item is not None
        return item

    def state(self, key: str = "main") -> FeedState:
        """A feed's state, which must be there."""
        state = self.store.feed_state(key)
        assert state is not None
        return state

    def titles(self, key: str = "main") -> list[str]:
        """The titles in a feed, newest first; its count must agree."""
        items = self.store.entries(key, limit=1000)
        state = self.store.feed_state(key)
        assert len(items) == (state.count if state else 0)
        return [item.title for item in items]

    def gone(self, key: str = "main") -> list[str]:
        """The guids of a feed's tombstones, newest first."""
        return [stone.guid for stone in self.store.tombstones(key, since=BEGINNING)]


#: Makes a desk with these feeds declared.
ADesk = Callable[..., Desk]


def opened(store: Path | str) -> Store:
    """The store at an address or in a file, opened as the program does."""
    url = store if isinstance(store, str) else f"sqlite:///{store}"
    return open_store(url, site_url=SITE, now=NOW)


def an_item(*tags: str, **fields: Any) -> Item:
    """An item of these fields; ``tags`` for short."""
    categories = tuple(Category(tag) for tag in tags)
    return Item(**{"title": "An item", "categories": categories, **fields})


def a_file(path: str = "a.md", **fields: Any) -> FileRow:
    """What is known of an item file."""
    return FileRow(**{
        "path": path,
        "size": 10,
        "mtime_ns": 1_700_000_000_123_456_789,
        "inode": 5,
        "digest": "d" * 64,
        **fields,
    })
