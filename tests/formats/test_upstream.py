"""The reader of foreign feeds, against feeds by hand: old, odd, broken and hostile."""

from __future__ import annotations

import contextlib
import random
import time
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest
from samples import FULL, feed_in

from feedsvc.errors import NotAFeed
from feedsvc.formats import atom as atom_format
from feedsvc.formats import jsonfeed, upstream
from feedsvc.formats import rss as rss_format
from feedsvc.formats.parsed import NEVER
from feedsvc.model import (
    Author,
    Category,
    Enclosure,
    Item,
    Podcast,
    Reference,
    Source,
    Tombstone,
    Via,
)

URL = "https://e.org/dir/feed.xml"
SPACES = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    ' xmlns:podcast="https://podcastindex.org/namespace/1.0"'
    ' xmlns:at="http://purl.org/atompub/tombstones/1.0"'
    ' xmlns:fh="http://purl.org/syndication/history/1.0"'
)


def rss(item: str = "", channel: str = "") -> str:
    return (
        f'<rss version="2.0" {SPACES}><channel><title>T</title><link>https://e.org/</link>'
        f"<description>D</description>{channel}<item>{item}</item></channel></rss>"
    )


def atom(entry: str = "", feed: str = "", attributes: str = "") -> str:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" {SPACES} {attributes}><title>T</title>'
        f"<id>urn:feed</id><updated>2026-01-01T00:00:00Z</updated>{feed}<entry>{entry}</entry></feed>"
    )


def read(text: str, **options: Any) -> upstream.ParsedFeed:
    return upstream.read(text.encode(), **({"url": URL} | options))


def item_of(text: str) -> Item:
    parsed = read(text)
    assert parsed.faults == ()
    assert len(parsed.items) == 1
    return parsed.items[0]


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


