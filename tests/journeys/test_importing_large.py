"""Many large feeds that are due at once: they are read one after the other, whatever they hold."""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path

import psutil
import pytest
from journeys.conftest import until
from journeys.publishers import Poll, Publishers, Sent, entry, feed
from journeys.test_importing_among_enemies import Memory, are_polled, make_due, site_of

#: Sources, those of them that are polled first, to warm up, and entries and bytes of each.
COUNT, FIRST, ENTRIES, SIZE = 16, 3, 200, 4_500_000
#: MiB that the service may grow by: three times what one of them takes. Without a bound it was 76.
MOST = 52


@lru_cache(2)
def body(host: int) -> bytes:
    size = SIZE // ENTRIES
    told = (
        entry(f"{host}-{n}", f"Large {host} {n}", (f"{host}x{n} words of " * size)[:size])
        for n in range(ENTRIES)
    )
    return feed(f"large-{host}", *told)


async def large(poll: Poll) -> Sent:
    return Sent(body(int(poll.host.rpartition(".")[2])), pieces=20)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells peaks")
def test_many_large_feeds_at_once_take_the_memory_of_few(tmp_path: Path) -> None:
    memory = Memory()
    with Publishers(31, COUNT, large) as publishers:
        urls = publishers.urls()
        site = site_of(tmp_path / "site", urls, [publishers.port])
        text = (site.root / "config.toml").read_text(encoding="utf-8")
        site.configure(text.replace('fetch_time = "2s"', 'fetch_time = "60s"'))
        with site.served("--workers", "1") as process:
            service = psutil.Process(process.pid)
            make_due(site, urls[:FIRST])
            until(lambda: are_polled(site, urls[:FIRST]), 60)
            until(lambda: memory.is_steady(service), 60)
            memory.look(service)
            make_due(site, urls[FIRST:])
            until(lambda: are_polled(site, urls[FIRST:]), 90)
            grown = memory.grown()
        assert {poll.host for poll in publishers.polls} == set(publishers.hosts)
    sys.stdout.write(f"{COUNT - FIRST} feeds of {SIZE / 1e6:.1f} MB: grown MiB {grown}\n")
    assert max(grown.values()) < MOST, grown
