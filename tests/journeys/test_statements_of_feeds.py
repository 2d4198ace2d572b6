"""A good feed server, statement by statement: S15 to S27, of feeds and those who poll them.

Two are not here: S19, for there are no private feeds yet, and S22's ``rel=hub``, for there is no
hub yet. S23 stands in test_statements_restarted.py.
"""

from __future__ import annotations

import re

import pytest
from journeys.desk import aged, essays, item
from journeys.polling import CODINGS, FORMS, ask, each_worker, send
from journeys.reading import read
from journeys.statements import LIVE, PATHS, URL, Wire, form_of


@pytest.mark.parametrize("path", LIVE)
def test_s15_too_many_unconditional_polls(wire: Wire, path: str) -> None:
    """Of one client on one feed, whichever worker it meets; conditional ones get their 304."""
    address = f"198.51.100.{FORMS.index(form_of(path)) + 1}"
    answers = [wire.ask(path, X_Forwarded_For=address) for _ in range(40)]
    assert [one.status for one in answers] == [200] * 20 + [429] * 20
    refused = answers[-1]
    assert 1 <= int(refused["Retry-After"]) <= 3600
    assert refused["Content-Type"].startswith("text/plain")
    assert refused.raw
    known = answers[0]["ETag"]
    assert wire.ask(path, X_Forwarded_For=address, If_None_Match=known).status == 304
    assert wire.ask(path, X_Forwarded_For=address[:-1] + "77").status == 200
    assert wire.ask("/tags/sea.rss", X_Forwarded_For=address).status == 200


def test_s16_a_429_says_when_to_come_back_and_is_kept_nowhere(wire: Wire) -> None:
    for _ in range(21):
        answer = wire.ask("/feeds/plain.rss", X_Forwarded_For="198.51.100.16")
    assert (answer.status, answer["Cache-Control"]) == (429, "no-store")
    assert int(answer["Retry-After"]) > 0
    head = wire.ask("/feeds/plain.rss", "HEAD", X_Forwarded_For="198.51.100.16")
    assert head.status == 200  # costs nothing


@pytest.mark.parametrize("name", ["old", "older"])
def test_s17_a_feed_that_has_moved(wire: Wire, name: str) -> None:
    for end in (*FORMS, *(f"archive/1.{form}" for form in FORMS)):
        mark = "/" if end.startswith("archive") else "."
        answer = wire.ask(f"/feeds/{name}{mark}{end}")
        assert answer.status in (301, 308)
        assert answer["Location"] == f"{URL}/feeds/new{mark}{end}"
        assert wire.ask(f"/feeds/new{mark}{end}").status == 200  # a chain of one
    assert wire.ask(f"/feeds/{name}")["Location"] == f"{URL}/feeds/new"


def test_s18_a_feed_that_has_ended_and_one_that_never_was(wire: Wire) -> None:
    for form in FORMS:
        assert wire.ask(f"/feeds/ended.{form}").status == 410
        assert wire.ask(f"/feeds/ended/archive/1.{form}").status == 410
        assert wire.ask(f"/feeds/never.{form}").status == 404
        assert wire.ask(f"/feeds/never/archive/1.{form}").status == 404


@pytest.mark.parametrize("accept", [None, "text/html", "application/rss+xml", "*/*;q=0.1"])
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/feeds/never.rss", 404),
        ("/feeds/ended.atom", 410),
        ("/feeds/main/archive/0.rss", 404),
        ("/feeds/main/archive/999.atom", 404),
        ("/feeds/main/archive/-1.rss", 404),
        ("/feeds/main/archive/x.rss", 404),
        ("/feeds/main/archive/1.pdf", 404),
        ("/feeds/main/archive/9999999999999999999999.json", 404),
        ("/tags/never.rss", 404),
        ("/authors/nobody.json", 404),
        ("/search.pdf?q=tide", 404),
    ],
)
def test_s20_an_error_is_one(wire: Wire, path: str, status: int, accept: str | None) -> None:
    answer = wire.ask(path, Accept=accept)
    assert answer.status == status
    assert answer["Content-Type"].split(";")[0] in ("application/problem+json", "text/html")
    assert ("html" in answer["Content-Type"]) == (accept == "text/html")
    assert "ETag" not in answer.headers


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("place", ["/feeds/main.{}", "/tags/sea.{}", "/authors/jane-doe.{}"])
def test_s21_deltas(wire: Wire, place: str, coding: str) -> None:
    for form in FORMS:
        path, name = place.format(form), f"s21-{form}-{coding}-{place[1]}"
        about = essays(2)[1]
        known = wire.ask(path, Accept_Encoding=coding)
        whole = read(known.body, form)
        (last, *_) = reversed(whole.titles)
        wire.desk.put(item(name, name, categories=about.categories, authors=about.authors))
        wire.desk.withdraw(last.removeprefix("urn:x:"))
        asked = {"If_None_Match": known["ETag"], "Accept_Encoding": coding}
        answer = wire.ask(path, A_IM="x, feed", **asked)
        assert (answer.status, answer["IM"]) == (226, "feed")
        assert {"a-im", "if-none-match", "accept-encoding"} <= answer.words("Vary")
        assert {"no-store", "im"} <= answer.words("Cache-Control")
        assert answer.headers.get("Content-Encoding", "identity") == coding
        delta = read(answer.body, form)
        assert list(delta.titles) == [f"urn:x:{name}"]
        assert delta.gone == {last}
        assert delta.id == whole.id
        full = wire.ask(path, Accept_Encoding=coding)
        assert answer["ETag"] == full["ETag"]
        assert wire.ask(path, A_IM="feed", If_None_Match=answer["ETag"]).status == 304
        # The form of another coding is the same state.
        assert wire.ask(path, A_IM="feed", If_None_Match=known["ETag"]).status == 226