FIELDS = [
    # ids as they came (feedparser resolves them against the base)
    (atom("<id>abc</id>"), "guid", "abc"),
    (atom("<id>  urn:x  </id>"), "guid", "urn:x"),
    (rss("<guid>abc</guid>"), "guid", "abc"),
    (rss("<guid isPermaLink='false'>Ünï ö</guid>"), "guid", "Ünï ö"),
    (rss("<link>/a</link>"), "guid", "https://e.org/a"),
    (rss(""), "guid", ""),
    # addresses
    (rss("<link> ../a?x=1&amp;b;c </link>"), "url", "https://e.org/a?x=1&b;c"),
    (rss("<link>https://e.org/a/../b?#</link>"), "url", "https://e.org/a/../b?#"),
    (rss("<guid>https://e.org/g</guid>"), "url", "https://e.org/g"),
    (rss("<guid isPermaLink='false'>https://e.org/g</guid>"), "url", ""),
    (rss("<atom:link href='a'/>"), "url", "https://e.org/dir/a"),
    (atom("<link href='a'/>"), "url", "https://e.org/dir/a"),
    (
        atom("<link rel='self' href='s'/><link href='a' type='text/html'/>"),
        "url",
        "https://e.org/dir/a",
    ),
    (
        atom("<link rel='alternate' type='application/pdf' href='p'/><link href='a'/>"),
        "url",
        "https://e.org/dir/a",
    ),
    (atom("<link xml:base='https://b.org/x/' href='a'/>"), "url", "https://b.org/x/a"),
    (
        atom("<link href='a'/>", attributes="xml:base='https://b.org/x/'"),
        "url",
        "https://b.org/x/a",
    ),
    (rss("<link>https://o.org/</link><guid>https://e.org/g</guid>"), "url", "https://e.org/g"),
    (
        rss("<link>https://o.org/</link><guid>https://e.org/g</guid>"),
        "external_url",
        "https://o.org/",
    ),
    (rss("<link>https://e.org/?utm=1</link><guid>https://e.org/</guid>"), "external_url", None),
    (
        rss("<link>https://o.org/</link><atom:link rel='self' href='https://e.org/s'/>"),
        "url",
        "https://e.org/s",
    ),
    (atom("<link href='a'/><link rel='related' href='r'/>"), "external_url", "https://e.org/dir/r"),
    (rss("<comments>c</comments>"), "comments_url", "https://e.org/dir/c"),
    (atom("<link rel='replies' href='c'/>"), "comments_url", "https://e.org/dir/c"),
    (
        rss("<link>a</link><atom:link rel='via' href='b' title='B &amp; c'/>"),
        "via",
        (Via("https://e.org/dir/b", "B & c"),),
    ),
    (rss("<link>a</link><atom:link rel='via' href='b'/>"), "url", "https://e.org/dir/a"),
    (
        atom("<link rel='via' href='b'/><link href='a'/><link rel='Via' href='c' title='C'/>"),
        "via",
        (Via("https://e.org/dir/b"), Via("https://e.org/dir/c", "C")),
    ),
    (atom("<link rel='via' href='b'/>"), "url", ""),
    (atom("<id>https://e.org/i</id>"), "url", "https://e.org/i"),
    (atom("<id>urn:x</id>"), "url", ""),
    # titles: plain where nothing says HTML
    (rss("<title>Fish &amp; chips &lt; caviar</title>"), "title", "Fish & chips < caviar"),
    (rss("<title>a\n  b\u00a0c</title>"), "title", "a b\u00a0c"),
    (rss("<title>&lt;b&gt;Bold&lt;/b&gt; move</title>"), "title", "Bold move"),
    (rss("<title>AT&amp;amp;T</title>"), "title", "AT&T"),
    (rss("<title>x&lt;y and y&gt;z</title>"), "title", "x<y and y>z"),
    (
        atom("<title>&lt;b&gt;literally&lt;/b&gt; &amp;amp;</title>"),
        "title",
        "<b>literally</b> &amp;",
    ),
    (atom("<title type='html'>&lt;b&gt;Bold&lt;/b&gt; &amp;amp; c</title>"), "title", "Bold & c"),
    (
        atom(
            "<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>a<i>b</i></div></title>"
        ),
        "title",
        "a b",
    ),
    (
        rss("<media:content url='u:x' type='a/b'><media:title>no</media:title></media:content>"),
        "title",
        "",
    ),
    # texts that feedparser would take for UTF-8 read as Latin-1
    (rss("<title>Ã©</title>"), "title", "Ã©"),
    (rss("<description>Ã© Â½</description>"), "summary", "Ã© Â½"),
    (atom("<content type='html'>&lt;p&gt;Ã©&lt;/p&gt;</content>"), "content_html", "<p>Ã©</p>"),
    (
        atom(
            "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>a"
            "<i title='Ã©'>b</i>Ã©</div></content>"
        ),
        "content_html",
        'a<i title="Ã©">b</i>Ã©',
    ),
    # content and summary
    (rss("<description>One line</description>"), "summary", "One line"),
    (rss("<description>One line</description>"), "content_html", ""),
    (rss("<description>a &amp;lt;b&amp;gt;</description>"), "summary", "a <b>"),
    (rss("<description>&lt;p&gt;All&lt;/p&gt;</description>"), "content_html", "<p>All</p>"),
    (rss("<description>&lt;p&gt;All&lt;/p&gt;</description>"), "summary", ""),
    (
        rss("<description>Short</description><content:encoded>&lt;p&gt;Long</content:encoded>"),
        "summary",
        "Short",
    ),
    (
        rss("<content:encoded><![CDATA[<p>Long]]></content:encoded><description>S</description>"),
        "content_html",
        "<p>Long",
    ),
    (
        rss(
            "<description>Long</description><content:encoded>&lt;p&gt;Long&lt;/p&gt;</content:encoded>"
        ),
        "summary",
        "",
    ),
    (
        rss("<itunes:summary>I</itunes:summary><description>&lt;p&gt;D&lt;/p&gt;</description>"),
        "content_html",
        "<p>D</p>",
    ),
    (rss(f"<description>{'word ' * 2000}</description>"), "content_html", ("word " * 2000).strip()),
    (atom("<content>a &lt; b\n\nc</content>"), "content_html", "<p>a &lt; b</p>\n<p>c</p>"),
    (atom("<content>a</content><summary>s</summary>"), "summary", "s"),
    (atom("<summary type='html'>s &amp;amp; t</summary>"), "summary", "s & t"),
    (atom("<summary type='html'>&lt;p&gt;s</summary><content>c</content>"), "summary", "s"),
    (atom("<summary type='html'>&lt;p&gt;s</summary>"), "content_html", "<p>s"),
    (atom("<summary>a &lt;b&gt;</summary>"), "summary", "a <b>"),
    (atom("<content type='text'>t</content><content type='html'>h</content>"), "content_html", "h"),
    (atom("<content type='image/png' src='x.png'/>"), "content_html", ""),
    (
        atom("<content type='html' xml:base='https://b.org/x/'>&lt;img src='a.png'&gt;</content>"),
        "content_html",
        '<img src="https://b.org/x/a.png">',
    ),
    (
        atom(
            "<media:group><media:title>M</media:title><media:description>a &lt; b\n\nc"
            "</media:description></media:group>"
        ),
        "content_html",
        "<p>a &lt; b</p>\n<p>c</p>",
    ),
    (rss("<media:description type='html'>&lt;b&gt;x</media:description>"), "content_html", "<b>x"),
    (rss("<itunes:title>I</itunes:title><media:title>M</media:title>"), "title", "I"),
    (atom("<media:group><media:title>M</media:title></media:group>"), "title", "M"),
    (rss("<itunes:summary>I</itunes:summary>"), "content_html", "<p>I</p>"),
    (rss("<itunes:summary>I</itunes:summary><description>D</description>"), "content_html", ""),
    # credits
    (
        rss("<dc:creator>A</dc:creator><dc:creator>B</dc:creator>"),
        "authors",
        (Author("A"), Author("B")),
    ),
    (rss("<author>a@e.org (A (Mrs) B)</author>"), "authors", (Author("A (Mrs) B", "a@e.org"),)),
    (rss('<author>"A B" &lt;a@e.org&gt;</author>'), "authors", (Author("A B", "a@e.org"),)),
    (rss("<author>a@e.org</author>"), "authors", (Author("", "a@e.org"),)),
    (rss("<author>A</author><dc:creator>B</dc:creator>"), "authors", (Author("B"),)),
    (rss("<itunes:author>I</itunes:author>"), "authors", (Author("I"),)),
    (
        rss(
            "<dc:creator>A</dc:creator><atom:author><atom:name>A</atom:name><atom:uri>u</atom:uri>"
            "</atom:author>"
        ),
        "authors",
        (Author("A", None, "https://e.org/dir/u"),),
    ),
    (
        atom(
            "<author><name>A</name><email>a@e.org</email></author><author><name>B</name></author>"
        ),
        "authors",
        (Author("A", "a@e.org"), Author("B")),
    ),
    (atom("<contributor><name>C</name></contributor>"), "authors", (Author("C"),)),
    (
        atom("<contributor><name>C</name></contributor><author><name>A</name></author>"),
        "authors",
        (Author("A"),),
    ),
    (atom("<author/><author><name> </name></author>"), "authors", ()),
    # categories
    (
        rss(
            "<category domain='urn:s'>a</category><category>b/c</category>"
            "<dc:subject>d</dc:subject>"
        ),
        "categories",
        (Category("a", "urn:s"), Category("b/c"), Category("d")),
    ),
    (
        atom("<category term='a' scheme='urn:s' label='A'/><category label='L'/><category/>"),
        "categories",
        (Category("a", "urn:s", "A"), Category("L", None, "L")),
    ),
    (
        rss("<media:keywords>a, b</media:keywords><itunes:keywords>b,c,</itunes:keywords>"),
        "categories",
        (Category("a"), Category("b"), Category("c")),
    ),
    (
        rss(
            "<media:group><media:category scheme='urn:s' label='L'>a</media:category></media:group>"
        ),
        "categories",
        (Category("a", "urn:s", "L"),),
    ),
    # times
    (
        rss("<pubDate>Mon, 02 Feb 2026 10:00:00 +0200</pubDate>"),
        "published",
        day("2026-02-02T08:00"),
    ),
    (rss("<pubDate>2 Feb 2026 10:00 EST</pubDate>"), "published", day("2026-02-02T15:00")),
    (rss("<dc:date>2026-02-02T10:00:00+02:00</dc:date>"), "updated", day("2026-02-02T08:00")),
    (
        rss("<atom:updated>2026-02-02T10:00:00.9Z</atom:updated>"),
        "updated",
        day("2026-02-02T10:00"),
    ),
    (
        rss("<pubDate>Tue, 30 Jun 2015 23:59:60 GMT</pubDate>"),
        "published",
        None,
    ),
    (rss("<pubDate>yesterday</pubDate>"), "published", None),
    (rss("<pubDate>Mon, 02 Feb 99999 10:00:00 GMT</pubDate>"), "published", None),
    (rss("<pubDate/>"), "published", None),
    (atom("<published>2026-02-02T10:00:00Z</published>"), "updated", None),
    # language
    (rss("<dc:language>ar</dc:language>"), "language", "ar"),
    (rss("<dc:language>ar</dc:language>"), "direction", "rtl"),
    (rss("", "<language>de</language>"), "language", None),
    (atom("<title xml:lang='fr'>x</title>", attributes="xml:lang='de'"), "language", None),
    (
        rss("<title>x</title>").replace(
            "<item", "<item xmlns:i='http://www.w3.org/2005/11/its' i:dir='rtl'"
        ),
        "direction",
        "rtl",
    ),
    # rights, pictures, files
    (rss("<dc:rights>© A &lt;b&gt;</dc:rights>"), "rights", "© A <b>"),
    (atom("<rights type='html'>&amp;copy; A</rights>"), "rights", "© A"),
    (rss("<media:thumbnail url='t.png'/>"), "image", "https://e.org/dir/t.png"),
    (rss("<media:group><media:thumbnail url='u:t'/></media:group>"), "image", "u:t"),
    (rss("<itunes:image href='i.png'/>"), "image", "https://e.org/dir/i.png"),
    (rss("<media:content medium='image' url='u:m'/>"), "image", "u:m"),
    (rss("<media:content medium='image' url='u:m'/>"), "enclosures", ()),
    (
        rss(
            "<enclosure url='a.mp3' length='0' type='audio/mpeg'/><enclosure url='u:b' length='x'/>"
        ),
        "enclosures",
        (
            Enclosure("https://e.org/dir/a.mp3", "audio/mpeg"),
            Enclosure("u:b", "application/octet-stream"),
        ),
    ),
    (
        rss(
            "<enclosure url='u:a' length='9' type='audio/mpeg'/><media:group>"
            "<media:content url='u:a' duration='61.5' fileSize='8'>"
            "<media:title>A</media:title></media:content>"
            "<media:content url='u:b' medium='video'/></media:group>"
        ),
        "enclosures",
        (
            Enclosure("u:a", "audio/mpeg", 9, None, None),
            Enclosure("u:b", "application/octet-stream"),
        ),
    ),
    (
        rss(
            "<enclosure url='u:a' length='9'/><media:content url='u:a' type='audio/mpeg'"
            " duration='61.5' fileSize='8'><media:title>A</media:title></media:content>"
        ),
        "enclosures",
        (Enclosure("u:a", "audio/mpeg", 9, "A", 61),),
    ),
    (
        atom("<link rel='enclosure' href='a' title='A' length='7' type='Audio/X'/>"),
        "enclosures",
        (Enclosure("https://e.org/dir/a", "Audio/X", 7, "A"),),
    ),
    # sources
    (rss("<source url='u:f'>S</source>"), "source", Source("S", None, "u:f")),
    (
        atom(
            "<source><id>urn:s</id><title>S</title><link href='https://s.org/'/>"
            "<link rel='self' href='https://s.org/f'/></source>"
        ),
        "source",
        Source("S", "https://s.org/", "https://s.org/f"),  # the id is that feed's, not the item's
    ),
    (rss("<dc:identifier>10.1000/182</dc:identifier>"), "source", None),
    (atom("<title>Mine</title><source><title>Theirs</title></source>"), "title", "Mine"),
    # podcasts
    (
        rss(
            "<itunes:duration>1:01:01</itunes:duration><itunes:episode>7</itunes:episode>"
            "<itunes:season>2</itunes:season><itunes:explicit>clean</itunes:explicit>"
            "<podcast:transcript url='t.vtt' type='text/vtt'/><podcast:chapters url='u:c'/>"
        ),
        "podcast",
        Podcast(
            3661,
            7,
            2,
            False,
            Reference("https://e.org/dir/t.vtt", "text/vtt"),
            Reference("u:c", ""),
        ),
    ),
    (rss("<itunes:explicit>yes</itunes:explicit>"), "podcast", Podcast(explicit=True)),
    (rss("<itunes:duration>61</itunes:duration>"), "podcast", Podcast(61)),
    (rss("<itunes:duration>1:x</itunes:duration><itunes:episode/>"), "podcast", None),
    (
        rss("<podcast:season>3</podcast:season><podcast:episode>4.0</podcast:episode>"),
        "podcast",
        Podcast(None, 4, 3),
    ),
]


