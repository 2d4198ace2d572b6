"""Where documents stand."""

from __future__ import annotations

import pytest

from feedsvc.publish.addresses import address_of
from feedsvc.publish.document import Target


@pytest.mark.parametrize(
    ("target", "address"),
    [
        (Target("live", "main", "rss"), "/feeds/main.rss"),
        (Target("live", "tag:c++", "atom"), "/tags/c++.atom"),
        (Target("live", "author:ada lovelace", "json"), "/authors/ada%20lovelace.json"),
        (Target("archive", "main", "json", 12), "/feeds/main/archive/12.json"),
        (Target("search", "fish & chips", "rss"), "/search.rss?q=fish%20%26%20chips"),
        (Target("search", "", "atom"), "/search.atom"),
        (Target("opml", ""), "/opml.xml"),
    ],
)
def test_every_document_has_one_address(target: Target, address: str) -> None:
    assert address_of("https://example.org/base", target) == f"https://example.org/base{address}"
