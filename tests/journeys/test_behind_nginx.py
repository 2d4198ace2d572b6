"""Behind nginx as the docs configure it: nothing is mixed up, nothing sticks, nothing is late."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from itertools import count, permutations
from pathlib import Path

import psycopg
import pytest
from journeys.conftest import Site, until
from journeys.desk import Desk, at_desk, essays, item, now, whole
from journeys.nginx import block, in_front_of
from journeys.polling import CODINGS, FORMS, Answer, ask
from sqlalchemy.engine import make_url

from feedsvc.model import Category

CONFIGURATION = """
[site]
title = "The Quiet Hour"
url = "https://feeds.example.org"
[server]
workers = 2
trusted_proxies = 2
[store]
url = "{store}"
[limits]
polls = "5/hour"
[[feeds]]
name = "main"
page_size = 20
[[feeds]]
name = "new"
formerly = ["old"]
"""
LIVE = [f"/feeds/main.{form}" for form in FORMS]
KINDS = {
    "text/html,application/xhtml+xml,*/*;q=0.8": "text/html; charset=utf-8",
    "application/rss+xml": "application/rss+xml; charset=utf-8",
    "application/atom+xml": "application/atom+xml; charset=utf-8",
    "application/feed+json": "application/feed+json; charset=utf-8",
}


_PEOPLE = count()


@dataclass
class Chain:
    """The site, somebody who publishes there, and nginx with an empty cache before it."""

    site: Site
    desk: Desk
    port: int

    def ask(self, path: str, method: str = "GET", **headers: str | None) -> Answer:
        """Through nginx, by somebody new whom a proxy before it has seen."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        somebody = f"10.0.{next(_PEOPLE) // 250}.{next(_PEOPLE) % 250}"
        return ask(self.port, path, {"X-Forwarded-For": somebody, **named}, method=method)

    def origin(self, path: str, **headers: str | None) -> Answer:
        """Past nginx."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return ask(self.site.port, path, named)


@pytest.fixture(scope="module")
def origin(
    tmp_path_factory: pytest.TempPathFactory, new_store: Callable[[str], str]
) -> Iterator[tuple[Site, Desk]]:
    root = tmp_path_factory.mktemp("origin")
    site = Site.of(root, CONFIGURATION.format(store=new_store("postgresql")))
    with at_desk(root, declare=True) as desk:
        desk.put(*essays(50))
        with site.served():
            yield site, desk


@pytest.fixture
def chain(origin: tuple[Site, Desk], tmp_path: Path) -> Iterator[Chain]:
    site, desk = origin
    with in_front_of(site.port, tmp_path / "nginx", "nginx as a cache") as port:
        yield Chain(site, desk, port)


def state(answer: Answer) -> str:
    return str(answer.headers.get("X-Cache", "-"))


def titles(answer: Answer, title: str) -> bool:
    return title.encode() in answer.body


def soon(chain: Chain, name: str, seconds: int) -> None:
    """Let what caches fetch from now on be good for so many seconds only: something is to come."""
    due = whole(now()) + timedelta(seconds=seconds)
    chain.desk.put(item(name, f"To come: {name}", published=due, updated=due))


# ---- What is kept for whom.


@pytest.mark.parametrize(
    "path", [*LIVE, "/feeds/main/archive/1.atom", "/tags/sea.rss", "/opml.xml"]
)
def test_codings_are_kept_apart(chain: Chain, path: str) -> None:
    plain = chain.origin(path).raw
    for expected in ("MISS", "HIT"):
        tags = set()
        for coding in CODINGS:
            accepted = None if coding == "identity" else coding
            answer = chain.ask(path, Accept_Encoding=accepted)
            assert (answer.status, state(answer)) == (200, expected)
            assert answer.headers.get("Content-Encoding", "identity") == coding
            assert answer.body == plain
            assert int(answer["Content-Length"]) == len(answer.raw)
            assert "accept-encoding" in answer.words("Vary")
            tags.add(answer["ETag"])
        assert len(tags) == len(CODINGS)


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("zstd;q=1.0, gzip;q=0.5", "zstd"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("br;q=0.0,zstd;q=0 , gzip; q=0.000", "identity"),
        ("X-GZIP", "gzip"),
        ("brotli, zstandard", "identity"),
        ("", "identity"),
        ("br;q=0.001", "br"),
        ("identity", "identity"),
    ],
)
def test_spellings_of_one_wish_share_a_copy(chain: Chain, accepted: str, coding: str) -> None:
    path = "/feeds/main.json"
    first = chain.ask(path, Accept_Encoding=None if coding == "identity" else coding)
    answer = chain.ask(path, Accept_Encoding=accepted)
    assert state(answer) == "HIT"
    assert (answer["ETag"], answer.raw) == (first["ETag"], first.raw)
    assert answer.headers.get("Content-Encoding", "identity") == coding


@pytest.mark.parametrize("path", ["/feeds/main", "/tags/sea", "/search?q=tide"])
def test_an_address_without_a_form_gives_everybody_his_own(chain: Chain, path: str) -> None:
    for order in list(permutations(KINDS))[::5]:
        for accept in order:
            answer = chain.ask(path, Accept=accept, Accept_Encoding="gzip")
            assert (answer.status, answer["Content-Type"]) == (200, KINDS[accept])
            assert "accept" in answer.words("Vary")
            assert state(answer) == "-"


def test_a_tag_that_ends_like_a_form_is_kept_for_nobody(chain: Chain) -> None:
    chain.desk.put(item("npm", "On packages", categories=(Category("package.json"),)))
    try:
        for accept in [*KINDS, *KINDS]:
            answer = chain.ask("/tags/package.json", Accept=accept)
            assert answer["Content-Type"] == KINDS[accept]
            assert state(answer) in ("MISS", "BYPASS", "-")
        assert state(chain.ask("/tags/package.json.rss")) == "MISS"
        assert state(chain.ask("/tags/package.json.rss")) == "HIT"
    finally:
        chain.desk.withdraw("npm")


def test_parameters_of_trackers_make_no_copies(chain: Chain) -> None:
    first = chain.ask("/feeds/main.rss")
    for query in ("?utm_source=x", "?", "?a=1&b=2"):
        answer = chain.ask(f"/feeds/main.rss{query}")
        assert (state(answer), answer["ETag"]) == ("HIT", first["ETag"])
    for words in ("tide", "leaves"):
        found = chain.ask(f"/search.rss?q={words}")
        assert (state(found), titles(found, words)) == ("-", True)


def test_head_says_what_get_says(chain: Chain) -> None:
    for path in LIVE:
        for coding in CODINGS:
            head = chain.ask(path, "HEAD", Accept_Encoding=coding)
            get = chain.ask(path, Accept_Encoding=coding)
            assert (head.status, head.raw, state(head), state(get)) == (200, b"", "MISS", "HIT")
            kept = [{k: v for k, v in a.lasting().items() if k != "x-cache"} for a in (head, get)]
            assert kept[0] == kept[1]


def test_a_crowd_is_one_request(chain: Chain) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: chain.ask("/feeds/main.atom"), range(16)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.raw for answer in answers}) == 1
    assert Counter(map(state, answers))["MISS"] == 1


# ---- Conditions and deltas.


def test_conditions_are_answered_by_the_copy(chain: Chain) -> None:
    first = chain.ask("/feeds/main.rss", Accept_Encoding="br")
    plain = chain.ask("/feeds/main.rss")
    date = first["Last-Modified"]
    for headers in (
        {"If_None_Match": first["ETag"]},
        {"If_None_Match": f"W/{first['ETag']}"},
        {"If_None_Match": f'"x", {first["ETag"]}'},
        {"If_None_Match": "*"},
        {"If_Modified_Since": date},
        {"If_None_Match": first["ETag"], "If_Modified_Since": date},
    ):
        answer = chain.ask("/feeds/main.rss", Accept_Encoding="br", **headers)
        assert (answer.status, answer.raw, state(answer)) == (304, b"", "HIT"), headers
        assert answer["ETag"] == first["ETag"]
        for name in ("Cache-Control", "Vary", "Last-Modified"):
            assert answer[name] == first[name]
    for headers in (
        {"If_None_Match": '"x"'},
        {"If_None_Match": '"x"', "If_Modified_Since": date},
        {"If_Modified_Since": "yesterday"},
        {"If_Modified_Since": ""},
    ):
        answer = chain.ask("/feeds/main.rss", **headers)
        assert (answer.status, answer.raw, state(answer)) == (200, plain.raw, "HIT"), headers


def test_a_condition_fills_an_empty_cache_with_the_whole(chain: Chain) -> None:
    tag = chain.origin("/feeds/main.rss")["ETag"]
    first = chain.ask("/feeds/main.rss", If_None_Match=tag)
    assert (first.status, first.raw) == (304, b"")
    other = chain.ask("/feeds/main.rss")
    assert (other.status, state(other), other["ETag"]) == (200, "HIT", tag)


def test_a_delta_is_its_askers_alone(chain: Chain) -> None:
    path = "/feeds/main.atom"
    old = chain.ask(path)
    chain.desk.put(item("delta", "What is new"))
    try:
        for _ in range(2):
            for coding in CODINGS:
                answer = chain.ask(
                    path, A_IM="feed", If_None_Match=old["ETag"], Accept_Encoding=coding
                )
                assert (answer.status, answer["IM"]) == (226, "feed")
                assert "no-store" in answer.words("Cache-Control")
                assert titles(answer, "What is new") and not titles(answer, "Essay 3 ")
                kept = chain.ask(path)
                assert (kept.status, state(kept), kept.body) == (200, "HIT", old.body)
        # Who has the newest is told so, who has something unknown or nothing gets the whole.
        now_at = answer["ETag"]
        assert chain.ask(path, A_IM="feed", If_None_Match=now_at).status == 304
        unknown = chain.ask(path, A_IM="feed", If_None_Match='"x"')
        assert (unknown.status, unknown.body) == (200, chain.origin(path).body)
        nothing = chain.ask(path, A_IM="feed")
        assert (nothing.status, nothing.body) == (200, unknown.body)
        program = chain.ask(path, A_IM="feed", If_None_Match=old["ETag"], User_Agent="feedparser/6")
        assert program.status == 200
        assert state(chain.ask(path)) == "HIT"
    finally:
        chain.desk.withdraw("delta")


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
