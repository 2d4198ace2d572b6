"""A server on loopback that does to its clients whatever a server can do, each case by its path.

``with Upstream() as upstream: upstream.url("/drip/body")``. It runs in a thread of its own, so any
client may ask it: of this process, or of another.

| path | what comes |
|---|---|
| /feed, /feed/NAME | a sound RSS feed with validators; 304 to who has them |
| /status/CODE | that status, with an HTML page |
| /to/CODE?LOCATION | a redirect; the location is percent-decoded once |
| /hops/N/CODE | N redirects, then /feed; with N 0 it is the feed |
| /late/N | the same, each a tenth of a second late |
| /circle/N/CODE | redirects that come round after N |
| /bomb/gzip, br, zstd, double, plain | a body of zeros, 1 GiB unpacked (br 128 MiB) |
| /bomb-302/… | the same as the body of a redirect to /feed |
| /drip/head, line, body, chunk | a byte now and then, for ever |
| /silent/accept, head, body | nothing more after that |
| /long/line, lines, status | 20 MB of head |
| /flood/continue | 100 Continue for ever |
| /cut/length, chunked, gzip, reset, head | it ends before its end |
| /length/short, wrong, two | a Content-Length that is not its length |
| /gzip/right, members, padded, lie, thousands, empty | gzip that is odd |
| /encoding?NAME | a Content-Encoding of that name |
| /cookie | sets one |
| /raw?BYTES | these, and the end |
| /garbage | no HTTP |
"""

from __future__ import annotations

import asyncio
import functools
import gzip
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

import cramjam
from hostile.loopback import HOST, Loopback

