"""How values look on a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from feedsvc.model import Enclosure, Item, Link
from feedsvc.web import headers, presentation


@pytest.mark.parametrize(
    ("moment", "date", "words", "iso"),
    [
        (
            datetime(2026, 11, 2, 9, 5, 7, 999_999, tzinfo=UTC),
            "2 November 2026",
            "2 November 2026, 09:05 UTC",
            "2026-11-02T09:05:07Z",
        ),
        (
            datetime(2026, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=5, minutes=45))),
            "31 December 2025",
            "31 December 2025, 19:15 UTC",
            "2025-12-31T19:15:00Z",
        ),
    ],
)
def test_times(moment: datetime, date: str, words: str, iso: str) -> None:
    assert presentation.date_words(moment) == date
    assert presentation.moment_words(moment) == words
    assert presentation.iso(moment) == iso


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (9_951, "10 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (12_345_678, "12 MB"),
        (3_400_000_000, "3.4 GB"),
        (5 * 10**15, "5000 TB"),
    ],
)
def test_sizes(length: int, words: str) -> None:
    assert presentation.size_words(length) == words


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (61, "1:01"), (3599, "59:59"), (3723, "1:02:03")]
)
def test_clock(seconds: int, shown: str) -> None:
    assert presentation.clock(seconds) == shown


@pytest.mark.parametrize(
    ("item", "direction"),
    [
        (Item(language="ar"), "rtl"),
        (Item(language="en", direction="rtl"), "rtl"),
        (Item(language="en"), "ltr"),
        (Item(), "auto"),
    ],
)
def test_direction(item: Item, direction: str) -> None:
    assert presentation.base_direction(item) == direction


@pytest.mark.parametrize(
    ("url", "site", "shown"),
    [
        ("https://example.org/feeds/main", "https://example.org", "/feeds/main"),
        ("https://example.org", "https://example.org", "/"),
        ("https://example.org/b/items/a?b=1#c", "https://example.org/b", "/b/items/a?b=1#c"),
        ("https://example.org/bb", "https://example.org/b", "https://example.org/bb"),
        ("https://example.org.evil/", "https://example.org", "https://example.org.evil/"),
        ("https://other.example/x", "https://example.org", "https://other.example/x"),
    ],
)
def test_local(url: str, site: str, shown: str) -> None:
    assert presentation.local(url, site) == shown


@pytest.mark.parametrize(
    ("site", "reachable"),
    [
        ("https://example.org", True),
        ("https://8.8.8.8/", True),
        ("http://127.0.0.1:8000", False),
        ("http://[::1]:8000", False),
        ("http://192.168.1.2", False),
        ("http://localhost:8000", False),
        ("http://nas.local", False),
        ("http://intranet", False),
    ],
)
def test_reachable_by_others(site: str, reachable: bool) -> None:
    assert presentation.reachable_by_others(site) is reachable


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("<h2>a</h2>", "<h2>a</h2>"),
        ("<h1>a</h1><h2>b</h2>", "<h2>a</h2><h3>b</h3>"),
        ('<h1 dir="rtl">a</h1><h6>b</h6>', '<h2 dir="rtl">a</h2><h6>b</h6>'),
        ("<p>&lt;h1&gt; <hr></p><h1>a</h1>", "<p>&lt;h1&gt; <hr></p><h2>a</h2>"),
    ],
)
def test_below_title(content: str, shown: str) -> None:
    assert presentation.below_title(content) == shown


def test_what_the_text_shows_is_not_shown_again() -> None:
    seen = "https://example.org/a.png?w=1&h=2"
    item = Item(
        content_html='<img src="https://example.org/a.png?w=1&amp;h=2">',
        image=seen,
        enclosures=(
            Enclosure(seen, "image/png"),
            Enclosure("https://example.org/b.png", "image/png"),
            Enclosure("https://example.org/c.mp3", "audio/mpeg"),
        ),
    )
    urls = [enclosure.url for enclosure in presentation.unseen_enclosures(item)]
    assert urls == ["https://example.org/b.png", "https://example.org/c.mp3"]
    assert presentation.unseen_image(item) is None
    assert presentation.unseen_image(Item(image="https://example.org/b.png"))


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.org/a/b.mp3?c=d", "b.mp3"),
        ("https://example.org/a/", "a"),
        ("https://example.org", "example.org"),
    ],
)
def test_file_name(url: str, name: str) -> None:
    assert presentation.file_name(url) == name


@pytest.mark.parametrize(
    ("links", "value"),
    [
        ((), ""),
        ((Link("self", "https://example.org/"),), '<https://example.org/>; rel="self"'),
        (
            (
                Link("hub", "https://example.org/hub", None, "A title"),
                Link("alternate", "https://exämple.org/é b>\r\n", "application/rss+xml"),
            ),
            (
                '<https://example.org/hub>; rel="hub", '
                '<https://ex%C3%A4mple.org/%C3%A9%20b%3E%0D%0A>; rel="alternate"; '
                'type="application/rss+xml"'
            ),
        ),
    ],
)
def test_link_header(links: tuple[Link, ...], value: str) -> None:
    assert headers.link_header(links) == value
    assert value.isascii()
