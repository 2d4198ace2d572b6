"""Writes: acknowledged items by the API beside SQLite alone, batches, and polls meanwhile.

`python -m bench writing`; with `--short` fewer of each. The items have 250 words and are all
different. The server is the real one, on SQLite with synchronous=FULL, its workers on one core and
the clients on the other. What it has written for the single items is read out of its store and
written once more by SQLite alone (bare.py), on the same disk. In brackets: the same for each second
of the processor, which stays true on a machine that does other things too.
"""

from __future__ import annotations

import json
import shutil
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

from bench import bare, load, peers
from bench.large import BASE, made_items, make_large
from bench.table import show
from feedsvc import config
from feedsvc.service import Service

SINGLE, BATCH = 3_000, 20_000
WRITERS = 4
POLLERS = 4
SECONDS = 10.0

Row = tuple[str, str, str]


class Client:
    """One kept connection that costs next to nothing, so that the server is what is measured."""

    def __init__(self, url: str) -> None:
        host, port = url.split("/")[2].split(":")
        self._host = host
        self._socket = socket.create_connection((host, int(port)), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb", buffering=1 << 16)

    def answer(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        named = {"Host": self._host, **headers}
        if body:
            named["Content-Length"] = str(len(body))
        head = "".join(f"{name.replace('_', '-')}: {said}\r\n" for name, said in named.items())
        self._socket.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        status = int(self._file.readline().split()[1])
        got: dict[str, str] = {}
        while (line := self._file.readline().strip()) != b"":
            name, _, said = line.decode("latin-1").partition(":")
            got[name.lower()] = said.strip()
        return status, got, b"".join(self._body(status, got))

    def _body(self, status: int, got: dict[str, str]) -> Iterator[bytes]:
        if got.get("transfer-encoding") == "chunked":
            while size := int(self._file.readline(), 16):
                yield self._file.read(size)
                self._file.readline()
            self._file.readline()
        elif status != 304:
            yield self._file.read(int(got.get("content-length", "0")))

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def main() -> None:
    """Measure and print."""
    short = "--short" in sys.argv
    single, batch = (SINGLE // 5, BATCH // 5) if short else (SINGLE, BATCH)
    seconds = SECONDS / 3 if short else SECONDS
    with ExitStack() as stack:
        root = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="feedsvc-bench-", dir="."))
        )
        root = root.resolve()
        path = make_large(root, BASE)
        service = Service.open(config.load(path, {}))
        _, token = service.access.mint("bench", "write")
        before = root / "before.db"
        revision = service.store.revision()
        service.close()
        store = root / "var" / "feedsvc.db"
        shutil.copyfile(store, before)
        bodies = _bodies()
        with peers.ours(path) as server:
            busy = server.busy()
            rate, late = _singles(server.url, token, [next(bodies) for _ in range(single)])
            ours = load.Rate(rate, single / (server.busy() - busy))
        alone = _bare(store, before, revision)
        ratio = ours.to(alone)
        rows = [
            ("SQLite alone, an item a transaction", f"{alone.wall:,.0f}/s", ""),
            (
                f"POST /api/v1/items, {WRITERS} clients",
                f"{rate:,.0f}/s",
                f"{ratio.wall:.2f} ({ratio.processor:.2f}) of SQLite; p99 {late * 1000:.0f} ms",
            ),
        ]
        with peers.ours(path) as server:
            busy = server.busy()
            many = _batches(server.url, token, [next(bodies) for _ in range(batch)])
            each = (server.busy() - busy) / batch
            rows.append((
                "POST /api/v1/items/batch, 2 clients",
                f"{many:,.0f}/s",
                f"{many / rate:.1f} times single items; {each * 1000:.2f} ms of the processor each",
            ))
            show("writes, on disk when they are answered", rows)
            show(f"{POLLERS} pollers", [*_polls(server.url, token, seconds)])


def _bodies() -> Iterator[bytes]:
    for item in islice(made_items(), 2 * BASE, None):
        yield json.dumps({
            "title": f"{item.title} sent",
            "summary": item.summary,
            "content_html": item.content_html,
            "authors": [{"name": author.name} for author in item.authors],
            "categories": [{"term": category.term} for category in item.categories],
        }).encode()


def _together(works: list[Callable[[], None]]) -> float:
    """Seconds that these take side by side."""
    threads = [threading.Thread(target=work) for work in works]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begun


def _singles(
    url: str, token: str, bodies: list[bytes], writers: int = WRITERS
) -> tuple[float, float]:
    """Items a second, and the p99 of one."""
    left, times = iter(bodies), list[float]()
    lock = threading.Lock()

    def work() -> None:
        client = Client(url)
        while True:
            with lock:
                body = next(left, None)
            if body is None:
                break
            begun = time.perf_counter()
            _send(client, "/api/v1/items", body, token, 201)
            times.append(time.perf_counter() - begun)
        client.close()

    took = _together([work] * writers)
    return len(bodies) / took, statistics.quantiles(times, n=100)[98]


def _send(
    client: Client, path: str, body: bytes, token: str, wanted: int, kind: str = "application/json"
) -> bytes:
    status, _, told = client.answer(
        "POST", path, body, Authorization=f"Bearer {token}", Content_Type=kind
    )
    assert status == wanted, (status, told[:500])
    return told


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
        told = _send(
            client, "/api/v1/items/batch", b"\n".join(some), token, 200, "application/x-ndjson"
        )
        results = [json.loads(line) for line in told.splitlines()]
        assert [result["status"] for result in results] == [201] * len(some), results[:3]
        client.close()

    took = _together([lambda: work(bodies[:half]), lambda: work(bodies[half:])])
    return len(bodies) / took


def _polls(url: str, token: str, seconds: float) -> Iterator[Row]:
    polls, quiet = _poll(url, seconds)
    yield "nobody writes", f"{quiet * 1000:.1f} ms", f"p99 of {polls:,} polls"
    over = threading.Event()
    written = [0]

    def write() -> None:
        client = Client(url)
        for body in _bodies():
            if over.is_set():
                break
            _send(client, "/api/v1/items", body, token, 201)
            written[0] += 1
        client.close()

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    polls, busy = _poll(url, seconds)
    over.set()
    for thread in threads:
        thread.join()
    yield (
        f"{WRITERS} clients write {written[0] / (seconds + 0.5):,.0f} items/s",
        f"{busy * 1000:.1f} ms",
        f"{busy / quiet:.1f} times that; p99 of {polls:,} polls",
    )


def _poll(url: str, seconds: float) -> tuple[int, float]:
    """How many polls, and their p99: each client asks as feed readers do, with what it has."""
    times: list[float] = []
    end = time.monotonic() + seconds

    def work() -> None:
        client, known = Client(url), ""
        while time.monotonic() < end:
            headers: dict[str, Any] = {"If_None_Match": known} if known else {}
            begun = time.perf_counter()
            status, got, _ = client.answer(
                "GET", "/feeds/main.rss", Accept_Encoding="gzip", **headers
            )
            times.append(time.perf_counter() - begun)
            assert status in (200, 304), status
            known = got["etag"]
            time.sleep(0.02)
        client.close()

    _together([work] * POLLERS)
    return len(times), statistics.quantiles(times, n=100)[98]
