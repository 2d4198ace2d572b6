"""Requests as a poller makes them, one at a time or one to each worker, and what came back."""

from __future__ import annotations

import contextlib
import http.client
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import cramjam
import psutil
import pytest
from journeys.conftest import PATIENCE, until

FORMS = ("rss", "atom", "json")
CODINGS = ("identity", "gzip", "br", "zstd")
#: Where the header and the time of a request may differ from those of another with the same sense.
PASSING = frozenset({"date", "expires", "server", "connection", "keep-alive"})

_DECODERS = {
    "gzip": cramjam.gzip.decompress,
    "br": cramjam.brotli.decompress,
    "zstd": cramjam.zstd.decompress,
}


@dataclass(frozen=True)
class Answer:
    """What a server said, and when it was asked (monotonic seconds)."""

    status: int
    headers: Message
    raw: bytes  #: the body as it came
    asked: float
    answered: float

    def __getitem__(self, name: str) -> str:
        """The value of a header that must stand there once."""
        (value,) = self.headers.get_all(name, [])
        return str(value)

    @property
    def body(self) -> bytes:
        """The body without its coding."""
        coding = self.headers.get("Content-Encoding", "identity")
        return self.raw if coding == "identity" else bytes(_DECODERS[coding](self.raw))

    @property
    def revision(self) -> int:
        """The revision that the ETag tells."""
        return int(self["ETag"].strip('"').partition(".")[0], 36)

    def words(self, name: str) -> set[str]:
        """The words of a list in a header, in lower case."""
        named = ", ".join(self.headers.get_all(name, []))
        return {word.strip().lower() for word in named.split(",") if word.strip()}

    def lasting(self) -> dict[str, str]:
        """All headers but those that change with the clock."""
        return {
            name.lower(): value
            for name, value in self.headers.items()
            if name.lower() not in PASSING
        }


def send(
    connection: http.client.HTTPConnection,
    path: str,
    headers: Mapping[str, str | None] | None = None,
    *,
    method: str = "GET",
) -> Answer:
    """Ask over a connection that is there. No header goes with it but these and ``Host``."""
    asked = time.monotonic()
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in (headers or {}).items():
        if value is not None:
            connection.putheader(name, value.encode("latin-1"))
    connection.endheaders()
    response = connection.getresponse()
    raw = response.read()
    return Answer(response.status, response.headers, raw, asked, time.monotonic())


def ask(
    port: int,
    path: str,
    headers: Mapping[str, str | None] | None = None,
    *,
    method: str = "GET",
) -> Answer:
    """Ask over a connection of its own, as most pollers do."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        return send(connection, path, headers, method=method)
    finally:
        connection.close()


@contextmanager
def each_worker(
    server: int, port: int, count: int
) -> Iterator[dict[int, http.client.HTTPConnection]]:
    """A connection to each of the ``count`` workers below the process ``server``, by their ids.

    The system chooses a worker for each connection, so they are opened until every one has some:
    one of them may still be starting.
    """
    if not Path("/proc/net/tcp").exists():
        pytest.skip("only Linux tells which process holds a connection")
    workers = [child.pid for child in psutil.Process(server).children(recursive=True)]
    found: dict[int, http.client.HTTPConnection] = {}
    spare: list[http.client.HTTPConnection] = []
    try:
        deadline = time.monotonic() + PATIENCE
        while len(found) < count and time.monotonic() < deadline:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            send(connection, "/healthz")
            ours = connection.sock.getsockname()[1]
            if (worker := _holder(workers, ours, port)) not in found:
                found[worker] = connection
            elif len(spare) < 60 * count:
                spare.append(connection)  # kept open: who has many may be given no more
            else:
                connection.close()
                time.sleep(0.02)
        assert len(found) == count, f"only {len(found)} of {count} workers have answered"
        yield found
    finally:
        for connection in (*spare, *found.values()):
            connection.close()


def _holder(workers: Sequence[int], ours: int, theirs: int) -> int:
    """The process that holds the other end of the connection between these two ports."""
    line = rf":{theirs:04X} \w+:{ours:04X} 01(?: +[\w:]+){{5}} +(\d+)"
    # The list changes while it is read, so that a line may be missed.
    found = until(lambda: re.search(line, Path("/proc/net/tcp").read_text(encoding="ascii")), 5)
    inode = found[1]
    for worker in workers:
        for held in Path(f"/proc/{worker}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                if held.readlink().name == f"socket:[{inode}]":
                    return worker
    raise AssertionError(f"no worker holds the connection from {ours}")
