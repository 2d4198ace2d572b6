"""What is asked of an address elsewhere, within which bounds, and what came back: values.

``intake/door.py`` is what asks. Whoever only decides about an answer needs no more than this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

MIB = 1024 * 1024
#: Ports that feeds are at. Others are of services that take an HTTP request for a command.
PORTS = frozenset({80, 443, 8080, 8443})
#: What is asked for, by liking: feeds, then documents that may be or name one.
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/json;q=0.8, application/xml;q=0.8, text/xml;q=0.8, text/html;q=0.5, */*;q=0.3"
)


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

    ``etag`` and ``last_modified`` are sent as they were received, to the very address ``url``:
    they belong to it. ``user`` and ``password`` go to its origin alone.
    """

    url: str
    etag: str | None = None
    last_modified: str | None = None
    accept: str = ACCEPT
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    delta: bool = True  # ask for what is new only (RFC 3229 A-IM: feed), with an etag


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status; ``body`` is unpacked.

    ``headers`` have lower-case names; of several of a name the last is here. ``url`` is where it
    came from after redirects, without credentials. ``permanent`` is where an unbroken chain of
    301 and 308 leads from the first address, None where the first answer was none of these.
    """

    status: int
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    permanent: str | None = None