@pytest.mark.parametrize(
    ("text", "field", "value"), FIELDS, ids=[f"{n}-{f}" for n, (_, f, _) in enumerate(FIELDS)]
)
def test_fields(text: str, field: str, value: object) -> None:
    assert getattr(item_of(text), field) == value


def test_words_that_look_like_markup_are_plain_in_our_own_feeds() -> None:
    item = "<title>&lt;b&gt;x&lt;/b&gt; &amp;amp;</title><dc:creator>a@e.org (A)</dc:creator>"
    foreign = item_of(rss(item))
    ours = item_of(rss(item, "<generator>feedsvc</generator>"))
    assert (foreign.title, foreign.authors) == ("x &", (Author("A", "a@e.org"),))
    assert (ours.title, ours.authors) == ("<b>x</b> &amp;", (Author("a@e.org (A)"),))


def test_the_feed_itself() -> None:
    parsed = read(
        rss(
            "<guid>1</guid><pubDate>Mon, 02 Feb 2026 10:00:00 GMT</pubDate>",
            "<language>de</language><copyright>© &amp; co</copyright><ttl>90</ttl><fh:complete/>"
            "<managingEditor>a@e.org (A)</managingEditor><image><url>i.png</url></image>"
            "<atom:icon>f.ico</atom:icon><atom:link rel='self' href='feed.xml' type='a/b'/>"
            "<atom:link rel='hub' href='https://hub.org/'/>",
        )
    )
    feed = parsed.feed
    assert (feed.title, feed.url, feed.description) == ("T", "https://e.org/", "D")
    assert (feed.id, feed.language, feed.rights) == (URL, "de", "© & co")
    assert (feed.ttl, feed.complete, feed.authors) == (90, True, (Author("A", "a@e.org"),))
    assert (feed.image, feed.icon) == ("https://e.org/dir/i.png", "https://e.org/dir/f.ico")
    assert (feed.link("self"), feed.link("hub")) == (URL, "https://hub.org/")
    assert feed.updated == day("2026-02-02T10:00")
    assert [(i.language, i.authors) for i in parsed.items] == [(None, ())]
    assert [(i.language, i.authors) for i in parsed.completed()] == [("de", feed.authors)]


