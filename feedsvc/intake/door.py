"""The one way out of the house: asks other servers, for addresses that anybody may have named.

Each address, and each that an answer leads on to, is asked only if it is public or was opened
(``intake/addresses.py``), decided on the IP address that is about to be connected to. One answer
is bounded in bytes, packed and unpacked, in time and in redirects (``Limits``); a peer that gives
them by drips gains nothing. Nothing is sent along that was not asked to be: no cookies, no
Referer, no credentials or validators of another place; and no proxy of the environment is used.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import hdrs
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from feedsvc import __version__
from feedsvc.errors import FetchFailed, FetchFault
from feedsvc.intake import unpacking
from feedsvc.intake.addresses import host_fault, is_opened, port_fault, refusal
from feedsvc.intake.asking import HEADERS, Answer, Asked, Limits, masked
from feedsvc.intake.lookup import Lookup, Names
from feedsvc.intake.places import joined, parsed, validated

__all__ = ["Answer", "Asked", "Door", "Limits", "get_now"]

_LINE = 16 * 1024  # bytes of one header line
_LINES = 128
_REDIRECTS = {301, 302, 303, 307, 308}
_PERMANENT = {301, 308}
_WITHOUT_BODY = {204, 205}
#: Headers that are one list, however many lines it is on (RFC 9110 5.3).
_LISTS = {"link", "cache-control"}
#: Bytes of a body that is large, and how many such there are at a time: all of them together take
#: little memory, whoever sends them at once.
_LARGE, _LARGE_ONES = 512 * 1024, 2
#: Bytes of gzip that are unpacked at a time: at most a thousand times as many.
_PACKED = 512
_UNSENDABLE = re.compile(r"[^\x20-\x7e\t\x80-\U0010ffff]|[\ud800-\udfff]")


class Door:
    """Asks other servers. An async context manager; one for many requests, of one event loop.

    ``site`` is the address that the User-Agent names, "" for none. ``lookup`` gives the addresses
    of a name, None for the system's.
    """

    def __init__(self, limits: Limits, site: str = "", *, lookup: Lookup | None = None) -> None:
        self.limits = limits
        self._agent = f"feedsvc/{__version__}" + (f" (+{site})" if site else "")
        self._lookup = lookup
        self._session: aiohttp.ClientSession | None = None
        self._large = asyncio.Semaphore(_LARGE_ONES)

    async def __aenter__(self) -> Self:
        guard = _Guard(self.limits, self._lookup or Names())
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=guard,
                socket_factory=guard.connecting,
                use_dns_cache=False,
                keepalive_timeout=5,
                limit=0,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=self.limits.connect, sock_read=self.limits.silence
            ),
            read_bufsize=64 * 1024,
            max_line_size=_LINE,
            max_field_size=_LINE,
            max_headers=_LINES,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(self, asked: Asked) -> Answer:
        """The answer, whatever its status. Raises FetchFailed when there is none."""
        async with self.getting(asked) as answer:
            return answer

    @asynccontextmanager
    async def getting(self, asked: Asked) -> AsyncIterator[Answer]:
        """The same. Until the block is left a large body keeps its place among the few that there
        may be at a time; the others wait for theirs within their own time."""
        async with AsyncExitStack() as place:
            yield await self._got(asked, place)

    async def _got(self, asked: Asked, place: AsyncExitStack) -> Answer:
        first = parsed(asked.url)
        try:
            async with asyncio.timeout(self.limits.seconds):
                return await self._follow(asked, first, place)
        except TimeoutError:
            reason = f"it was not done within {self.limits.seconds:g} seconds"
            raise FetchFailed("timeout", reason, url=masked(asked.url)) from None

    async def _follow(self, asked: Asked, first: URL, place: AsyncExitStack) -> Answer:
        """The answer at the end of the redirects. Raises FetchFailed."""
        here = first.with_user(None)
        visited, permanent, unbroken = {here}, None, True
        while True:
            got = await self._ask(here, self._headers(asked, first, here), place)
            if isinstance(got, Answer):
                return replace(got, permanent=permanent)
            status, location = got
            here = self._next(here, location, visited)
            visited.add(here)
            unbroken = unbroken and status in _PERMANENT
            permanent = str(here) if unbroken else permanent

    def _next(self, here: URL, location: str, visited: set[URL]) -> URL:
        """Where a redirect leads. Raises FetchFailed."""
        shown = str(here)

        def fault(reason: str) -> FetchFailed:
            return FetchFailed("redirect", reason, url=shown)

        if len(visited) > self.limits.redirects:
            raise fault(f"more than {self.limits.redirects} redirects")
        there = joined(here, location)
        if here.scheme == "https" and there.scheme == "http":
            raise fault("it redirects from https to http")
        if there in visited:
            raise fault("its redirects go round in a circle")
        return there

    def _headers(self, asked: Asked, first: URL, here: URL) -> dict[str, str]:
        headers: dict[str, str] = {
            hdrs.USER_AGENT: self._agent,
            hdrs.ACCEPT: asked.accept,
            hdrs.ACCEPT_ENCODING: "gzip",
        }
        if here == validated(asked, first):
            if asked.etag is not None and not _UNSENDABLE.search(asked.etag):
                headers[hdrs.IF_NONE_MATCH] = asked.etag
                if asked.delta:
                    headers["A-IM"] = "feed"
            if asked.last_modified is not None:
                headers[hdrs.IF_MODIFIED_SINCE] = asked.last_modified
        if here.origin() == first.origin():
            user, password = (
                (first.user, first.password)
                if asked.user is None and asked.password is None
                else (asked.user, asked.password)
            )
            if user is not None or password is not None:
                pair = f"{user or ''}:{password or ''}".encode()
                headers[hdrs.AUTHORIZATION] = f"Basic {b64encode(pair).decode()}"
        return {name: value for name, value in headers.items() if not _UNSENDABLE.search(value)}

    async def _ask(
        self, here: URL, headers: Mapping[str, str], place: AsyncExitStack
    ) -> Answer | tuple[int, str]:
        """The answer of one address, or the status and place of a redirect. Raises FetchFailed."""
        if self._session is None:
            raise RuntimeError("the door is not open: async with Door(…)")
        url = str(here)
        fault = host_fault(here.raw_host) if here.port else "there is no port 0"
        if fault is not None:
            raise FetchFailed("address", fault, url=url)
        try:
            async with self._session.get(here, headers=headers, allow_redirects=False) as response:
                location = response.headers.get(hdrs.LOCATION)
                if response.status in _REDIRECTS and location:
                    return response.status, location
                body = await self._body(response, url, place)
                return Answer(response.status, url, _kept(response), body)
        except FetchFailed:
            raise
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise FetchFailed(*_fault(error, self.limits), url=url) from None

    async def _body(
        self, response: aiohttp.ClientResponse, url: str, place: AsyncExitStack
    ) -> bytes:
        """Of a success. What is none says all by its status. Raises FetchFailed."""
        if response.status // 100 != 2 or response.status in _WITHOUT_BODY:
            return b""
        coded = unpacking.coding(",".join(response.headers.getall(hdrs.CONTENT_ENCODING, ())))
        if coded is None:
            reason = "its Content-Encoding is not the gzip that was asked for"
            raise FetchFailed("encoding", reason, url=url)
        much = FetchFailed("size", f"it has more than {_size(self.limits.size)}", url=url)
        if (response.content_length or 0) > self.limits.size:
            raise much
        unpacker = unpacking.Unpacker(coded, self.limits.size)
        try:
            async for piece in response.content.iter_any():
                was_large = unpacker.size > _LARGE
                step = len(piece) if was_large or not coded else _PACKED
                for start in range(0, len(piece), step):
                    unpacker.take(piece[start : start + step])
                    if not was_large and unpacker.size > _LARGE:
                        await place.enter_async_context(self._large)
                        was_large = True
            return unpacker.end()
        except unpacking.TooMuch:
            raise much from None
        except unpacking.Broken:
            raise FetchFailed("encoding", "it is not the gzip that it says", url=url) from None
        except (unpacking.Cut, aiohttp.ClientPayloadError, aiohttp.ClientOSError):
            raise FetchFailed("truncated", "it ends before its end", url=url) from None


def get_now(asked: Asked, limits: Limits, *, site: str = "") -> Answer:
    """The same for a command, in an event loop of its own."""

    async def ask() -> Answer:
        async with Door(limits, site=site) as door:
            return await door.get(asked)

    return asyncio.run(ask())


class _Refused(OSError):
    """An IP address that may not be reached."""


class _Guard(AbstractResolver):
    """Lets through only addresses that may be reached: of names, and where sockets connect to."""

    def __init__(self, limits: Limits, lookup: Lookup) -> None:
        self._limits = limits
        self._lookup = lookup

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - all are looked at
    ) -> list[ResolveResult]:
        """All addresses of a name. One that is refused refuses the name: it is a trap or a slip."""
        found = await self._lookup(host, port)
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "the name has no address")
        for address in found:
            self._check(address, port)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in found
        ]

    def connecting(self, place: tuple[Any, ...]) -> socket.socket:
        """A socket for the very address that is connected to next, be it of a name or given."""
        family, kind, protocol, _, address = place
        self._check(address[0], address[1])
        return socket.socket(family=family, type=kind, proto=protocol)

    def _check(self, address: str, port: int) -> None:
        """Networks that were opened are so at any port: whoever opens one knows what is there."""
        limits = self._limits
        if limits.anywhere or is_opened(address, limits.networks):
            return
        why = refusal(address)
        if why is not None:
            raise _Refused(
                f"it leads to an address that is not public: {why}; allow_networks in [limits] "
                "opens networks of your own"
            )
        if (fault := port_fault(port, limits.ports)) is not None:
            raise _Refused(fault)

    async def close(self) -> None:
        return None


def _kept(response: aiohttp.ClientResponse) -> dict[str, str]:
    """The headers that are used; one that is no UTF-8 is as good as not there."""
    kept: dict[str, str] = {}
    for name, value in response.headers.items():
        key = name.lower()
        if key in HEADERS and not _UNSENDABLE.search(value):
            kept[key] = f"{kept[key]}, {value}" if key in _LISTS and key in kept else value
    return kept


def _fault(error: Exception, limits: Limits) -> tuple[FetchFault, str]:
    """What went wrong, in the words of the house."""
    cause = getattr(error, "os_error", None)
    if isinstance(cause, _Refused):
        return "address", str(cause)
    for kinds, fault, reason in _FAULTS:
        if isinstance(error, kinds):
            return fault, reason.format(limits=limits, cause=_plain(cause), tls=_untrusted(error))
    return "protocol", "it does not speak HTTP"


def _plain(cause: OSError | None) -> str:
    """In the system's words, without the address that it leads to."""
    if isinstance(cause, socket.gaierror) or cause is None or cause.errno is None:
        return (getattr(cause, "strerror", None) or "no reason is known").lower()
    return os.strerror(cause.errno).lower()


