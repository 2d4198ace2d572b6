"""Polls: what an answer costs, beside nginx and Django, and among a million items.

`python -m bench polls`; with `--short` slow clients come for 10 s instead of 60, with
`--keep=FOLDER` the made stores are kept there for the next run of the same schema. Each server has
one worker on one core, the load comes from another. The clients are on loopback, where the limit
of whole fetches does not hold; otherwise the configuration is the one that comes by default.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from bench import load, peers
from bench.day import day
from bench.large import BASE, made_items, make_large
from bench.peers import Server
from bench.table import show
from feedsvc import config
from feedsvc.service import Service
from feedsvc.store import Put
from feedsvc.store.schema import HEAD

LARGE = 1_000_000
SLOW = 1_000
PUBLISHED = 15
_ITEMS = islice(made_items(), 2 * BASE, None)

Row = tuple[str, str, str]


@dataclass
class Site:
    """A served store, and a hand to publish with."""

    service: Service
    server: Server

    @property
    def url(self) -> str:
        """The address of the main feed."""
        return self.server.url

    def publish(self) -> str:
        """One more item; its title."""
        item, now = next(_ITEMS), self.service.now()
        title = f"{item.title} published by {os.getpid()}"
        self.service.store.apply([Put(replace(item, title=title, published=now))], now)
        return title

    def publish_until_shown(self) -> float:
        """Seconds from the beginning of a write until a poll shows it: the very next one."""
        begun = time.perf_counter()
        title = self.publish()
        _, _, body = load.fetch(self.url)
        took = time.perf_counter() - begun
        assert title.encode() in body, "the next poll does not show it"
        return took


def main() -> None:
    """Measure and print."""
    load.need_wrk()
    short = "--short" in sys.argv
    if not peers.pinned(0):
        print("one core only, or no taskset: nothing is pinned, and the load takes its share")
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="feedsvc-bench-")))
        root.chmod(0o755)  # nginx, started by root, reads as somebody else
        kept = next((Path(word[7:]) for word in sys.argv if word.startswith("--keep=")), root)
        small = stack.enter_context(_site(kept / f"{HEAD}-{BASE}", BASE))
        large = stack.enter_context(_site(kept / f"{HEAD}-{LARGE}", LARGE))
        _, _, feed = load.fetch(large.url)
        _, _, packed = load.fetch(large.url, Accept_Encoding="gzip")
        nginx = stack.enter_context(peers.nginx(root, feed))
        django = stack.enter_context(peers.django(root, _listed()))
        print(f"a feed of 50 items: {len(feed):,} bytes, {len(packed):,} with gzip")
        show("polls, one core for each server", [*_rates(small, large, nginx, django)])
        show("a write until the next poll shows it", [*_writes(small, large)])
        show("a day: 48 polls, 24 new items", [*_day(small)])
        show(f"{SLOW:,} slow clients", [*_slow(small, 10 if short else 60)])
        show(f"a worker with {LARGE:,} items, after all that", [*_memory(large)])


@contextmanager
def _site(root: Path, items: int) -> Iterator[Site]:
    path = root / "config.toml"
    if not path.exists():
        begun = time.perf_counter()
        root.mkdir(parents=True)
        make_large(root, items)
        print(f"made a store of {items:,} items in {time.perf_counter() - begun:.0f} s")
    service = Service.open(config.load(path, {}))
    try:
        with peers.ours(path) as server:
            yield Site(service, server)
    finally:
        service.close()


def _listed() -> str:
    return json.dumps([
        {
            "title": item.title,
            "content_html": item.content_html,
            "published": item.published.timestamp(),
            "url": f"/items/item-{number}",
        }
        for number, item in enumerate(islice(made_items(), 50))
    ])


def _rates(small: Site, large: Site, nginx: Server, django: Server) -> Iterator[Row]:
    """Ratios by the clock and, in brackets, by the processor time of the servers."""
    own = large.server
    for name, unchanged in (("304", True), ("200 with gzip", False)):
        rate, ratio = load.ratios(own, nginx, unchanged=unchanged)
        yield f"{name}, among {LARGE:,} items", f"{rate.wall:,.0f}/s", f"{_said(ratio)} of nginx"
        rate, ratio = load.ratios(own, nginx, unchanged=unchanged, close=True)
        yield (
            f"{name}, a connection for each",
            f"{rate.wall:,.0f}/s",
            f"{_said(ratio)} of nginx",
        )
        rate, ratio = load.ratios(own, nginx, unchanged=unchanged, others=True)
        yield f"{name}, another client each", f"{rate.wall:,.0f}/s", f"{_said(ratio)} of nginx"
        _, ratio = load.ratios(own, django, unchanged=unchanged)
        yield f"{name}, beside Django", "", f"{_said(ratio, 0)} of Django's"
        _, ratio = load.ratios(own, small.server, unchanged=unchanged)
        yield f"{name}, beside {BASE:,} items", "", f"{_said(ratio)}"


def _said(ratio: load.Rate, digits: int = 2) -> str:
    return f"{ratio.wall:.{digits}f} ({ratio.processor:.{digits}f})"


def _writes(small: Site, large: Site) -> Iterator[Row]:
    pairs = [(large.publish_until_shown(), small.publish_until_shown()) for _ in range(PUBLISHED)]
    many = statistics.median(pair[0] for pair in pairs)
    few = statistics.median(pair[1] for pair in pairs)
    yield f"among {BASE:,} items", f"{few * 1000:.1f} ms", ""
    ratio = statistics.median(a / b for a, b in pairs)
    yield f"among {LARGE:,} items", f"{many * 1000:.1f} ms", f"ratio {ratio:.2f}"


def _day(site: Site) -> Iterator[Row]:
    clients = day(site.url, site.publish)
    plain = clients["plain"].received
    for name, client in clients.items():
        own = clients["plain, gzip"].received if client.coding else plain
        against = f"1/{plain / client.received:.0f} of plain"
        if client.coding:
            against += f", 1/{own / client.received:.1f} of plain with gzip"
        told = ", ".join(f"{number} x {status}" for status, number in client.statuses.items())
        yield name, f"{client.received:,} B", f"{against} ({told})"


def _slow(site: Site, seconds: int) -> Iterator[Row]:
    polls, failed, alone = load.honest(site.url, seconds / 4)
    yield (
        "honest polls without them, p99",
        f"{alone * 1000:.0f} ms",
        f"{failed} of {polls:,} failed",
    )
    with load.SlowClients(site.url, SLOW) as slow:
        deadline = time.monotonic() + 30
        while slow.most < SLOW and time.monotonic() < deadline:
            time.sleep(0.1)
        polls, failed, late = load.honest(site.url, seconds)
        yield (
            f"honest polls beside them for {seconds} s, p99",
            f"{late * 1000:.0f} ms",
            f"{failed} of {polls:,} failed; {slow.most:,} at once, {slow.opened:,} came",
        )


def _memory(site: Site) -> Iterator[Row]:
    workers = [
        child
        for child in site.server.process.children()
        if "spawn_main" in " ".join(child.cmdline())
    ]
    used = [worker.memory_full_info() for worker in workers]
    yield "unique", f"{max(info.uss for info in used) / 1e6:.0f} MB", ""
    yield "resident", f"{max(info.rss for info in used) / 1e6:.0f} MB", ""