def test_a_change_stands_for_a_publication_that_is_not_told() -> None:
    parsed = read(atom("<updated>2026-02-02T10:00:00Z</updated>"))
    assert parsed.items[0].published is None
    assert parsed.completed()[0].published == day("2026-02-02T10:00")


def test_an_atom_feed_itself() -> None:
    feed = read(
        atom(
            feed="<subtitle>S</subtitle><logo>l.png</logo><icon>i.ico</icon><rights>R</rights>"
            "<link href='/'/><link rel='next' href='?p=2'/><author><name>A</name></author>",
            attributes="xml:lang='fr' xml:base='https://b.org/'",
        )
    ).feed
    assert (feed.id, feed.title, feed.description) == ("urn:feed", "T", "S")
    assert (feed.url, feed.link("next")) == ("https://b.org/", "https://b.org/?p=2")
    assert (feed.image, feed.icon) == ("https://b.org/l.png", "https://b.org/i.ico")
    assert (feed.rights, feed.language, feed.authors) == ("R", "fr", (Author("A"),))
    assert feed.updated == day("2026-01-01")


def test_a_feed_without_any_time() -> None:
    assert read(rss("<title>x</title>")).feed.updated == NEVER


def test_every_tombstone_is_read() -> None:
    gone = "".join(
        f"<at:deleted-entry ref='urn:{n}' when='2026-01-0{n}T00:00:00Z'/>" for n in (1, 2, 3)
    )
    expected = tuple(Tombstone(f"urn:{n}", day(f"2026-01-0{n}")) for n in (1, 2, 3))
    bad = "<at:deleted-entry ref='urn:x' when='then'/><at:deleted-entry/>"
    assert read(atom(feed=gone + bad)).tombstones == expected
    assert read(rss(channel=gone + bad)).tombstones == expected


