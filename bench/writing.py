"""Writes: acknowledged items by the API beside SQLite alone, batches, and polls meanwhile.

`python -m bench writing`; with `--short` fewer of each. The items have 250 words and are all
different, the store has 1,000 before. The server is the real one, as it is without being told
anything: two workers, SQLite with synchronous=FULL. Nothing is pinned to a core.

Single items come from 8 clients, each of which sends its next when the last was answered. What the
server has written for them is read out of its store and written once more by SQLite alone
(bare.py), on the same disk: the ratio is that of the two rates. In brackets: the same for each
second of the processor, which stays true on a machine that does other things too; but SQLite alone
has one process, and the server's time is that of all its processes.

Polls come 50 a second, from 8 connected readers in turn, each with the ETag of what it has. While
nobody writes almost all of them are 304, given out of memory. While 4 clients write as fast as they
can there is something new at almost every poll: the feed of 50 items is made anew, coded and sent.
The ratio compares the two as they are, what has to be done and what has to be waited for; the time
of a poll counts from when it was due. Quiet and busy take turns; of each the median p99 counts.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from bench import bare, clients, load, peers
from bench.clients import Client, Times
from bench.large import BASE, made_items, make_large
from bench.table import show
from feedsvc import config
from feedsvc.service import Service

SINGLE, BATCH = 3_000, 20_000
WORKERS = 2  #: as `feedsvc serve` has them by itself
WRITERS, MEANWHILE = 8, 4
POLLS, POLLERS = 50, 8
ROUNDS, SECONDS = 3, 8.0

Row = tuple[str, str, str]


def main() -> None:
    """Measure and print."""
    short = "--short" in sys.argv
    single, batch = (SINGLE // 5, BATCH // 5) if short else (SINGLE, BATCH)
    with ExitStack() as stack:
        root = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="feedsvc-bench-", dir="."))
        )
        root = root.resolve()
        others = stack.enter_context(ProcessPoolExecutor(2, get_context("spawn")))
        path = make_large(root, BASE)
        service = Service.open(config.load(path, {}))
        _, token = service.access.mint("bench", "write")
        before = root / "before.db"
        revision = service.store.revision()
        service.close()
        store = root / "var" / "feedsvc.db"
        shutil.copyfile(store, before)
        bodies = _bodies()
        with peers.ours(path, workers=WORKERS, anywhere=True) as server:
            some = [next(bodies) for _ in range(single)]
            busy = server.busy()
            sent = others.submit(clients.write, server.url, token, some, WRITERS, 600.0).result()
            ours = load.Rate(sent.rate, single / (server.busy() - busy))
        alone = _bare(store, before, revision)
        ratio = ours.to(alone)
        rows = [
            ("SQLite alone, an item a transaction", f"{alone.wall:,.0f}/s", ""),
            (
                f"POST /api/v1/items, {WRITERS} clients",
                f"{sent.rate:,.0f}/s",
                f"{ratio.wall:.2f} ({ratio.processor:.2f}) of SQLite; p99 {sent.p99 * 1000:.0f} ms",
            ),
        ]
        with peers.ours(path, workers=WORKERS, anywhere=True) as server:
            busy = server.busy()
            many = _batches(server.url, token, [next(bodies) for _ in range(batch)])
            each = (server.busy() - busy) / batch
            rows.append((
                "POST /api/v1/items/batch, 2 clients",
                f"{many:,.0f}/s",
                f"{many / sent.rate:.1f} times single items; {each * 1000:.2f} ms of the processor",
            ))
            show("writes, on disk when they are answered", rows)
            seconds = SECONDS / 2 if short else SECONDS
            found = [*_polls(others, server.url, token, bodies, seconds)]
            show(f"{POLLS} polls a second", found)


def _bodies() -> Iterator[bytes]:
    for item in islice(made_items(), 2 * BASE, None):
        yield json.dumps({
            "title": f"{item.title} sent",
            "summary": item.summary,
            "content_html": item.content_html,
            "authors": [{"name": author.name} for author in item.authors],
            "categories": [{"term": category.term} for category in item.categories],
        }).encode()


def _bare(store: Path, before: Path, revision: int) -> load.Rate:
    """SQLite alone: the median of three runs."""
    found = bare.captured(store, revision)
    rates = []
    for _ in range(3):
        copy = before.with_name("bare.db")
        shutil.copyfile(before, copy)
        rates.append(load.Rate(*bare.write(copy, found)))
        copy.unlink()
    return sorted(rates)[1]


def _batches(url: str, token: str, bodies: list[bytes]) -> float:
    """Items a second."""
    half = len(bodies) // 2

    def work(some: list[bytes]) -> None:
        client = Client(url)
        told = client.send(
            "/api/v1/items/batch", b"\n".join(some), token, 200, "application/x-ndjson"
        )
        results = [json.loads(line) for line in told.splitlines()]
        assert [result["status"] for result in results] == [201] * len(some), results[:3]
        client.close()

    took = clients.together([lambda: work(bodies[:half]), lambda: work(bodies[half:])])
    return len(bodies) / took


def _polls(
    others: ProcessPoolExecutor, url: str, token: str, bodies: Iterator[bytes], seconds: float
) -> Iterator[Row]:
    quiet: list[Times] = []
    busy: list[Times] = []
    written: list[Times] = []
    for _ in range(ROUNDS):
        quiet.append(others.submit(clients.poll, url, POLLS, POLLERS, seconds).result())
        some = [next(bodies) for _ in range(int(1000 * seconds))]
        writes = others.submit(clients.write, url, token, some, MEANWHILE, seconds + 1)
        time.sleep(0.5)
        busy.append(others.submit(clients.poll, url, POLLS, POLLERS, seconds).result())
        written.append(writes.result())
    yield _row("nobody writes", quiet, "")
    rate = statistics.median(one.rate for one in written)
    times = _p99(busy) / _p99(quiet)
    yield _row(f"{MEANWHILE} clients write {rate:,.0f} items/s", busy, f"; {times:.1f} times that")


def _row(name: str, found: list[Times], more: str) -> Row:
    median = statistics.median(one.median for one in found)
    each = ", ".join(f"{one.p99 * 1000:.0f}" for one in found)
    return (
        name,
        f"{_p99(found) * 1000:.1f} ms",
        f"p99 (of {each}){more}; median {median * 1000:.1f} ms",
    )


def _p99(found: list[Times]) -> float:
    return statistics.median(one.p99 for one in found)
