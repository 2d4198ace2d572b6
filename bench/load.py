"""Load: wrk on the second core, and clients that are as slow as they can be."""

from __future__ import annotations

import re
import selectors
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from bench.peers import Server, pinned

CONNECTIONS = 64
RUNS = 5
_ANOTHER = Path(__file__).with_name("another.lua")
_NO_WRK = "bench: this needs wrk, which makes the load (on Debian and Ubuntu: apt install wrk)"


def need_wrk() -> None:
    """End with a hint when there is no wrk."""
    if not shutil.which("wrk"):
        print(_NO_WRK, file=sys.stderr)
        sys.exit(2)


def fetch(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=named), timeout=30) as got:
            return got.status, {k.lower(): v for k, v in got.headers.items()}, got.read()
    except urllib.error.HTTPError as answer:
        return answer.code, {k.lower(): v for k, v in answer.headers.items()}, answer.read()


class Rate(NamedTuple):
    """Answers a second, and answers for each second of the server's own processor time.

    They are the same for a server that has its core for itself. On a machine that does other things
    too the second goes on saying the truth.
    """

    wall: float
    processor: float

    def to(self, other: Rate) -> Rate:
        """This as a ratio to the other."""
        return Rate(self.wall / other.wall, self.processor / other.processor)


def rate(
    server: Server, *headers: str, seconds: int = 2, close: bool = False, others: bool = False
) -> Rate:
    """The rate over kept connections, or with a connection for each answer.

    With ``others`` no request reads like another one.
    """
    named = ["Accept-Encoding: gzip", "User-Agent: bench/1", *headers]
    named += ["Connection: close"] if close else []
    command = [*pinned(1), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    command += ["-s", str(_ANOTHER)] if others else []
    for line in named:
        command += ["-H", line]
    busy = server.busy()
    told = subprocess.run([*command, server.url], capture_output=True, text=True, check=True).stdout
    busy = server.busy() - busy
    if failed := re.search(r"Non-2xx or 3xx responses: (\d+)", told):
        raise RuntimeError(f"{server.url}: {failed[0]}")
    answers, taken = _number(r"(\d+) requests in", told), _number(r"Requests/sec:\s+([\d.]+)", told)
    return Rate(taken, answers / max(busy, 0.01))


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    assert found, text
    return float(found[1])


def ratios(
    one: Server, other: Server, *, unchanged: bool, close: bool = False, others: bool = False
) -> tuple[Rate, Rate]:
    """The first's rate, and its ratio to the other's: medians of runs that take turns."""
    headers = []
    for server in (one, other):
        _, got, _ = fetch(server.url, Accept_Encoding="gzip")
        known = {"If_None_Match": got["etag"]} if unchanged else {}
        headers.append([f"If-None-Match: {got['etag']}"] if unchanged else [])
        status, got, _ = fetch(server.url, Accept_Encoding="gzip", **known)
        assert status == (304 if unchanged else 200), (server.url, status)
        assert unchanged or got["content-encoding"] == "gzip"
    rates, found = [], []
    for _ in range(RUNS):
        rates.append(rate(one, *headers[0], close=close, others=others))
        found.append(rates[-1].to(rate(other, *headers[1], close=close, others=others)))
    return _median(rates), _median(found)


def _median(rates: list[Rate]) -> Rate:
    walls, processors = zip(*rates, strict=True)
    return Rate(statistics.median(walls), statistics.median(processors))


class SlowClients:
    """Clients that send a byte of a request every few seconds, and come again when cut off."""

    def __init__(self, url: str, count: int) -> None:
        parts = urlsplit(url)
        self._where = (parts.hostname, parts.port)
        self._count = count
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.opened = 0
        self.most = 0

    def __enter__(self) -> SlowClients:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        clients: list[socket.socket] = []
        text = b"GET /feeds/main.rss HTTP/1.1\r\nHost: bench.example\r\nX-Slow: " + b"a" * 10_000
        sent: dict[socket.socket, int] = {}
        while not self._stop.is_set():
            while len(clients) < self._count and not self._stop.is_set():
                try:
                    client = socket.create_connection(self._where, timeout=5)
                except OSError:
                    break
                client.setblocking(False)
                clients.append(client)
                sent[client] = 0
                self.opened += 1
            self.most = max(self.most, len(clients))
            clients = [client for client in clients if self._dribble(client, text, sent)]
            self._stop.wait(1.0)
        for client in clients:
            client.close()

    @staticmethod
    def _dribble(client: socket.socket, text: bytes, sent: dict[socket.socket, int]) -> bool:
        try:
            sent[client] += client.send(text[sent[client] : sent[client] + 1])
            with selectors.DefaultSelector() as selector:
                selector.register(client, selectors.EVENT_READ)
                if not selector.select(0):
                    return True
        except OSError:
            pass
        client.close()
        del sent[client]
        return False


def honest(url: str, seconds: float, readers: int = 8) -> tuple[int, int, float]:
    """Poll by a new connection each time: how many polls, how many failed, and the p99."""
    _, got, _ = fetch(url, Accept_Encoding="gzip")
    times: list[float] = []
    failed: list[str] = []
    end = time.monotonic() + seconds

    def poll() -> None:
        turn = 0
        while time.monotonic() < end:
            turn += 1
            begun = time.perf_counter()
            try:
                known = {"If_None_Match": got["etag"]} if turn % 10 else {}
                status, _, _ = fetch(url, Accept_Encoding="gzip", **known)
                if status != (304 if known else 200):
                    failed.append(str(status))
            except OSError as error:
                failed.append(str(error))
            times.append(time.perf_counter() - begun)
            time.sleep(0.05)

    threads = [threading.Thread(target=poll) for _ in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(times), len(failed), statistics.quantiles(times, n=100)[98]
