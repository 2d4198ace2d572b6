"""The server's connections in front of an application that a test makes, in this process."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from wsgiref.types import WSGIApplication

import uvicorn

from feedsvc.web.bridge import Bridge
from feedsvc.web.wire import Connection, look_after_all

Connect = Callable[[], socket.socket]


@contextlib.contextmanager
def wired(application: WSGIApplication, threads: int = 2, **bridge: Any) -> Iterator[Connect]:
    """Serve it on loopback; gives what connects to it. ``bridge`` is what its Bridge is told."""
    with socket.socket() as listener, ThreadPoolExecutor(threads) as pool:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        address = listener.getsockname()
        server = uvicorn.Server(
            uvicorn.Config(
                Bridge(application, pool, **bridge),
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
