"""What a day of polls weighs: 48 of them, one each half hour, with a new item at every other."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

POLLS = 48


@dataclass
class Client:
    """One that polls in its own manner, and counts the bytes of heads and bodies it is sent."""

    name: str
    conditional: bool = False
    delta: bool = False
    coding: str = ""
    received: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    _etag: str = ""

    def poll(self, url: str) -> None:
        """Ask, and remember what was sent."""
        parts = urlsplit(url)
        headers = {"User-Agent": "bench/1"}
        if self.coding:
            headers["Accept-Encoding"] = self.coding
        if self.conditional and self._etag:
            headers["If-None-Match"] = self._etag
        if self.delta:
            headers["A-IM"] = "feed"
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
        connection.request("GET", parts.path, headers=headers)
        answer = connection.getresponse()
        head = sum(len(name) + len(value) + 4 for name, value in answer.getheaders())
        self.received += head + len("HTTP/1.1 200 OK\r\n\r\n") + len(answer.read())
        self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
        self._etag = answer.headers["ETag"] or self._etag
        connection.close()


def day(url: str, publish: Callable[[], object]) -> dict[str, Client]:
    """The clients after a day; each has had one poll before it begins, as on any other day."""
    clients = [
        Client("plain"),
        Client("plain, gzip", coding="gzip"),
        Client("conditional", conditional=True),
        Client("conditional, gzip", conditional=True, coding="gzip"),
        Client("delta", conditional=True, delta=True),
        Client("delta, gzip", conditional=True, delta=True, coding="gzip"),
    ]
    for client in clients:
        client.poll(url)
        client.received = 0
    for number in range(POLLS):
        if number % 2:
            publish()
        for client in clients:
            client.poll(url)
    return {client.name: client for client in clients}
