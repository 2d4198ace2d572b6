"""What is asked of other servers, and what becomes of what they say."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence

import pytest
from hostile.loopback import HOST, Canary
from hostile.upstream import ETAG, FEED, MODIFIED, Request, Upstream
from intake.asking import ask, ask_all, limits

from feedsvc import __version__, config
from feedsvc.errors import FetchFailed
from feedsvc.intake.asking import Answer, Asked, Limits, limits_of, masked
from feedsvc.intake.door import get_now


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


@pytest.fixture
def within(upstream: Upstream) -> Limits:
    upstream.requests.clear()
    return limits(upstream.port)


def failure(wanted: Asked | str, within: Limits, **more: object) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        ask(wanted, within, **more)
    return caught.value


def asked_for(upstream: Upstream) -> Request:
    (request,) = upstream.requests
    return request


def test_a_request_says_who_asks_for_what_and_nothing_else(
    upstream: Upstream, within: Limits
) -> None:
    ask(upstream.url("/feed?a=%20b+c"), within, site="https://news.example/")
    request = asked_for(upstream)
    assert request.raw.startswith(b"GET /feed?a=%20b+c HTTP/1.1\r\n")
    assert request.headers == {
        "host": f"{HOST}:{upstream.port}",
        "user-agent": f"feedsvc/{__version__} (+https://news.example/)",
        "accept": request.headers["accept"],
        "accept-encoding": "gzip",
    }
    assert "application/atom+xml" in request.headers["accept"]


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("/feed", "/feed"),
        ("", "/"),
        ("?q=1", "/?q=1"),
        ("/%7Eme/a%2Fb?x=%2B+%20&y=a%3Db", "/%7Eme/a%2Fb?x=%2B+%20&y=a%3Db"),
        ("/feed#part", "/feed"),
        ("/ä b?ö", "/%C3%A4%20b?%C3%B6"),
        ("/a/../feed", "/feed"),
        ("/100%", "/100%25"),
    ],
)
def test_an_address_is_asked_for_as_it_is_written(
    upstream: Upstream, within: Limits, written: str, sent: str
) -> None:
    answer = ask(upstream.url(written), within)
    assert asked_for(upstream).raw.split(b" ")[1].decode() == sent
    assert answer.url == upstream.url(sent)


def test_an_answer_has_what_is_used_of_it(upstream: Upstream, within: Limits) -> None:
    answer = ask(upstream.url("/feed"), within)
    headers = {
        "etag": ETAG,
        "last-modified": MODIFIED,
        "content-type": "application/rss+xml",
    }
    assert answer == Answer(200, upstream.url("/feed"), headers, FEED)


def test_validators_go_back_as_they_came(upstream: Upstream, within: Limits) -> None:
    asked = Asked(upstream.url("/feed"), etag=ETAG, last_modified="last tuesday, ö")
    answer = ask(asked, within)
    assert (answer.status, answer.body, answer.headers) == (304, b"", {"etag": ETAG})
    headers = asked_for(upstream).headers
    assert headers["if-none-match"] == ETAG
    assert headers["if-modified-since"].encode("latin-1").decode() == "last tuesday, ö"
    assert headers["a-im"] == "feed"


def test_only_an_etag_asks_for_a_part_of_a_feed(upstream: Upstream, within: Limits) -> None:
    url = upstream.url("/feed")
    ask_all([Asked(url), Asked(url, last_modified=MODIFIED)], within)
    ask(Asked(url, etag=ETAG, delta=False), within)
    assert ["a-im" in request.headers for request in upstream.requests] == [False] * 3
    assert "if-none-match" not in upstream.requests[0].headers


@pytest.mark.parametrize("etag", ['"a"\r\nX-Evil: 1', '"\x00"', '"\udce9"'])
def test_what_is_no_header_is_not_sent(upstream: Upstream, within: Limits, etag: str) -> None:
    assert ask(Asked(upstream.url("/feed"), etag=etag), within).status == 200
    assert {"x-evil", "if-none-match", "a-im"}.isdisjoint(asked_for(upstream).headers)


def test_validators_are_for_the_address_that_they_came_from(
    upstream: Upstream, within: Limits
) -> None:
    start, feed = upstream.url("/hops/2/302"), upstream.url("/hops/0/302")
    ask(Asked(start, etag='"x"', last_modified=MODIFIED), within)
    ask(Asked(start, etag=ETAG, last_modified=MODIFIED, validators_of=feed), within)
    sent = ["if-none-match" in request.headers for request in upstream.requests]
    assert sent == [True, False, False, False, False, True]
    assert sent == ["if-modified-since" in one.headers for one in upstream.requests]
    upstream.requests.clear()
    for other in ("https://elsewhere.example/", "no address", ""):
        ask(Asked(feed, etag=ETAG, validators_of=other), within)
    assert not any("if-none-match" in request.headers for request in upstream.requests)


@pytest.mark.parametrize(
    "status", [200, 204, 205, 226, 300, 304, 400, 401, 404, 410, 429, 500, 503]
)
def test_any_status_is_an_answer_and_only_a_success_has_a_body(
    upstream: Upstream, within: Limits, status: int
) -> None:
    answer = ask(upstream.url(f"/status/{status}"), within)
    assert answer.status == status
    assert bool(answer.body) is (status in {200, 226})


def test_a_redirect_without_a_place_is_an_answer(upstream: Upstream, within: Limits) -> None:
    assert ask(upstream.url("/status/302"), within).status == 302
    assert ask(upstream.url("/to/301?"), within).status == 301


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_five_redirects_are_followed(upstream: Upstream, within: Limits, code: int) -> None:
    start, end = upstream.url(f"/hops/5/{code}"), upstream.url(f"/hops/0/{code}")
    answer = ask(start, within)
    assert (answer.status, answer.url, answer.body) == (200, end, FEED)
    assert answer.permanent == (end if code in {301, 308} else None)
    failed = failure(upstream.url(f"/hops/6/{code}"), within)
    assert (failed.kind, failed.reason) == ("redirect", "more than 5 redirects")


@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_a_circle_of_redirects_is_found(upstream: Upstream, within: Limits, length: int) -> None:
    failed = failure(upstream.url(f"/circle/{length}/301"), within)
    assert (failed.kind, "circle" in failed.reason) == ("redirect", True)
    assert len(upstream.requests) == length


def test_only_an_unbroken_chain_of_permanent_redirects_moves_a_feed(
    upstream: Upstream, within: Limits
) -> None:
    passing, moved = upstream.url("/to/302?/feed"), upstream.url("/to/301?/feed/b")
    found = ask_all(
        [
            moved,
            passing,
            upstream.url("/to/308?/to/302?/feed"),
            upstream.url("/to/302?/to/301?/feed"),
            upstream.url("/to/301?/to/308?/feed/c"),
            upstream.url("/to/301?/feed/d%23part"),
        ],
        within,
    )
    assert [answer.permanent for answer in found if isinstance(answer, Answer)] == [
        upstream.url("/feed/b"),
        None,
        passing,
        None,
        upstream.url("/feed/c"),
        upstream.url("/feed/d"),
    ]


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("feed/x", "/to/feed/x"),
        ("/feed/ä", "/feed/%C3%A4"),
        ("/feed/a%20b?c=%2B", "/feed/a b"),
        ("../feed", "/feed"),
        ("?/feed", "/to/302"),
        (" /feed ", "/feed"),
        ("HTTP://{a}/feed", "/feed"),
        ("//{a}/feed", "/feed"),
    ],
)
def test_a_location_is_read_from_where_it_stands(
    upstream: Upstream, within: Limits, location: str, path: str
) -> None:
    location = location.format(a=f"{HOST}:{upstream.port}").replace("%", "%25")
    ask_all([upstream.url(f"/to/302?{location.replace(' ', '%20')}")], within)
    assert upstream.requests[1].path == path.replace(" ", "%20")


def test_credentials_stay_with_their_origin(within: Limits) -> None:
    with Upstream() as here, Upstream() as elsewhere:
        open_ = limits(here.port, elsewhere.port)
        away = elsewhere.url("/to/302?" + here.url("/feed"))
        ask(here.url(f"/to/302?{away}", user="me:s%40crét"), open_)
        ask(Asked(here.url(f"/to/302?{away}"), user="me", password="s@crét"), open_)
        basic = "Basic " + b64encode("me:s@crét".encode()).decode()
        sent = [request.headers.get("authorization") for request in here.requests]
        assert sent == [basic] * 4
        assert [request.headers.get("authorization") for request in elsewhere.requests] == [
            None
        ] * 2


def test_credentials_in_a_location_are_nobodys(upstream: Upstream, within: Limits) -> None:
    there = upstream.url("/feed", user="you:there")
    answer = ask(upstream.url(f"/to/301?{there}"), within)
    assert (answer.url, answer.permanent) == (upstream.url("/feed"),) * 2
    assert [request.headers.get("authorization") for request in upstream.requests] == [None] * 2


def test_a_cookie_is_not_sent_back(upstream: Upstream, within: Limits) -> None:
    async def name(host: str, port: int) -> Sequence[str]:
        return [HOST]  # cookies of IP addresses are kept by nobody

    url = f"http://cookies.test:{upstream.port}/cookie"
    ask_all([url] * 25, within, lookup=name)
    assert len(upstream.requests) == 25
    assert not any("cookie" in request.headers for request in upstream.requests)


@pytest.mark.parametrize("wanted", ["/to/302?http://[", "/cut/length", "/garbage", "/hops/9/302"])
def test_no_message_has_credentials(upstream: Upstream, within: Limits, wanted: str) -> None:
    failed = failure(upstream.url(wanted, user="me:secret"), within)
    assert "secret" not in str(failed)
    assert "secret" not in repr(Asked("http://h/", user="me", password="secret"))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:secret@example.org/a@b", "https://***@example.org/a@b"),
        ("https://me:se@cret@example.org/", "https://***@example.org/"),
        ("HTTP://secret@h", "HTTP://***@h"),
        ("http:\\\\me:secret@h", "http:\\\\***@h"),
        ("//me:secret@h/", "//***@h/"),
        ("http:me:secret@h/", "http:***@h/"),
        ("https://example.org/?mail=a@b", "https://example.org/?mail=a@b"),
        ("http://h/\x1b[31m\n", "http://h/\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}"),
        ("http://h/" + "a" * 5000, "http://h/" + "a" * 1991),
    ],
)
def test_an_address_is_shown_without_credentials(url: str, shown: str) -> None:
    assert masked(url) == shown


@pytest.mark.parametrize(
    ("url", "kind", "says"),
    [
        ("http://no-such-name.invalid/", "dns", "its name is not found"),
        ("http://{h}:{shut}/", "connect", "no connection (connection refused)"),
        ("https://{h}:{other}/", "tls", "no secure connection"),
        ("http://{h}:{p}/garbage", "protocol", "no HTTP"),
        ("http://{h}:{p}/to/302?http://[::1", "redirect", "no http or https address"),
        ("http://{h}:{p}/to/302?mailto:a@b", "redirect", "no http or https address"),
        ("mailto:a@b", "address", "only http and https"),
        ("http://a b/", "address", "no host is named so"),
        ("http://h:99999/", "address", "no such port"),
        ("http://h/" + "a" * 8000, "address", "no address is written so"),
        ("http://" + "ü" * 100_000 + "/", "address", "no address is written so"),
    ],
)
def test_a_failure_says_what_was_wrong(
    upstream: Upstream, within: Limits, url: str, kind: str, says: str
) -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        return []

    with Upstream() as gone:
        shut = gone.port
    with Canary((HOST,)) as other:  # it answers whatever is said to it
        url = url.format(h=HOST, p=upstream.port, shut=shut, other=other.port)
        found = failure(url, limits(80, upstream.port, shut, other.port), lookup=unknown)
    assert found.kind == kind
    assert says in found.reason


def test_a_command_asks_without_a_loop_and_goes_anywhere(upstream: Upstream) -> None:
    found = get_now(Asked(upstream.url("/feed")), Limits(anywhere=True))
    assert (found.status, found.body) == (200, FEED)


def test_what_the_configuration_says_is_what_holds() -> None:
    section = config.LimitsSection(
        allow_networks=["10.0.0.0/8"], allow_ports=[80], fetch_size=65536, fetch_time="5s"
    )
    found = limits_of(section)
    assert (found.size, found.seconds, found.ports) == (65536, 5, {80})
    assert [str(network) for network in found.networks] == ["10.0.0.0/8"]
    assert limits_of(config.LimitsSection()) == Limits()


@pytest.mark.parametrize("port", [22, 25, 5432, 6379])
def test_public_addresses_are_asked_at_the_ports_of_the_web_alone(port: int) -> None:
    async def public(_host: str, _port: int) -> Sequence[str]:
        return ["93.184.216.34"]

    for url in (f"http://feeds.example:{port}/", f"http://93.184.216.34:{port}/"):
        found = failure(url, Limits(), lookup=public)
        assert found.kind == "address"
        assert f"port {port}" in found.reason


def test_an_opened_network_is_asked_at_any_port(upstream: Upstream) -> None:
    networks = limits().networks
    answer = get_now(Asked(f"http://{HOST}:{upstream.port}/feed"), Limits(networks=networks))
    assert answer.status == 200
