"""Which form an ``Accept`` header gets; the headers are those that real clients send."""

from __future__ import annotations

import pytest

from feedsvc.web.negotiation import choose, names_html

FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
CHROMIUM = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;"
    "q=0.8,application/signed-exchange;v=b3;q=0.7"
)
FEEDPARSER = (
    "application/atom+xml,application/rdf+xml,application/rss+xml,application/x-netcdf,"
    "application/xml;q=0.9,text/xml;q=0.2,*/*;q=0.1"
)
MINIFLUX = (
    "application/xml, application/atom+xml, application/rss+xml, application/rdf+xml, "
    "application/feed+json, text/html, */*;q=0.9"
)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (FIREFOX, "html"),
        (CHROMIUM, "html"),
        ("text/html, application/xhtml+xml, image/jxr, */*", "html"),
        ("text/html", "html"),
        ("TEXT/HTML", "html"),
        (FEEDPARSER, "rss"),
        (MINIFLUX, "rss"),
        ("application/rss+xml, application/rdf+xml;q=0.8, application/atom+xml;q=0.6", "rss"),
        ("application/rss+xml", "rss"),
        ("application/atom+xml", "atom"),
        ("application/atom+xml;type=feed", "atom"),
        ("application/feed+json", "json"),
        ("application/json", "json"),
        ("application/feed+json, application/atom+xml;q=0.9", "json"),
        ("application/rss+xml;q=0.2, application/atom+xml;q=0.9", "atom"),
        ("application/xml", "rss"),
        ("text/xml", "rss"),
        ("application/*", "rss"),
        ("text/*", "html"),
        ("*/*", "rss"),
        (None, "rss"),
        ("", "rss"),
        ("text/html;q=0, */*", "rss"),
        ("application/rss+xml;q=0, */*", "atom"),
        # The most specific range decides (RFC 9110 12.5.1), not the best quality.
        ("application/rss+xml;q=0.1, application/atom+xml;q=0.5, */*;q=0.3", "atom"),
        # Nothing fits: rather a feed that the client can try than a 406.
        ("image/png", "rss"),
        ("garbage", "rss"),
        ("/;;,,q=1", "rss"),
        ("text/html;q=nonsense, application/atom+xml;q=0.1", "atom"),
        ("text/html;q=5, application/atom+xml;q=0.1", "atom"),
        ("text/html;q=٠", "rss"),
    ],
)
def test_choose(accept: str | None, form: str) -> None:
    assert choose(accept) == form


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (FIREFOX, True),
        (CHROMIUM, True),
        ("application/xhtml+xml", True),
        ("*/*", False),
        ("text/html;q=0", False),
        (FEEDPARSER, False),
        (None, False),
        ("application/json", False),
    ],
)
def test_names_html(accept: str | None, expected: bool) -> None:
    assert names_html(accept) is expected
