"""Servers of tests on loopback, and who is connected to: a canary listens where nobody may come."""

from __future__ import annotations

import asyncio
import errno
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self

#: On loopback, and apart from where programs listen: tests may open it and nothing else.
HOST = "127.77.0.1"


class Loopback:
    """A loop in a thread, with servers in it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._servers: list[asyncio.Server] = []

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _open(self) -> None:
        raise NotImplementedError

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await asyncio.sleep(0)  # closed transports let go of their sockets


class Canary(Loopback):
    """Listens on loopback addresses that nobody may reach. ``hits`` are who came."""

    def __init__(self, hosts: tuple[str, ...] = ("127.0.0.1", "::1")) -> None:
        super().__init__()
        self.hosts = hosts
        self.port = 0
        self.hits: list[tuple[str, bytes]] = []

    async def _open(self) -> None:
        for host in self.hosts:
            server = await asyncio.start_server(self._hit, host, self.port)
            self._servers.append(server)
            self.port = server.sockets[0].getsockname()[1]

    async def _hit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        place = writer.get_extra_info("sockname")
        self.hits.append((str(place), b""))
        with suppress(OSError, asyncio.CancelledError):
            self.hits[-1] = (str(place), await reader.read(4096))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
            await writer.drain()
        writer.close()


_WATCHES: list[list[str]] = []
_HOOKED: list[bool] = []


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.connect" and _WATCHES and isinstance(args[1], tuple):
        address = args[1][0]
        for watch in _WATCHES:
            watch.append(address)
        if not address.startswith("127.") and address != "::1":
            raise ConnectionRefusedError(errno.ECONNREFUSED, "nothing leaves this machine")


@contextmanager
def connections() -> Iterator[list[str]]:
    """The IP addresses that sockets of this process are connected to, or tried to be.

    The interpreter itself tells of each, so addresses count at which nobody could listen. What
    would leave this machine is refused.
    """
    if not _HOOKED:  # a hook stays for good
        sys.addaudithook(_watch)
        _HOOKED.append(True)
    tried: list[str] = []
    _WATCHES.append(tried)
    try:
        yield tried
    finally:
        _WATCHES.remove(tried)
