"""Items and feeds that tests share: one with every field, one with nothing but words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from feedsvc.model import (
    Author,
    Category,
    Enclosure,
    Feed,
    Item,
    Link,
    Podcast,
    Reference,
    Source,
    Tombstone,
    Via,
)

SITE = "https://example.org"
NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)

FULL = Item(
    guid="tag:example.org,2026-11-20:items/full",
    slug="full",
    url=f"{SITE}/items/full",
    title="Fish & chips < caviar",
    summary="What's \"better\" & why it isn't <so> simple.",
    content_html='<p>Fish &amp; chips: <a href="https://example.org/a?b=1&amp;c=2">a link</a></p>',
    authors=(
        Author("Ada Lovelace", "ada@example.org", "https://example.org/ada"),
        Author("Grace Hopper"),
    ),
    categories=(
        Category("food", "https://example.org/terms", "Food & drink"),
        Category("news"),
    ),
    published=datetime(2026, 11, 20, 8, 30, 0, tzinfo=UTC),
    updated=datetime(2026, 11, 21, 9, 45, 1, tzinfo=UTC),
    language="en-GB",
    direction="ltr",
    enclosures=(
        Enclosure(f"{SITE}/items/full/talk.mp3", "audio/mpeg", 123456, "The talk", 61),
        Enclosure(f"{SITE}/items/full/scan.png", "image/png", 2048),
    ),
    image=f"{SITE}/items/full/lead.jpg",
    source=Source(
        "Elsewhere", "https://elsewhere.example/", "https://elsewhere.example/feed", "urn:isbn:1"
    ),
    via=(
        Via("https://third.example/a?b=1&c=2", "Third & last"),
        Via("https://fourth.example/story"),
    ),
    comments_url=f"{SITE}/items/full#comments",
    rights="© 2026 Ada Lovelace",
    podcast=Podcast(
        61,
        7,
        2,
        False,
        Reference(f"{SITE}/items/full/talk.vtt", "text/vtt"),
        Reference(f"{SITE}/items/full/chapters.json", "application/json+chapters"),
    ),
)

BARE = Item(
    guid="tag:example.org,2026-11-19:items/bare",
    slug="bare",
    url=f"{SITE}/items/bare",
    content_html="<p>Only words, no title.</p>",
    published=datetime(2026, 11, 19, 8, 0, 0, tzinfo=UTC),
    updated=datetime(2026, 11, 19, 8, 0, 0, tzinfo=UTC),
)

FEED = Feed(
    id="tag:example.org,2026-11-01:feeds/main",
    title="Example & Sons",
    url=f"{SITE}/",
    updated=datetime(2026, 11, 21, 9, 45, 1, tzinfo=UTC),
    description="News from <Example>",
    language="en",
    authors=(Author("Ada Lovelace", "ada@example.org"),),
    rights="© 2026 Example",
    image=f"{SITE}/logo.png",
    icon=f"{SITE}/icon.png",
    ttl=60,
    complete=True,
)

#: What is rare, one thing an item: a link to another page, a language written from right to left, a
#: picture alone, text that looks like markup, files of unknown length, an id that is no IRI.
CORNERS = (
    replace(
        BARE,
        guid="tag:example.org,2026-11-18:items/linked",
        slug="linked",
        url=f"{SITE}/items/linked",
        external_url="https://other.example/a?b=1&c=2",
        title="Worth reading",
        summary="Somebody else's page.",
        content_html="",
    ),
    replace(
        BARE,
        guid=f"{SITE}/items/%D9%85%D9%82%D8%A7%D9%84",
        slug="مقال",
        url=f"{SITE}/items/%D9%85%D9%82%D8%A7%D9%84",
        title="مقال عن الكتب",
        content_html="<p>نص قصير.</p>",
        language="ar",
        direction="rtl",
        authors=(Author("سلمى"),),
    ),
    replace(
        BARE,
        guid="urn:uuid:0b5f9a4e-5a3d-4c58-9a6e-2f0c5d3b7a11",
        slug="picture",
        url=f"{SITE}/items/picture",
        title="A picture",
        content_html='<img src="https://example.org/items/picture/cat.webp" alt="">',
        image=f"{SITE}/items/picture/cat.webp",
    ),
    replace(
        BARE,
        guid="tag:example.org,2026-11-18:items/markup",
        slug="markup",
        url=f"{SITE}/items/markup",
        title="<b>Bold</b> &amp; ]]> ünïcödé 😀 漢字",
        summary="<script>alert(1)</script> &lt;",
        content_html="<pre>&lt;![CDATA[x]]&gt; ]]></pre>",
        authors=(Author("<i>Nobody</i>"),),
        categories=(Category("R&D <x>"),),
        rights="<b>All</b> & more",
    ),
    replace(
        BARE,
        guid="tag:example.org,2026-11-18:items/files",
        slug="files",
        url=f"{SITE}/items/files",
        title="Files",
        enclosures=(
            Enclosure(f"{SITE}/items/files/a.ogg", "audio/ogg"),
            Enclosure(f"{SITE}/items/files/b.ogg", "audio/ogg", None, "Part <two>", 90),
        ),
        source=Source("Old & new", None, "https://old.example/rss?a=1&b=2", "post no. 12"),
        podcast=Podcast(explicit=True),
    ),
)

#: A feed with nothing it can do without but its links, one page of several, and what has left it.
PAGE = replace(
    FEED,
    description="",
    language=None,
    authors=(),
    rights=None,
    image=f"{SITE}/logo.svg",
    icon=None,
    ttl=None,
    complete=False,
    tombstones=(
        Tombstone("tag:example.org,2026-11-02:items/gone", NOW),
        Tombstone("https://example.org/?p=1&q=2", NOW),
    ),
)


def page_in(extension: str) -> Feed:
    """PAGE with the links of one format."""
    address = f"{SITE}/feeds/main"
    return replace(
        PAGE,
        links=(
            Link("self", f"{address}.{extension}"),
            Link("hub", f"{SITE}/hub"),
            Link("current", f"{address}.{extension}"),
            Link("prev-archive", f"{address}/archive/3.{extension}", title="Older & oldest"),
            Link("alternate", f"{address}.json", "application/feed+json"),
            Link("alternate", PAGE.url),
        ),
    )


def feed_in(extension: str) -> Feed:
    """FEED with its own address for one format, as the document maker hands it over."""
    return replace(FEED, links=(Link("self", f"{SITE}/feeds/main.{extension}"),))