OLD = {
    "RSS 0.91": (
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"'
        ' "http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel>'
        "<title>T</title><item><title>caf&eacute;</title><link>https://e.org/1</link>"
        "<description>D</description></item></channel></rss>"
    ),
    "RSS 1.0": (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns="http://purl.org/rss/1.0/"><channel rdf:about="urn:f"><title>T</title></channel>'
        '<image><url>https://e.org/i</url></image><item rdf:about="https://e.org/1">'
        "<title>café</title><link>https://e.org/1</link><description>D</description></item></rdf:RDF>"
    ),
    "RSS 2.0 with a namespace": (
        '<rss version="2.0" xmlns="http://backend.userland.com/rss2"><channel><title>T</title>'
        "<item><title>café</title><link>https://e.org/1</link><description>D</description></item>"
        "</channel></rss>"
    ),
    "Atom 0.3": (
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>T</title><entry>'
        "<title>café</title><id>https://e.org/1</id><link rel='alternate' href='https://e.org/1'/>"
        "<summary>D</summary></entry></feed>"
    ),
    "Atom without its namespace": (
        "<feed><title>T</title><entry><title>café</title><id>https://e.org/1</id>"
        "<link href='https://e.org/1'/><summary>D</summary></entry></feed>"
    ),
    "Atom with a prefix": (
        '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>T</a:title><a:entry>'
        "<a:title>café</a:title><a:id>https://e.org/1</a:id><a:link href='https://e.org/1'/>"
        "<a:summary>D</a:summary></a:entry></a:feed>"
    ),
}


