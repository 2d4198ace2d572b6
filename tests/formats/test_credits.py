"""Whoever is republished is named in every format, with as much as is known, by the standards."""

from __future__ import annotations

import io
import itertools
import json
from dataclasses import replace

import feedparser
import pytest
from samples import BARE, feed_in

from feedsvc.formats import atom, jsonfeed, rss, upstream
from feedsvc.formats.check import check
from feedsvc.model import Author, Source, Via

MAKERS = {"rss": rss, "atom": atom, "json": jsonfeed}
ORIGINAL = "https://tide.example/2026/low-water?a=1&b=2"
IMPORTED = replace(
    BARE,
    slug="",
    guid="https://tide.example/?p=7",
    url=ORIGINAL,
    title="Low water",
    authors=(Author("Jane"),),
    via=(Via("https://kelp.example/7", "Kelp & co"), Via("https://wrack.example/?p=7")),
)
#: Every choice of what may be known of a source but its title.
KNOWN = [
    Source("The Tide & co", page, feed, guid)
    for page, feed, guid in itertools.product(
        (None, "https://tide.example/"),
        (None, "https://tide.example/feed?a=1&b=2"),
        (None, "post no. 7", "tag:tide.example,2026:7"),
    )
]


@pytest.mark.parametrize("form", MAKERS)
@pytest.mark.parametrize("source", KNOWN, ids=str)
def test_a_credit_comes_back_and_is_sound(form: str, source: Source) -> None:
    item = replace(IMPORTED, source=source)
    body = MAKERS[form].render(feed_in(form), [item])
    assert check(body, content_type=MAKERS[form].MEDIA_TYPE) == []
    assert upstream.read(body).items == (item,)


@pytest.mark.parametrize("form", MAKERS)
@pytest.mark.parametrize("source", [Source(guid="7"), Source(url="https://tide.example/")], ids=str)
def test_a_source_without_a_name_comes_back_too(form: str, source: Source) -> None:
    item = replace(IMPORTED, source=source)
    assert upstream.read(MAKERS[form].render(feed_in(form), [item])).items == (item,)


@pytest.mark.parametrize("form", ["rss", "atom"])
@pytest.mark.parametrize("source", KNOWN, ids=str)
def test_plain_feedparser_sees_who_is_republished(form: str, source: Source) -> None:
    body = MAKERS[form].render(feed_in(form), [replace(IMPORTED, source=source)])
    [entry] = feedparser.parse(io.BytesIO(body)).entries
    assert (entry.link, entry.id, entry.title) == (ORIGINAL, IMPORTED.guid, IMPORTED.title)
    assert [one.name for one in entry.authors] == ["Jane"]
    assert entry.source.title == source.title
    vias = [one for one in entry.links if one.rel == "via"]
    assert [(one.href, one.get("title")) for one in vias] == [
        (one.url, one.title) for one in IMPORTED.via
    ]
    linked = {one.href for one in entry.source.get("links", ())} | {entry.source.get("href")}
    assert {one for one in (source.url, source.feed_url) if one} <= linked


@pytest.mark.parametrize("form", MAKERS)
def test_a_republished_item_leads_to_its_original(form: str) -> None:
    """Its link is where it was published, and its guid is what readers know it by there."""
    body = MAKERS[form].render(feed_in(form), [replace(IMPORTED, source=KNOWN[-1])])
    if form == "json":
        [told] = json.loads(body)["items"]
        assert (told["id"], told["url"]) == (IMPORTED.guid, ORIGINAL)
        assert "external_url" not in told
        assert told["_source"]["feed_url"] == "https://tide.example/feed?a=1&b=2"
    else:
        assert body.count(ORIGINAL.replace("&", "&amp;").encode()) == 1
