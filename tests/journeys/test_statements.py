"""A good feed server, statement by statement: S1 to S14, of each single document.

Everything is asked over the wire, of a real server with two workers on SQLite and of one with four
on PostgreSQL. test_statements_of_feeds.py has those of feeds and their clients.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from journeys.desk import essays, item, now
from journeys.polling import CODINGS, FORMS, each_worker, send
from journeys.reading import read
from journeys.statements import IMF_FIXDATE, LIVE, MEDIA_TYPES, PATHS, URL, Wire, form_of
from werkzeug.http import parse_date


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
