"""Feeds made before a write is acknowledged, among real workers: nobody finds an old one."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from journeys.conftest import Site, until
from journeys.polling import each_worker
from journeys.test_writing_apart import NICE, Writer, spawned

from feedsvc import config
from feedsvc.model import Item
from feedsvc.service import Service
from feedsvc.store import Put

WRITES = 60
NUMBERS = count(1)


@pytest.fixture
def token(site: Site) -> str:
    return site.call("token", "create", "writer", "--scope", "write").stdout.split()[-1]


def polled(connection: http.client.HTTPConnection) -> tuple[bytes, str]:
    connection.request("GET", "/feeds/main.rss", headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    assert answer.status == 200
    return gzip.decompress(answer.read()), str(answer.headers["ETag"])


@pytest.fixture
def served(site: Site, token: str) -> Iterator[int]:
    """The service with its process for writes, while somebody always polls."""
    done = threading.Event()

    def poll() -> None:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", site.port)) as connection:
            while not done.wait(0.005):
                polled(connection)

    writer = Writer(site, token)
    with (
        site.served() as process,
        ThreadPoolExecutor(4) as others,
        contextlib.closing(writer.connection),
    ):
        until(lambda: writer.post("First") == 201 and NICE in spawned(process).values())
        polling = [others.submit(poll) for _ in range(4)]
        try:
            yield process.pid
        finally:
            done.set()
        for one in polling:
            one.result()


def test_whoever_is_told_finds_it_at_every_worker(site: Site, token: str, served: int) -> None:
    """So do those whom other programs tell, which make nothing ahead."""
    service = Service.open(config.load(site.root / "config.toml", {}), declare=False)

    def by_api(writer: Writer) -> str:
        title = f"Sent {next(NUMBERS)}."
        assert writer.post(title) == 201
        return title

    def by_another(_: Writer) -> str:
        title = f"Put {next(NUMBERS)}."
        item = Item(guid="", title=title, content_html="<p>Words.</p>")
        (outcome,) = service.store.apply([Put(item)], service.now())
        assert outcome.kind == "added"
        return title

    def write_on(number: int) -> None:
        writer = Writer(site, token)
        with (
            contextlib.closing(writer.connection),
            each_worker(served, site.port, 2) as connections,
        ):
            for turn in range(WRITES if number else WRITES // 4):
                title = (by_api if number or turn % 2 else by_another)(writer).encode()
                for connection in connections.values():
                    assert title in polled(connection)[0]

    with contextlib.closing(service), ThreadPoolExecutor(3) as writers:
        for writing in [writers.submit(write_on, number) for number in range(3)]:
            writing.result()
    # One state, one document: whoever made it.
    with each_worker(served, site.port, 2) as connections:
        assert len({polled(connection) for connection in connections.values()}) == 1
