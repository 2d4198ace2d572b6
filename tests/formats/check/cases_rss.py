"""RSS 2.0 and 1.0: each row spoils one detail of a clean feed."""

from __future__ import annotations

from formats.check.documents import RSS, RSS_10, Case, cases

_SELF = '<atom:link rel="self" type="application/rss+xml" href="https://example.org/feed.rss"/>\n'
_GUID = "<guid>https://example.org/1</guid>"
_DATE = "<pubDate>Sun, 22 Nov 2026 11:00:00 GMT</pubDate>"
_DESCRIPTION = "<description>&lt;p&gt;Hello&lt;/p&gt;</description>"
_ITEM_LINK = "<link>https://example.org/1</link>"
_IMAGE = (
    "<image><url>https://example.org/i.png</url><title>Example</title>"
    "<link>https://example.org/</link></image><item>"
)
_CLOUD = '<cloud domain="e.org" port="80" path="/" registerProcedure="r" protocol="soap"/><item>'
_INPUT = (
    "<textInput><title>T</title><description>D</description><name>q</name>"
    "<link>https://example.org/q</link></textInput><item>"
)
_ENCLOSURE = '<enclosure url="https://example.org/1.mp3" length="1" type="audio/mpeg"/>'
_SECOND = (
    "<item><title>Two</title><link>https://example.org/2</link>"
    "<guid>https://example.org/1</guid><pubDate>Sun, 22 Nov 2026 10:00:00 GMT</pubDate></item>"
    "</channel>"
)

