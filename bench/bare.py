"""The peer of our writes: the same rows into the same tables by SQLite alone.

What a store has written for each new item is read out of it and written again, to a new file with
the same tables, indexes and search index: one transaction an item, each on disk before the next.
Nothing is decided and nothing asked; faster than this no program can keep these rows one by one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Table

from feedsvc.store import library, schema
from feedsvc.store.rows import ItemRows
from feedsvc.store.words import words_of

sqlite3: Any = library.load()[0]  # the one that the store uses

#: A statement and its values.
Statement = tuple[str, tuple[Any, ...]]
_MOVED = 'UPDATE feeds SET revision = ?, changed_at = ?, "count" = "count" + 1 WHERE key = ?'


def captured(store: Path, after: int) -> list[list[Statement]]:
    """For each item that was added since the revision ``after``, the statements that keep it.

    Each must have been added once and not changed since.
    """
    conn = sqlite3.connect(store)
    conn.row_factory = sqlite3.Row
    rows = ItemRows("")
    known = {
        row["key"]
        for row in conn.execute(
            "SELECT DISTINCT feed AS key FROM entries e JOIN items i ON i.id = e.item_id"
            " WHERE i.revision <= ?",
            (after,),
        )
    }
    found = [
        [*_of_item(conn, rows, change, known)]
        for change in conn.execute(
            "SELECT * FROM changes WHERE revision > ? ORDER BY revision", (after,)
        ).fetchall()
    ]
    conn.close()
    return found


def _of_item(conn: Any, rows: ItemRows, change: Any, known: set[str]) -> Iterator[Statement]:
    (row,) = conn.execute("SELECT * FROM items WHERE id = ?", (change["item_id"],))
    yield _inserted(schema.items, row)
    for table in (schema.guids, schema.slugs):
        for name in conn.execute(f"SELECT * FROM {table.name} WHERE item_id = ?", (row["id"],)):
            yield _inserted(table, name)
    entries = conn.execute("SELECT * FROM entries WHERE item_id = ?", (row["id"],)).fetchall()
    for entry in entries:
        (feed,) = conn.execute("SELECT * FROM feeds WHERE key = ?", (entry["feed"],))
        if feed["key"] in known or feed["kind"] == "feed":
            yield _MOVED, (row["revision"], row["visible_at"], feed["key"])
        else:
            known.add(feed["key"])
            yield _inserted(schema.feeds, feed)
        page = 0 if ":" in feed["key"] else None  # until it is sealed into one
        yield _inserted(schema.entries, dict(entry) | {"page": page})
    yield _inserted(schema.changes, change)
    item = rows.item(_read(row))
    yield "INSERT INTO search (rowid, words) VALUES (?, ?)", (row["id"], " ".join(words_of(item)))
    yield from _pages(conn, row["revision"])
    yield "UPDATE revision SET value = ?, at = ?", (row["revision"], change["at"])


def _pages(conn: Any, revision: int) -> Iterator[Statement]:
    """The archive pages that were made of this write."""
    for page in conn.execute("SELECT * FROM pages WHERE revision = ?", (revision,)).fetchall():
        key = (page["feed"], page["number"])
        yield _inserted(schema.pages, page)
        for row in conn.execute("SELECT * FROM archived WHERE feed = ? AND number = ?", key):
            yield _inserted(schema.archived, row)
            yield (
                "UPDATE entries SET page = ? WHERE feed = ? AND item_id = ?",
                (page["number"], page["feed"], row["item_id"]),
            )
        yield "UPDATE feeds SET pages = ? WHERE key = ?", (page["number"], page["feed"])


def _read(row: Any) -> dict[str, Any]:
    found = dict(row)
    for column in schema.items.columns:
        if isinstance(column.type, schema.Instant) and found[column.name] is not None:
            found[column.name] = schema.moment(found[column.name])
    return found


def _inserted(table: Table, row: Any) -> Statement:
    names = [column.name for column in table.columns]
    quoted = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" * len(names))
    return f"INSERT INTO {table.name} ({quoted}) VALUES ({marks})", tuple(row[n] for n in names)


def write(store: Path, items: list[list[Statement]]) -> tuple[float, float]:
    """Write them to the store; how many a second, and how many a second of the processor."""
    conn = sqlite3.connect(store, isolation_level=None, cached_statements=200)
    for pragma in ("foreign_keys = ON", "synchronous = FULL", "cache_size = -8000"):
        conn.execute(f"PRAGMA {pragma}")
    assert conn.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    begun, busy = time.perf_counter(), time.process_time()
    for statements in items:
        conn.execute("BEGIN IMMEDIATE")
        for statement, values in statements:
            conn.execute(statement, values)
        conn.execute("COMMIT")
    took, busy = time.perf_counter() - begun, time.process_time() - busy
    conn.close()
    return len(items) / took, len(items) / busy