@pytest.mark.parametrize("text", OLD.values(), ids=OLD)
def test_old_and_odd_formats(text: str) -> None:
    parsed = read(text)
    assert parsed.faults == ()
    assert parsed.feed.title == "T"
    (item,) = parsed.items
    assert (item.guid, item.url) == ("https://e.org/1", "https://e.org/1")
    assert (item.title, item.summary) == ("café", "D")


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        # characters that XML can't carry (feedparser lets them through)
        (rss("<title>a&#8;b\x08c&#0;&#xFFFE;</title>"), ["abc"]),
        (rss("<title>a &nbsp;&eacute; &unknown; & b</title>"), ["a \xa0é &unknown; & b"]),
        (rss("<title>a</title>")[:-30], ["a"]),
        (rss("<title>a</title><description><p>b<br>c</description>"), ["a"]),
        (
            "<br /><b>Warning</b>: x in y.php\n<?xml version='1.0'?>" + rss("<title>a</title>"),
            ["a"],
        ),
        (
            rss("<title>a</title>").replace(" xmlns:dc", " xmlns:no").replace("a<", "<dc:x/>a<"),
            ["a"],
        ),
        (
            rss("<title>a</title></item><item><title>b</title><x></item><item><title>c</title>"),
            ["a", "b", "c"],
        ),
        (rss("<title>a</title>") + "<!-- --", ["a"]),
        # names that come out of the mending and that no XML can have
        (rss("<title>a</title><:x/><x:y:z/><no:such/><i.n:x 1=2 a:b='c'/></link"), ["a"]),
        (rss("<title>a</title><dc/:creator><itunes:episode<7</itunes:episode>"), ["a"]),
        (rss("<title>a</title>") + rss("<title>b</title>"), ["a"]),
    ],
)
def test_broken_xml_still_yields_items(text: str, titles: list[str]) -> None:
    parsed = read(text)
    assert [item.title for item in parsed.items] == titles
    assert len(parsed.faults) == 1 and parsed.faults[0].startswith("The XML is broken")


def test_an_undeclared_prefix_means_what_it_always_means() -> None:
    text = "<rss><channel><item><dc:creator>A</dc:creator></item></channel></rss>"
    assert read(text).items[0].authors == (Author("A"),)


def declared(encoding: str, text: str = "Bücher № 1") -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>' + rss(f"<title>{text}</title>")


