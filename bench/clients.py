"""Clients that write and poll, in processes of their own: neither waits for the other's Python."""

from __future__ import annotations

import itertools
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

ITEMS = "/api/v1/items"
FEED = "/feeds/main.rss"


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

    def send(
        self, path: str, body: bytes, token: str, wanted: int, kind: str = "application/json"
    ) -> bytes:
        """The answer to what is sent; it must have the ``wanted`` status."""
        status, _, told = self.answer(
            "POST", path, body, Authorization=f"Bearer {token}", Content_Type=kind
        )
        assert status == wanted, (status, told[:500])
        return told

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def together(works: Sequence[Callable[[], None]]) -> float:
    """Seconds that these take side by side. Raises what one of them does."""
    failed: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again below
            failed.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begun
    if failed:
        raise failed[0]
    return took


@dataclass(frozen=True, slots=True)
class Times:
    """How many were answered, how many a second, and the seconds that they took."""

    count: int
    rate: float
    median: float
    p99: float


def _times(found: list[float], took: float) -> Times:
    cuts = statistics.quantiles(found, n=100)
    return Times(len(found), len(found) / took, cuts[49], cuts[98])


def write(url: str, token: str, bodies: Sequence[bytes], clients: int, seconds: float) -> Times:
    """Send items one by one, each client its next when the last was answered; until all are sent,
    or for so many ``seconds``."""
    left, lock, found = iter(bodies), threading.Lock(), list[float]()
    end = time.monotonic() + seconds

    def work() -> None:
        client = Client(url)
        while time.monotonic() < end:
            with lock:
                body = next(left, None)
            if body is None:
                break
            begun = time.perf_counter()
            client.send(ITEMS, body, token, 201)
            found.append(time.perf_counter() - begun)
        client.close()

    return _times(found, together([work] * clients))


def poll(url: str, rate: float, clients: int, seconds: float) -> Times:
    """Poll ``rate`` times a second, each client in its turn and with the ETag that it has.

    A poll is due at its time whatever became of those before, and its seconds count from then: a
    server that stands still is not asked less often for it.
    """
    found, began = list[float](), time.perf_counter() + 0.1

    def reader(first: int) -> Callable[[], None]:
        def work() -> None:
            client, known = Client(url), dict[str, Any]()
            for number in itertools.count(first, clients):
                due = began + number / rate
                if due > began + seconds:
                    break
                time.sleep(max(0.0, due - time.perf_counter()))
                status, got, _ = client.answer("GET", FEED, Accept_Encoding="gzip", **known)
                if known:  # the first one has the whole to fetch, in the quietest of times
                    found.append(time.perf_counter() - due)
                assert status in (200, 304), status
                known = {"If_None_Match": got["etag"]}
            client.close()

        return work

    return _times(found, together([reader(first) for first in range(clients)]))
