"""Behind nginx as the docs configure it everybody gets what is theirs: codings, forms, deltas."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from pathlib import Path

import pytest
from journeys.conftest import Site
from journeys.desk import Desk, item
from journeys.nginx import LIVE, Chain, in_front_of, published, state, titles
from journeys.polling import CODINGS

from feedsvc.model import Category

KINDS = {
    "text/html,application/xhtml+xml,*/*;q=0.8": "text/html; charset=utf-8",
    "application/rss+xml": "application/rss+xml; charset=utf-8",
    "application/atom+xml": "application/atom+xml; charset=utf-8",
    "application/feed+json": "application/feed+json; charset=utf-8",
}


@pytest.fixture(scope="module")
def origin(
    tmp_path_factory: pytest.TempPathFactory, new_store: Callable[[str], str]
) -> Iterator[tuple[Site, Desk]]:
    with published(tmp_path_factory.mktemp("origin"), new_store("sqlite")) as found:
        yield found


@pytest.fixture
def chain(origin: tuple[Site, Desk], tmp_path: Path) -> Iterator[Chain]:
    site, desk = origin
    with in_front_of(site.port, tmp_path / "nginx", "nginx as a cache") as port:
        yield Chain(site, desk, port)


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


# ---- What is for subscribers alone.

PRIVATE = ["/feeds/members.rss", "/feeds/members.atom", "/feeds/members.json", "/items/inner"]


@pytest.mark.parametrize("path", PRIVATE)
def test_what_is_private_is_kept_for_nobody(chain: Chain, path: str) -> None:
    chain.desk.put(item("inner", "Among us", categories=(Category("inner"),)))
    ada, bob = chain.desk.token("read:members"), chain.desk.token("read:members")
    basic = b64encode(f"ada:{ada}".encode()).decode()
    try:
        for _ in range(2):
            for token in (ada, bob):
                answer = chain.ask(f"{path}?token={token}")
                assert (answer.status, state(answer)) == (200, "-"), answer.headers
                assert titles(answer, "Among us")
                assert answer["Cache-Control"] == "private, no-store"
                assert (bob if token == ada else ada).encode() not in answer.body
            answer = chain.ask(path, Authorization=f"Basic {basic}")
            assert (answer.status, state(answer)) == (200, "-")
            assert titles(answer, "Among us") and ada.encode() not in answer.body
            for asked in (path, f"{path}?token={ada}x", f"{path}?x=1"):
                answer = chain.ask(asked)
                assert answer.status == 401
                assert state(answer) in ("MISS", "-")
                assert not titles(answer, "Among us")
                assert answer["WWW-Authenticate"].startswith("Basic ")
        for path in LIVE:
            assert not titles(chain.ask(path), "Among us")
    finally:
        chain.desk.withdraw("inner")
