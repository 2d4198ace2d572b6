"""Sources: 200 feeds taken in, unchanged ones polled, and the memory of 10,000 imports.

`python -m bench sources`; with `--short` fewer of each. Ours and the peer, lemon24/reader (its
update of all feeds, into its SQLite), run on one core each at its time, children included; the
server of the feeds may run on any. Each feed is at an address of its own on loopback, since no host
is asked twice within a second. The feeds are those of feeds.py: 50 items of 300 words.

What is counted is everything: asked for over HTTP, parsed, cleaned, compared, on disk. What is
here can be searched by then; the peer makes its index of that in a step of its own, which is told
by itself.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil

from bench import upstream
from bench.feeds import bodies
from bench.table import show
from feedsvc import collector, config
from feedsvc.service import Service
from feedsvc.store import SourceSpec

FEEDS, ITEMS = 200, 50
UNCHANGED = 2_000
# A parser is replaced after 500 documents: not to look while one has just begun.
IMPORTS, AT_ONCE = 10_200, 200
_CONFIG = """
[site]
url = "https://bench.example"
[limits]
allow_networks = ["127.66.0.0/16"]
"""


def main() -> None:
    """Measure and print."""
    short = "--short" in sys.argv
    with _one_core():
        show("200 feeds of 50 items, one core", [*_taken(FEEDS // 4 if short else FEEDS)])
        show("unchanged sources, one core", [*_unchanged(UNCHANGED // 4 if short else UNCHANGED)])
        rounds = IMPORTS // AT_ONCE // (5 if short else 1)
        show("memory of the importer", [*_memory(rounds)])


@contextmanager
def _one_core() -> Iterator[None]:
    """This process and what it starts on the first core; the server of the feeds has them all."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    yield
    os.sched_setaffinity(0, cores)


def _feeds(count: int) -> list[bytes]:
    return [body.encode() for body in bodies(count, ITEMS)]


@contextmanager
def _house(urls: Sequence[str]) -> Iterator[Service]:
    """A service with a new store and these sources, all of them due."""
    with tempfile.TemporaryDirectory(prefix="feedsvc-bench-", dir=".") as folder:
        path = Path(folder) / "config.toml"
        path.write_text(_CONFIG, encoding="utf-8")
        service = Service.open(config.load(path, {}))
        for url in urls:
            service.store.make_source(SourceSpec(url), origin="bench", now=service.now())
        service.importer.parsers.start()  # as it is in a scheduler that has polled before
        collector.spare()
        yield service
        service.close()


def _taken(count: int) -> Iterator[tuple[str, str, str]]:
    with upstream.serving(_feeds(count)) as urls:
        with _house(urls) as service:
            start = time.perf_counter()
            service.poll_due()
            ours = time.perf_counter() - start
            states = {row.state.status for row in service.store.sources()}
            assert states == {"ok"}, states
        theirs, index = _by_reader(urls)
    items = count * ITEMS
    yield "lemon24/reader", f"{items / theirs:,.0f} items/s", "1"
    yield "the same, to be searched", f"{items / (theirs + index):,.0f} items/s", ""
    yield (
        "feedsvc, to be searched",
        f"{items / ours:,.0f} items/s",
        f"{theirs / ours:.1f} times reader; {(theirs + index) / ours:.1f} times to be searched",
    )


def _by_reader(urls: Sequence[str]) -> tuple[float, float]:
    """Seconds that lemon24/reader takes for the same feeds, and then to make them searchable."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(dir=".") as folder:
        warnings.simplefilter("ignore")
        from reader import make_reader

        reader = make_reader(str(Path(folder) / "reader.sqlite"))
        for url in urls:
            reader.add_feed(url)
        start = time.perf_counter()
        reader.update_feeds()
        took = time.perf_counter() - start
        got = reader.get_entry_counts().total or 0
        assert got == len(urls) * ITEMS, got
        reader.enable_search()
        start = time.perf_counter()
        reader.update_search()
        index = time.perf_counter() - start
        assert reader.search_entry_counts("the").total is not None
        reader.close()
    return took, index


def _unchanged(count: int) -> Iterator[tuple[str, str, str]]:
    with upstream.serving(_feeds(4) * (count // 4)) as urls, _house(urls) as service:
        store = service.store
        rows = store.sources()
        # As if all had been polled: their validators are what the server has.
        tags = _tags(urls)
        for row in rows:
            state = replace(row.state, status="ok", etag=tags[row.spec.url], title="T")
            store.set_source(row.id, replace(state, next_poll_at=service.now()))
        start, busy = time.perf_counter(), time.process_time()
        assert service.poll_due() == count
        took, busy = time.perf_counter() - start, time.process_time() - busy
        assert {row.state.failures for row in store.sources()} == {0}
    yield "304 Not Modified", f"{count / took:,.0f}/s", f"{busy / count * 1000:.2f} ms of the core"


def _tags(urls: Sequence[str]) -> dict[str, str]:
    import urllib.request

    return {url: urllib.request.urlopen(url).headers["ETag"] for url in urls}


def _memory(rounds: int) -> Iterator[tuple[str, str, str]]:
    """Small feeds whose entries are all new at every poll."""
    entries = "".join(
        f"<item><guid isPermaLink='false'>{n}-@@COUNT@@</guid><title>{n} of @@COUNT@@</title>"
        f"<description>{'Words of @@COUNT@@ and more. ' * 20}</description></item>"
        for n in range(5)
    )
    feed = f"<rss version='2.0'><channel><title>T</title>{entries}</channel></rss>".encode()
    me = psutil.Process()
    first: list[float] = []
    with upstream.serving([feed] * AT_ONCE) as urls, _house(urls) as service:
        taking = service.importer.taking
        taking.bounds = replace(taking.bounds, kept=20)
        for number in range(rounds):
            for row in service.store.sources() if number else ():
                service.store.set_source(row.id, replace(row.state, next_poll_at=service.now()))
            assert service.poll_due() == AT_ONCE
            done = (number + 1) * AT_ONCE
            if number in {rounds // 10, rounds - 1}:
                children = [c for c in me.children() if "parsing_child" in " ".join(c.cmdline())]
                now = [sum(p.memory_info().rss for p in some) / 2**20 for some in ([me], children)]
                than = [f"{b / a:.2f}" for a, b in zip(first, now, strict=False)]
                first = first or now
                yield (
                    f"after {done:,} imports",
                    f"{now[0]:.0f} MiB",
                    f"its parser {now[1]:.0f} MiB"
                    + (f"; {', '.join(than)} of before" if than else ""),
                )
        size = sum(f.stat().st_size for f in Path(service.fixed.root, "var").glob("feedsvc.db"))
        yield "the store", f"{size / 2**20:.0f} MiB", f"{service.store.count():,} items"
