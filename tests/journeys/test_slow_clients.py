"""Clients that drip their headers, and honest pollers at the same moment."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from pathlib import Path

from journeys.conftest import Site
from journeys.desk import aged, at_desk
from journeys.polling import ask

DRIPPERS = 200
SECONDS = 8.0


def test_honest_polls_while_200_clients_drip_headers(tmp_path: Path) -> None:
    site = Site.of(tmp_path, '[site]\ntitle = "A site"\n')
    with at_desk(tmp_path, declare=True) as desk:
        desk.put(*(aged(f"e{n}", f"Essay {n}", n) for n in range(50)))
    with site.served():
        known = ask(site.port, "/feeds/main.rss")["ETag"]
        stop = threading.Event()
        dripper = threading.Thread(target=drip, args=(site.port, stop), daemon=True)
        dripper.start()
        took: list[float] = []
        end = time.monotonic() + SECONDS
        try:
            while time.monotonic() < end:
                poll = ask(site.port, "/feeds/main.rss", {"If-None-Match": known})
                whole = ask(site.port, "/feeds/main.atom", {"Accept-Encoding": "gzip"})
                assert (poll.status, whole.status) == (304, 200)
                took += [poll.answered - poll.asked, whole.answered - whole.asked]
                time.sleep(0.01)
        finally:
            stop.set()
            dripper.join(20)
    assert len(took) > 50
    took.sort()
    assert took[int(len(took) * 0.99)] < 1


def drip(port: int, stop: threading.Event) -> None:
    """Keep connections open with half a request, a few bytes more each second."""
    clients: list[socket.socket] = []
    try:
        for _ in range(DRIPPERS):
            clients.append(socket.create_connection(("127.0.0.1", port), timeout=5))
            clients[-1].sendall(b"GET /feeds/main.rss HTTP/1.1\r\nHost: a\r\n")
        while not stop.wait(1):
            for client in clients:
                with contextlib.suppress(OSError):  # the server may have had enough of it
                    client.sendall(b"X-Slow: 1\r\n")
    finally:
        for client in clients:
            client.close()
