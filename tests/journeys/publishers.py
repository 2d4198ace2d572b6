"""Publishers on loopback, each at an address of its own: no two of one are polled at once."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from hostile.loopback import Loopback

#: What a configuration lets these publishers be reached by.
NETWORK = "127.78.0.0/16"


@dataclass(frozen=True)
class Poll:
    """A request, the ``number``-th for its host, at that time of the monotonic clock."""

    host: str
    path: str
    headers: dict[str, str]
    number: int
    at: float


@dataclass(frozen=True)
class Sent:
    """An answer; its body in pieces with this pause, in seconds, before each."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0
    pieces: int = 1


class Publishers(Loopback):
    """``count`` hosts of the ``net``-th part of the network, on one port; ``polls`` in order."""

    def __init__(self, net: int, count: int, answer: Callable[[Poll], Awaitable[Sent]]) -> None:
        super().__init__()
        self.hosts = [f"127.78.{net}.{number}" for number in range(1, count + 1)]
        self.port = 0
        self.polls: list[Poll] = []
        self._answer = answer
        self._numbers: Counter[str] = Counter()
        self._talks: set[asyncio.Task[None] | None] = set()

    def urls(self, path: str = "/feed") -> list[str]:
        return [f"http://{host}:{self.port}{path}" for host in self.hosts]

    async def _open(self) -> None:
        self._servers, self.port = await listening(self._talk, self.hosts)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._talks.add(task)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = (line.partition(":") for line in lines)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            host = writer.get_extra_info("sockname")[0]
            self._numbers[host] += 1
            poll = Poll(host, first.split()[1], headers, self._numbers[host], time.monotonic())
            self.polls.append(poll)
            await _send(writer, await self._answer(poll))
        writer.close()
        self._talks.discard(task)


async def listening(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    hosts: Sequence[str],
) -> tuple[list[asyncio.Server], int]:
    """Servers at all these addresses on one port, which is free at each."""
    for _ in range(20):
        servers = [await asyncio.start_server(talk, hosts[0], 0, limit=2**20)]
        port = servers[0].sockets[0].getsockname()[1]
        try:
            servers += [
                await asyncio.start_server(talk, host, port, limit=2**20) for host in hosts[1:]
            ]
        except OSError:
            for server in servers:
                server.close()
        else:
            return servers, port
    raise OSError("no port is free at all of them")


async def _send(writer: asyncio.StreamWriter, sent: Sent) -> None:
    lines = [f"HTTP/1.1 {sent.status} Status", "Connection: close"]
    if sent.status != 304:
        lines.append(f"Content-Length: {len(sent.body)}")
    lines += [f"{name}: {value}" for name, value in sent.headers.items()]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    size = -(-len(sent.body) // sent.pieces) or 1
    for start in range(0, len(sent.body), size):
        await asyncio.sleep(sent.pause)
        writer.write(sent.body[start : start + size])
        await writer.drain()


def entry(guid: str, title: str, text: str = "", more: str = "") -> str:
    """An RSS item with an id that is no address."""
    return (
        f"<item><guid isPermaLink='false'>{escape(guid)}</guid><title>{escape(title)}</title>"
        f"<description>{escape(text or f'What {title} tells, in words of {guid}.')}</description>"
        f"{more}</item>"
    )


def feed(title: str, *entries: str) -> bytes:
    """An RSS feed of these items."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{title}</title>'
        f"<link>http://{title}.example/</link><description>d</description>{''.join(entries)}"
        "</channel></rss>"
    ).encode()
