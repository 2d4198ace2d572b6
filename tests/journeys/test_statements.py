"""A good feed server, statement by statement (S1 to S27), asked over the wire of a real one.

The site stands behind a proxy (its address is not where it listens) and has every kind of document:
live feeds, archives, those of a tag, an author, a search, the list. Everything runs with two
workers on SQLite and with four on PostgreSQL. Two statements are not here: S19, for there are no
private feeds yet, and S22's ``rel=hub``, for there is no hub yet.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from journeys.conftest import Site, until
from journeys.desk import Desk, aged, at_desk, essays, item, now
from journeys.polling import CODINGS, FORMS, Answer, ask, each_worker, send
from journeys.reading import read
from werkzeug.http import parse_date

URL = "https://feeds.example"
CONFIGURATION = """
[site]
title = "The Quiet Hour"
url = "{url}"
author = {{ name = "Jane Doe" }}
[server]
workers = {workers}
trusted_proxies = 1
[store]
url = "{store}"
[limits]
polls = "20/hour"
[[feeds]]
name = "main"
page_size = 20
[[feeds]]
name = "plain"
delta = false
[[feeds]]
name = "new"
formerly = ["old", "older"]
page_size = 20
[[feeds]]
name = "quiet"
where = {{ any = {{ tags = ["none-such"] }} }}
"""
MEDIA_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
    "opml": "text/x-opml; charset=utf-8",
}
_PLACES = (
    "/feeds/main.{}",
    "/feeds/main/archive/1.{}",
    "/tags/sea.{}",
    "/authors/jane-doe.{}",
    "/search.{}?q=tide",
)
#: Every kind of document in every form.
PATHS = [place.format(form) for place in _PLACES for form in FORMS] + ["/opml.xml"]
LIVE = [f"/feeds/main.{form}" for form in FORMS]
IMF_FIXDATE = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"\d{4} \d\d:\d\d:\d\d GMT"
)


def form_of(path: str) -> str:
    return "opml" if path == "/opml.xml" else urlsplit(path).path.rpartition(".")[2]


@dataclass
class Wire:
    """A running site, and somebody who publishes there."""

    site: Site
    desk: Desk
    server: int
    workers: int

    def ask(self, path: str, method: str = "GET", **headers: str | None) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return ask(self.site.port, path, named, method=method)

    def settled(self, path: str) -> Answer:
        """The document, its last change more than a second ago: its date is exact from then on."""
        return until(lambda: _if(self.ask(path), lambda it: it["Date"] != it["Last-Modified"]), 5)


def _if(answer: Answer, fits: Callable[[Answer], bool]) -> Answer | None:
    return answer if fits(answer) else None


@pytest.fixture(scope="module", params=[("sqlite", 2), ("postgresql", 4)], ids=lambda it: it[0])
def wire(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    new_store: Callable[[str], str],
) -> Iterator[Wire]:
    kind, workers = request.param
    words = CONFIGURATION.format(url=URL, workers=workers, store=new_store(kind))
    root = tmp_path_factory.mktemp("statements")
    site = Site.of(root, words + '[[feeds]]\nname = "ended"\n')
    with at_desk(root, declare=True) as desk:
        desk.put(*essays(70))
    site.configure(words)
    with site.served() as process, at_desk(root) as desk:
        yield Wire(site, desk, process.pid, workers)


@pytest.mark.parametrize("path", PATHS)
def test_s01_media_type_length_and_date(wire: Wire, path: str) -> None:
    answer = wire.ask(path)
    assert answer.status == 200
    assert answer["Content-Type"] == MEDIA_TYPES[form_of(path)]
    assert int(answer["Content-Length"]) == len(answer.raw) > 0
    assert abs(parse_date(answer["Date"]) - now()) < timedelta(seconds=2)  # type: ignore[operator]


@pytest.mark.parametrize("path", PATHS)
def test_s02_a_strong_quoted_etag(wire: Wire, path: str) -> None:
    assert re.fullmatch(r'"[\x21\x23-\x7e]+"', wire.ask(path)["ETag"])  # RFC 9110 8.8.3


@pytest.mark.parametrize("path", PATHS)
def test_s03_last_modified_is_a_date_and_not_to_come(wire: Wire, path: str) -> None:
    answer = wire.ask(path)
    assert IMF_FIXDATE.fullmatch(answer["Last-Modified"])
    assert parse_date(answer["Last-Modified"]) <= parse_date(answer["Date"])  # type: ignore[operator]


def test_s03_last_modified_never_goes_back(wire: Wire) -> None:
    """Also when an item is withdrawn, even one that was the newest."""
    one = item("s03", "Essay s03")
    seen = [_dates(wire)]
    for change in (
        lambda: wire.desk.put(one),
        lambda: wire.desk.put(replace(one, title="Essay s03 again")),
        lambda: wire.desk.withdraw("s03"),
    ):
        change()
        seen.append(_dates(wire))
    for before, after in pairwise(seen):
        assert all(old <= new for old, new in zip(before, after, strict=True))


def _dates(wire: Wire) -> list[datetime]:
    return [parse_date(wire.ask(path)["Last-Modified"]) for path in LIVE]  # type: ignore[misc]


def test_s04_the_same_bytes_and_etag_from_every_worker_and_a_second_later(wire: Wire) -> None:
    def seen() -> list[tuple[str, str, bytes]]:
        answers = [wire.ask(path, Accept_Encoding=coding) for path in PATHS for coding in CODINGS]
        return [(one["ETag"], one["Last-Modified"], one.raw) for one in answers]

    wire.settled("/feeds/main.rss")
    first = seen()
    time.sleep(1)
    with each_worker(wire.server, wire.site.port, wire.workers) as connections:
        for connection in connections.values():
            for path, coding, known in zip(
                [path for path in PATHS for _ in CODINGS], CODINGS * len(PATHS), first, strict=True
            ):
                answer = send(connection, path, {"Accept-Encoding": coding})
                assert (answer["ETag"], answer["Last-Modified"], answer.raw) == known


@pytest.mark.parametrize("path", PATHS)
def test_s05_if_none_match(wire: Wire, path: str) -> None:
    known = wire.ask(path)["ETag"]
    for sent in (known, f"W/{known}", f'"x", W/"y", {known}', f'"a,b",{known}', "*"):
        answer = wire.ask(path, If_None_Match=sent)
        assert (answer.status, answer.raw) == (304, b""), sent
    odd = ('"x"', f'"x{known[1:]}', known.strip('"') + "x", "", '"', '""', 'W/""', ",", "\xff")
    for sent in odd:
        assert wire.ask(path, If_None_Match=sent).status == 200, sent


@pytest.mark.parametrize("form", FORMS)
def test_s06_any_change_is_seen_even_within_one_second(wire: Wire, form: str) -> None:
    one = item(f"s06-{form}", "Essay s06", categories=essays(2)[1].categories)
    paths = [f"/feeds/main.{form}", f"/tags/sea.{form}"]
    known = [wire.ask(path) for path in paths]
    with each_worker(wire.server, wire.site.port, wire.workers) as connections:
        for change in (
            lambda: wire.desk.put(one),
            lambda: wire.desk.put(replace(one, title="Essay s06 again")),
            lambda: wire.desk.withdraw(f"s06-{form}"),
        ):
            change()
            for number, path in enumerate(paths):
                old = known[number]
                for connection in connections.values():
                    since = {"If-Modified-Since": old["Last-Modified"]}
                    assert send(connection, path, since).status == 200
                    new = send(connection, path, {"If-None-Match": old["ETag"]})
                    assert (new.status, new["ETag"] == old["ETag"]) == (200, False)
                    assert new.body != old.body
                    known[number] = new


def test_s06_nothing_else_moves_a_validator(wire: Wire) -> None:
    """Neither a change elsewhere, nor one that changes nothing, nor an archive by an edit."""
    paths = ["/feeds/quiet.rss", "/tags/land.atom", "/feeds/main/archive/1.json"]
    known = [wire.ask(path)["ETag"] for path in paths]
    oldest = essays(70)[-1]
    wire.desk.put(item("s06", "Elsewhere"), replace(oldest, title="Edited", categories=()))
    for path, etag in zip(paths, known, strict=True):
        assert wire.ask(path, If_None_Match=etag).status == 304, path


@pytest.mark.parametrize("path", PATHS)
def test_s07_if_none_match_wins(wire: Wire, path: str) -> None:
    known = wire.settled(path)
    date, long_ago = known["Last-Modified"], "Sat, 01 Jan 2000 00:00:00 GMT"
    assert wire.ask(path, If_None_Match='"x"', If_Modified_Since=date).status == 200
    answer = wire.ask(path, If_None_Match=known["ETag"], If_Modified_Since=long_ago)
    assert answer.status == 304


@pytest.mark.parametrize("path", PATHS)
def test_s08_if_modified_since(wire: Wire, path: str) -> None:
    date = wire.settled(path)["Last-Modified"]
    assert wire.ask(path, If_Modified_Since=date).status == 304
    older = parse_date(date) - timedelta(seconds=1)  # type: ignore[operator]
    for sent in (
        f"{older:%a, %d %b %Y %H:%M:%S} GMT",
        "",
        "yesterday",
        "0",
        "Thu, 99 Foo 2026 99:99:99 GMT",
        date[:-6],
        "\xff",
    ):
        assert wire.ask(path, If_Modified_Since=sent).status == 200, sent


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("path", PATHS)
def test_s09_what_a_304_says(wire: Wire, path: str, coding: str) -> None:
    wire.settled(path)
    full = wire.ask(path, Accept_Encoding=coding)
    answer = wire.ask(path, Accept_Encoding=coding, If_None_Match=full["ETag"])
    assert answer.status == 304
    assert answer["ETag"] == full["ETag"]
    for name in ("Cache-Control", "Vary", "Content-Location"):
        assert answer.headers.get(name) == full.headers.get(name), name
    assert answer.headers.get("Last-Modified", full["Last-Modified"]) == full["Last-Modified"]
    assert answer["Date"]
    assert ("Expires" in answer.headers) == ("Expires" in full.headers)
    assert not {"Content-Type", "Content-Encoding", "Transfer-Encoding"} & set(answer.headers)
    assert answer.headers.get("Content-Length", str(len(full.raw))) == str(len(full.raw))


def test_s09_content_location_of_a_chosen_form(wire: Wire) -> None:
    asked = {"Accept": "application/atom+xml"}
    full = wire.ask("/feeds/main", **asked)
    assert full["Content-Location"] == f"{URL}/feeds/main.atom"
    answer = wire.ask("/feeds/main", If_None_Match=full["ETag"], **asked)
    assert (answer.status, answer["Content-Location"]) == (304, full["Content-Location"])
    assert "accept" in answer.words("Vary")


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("path", PATHS)
def test_s10_head_is_get_without_its_body(wire: Wire, path: str, coding: str) -> None:
    for extra in ({}, {"If_None_Match": wire.settled(path)["ETag"]}):
        get = wire.ask(path, Accept_Encoding=coding, **extra)
        head = wire.ask(path, "HEAD", Accept_Encoding=coding, **extra)
        assert head.raw == b""
        assert (head.status, head.lasting()) == (get.status, get.lasting())


@pytest.mark.parametrize("path", PATHS)
def test_s11_codings(wire: Wire, path: str) -> None:
    plain = wire.ask(path)
    assert "Content-Encoding" not in plain.headers
    etags = {plain["ETag"]}
    for coding in CODINGS[1:]:
        coded = wire.ask(path, Accept_Encoding=coding)
        assert coded["Content-Encoding"] == coding
        assert coded.body == plain.body
        assert len(coded.raw) < len(plain.raw)
        etags.add(coded["ETag"])
        refused = wire.ask(path, Accept_Encoding=f"{coding};q=0")
        assert "Content-Encoding" not in refused.headers
        for answer in (plain, coded, refused):
            assert "accept-encoding" in answer.words("Vary")
        again = wire.ask(path, If_None_Match=coded["ETag"], Accept_Encoding=coding)
        assert again.status == 304
        assert "accept-encoding" in again.words("Vary")
    assert len(etags) == len(CODINGS)


@pytest.mark.parametrize(
    ("accepted", "given"),
    [
        (None, None),
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip;q=0.000", None),
        ("gzip;q=0, br;q=0, zstd;q=0", None),
        ("compress, deflate", None),
        ("gzip;q=0.1, br;q=0.9", "br"),
        ("gzip;q=1.0, br;q=0.5, zstd;q=0.2", "gzip"),
        ("zstd;q=0.7, identity;q=0.3", "zstd"),
        ("identity;q=1, gzip;q=0.5", None),
        ("gzip;q=nonsense", None),
        (",,;q=1,", None),
    ],
)
def test_s11_what_is_accepted(wire: Wire, accepted: str | None, given: str | None) -> None:
    answer = wire.ask("/feeds/main.rss", Accept_Encoding=accepted)
    assert answer.status == 200
    assert answer.headers.get("Content-Encoding") == given


def test_s11_what_proxies_do_to_etags_still_revalidates(wire: Wire) -> None:
    for coding in CODINGS:
        known = wire.ask("/feeds/main.rss", Accept_Encoding=coding)["ETag"]
        for end in ("-gzip", "--gzip", ";gzip", "-br", "-zstd"):
            answer = wire.ask("/feeds/main.rss", If_None_Match=f'W/{known[:-1]}{end}"')
            assert answer.status == 304, (known, end)


@pytest.mark.parametrize("path", [path for path in PATHS if path != "/opml.xml"])
def test_s12_one_advice(wire: Wire, path: str) -> None:
    answer = wire.ask(path)
    control = answer.words("Cache-Control")
    (age,) = (int(word[8:]) for word in control if word.startswith("max-age="))
    document = read(answer.body, form_of(path))
    if "/archive/" in path:
        assert (document.ttl, age) == (None, 86400)
    else:
        assert document.ttl
        assert age == document.ttl * 60
        assert f"s-maxage={min(age, 60)}" in control
    assert "public" in control
    expires = parse_date(answer["Expires"]) - parse_date(answer["Date"])  # type: ignore[operator]
    assert expires == timedelta(seconds=age)


def test_s12_nobody_is_told_to_sleep_over_a_scheduled_item(wire: Wire) -> None:
    before = wire.ask("/feeds/main.rss")
    due = now() + timedelta(seconds=300)
    wire.desk.put(item("s12", "To come", published=due.replace(microsecond=0)))
    try:
        answer = wire.ask("/feeds/main.rss")
        (age,) = (int(w[8:]) for w in answer.words("Cache-Control") if w[:8] == "max-age=")
        assert 290 <= age <= 300
        assert (answer["ETag"], answer.body) == (before["ETag"], before.body)
    finally:
        wire.desk.withdraw("s12")


@pytest.mark.parametrize("path", [*PATHS, "/", "/feeds/main", "/feeds/none.rss", "/items/essay-1"])
def test_s13_no_cookie(wire: Wire, path: str) -> None:
    assert "Set-Cookie" not in wire.ask(path, Cookie="session=x").headers


@pytest.mark.parametrize("path", PATHS)
def test_s14_what_is_odd_is_harmless(wire: Wire, path: str) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = wire.ask(path, method, Content_Length="0")
        assert answer.status == 405
        assert {"get", "head"} <= answer.words("Allow")
    body = wire.ask(path).body
    for name, value in (
        ("Range", "bytes=0-9"),
        ("Range", "bytes=9-0"),
        ("Accept", "nonsense/;;q=x"),
        ("Accept", "image/png"),
        ("User_Agent", ""),
        ("User_Agent", "\xff\xfe"),
        ("A_IM", ";;q=,"),
        ("X_Forwarded_For", "not an address"),
    ):
        answer = wire.ask(path, **{name: value})
        assert (answer.status, answer.body) == (200, body), (name, value)


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
