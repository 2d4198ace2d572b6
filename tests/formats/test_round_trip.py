"""Whatever the border lets through comes back from every format as it was.

docs/formats.md has the short list of what a format can't carry; :func:`carried` is that list as
code, and each line of it has its own test below. Users of plain feedparser are looked after too:
what it bends of any feed is there and here as well.
"""

from __future__ import annotations

import calendar
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest
import strategies
from hypothesis import HealthCheck, given, settings
from samples import BARE, FULL, SITE, feed_in

from feedsvc.formats import atom, clean, jsonfeed, rss, upstream
from feedsvc.formats._foreign import words
from feedsvc.formats.check import check
from feedsvc.model import Author, Category, Item, Link, Source, Tombstone, excerpt, shown_title

MAKERS = {"rss": rss, "atom": atom, "json": jsonfeed}
FORMS = list(MAKERS)


def carried(item: Item, form: str) -> Item:
    """The item as a format can tell it: the exceptions of docs/formats.md."""
    item = replace(item, title=shown_title(item))
    if item.summary == item.title and not item.content_html:
        item = replace(item, summary="")
    if form == "rss":
        return replace(
            item,
            authors=tuple(Author(author.name) for author in item.authors),
            categories=tuple(replace(category, label=None) for category in item.categories),
            summary="" if item.summary == excerpt(replace(item, summary="")) else item.summary,
        )
    if form == "atom":
        return replace(item, authors=tuple(map(_reachable, item.authors)))
    return item


def _reachable(author: Author) -> Author:
    host = (author.email or "").partition("@")[2]
    return author if "." in host else replace(author, email=None)


def come_back(items: list[Item], form: str) -> list[Item]:
    body = MAKERS[form].render(feed_in(form), items)
    parsed = upstream.read(body, content_type=MAKERS[form].MEDIA_TYPE)
    assert parsed.faults == ()
    return list(parsed.items)


def one_back(item: Item, form: str) -> Item:
    back = come_back([BARE, item, FULL], form)
    assert len(back) == 3
    return back[1]


def run(examples: int, holds: Callable[[list[Item]], None]) -> int:
    """Try ``holds`` on as many feeds of four to six items; returns how many items that were."""
    seen = 0

    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(strategies.feeds_of_items(4, 6))
    def tried(items: list[Item]) -> None:
        nonlocal seen
        seen += len(items)
        holds(items)

    tried()
    return seen


def test_every_item_comes_back_from_every_format() -> None:
    def holds(items: list[Item]) -> None:
        for form in FORMS:
            back = come_back(items, form)
            assert [item.guid for item in back] == [item.guid for item in items]
            for got, item in zip(back, items, strict=True):
                assert got == carried(item, form), form

    assert run(250, holds) >= 1000


@pytest.mark.parametrize("form", FORMS)
def test_the_samples_come_back(form: str) -> None:
    about = replace(
        FULL,
        guid=f"{SITE}/items/about",
        url=f"{SITE}/items/about",
        external_url="https://o.example/",
    )
    items = [FULL, BARE, about, replace(about, guid="tag:example.org,2026:about")]
    expected = [carried(replace(item, slug=""), form) for item in items]
    assert come_back(items, form) == expected


@pytest.mark.parametrize("form", FORMS)
def test_the_feed_comes_back(form: str) -> None:
    links = (
        Link("self", f"{SITE}/feeds/main.{form}", MAKERS[form].MEDIA_TYPE.partition(";")[0]),
        Link("hub", f"{SITE}/hub"),
        Link("next", f"{SITE}/feeds/main/2.{form}"),
    )
    gone = tuple(
        Tombstone(f"tag:example.org,2026:{n}", datetime(2026, 11, n, tzinfo=UTC)) for n in (1, 2, 3)
    )
    sources = (
        Source("Tide & time", "https://tide.example/?a=1&b=2", "https://tide.example/feed"),
        Source(None, None, "https://nameless.example/feed"),
    )
    feed = replace(feed_in(form), links=links, tombstones=gone, sources=sources)
    parsed = upstream.read(MAKERS[form].render(feed, [FULL, BARE]))
    expected = feed
    if form == "json":
        # JSON Feed's own keys for these have no place for a type, and hubs come last.
        links = tuple(replace(link, type=None) for link in (links[0], links[2], links[1]))
        expected = replace(feed, links=links)
    else:
        pages = (replace(sources[0], feed_url=None), Source(None, sources[1].feed_url))
        expected = replace(feed, sources=pages)
    assert parsed.feed == expected
    assert parsed.tombstones == gone


# ---- What a format can't carry: docs/formats.md names each of these tests.


@pytest.mark.parametrize("form", FORMS)
def test_a_missing_title_comes_back_as_the_first_words(form: str) -> None:
    assert one_back(replace(BARE, title=""), form).title == "Only words, no title."
    nothing = replace(BARE, title="", content_html="")
    assert one_back(nothing, form).title == nothing.url