def _untrusted(error: Exception) -> str:
    """What is wrong with a certificate, in the words of OpenSSL."""
    told = getattr(getattr(error, "certificate_error", None), "verify_message", None)
    return str(told or "nobody vouches for it").rstrip(".")


#: From the special to the general; each says what to look at, where it is not for us to wait.
_FAULTS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], FetchFault, str], ...] = (
    (aiohttp.ConnectionTimeoutError, "timeout", "no connection within {limits.connect:g} seconds"),
    (TimeoutError, "timeout", "it was silent for {limits.silence:g} seconds"),
    (
        aiohttp.ClientConnectorDNSError,
        "dns",
        "its name is not found ({cause}): is it spelled right?",
    ),
    (
        aiohttp.ClientConnectorCertificateError,
        "tls",
        "its certificate is not valid ({tls}): its publisher has to mend that",
    ),
    (
        aiohttp.ClientSSLError,
        "tls",
        "no secure connection can be made with it: is it perhaps an http address?",
    ),
    (aiohttp.ClientConnectorError, "connect", "no connection ({cause})"),
    (aiohttp.ServerDisconnectedError, "protocol", "it hung up without an answer"),
    (aiohttp.InvalidURL, "address", "no address is written so"),
    (aiohttp.ClientPayloadError, "truncated", "it ends before its end"),
    ((aiohttp.ClientConnectionError, OSError), "connect", "the connection broke"),
    (aiohttp.ClientResponseError, "protocol", "its answer's head is no HTTP, or too large"),
)


def _size(size: int) -> str:
    mib, rest = divmod(size, 1024 * 1024)
    return f"{size} bytes" if rest else f"{mib} MiB"
