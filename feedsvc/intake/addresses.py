"""Where may be asked: decisions on IP addresses, schemes, hosts and ports, without asking anybody.

The decision on a name is one on the addresses that it leads to, at the moment of connecting: how
an address is spelled then makes no difference, and a name that changes what it leads to neither.
Python's own ``is_global`` knows too little: 17 of the 56 addresses that must be refused pass it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: Not public: https://www.iana.org/assignments/iana-ipv4-special-registry and what clouds add.
_V4 = {
    IPv4Network(network): what
    for network, what in (
        ("0.0.0.0/8", "this host or this network (RFC 791)"),
        ("10.0.0.0/8", "a private network (RFC 1918)"),
        ("100.64.0.0/10", "a network shared behind a carrier's NAT (RFC 6598)"),
        ("127.0.0.0/8", "this machine itself (RFC 1122)"),
        ("168.63.129.16/32", "the host of a virtual machine (Azure)"),
        ("169.254.0.0/16", "link-local, where clouds keep keys (RFC 3927)"),
        ("172.16.0.0/12", "a private network (RFC 1918)"),
        ("192.0.0.0/24", "kept for protocols (RFC 6890)"),
        ("192.0.2.0/24", "kept for documentation (RFC 5737)"),
        ("192.88.99.0/24", "a former 6to4 relay (RFC 7526)"),
        ("192.168.0.0/16", "a private network (RFC 1918)"),
        ("198.18.0.0/15", "kept for benchmarks (RFC 2544)"),
        ("198.51.100.0/24", "kept for documentation (RFC 5737)"),
        ("203.0.113.0/24", "kept for documentation (RFC 5737)"),
        ("224.0.0.0/4", "multicast (RFC 5771)"),
        ("240.0.0.0/4", "reserved (RFC 1112)"),
    )
}
#: All that is public in IPv6 lies in here (RFC 4291 2.4), these networks apart:
#: https://www.iana.org/assignments/iana-ipv6-special-registry
_GLOBAL = IPv6Network("2000::/3")
_V6 = {
    IPv6Network(network): what
    for network, what in (
        ("2001::/23", "kept for protocols, Teredo among them (RFC 2928)"),
        ("2001:db8::/32", "kept for documentation (RFC 3849)"),
        ("2002::/16", "6to4, which leads to another address (RFC 7526)"),
        ("3fff::/20", "kept for documentation (RFC 9637)"),
    )
}
#: An IPv4 address written in IPv6: it is what is reached.
_NAT64 = IPv6Network("64:ff9b::/96")

_LABEL = re.compile(r"[a-z0-9_-]{1,63}", re.IGNORECASE)


def refusal(address: str, networks: Iterable[Network] = ()) -> str | None:
    """Why an IP address may not be reached, None where it may: public, or in one of ``networks``.

    >>> refusal("10.0.0.1")
    'a private network (RFC 1918)'
    >>> refusal("::ffff:127.0.0.1")
    'this machine itself (RFC 1122)'
    >>> refusal("8.8.8.8") is None
    True
    """
    if "%" in address:
        return "an address of one link (RFC 4007)"
    try:
        given = ip_address(address)
    except ValueError:
        return "no IP address"
    return None if _is_in(given, networks) else _why(_meant(given))


def is_opened(address: str, networks: Iterable[Network]) -> bool:
    """Whether somebody has opened a network of their own for an IP address, public or not."""
    try:
        return _is_in(ip_address(address), networks)
    except ValueError:
        return False


def _is_in(address: Address, networks: Iterable[Network]) -> bool:
    both = {address, _meant(address)}
    return any(one in network for one in both for network in networks)


def _meant(address: Address) -> Address:
    """The address that packets go to."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _why(address: Address) -> str | None:
    if isinstance(address, IPv4Address):
        return next((what for network, what in _V4.items() if address in network), None)
    if address not in _GLOBAL:
        return "not a public IPv6 address (RFC 4291)"
    return next((what for network, what in _V6.items() if address in network), None)


def host_fault(host: str | None) -> str | None:
    """Why no name or address can be spelled so, None where it can.

    ``host`` is without brackets, in ASCII.
    """
    if not host:
        return "it names no host"
    if "%" in host:
        return "zones and percent signs have no place in a host (RFC 4007)"
    if ":" in host:
        return None if _is_address(host) else "no IPv6 address"
    if not (host.replace(".", "") or "-").isdigit():
        return None if _is_name(host) else "no host is named so"
    return None if _is_address(host) else "an IPv4 address is four numbers from 0 to 255"


def _is_name(host: str) -> bool:
    labels = host.removesuffix(".").split(".")
    return len(host) <= 254 and all(map(_LABEL.fullmatch, labels))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def port_fault(port: int, ports: Collection[int]) -> str | None:
    """Why a port is not asked at, None where it is."""
    if port in ports:
        return None
    return f"port {port} is not allowed (allow_ports in [limits] is what is)"