@pytest.mark.parametrize(
    ("body", "content_type", "title"),
    [
        (declared("utf-8").encode(), None, "Bücher № 1"),
        (rss("<title>Bücher</title>").encode(), None, "Bücher"),
        (declared("windows-1251", "Книги").encode("cp1251"), None, "Книги"),
        (declared("iso-8859-1", "Bücher").encode("latin-1"), "application/xml", "Bücher"),
        (declared("iso-8859-1", "It’s").encode("cp1252"), None, "It’s"),
        (declared("gb2312", "書籍").encode("gb18030"), None, "書籍"),
        # HTTP before the declaration, the mark before HTTP
        (declared("utf-8", "Книги").encode("cp1251"), "text/xml; charset=windows-1251", "Книги"),
        (declared("utf-8", "Книги").encode("cp1251"), 'text/xml; charset="CP1251"', "Книги"),
        (declared("utf-8").encode("utf-8-sig"), "text/xml; charset=windows-1251", "Bücher № 1"),
        (declared("utf-16").encode("utf-16"), "text/xml; charset=utf-8", "Bücher № 1"),
        (declared("utf-16").encode("utf-16-le"), None, "Bücher № 1"),
        (declared("utf-16").encode("utf-16-be"), None, "Bücher № 1"),
        (declared("utf-32").encode("utf-32"), None, "Bücher № 1"),
        # no charset in text/xml is no charset (RFC 7303 9.2), not ASCII
        (rss("<title>Bücher</title>").encode(), "text/xml", "Bücher"),
    ],
)
def test_charsets(body: bytes, content_type: str | None, title: str) -> None:
    parsed = upstream.read(body, content_type=content_type)
    assert parsed.items[0].title == title
    assert parsed.faults == ()


@pytest.mark.parametrize(
    ("body", "content_type", "title"),
    [
        # one bad byte among good letters: the letters stay (feedparser breaks every one of them)
        (declared("utf-8", "ä ö ü \\ ß").encode().replace(b"\\", b"\xe9"), None, "ä ö ü \ufffd ß"),
        (declared("utf-8", "é ü").encode("latin-1"), None, "é ü"),
        (declared("utf-8", "It’s").encode("cp1252"), "text/xml; charset=utf-8", "It’s"),
        (declared("us-ascii", "Bücher № 1").encode(), "x; charset=no-such", "Bücher № 1"),
        (declared("shift_jis", "Bücher №").encode(), None, "Bücher №"),
        (declared("utf-8", "本").encode(), "text/xml; charset=ascii", "本"),
        (declared("utf-16-le", "odd").encode("utf-16")[:-1], None, "odd"),
    ],
)
def test_bytes_that_do_not_fit_their_charset(
    body: bytes, content_type: str | None, title: str
) -> None:
    parsed = upstream.read(body, content_type=content_type)
    assert parsed.items[0].title == title


@pytest.mark.parametrize(
    "name", ["utf-7", "unicode_escape", "idna", "punycode", "zlib", "rot13", "hex"]
)
def test_codecs_that_are_no_charsets_are_not_used(name: str) -> None:
    body = declared(name, "+ADw-b\\u0041 ü").encode()
    assert upstream.read(body).items[0].title == "+ADw-b\\u0041 ü"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_feed_by_the_same_door(encoding: str) -> None:
    text = (
        ' {"version": "https://jsonfeed.org/version/1.1", "title": "日本", "items": [{"id": "1"}]}'
    )
    parsed = upstream.read(text.encode(encoding), content_type="application/feed+json")
    assert (parsed.feed.title, parsed.items[0].guid, parsed.faults) == ("日本", "1", ())


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "empty"),
        (b" \r\n\0", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"hello", "no XML"),
        (
            b"<!DOCTYPE html><html><head><title>x</title></head><body><p>y<br></body></html>",
            "web page",
        ),
        (b'<html xmlns="http://www.w3.org/1999/xhtml"/>', "web page"),
        (b"<opml version='2.0'/>", "root element is opml"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "root element is svg"),
        (b"[1, 2]", "no JSON Feed"),
        (b'{"version": "1", "items": []}', "no JSON Feed"),
        (b'{"half', "no JSON"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "no XML"),
        (b"\x89PNG\r\n\x1a\n\0\0", "no XML"),
        (bytes(range(256)), "no XML"),
        (b"<" * 100_000, "no XML"),
        (b"<rdf/>", "root element is rdf"),
    ],
)
def test_what_is_no_feed_is_refused(body: bytes, told: str) -> None:
    with pytest.raises(NotAFeed, match=told):
        upstream.read(body)


def test_an_empty_feed_is_a_feed() -> None:
    for text in ("<rss/>", "<rss><channel/></rss>", '<feed xmlns="http://www.w3.org/2005/Atom"/>'):
        assert read(text).items == ()


