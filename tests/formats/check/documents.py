"""Well-made documents of every format, and the way to spoil one of their details."""

from __future__ import annotations

from dataclasses import dataclass

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<id>tag:example.org,2026:feed</id>
<title>Example</title>
<updated>2026-11-22T12:00:00Z</updated>
<link rel="self" type="application/atom+xml" href="https://example.org/feed.atom"/>
<link rel="alternate" type="text/html" href="https://example.org/"/>
<author><name>Ada</name></author>
<entry>
<id>tag:example.org,2026:1</id>
<title>One</title>
<updated>2026-11-22T11:00:00Z</updated>
<link rel="alternate" type="text/html" href="https://example.org/1"/>
<content type="html">&lt;p&gt;Hello&lt;/p&gt;</content>
</entry>
</feed>
"""

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" \
xmlns:content="http://purl.org/rss/1.0/modules/content/" \
xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel>
<title>Example</title>
<link>https://example.org/</link>
<description>An example</description>
<atom:link rel="self" type="application/rss+xml" href="https://example.org/feed.rss"/>
<item>
<title>One</title>
<link>https://example.org/1</link>
<guid>https://example.org/1</guid>
<pubDate>Sun, 22 Nov 2026 11:00:00 GMT</pubDate>
<description>&lt;p&gt;Hello&lt;/p&gt;</description>
</item>
</channel>
</rss>
"""

RSS_10 = """<?xml version="1.0" encoding="utf-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" \
xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="https://example.org/feed.rdf">
<title>Example</title>
<link>https://example.org/</link>
<description>An example</description>
<items><rdf:Seq><rdf:li rdf:resource="https://example.org/1"/></rdf:Seq></items>
</channel>
<item rdf:about="https://example.org/1">
<title>One</title>
<link>https://example.org/1</link>
<description>Hello</description>
</item>
</rdf:RDF>
"""

JSON = """{
"version": "https://jsonfeed.org/version/1.1",
"title": "Example",
"home_page_url": "https://example.org/",
"feed_url": "https://example.org/feed.json",
"authors": [{"name": "Ada", "url": "https://example.org/ada"}],
"language": "en",
"items": [{
"id": "tag:example.org,2026:1",
"url": "https://example.org/1",
"title": "One",
"content_html": "<p>Hello</p>",
"date_published": "2026-11-22T11:00:00Z",
"tags": ["news"],
"attachments": [{"url": "https://example.org/1.mp3", "mime_type": "audio/mpeg"}]
}]
}
"""

OPML = """<?xml version="1.0" encoding="utf-8"?>
<opml version="2.0">
<head>
<title>Feeds</title>
<dateModified>Sun, 22 Nov 2026 12:00:00 GMT</dateModified>
</head>
<body>
<outline text="Example" type="rss" xmlUrl="https://example.org/feed.rss" \
htmlUrl="https://example.org/"/>
</body>
</opml>
"""

_NAMESPACES = {
    "at": "http://purl.org/atompub/tombstones/1.0",
    "fh": "http://purl.org/syndication/history/1.0",
    "georss": "http://www.georss.org/georss",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "thr": "http://purl.org/syndication/thread/1.0",
    "wfw": "http://wellformedweb.org/CommentAPI/",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A document, and the ids of the rules that it breaks: these, and no others."""

    name: str
    body: bytes
    rules: frozenset[str]
    content_type: str | None = None
    url: str | None = None


def spoilt(document: str, old: str, new: str) -> str:
    """The document with its first ``old`` replaced; prefixes that ``new`` uses are declared."""
    assert old in document, f"the document has no {old}"
    made = document.replace(old, new, 1)
    for prefix, uri in _NAMESPACES.items():
        if f"{prefix}:" in new and f"xmlns:{prefix}=" not in made:
            for root in ("<rss ", "<feed ", "<rdf:RDF "):
                made = made.replace(root, f'{root}xmlns:{prefix}="{uri}" ', 1)
    return made


def cases(document: str, table: list[tuple[str, str, str]]) -> list[Case]:
    """Cases from rows of rule ids (joined by spaces), what to replace, and by what."""
    return [
        Case(
            name=f"{rules or 'nothing'} {new or '-' + old}"[:90],
            body=spoilt(document, old, new).encode(),
            rules=frozenset(rules.split()),
        )
        for rules, old, new in table
    ]
