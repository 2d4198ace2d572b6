"""The store alone: what a write and each question cost among 1,000 items and among 100,000."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from time import perf_counter

from bench.table import seconds, show
from feedsvc.model import Author, Category, Item
from feedsvc.store import FeedSpec, FileRow, Put, Store, open_store

SMALL, LARGE = 1_000, 100_000
BATCH = 500
SITE = "https://example.org"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def main() -> None:
    """Measure and print."""
    small, large = _measure(SMALL), _measure(LARGE)
    rows = [(name, small[name], large[name]) for name in small]
    show(f"the store among {SMALL:,} items, and among {LARGE:,}", rows)


def _measure(count: int) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder)}/bench.db", site_url=SITE, now=NOW)
        store.declare([FeedSpec("main")], NOW)
        puts = _puts()
        taken = 0.0
        for _ in range(count // BATCH):
            batch = [next(puts) for _ in range(BATCH)]
            begun = perf_counter()
            store.apply(batch, NOW)
            taken += perf_counter() - begun
        found = {"first items": f"{count / taken:,.0f}/s"}
        guid = store.items(limit=1)[0][0].guid
        found |= {name: f"{1000 * time:.3f} ms" for name, time in _questions(store, puts, guid)}
        store.close()
    return found


def _questions(store: Store, puts: Iterator[Put], guid: str) -> Iterator[tuple[str, float]]:
    edits = (Put(next(puts).item, replaces=guid) for _ in range(100))
    times = 30
    yield "one new item", seconds(lambda: store.apply([next(puts)], NOW), times)
    yield "one edit", seconds(lambda: store.apply([next(edits)], NOW), times)
    yield "the newest 50 of main", seconds(lambda: store.entries("main", limit=50), times)
    yield "the newest 50 of a tag", seconds(lambda: store.entries("tag:tag7", limit=50), times)
    yield "a feed's state", seconds(lambda: store.feed_state("main"), times)
    yield "has anybody written?", seconds(store.data_version, times)
    yield "a tick with nothing due", seconds(lambda: store.tick(NOW), times)
    yield "search: a word of every item", seconds(lambda: store.search("item", limit=50), 5)
    yield "search: a word of one item", seconds(lambda: store.search("n123", limit=50), 5)
    yield "a page of all items", seconds(lambda: store.items(limit=50), times)


def _puts() -> Iterator[Put]:
    """Items of 250 words, common and rare ones as in a language, with three tags and a file."""
    chance = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randint(2, 10))) for _ in range(20_000)]
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    number = 0
    while True:
        number += 1
        text = chance.choices(words, cum_weights=weights, k=250)
        paragraphs = (" ".join(text[start : start + 50]) for start in range(0, 250, 50))
        item = Item(
            title=f"Item n{number}",
            summary=" ".join(text[:20]),
            content_html="".join(f"<p>{paragraph}</p>\n" for paragraph in paragraphs),
            authors=(Author(f"Author {chance.randrange(20)}"),),
            categories=tuple(Category(f"tag{chance.randrange(200)}") for _ in range(3)),
            published=NOW - timedelta(minutes=number),
        )
        file = FileRow(f"{number}.md", 3000, 1, number, "d" * 64)
        yield Put(item, slug_hint=f"item-{number}", file=file)
