"""Dates, addresses and words by themselves: what is wrong, in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feedsvc.formats.check import dates, iris, words

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (dates.rfc3339, "2026-11-22T12:00:00Z"),
        (dates.rfc3339, "2026-11-22T12:00:00.000Z"),
        (dates.rfc3339, "2026-11-22T13:30:00+01:30"),
        (dates.rfc3339, "2026-11-22T12:00:00-00:00"),
        (dates.w3cdtf, "2026-11-22T12:00Z"),
        (dates.rfc822, "Sun, 22 Nov 2026 12:00:00 GMT"),
        (dates.rfc822, "Sun, 22 Nov 2026 12:00 GMT"),
        (dates.rfc822, "22 Nov 2026 07:00:00 EST"),
        (dates.rfc822, "Sun, 22 Nov 2026 13:30:00 +0130"),
        (dates.rfc822, "Sun, 22 Nov 26 12:00:00 Z"),
        (dates.rfc822, "sun, 22 NOV 2026 12:00:00 (noon) GMT"),
    ],
)
def test_a_date_is_the_moment_that_it_says(read: object, value: str) -> None:
    assert read(value).moment == NOON


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("2026-11-22", "it has no time of day"),
        ("2026-11-22T12:00:00", "it has no time zone"),
        ("2026-11-22T12:00Z", "it has no seconds"),
        ("2026-11-22T12:00:00+0100", "the time zone has no colon"),
        ("2026-13-22T12:00:00Z", "there is no such day or time"),
        ("2026-11-22T12:00:61Z", "there is no second 61"),
        ("2026-11-22T12:00:00+24:00", "its time zone is a day or more off"),
        ("0001-01-01T00:00:00+14:00", "there is no such day or time"),
        ("٢٠٢٦-11-22T12:00:00Z", "it is not of the form 2026-11-22T12:00:00Z"),
    ],
)
def test_why_a_date_is_none(value: str, fault: str) -> None:
    assert dates.rfc3339(value).fault == fault


@pytest.mark.parametrize(
    ("value", "normal"),
    [
        ("HTTPS://Example.ORG:443/a/./b/../c", "https://example.org/a/c"),
        ("http://example.org", "http://example.org/"),
        ("http://example.org?q=%7e%2f", "http://example.org/?q=~%2F"),
        ("http://:@example.org:80/", "http://example.org/"),
        ("http://ada@example.org/", "http://ada@example.org/"),
        ("http://example.org/../..", "http://example.org/"),
        ("http://example.org/a?", "http://example.org/a?"),
        ("http://example.org/a#", "http://example.org/a#"),
        ("TAG:example.org,2026:A", "tag:example.org,2026:A"),
        ("urn:isbn:1", "urn:isbn:1"),
        ("not an address", "not an address"),
        ("http://[broken", "http://[broken"),
    ],
)
def test_two_spellings_of_one_address_have_one_normal_form(value: str, normal: str) -> None:
    assert iris.normal(value) == normal
    assert iris.normal(normal) == normal


@pytest.mark.parametrize(
    "value",
    [
        "https://example.org/a(b)?c=d&e=f#g",
        "https://exämple.org/ü",
        "http://[::1]:8000/",
        "http://127.0.0.1:8000/",
        "tag:ada@example.org,2026-11:x",
        "urn:uuid:60a76c80-d399-11d9-b91c-0003939e0af6",
        "mailto:ada@example.org",
        "data:,x",
    ],
)
def test_right_addresses(value: str) -> None:
    assert iris.fault(value) == ""


@pytest.mark.parametrize(
    "value",
    [
        "",
        "example.org/a",
        "https:example.org",
        "https://",
        "https://a b/",
        "https://example.org:99999/",
        "https://example.org/[1]",
        "https://[::1/",
        "https://example.org/a#b#c",
        "https://example.org/<a>",
        "https://example.org/\x00",
        "tag:example.org:x",
        "urn:x:1",
        "urn:uuid:1",
        "foo:",
    ],
)
def test_wrong_addresses(value: str) -> None:
    assert iris.fault(value) != ""


@pytest.mark.parametrize("tag", ["en", "en-GB", "zh-Hant-TW", "de-CH-1996", "x-mine", "gsw"])
def test_right_language_tags(tag: str) -> None:
    assert words.language_fault(tag) == ""


@pytest.mark.parametrize(
    "tag", ["", "en_GB", "english", "xx", "en-", "e", "en-verylongsubtag", "é"]
)
def test_wrong_language_tags(tag: str) -> None:
    assert words.language_fault(tag) != ""


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("1 < 2 & AT&T; <so> called", ""),
        ("a &nosuch; b </nosuch>", ""),
        ("<b>bold</b>", "</b>"),
        ("one<br />two", "<br />"),
        ("Fish &amp; chips", "&amp;"),
        ("it&#39;s", "&#39;"),
    ],
)
def test_markup_is_told_from_plain_text(value: str, found: str) -> None:
    assert words.markup_in(value) == found
