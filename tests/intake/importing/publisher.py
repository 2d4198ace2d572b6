"""A publisher on loopback whose feeds a test writes, and who remembers what was asked."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

#: On loopback, apart from where programs listen.
HOST = "127.77.0.9"


@dataclass
class Page:
    """What lies at an address. A request that has its ``etag`` gets 304."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    waits: bool = False  # until ``let_go``


@dataclass
class Asked:
    path: str
    headers: dict[str, str]


class Publisher:
    """A web server in threads of this process; ``pages`` are by path, ``asked`` in order."""

    def __init__(self, host: str = HOST) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[Asked] = []
        self._going = threading.Event()
        self._news = threading.Condition()
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                with publisher._news:
                    publisher.asked.append(Asked(self.path, headers))
                    publisher._news.notify_all()
                page = publisher.pages.get(self.path, Page(b"not there", 404))
                if page.waits:
                    publisher._going.wait(30)
                etag = page.headers.get("ETag")
                known = etag is not None and headers.get("if-none-match") == etag
                status, body = (304, b"") if known else (page.status, page.body)
                self.send_response(status)
                for name, value in page.headers.items():
                    self.send_header(name, value)
                if status != 304:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer((host, 0), Handler)
        self.host = host
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def url(self, path: str) -> str:
        return f"http://{self.host}:{self._server.server_port}{path}"

    def was_asked(self, path: str, seconds: float) -> bool:
        """Whether somebody asks for this path until then."""
        with self._news:
            return self._news.wait_for(lambda: any(a.path == path for a in self.asked), seconds)

    def let_go(self) -> None:
        """Answer what waits."""
        self._going.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def entry(number: int, *, title: str = "", text: str = "", guid: str | None = None) -> str:
    """An RSS item with words of its own."""
    words = text or f"This is the long story of number {number} told in words that are its own " * 2
    return (
        f"<item><guid isPermaLink='false'>{guid or number}</guid>"
        f"<title>{title or f'Story number {number} of them'}</title>"
        f"<link>http://stories.example/{number}</link>"
        f"<description>&lt;p&gt;{words}&lt;/p&gt;</description>"
        f"<pubDate>{1 + number % 28:02} Nov 2026 10:00:{number % 60:02} GMT</pubDate></item>"
    )


def feed(*entries: str, title: str = "Stories", more: str = "") -> bytes:
    """An RSS feed of these items."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
        'xmlns:at="http://purl.org/atompub/tombstones/1.0" '
        'xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
        f"<title>{title}</title><link>http://stories.example/</link>"
        f"<description>d</description>{more}{''.join(entries)}</channel></rss>"
    ).encode()
