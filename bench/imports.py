"""200 local feeds of 50 items: read and cleaned here, beside lemon24/reader and plain feedparser.

On one core, and by its time, which other work on the machine changes little. ``reader`` updates
from the same files into its own SQLite; the others keep nothing. What is slow takes the first 40
feeds alone.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time

import feedparser
from reader import make_reader

from bench.feeds import make_feeds
from bench.table import show
from feedsvc.formats import clean, upstream

FEEDS, ITEMS = 200, 50
FEW = 40
#: A way of taking feeds in: given the files, and a folder to work in, how many items that were.
Way = Callable[[Sequence[Path], Path], int]


def main() -> None:
    """Measure and print."""
    ways: dict[str, Way] = {
        "read": _read,
        "read and cleaned": _cleaned,
        "the same, feedparser reading every feed": _slowly,
        "peer: reader, updated into its SQLite": _reader,
        "peer: feedparser with its cleaning": _feedparser,
        "peer: feedparser without": _feedparser_alone,
    }
    rates = measure(ways)
    against = rates["peer: reader, updated into its SQLite"]
    show(
        f"{FEEDS} local feeds of {ITEMS} items, one core",
        [
            (way, f"{rate:,.0f} items/s", f"{rate / against:.1f} of reader")
            for way, rate in rates.items()
        ],
    )


def measure(ways: dict[str, Way], feeds: int = FEEDS, items: int = ITEMS) -> dict[str, float]:
    """Items per second by each way, each on the same feeds and the same single core."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "feeds").mkdir()
            paths = make_feeds(folder / "feeds", feeds, items)
            return {
                way: _rate(take, paths[:FEW] if take in _SLOW else paths, folder)
                for way, take in ways.items()
            }
    finally:
        os.sched_setaffinity(0, allowed)


def _rate(take: Way, paths: Sequence[Path], folder: Path) -> float:
    each = take(paths[:2], folder) // 2  # what is made at first use is no part of the time
    begun = process_time()
    items = take(paths, folder)
    took = process_time() - begun
    if items != each * len(paths):
        sys.exit(f"{items} items of {each * len(paths)}: not the same work")
    return items / took


def _read(paths: Sequence[Path], _: Path) -> int:
    return sum(len(upstream.read(path.read_bytes(), url=_url(path)).items) for path in paths)


def _cleaned(paths: Sequence[Path], _: Path, *, quickly: bool = True) -> int:
    count = 0
    for path in paths:
        parsed = upstream.read(path.read_bytes(), url=_url(path), quickly=quickly)
        for item in parsed.completed():
            clean.item(item, base=item.url)
            count += 1
    return count


def _slowly(paths: Sequence[Path], folder: Path) -> int:
    return _cleaned(paths, folder, quickly=False)


def _url(path: Path) -> str:
    return f"https://feeds.example/{path.name}"


def _reader(paths: Sequence[Path], folder: Path) -> int:
    database = folder / f"reader-{len(paths)}.sqlite"
    with make_reader(str(database), feed_root=str(folder / "feeds")) as reader:
        for path in paths:
            reader.add_feed(path.name)
        reader.update_feeds()
        return reader.get_entry_counts().total or 0


def _feedparser(paths: Sequence[Path], _: Path) -> int:
    return sum(len(_parsed(path, clean_too=True)) for path in paths)


def _feedparser_alone(paths: Sequence[Path], _: Path) -> int:
    return sum(len(_parsed(path, clean_too=False)) for path in paths)


def _parsed(path: Path, *, clean_too: bool) -> Sequence[object]:
    told = feedparser.parse(
        io.BytesIO(path.read_bytes()),
        response_headers={"content-type": "application/xml", "content-location": _url(path)},
        sanitize_html=clean_too,
        resolve_relative_uris=clean_too,
    )
    return told.entries


_SLOW = (_slowly, _feedparser, _feedparser_alone)


if __name__ == "__main__":
    main()
