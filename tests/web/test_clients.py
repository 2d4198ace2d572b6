"""Whose request it is, with any number of trusted proxies in front."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.web.clients import client_address

PEER = "192.0.2.1"


@pytest.mark.parametrize(
    ("forwarded", "trusted", "client"),
    [
        (None, 0, PEER),
        (None, 1, PEER),
        ("", 1, PEER),
        ("203.0.113.9", 0, PEER),  # nobody is trusted
        ("203.0.113.9", 1, "203.0.113.9"),
        ("10.0.0.1, 203.0.113.9", 1, "203.0.113.9"),  # the left one the client made up
        ("203.0.113.9, 198.51.100.7", 2, "203.0.113.9"),
        ("1.1.1.1,203.0.113.9,198.51.100.7", 2, "203.0.113.9"),
        ("203.0.113.9", 2, PEER),  # it came round the outer proxy
        (" 203.0.113.9 ", 1, "203.0.113.9"),
        ("203.0.113.9:51000", 1, "203.0.113.9"),
        ("[2001:db8::7]:51000", 1, "2001:db8::7"),
        ("[2001:db8::7]", 1, "2001:db8::7"),
        ("2001:DB8:0::7", 1, "2001:db8::7"),
        ("::ffff:203.0.113.9", 1, "203.0.113.9"),
        ("unknown", 1, PEER),
        ("_hidden", 1, PEER),
        ("fe80::1%eth0", 1, PEER),
        ("203.0.113.9,", 1, PEER),
        ("203.0.113.999", 1, PEER),
        ("203.0.113.9 203.0.113.10", 1, PEER),
        ("0x7f.1", 1, PEER),
        ("٢٠٣.0.113.9", 1, PEER),
        ("for=203.0.113.9", 1, PEER),
        ("1.1.1.1," * 1000 + "203.0.113.9", 1, PEER),  # nobody's proxies are so many
    ],
)
def test_the_client(forwarded: str | None, trusted: int, client: str) -> None:
    assert client_address(PEER, forwarded, trusted) == client


@pytest.mark.parametrize(
    ("peer", "client"), [("::ffff:192.0.2.1", PEER), ("", ""), ("/run/socket", "/run/socket")]
)
def test_the_peer(peer: str, client: str) -> None:
    assert client_address(peer, None, 0) == client


@given(st.text(max_size=80), st.integers(0, 3))
def test_nothing_a_client_writes_hides_it(written: str, trusted: int) -> None:
    """The trusted proxies append, so what stands before their entries changes nothing."""
    seen = ", ".join(["203.0.113.9", *["198.51.100.7"] * (trusted - 1)][:trusted])
    forwarded = f"{written}, {seen}" if trusted else written
    assert client_address(PEER, forwarded, trusted) == ("203.0.113.9" if trusted else PEER)
