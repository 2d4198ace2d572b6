"""Browsers in words, as the account's page names them."""

from __future__ import annotations

import pytest

from feedsvc.web.browsers import browser_words

_KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (f"Mozilla/5.0 (X11; Linux x86_64) {_KIT} Chrome/140.0.0.0 Safari/537.36", "Chrome on Linux"),  # noqa: E501
        (f"Mozilla/5.0 (Windows NT 10.0; Win64) {_KIT} Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),  # noqa: E501
        ("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", "Firefox on Linux"),  # noqa: E501
        (f"Mozilla/5.0 (Linux; Android 15; Pixel) {_KIT} Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),  # noqa: E501
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile/15E Safari/604", "Safari on an iPhone"),  # noqa: E501
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/18.0 Safari/605", "Safari on a Mac"),  # noqa: E501
        ("Mozilla/5.0 (X11; Linux x86_64) NewThing/1", "A browser on Linux"),
        ("curl/8.5.0", "curl"),
        ("Lynx", "Lynx"),
        ("", "An unknown browser"),
    ],
)  # fmt: skip
def test_browsers_in_words(agent: str, words: str) -> None:
    assert browser_words(agent) == words