def test_a_body_that_names_a_file_is_not_opened(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text(rss("<title>secret</title>"), encoding="utf-8")
    body = str(file).encode()
    # What feedparser makes of the same bytes, or there would be nothing to guard against.
    assert feedparser.parse(body).entries[0].title == "secret"
    for hostile in (body, file.as_uri().encode(), b"/dev/zero"):
        with pytest.raises(NotAFeed):
            upstream.read(hostile)


BOMB = "<!DOCTYPE rss [<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)
)


@pytest.mark.parametrize(
    "doctype",
    [
        BOMB + "]>",
        '<!DOCTYPE rss [<!ENTITY a9 SYSTEM "{file}">]>',
        '<!DOCTYPE rss [<!ENTITY % p SYSTEM "{file}"> %p;]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd">',
        "<!DOCTYPE rss [<!ENTITY a9 '" + "x" * 99 + "'>" * 1 + "]>",
    ],
)
def test_document_types_open_nothing_and_blow_up_nothing(doctype: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("secret", encoding="utf-8")
    began = time.monotonic()
    parsed = read(doctype.replace("{file}", file.as_uri()) + rss("<title>t &a9;</title>" * 50))
    assert time.monotonic() - began < 1
    assert "secret" not in parsed.items[0].title and len(parsed.items[0].title) < 200


@pytest.mark.parametrize(
    "text",
    [
        # each took feedparser, or a pattern, the square of its length
        rss(f"<author>{'a.' * 16_000}</author>"),
        rss(f"<author>x@{'a.' * 16_000}</author>"),
        rss(f"<dc:creator>{'(' * 50_000}</dc:creator>"),
        rss(channel=f"<managingEditor>x@{'a.' * 16_000}</managingEditor>"),
        rss(channel=f"<webMaster>x@{'a.' * 16_000}</webMaster>"),
        rss(f"<title>{'&amp;a' * 50_000}</title>"),
        rss(f"<title>{'&lt;a ' * 50_000}</title>"),
        rss(f"<description>{'&lt;!--' * 50_000}</description>"),
        rss(f"<description>{'&lt;script&gt;' * 20_000}</description>"),
        rss("<category>a</category>" * 5_000),
        rss("<x>" * 200 + "</x>" * 200),
        "<rss>" + "<item>" * 50_000,
        rss() + "<!DOCTYPE " * 50_000,
        rss(f"<title>{'&amp;' * 100_000}</title>").replace("&amp;", "&"),
        rss("".join(f"<enclosure url='u:{n}'/>" for n in range(5_000))),
    ],
)
def test_hostile_feeds_take_no_time(text: str) -> None:
    began = time.monotonic()
    read(text)
    assert time.monotonic() - began < 3


def test_damaged_feeds_are_read_or_refused() -> None:
    """Bytes changed, lost, doubled and put in: nothing but NotAFeed is ever raised."""
    chance = random.Random(20261122)
    pieces = (
        b"<",
        b"&",
        b"]]>",
        b"<!--",
        b'"',
        b"\x00",
        b"\xff\xfe",
        b"<item>",
        b"{",
        b"\xc3",
        b":",
    )
    sound = [rss_format.render(feed_in("rss"), [FULL]), atom_format.render(feed_in("atom"), [FULL])]
    sound.append(jsonfeed.render(feed_in("json"), [FULL]))
    read_whole = 0
    for _ in range(600):
        body = bytearray(chance.choice(sound))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(body))
            to = at + chance.randrange(1, 100)
            body[at:to] = chance.choice((b"", body[at:to] * 2, chance.choice(pieces) + body[at:to]))
        with contextlib.suppress(NotAFeed):
            read_whole += upstream.read(bytes(body), url=URL).items != ()
    assert read_whole > 300


def test_a_text_of_eleven_megabytes_is_no_end() -> None:
    parsed = read(rss(f"<title>a</title><description>{'x' * 11_000_000}</description>"))
    assert "broken" in parsed.faults[0]


def test_feedparser_tells_nothing_by_warnings() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        item = item_of(rss("<pubDate>Mon, 02 Feb 2026 10:00:00 GMT</pubDate>"))
    assert item.updated is None


def test_entries_inside_content_are_content() -> None:
    inner = (
        "<title>Outer</title><id>urn:1</id><content type='xhtml'><div"
        " xmlns='http://www.w3.org/1999/xhtml'><item xmlns=''><title>Inner</title></item></div>"
        "</content>"
    )
    assert item_of(atom(inner)).title == "Outer"
