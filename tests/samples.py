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
        "Elsewhere", "https://elsewhere.example/", "https://elsewhere.example/feed", "urn:x:1"
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


def feed_in(extension: str) -> Feed:
    """FEED with its own address for one format, as the document maker hands it over."""
    return replace(FEED, links=(Link("self", f"{SITE}/feeds/main.{extension}"),))
