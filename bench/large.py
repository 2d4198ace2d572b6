"""A store of a million items, in a minute: a thousand that went through the store, multiplied.

The copies are older than what they are copied from, have names of their own, and stand in archive
pages as if they had been published one after the other; they are short, and are found by their
words like all others. `Store.verify` finds nothing wrong with what comes out.
"""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

try:
    import pysqlite3 as sqlite3
except ImportError:
    import sqlite3  # type: ignore[no-redef]

from sqlalchemy import Table

from feedsvc import config
from feedsvc.model import Author, Category, Item
from feedsvc.service import Service
from feedsvc.store import Put, schema
from feedsvc.store.words import words_of

BASE = 1_000
_PAGE = 50  # entries of an archive page, as page_size is unless said
_SPAN = BASE * 60_000_000  # microseconds: an item a minute
_START = datetime(2026, 6, 1, 12, tzinfo=UTC)


def make_large(root: Path, count: int) -> Path:
    """Make a site with ``count`` items (a multiple of a thousand) in ``root``; its configuration.

    No item stands in a file, so the folder of items is empty.
    """
    path = root / "config.toml"
    (root / "items").mkdir(parents=True)
    path.write_text('[site]\ntitle = "Bench"\nurl = "https://bench.example"\n', encoding="utf-8")
    service = Service.open(config.load(path, {}))
    items = list(itertools.islice(made_items(), BASE))
    puts = [Put(item, slug_hint=f"item-{number}") for number, item in enumerate(items)]
    for start in reversed(range(0, BASE, _PAGE)):  # the oldest first, as they would have come
        service.store.apply(puts[start : start + _PAGE][::-1], service.now())
    service.close()
    if count > BASE:
        _multiply(root / "var" / "feedsvc.db", count // BASE - 1)
    return path


def made_items() -> Any:
    """Items of 250 words, common and rare ones as in a language; each a minute older."""
    chance = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randint(2, 10))) for _ in range(20_000)]
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(words) + 1)))
    for number in itertools.count():
        text = chance.choices(words, cum_weights=weights, k=250)
        paragraphs = (" ".join(text[start : start + 50]) for start in range(0, 250, 50))
        yield Item(
            title=f"Item n{number}",
            summary=" ".join(text[:20]),
            content_html="".join(f"<p>{paragraph}</p>\n" for paragraph in paragraphs),
            authors=(Author(f"Author {chance.randrange(20)}"),),
            categories=(Category(f"tag{chance.randrange(200)}"),),
            published=_START - timedelta(minutes=number),
        )


def _multiply(path: Path, times: int) -> None:
    conn = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = DELETE", "synchronous = OFF", "cache_size = -800000"):
        conn.execute(f"PRAGMA {pragma}")
    indexes = conn.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql > ''")
    indexes = indexes.fetchall()
    conn.execute("BEGIN")
    for name, _ in indexes:
        conn.execute(f"DROP INDEX {name}")
    conn.execute("CREATE TEMP TABLE times (k INTEGER PRIMARY KEY)")
    conn.executemany("INSERT INTO times VALUES (?)", ((k,) for k in range(1, times + 1)))
    _copy_items(conn)
    _copy_entries(conn, times)
    _copy_words(conn)
    for _, sql in indexes:
        conn.execute(sql)
    conn.execute("COMMIT")
    conn.execute("ANALYZE")
    conn.execute("PRAGMA journal_mode = WAL")
    conn.close()


def _copy(conn: Any, table: Table, changed: dict[str, str]) -> None:
    """Every row of ``table`` once more for each k, with some columns ``changed``."""
    names = [column.name for column in table.columns]
    key = ", ".join(
        str(place + 1) for place, column in enumerate(table.columns) if column.primary_key
    )
    quoted = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(changed.get(name, f'b."{name}"') for name in names)
    conn.execute(f"CREATE TEMP TABLE base AS SELECT * FROM {table.name}")
    conn.execute(
        f"INSERT INTO main.{table.name} ({quoted})"
        f" SELECT {values} FROM base b, times ORDER BY {key}"
    )
    conn.execute("DROP TABLE base")


