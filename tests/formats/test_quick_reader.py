"""The quick reader gives what feedparser gives, or declines: over feedparser's own corpus, our own

feeds, and feeds with anything put into them.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import corpus
import feedparser.mixin
import feedparser.sanitizer
import pytest
from goldens import FOLDER
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import BARE, CORNERS, FEED, FULL
from strategies import feeds_of_items

from feedsvc.errors import NotAFeed
from feedsvc.formats import _charset, _xml, atom, rss, upstream
from feedsvc.formats.upstream import (
    ParsedFeed,
    _channel,
    _quick,
    _quick_names,
    _quick_times,
    _quick_values,
)
from feedsvc.formats.upstream._elements import Parent, settle
from feedsvc.model import Item

URL = "https://e.org/dir/feed.xml"


def outcome(body: bytes, *, quickly: bool) -> ParsedFeed | str:
    try:
        return upstream.read(body, url=URL, quickly=quickly)
    except NotAFeed as error:
        return str(error)


def is_taken(body: bytes) -> bool | None:
    """Whether the quick reader takes a document; None if it is no well-formed RSS or Atom."""
    text = _charset.decode(body).text.strip("\0 \t\r\n")
    tree = _xml.parse(text, URL)
    if tree.root is None or tree.fault:
        return None
    settle(tree.root)
    if not _channel.is_feed(tree.root):
        return None
    has_bases = bool(upstream._HAS_BASES(tree.root))
    root = Parent(tree.root)
    channel = _channel.channel_of(root)
    told = _quick.read(root, channel, text, lambda entry, told: Item(), has_bases=has_bases)
    return told is not None


def test_it_agrees_with_feedparser_over_its_corpus() -> None:
    try:
        documents = corpus.documents()
    except corpus.NoCorpus as error:
        pytest.skip(str(error))
    assert len(documents) == 2242
    taken: Counter[bool | None] = Counter()
    for name, body in documents.items():
        took = is_taken(body)
        taken[took] += 1
        if took:
            assert outcome(body, quickly=True) == outcome(body, quickly=False), name
    # Of those with a feed in well-formed XML; the rest is feedparser's in any case.
    assert taken[True] / (taken[True] + taken[False]) > 0.85
    assert taken[True] > 1650


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.[ar][ts][os]*")), ids=lambda path: path.name)
def test_our_golden_feeds_are_taken(path: Path) -> None:
    body = path.read_bytes()
    assert is_taken(body)
    assert outcome(body, quickly=True) == outcome(body, quickly=False)


@given(feeds_of_items())
@settings(max_examples=60, deadline=None)
def test_our_feeds_are_taken_whatever_is_in_them(items: list[Item]) -> None:
    for form in (rss, atom):
        body = form.render(FEED, items)
        assert is_taken(body)
        assert outcome(body, quickly=True) == outcome(body, quickly=False)


_WORDS = (
    "", " ", "plain", "a &amp; b", "AT&amp;amp;T", "&amp;#8217;", "&amp;unknown;", "x &lt; y",
    "&lt;b&gt;bold&lt;/b&gt;", "&lt;p&gt;open", "&lt;blink&gt;x&lt;/blink&gt;", "Ã©", " Ã© ",
    "café", "\xa0Ã©\xa0", "&#133;", "日本", "<![CDATA[<p>One <em>two</em></p>]]>", "a<br/>b",
    "<b>naked</b>", "<![CDATA[It&#8217;s]]>", "\xa0Ã©", "Ã\xa0", "line\n\n two", "&#13;x",
    "\ufdd1x",
    "<div xmlns='http://www.w3.org/1999/xhtml'>in <b>a</b> div</div>",
    " <x:div xmlns:x='http://www.w3.org/1999/xhtml'>in <x:BR Class='&lt;&quot;'/> div</x:div> ",
    "<div xmlns='http://www.w3.org/1999/xhtml'>one</div><div>two</div>",
    "<p xmlns='http://www.w3.org/1999/xhtml'>Ã©<i xml:lang='de' rel='X'>Ã©</i></p>",
    "<svg xmlns='http://www.w3.org/2000/svg'><title>t</title></svg>",
)  # fmt: skip
_NAMES = (
    "title", "dc:title", "media:title", "description", "dc:description", "summary", "content",
    "content:encoded", "rights", "copyright", "dc:rights", "subtitle", "tagline", "itunes:summary",
    "itunes:subtitle", "media:description", "abstract", "body", "info", "fullitem", "textInput",
    "image", "source", "author", "item", "entry", "unknown", "slash:comments", "language", "link",
    "guid", "id", "category", "atom:title", "atom:summary", "atom:content", "generator", "x:title",
    "title_detail", "georss:point", "thr:in-reply-to", "psc:chapters", "items", "channel", "svg",
)  # fmt: skip
_ATTRIBUTES = (
    "", "", "", "type='html'", "type='text'", "type='xhtml'", "type='TEXT/html'", "type=''",
    "type='text/html' mode='escaped'", "mode='base64'", "type='image/png'", "xml:lang='de'",
    "xml:base='https://b.example/x/'", "xml:base='y'", "base='https://b.example/'", "src='x'",
    "href='x'", "url='x'", "rdf:about='urn:x'", "x:type='html'", "Type='html'", "é='1'",
    "lastmod='2026-01-01'", "xmlns=''", "xmlns='urn:unknown'", "xmlns:dc='urn:other'",
    "xmlns:xlink='http://www.w3.org/1999/xlink'", "xml:space='preserve'",
)  # fmt: skip
_TIMES = (
    "2026-02-02T10:00:00Z", "2026-02-02T10:00:00+02:00", "2026-02-02t10:00:00.9z", "2026-02-02",
    "2026-02-02T10:00:00+0530", "2026-02-02 10:00:00", "2026-02-02 10:00:00Z", "2026-2-2T1:0Z",
    "2026-02-02T10:00", "2026-02-02T24:00:00Z", "2026-02-30", "2026-02", "2026", "20260202",
    "Mon, 02 Feb 2026 10:00:00 +0200", "Mon, 02 Feb 2026 10:00:00 GMT", "2 Feb 26 10:00 EST",
    "Monday, 2 February 2026 10:00:00 Z", "Thu, 01 Oct 2026 10:00 UTC", "2 Feb 99 1:2 MEST",
    "Mon, 02 Feb 2026 10:00:00 -0030", "Mon, 02 Feb 2026 10:00:60 GMT", "Feb 2 2026 10:00:00 PST",
    "Mon, 02 Feb 2026 10:00:00", "Mon, 02 Feb 2026", "Mon Feb  2 10:00:00 2026", "yesterday", "",
    "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "Sat, 32 Oct 2026 10:00:00 GMT",
    "2026-02-02T10:00:00.123456789012Z", "Fri, 02 Oct 0099 10:00:00 GMT", "Mon, 2 Foo 2026 1:1 GMT",
    "Mon, 02 Feb 2026 10:00:00 +01:00", "Mon, 02 Feb 2026 10:00:00 GMT+1", " 2026-02-02T10:00:00Z ",
)  # fmt: skip
_TIME_NAMES = (
    "pubDate", "published", "updated", "dc:date", "dcterms:modified", "dcterms:created", "created",
    "issued", "modified", "lastBuildDate", "dcterms:issued", "atom:updated", "expirationDate",
)  # fmt: skip
_SPACES = " ".join(
    f'xmlns:{prefix}="{address}"'
    for prefix, address in {
        **_xml.NAMESPACES,
        "dcterms": "http://purl.org/dc/terms/",
        "slash": "http://purl.org/rss/1.0/modules/slash/",
        "georss": "http://www.georss.org/georss",
        "thr": "http://purl.org/syndication/thread/1.0",
        "psc": "http://podlove.org/simple-chapters",
        "x": "urn:x",
    }.items()
)


def _element(chance: random.Random) -> str:
    if chance.random() < 0.4:
        name, text = chance.choice(_TIME_NAMES), chance.choice(_TIMES)
    else:
        name, text = chance.choice(_NAMES), chance.choice(_WORDS)
        if chance.random() < 0.1:
            text = _element(chance)
    return f"<{name} {chance.choice(_ATTRIBUTES)}>{text}</{name}>"


def _feed(chance: random.Random) -> bytes:
    """A feed of any format with anything in it."""

    def some(most: int) -> str:
        return "".join(_element(chance) for _ in range(chance.randrange(most)))

    def entries(name: str) -> str:
        return "".join(f"<{name}>{some(6)}</{name}>{some(2)}" for _ in range(chance.randrange(3)))

    attribute = chance.choice(_ATTRIBUTES) if chance.random() < 0.1 else ""
    head = f"{_SPACES} {attribute}"
    form = chance.randrange(5)
    if form == 0:
        text = (
            f'<feed xmlns="http://www.w3.org/2005/Atom" {head}>{some(4)}{entries("entry")}</feed>'
        )
    elif form == 1:
        text = (
            f'<feed version="0.3" xmlns="http://purl.org/atom/ns#" {head}>{entries("entry")}</feed>'
        )
    elif form == 2:
        inside = f"<channel>{some(4)}</channel>{entries('item')}"
        text = f'<rdf:RDF xmlns="http://purl.org/rss/1.0/" {head}>{inside}</rdf:RDF>'
    else:
        inside = f"<channel>{some(4)}{entries('item')}</channel>"
        text = f'<rss version="2.0" {head}>{inside}</rss>'
    return text.encode()


def test_it_agrees_over_feeds_of_anything() -> None:
    taken: Counter[bool | None] = Counter()
    for seed in range(3_000):
        body = _feed(random.Random(seed))
        took = is_taken(body)
        taken[took] += 1
        if took:
            told = body.decode()
            assert outcome(body, quickly=True) == outcome(body, quickly=False), (seed, told)
    assert taken[True] > 400  # of so many with something odd in most


_PLACES = re.compile(rb"(?<=>)\n\s*(?=<(?!/?(?:name|uri|email|url)\b))")
_BODIES = [form.render(FEED, (FULL, BARE, *CORNERS)) for form in (rss, atom)]


@given(st.sampled_from(_BODIES), st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_it_agrees_over_our_feeds_with_anything_put_in(body: bytes, seed: int) -> None:
    chance = random.Random(seed)
    places = [found.start() for found in _PLACES.finditer(body)]
    at = chance.choice(places)
    body = body[:at] + _element(chance).encode() + body[at:]
    body = re.sub(rb"<(rss|feed) ", rb"<\1 " + _SPACES.encode() + b" ", body, count=1)
    body = _once_declared(body)
    if is_taken(body):
        assert outcome(body, quickly=True) == outcome(body, quickly=False)


def _once_declared(body: bytes) -> bytes:
    """The document with each prefix declared but once on its root."""
    end = body.index(b">", body.index(b"<rss" if b"<rss" in body else b"<feed"))
    seen: set[bytes] = set()

    def first(found: re.Match[bytes]) -> bytes:
        again = found[1] in seen
        seen.add(found[1])
        return b"" if again else found[0]

    return re.sub(rb' xmlns:(\w+)="[^"]*"', first, body[:end]) + body[end:]


def _times() -> st.SearchStrategy[str]:
    """Times in the usual forms or almost, among them many that there are not."""

    def two(most: int) -> st.SearchStrategy[str]:
        return st.integers(0, most).map("{:02}".format)

    year, day = st.integers(0, 9999).map("{:04}".format), two(32)
    clock = st.tuples(two(25), two(60), two(60)).map(":".join)
    sign = st.sampled_from("+-")
    numeric = st.tuples(
        *(year, st.just("-"), two(13), st.just("-"), day, st.just("T"), clock),
        st.one_of(st.just("Z"), st.tuples(sign, two(25), st.just(":"), two(60)).map("".join)),
    ).map("".join)
    names = st.sampled_from("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec Foo jan".split())
    zone = st.one_of(
        st.sampled_from(["GMT", "UTC", "Z", "EST"]), st.tuples(sign, two(25), two(60)).map("".join)
    )
    named = st.tuples(st.sampled_from(["Mon,", "Sun,", "Xyz,"]), day, names, year, clock, zone)
    return st.one_of(numeric, named.map(" ".join))


@given(_times())
@settings(max_examples=2_000)
def test_the_usual_times_are_read_as_the_standards_have_them(text: str) -> None:
    def read(reader: Callable[[str], datetime | None]) -> datetime | None:
        try:
            return reader(text)
        except (ValueError, OverflowError, _quick_values.Beyond):
            return None

    usual = read(_quick_times.usual)
    assert usual is None or usual == read(_quick_times.any_of)
    assert usual is None or usual.tzinfo is UTC


def test_the_usual_times_are_those_of_most_programs() -> None:
    for text in (
        "2026-02-02T10:00:00Z",
        "2026-02-02T12:00:00+02:00",
        "Mon, 02 Feb 2026 10:00:00 GMT",
    ):
        assert _quick_times.usual(text) == datetime(2026, 2, 2, 10, tzinfo=UTC)


def test_every_handler_of_feedparser_is_known() -> None:
    mixin = feedparser.mixin._FeedParserMixin
    handlers = {
        name.split("_", 2)[2].lower()
        for name in dir(mixin)
        if name.startswith(("_start_", "_end_"))
    }
    assert handlers == _quick_names.HANDLERS
    handled = {name.rpartition("_")[0] for name in handlers if "_" in name}
    known = {address.lower(): name.lower() for address, name in mixin.namespaces.items()}
    for address, name in known.items():
        if name in handled or name == "xhtml":
            assert _quick_names._HANDLED[address] == name
        assert (address in _quick_names._NONE) == (not name)


def test_it_guesses_by_the_same_elements() -> None:
    cleaner = feedparser.sanitizer._HTMLSanitizer
    assert cleaner.acceptable_elements == _quick_values.GUESSED


def test_a_feed_like_those_of_the_field_is_taken() -> None:
    body = b"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
        xmlns:content="http://purl.org/rss/1.0/modules/content/"
        xmlns:wfw="http://wellformedweb.org/CommentAPI/"
        xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"
        xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
        xmlns:slash="http://purl.org/rss/1.0/modules/slash/"><channel><title>T</title>
        <atom:link href="https://e.org/feed/" rel="self" type="application/rss+xml" />
        <link>https://e.org/</link><description>D</description>
        <lastBuildDate>Mon, 02 Feb 2026 10:00:00 +0000</lastBuildDate><language>en-US</language>
        <sy:updatePeriod> hourly </sy:updatePeriod><generator>https://wordpress.org/?v=6.9</generator>
        <image><url>https://e.org/i.png</url><title>T</title><link>https://e.org/</link></image>
        <item><title>It&#8217;s</title><link>https://e.org/1</link>
        <dc:creator><![CDATA[Ada]]></dc:creator><pubDate>Mon, 02 Feb 2026 10:00:00 +0000</pubDate>
        <category><![CDATA[a]]></category><guid isPermaLink="false">https://e.org/?p=1</guid>
        <description><![CDATA[<p>One</p>]]></description>
        <content:encoded><![CDATA[<p>One <em>two</em></p>]]></content:encoded>
        <wfw:commentRss>https://e.org/1/feed</wfw:commentRss><slash:comments>0</slash:comments>
        </item></channel></rss>"""
    assert is_taken(body)
    assert outcome(body, quickly=True) == outcome(body, quickly=False)


@pytest.mark.parametrize("name", ["title_detail", "summary_detail", "content", "published_parsed"])
def test_an_element_named_like_feedparsers_own_details_is_none(name: str) -> None:
    odd = f"<{name}>x</{name}>".encode()
    body = b"<rss version='2.0'><channel><title>T</title><item><title>One</title>" + odd
    body += b"<description>D</description></item></channel></rss>"
    read = outcome(body, quickly=False)
    assert isinstance(read, ParsedFeed)
    assert read.items[0].title == "One"


def test_what_stands_for_an_entity_is_beyond_it() -> None:
    declared = b"<!DOCTYPE rss [<!ENTITY x 'y'>" + b" " * 70_000 + b"]>"  # too long to be taken off
    body = declared + (
        b"<rss version='2.0'><channel><title>T</title>&x;<item>&x;<title>One</title></item>"
        b"</channel></rss>"
    )
    assert is_taken(body) is False
    read = outcome(body, quickly=True)
    assert isinstance(read, ParsedFeed)
    assert [item.title for item in read.items] == ["One"]
