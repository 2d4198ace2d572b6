"""Which IP addresses, hosts and ports may be asked, as a table."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hostile.targets import ALLOWED, REFUSED

from feedsvc.intake.addresses import host_fault, is_opened, port_fault, refusal


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_not_public_is_refused_with_a_reason(address: str) -> None:
    assert refusal(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_what_is_public_is_reached(address: str) -> None:
    assert refusal(address) is None


@pytest.mark.parametrize("address", ["", "example.org", "127.1", "0x7f.1", "1.2.3.4.", "[::1]"])
def test_what_is_no_ip_address_is_refused(address: str) -> None:
    assert refusal(address) == "no IP address"


@pytest.mark.parametrize(
    ("network", "inside", "outside"),
    [
        ("10.1.2.0/24", "10.1.2.3", "10.1.3.1"),
        ("10.1.2.3", "10.1.2.3", "10.1.2.4"),
        ("10.1.2.0/24", "::ffff:10.1.2.3", "::ffff:10.1.3.1"),
        ("10.1.2.0/24", "10.1.2.0", "127.0.0.1"),
        ("fd00::/8", "fd12::1", "fc00::1"),
        ("::1", "::1", "127.0.0.1"),
        ("127.0.0.0/8", "127.0.0.1", "::1"),
        ("::ffff:10.0.0.0/104", "::ffff:10.0.0.1", "10.0.0.1"),
        ("fe80::/10", "fe80::1", "fe80::1%eth0"),
    ],
)
def test_a_network_opens_itself_and_nothing_else(network: str, inside: str, outside: str) -> None:
    networks = (ip_network(network),)
    assert refusal(inside, networks) is None
    assert refusal(outside, networks)
    assert refusal("169.254.169.254", networks)
    assert refusal("8.8.8.8", networks) is None


@pytest.mark.parametrize(
    "host",
    ["example.org", "example.org.", "xn--tda.example", "a_b.example", "h", "1.2.3.4", "::1", "1a"],
)
def test_hosts_that_can_be(host: str) -> None:
    assert host_fault(host) is None


@pytest.mark.parametrize(
    ("host", "says"),
    [
        (None, "no host"),
        ("", "no host"),
        ("::1%lo", "zones"),
        ("127%2e0.0.1", "percent"),
        ("1::2::3", "no IPv6 address"),
        ("127.1", "four numbers"),
        ("127.0.0.1.", "four numbers"),
        ("2130706433", "four numbers"),
        ("0177.0.0.1", "four numbers"),
        ("①.1.1.1", "four numbers"),
        ("a..b", "no host is named so"),
        (".", "no host is named so"),
        ("a b", "no host is named so"),
        ("a" * 64, "no host is named so"),
        ("a." * 128, "no host is named so"),
        ("a" * 100_000, "no host is named so"),
        ("ü.example", "no host is named so"),
    ],
)
def test_hosts_that_can_not_be(host: str | None, says: str) -> None:
    assert says in (host_fault(host) or "")


@pytest.mark.parametrize(
    ("port", "says"), [(80, None), (8443, None), (22, "port 22"), (0, "port 0")]
)
def test_ports(port: int, says: str | None) -> None:
    fault = port_fault(port, {80, 443, 8080, 8443})
    assert fault is None if says is None else says in (fault or "")


@pytest.mark.parametrize(
    ("address", "opened"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("10.1.3.3", False),
        ("8.8.8.8", False),
        ("fd00::7", True),
        ("fe80::1%eth0", False),
        ("nowhere", False),
    ],
)
def test_a_network_is_opened_by_name_alone(address: str, opened: bool) -> None:
    networks = [ip_network("10.1.2.0/24"), ip_network("fd00::/64")]
    assert is_opened(address, networks) is opened