def _copy_items(conn: Any) -> None:
    shift = {"item_id": f"b.item_id + k * {BASE}", "revision": f"b.revision + k * {BASE}"}
    older = {"sort_at": f"b.sort_at - k * {_SPAN}"}
    paragraph = "substr(b.content_html, 1, instr(b.content_html, '</p>') + 3)"
    (first, last) = conn.execute("SELECT min(id), max(id) FROM items").fetchone()
    assert (first, last) == (1, BASE), "the rows of items are numbered otherwise now"
    _copy(
        conn,
        schema.items,
        shift
        | older
        | {
            "id": f"b.id + k * {BASE}",
            "guid": "b.guid || '/' || k",
            "slug": "b.slug || '-' || k",
            "url": "b.url || '-' || k",
            "title": "b.title || ' k' || k",
            "content_html": paragraph,
            "published": f"b.published - k * {_SPAN}",
            "updated": f"b.updated - k * {_SPAN}",
        },
    )
    _copy(conn, schema.guids, shift | {"guid": "b.guid || '/' || k"})
    _copy(conn, schema.slugs, shift | {"slug": "b.slug || '-' || k"})
    _copy(conn, schema.changes, shift)


def _copy_entries(conn: Any, times: int) -> None:
    (made,) = conn.execute("SELECT pages FROM feeds WHERE key = 'main'").fetchone()
    pages = BASE // _PAGE
    number = f"{made} + (k - 1) * {pages} + (b.item_id - 1) / {_PAGE} + 1"
    shift = {
        "item_id": f"b.item_id + k * {BASE}",
        "revision": f"b.revision + k * {BASE}",
        "sort_at": f"b.sort_at - k * {_SPAN}",
        "page": f"CASE WHEN b.feed = 'main' THEN {number} ELSE b.page END",
    }
    _copy(conn, schema.entries, shift)
    conn.execute(
        "INSERT INTO archived (feed, number, item_id, revision, sort_at)"
        " SELECT e.feed, e.page, e.item_id, i.revision, e.sort_at"
        " FROM entries e JOIN items i ON i.id = e.item_id"
        f" WHERE e.feed = 'main' AND e.item_id > {BASE} ORDER BY 1, 2, 3"
    )
    conn.execute(
        "INSERT INTO pages (feed, number, revision, changed_at)"
        " SELECT feed, number, max(revision), max(sort_at) FROM archived"
        f" WHERE number > {made} GROUP BY feed, number"
    )
    last = conn.execute("SELECT max(revision) FROM changes").fetchone()[0]
    conn.execute("UPDATE revision SET value = ?", (last,))
    conn.execute(f'UPDATE feeds SET "count" = "count" * {times + 1}, revision = ?', (last,))
    conn.execute(f"UPDATE feeds SET pages = pages + {times * pages} WHERE key = 'main'")


def _copy_words(conn: Any) -> None:
    """Each copy's own words: those of its base's first paragraph and summary, and of its title."""
    rows = conn.execute(
        "SELECT id, title, summary, content_html, authors, categories FROM items"
        f" WHERE id > {BASE} AND id <= {2 * BASE}"
    )
    conn.execute("CREATE TEMP TABLE found (id INTEGER PRIMARY KEY, words TEXT)")
    for row_id, *texts in rows.fetchall():
        item = Item(title=texts[0], summary=texts[1], content_html=texts[2], **_terms(*texts[3:]))
        words = [word for word in words_of(item) if word != "k1"]
        conn.execute("INSERT INTO found VALUES (?, ?)", (row_id - BASE, " ".join(words)))
    conn.execute(
        "INSERT INTO search (rowid, words)"
        f" SELECT id + k * {BASE}, words || ' k' || k FROM times, found ORDER BY 1"
    )


def _terms(authors: str, categories: str) -> dict[str, Any]:
    import json

    return {
        "authors": tuple(Author(author["name"]) for author in json.loads(authors)),
        "categories": tuple(Category(category["term"]) for category in json.loads(categories)),
    }