def test_rss_has_no_email_and_no_address_of_an_author() -> None:
    author = Author("Ada", "ada@example.org", "https://example.org/ada")
    item = replace(BARE, authors=(author,))
    assert one_back(item, "rss").authors == (Author("Ada"),)
    assert one_back(item, "atom").authors == (author,)
    assert one_back(item, "json").authors == (author,)


def test_atom_has_no_email_without_a_dot_in_its_host() -> None:
    item = replace(BARE, authors=(Author("Root", "root@localhost"),))
    assert one_back(item, "atom").authors == (Author("Root"),)
    assert one_back(item, "json").authors == item.authors


def test_rss_has_no_email_of_a_feeds_author() -> None:
    feed = replace(feed_in("rss"), authors=(Author("Ada", "ada@example.org"), Author("Bob")))
    assert upstream.read(rss.render(feed, [BARE])).feed.authors == (Author("Ada"), Author("Bob"))
    # But a show has an owner, who can be reached.
    assert upstream.read(rss.render(feed, [FULL])).feed.authors == feed.authors
    for form in ("atom", "json"):
        body = MAKERS[form].render(feed, [BARE])
        assert upstream.read(body).feed.authors == feed.authors


def test_atom_has_one_address_of_a_source_that_a_feed_is_gathered_from() -> None:
    source = Source("Tide", "https://tide.example/", "https://tide.example/feed")
    for form in FORMS:
        body = MAKERS[form].render(replace(feed_in(form), sources=(source,)), [BARE])
        told = source if form == "json" else replace(source, feed_url=None)
        assert upstream.read(body).feed.sources == (told,)
        assert check(body, content_type=MAKERS[form].MEDIA_TYPE) == []


def test_rss_has_no_label_of_a_category() -> None:
    item = replace(BARE, categories=(Category("food", "https://example.org/t", "Food & drink"),))
    assert one_back(item, "rss").categories == (Category("food", "https://example.org/t"),)
    assert one_back(item, "atom").categories == item.categories
    assert one_back(item, "json").categories == item.categories


def test_atom_has_no_time_to_wait_that_fits_in_no_period() -> None:
    for ttl, told in ((11, None), (15, 15), (120, 120)):
        for form in FORMS:
            body = MAKERS[form].render(replace(feed_in(form), ttl=ttl), [BARE])
            assert upstream.read(body).feed.ttl == (told if form == "atom" else ttl)


@pytest.mark.parametrize("form", FORMS)
def test_a_missing_text_comes_back_as_none_though_the_title_stands_for_it(form: str) -> None:
    for title in ("Fish & chips", "Fish & <b>chips</b>"):
        item = replace(BARE, slug="", title=title, content_html="")
        assert one_back(item, form) == item
        assert one_back(replace(item, summary=title), form) == item


@pytest.mark.parametrize("form", FORMS)
def test_an_item_of_a_title_alone_is_no_empty_page(form: str) -> None:
    item = replace(BARE, title="Fish & chips", content_html="")
    body = MAKERS[form].render(feed_in(form), [item])
    assert check(body, content_type=MAKERS[form].MEDIA_TYPE) == []
    if form == "json":
        [told] = json.loads(body)["items"]
        assert told["summary"] == told["content_text"] == item.title
    else:
        assert feedparser.parse(io.BytesIO(body)).entries[0].summary == item.title


def test_rss_has_no_summary_that_says_the_first_words_again() -> None:
    item = replace(BARE, summary="Only words, no title.")
    assert one_back(item, "rss").summary == ""
    assert one_back(item, "atom").summary == item.summary
    assert one_back(item, "json").summary == item.summary


# ---- What plain feedparser makes of our feeds.


def _feedparser_sees(text: str) -> str:
    """feedparser takes what could be UTF-8 read as Latin-1 for just that."""
    try:
        return text.encode("latin-1").decode("utf-8").strip()
    except UnicodeError:
        return text


def _feedparser_links(address: str) -> str:
    """feedparser takes ``&x;`` in RSS's link for a mistake of its own parser."""
    return re.sub("&([A-Za-z0-9_]+);", r"&\1", address.replace("&amp;", "&"))


