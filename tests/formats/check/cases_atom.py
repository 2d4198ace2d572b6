"""Atom: each row spoils one detail of a clean feed."""

from __future__ import annotations

from formats.check.documents import ATOM, Case, cases

_SELF = '<link rel="self" type="application/atom+xml" href="https://example.org/feed.atom"/>\n'
_AUTHOR = "<author><name>Ada</name></author>\n"
_ENTRY_LINK = '<link rel="alternate" type="text/html" href="https://example.org/1"/>\n'
_CONTENT = '<content type="html">&lt;p&gt;Hello&lt;/p&gt;</content>'
_ENTRY_TITLE = "<title>One</title>"
_ENTRY_UPDATED = "<updated>2026-11-22T11:00:00Z</updated>"
_DIV = '<div xmlns="http://www.w3.org/1999/xhtml">'
_SECOND = (
    "<entry><id>{id}</id><title>Two</title><updated>{updated}</updated>"
    '<link href="https://example.org/2"/><summary>Hi</summary></entry></feed>'
)

CASES: list[Case] = cases(
    ATOM,
    [
        # The frame
        ("atom.namespace xml.namespace-unknown", "http://www.w3.org/2005/Atom", "http://x.org/a"),
        ("atom.namespace xml.namespace-misspelt", "w3.org/2005/Atom", "w3.org/2005/atom"),
        ("atom.version-old", "http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#"),
        ("atom.feed.id-missing", "<id>tag:example.org,2026:feed</id>\n", ""),
        ("atom.feed.title-missing", "<title>Example</title>\n", ""),
        ("atom.feed.updated-missing", "<updated>2026-11-22T12:00:00Z</updated>\n", ""),
        ("feed.self-missing", _SELF, ""),
        ("atom.feed.element-after-entries", "</feed>", "<rights>Mine</rights></feed>"),
        ("atom.text-stray", "<entry>", "loose<entry>"),
        ("atom.attribute-undefined", "<feed ", '<feed version="1.0" '),
        (
            "atom.attribute-undefined",
            "<id>tag:example.org,2026:1",
            '<id x="1">tag:example.org,2026:1',
        ),
        ("atom.element-undefined", "<entry>", "<tagline>Old</tagline><entry>"),
        ("atom.element-undefined", "</entry>", "<pubDate>now</pubDate></entry>"),
        (
            "atom.element-repeated",
            "<title>Example</title>",
            "<title>Example</title><title>2</title>",
        ),
        ("atom.element-repeated", "</entry>", "<title>Again</title></entry>"),
        # The entry
        ("atom.entry.id-missing", "<id>tag:example.org,2026:1</id>\n", ""),
        ("atom.entry.title-missing", _ENTRY_TITLE, ""),
        ("atom.entry.updated-missing", _ENTRY_UPDATED, ""),
        ("atom.entry.author-missing", _AUTHOR, ""),
        ("atom.entry.link-missing", _ENTRY_LINK, ""),
        ("atom.entry.alternate-missing atom.entry.text-missing", _ENTRY_LINK + _CONTENT, ""),
        ("atom.entry.text-missing", _CONTENT, ""),
        (
            "atom.entry.repeated",
            "</feed>",
            _SECOND.format(id="tag:example.org,2026:1", updated="2026-11-22T11:00:00Z"),
        ),
        (
            "atom.entry.id-repeated",
            "</feed>",
            _SECOND.format(id="tag:example.org,2026:1", updated="2026-11-22T10:00:00Z"),
        ),
        (
            "atom.entry.updated-repeated",
            "</feed>",
            _SECOND.format(id="tag:example.org,2026:2", updated="2026-11-22T11:00:00Z"),
        ),
        ("atom.source.incomplete", "</entry>", "<source><title>Else</title></source></entry>"),
        (
            "",
            "</entry>",
            (
                "<source><id>urn:isbn:1</id><title>Else</title><updated>2026-01-01T00:00:00Z</updated>"
                "</source></entry>"
            ),
        ),
        # Identifiers and addresses
        ("atom.id-invalid", "<id>tag:example.org,2026:1</id>", "<id>post-1</id>"),
        ("atom.id-invalid", "<id>tag:example.org,2026:1</id>", "<id></id>"),
        ("atom.id-invalid", "tag:example.org,2026:1", "tag:example.org:1"),
        ("atom.id-invalid", "tag:example.org,2026:1", "urn:uuid:123"),
        ("atom.id-invalid", "tag:example.org,2026:1", "https://example.org/a b"),
        ("atom.id-invalid", "tag:example.org,2026:1", "https://example.org/100%"),
        ("atom.id-not-normal", "tag:example.org,2026:1", "HTTP://Example.org/1"),
        ("atom.id-not-normal", "tag:example.org,2026:1", "https://example.org"),
        ("atom.space-around", "<id>tag:example.org,2026:1<", "<id> tag:example.org,2026:1 <"),
        ("feed.scheme-unknown", "tag:example.org,2026:1", "htps://example.org/1"),
        ("atom.iri-invalid", "<entry>", "<icon>https:///icon.png</icon><entry>"),
        ("atom.iri-invalid", "<entry>", '<generator uri="a b">G</generator><entry>'),
        ("atom.iri-invalid", 'href="https://example.org/1"', 'href="https://example.org/{1}"'),
        ("atom.element-empty", "<entry>", "<logo/><entry>"),
        ("atom.element-empty", "<entry>", "<generator/><entry>"),
        ("atom.attribute-undefined", "<entry>", '<generator url="/g">G</generator><entry>'),
        ("xml.base-invalid", "<entry>", '<entry xml:base="https://">'),
        # Dates
        ("atom.date-invalid", "2026-11-22T11:00:00Z", "Sun, 22 Nov 2026 11:00:00 GMT"),
        ("atom.date-invalid", "2026-11-22T11:00:00Z", "2026-11-22"),
        ("atom.date-invalid", "2026-11-22T11:00:00Z", "2026-11-22T11:00:00"),
        ("atom.date-invalid", "2026-11-22T11:00:00Z", "2026-11-22t11:00:00z"),
        ("atom.date-invalid", "2026-11-22T11:00:00Z", "2026-02-30T11:00:00Z"),
        ("atom.date-invalid", "2026-11-22T11:00:00Z", "2026-11-22T25:00:00Z"),
        ("", "2026-11-22T11:00:00Z", "2026-11-22T11:00:00+05:45"),
        ("atom.date-fraction", "2026-11-22T11:00:00Z", "2026-11-22T11:00:00.123Z"),
        (
            "feed.date-implausible",
            "</entry>",
            "<published>1970-01-01T00:00:00Z</published></entry>",
        ),
        ("atom.space-around", "<updated>2026-11-22T11", "<updated>\n2026-11-22T11"),
        # Texts
        ("atom.text.type-unknown", "<title>One", '<title type="text/html">One'),
        ("atom.text-has-elements", "<title>One", "<title><b>One</b>"),
        ("atom.text-html-undeclared", "<title>One", "<title>&lt;b>One&lt;/b>"),
        ("atom.text-html-undeclared", "<title>One", "<title>Fish &amp;amp; chips"),
        ("", "<title>One", "<title>1 &lt; 2 &amp; AT&amp;T &lt;so&gt;"),
        ("atom.title-html", "<title>One", '<title type="html">&lt;b>One&lt;/b>'),
        ("", "<title>One", '<title type="html">One'),
        ("atom.title-empty", "<title>One", "<title>"),
        ("atom.text-empty", "</entry>", "<summary/></entry>"),
        ("atom.xhtml-div-missing", "</entry>", '<summary type="xhtml">Hi</summary></entry>'),
        (
            "atom.xhtml-div-missing",
            "</entry>",
            '<summary type="xhtml"><p xmlns="http://www.w3.org/1999/xhtml"/></summary></entry>',
        ),
        ("", "</entry>", f'<summary type="xhtml">{_DIV}<p>Hi</p></div></summary></entry>'),
        (
            "atom.xhtml-escaped",
            "</entry>",
            f'<summary type="xhtml">{_DIV}&lt;p>Hi&lt;/p></div></summary></entry>',
        ),
        (
            "atom.xhtml-prefix",
            "</entry>",
            (
                '<summary type="xhtml"><h:div xmlns:h="http://www.w3.org/1999/xhtml">Hi</h:div>'
                "</summary></entry>"
            ),
        ),
        ("xml.language-invalid", "<title>One", '<title xml:lang="en_GB">One'),
        ("xml.language-invalid", "<title>One", '<title xml:lang="english">One'),
        # Content
        ("atom.media-type-invalid", 'type="html"', 'type="markdown"'),
        (
            "atom.media-type-invalid atom.entry.summary-missing",
            'type="html"',
            'type="multipart/mixed"',
        ),
        ("atom.text-has-elements", "&lt;p&gt;Hello&lt;/p&gt;", "<p>Hello</p>"),
        (
            "",
            _CONTENT,
            '<content type="image/svg+xml"><s xmlns="http://www.w3.org/2000/svg"/></content>',
        ),
        (
            "atom.text-stray",
            _CONTENT,
            '<content type="image/svg+xml">x<s xmlns="http://www.w3.org/2000/svg"/></content>',
        ),
        ("atom.content.html-fragment", 'type="html"', 'type="text/html"'),
        (
            "atom.content.base64-invalid atom.entry.summary-missing",
            _CONTENT,
            '<content type="image/png">not base64!</content>',
        ),
        (
            "atom.entry.summary-missing",
            _CONTENT,
            '<content type="image/png" src="https://example.org/1.png"/>',
        ),
        (
            "atom.content.type-missing",
            _CONTENT,
            '<summary>A picture</summary><content src="https://example.org/1.png"/>',
        ),
        (
            "atom.content.src-not-empty",
            _CONTENT,
            '<summary>A picture</summary><content type="image/png" src="https://e.org/1">x</content>',
        ),
        (
            "atom.media-type-invalid",
            _CONTENT,
            '<summary>A picture</summary><content type="html" src="https://e.org/1"/>',
        ),
        # Links
        ("atom.link.href-missing", "</entry>", '<link rel="related"/></entry>'),
        ("atom.link.relative", 'href="https://example.org/1"', 'href="/1"'),
        ("", _ENTRY_LINK, _ENTRY_LINK.replace("<link", '<link xml:base="https://example.org/"')),
        ("atom.link.rel-unknown", "</entry>", '<link rel="friend" href="https://e.org/"/></entry>'),
        ("atom.link.rel-unknown", "</entry>", '<link rel="" href="https://e.org/"/></entry>'),
        ("", "</entry>", '<link rel="https://e.org/rel" href="https://e.org/"/></entry>'),
        ("atom.link.self-type", "application/atom+xml", "text/html"),
        (
            "atom.link.enclosure-type-missing",
            "</entry>",
            '<link rel="enclosure" href="https://e.org/1.mp3"/></entry>',
        ),
        (
            "atom.media-type-invalid",
            'type="text/html" href="https://example.org/1"',
            'type="html" href="https://example.org/1"',
        ),
        (
            "atom.link.length-invalid",
            'href="https://example.org/1"',
            'length="1 MB" href="https://example.org/1"',
        ),
        (
            "atom.link.hreflang-invalid",
            'href="https://example.org/1"',
            'hreflang="xx1" href="https://example.org/1"',
        ),
        (
            "atom.link.title-empty",
            'href="https://example.org/1"',
            'title="" href="https://example.org/1"',
        ),
        (
            "atom.text-html-undeclared",
            'href="https://example.org/1"',
            'title="&lt;b>x&lt;/b>" href="https://example.org/1"',
        ),
        (
            "atom.link.not-empty",
            'href="https://example.org/1"/>',
            'href="https://example.org/1">here</link>',
        ),
        ("atom.link.alternate-repeated", _ENTRY_LINK, _ENTRY_LINK * 2),
        ("", _ENTRY_LINK, _ENTRY_LINK + _ENTRY_LINK.replace("<link", '<link hreflang="de"')),
        # Persons and categories
        ("atom.person.name-missing", "<author><name>Ada</name></author>", "<author/>"),
        ("atom.person.name-missing", "<name>Ada</name>", "<name/>"),
        ("atom.person.email-invalid", "</name>", "</name><email>ada(at)example.org</email>"),
        ("atom.element-repeated", "</name>", "</name><name>Grace</name>"),
        ("atom.element-undefined", "</name>", "</name><url>https://example.org/</url>"),
        ("atom.iri-invalid", "</name>", "</name><uri>http:/example.org</uri>"),
        ("atom.text-html-undeclared", "Ada", "&lt;i>Ada&lt;/i>"),
        ("feed.name-mailbox", "<name>Ada</name>", "<name>Ada &lt;ada@example.org></name>"),
        ("atom.attribute-missing", "</entry>", "<category/></entry>"),
        ("atom.attribute-missing", "</entry>", '<category term=""/></entry>'),
        ("atom.iri-invalid", "</entry>", '<category term="x" scheme="tags"/></entry>'),
        ("atom.text-html-undeclared", "</entry>", '<category term="x" label="&amp;amp;"/></entry>'),
        # Extensions in general
        ("extension.namespace-missing", "</entry>", '<x xmlns="">y</x></entry>'),
        (
            "xml.namespace-unknown",
            "</entry>",
            '<x:y xmlns:x="https://x.example/ns">z</x:y></entry>',
        ),
        (
            "extension.xhtml-misplaced",
            "</entry>",
            '<p xmlns="http://www.w3.org/1999/xhtml">z</p></entry>',
        ),
    ],
)
CASES += [
    Case(
        "feed.self-elsewhere",
        ATOM.encode(),
        frozenset({"feed.self-elsewhere"}),
        url="https://example.org/other.atom",
    ),
    Case(
        "self by another spelling",
        ATOM.encode(),
        frozenset(),
        url="HTTPS://EXAMPLE.org:443/feed.atom",
    ),
    Case("a file has no address", ATOM.encode(), frozenset(), url="/home/ada/feed.atom"),
    Case(
        "atom.prefix",
        ATOM
        .replace("xmlns=", "xmlns:a=")
        .replace("</", "</a:")
        .replace("<", "<a:")
        .replace("<a:/a:", "</a:")
        .replace("<a:?", "<?")
        .encode(),
        frozenset({"atom.prefix"}),
    ),
    Case(
        "an entry document",
        b'<entry xmlns="http://www.w3.org/2005/Atom"><id>urn:isbn:1</id><title>One</title>'
        b"<updated>2026-11-22T11:00:00Z</updated><author><name>Ada</name></author>"
        b'<link href="https://example.org/1"/><summary>Hi</summary></entry>',
        frozenset(),
    ),
    Case(
        "an entry document without an author",
        b'<entry xmlns="http://www.w3.org/2005/Atom"><id>urn:isbn:1</id><title>One</title>'
        b'<updated>2026-11-22T11:00:00Z</updated><link href="https://example.org/1"/>'
        b"<summary>Hi</summary></entry>",
        frozenset({"atom.entry.author-missing"}),
    ),
]
