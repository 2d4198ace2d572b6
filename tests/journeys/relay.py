"""A relay between real clients and a server, which writes down what they say to each other."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, both as they were."""

    path: str
    asked: Message
    status: int
    answered: Message


@dataclass
class Relay:
    """Where it listens, and what has passed so far."""

    url: str = ""
    exchanges: list[Exchange] = field(default_factory=list)

    def passed(self) -> list[Exchange]:
        """What has passed since this was asked last."""
        said, self.exchanges[:] = list(self.exchanges), []
        return said


@contextmanager
def relayed(port: int) -> Iterator[Relay]:
    """A relay to the server at ``port`` of this machine."""
    relay = Relay()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in ("connection", "keep-alive", "te"):
                    upstream.putheader(name, value)
            upstream.endheaders()
            answer = upstream.getresponse()
            body = answer.read()
            relay.exchanges.append(Exchange(self.path, self.headers, answer.status, answer.headers))
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.headers.items():
                if name.lower() not in ("connection", "transfer-encoding"):
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            upstream.close()

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    relay.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield relay
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
