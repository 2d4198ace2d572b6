"""What is asked of an address elsewhere, within which bounds, and what came back: values.

``intake/door.py`` is what asks. Whoever only decides about an answer needs no more than this.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

from feedsvc.config import LimitsSection

MIB = 1024 * 1024
#: Ports that feeds are at. Others are of services that take an HTTP request for a command.
PORTS = frozenset({80, 443, 8080, 8443})
#: What is asked for, by liking: feeds, then documents that may be or name one.
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/json;q=0.8, application/xml;q=0.8, text/xml;q=0.8, text/html;q=0.5, */*;q=0.3"
)
#: What an answer is asked for. Others that it has are left unread.
HEADERS = frozenset(
    "age cache-control content-language content-location content-type date etag expires im "
    "last-modified link location retry-after".split()
)
#: Characters of an address that a message shows.
_SHOWN = 2000
_USERINFO = re.compile(r"\A([a-z][a-z0-9+.-]*:)?([/\\]*)[^/\\?#]*@", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Limits:
    """How far one request may go. Sizes in bytes, times in seconds.

    ``networks`` are reached though they are not public. ``anywhere`` lets through every address
    and port: for commands that a person gives on their own machine, never for what others name.
    """

    size: int = 5 * MIB  # of the body, unpacked and on the wire
    seconds: float = 30  # all hops together, from the first look-up to the last byte
    connect: float = 5
    silence: float = 10  # without one byte
    redirects: int = 5
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    ports: frozenset[int] = PORTS
    anywhere: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One document that is wanted.

    ``etag`` and ``last_modified`` are sent as they were received, to the one address they belong
    to: ``validators_of``, or ``url`` where that is None. Another one that is led to or through
    never sees them. ``user`` and ``password``, or those that ``url`` has in it, go to the origin
    of ``url`` alone.
    """

    url: str
    etag: str | None = None
    last_modified: str | None = None
    accept: str = ACCEPT
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    validators_of: str | None = None
    delta: bool = True  # ask for what is new only (RFC 3229 A-IM: feed), with an etag


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status. Only of a success (2xx) there is a ``body``, unpacked.

    ``headers`` have lower-case names, those of ``HEADERS``; of several of a name the last is here,
    of ``link`` and ``cache-control`` all. ``url`` is where it came from after redirects, and
    ``permanent`` where an unbroken chain of 301 and 308 leads from the first address, None where
    the first answer was none of these; both are without credentials and fragment.
    """

    status: int
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    permanent: str | None = None


def limits_of(section: LimitsSection) -> Limits:
    """What [limits] of the configuration says."""
    return Limits(
        size=section.fetch_size,
        seconds=section.fetch_time.total_seconds(),
        networks=section.allow_networks,
        ports=frozenset(section.allow_ports),
    )


def masked(url: str) -> str:
    """An address as it may be shown and logged: without credentials and control characters.

    >>> masked("https://me:secret@example.org/feed")
    'https://***@example.org/feed'
    """
    shown = _USERINFO.sub(r"\1\2***@", url[:_SHOWN])
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", shown)
