"""Which ``Host`` a request may name (RFC 9112 3.2), decided on values alone.

No list of known hosts is kept: nothing that is answered depends on the host. But a request that
names none, several or nonsense was made by something broken, or to confuse whoever stands between.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address

_PORT = r"(?::[0-9]*)?"
#: RFC 3986 3.2.2 without the sub-delims, which no name of a host has: a comma is what two ``Host``
#: lines become when a server joins them.
_LABEL = r"(?:[A-Za-z0-9_~-]|%[0-9A-Fa-f]{2}){1,63}"  # RFC 1035 2.3.4: none is empty or longer
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?{_PORT}")
_LITERAL = re.compile(rf"\[(?P<address>[0-9A-Fa-f:.]+)\]{_PORT}")
_LONGEST = 300  # a DNS name has 253 characters, a port five


def fault(host: str, protocol: str) -> str | None:
    """What is wrong with the value of ``Host``, empty where there was none; None when it may pass.

    ``protocol`` is that of the request, such as ``HTTP/1.1``, the one that demands the field: older
    ones lack it, newer ones have ``:authority`` for it.
    """
    if not host:
        return "the Host header is missing" if protocol == "HTTP/1.1" else None
    return None if len(host) <= _LONGEST and _is_host(host) else "the Host header names no host"


def _is_host(host: str) -> bool:
    if found := _LITERAL.fullmatch(host):
        try:
            IPv6Address(found["address"])
        except AddressValueError:
            return False
        return True
    return _NAME.fullmatch(host) is not None
