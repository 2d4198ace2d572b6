"""What a transaction is going to write: gathered by table, the last word on a row wins, and
written with one statement a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from feedsvc.store import history, schema, uploads
from feedsvc.store.archiving import take_out
from feedsvc.store.changes import FileRow, Media
from feedsvc.store.membership import Entry, Move
from feedsvc.store.naming import feed_guid
from feedsvc.store.questions import Lookup
from feedsvc.store.reads import stored_inode
from feedsvc.store.search import index
from feedsvc.store.statements import delete, insert, insert_values, update
from feedsvc.store.times import after

#: Keys in one IN (…).
CHUNK = 500

_feeds = schema.feeds.c
_FEEDS = Lookup(_feeds.key, _feeds.key, _feeds.changed_at, _feeds.count)


@dataclass(slots=True)
class FeedChange:
    """What happens to one feed: live entries more or less, and the last revision seen there."""

    label: str = ""
    count: int = 0
    revision: int = 0


@dataclass(slots=True)
class Pending:
    """Rows to write, by their keys; None deletes."""

    site_url: str
    new_items: dict[int, dict[str, Any]] = field(default_factory=dict)
    changed_items: dict[int, dict[str, Any]] = field(default_factory=dict)
    origins: dict[int, str] = field(default_factory=dict)
    guids: dict[str, int] = field(default_factory=dict)
    slugs: dict[str, int] = field(default_factory=dict)
    entries: dict[tuple[str, int], Entry | None] = field(default_factory=dict)
    known_entries: set[tuple[str, int]] = field(default_factory=set)
    feeds: dict[str, FeedChange] = field(default_factory=dict)
    files: dict[str, FileRow | None] = field(default_factory=dict)
    known_files: set[str] = field(default_factory=set)
    media: dict[tuple[int, str], Media | None] = field(default_factory=dict)
    known_media: set[tuple[int, str]] = field(default_factory=set)
    #: Feeds with archives and the items that leave them.
    left: set[tuple[str, int]] = field(default_factory=set)
    versions: list[dict[str, Any]] = field(default_factory=list)
    #: Uploads that items lead to, where that changed.
    uses: dict[int, uploads.Uses] = field(default_factory=dict)
    #: Idempotency keys that this write uses up.
    keys: list[dict[str, Any]] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    #: Of texts by which items are found (words.py).
    old_words: dict[int, str] = field(default_factory=dict)
    new_words: dict[int, str] = field(default_factory=dict)

    def move(self, row_id: int, move: Move) -> None:
        """Take a move of an entry in, and what it does to its feed."""
        self.entries[move.feed, row_id] = move.entry
        change = self.feeds.get(move.feed)
        if change is None:
            change = self.feeds[move.feed] = FeedChange(move.label)
        change.count += move.added
        if move.added < 0 and kind_of(move.feed) == "feed":
            self.left.add((move.feed, row_id))
        if move.seen and move.entry is not None:
            change.revision = max(change.revision, move.entry.revision)

    def __bool__(self) -> bool:
        parts = (self.log, self.origins, self.entries, self.files, self.media, self.keys)
        return any(parts)

    def write(self, conn: Connection, now: datetime) -> None:
        """Write everything, in an order that keeps every reference good."""
        insert(conn, schema.items, list(self.new_items.values()))
        update(conn, schema.items, ("id",), list(self.changed_items.values()))
        moved = [{"id": row_id, "origin": origin} for row_id, origin in self.origins.items()]
        update(conn, schema.items, ("id",), moved)
        insert_values(conn, schema.guids, ("guid", "item_id"), [*self.guids.items()])
        insert_values(conn, schema.slugs, ("slug", "item_id"), [*self.slugs.items()])
        write_feeds(conn, self.feeds, self.site_url, now)
        self._write_entries(conn)
        insert(conn, schema.versions, self.versions)
        take_out(conn, self.left, {key: feed.revision for key, feed in self.feeds.items()}, now)
        self._write_files(conn)
        self._write_media(conn)
        uploads.write_uses(conn, self.uses, now)
        insert(conn, schema.keys, self.keys)
        insert(conn, schema.changes, self.log)
        history.prune(conn, {row["item_id"] for row in self.versions})
        index(conn, self.old_words, self.new_words)

    def _write_entries(self, conn: Connection) -> None:
        known = self.known_entries
        there = [entry for entry in self.entries.values() if entry]
        new = [entry for entry in there if (entry.feed, entry.item_id) not in known]
        insert_values(conn, schema.entries, Entry._fields, new)
        moved = [entry._asdict() for entry in there if (entry.feed, entry.item_id) in known]
        update(conn, schema.entries, ("feed", "item_id"), moved)
        gone = [key for key, entry in self.entries.items() if entry is None and key in known]
        delete(conn, schema.entries, ("feed", "item_id"), gone)

    def _write_files(self, conn: Connection) -> None:
        rows = {path: _file_row(file) for path, file in self.files.items() if file}
        known = self.known_files
        insert(conn, schema.files, [row for path, row in rows.items() if path not in known])
        update(conn, schema.files, ("path",), [row for path, row in rows.items() if path in known])
        gone = [(path,) for path, file in self.files.items() if file is None and path in known]
        delete(conn, schema.files, ("path",), gone)

    def _write_media(self, conn: Connection) -> None:
        rows = {key: _media_row(key[0], file) for key, file in self.media.items() if file}
        known = self.known_media
        insert(conn, schema.media, [row for key, row in rows.items() if key not in known])
        update(
            conn,
            schema.media,
            ("item_id", "name"),
            [row for key, row in rows.items() if key in known],
        )
        gone = [key for key, file in self.media.items() if file is None and key in known]
        delete(conn, schema.media, ("item_id", "name"), gone)


def kind_of(key: str) -> str:
    """What sort of feed a key names: ``feed``, ``tag`` or ``author``."""
    kind, colon, _ = key.partition(":")
    return kind if colon else "feed"


def write_feeds(
    conn: Connection, changes: dict[str, FeedChange], site_url: str, now: datetime
) -> None:
    """Bring the feeds' rows up to date; a tag's or an author's first item makes its feed."""
    known: dict[str, tuple[datetime, int]] = {}
    for keys in chunks(list(changes)):
        known |= {key: (at, live) for key, at, live in _FEEDS.rows(conn, keys)}
    new, moved = [], []
    for key, change in changes.items():
        if key not in known:
            new.append({
                "key": key,
                "kind": kind_of(key),
                "label": change.label,
                "guid": feed_guid(site_url, now, key),
                "created_at": now,
                "revision": change.revision,
                "changed_at": now,
                "count": change.count,
                "ended_at": None,
                "spec": None,
            })
        elif change.revision:
            changed_at, live = known[key]
            moved.append({
                "key": key,
                "revision": change.revision,
                "changed_at": after(changed_at, now),
                "count": live + change.count,
            })
    insert(conn, schema.feeds, new)
    update(conn, schema.feeds, ("key",), moved)


def chunks(keys: list[Any]) -> list[list[Any]]:
    """The keys in parts that one IN (…) takes."""
    return [keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK)]


def _file_row(file: FileRow) -> dict[str, Any]:
    return {
        "path": file.path,
        "size": file.size,
        "mtime_ns": file.mtime_ns,
        "inode": stored_inode(file.inode),
        "digest": file.digest,
        "guid": file.guid,
        "error": file.error,
        "line": file.line,
    }


def _media_row(row_id: int, file: Media) -> dict[str, Any]:
    return {
        "item_id": row_id,
        "name": file.name,
        "path": file.path,
        "type": file.type,
        "length": file.length,
        "duration": file.duration,
    }
