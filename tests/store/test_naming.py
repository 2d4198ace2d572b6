"""Slugs, numbers for namesakes, minted guids."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import NOW, SITE

from feedsvc.store.naming import feed_guid, free_name, item_path, minted, numbered, slug_of


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Hello, World!", "hello-world"),
        ("  --A--  B  ", "a-b"),
        ("Don't — “quote”", "dont-quote"),
        ("Straße", "strasse"),
        ("ÉTÉ", "été"),
        ("e\u0301te\u0301", "été"),
        ("中文 文章", "中文-文章"),
        ("हिन्दी", "हिन्दी"),
        ("مرحبا بالعالم", "مرحبا-بالعالم"),
        ("snake_case", "snake_case"),
        ("v1.2/3", "v1-2-3"),
        ("a\0b\r\nc\u2028d", "a-b-c-d"),
        ("😀", ""),
        ("<script>", "script"),
        ("..", ""),
        ("", ""),
        ("ﬁn", "fin"),
    ],
)
def test_slugs(text: str, slug: str) -> None:
    assert slug_of(text) == slug


@given(st.text())
def test_a_slug_stands_in_any_address(text: str) -> None:
    slug = slug_of(text)
    assert slug == slug_of(slug)
    assert len(slug) <= 100
    assert not set(slug) & set("/\\.?#%&+\0\r\n\t <>\"'")
    assert item_path(slug).isascii()


@pytest.mark.parametrize("taken", [0, 1, 2, 7, 8, 9, 15, 16, 100, 1000])
def test_namesakes_are_numbered(taken: int) -> None:
    names = {numbered("a", number) for number in range(1, taken + 1)}
    asked = []

    def is_taken(name: str) -> bool:
        asked.append(name)
        return name in names

    assert free_name("a", is_taken) == numbered("a", taken + 1)
    assert len(asked) <= 30


def test_among_gaps_a_free_one_is_found() -> None:
    names = {numbered("a", number) for number in range(1, 200) if number not in (40, 90)}
    found = free_name("a", names.__contains__)
    assert found not in names


def test_guids_are_minted_of_the_sites_host_and_the_day() -> None:
    day = datetime(1999, 12, 31, 23, 59, tzinfo=UTC)
    assert minted(SITE, day, "été", lambda _: False) == (
        "tag:example.org,1999-12-31:items/%C3%A9t%C3%A9"
    )


@pytest.mark.parametrize(
    ("key", "guid"),
    [
        ("main", "tag:example.org,2026-11-22:feeds/main"),
        ("tag:c++", "tag:example.org,2026-11-22:tags/c%2B%2B"),
        ("author:ada-lovelace", "tag:example.org,2026-11-22:authors/ada-lovelace"),
    ],
)
def test_feeds_have_guids(key: str, guid: str) -> None:
    assert feed_guid(SITE, NOW, key) == guid
