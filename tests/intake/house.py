"""A publisher's house for tests: a folder of item files, a store, and a clock that tests move."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from samples import NOW, SITE

from feedsvc.intake.folder import Folder, Report
from feedsvc.model import Item, Status
from feedsvc.store import FeedSpec, open_store

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class House:
    """A folder and its store. Every sync happens a minute after the one before."""

    def __init__(self, home: Path, url: str, *feeds: str) -> None:
        self.home = home
        self.root = home / "items"
        self.root.mkdir(exist_ok=True)
        self.now = NOW
        self.store = open_store(url, site_url=SITE, now=NOW)
        self.store.declare([FeedSpec(name) for name in ("main", *feeds)], NOW)
        self.folder = Folder(self.root, self.store, SITE)

    def write(self, path: str, text: str | bytes = "", *, front: str = "") -> Path:
        """An item file, or any other; ``front`` is its front matter's lines."""
        whole = self.root / path
        whole.parent.mkdir(parents=True, exist_ok=True)
        data = text if isinstance(text, bytes) else text.encode()
        whole.write_bytes((f"---\n{front}\n---\n".encode() if front else b"") + data)
        return whole

    def sync(self, *paths: Path) -> Report:
        """Of all, or of what changed at these paths."""
        self.now += timedelta(minutes=1)
        return self.folder.sync(self.now, paths=paths or None)

    def publish(self, *paths: Path, feed: str | None = None, at: datetime | None = None) -> Report:
        self.now += timedelta(minutes=1)
        return self.folder.publish(paths, feed=feed, at=at, now=self.now)

    def item(self, slug: str) -> Item:
        found = self.store.item(slug=slug)
        assert found is not None, slug
        return found

    def items(self) -> list[Item]:
        """All items in the order in which they came in."""
        found = self.store.items(limit=200)[0]
        return sorted(found, key=lambda item: item.revision)

    def titles(self) -> list[str]:
        """What is in the main feed, newest first."""
        return [item.title for item in self.store.entries("main", limit=200)]

    def tombstones(self) -> list[str]:
        return [stone.guid for stone in self.store.tombstones("main", since=BEGINNING)]

    def statuses(self) -> dict[str, Status]:
        return {item.slug: item.status for item in self.items()}


def counts(report: Report) -> tuple[int, int, int, int]:
    """Added, changed, withdrawn, unchanged."""
    return (report.added, report.changed, report.withdrawn, report.unchanged)


def told(report: Report) -> list[str]:
    """The refused files as they are told."""
    return [str(error) for error in report.refused]


def set_times(path: Path, state: os.stat_result) -> None:
    """Make a file look as old as another state of it was."""
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
