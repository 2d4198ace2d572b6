"""One writing transaction: what every write shares.

It holds the lock on the revision, knows the rows it has loaded as they will be once it is
committed, and gathers what is to be written. ``settle`` is the one place where an item becomes
another one, so revision, entries, search index and change log can't disagree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, and_, func, literal, select

from feedsvc.formats.weight import measured
from feedsvc.model import Item
from feedsvc.store import decide, keys, schema, seconds, specs, versions
from feedsvc.store.archiving import Archive
from feedsvc.store.changes import FeedSpec, FileRow, Media
from feedsvc.store.membership import Entry, Placed, moves, private_feeds
from feedsvc.store.pending import CHUNK, Pending, chunks
from feedsvc.store.questions import Lookup, Question, Row
from feedsvc.store.reads import some_files
from feedsvc.store.rows import ItemRows
from feedsvc.store.statements import update
from feedsvc.store.uploads import Uses
from feedsvc.store.words import searched

_REVISION = Question(select(schema.revision.c.value).with_for_update())
_THE_ROW = 1  #: of the revision
_LAST_ID = Question(select(func.max(schema.items.c.id)))
_ITEMS = Lookup(schema.items.c.id, schema.items)
_ENTRIES = Lookup(schema.entries.c.item_id, schema.entries)
_MEDIA = Lookup(schema.media.c.item_id, schema.media)
_GUIDS = Lookup(schema.guids.c.guid, schema.guids.c.guid, schema.guids.c.item_id)
_SLUGS = Lookup(schema.slugs.c.slug, schema.slugs.c.slug, schema.slugs.c.item_id)
_FEEDS = Question(
    select(schema.feeds.c.key, schema.feeds.c.spec, schema.feeds.c.ended_at)
    .where(schema.feeds.c.kind == "feed")
    .order_by(schema.feeds.c.key)
)

#: A spec is read from its text by every write, and hardly ever another one.
_spec = lru_cache(1000)(specs.read)


class Transaction:
    """The state of one write. Made inside a transaction of the database, which it does not end."""

    def __init__(
        self, conn: Connection, rows: ItemRows, now: datetime, crowds: seconds.Crowds | None = None
    ) -> None:
        self.conn = conn
        self.rows = rows
        self.now = now
        # SQLite has the lock since BEGIN IMMEDIATE; on PostgreSQL this row is the lock, and what
        # is read from here on is what the writer before has left.
        self.revision: int = _REVISION.value(conn)
        self.first_revision = self.revision
        # What the closed ones claimed stays theirs.
        self.specs, self.closed = declared_and_closed(conn)
        self._crowds = (crowds or seconds.Crowds()).at(now)
        self.touched: set[str] = set()  #: feeds that get archive pages at the end if they must
        self._next_id = (_LAST_ID.value(conn) or 0) + 1
        self._reset()

    def _reset(self) -> None:
        self.pending = Pending(self.rows.site_url)
        self.placed: dict[int, Placed] = {}
        self.entries: dict[int, dict[str, Entry]] = {}
        self.media: dict[int, dict[str, Media]] = {}
        self.files: dict[str, FileRow] = {}
        self._guids: dict[str, int | None] = {}
        self._slugs: dict[str, int | None] = {}
        self._seconds: dict[datetime, int | None] = {}
        self._keys: dict[str, keys.Used | None] = {}

    # Loading

    def load_items(self, row_ids: Iterable[int], *, with_media: bool = False) -> None:
        """Know these items and their entries."""
        wanted = [row_id for row_id in dict.fromkeys(row_ids) if row_id not in self.placed]
        for ids in chunks(wanted):
            for row in _ITEMS.mappings(self.conn, ids):
                item = self.rows.item(row)
                self.placed[row["id"]] = Placed(row["id"], item, row["visible_at"], row["sort_at"])
            self._know_entries(_ENTRIES.rows(self.conn, ids))
            if with_media:
                self._load_media(ids)

    def load_next(self, after_id: int, feeds: Collection[str], *, with_text: bool) -> int:
        """Know the next items by row number, to be placed and not to be written.

        Their entries are those in these feeds, or all when none is named; their text is left out
        if it is not asked for. Returns the last row number, 0 when there are no more.
        """
        items, entries = schema.items.c, schema.entries.c
        texts = ("content_markdown",) if with_text else ("content_markdown", "content_html")
        columns = [
            literal("").label(column.name) if column.name in texts else column for column in items
        ]
        asked = select(*columns).where(items.id > after_id).order_by(items.id).limit(CHUNK)
        last = 0
        for row in self.conn.execute(asked).mappings():
            last = row["id"]
            self.placed[last] = Placed(last, self.rows.item(row), row["visible_at"], row["sort_at"])
        some = entries.item_id.between(after_id + 1, last)
        which = and_(some, entries.feed.in_(feeds)) if feeds else some
        self._know_entries(self.conn.execute(select(schema.entries).where(which)))
        return last

    def _know_entries(self, rows: Iterable[Row]) -> None:
        for row in rows:
            entry = Entry(*row)
            self.entries.setdefault(entry.item_id, {})[entry.feed] = entry
            self.pending.known_entries.add((entry.feed, entry.item_id))

    def _load_media(self, ids: list[int]) -> None:
        for row_id, *rest in _MEDIA.rows(self.conn, ids):
            file = Media(*rest)
            self.media.setdefault(row_id, {})[file.name] = file
            self.pending.known_media.add((row_id, file.name))

    def load_files(self, paths: Iterable[str]) -> None:
        """Know these file rows."""
        for some in chunks(list(dict.fromkeys(paths))):
            self.files |= some_files(self.conn, some)
        self.pending.known_files.update(self.files)

    def load_guids(self, guids: Iterable[str]) -> list[int]:
        """Know who has these guids; the row numbers of those."""
        for some in chunks([guid for guid in dict.fromkeys(guids) if guid not in self._guids]):
            self._guids |= dict.fromkeys(some)
            for guid, row_id in _GUIDS.rows(self.conn, some):
                self._guids[guid] = row_id
        return [row_id for row_id in self._guids.values() if row_id is not None]

    def load_slugs(self, slugs: Iterable[str]) -> None:
        """Know who has these slugs."""
        for some in chunks([slug for slug in dict.fromkeys(slugs) if slug not in self._slugs]):
            self._slugs |= dict.fromkeys(some)
            for slug, row_id in _SLUGS.rows(self.conn, some):
                self._slugs[slug] = row_id

    def load_keys(self, names: Iterable[str]) -> None:
        """Know what these Idempotency-Keys were used for."""
        for some in chunks([name for name in dict.fromkeys(names) if name not in self._keys]):
            self._keys |= dict.fromkeys(some) | keys.load(self.conn, some)

    def load_seconds(self, wanted: Iterable[datetime]) -> None:
        """Know which item was updated in these seconds."""
        for some in chunks([one for one in dict.fromkeys(wanted) if one not in self._crowds]):
            self._seconds |= seconds.load(self.conn, some)

    def own_second(self, moment: datetime, row_id: int | None) -> datetime:
        """A second near to ``moment`` for this item alone; in a crowd that moment itself."""
        if moment in self._crowds:
            return moment
        found = decide.distinct(
            moment, self.now, lambda second: self.updated_at(second) not in (None, row_id)
        )
        if found is None:
            self._crowds.add(moment)
        return found or moment

    def updated_at(self, second: datetime) -> int | None:
        """The row number of an item that was updated in this second.

        Who asks for one that was not loaded looks for a free one: its neighbours are loaded too.
        """
        if second not in self._seconds:
            self._seconds = seconds.around(self.conn, second) | self._seconds
        return self._seconds[second]

    def guid_owner(self, guid: str) -> int | None:
        """The row number of the item that has this guid, as its own or an older one."""
        if guid not in self._guids:
            self.load_guids([guid])
        return self._guids[guid]

    def slug_owner(self, slug: str) -> int | None:
        """The row number of the item that has or had this slug."""
        if slug not in self._slugs:
            self.load_slugs([slug])
        return self._slugs[slug]

    def used_key(self, name: str) -> keys.Used | None:
        """What an Idempotency-Key was used for."""
        if name not in self._keys:
            self.load_keys([name])
        return self._keys[name]

    # Changing

    def new_id(self) -> int:
        """The next free row number; nobody else takes it while this transaction has the lock."""
        row_id, self._next_id = self._next_id, self._next_id + 1
        return row_id

    def next_revision(self) -> int:
        self.revision += 1
        return self.revision

    def settle(self, row_id: int, item: Item) -> Item:
        """Make the item of this row (a new one, if there is none) be ``item``, and everything
        that follows from it. Returns it with its revision.

        Raises ItemError, with nothing changed, for text that can't be kept.
        """
        old = self.placed.get(row_id)
        item = decide.revised(item, self.revision + 1)
        placed = decide.placed(item, old, row_id, self.now)
        row = self.rows.row(item)
        row |= {
            "id": row_id,
            "visible_at": placed.visible_at,
            "sort_at": placed.sort_at,
            "due_at": decide.due_of(item),
            "weight": measured(item),
        }
        if old is not None:
            self._keep_version(old)
        self._note_uses(row_id, old.item if old else None, item)
        self.next_revision()
        if item.updated is not None:
            self._seconds[item.updated] = row_id
        target = self.pending.changed_items
        if old is None or row_id in self.pending.new_items:
            target = self.pending.new_items
        target[row_id] = row
        for guid in (item.guid, *item.aliases):
            if self.guid_owner(guid) is None:
                self._guids[guid] = self.pending.guids[guid] = row_id
        if self.slug_owner(item.slug) is None:
            self._slugs[item.slug] = self.pending.slugs[item.slug] = row_id
        self.pending.log.append({
            "revision": item.revision,
            "item_id": row_id,
            "kind": decide.change_kind(item, old.item if old else None),
            "at": self.now,
        })
        self._reword(row_id, old.item if old else None, item)
        self.place(placed, item.revision, edited=True)
        return item

    def _keep_version(self, old: Placed) -> None:
        """Keep what the item said until now: for its history, and for archive pages."""
        self.pending.versions.append({
            "item_id": old.id,
            "revision": old.item.revision,
            "item": versions.written(self.rows, old.item),
        })

    def _note_uses(self, row_id: int, old: Item | None, item: Item) -> None:
        """Keep which uploads the item leads to, and for whom those were that it led to before."""
        before = self.rows.uploads(old) if old is not None else frozenset()
        uses = self.rows.uploads(item)
        if not before and not uses:
            return
        known = [*self.specs, *self.closed]
        was = private_feeds(old, known) if old is not None else ()
        if uses == before and (not was or private_feeds(item, known)):
            return
        change = Uses(uses, dict.fromkeys(before, was))
        pending = self.pending.uses
        pending[row_id] = pending[row_id].then(change) if row_id in pending else change

    def move_origin(self, row_id: int, origin: str) -> None:
        """Note where the item comes from by now; nobody's business but ours: no new revision."""
        old = self.placed[row_id]
        self.placed[row_id] = replace(old, item=replace(old.item, origin=origin))
        for rows in (self.pending.new_items, self.pending.changed_items):
            if row_id in rows:
                rows[row_id]["origin"] = origin
                return
        self.pending.origins[row_id] = origin

    def place(self, placed: Placed, revision: int, *, edited: bool) -> int:
        """Put the item where it belongs now; the number of entries that changed."""
        current = self.entries.setdefault(placed.id, {})
        known = [*self.specs, *self.closed]
        found = moves(placed, current, known, now=self.now, revision=revision, edited=edited)
        for move in found:
            self.pending.move(placed.id, move)
            if move.entry is None:
                current.pop(move.feed, None)
            else:
                current[move.feed] = move.entry
        self.placed[placed.id] = placed
        return len(found)

    def _reword(self, row_id: int, old: Item | None, item: Item) -> None:
        words, before = searched(item), searched(old) if old is not None else None
        if words == before:
            return
        pending = self.pending
        if before is not None and row_id not in pending.new_words:
            pending.old_words[row_id] = before
        pending.new_words[row_id] = words

    def use_key(self, key: keys.Key, row_id: int, guid: str, revision: int) -> None:
        """Note what an Idempotency-Key was used for."""
        used = self._keys[key.key] = keys.Used(key.digest, guid, revision)
        self.pending.keys.append(keys.row(key, row_id, used, self.now))

    def keep_file(self, file: FileRow) -> None:
        """Remember a file, if it is not known just so."""
        if self.files.get(file.path) != file:
            self.files[file.path] = self.pending.files[file.path] = file

    def drop_file(self, path: str) -> None:
        """Forget a file."""
        if self.files.pop(path, None) is not None:
            self.pending.files[path] = None

    def keep_media(self, row_id: int, media: Iterable[Media]) -> None:
        """Make these the item's media."""
        wanted = {file.name: file for file in media}
        known = self.media.setdefault(row_id, {})
        for name in [name for name in known if name not in wanted]:
            del known[name]
            self.pending.media[row_id, name] = None
        for name, file in wanted.items():
            if known.get(name) != file:
                known[name] = self.pending.media[row_id, name] = file

    def flush(self) -> bool:
        """Write what is pending and forget what was loaded; whether there was anything."""
        wrote = bool(self.pending)
        if wrote:
            self.pending.write(self.conn, self.now)
            self.touched |= {key for key, feed in self.pending.feeds.items() if feed.revision}
        self._reset()
        return wrote

    def finish(self) -> bool:
        """Write the rest, the archive pages that come of it, and the new revision; whether the
        transaction has anything to commit."""
        wrote = self.flush()
        for spec in self.specs:
            if spec.name in self.touched and spec.page_size:
                Archive(
                    self.conn,
                    spec,
                    since=self.first_revision,
                    revision=self.revision,
                    now=self.now,
                ).seal()
        if self.revision != self.first_revision:
            moved = {"id": _THE_ROW, "value": self.revision, "at": self.now}
            update(self.conn, schema.revision, ("id",), [moved])
        return wrote


def declared_and_closed(conn: Connection) -> tuple[list[FeedSpec], list[FeedSpec]]:
    """The declared feeds, and the private ones that have ended, both in order of name."""
    rows = _FEEDS.rows(conn)
    ended = [_spec(key, spec) for key, spec, at in rows if at is not None and spec]
    return (
        [_spec(key, spec) for key, spec, at in rows if at is None],
        [replace(spec, ended=True) for spec in ended if spec.private],
    )
