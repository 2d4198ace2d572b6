"""The server's connections in front of an application that a test makes, in this process."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from wsgiref.types import WSGIApplication

import uvicorn

from feedsvc.web.bridge import Asgi, Bridge, Receive, Scope, Send
from feedsvc.web.pairs import Pairs, taken
from feedsvc.web.relay import Relay, answer_all
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
        yield stack.enter_context(relayed(here) if apart else served(here))


@contextlib.contextmanager
def relayed(there: Asgi, here: Asgi | None = None) -> Iterator[Connect]:
    """Serve a relay to ``there``, which answers in a loop of its own, and ``here`` for the rest.

    It knows from the first request on that somebody is there.
    """
    with answering(there) as (pairs, _):
        relay = Relay(here or there, pairs)

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            await stand(pairs)
            await relay(scope, receive, send)

        with served(answer, pairs) as connect:
            yield connect


async def stand(pairs: Pairs) -> None:
    """Let there be a pair, if there was none yet."""
    if not pairs.standing and (pair := await pairs.open(8)):
        pairs.keep(pair)


@contextlib.contextmanager
def answering(there: Asgi) -> Iterator[tuple[Pairs, list[socket.socket]]]:
    """Pairs that are answered by ``there`` in a loop of its own, and the ends that it has taken."""
    loop = asyncio.new_event_loop()
    under_way: list[asyncio.Task[None]] = []  # a task that nobody holds may be dropped
    ends: list[socket.socket] = []
    asks, takes = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)

    def take() -> None:
        for end in taken(takes):
            ends.append(end)
            under_way.append(loop.create_task(answer_all(there, end)))

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    with asks, takes:
        loop.add_reader(takes, take)
        thread.start()
        try:
            yield Pairs(asks), ends
        finally:
            loop.call_soon_threadsafe(loop.remove_reader, takes)
            asyncio.run_coroutine_threadsafe(_over(under_way), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()


async def _over(under_way: list[asyncio.Task[None]]) -> None:
    """Wait for what is under way to end, once nobody asks any more."""
    if under_way:
        await asyncio.wait(under_way, timeout=9)


@contextlib.contextmanager
def served(application: Asgi, pairs: Pairs | None = None) -> Iterator[Connect]:
    """Serve it on loopback; gives what connects to it. The ``pairs`` end with it."""
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

        async def serve() -> None:
            await server.serve([listener])
            for pair in list(pairs.standing if pairs else ()):
                pair.close()
            await asyncio.sleep(0.01)

        def run() -> None:
            with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
                runner.run(serve())

        thread = threading.Thread(target=run, daemon=True)
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