def _check_by_feedparser(entry: feedparser.FeedParserDict, item: Item, form: str) -> None:
    item = carried(item, form)
    assert item.published and item.updated
    assert entry.id == _feedparser_sees(item.guid)
    assert calendar.timegm(entry.published_parsed) == item.published.timestamp()
    assert calendar.timegm(entry.updated_parsed) == item.updated.timestamp()
    names = [author.name for author in item.authors]
    if form == "rss":
        names = [_feedparser_sees(name) for name in names]
    if not any("@" in name for name in names):  # it takes an e-mail address out of a name
        assert [author.get("name", "") for author in entry.get("authors", ())] == names
    terms = item.categories
    if form == "rss":
        assert entry.link == _feedparser_links(item.external_url or item.url)
        terms = tuple(Category(_feedparser_sees(one.term), one.scheme) for one in terms)
    else:
        assert entry.link == item.url
    assert [(tag.term, tag.scheme) for tag in entry.get("tags", ())] == [
        (one.term, one.scheme) for one in terms
    ]
    files = [(file.href, file.type) for file in entry.enclosures]
    expected = [(file.url, file.type) for file in item.enclosures]
    assert files == (expected[:1] if form == "rss" else expected)
    # With an end tag or an entity in it, it takes RSS's title for HTML.
    if form == "atom" or not re.search(r"</\w+>|&#?\w+;", item.title):
        assert entry.title == _feedparser_sees(item.title)
    told = words(entry.content[0].value) if "content" in entry else ""
    content = item.content_html
    assert told in (words(content), words(_feedparser_sees(content)))


def test_plain_feedparser_sees_the_same_items() -> None:
    def holds(items: list[Item]) -> None:
        for form in ("rss", "atom"):
            result = feedparser.parse(io.BytesIO(MAKERS[form].render(feed_in(form), items)))
            assert not result.bozo
            assert len(result.entries) == len(items)
            for entry, item in zip(result.entries, items, strict=True):
                _check_by_feedparser(entry, item, form)

    assert run(50, holds) >= 200


def test_feedparser_guesses_that_rss_titles_with_tags_or_entities_are_html() -> None:
    item = replace(BARE, title="<b>AT&T</b> &amp; co")
    body = rss.render(feed_in("rss"), [item])
    assert feedparser.parse(io.BytesIO(body)).entries[0].title == "<b>AT&amp;T</b> &amp; co"
    assert upstream.read(body).items[0].title == item.title
    body = atom.render(feed_in("atom"), [item])
    assert feedparser.parse(io.BytesIO(body)).entries[0].title == item.title


@pytest.mark.parametrize(
    ("summary", "seen"),
    [
        ("Fish & chips, 1 < 2", "Fish & chips, 1 < 2"),
        ("no <b> here", "no &lt;b&gt; here"),
        ("write &lt; for it", "write &amp;lt; for it"),
    ],
)
def test_feedparser_reads_rss_summaries_as_html(summary: str, seen: str) -> None:
    item = replace(BARE, summary=summary)
    body = rss.render(feed_in("rss"), [item])
    assert feedparser.parse(io.BytesIO(body)).entries[0].summary == seen
    assert upstream.read(body).items[0].summary == summary
    body = atom.render(feed_in("atom"), [item])
    assert feedparser.parse(io.BytesIO(body)).entries[0].summary == summary


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "said", ["Why <b> is no heading", "<script>alert(1)</script>", "a < b > c"]
)
def test_plain_fields_keep_what_looks_like_a_tag(form: str, said: str) -> None:
    raw = replace(
        BARE, title=said, summary=said, rights=said, authors=(Author(said),),
        categories=(Category(said),),
    )  # fmt: skip
    item, notes = clean.item(raw, base=SITE)
    assert notes == ()
    back = one_back(item, form)
    assert (back.title, back.summary, back.rights) == (said, said, said)
    assert (back.authors[0].name, back.categories[0].term) == (said, said)
    assert (
        f"{said[:9]}".encode() not in MAKERS[form].render(feed_in(form), [item]) or form == "json"
    )


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_feedparser_mends_text_that_was_never_broken(form: str) -> None:
    item = replace(BARE, title="How Ã© came about")
    body = MAKERS[form].render(feed_in(form), [item])
    assert feedparser.parse(io.BytesIO(body)).entries[0].title == "How é came about"
    assert upstream.read(body).items[0].title == item.title


def test_feedparser_takes_references_out_of_rss_links() -> None:
    item = replace(BARE, url=f"{SITE}/?a&lt;b")
    body = rss.render(feed_in("rss"), [item])
    assert feedparser.parse(io.BytesIO(body)).entries[0].link == f"{SITE}/?a&ltb"
    assert upstream.read(body).items[0].url == item.url


def test_feedparser_gives_an_author_the_email_of_the_one_before() -> None:
    item = replace(BARE, authors=(Author("Ada", "ada@example.org"), Author("Grace")))
    body = atom.render(feed_in("atom"), [item])
    seen = feedparser.parse(io.BytesIO(body)).entries[0].authors
    assert [author.name for author in seen] == ["Ada", "Grace"]
    assert seen[1].email == "ada@example.org"
    assert upstream.read(body).items[0].authors == item.authors


def test_the_documentation_names_these_tests() -> None:
    page = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_[a-z_]+)`", page))
    here = {
        name
        for name in globals()
        if re.match("test_(a_missing|rss_has|atom_has|feedparser_)", name)
    }
    assert here <= named
    assert {name for name in named if name not in globals()} == set()