CASES: list[Case] = (
    cases(
        RSS,
        [
            # The frame
            ("rss.namespace", "<rss ", '<rss xmlns="http://purl.org/rss/1.0/" '),
            ("rss.version-missing", '<rss version="2.0"', "<rss"),
            ("rss.version-unknown", 'version="2.0"', 'version="2.0.1"'),
            ("rss.attribute-undefined", 'version="2.0"', 'version="2.0" lang="en"'),
            ("rss.channel.title-missing", "<title>Example</title>\n", ""),
            ("rss.channel.link-missing", "<link>https://example.org/</link>\n", ""),
            ("rss.channel.description-missing", "<description>An example</description>\n", ""),
            ("feed.self-missing", _SELF, ""),
            ("rss.element-empty", "<title>Example</title>", "<title/>"),
            ("rss.channel.element-after-items", "</channel>", "<ttl>60</ttl></channel>"),
            ("rss.text-stray", "<item>", "loose <item>"),
            ("rss.element-undefined", "<item>", "<updated>now</updated><item>"),
            ("rss.element-undefined", "<item>", "<lastbuilddate>x</lastbuilddate><item>"),
            ("rss.element-undefined", "</channel>", "</channel><item/>"),
            (
                "rss.element-repeated",
                "<title>Example</title>",
                "<title>Example</title><title>2</title>",
            ),
            # The channel's elements
            ("rss.language-invalid", "<item>", "<language>en_us</language><item>"),
            ("", "<item>", "<language>en-us</language><item>"),
            ("rss.url-invalid", "<item>", "<docs>spec.html</docs><item>"),
            ("rss.number-invalid", "<item>", "<ttl>0</ttl><item>"),
            ("rss.number-invalid", "<item>", "<ttl>1 hour</ttl><item>"),
            ("rss.email-invalid", "<item>", "<webMaster>Ada Lovelace</webMaster><item>"),
            ("rss.email-form", "<item>", "<webMaster>ada@example.org</webMaster><item>"),
            ("rss.email-form", "<item>", "<webMaster>Ada &lt;ada@example.org></webMaster><item>"),
            ("", "<item>", "<managingEditor>ada@example.org (Ada Lovelace)</managingEditor><item>"),
            ("rss.date-invalid", "<item>", "<lastBuildDate>2026-11-22</lastBuildDate><item>"),
            ("rss.element-empty", "<item>", "<rating/><item>"),
            ("", "<item>", "<rating>(PICS-1.1)</rating><generator>G 1.0</generator><item>"),
            ("rss.text-has-elements", "<item>", "<generator><b>G</b></generator><item>"),
            ("", "<item>", _IMAGE),
            ("rss.part-missing", "<item>", _IMAGE.replace("<title>Example</title>", "")),
            ("rss.image.title-differs", "<item>", _IMAGE.replace("Example", "Another")),
            ("rss.image.link-differs", "<item>", _IMAGE.replace("org/</link>", "org/x</link>")),
            ("rss.image.format", "<item>", _IMAGE.replace("i.png", "i.svg")),
            (
                "rss.number-invalid",
                "<item>",
                _IMAGE.replace("</image>", "<width>200</width></image>"),
            ),
            (
                "rss.number-invalid",
                "<item>",
                _IMAGE.replace("</image>", "<height>0</height></image>"),
            ),
            ("", "<item>", _CLOUD),
            ("rss.attribute-missing", "<item>", _CLOUD.replace('path="/"', "")),
            ("rss.number-invalid", "<item>", _CLOUD.replace('"80"', '"http"')),
            ("rss.cloud.protocol", "<item>", _CLOUD.replace("soap", "rest")),
            ("rss.text-input", "<item>", _INPUT),
            ("rss.text-input rss.part-missing", "<item>", _INPUT.replace("<name>q</name>", "")),
            ("", "<item>", "<skipHours><hour>0</hour><hour>23</hour></skipHours><item>"),
            ("rss.skip-hours.midnight", "<item>", "<skipHours><hour>24</hour></skipHours><item>"),
            ("rss.number-invalid", "<item>", "<skipHours><hour>25</hour></skipHours><item>"),
            (
                "rss.skip-repeated",
                "<item>",
                "<skipHours><hour>5</hour><hour>05</hour></skipHours><item>",
            ),
            ("rss.part-missing", "<item>", "<skipHours/><item>"),
            ("rss.skip-days.day", "<item>", "<skipDays><day>Sun</day></skipDays><item>"),
            ("", "<item>", "<skipDays><day>Sunday</day></skipDays><item>"),
            ("rss.url-invalid", "<item>", '<category domain="">x</category><item>'),
            ("rss.element-empty", "<item>", "<category/><item>"),
            # The item
            (
                "rss.item.nothing",
                f"<title>One</title>\n{_ITEM_LINK}\n{_GUID}\n{_DATE}\n{_DESCRIPTION}",
                f"{_ITEM_LINK}{_GUID}{_DATE}",
            ),
            ("rss.item.title-missing", "<title>One</title>", ""),
            ("rss.item.link-missing", _ITEM_LINK, ""),
            ("rss.item.guid-missing", _GUID, ""),
            ("rss.item.date-missing", _DATE, ""),
            ("rss.item.date-elsewhere", _DATE, "<dc:date>2026-11-22</dc:date>"),
            ("rss.item.description-first", _DESCRIPTION, "<content:encoded>Hi</content:encoded>"),
            (
                "rss.item.description-first",
                _DESCRIPTION,
                "<content:encoded>Hi</content:encoded><description>Hi</description>",
            ),
            (
                "",
                _DESCRIPTION,
                "<description>Hi</description><content:encoded>Hi</content:encoded>",
            ),
            ("rss.item.enclosures", "</item>", f"{_ENCLOSURE * 2}</item>"),
            ("", "</item>", f"{_ENCLOSURE}</item>"),
            ("rss.attribute-missing", "</item>", _ENCLOSURE.replace('length="1"', "") + "</item>"),
            (
                "rss.attribute-missing",
                "</item>",
                _ENCLOSURE.replace('type="audio/mpeg"', "") + "</item>",
            ),
            (
                "rss.enclosure.length-unknown",
                "</item>",
                _ENCLOSURE.replace('"1"', '"-1"') + "</item>",
            ),
            ("rss.number-invalid", "</item>", _ENCLOSURE.replace('"1"', '"1 MB"') + "</item>"),
            ("rss.enclosure.type-invalid", "</item>", _ENCLOSURE.replace("audio/", "") + "</item>"),
            (
                "rss.url-invalid",
                "</item>",
                _ENCLOSURE.replace("https://example.org", "") + "</item>",
            ),
            ("rss.url-invalid", "</item>", _ENCLOSURE.replace("1.mp3", "ü.mp3") + "</item>"),
            ("rss.guid.empty", _GUID, '<guid isPermaLink="false"/>'),
            ("rss.guid.flag", _GUID, '<guid isPermaLink="no">https://example.org/1</guid>'),
            ("rss.guid.not-permalink", _GUID, "<guid>tag:example.org,2026:1</guid>"),
            ("rss.guid.not-permalink", _GUID, "<guid>post-1</guid>"),
            ("", _GUID, '<guid isPermaLink="false">tag:example.org,2026:1</guid>'),
            ("rss.guid.short", _GUID, '<guid isPermaLink="false">17</guid>'),
            ("rss.guid.repeated", "</channel>", _SECOND),
            ("rss.url-invalid", _ITEM_LINK, "<link>/1</link>"),
            ("rss.url-invalid", _ITEM_LINK, "<link>https://exämple.org/1</link>"),
            ("rss.url-invalid", _ITEM_LINK, "<link>https://example.org/a b</link>"),
            ("rss.link-not-http", _ITEM_LINK, "<link>mailto:ada@example.org</link>"),
            (
                "rss.link-not-http feed.scheme-unknown",
                _ITEM_LINK,
                "<link>htps://example.org/1</link>",
            ),
            ("rss.date-invalid", _DATE, "<pubDate>2026-11-22T11:00:00Z</pubDate>"),
            ("rss.date-invalid", _DATE, "<pubDate>Mon, 22 Nov 2026 11:00:00 GMT</pubDate>"),
            ("rss.date-invalid", _DATE, "<pubDate>Sunday, 22 November 2026 11:00:00 GMT</pubDate>"),
            ("rss.date-invalid", _DATE, "<pubDate>Sun, 22 Nov 2026 11:00:00</pubDate>"),
            ("rss.date-invalid", _DATE, "<pubDate>Sun, 22 Nov 2026 11:00:00 CET</pubDate>"),
            ("rss.date-odd", _DATE, "<pubDate>Sun, 22 Nov 26 11:00:00 GMT</pubDate>"),
            ("rss.date-odd", _DATE, "<pubDate>Sun, 22 Nov 2026 11:00:00 EST</pubDate>"),
            ("", _DATE, "<pubDate>22 Nov 2026 11:00 +0100</pubDate>"),
            ("feed.date-implausible", _DATE, "<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>"),
            ("feed.date-implausible", _DATE, "<pubDate>Fri, 01 Jan 2100 00:00:00 GMT</pubDate>"),
            ("rss.attribute-missing", "</item>", "<source>Else</source></item>"),
            ("rss.url-invalid", "</item>", '<source url="feed.xml">Else</source></item>'),
            ("rss.url-invalid", "</item>", "<comments>#c</comments></item>"),
            ("rss.element-undefined", "</item>", "<pubdate>x</pubdate></item>"),
            ("rss.attribute-undefined", "<item>", '<item id="1">'),
            # Plain text
            ("rss.text-html", "<title>One", "<title>&lt;b>One&lt;/b>"),
            ("rss.text-html", "<title>One", "<title>Fish &amp;amp; chips"),
            ("", "<title>One", "<title>Write &#x26;amp; for an ampersand"),
            ("rss.text-hex", "<title>One", "<title>The &lt;so> called"),
            ("", "<title>One", "<title>The &#x3C;so> called"),
            ("", "<title>One", "<title>AT&amp;T, 1 &lt; 2"),
            ("rss.text-has-elements", _DESCRIPTION, "<description><p>Hello</p></description>"),
            ("", _DESCRIPTION, "<description><![CDATA[<p>Hello</p>]]></description>"),
            # The same said in two vocabularies
            ("rss.said-twice", "</item>", "<dc:date>2026-11-22</dc:date></item>"),
            (
                "rss.said-twice",
                "</item>",
                "<author>a@example.org (A)</author><dc:creator>A</dc:creator></item>",
            ),
            (
                "rss.said-twice",
                "<item>",
                "<language>en</language><dc:language>en</dc:language><item>",
            ),
        ],
    )
    + cases(
        RSS_10,
        [
            ("rdf.namespace", "http://purl.org/rss/1.0/", "http://purl.org/net/rss1.1#"),
            ("rdf.part-missing", "<title>Example</title>", ""),
            ("rdf.part-missing", "<link>https://example.org/1</link>", ""),
            (
                "rdf.part-missing",
                '<items><rdf:Seq><rdf:li rdf:resource="https://example.org/1"/></rdf:Seq></items>',
                "",
            ),
            ("rdf.about-missing", ' rdf:about="https://example.org/feed.rdf"', ""),
            (
                "rdf.item-absent rdf.item-unlisted",
                'rdf:resource="https://example.org/1"',
                'rdf:resource="https://example.org/2"',
            ),
            ("rdf.element-undefined", "</item>", "<pubDate>x</pubDate></item>"),
            ("rdf.element-repeated", "</item>", "<title>2</title></item>"),
            ("rdf.attribute-undefined", "<title>One", '<title lang="en">One'),
            ("rdf.text-stray", "</item>", "loose</item>"),
            ("rss.url-invalid", "<link>https://example.org/1", "<link>/1"),
            (
                "rdf.about-repeated",
                "</rdf:RDF>",
                (
                    '<item rdf:about="https://example.org/1">'
                    "<title>2</title><link>https://example.org/2</link></item></rdf:RDF>"
                ),
            ),
            (
                "",
                "</rdf:RDF>",
                (
                    "<image><title>T</title><url>https://e.org/i.png</url>"
                    "<link>https://e.org/</link></image></rdf:RDF>"
                ),
            ),
        ],
    )
    + [
        Case(
            "RSS 0.90",
            RSS_10
            .replace("http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/")
            .replace(' rdf:about="https://example.org/1"', "")
            .encode(),
            frozenset(),
        ),
        Case(
            "rss.channel-missing",
            b'<rss version="2.0"/>',
            frozenset({"rss.channel-missing"}),
        ),
        Case(
            "rdf.channel-missing",
            b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
            frozenset({"rdf.channel-missing"}),
        ),
        Case(
            "RSS 0.91, with its DTD",
            b'<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"'
            b' "http://www.rssboard.org/rss-0.91.dtd"><rss version="0.91"><channel><title>'
            b"Caf&eacute;</title><link>http://example.org/</link><description>D</description><language>en"
            b"</language><item><title>One</title><link>http://example.org/1</link></item></channel>"
            b"</rss>",
            frozenset(),
        ),
    ]
)
