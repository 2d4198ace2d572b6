"""Well-made feeds are said to be well made: no finding at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from formats.check.documents import ATOM, JSON, OPML, RSS, RSS_10
from samples import BARE, FULL, NOW, SITE, feed_in

from feedsvc.formats import atom, jsonfeed, opml, rss
from feedsvc.formats.check import check
from feedsvc.model import Source

RICH_ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0"
 xmlns:at="http://purl.org/atompub/tombstones/1.0" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:fh="http://purl.org/syndication/history/1.0" xml:lang="en" xml:base="https://example.org/">
<title>Example &amp; Sons</title>
<subtitle>All about &lt;angle brackets></subtitle>
<id>urn:uuid:60a76c80-d399-11d9-b91c-0003939e0af6</id>
<updated>2026-11-22T12:00:00+01:00</updated>
<generator uri="https://example.org/gen" version="1.0">Generator</generator>
<icon>favicon.ico</icon>
<logo>logo.png</logo>
<rights>© 2026</rights>
<author><name>Ada Lovelace</name><email>ada@example.org</email><uri>https://example.org/ada</uri>
</author>
<contributor><name>Grace Hopper</name></contributor>
<category term="food" scheme="https://example.org/terms" label="Food &amp; drink"/>
<link rel="self" type="application/atom+xml" href="https://example.org/feed.atom"/>
<link rel="hub" href="https://example.org/hub"/>
<link rel="alternate" type="text/html" hreflang="en" href="."/>
<link rel="alternate" type="text/html" hreflang="de" href="de/"/>
<link rel="prev-archive" href="archive/3.atom"/>
<at:deleted-entry ref="tag:example.org,2026:gone" when="2026-11-21T12:00:00Z"/>
<entry>
 <title>One: 1 &lt; 2</title>
 <id>tag:example.org,2026:1</id>
 <published>2026-11-20T08:30:00Z</published>
 <updated>2026-11-22T10:00:00Z</updated>
 <author><name>Ada Lovelace</name></author>
 <link rel="alternate" type="text/html" href="https://example.org/1"/>
 <link rel="enclosure" type="audio/mpeg" length="1234" href="https://example.org/1.mp3"/>
 <link rel="replies" type="application/atom+xml" href="1/replies" thr:count="2"
  thr:updated="2026-11-22T11:00:00Z"/>
 <category term="news"/>
 <summary>Short</summary>
 <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Hi <a href="2">two</a></p>
 </div></content>
 <media:thumbnail url="https://example.org/1.jpg" width="100" height="50"/>
 <source><id>https://example.com/</id><title>Elsewhere</title>
 <updated>2026-11-19T00:00:00Z</updated></source>
</entry>
<entry xml:lang="ar">
 <title>مقال عن الكتب</title>
 <id>https://example.org/2</id>
 <updated>2026-11-19T08:00:00Z</updated>
 <link href="https://example.org/2"/>
 <content type="html">&lt;p dir="rtl"&gt;مرحبا&lt;br&gt;&lt;img alt="" src="i.png"&gt;&lt;/p&gt;
 </content>
</entry>
</feed>
"""

RICH_RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
 xmlns:slash="http://purl.org/rss/1.0/modules/slash/"
 xmlns:wfw="http://wellformedweb.org/CommentAPI/"
 xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
 xmlns:podcast="https://podcastindex.org/namespace/1.0">
