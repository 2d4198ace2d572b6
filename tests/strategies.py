"""Hypothesis strategies of items: as any way in may hand them over, and as the border lets them go.

They aim at what breaks feeds: all of Unicode, markup in plain fields, text that looks like
entities, the ends of CDATA, and every optional field there and not there.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from samples import SITE

from feedsvc.errors import ItemError
from feedsvc.formats import clean
from feedsvc.model import Author, Category, Enclosure, Item, Podcast, Reference, Source, Via

#: What is known to trip writers and readers of feeds.
NASTY = (
    "&", "&amp;", "&amp;amp;", "&lt;b&gt;", "&#65;", "&#x26;", "&nbsp;", "&copy", "&unknown;", "&;",
    "<", ">", "<b>", "</b>", "<b>bold</b>", "<br/>", "<script>alert(1)</script>", "<!--", "-->",
    "<![CDATA[", "]]>", "<?xml version='1.0'?>", "a < b > c", '"', "'", "\\", "%41", "%",
    "Ã©", "â€™", "ï»¿", "café", "naïve ½", "\xa0", "\xad", "\x85", "\x80\x9f", "\u2028",
    "日本語", "中文", "한국어", "עברית", "العربية", "e\u0301\u0323", "👩‍👩‍👧‍👦", "🇪🇺", "𝒜",
    "\U0010fffd", "\u200f", "\u202e", "\u2066x\u2069", "\u3000", "\u200b",
    "\ufeff", "\ufffd", "\ufffe", "\ufdd0", "\0", "\x08", "\x1f", "\x7f", "\ud800", "\t", "\r\n",
    "\r", "\n\n", "  ",
    "jane@example.org", "jane@example.org (Jane)", "Jane <jane@example.org>", "feedsvc", "None",
)  # fmt: skip

_CHARACTERS = st.characters() | st.characters(max_codepoint=0xFF) | st.sampled_from("abc ABC 123")


def texts(most: int = 12) -> SearchStrategy[str]:
    """Text of any characters, with nasty pieces among them."""
    pieces = st.text(_CHARACTERS, max_size=8) | st.sampled_from(NASTY)
    return st.lists(pieces, max_size=most // 3).map("".join)


def _some(strategy: SearchStrategy[str]) -> SearchStrategy[str]:
    return strategy.filter(bool)


_PATHS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8) | st.sampled_from((
    "a/b", "a/../b", "a//b", "?", "?a=1&b=2", "?a&b;c", "#", "#x", "a?b=%26amp;", "&amp;", "ä ö",
    "(1)", "a'b", "%C3%A9", ";", "a:b", "@", "$&+,=", "?q=<b>\"x\"",
))  # fmt: skip
_HOSTS = st.sampled_from((
    SITE, "http://example.com", "https://ex.example:8443", "https://münchen.example",
    "http://[2001:db8::1]", "https://user@ex.example",
))  # fmt: skip
urls: SearchStrategy[str] = st.builds("{}/{}".format, _HOSTS, _PATHS)
_maybe_url = st.none() | urls

_HTML = (
    "<p>", "</p>", "<p>One <em>two</em>", "<a href='/x?a=1&b=2#c'>link</a>", "<img src='a.png'>",
    "<pre>\n\n a\tb\n</pre>", "<br>", "<!-- c -->", "<b><i>x</b></i>", "<table><tr><td>1</table>",
    "<div lang='ar' dir='rtl'>س</div>", "<blockquote>", "<ul><li>a<li>b", "<script>x</script>",
    "<code>&lt;b&gt; &amp;amp;</code>", "<a title='\"&lt;'>", "&lt;/title&gt;", "<svg/onload=a>",
)  # fmt: skip
html: SearchStrategy[str] = st.lists(st.sampled_from(_HTML) | texts(6), max_size=6).map("".join)

times = st.datetimes(
    datetime(1000, 1, 1), datetime(2999, 12, 31, 23, 59, 59), timezones=st.just(UTC)
)
_counts = st.none() | st.integers(0, 2**53) | st.integers(0, 5000)
_emails = st.none() | st.sampled_from(("a@example.org", "ü@münchen.example", "root@localhost"))
_types = st.sampled_from(("audio/mpeg", "video/mp4", "image/png", "text/html", "Audio/X; a=1", ""))
languages = st.none() | st.sampled_from((
    "en",
    "en-GB",
    "ar",
    "he",
    "zh-Hant",
    "az-Arab",
    "x-klingon",
    "pt_BR",
    "sr-Latn-RS",
))

authors = st.builds(Author, texts(), _emails, _maybe_url)
categories = st.builds(
    Category, texts(6), st.none() | urls | st.just("urn:x:s"), st.none() | texts(6)
)
enclosures = st.builds(Enclosure, urls, _types, _counts, st.none() | texts(6), _counts)
_references = st.none() | st.builds(Reference, urls, _types)
podcasts = st.none() | st.builds(
    Podcast, _counts, _counts, _counts, st.none() | st.booleans(), _references, _references
)
_ids = texts(6) | urls | st.sampled_from(("tag:e.org,2026:ä/1", "urn:isbn:1", "123", "not an id"))
sources = st.none() | st.builds(
    Source, st.none() | texts(6), _maybe_url, _maybe_url, st.none() | _ids
)

vias = st.lists(st.builds(Via, urls, st.none() | texts(6)), max_size=2).map(tuple)

#: Items as they come from outside, with anything in them.
raw_items: SearchStrategy[Item] = st.builds(
    Item,
    guid=_ids,
    url=urls,
    external_url=st.none() | urls,
    title=texts(),
    summary=texts(),
    content_html=html,
    authors=st.lists(authors, max_size=3).map(tuple),
    categories=st.lists(categories, max_size=3).map(tuple),
    published=times,
    updated=times,
    language=languages,
    direction=st.sampled_from((None, None, "ltr", "rtl")),
    enclosures=st.lists(enclosures, max_size=3).map(tuple),
    image=_maybe_url,
    source=sources,
    via=vias,
    comments_url=_maybe_url,
    rights=st.none() | texts(6),
    podcast=podcasts,
)


@st.composite
def items(draw: st.DrawFn) -> Item:
    """An item that the border has let through, complete as the store would give it out."""
    try:
        item, _ = clean.item(draw(raw_items), base=f"{SITE}/")
    except ItemError:
        assume(False)  # the border refuses it, so no feed ever has it
    url = item.url or f"{SITE}/items/1"
    return replace(
        item,
        guid=item.guid or f"tag:example.org,2026:{draw(st.integers(0, 9))}",
        url=url,
        external_url=item.external_url if item.external_url != url else None,
    )


def feeds_of_items(least: int = 3, most: int = 5) -> SearchStrategy[list[Item]]:
    """Several items for one feed, no two with the same guid."""
    return st.lists(items(), min_size=least, max_size=most, unique_by=lambda item: item.guid)