def test_s21_who_gets_no_delta(wire: Wire) -> None:
    paths = ("/feeds/main.rss", "/feeds/plain.rss", "/feeds/main/archive/1.rss", "/opml.xml")
    known = {path: wire.ask(path)["ETag"] for path in paths}
    wire.desk.put(item("s21", "For none"))
    main = {"If_None_Match": known["/feeds/main.rss"]}
    for headers in (
        main,
        {"A_IM": "feed"},
        {"A_IM": "vcdiff, gzip", **main},
        {"A_IM": "feed;q=0", **main},
        {"A_IM": "feed", "If_None_Match": '"unknown"'},
        {"A_IM": "feed", "If_None_Match": f'"z{known["/feeds/main.rss"][1:]}'},
        {"A_IM": "feed", "If_None_Match": known["/feeds/plain.rss"]},
        {"A_IM": "feed", "User_Agent": "feedparser/6.0.14 +https://example.org/", **main},
    ):
        answer = wire.ask("/feeds/main.rss", **headers)
        assert (answer.status, "IM" in answer.headers) == (200, False), headers
        assert len(read(answer.body, "rss").titles) >= 20
    for path in paths[1:]:
        assert wire.ask(path, A_IM="feed", If_None_Match=known[path]).status != 226


@pytest.mark.parametrize("path", [path for path in PATHS if path != "/opml.xml"])
def test_s22_links_in_the_header_are_those_of_the_body(wire: Wire, path: str) -> None:
    answer, head = wire.ask(path), wire.ask(path, "HEAD")
    links = dict(re.findall(r'<([^>]*)>; rel="?self"?()', answer["Link"]))
    assert list(links) == [read(answer.body, form_of(path)).links["self"]]
    assert head["Link"] == answer["Link"]


@pytest.mark.parametrize("path", [path for path in PATHS if path != "/opml.xml"])
def test_s24_self_is_the_public_address_whatever_the_host(wire: Wire, path: str) -> None:
    answer = ask(wire.site.port, path, {"X-Forwarded-Host": "evil.example"})
    assert read(answer.body, form_of(path)).links["self"] == URL + path
    assert b"evil.example" not in answer.body
    assert b"127.0.0.1" not in answer.body


@pytest.mark.parametrize("path", [path for path in PATHS if "?" not in path])
def test_s25_unknown_queries_change_nothing(wire: Wire, path: str) -> None:
    plain, queried = wire.settled(path), wire.ask(f"{path}?utm_source=x&page=2&q=1")
    assert (queried.status, queried.lasting(), queried.body) == (200, plain.lasting(), plain.body)


def test_s25_a_search_is_led_to_its_one_address(wire: Wire) -> None:
    answer = wire.ask("/search.rss?utm_source=x&q=tide")
    assert (answer.status, answer["Location"]) == (308, f"{URL}/search.rss?q=tide")


@pytest.mark.parametrize("form", FORMS)
def test_s26_never_half_an_update(wire: Wire, form: str) -> None:
    """Two items in one transaction; test_publishing_meanwhile.py has readers at the same moment."""
    for number in range(5):
        wire.desk.put(
            aged("s26-left", f"State {number}", 0), aged("s26-right", f"State {number}", 0)
        )
        titles = read(wire.ask(f"/feeds/main.{form}").body, form).titles
        assert titles["urn:x:s26-left"] == titles["urn:x:s26-right"] == f"State {number}"


def test_s27_a_304_counts_for_nothing(wire: Wire) -> None:
    client = {"X_Forwarded_For": "198.51.100.27"}
    known = wire.ask("/feeds/new.rss", **client)["ETag"]
    polls = [wire.ask("/feeds/new.rss", If_None_Match=known, **client) for _ in range(60)]
    assert {one.status for one in polls} == {304}
    assert wire.ask("/feeds/new.rss", **client).status == 200


def test_one_connection_stays_in_step(wire: Wire) -> None:
    """Answers without a body, of every sort, leave nothing that the next would stumble on."""
    path = "/feeds/main.rss"
    with each_worker(wire.server, wire.site.port, wire.workers) as connections:
        for number, connection in enumerate(connections.values()):
            base = send(connection, path)
            wire.desk.put(item(f"step-{number}", "Step"))
            known, old = {"If-None-Match": "*"}, {"If-None-Match": base["ETag"]}
            for method, headers, status in (
                ("GET", {}, 200),
                ("HEAD", {}, 200),
                ("GET", known, 304),
                ("HEAD", known, 304),
                ("GET", {"A-IM": "feed", **old}, 226),
                ("HEAD", {"A-IM": "feed", **old}, 226),
                ("POST", {"Content-Length": "0"}, 405),
                ("OPTIONS", {}, 204),
                ("GET", {"Accept-Encoding": "br", "Range": "bytes=0-1"}, 200),
            ):
                assert send(connection, path, headers, method=method).status == status
            for other, status in (("/feeds/never.rss", 404), ("/feeds/ended.rss", 410)):
                assert send(connection, other).status == status
