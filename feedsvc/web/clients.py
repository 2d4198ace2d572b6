"""Who asks: the address of a client behind trusted proxies, decided on values alone.

Of all that proxies say of a request this is the only thing that is believed: links come from
``site.url``, and ``Forwarded`` (RFC 7239) is not read, since a proxy that does not know it lets a
client's own pass.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

#: An address as proxies write it: bare, or with a port, an IPv6 one then in brackets.
_WITH_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\d{1,5})?|([0-9.]+):\d{1,5}", re.ASCII)
_LONGEST = 4000


def client_address(peer: str, forwarded_for: str | None, trusted_proxies: int) -> str:
    """The address that the outermost trusted proxy saw, else that of the peer.

    Each of the ``trusted_proxies`` appends to ``X-Forwarded-For`` whom it was asked by, so the
    client is that many entries from the right; what stands further left the client wrote itself.
    Too few entries, or no address there: somebody came round the proxies, and is the peer.
    """
    if not trusted_proxies or not forwarded_for or len(forwarded_for) > _LONGEST:
        return _plain(peer) or peer
    entries = forwarded_for.split(",")
    told = entries[-trusted_proxies] if len(entries) >= trusted_proxies else ""
    return _plain(told.strip()) or _plain(peer) or peer


@lru_cache(4096)
def _plain(text: str) -> str | None:
    """An address in its one spelling, without port; an IPv4 one that came as IPv6 as IPv4."""
    if found := _WITH_PORT.fullmatch(text):
        text = found[1] or found[2]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return None
        return str(address.ipv4_mapped or address)
    return str(address)
