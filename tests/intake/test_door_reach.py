"""Nobody is reached who may not be: spellings, redirects, names that change what they lead to.

A canary listens where a hit would be a leak, and the interpreter tells of every connection.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import cycle, product
from urllib.parse import quote

import pytest
from hostile.loopback import HOST, Canary, connections
from hostile.targets import ALLOWED, REFUSED, RELATIVE, SPELLINGS, literal, spelled
from hostile.upstream import Upstream
from intake.asking import Outcome, ask, ask_all, limits

from feedsvc.errors import FetchFailed
from feedsvc.intake.asking import Answer, Asked

CODES = (301, 302, 303, 307, 308)


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    with Canary() as listener:
        yield listener


def reached(urls: Sequence[str], upstream: Upstream, canary: Canary) -> list[Outcome]:
    """What becomes of them. Nobody but the upstream was connected to meanwhile."""
    with connections() as tried:
        outcomes = ask_all(urls, limits(upstream.port, canary.port, 80, 443))
    assert set(tried) <= {HOST}
    assert canary.hits == []
    return outcomes


def led(upstream: Upstream, code: int, location: str, *, hops: int) -> str:
    """An address of the upstream that redirects there, over so many hops."""
    for _ in range(hops):
        location = upstream.url(f"/to/{code}?{quote(location, safe='')}")
    return location


def refused(outcomes: Sequence[Outcome], urls: Sequence[str]) -> Counter[str]:
    """What kinds of failure they are; each is one."""
    got = [url for outcome, url in zip(outcomes, urls, strict=True) if isinstance(outcome, Answer)]
    assert got == []
    return Counter(outcome.kind for outcome in outcomes if isinstance(outcome, FetchFailed))


def test_the_canary_sings(upstream: Upstream) -> None:
    with Canary() as canary, connections() as tried:
        open_ = limits(canary.port, anywhere=True)
        for host in ("127.0.0.1", "[::1]", "0x7f000001", "localhost"):
            assert ask(f"http://{host}:{canary.port}/", open_).body == b"secret"
        assert len(canary.hits) == 4
        assert set(tried) == {"127.0.0.1", "::1"}


def test_no_spelling_reaches_the_canary(upstream: Upstream, canary: Canary) -> None:
    allowed = f"{HOST}:{upstream.port}"
    urls = list(spelled(canary.port, allowed))
    assert len(SPELLINGS) >= 50
    kinds = refused(reached(urls, upstream, canary), urls)
    assert set(kinds) == {"address"}
    assert kinds.total() > 900


def test_no_redirect_leads_to_a_spelling(upstream: Upstream, canary: Canary) -> None:
    forms = ("http://{h}:{p}/", "http://me:secret@{h}:{p}/", *RELATIVE)
    urls = [
        led(upstream, code, form.format(h=host, p=canary.port), hops=hops)
        for (code, hops), host, form in product(
            [(301, 1), (302, 2), (303, 1), (307, 2), (308, 1)], SPELLINGS, forms
        )
    ]
    outcomes = reached(urls, upstream, canary)
    # A \ in a Location may be read as a path of the very server that sent it, which has no such.
    away = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
    assert {answer.status for answer in away} <= {404}
    assert all(answer.url.startswith(upstream.url("/")) for answer in away)
    kinds = Counter(one.kind for one in outcomes if isinstance(one, FetchFailed))
    assert set(kinds) == {"address", "redirect"}
    assert len(urls) > 1000


@pytest.mark.parametrize("hops", [0, 1, 2])
def test_no_refused_address_is_reached(upstream: Upstream, canary: Canary, hops: int) -> None:
    codes = CODES if hops else (0,)
    urls = [
        led(upstream, code, literal(address, canary.port), hops=hops)
        for code, address in product(codes, REFUSED)
    ]
    kinds = refused(reached(urls, upstream, canary), urls)
    assert kinds == {"address": len(codes) * len(REFUSED)}


def test_public_addresses_are_connected_to() -> None:
    with connections() as tried:  # which lets none of them out
        found = ask_all([literal(address, 80) for address in ALLOWED], limits(80))
    assert {one.kind for one in found if isinstance(one, FetchFailed)} == {"connect"}
    meant = {"64:ff9b::808:808", "::ffff:8.8.8.8"}
    assert set(ALLOWED) - meant <= set(tried)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://{a}/", "gopher://{a}/", "data:text/xml,<rss/>", "feed://{a}/",
        "feed:http://{a}/", "jar:http://{a}/!/", "javascript:alert(1)", "//{a}/feed", "/feed", "",
        "http:", "http://", "http://:80/", "http://[/", "http://{a}\x00/", "unix:///run/x.sock",
        "http+unix://x/", "ws://{a}/", "tcp://{a}/",
    ],
)  # fmt: skip
def test_other_schemes_are_refused(upstream: Upstream, canary: Canary, url: str) -> None:
    there = url.format(a=f"{HOST}:{upstream.port}")
    kinds = refused(reached([there], upstream, canary), [there])
    assert kinds == {"address": 1}
    if ":" in url:  # else it is a fine way to say where to go on this server
        urls = [led(upstream, 302, there, hops=hops) for hops in (1, 2)]
        kinds = refused(reached(urls, upstream, canary), urls)
        assert set(kinds) <= {"address", "redirect", "protocol"}


@pytest.mark.parametrize("port", [0, 22, 25, 6379, 5432, 65535])
@pytest.mark.parametrize("hops", [0, 1, 2])
def test_other_ports_are_refused(upstream: Upstream, canary: Canary, port: int, hops: int) -> None:
    url = led(upstream, 302, f"http://93.184.216.34:{port}/", hops=hops)
    (failed,) = reached([url], upstream, canary)
    assert isinstance(failed, FetchFailed)
    assert (failed.kind, f"port {port}" in str(failed)) == ("address", True)


def test_a_name_that_changes_is_never_followed_inside(upstream: Upstream, canary: Canary) -> None:
    answers = cycle([[HOST], ["127.0.0.1"]])

    async def lookup(host: str, port: int) -> Sequence[str]:
        return next(answers)

    port = upstream.port
    with Canary(("127.0.0.1",)) as inside, connections() as tried:
        # The canary is asked for at its own port too: a pin to the wrong address would show.
        urls = [f"http://rebound{n}.test:{port}/feed" for n in range(100)]
        urls += [f"http://rebound.test:{inside.port}/{n}" for n in range(100)]
        outcomes = ask_all(urls, limits(port, inside.port, 80), lookup=lookup)
    assert inside.hits == []
    assert set(tried) == {HOST}
    bodies = [outcome.body for outcome in outcomes if isinstance(outcome, Answer)]
    kinds = Counter(one.kind for one in outcomes if isinstance(one, FetchFailed))
    assert 0 < len(bodies) <= 100
    assert set(kinds) == {"address", "connect"}


@pytest.mark.parametrize("bad", ["127.0.0.1", "::1", "10.0.0.1", "fe80::1%2", "0.0.0.0", ""])
def test_one_bad_address_refuses_a_name(upstream: Upstream, canary: Canary, bad: str) -> None:
    async def lookup(host: str, port: int) -> Sequence[str]:
        return [HOST, bad, HOST]

    with connections() as tried, pytest.raises(FetchFailed) as failed:
        ask(f"http://mixed.test:{upstream.port}/feed", limits(upstream.port), lookup=lookup)
    assert (failed.value.kind, tried) == ("address", [])


def test_a_redirect_to_a_name_inside_is_refused(upstream: Upstream, canary: Canary) -> None:
    async def lookup(host: str, port: int) -> Sequence[str]:
        return {"intranet.test": ["10.0.0.1"]}.get(host, [HOST])

    url = f"http://outside.test:{upstream.port}/to/302?http://intranet.test:{canary.port}/"
    with connections() as tried, pytest.raises(FetchFailed) as failed:
        ask(url, limits(upstream.port, canary.port), lookup=lookup)
    assert (failed.value.kind, set(tried)) == ("address", {HOST})
    assert "a private network (RFC 1918)" in str(failed.value)
    assert "10.0.0.1" not in str(failed.value)  # what is inside is told to nobody


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"])
def test_a_proxy_of_the_environment_is_not_used(
    upstream: Upstream, canary: Canary, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}/")
    (answer,) = reached([upstream.url("/feed")], upstream, canary)
    assert isinstance(answer, Answer)
    assert answer.status == 200


def test_a_network_that_is_opened_is_reached_and_no_other(upstream: Upstream) -> None:
    with Canary(("127.0.0.1",)) as inside:
        url = f"http://127.0.0.1:{inside.port}/"
        within = limits(upstream.port, inside.port)
        assert ask(upstream.url("/feed"), within).status == 200
        with pytest.raises(FetchFailed, match="allow_networks"):
            ask(url, within)
        shut = limits(upstream.port, inside.port, networks=())
        with pytest.raises(FetchFailed, match="this machine itself"):
            ask(Asked(upstream.url("/feed")), shut)
        assert inside.hits == []
