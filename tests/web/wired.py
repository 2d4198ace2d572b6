"""The server's connections in front of an application that a test makes, in this process."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from wsgiref.types import WSGIApplication

import uvicorn

from feedsvc.web import relay
from feedsvc.web.bridge import Asgi, Bridge
from feedsvc.web.wire import Connection, look_after_all

Connect = Callable[[], socket.socket]


@contextlib.contextmanager
def wired(
    application: WSGIApplication, threads: int = 2, *, apart: bool = False, **bridge: Any
) -> Iterator[Connect]:
    """Serve it on loopback; gives what connects to it. ``bridge`` is what its Bridge is told.

    ``apart``: what sends something is answered behind a relay.
    """
    with ThreadPoolExecutor(threads) as pool, contextlib.ExitStack() as stack:
        here = Bridge(application, pool, **bridge)
        yield stack.enter_context(served(stack.enter_context(relayed(here)) if apart else here))


@contextlib.contextmanager
def relayed(there: Asgi, here: Asgi | None = None) -> Iterator[relay.Relay]:
    """A relay to ``there``, which runs in a loop of its own; the rest is answered ``here``."""
    loop = asyncio.new_event_loop()
    answering: list[Future[None]] = []  # a task that nobody holds may be dropped
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def open_pair() -> socket.socket:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setblocking(False)
        answering.append(asyncio.run_coroutine_threadsafe(relay.answer(there, theirs), loop))
        return ours

    try:
        yield relay.Relay(here or there, open_pair)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@contextlib.contextmanager
def served(application: Asgi) -> Iterator[Connect]:
    """Serve it on loopback; gives what connects to it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        address = listener.getsockname()
        server = uvicorn.Server(
            uvicorn.Config(
                application,
                http=Connection,
                ws="none",
                lifespan="off",
                interface="asgi3",
                access_log=False,
                log_config=None,
                date_header=False,
                server_header=False,
                timeout_graceful_shutdown=2,
                callback_notify=look_after_all,
                timeout_notify=1,
            )
        )
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield lambda: socket.create_connection(address, timeout=8)
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()


def all_of(connection: socket.socket) -> bytes:
    """What comes until the connection ends."""
    found = bytearray()
    while piece := connection.recv(1 << 20):
        found += piece
    return bytes(found)