<channel>
<title>Fish &#x26; Chips</title>
<link>https://example.org/</link>
<description>A show</description>
<atom:link rel="self" type="application/rss+xml" href="https://example.org/feed.rss"/>
<atom:link rel="hub" href="https://example.org/hub"/>
<language>en-gb</language>
<copyright>© 2026 Example</copyright>
<managingEditor>ada@example.org (Ada Lovelace)</managingEditor>
<pubDate>Sun, 22 Nov 2026 11:00:00 GMT</pubDate>
<lastBuildDate>Sun, 22 Nov 2026 12:00:00 GMT</lastBuildDate>
<category domain="https://example.org/terms">Food</category>
<generator>Generator 1.0 (https://example.org/)</generator>
<docs>https://www.rssboard.org/rss-specification</docs>
<ttl>60</ttl>
<image><url>https://example.org/logo.png</url><title>Fish &#x26; Chips</title>
<link>https://example.org/</link><width>144</width><height>144</height></image>
<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>
<itunes:author>Ada</itunes:author><itunes:type>episodic</itunes:type>
<itunes:category text="Society &amp; Culture"><itunes:category text="Documentary"/>
</itunes:category>
<itunes:explicit>false</itunes:explicit><itunes:image href="https://example.org/cover.jpg"/>
<itunes:owner><itunes:name>Ada</itunes:name><itunes:email>ada@example.org</itunes:email>
</itunes:owner>
<podcast:locked owner="ada@example.org">yes</podcast:locked>
<podcast:guid>917393e3-1b1e-5cef-ace4-edaa54e1f810</podcast:guid>
<item>
<title>One &#x3C; two</title>
<link>https://example.org/1</link>
<guid isPermaLink="false">tag:example.org,2026:1</guid>
<pubDate>Sun, 22 Nov 2026 11:00:00 +0000</pubDate>
<dc:creator>Ada Lovelace</dc:creator><dc:creator>Grace Hopper</dc:creator>
<category><![CDATA[News]]></category>
<comments>https://example.org/1#comments</comments>
<description>Short</description>
<content:encoded><![CDATA[<p>Long &amp; <em>rich</em>: <a href="https://example.org/">x</a></p>
<pre><code>if (a &lt; b)</code></pre>]]></content:encoded>
<enclosure url="https://example.org/1.mp3" length="1234" type="audio/mpeg"/>
<media:content url="https://example.org/1.mp3" fileSize="1234" type="audio/mpeg" duration="61"/>
<source url="https://example.com/feed">Elsewhere</source>
<slash:comments>0</slash:comments>
<wfw:commentRss>https://example.org/1/comments.rss</wfw:commentRss>
<itunes:duration>1:01</itunes:duration><itunes:episode>1</itunes:episode>
<podcast:transcript url="https://example.org/1.vtt" type="text/vtt" language="en"/>
<podcast:chapters url="https://example.org/1.json" type="application/json+chapters"/>
<podcast:person role="guest" href="https://example.org/grace">Grace Hopper</podcast:person>
</item>
</channel>
</rss>
"""

RSS_092 = """<rss version="0.92"><channel><title>Old</title><link>http://example.org/</link>
<description>Old</description><item><description>Only words &amp; a &lt;b&gt;tag&lt;/b&gt;
</description></item></channel></rss>"""


@pytest.mark.parametrize(
    "document",
    [ATOM, RSS, RSS_10, JSON, OPML, RICH_ATOM, RICH_RSS],
    ids=["atom", "rss", "rss 1.0", "json", "opml", "rich atom", "rich rss"],
)
def test_nothing_is_said_of_a_well_made_feed(document: str) -> None:
    assert list(map(str, check(document.encode()))) == []


def test_old_rss_is_not_measured_by_the_profile_of_the_new() -> None:
    assert [f.id for f in check(RSS_092.encode())] == ["rss.item.title-missing"]


@pytest.mark.parametrize("form", [rss, atom, jsonfeed], ids=["rss", "atom", "json"])
def test_nothing_is_said_of_our_own_feeds(form: object) -> None:
    extension = {rss: "rss", atom: "atom", jsonfeed: "json"}[form]
    source = Source(
        "Elsewhere", "https://elsewhere.example/", "https://elsewhere.example/feed", "urn:isbn:1"
    )
    body = form.render(feed_in(extension), [replace(FULL, source=source), BARE])
    findings = check(body, content_type=form.MEDIA_TYPE, url=f"{SITE}/feeds/main.{extension}")
    assert list(map(str, findings)) == []


def test_nothing_is_said_of_our_own_list_of_feeds() -> None:
    outline = opml.Outline("Example & Sons", f"{SITE}/feeds/main.rss", f"{SITE}/")
    body = opml.render("Feeds", [outline], updated=NOW)
    assert list(map(str, check(body, content_type=opml.MEDIA_TYPE))) == []