MIB = 1024 * 1024
ETAG = '"v1"'
MODIFIED = "Sun, 01 Nov 2026 10:00:00 GMT"
FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Upstream</title>
<link>http://upstream.example/</link><description>d</description>
<item><title>One</title><guid isPermaLink="false">one</guid><description>x</description></item>
</channel></rss>
"""


@dataclass
class Request:
    path: str
    query: bytes
    headers: dict[str, str]
    raw: bytes


@dataclass
class _Out:
    """What a case writes to; ``sent`` counts."""

    writer: asyncio.StreamWriter
    upstream: Upstream

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()
        self.upstream.sent += len(data)

    async def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        lines = [f"HTTP/1.1 {status} Status", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.send("\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body)

    async def drip(self, pieces: bytes | None = None) -> None:
        while True:
            await self.send(pieces or b"x")
            await asyncio.sleep(0.02)

    async def nothing(self) -> None:
        await asyncio.Event().wait()


Case = Callable[[Request, _Out, list[str]], Any]
_CASES: dict[str, Case] = {}


def _case(name: str) -> Callable[[Case], Case]:
    def add(case: Case) -> Case:
        _CASES[name] = case
        return case

    return add


class Upstream(Loopback):
    """The hostile server. ``requests`` are those that came, ``sent`` the bytes that went."""

    def __init__(self, host: str = HOST, *, tls: Any = None) -> None:
        super().__init__()
        self.host = host
        self.port = 0
        self.requests: list[Request] = []
        self.sent = 0
        self._tls = tls
        self._talks: set[asyncio.Task[Any]] = set()

    def url(self, path: str, *, user: str = "") -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{user and user + '@'}{self.host}:{self.port}{path}"

    async def _open(self) -> None:
        server = await asyncio.start_server(
            self._talk, self.host, 0, limit=MIB, ssl=self._tls, backlog=512
        )
        self._servers.append(server)
        self.port = server.sockets[0].getsockname()[1]

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        out = _Out(writer, self)
        if task := asyncio.current_task():  # a loop holds its tasks only weakly
            self._talks.add(task)
            task.add_done_callback(self._talks.discard)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                request = _request(await reader.readuntil(b"\r\n\r\n"))
                self.requests.append(request)
                name, *rest = request.path.strip("/").split("/")
                try:
                    await _CASES.get(name, _missing)(request, out, rest)
                except (ValueError, LookupError):
                    await _missing(request, out, rest)
        with suppress(OSError):
            writer.transport.abort() if not writer.is_closing() else None


def _request(raw: bytes) -> Request:
    first, *lines = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
    path, _, query = first.split(" ")[1].partition("?")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    return Request(path, unquote_to_bytes(query), headers, raw)


async def _missing(_: Request, out: _Out, rest: list[str]) -> None:
    await out.answer(404, b"<html>no such case</html>")


@_case("feed")
async def _feed(request: Request, out: _Out, _: list[str]) -> None:
    said = {"ETag": ETAG, "Last_Modified": MODIFIED, "Content_Type": "application/rss+xml"}
    if request.headers.get("if-none-match") == ETAG:
        await out.send(b"HTTP/1.1 304 Not Modified\r\nETag: " + ETAG.encode() + b"\r\n\r\n")
    else:
        await out.answer(200, FEED, **said)


@_case("status")
async def _status(_: Request, out: _Out, rest: list[str]) -> None:
    if rest[0] in {"204", "304"}:
        await out.send(f"HTTP/1.1 {rest[0]} Status\r\n\r\n".encode())
    else:
        await out.answer(int(rest[0]), b"<html>error</html>", Content_Type="text/html")


@_case("to")
async def _to(request: Request, out: _Out, rest: list[str]) -> None:
    location = request.query.decode("utf-8", "surrogateescape")
    await out.answer(int(rest[0]), b"moved", Location=location)


@_case("hops")
async def _hops(request: Request, out: _Out, rest: list[str]) -> None:
    if rest[0] == "0":
        await _feed(request, out, rest)
    else:
        await out.answer(int(rest[1]), Location=f"/hops/{int(rest[0]) - 1}/{rest[1]}")


@_case("late")
async def _late(request: Request, out: _Out, rest: list[str]) -> None:
    await asyncio.sleep(0.1)
    if rest[0] == "0":
        await _feed(request, out, rest)
    else:
        await out.answer(302, Location=f"/late/{int(rest[0]) - 1}")


@_case("circle")
async def _circle(request: Request, out: _Out, rest: list[str]) -> None:
    last = int(request.query or b"1")
    there = "" if last >= int(rest[0]) else f"?{last + 1}"
    await out.answer(int(rest[1]), Location=f"{request.path}{there}")


@functools.cache
def _zeros(coding: str) -> tuple[bytes, bytes, int]:
    """A head, a piece that is 1 MiB of zeros or so, and how often it comes."""
    if coding == "plain":
        return b"", bytes(MIB), 1024
    if coding == "zstd":
        return b"", bytes(cramjam.zstd.compress(bytes(MIB))), 1024
    if coding == "br":
        return bytes(cramjam.brotli.compress(bytes(128 * MIB), level=1)), b"", 0
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    if coding == "double":
        return gzip.compress(head + piece * 1023), b"", 0
    return head, piece, 1023


async def _bomb_body(out: _Out, coding: str) -> None:
    head, piece, times = _zeros(coding)
    await out.send(head)
    for _ in range(times):
        await out.send(piece)
    out.writer.close()


_NAMES = {"double": "gzip, gzip", "plain": "identity"}


@_case("bomb")
async def _bomb(_: Request, out: _Out, rest: list[str]) -> None:
    coding = _NAMES.get(rest[0], rest[0])
    await out.send(f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\n\r\n".encode())
    await _bomb_body(out, rest[0])


@_case("bomb-302")
async def _bomb_302(_: Request, out: _Out, rest: list[str]) -> None:
    coding = _NAMES.get(rest[0], rest[0])
    head = f"HTTP/1.1 302 Found\r\nLocation: /feed\r\nContent-Encoding: {coding}\r\n\r\n"
    await out.send(head.encode())
    await _bomb_body(out, rest[0])


@_case("drip")
async def _drip(_: Request, out: _Out, rest: list[str]) -> None:
    head, more = {
        "head": (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        "line": (b"HTTP/1.1 200 OK\r\nX-A: ", b"b"),
        "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"b"),
        "chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nb\r\n"),
    }[rest[0]]
    await out.send(head)
    await out.drip(more)


@_case("silent")
async def _silent(_: Request, out: _Out, rest: list[str]) -> None:
    await out.send(
        {
            "accept": b"",
            "head": b"HTTP/1.1 200 OK\r\nX-A: ",
            "body": b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n<rss>",
        }[rest[0]]
    )
    await out.nothing()


@_case("long")
async def _long(_: Request, out: _Out, rest: list[str]) -> None:
    first, more = {
        "line": (b"HTTP/1.1 200 OK\r\nX-A: ", b"b" * 64 * 1024),
        "lines": (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n" * 8 * 1024),
        "status": (b"HTTP/1.1 200 ", b"O" * 64 * 1024),
    }[rest[0]]
    await out.send(first)
    for _turn in range(320):
        await out.send(more)
    await out.send(b"\r\n\r\n")


@_case("flood")
async def _flood(_: Request, out: _Out, rest: list[str]) -> None:
    while True:
        await out.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
        await asyncio.sleep(0.001)


@_case("cut")
async def _cut(_: Request, out: _Out, rest: list[str]) -> None:
    half = FEED[: len(FEED) // 2]
    packed = gzip.compress(FEED, mtime=0)
    await out.send(
        {
            "length": b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(FEED), half),
            "reset": b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(FEED), half),
            "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"%x\r\n%b\r\n" % (len(half), half),
            "gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + packed[:-9],
            "head": b"HTTP/1.1 200 OK\r\nContent-Type: te",
        }[rest[0]]
    )
    if rest[0] == "reset":
        out.writer.transport.abort()
    out.writer.close()


@_case("length")
async def _length(_: Request, out: _Out, rest: list[str]) -> None:
    said = {"short": b"10", "wrong": b"-7", "two": b"10\r\nContent-Length: 20"}[rest[0]]
    await out.send(b"HTTP/1.1 200 OK\r\nContent-Length: " + said + b"\r\n\r\n" + FEED)
    out.writer.close()


@_case("gzip")
async def _gzip(_: Request, out: _Out, rest: list[str]) -> None:
    packed = gzip.compress(FEED, mtime=0)
    body = {
        "right": packed,
        "members": gzip.compress(FEED[:50], mtime=0) + gzip.compress(FEED[50:], mtime=0),
        "padded": packed + bytes(512),
        "lie": FEED,
        "thousands": gzip.compress(b"", mtime=0) * 5000,
        "empty": b"",
    }[rest[0]]
    await out.answer(200, body, Content_Encoding="gzip")


@_case("encoding")
async def _encoding(request: Request, out: _Out, _: list[str]) -> None:
    name = request.query.decode()
    lines = "".join(f"Content-Encoding: {one}\r\n" for one in name.split("|"))
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(FEED)}\r\n{lines}\r\n"
    await out.send(head.encode() + FEED)


@_case("cookie")
async def _cookie(_: Request, out: _Out, rest: list[str]) -> None:
    await out.answer(200, FEED, Set_Cookie="seen=you; Path=/")


@_case("raw")
async def _raw(request: Request, out: _Out, rest: list[str]) -> None:
    await out.send(request.query)
    out.writer.close()


@_case("garbage")
async def _garbage(_: Request, out: _Out, rest: list[str]) -> None:
    await out.send(b"\x16\x03\x01 220 mail.example ESMTP\r\n\r\n")
    out.writer.close()
