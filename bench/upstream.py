"""Foreign feeds served to importers: each from a host of its own on loopback, with validators."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_address
from multiprocessing import get_context
from multiprocessing.connection import Connection

#: The first of the hosts: 127.66.0.1 and on.
_FIRST = int(ip_address("127.66.0.1"))


def hosts(count: int) -> list[str]:
    """So many addresses of this machine."""
    return [str(ip_address(_FIRST + number)) for number in range(count)]


#: Where a body has this, a number stands that every request makes another.
COUNTED = b"@@COUNT@@"


@contextmanager
def serving(bodies: Sequence[bytes]) -> Iterator[list[str]]:
    """The addresses at which these feeds are, while they are served by another process, which may
    run on any core.

    A body that has COUNTED in it is another one at every request.
    """
    here, there = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_serve, args=(there, list(bodies)), daemon=True)
    process.start()
    there.close()
    port = here.recv()
    yield [f"http://{host}:{port}/feed" for host in hosts(len(bodies))]
    here.close()
    process.join(10)


def _serve(pipe: Connection, bodies: list[bytes]) -> None:
    # On any core, though whoever is measured has started it and stays on one.
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    asyncio.run(_Server(bodies).run(pipe))


class _Server:
    def __init__(self, bodies: list[bytes]) -> None:
        self._whole: dict[str, bytes] = {}
        self._same: dict[str, tuple[bytes, bytes]] = {}
        self._moving = {
            host: body
            for host, body in zip(hosts(len(bodies)), bodies, strict=True)
            if COUNTED in body
        }
        self._count = 0
        for host, body in zip(hosts(len(bodies)), bodies, strict=True):
            etag = hashlib.sha256(body).hexdigest()[:16]
            head = f'HTTP/1.1 200 OK\r\nETag: "{etag}"\r\nContent-Type: application/xml\r\n'
            self._whole[host] = head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body
            self._same[host] = (
                f'"{etag}"'.encode(),
                f'HTTP/1.1 304 Not Modified\r\nETag: "{etag}"\r\n\r\n'.encode(),
            )

    async def run(self, pipe: Connection) -> None:
        names = list(self._whole)
        first = await asyncio.start_server(self._talk, names[0], 0)
        port = first.sockets[0].getsockname()[1]
        servers = [first]
        more = [asyncio.start_server(self._talk, name, port) for name in names[1:]]
        servers += await asyncio.gather(*more)
        pipe.send(port)
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        loop.add_reader(pipe.fileno(), ended.set)  # the other end is closed
        await ended.wait()
        sys.exit(0)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = writer.get_extra_info("sockname")[0]
        etag, same = self._same[host]
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if host in self._moving:
                    writer.write(self._next(host))
                else:
                    writer.write(same if etag in head else self._whole[host])
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _next(self, host: str) -> bytes:
        self._count += 1
        body = self._moving[host].replace(COUNTED, b"%08d" % self._count)
        head = f'HTTP/1.1 200 OK\r\nETag: "{self._count}"\r\nContent-Length: {len(body)}\r\n\r\n'
        return head.encode() + body
