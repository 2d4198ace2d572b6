"""Behind nginx as the docs configure it nothing is late, nothing sticks, and old copies help."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from journeys.conftest import Site, until
from journeys.desk import Desk, at_desk, essays, item
from journeys.nginx import LIVE, Chain, block, in_front_of, published, soon, state, titles
from journeys.polling import Answer
from sqlalchemy.engine import make_url


@pytest.fixture(scope="module")
def origin(
    tmp_path_factory: pytest.TempPathFactory, new_store: Callable[[str], str]
) -> Iterator[tuple[Site, Desk]]:
    with published(tmp_path_factory.mktemp("origin"), new_store("postgresql")) as found:
        yield found


@pytest.fixture
def chain(origin: tuple[Site, Desk], tmp_path: Path) -> Iterator[Chain]:
    site, desk = origin
    with in_front_of(site.port, tmp_path / "nginx", "nginx as a cache") as port:
        yield Chain(site, desk, port)


# ---- How late, and what happens then.


def test_a_publish_is_seen_when_the_caches_time_is_over(chain: Chain) -> None:
    soon(chain, "at-noon", 4)
    told = {path: chain.ask(path, Accept_Encoding="br") for path in LIVE}
    for answer in told.values():
        (shared,) = (w for w in answer.words("Cache-Control") if w.startswith("s-maxage="))
        assert 1 <= int(shared.partition("=")[2]) <= 4
    chain.desk.put(item("breaking", "Breaking news"))
    try:
        for path in LIVE:
            assert titles(chain.origin(path), "Breaking news")
            assert chain.ask(path, Accept_Encoding="br").raw == told[path].raw
        for path in LIVE:

            def seen(path: str = path) -> Answer | None:
                answer = chain.ask(path, Accept_Encoding="br")
                return answer if titles(answer, "Breaking news") else None

            answer = until(seen, 6)
            assert state(answer) == "EXPIRED"
            assert answer["ETag"] != told[path]["ETag"]
            again = chain.ask(path, Accept_Encoding="br", If_None_Match=told[path]["ETag"])
            assert again.status == 200
    finally:
        chain.desk.withdraw("breaking", "at-noon")


def test_an_old_copy_is_good_again_after_a_304(chain: Chain) -> None:
    path = "/feeds/new.json"
    soon(chain, "at-one", 2)  # what comes now is asked again in two seconds
    other = chain.ask(path, Accept_Encoding="gzip")
    chain.desk.withdraw("at-one")
    assert state(chain.ask(path, Accept_Encoding="gzip")) == "HIT"
    time.sleep(2.5)
    # nginx asks with the copy's validators, and the copy is given on.
    renewed = chain.ask(path, Accept_Encoding="gzip")
    assert (renewed.status, state(renewed)) == (200, "REVALIDATED")
    assert (renewed["ETag"], renewed.raw) == (other["ETag"], other.raw)
    assert "Expires" not in renewed.headers  # it would be over
    kept = chain.ask(path, Accept_Encoding="gzip", If_None_Match=other["ETag"])
    assert (kept.status, state(kept)) == (304, "HIT")


# ---- Redirects, errors, refusals.


def test_errors_and_redirects(chain: Chain) -> None:
    for _ in range(2):
        moved = chain.ask("/feeds/old.rss")
        assert (moved.status, moved["Location"]) == (
            308,
            "https://feeds.example.org/feeds/new.rss",
        )
        for path in ("/feeds/none.rss", "/feeds/main/archive/99.rss", "/tags/none.atom"):
            lost = chain.ask(path)
            assert (lost.status, state(lost)) == (404, "MISS")
        assert chain.ask("/feeds/main.rss", "POST", Content_Length="0").status == 405
    # A name that nothing had yet.
    assert chain.ask("/items/late").status == 404
    chain.desk.put(item("late", "Late"))
    try:
        assert chain.ask("/items/late").status == 200
    finally:
        chain.desk.withdraw("late")
    assert chain.ask("/items/late").status == 410


def test_a_refusal_is_for_one_client(chain: Chain) -> None:
    path = "/feeds/new.atom"
    flood = {"X_Forwarded_For": "203.0.113.66"}
    # Deltas are asked for past the cache, so these all reach the origin; five are free.
    seen = [chain.ask(path, A_IM="feed", **flood) for _ in range(7)]
    assert [answer.status for answer in seen] == [200] * 5 + [429] * 2
    assert int(seen[-1]["Retry-After"]) > 0
    assert seen[-1]["Cache-Control"] == "no-store"
    # With an empty cache it is refused on the usual way too, and nobody else is.
    refused = chain.ask(path, **flood)
    assert (refused.status, state(refused)) == (429, "MISS")
    for number in range(8):
        answer = chain.ask(path, X_Forwarded_For=f"203.0.113.{100 + number}")
        assert (answer.status, state(answer)) == (200, "HIT" if number else "MISS")
    # What the cache has costs nothing, so it is for everybody.
    assert (chain.ask(path, **flood).status, chain.ask(path, A_IM="feed", **flood).status) == (
        200,
        429,
    )
    # Other clients' entries before the proxies' own change nothing.
    assert chain.ask(path, A_IM="feed", X_Forwarded_For="192.0.2.1, 203.0.113.66").status == 429


def test_while_the_store_is_away_the_copies_are_there(chain: Chain, postgresql_server: str) -> None:
    settings = (chain.site.root / "config.toml").read_text(encoding="utf-8")
    (url,) = (line.split('"')[1] for line in settings.splitlines() if "postgresql" in line)
    name = make_url(url).database
    soon(chain, "at-two", 2)
    kept = chain.ask("/feeds/main.rss")
    with (
        psycopg.connect(postgresql_server.format("postgres"), autocommit=True) as admin,
        ExitStack() as back,
    ):
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        back.callback(admin.execute, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        time.sleep(2.5)
        stale = chain.ask("/feeds/main.rss")
        assert (stale.status, state(stale), stale.raw) == (200, "STALE", kept.raw)
        away = chain.ask("/feeds/main.atom")
        assert (away.status, away["Cache-Control"]) == (503, "no-store")
        assert int(away["Retry-After"]) > 0
        assert chain.ask("/feeds/main", Accept="text/html").status == 503
    until(lambda: chain.origin("/feeds/main.rss").status == 200, 15)
    for path in ("/feeds/main.rss", "/feeds/main.atom"):
        until(lambda path=path: chain.ask(path).body == chain.origin(path).body, 5)
    until(lambda: chain.ask("/feeds/main", Accept="text/html").status == 200, 5)
    chain.desk.withdraw("at-two")


def test_while_feedsvc_is_away_the_copies_are_there(tmp_path: Path) -> None:
    site = Site.of(tmp_path / "site", '[site]\ntitle = "A site"\n')
    with (
        at_desk(site.root, declare=True) as desk,
        in_front_of(site.port, tmp_path / "nginx", "nginx as a cache") as port,
    ):
        desk.put(*essays(3))
        chain = Chain(site, desk, port)
        with site.served():
            soon(chain, "at-three", 2)
            kept = chain.ask("/feeds/main.rss")
            assert kept.status == 200
        time.sleep(2.5)
        stale = chain.ask("/feeds/main.rss")
        assert (stale.status, state(stale), stale.raw) == (200, "STALE", kept.raw)
        known = chain.ask("/feeds/main.rss", If_None_Match=kept["ETag"])
        assert (known.status, state(known)) == (304, "STALE")
        for path in ("/feeds/main.json", "/feeds/main", "/"):
            away = chain.ask(path)
            assert (away.status, away["Retry-After"], away["Cache-Control"]) == (
                503,
                "60",
                "no-store",
            )
            assert away["Content-Type"].startswith("text/plain")
        with site.served():
            assert titles(chain.ask("/feeds/main.rss"), "To come: at-three")
            for path in ("/feeds/main.json", "/feeds/main", "/"):
                assert chain.ask(path).status == 200


def test_a_plain_proxy_passes_everything_on(chain: Chain, tmp_path: Path) -> None:
    passing = {"x-cache", "x-forwarded-for"}
    with in_front_of(chain.site.port, tmp_path / "plain", "nginx as a proxy") as port:
        plain = Chain(chain.site, chain.desk, port)
        tag = plain.ask("/feeds/main.rss")["ETag"]
        for path in (*LIVE, "/feeds/main", "/opml.xml", "/feeds/none.rss"):
            for headers in (
                {"Accept_Encoding": "br"},
                {"Accept_Encoding": "zstd", "If_None_Match": tag},
                {"Accept": "text/html"},
                {"A_IM": "feed", "If_None_Match": '"x"'},
            ):
                through, past = plain.ask(path, **headers), chain.origin(path, **headers)
                assert (through.status, through.raw) == (past.status, past.raw)
                assert {
                    name: value for name, value in through.lasting().items() if name not in passing
                } == past.lasting()


def test_the_page_says_what_to_configure() -> None:
    for heading in ("nginx as a proxy", "nginx as a cache"):
        words = block(heading)
        assert "$proxy_add_x_forwarded_for" in words and "proxy_cache_valid" not in words
