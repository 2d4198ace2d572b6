"""Atom 1.0: what stands where, and how feedparser reads it."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import feedparser
import pytest
from goldens import is_golden
from lxml import etree
from samples import BARE, CORNERS, FEED, FULL, SITE, feed_in, page_in

from feedsvc.errors import ItemError
from feedsvc.formats import atom
from feedsvc.formats._modules import NAMESPACES
from feedsvc.model import Author, Direction, Enclosure, Feed, Item, Source

NS = dict(NAMESPACES)
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def feed_of(feed: Feed, *items: Item) -> etree._Element:
    return etree.fromstring(atom.render(feed, items))


def entry_of(item: Item) -> etree._Element:
    return feed_of(feed_in("atom"), item).find("atom:entry", NS)


def texts(element: etree._Element, path: str) -> list[str]:
    return [found.text or "" for found in element.findall(path, NS)]


def links(element: etree._Element) -> list[dict[str, str]]:
    return [dict(found.attrib) for found in element.findall("atom:link", NS)]


def test_every_field_stands_where_it_is_expected() -> None:
    assert is_golden("full.atom", atom.render(feed_in("atom"), [FULL, BARE]))


def test_rare_things_stand_where_they_are_expected() -> None:
    assert is_golden("corners.atom", atom.render(page_in("atom"), CORNERS))


def test_an_empty_feed_is_one() -> None:
    assert is_golden("empty.atom", atom.render(feed_in("atom"), []))


def test_media_type_says_its_charset() -> None:
    assert atom.MEDIA_TYPE == "application/atom+xml; charset=utf-8"


def test_feedparser_reads_the_entry() -> None:
    parsed = feedparser.parse(io.BytesIO(atom.render(feed_in("atom"), [FULL])))
    assert not parsed.bozo
    assert parsed.version == "atom10"
    [entry] = parsed.entries
    assert entry.id == FULL.guid
    assert entry.link == FULL.url
    assert entry.title == entry.title_detail.value == FULL.title
    assert entry.summary == FULL.summary
    assert entry.content[0].value == FULL.content_html
    assert entry.published_parsed[:6] == (2026, 11, 20, 8, 30, 0)
    assert entry.updated_parsed[:6] == (2026, 11, 21, 9, 45, 1)
    assert [author.name for author in entry.authors] == ["Ada Lovelace", "Grace Hopper"]
    assert entry.title_detail.language == "en-GB"
    assert entry.rights == FULL.rights
    assert entry.source.title == "Elsewhere"
    assert [(tag.term, tag.scheme, tag.label) for tag in entry.tags] == [
        ("food", "https://example.org/terms", "Food & drink"),
        ("news", None, None),
    ]
    assert [one.href for one in entry.enclosures] == [one.url for one in FULL.enclosures]


def test_the_alternate_link_stands_first_and_there_is_one() -> None:
    item = replace(FULL, external_url="https://other.example/")
    assert links(entry_of(item)) == [
        {"rel": "alternate", "href": FULL.url},
        {"rel": "related", "href": "https://other.example/"},
        {"rel": "replies", "type": "text/html", "href": f"{SITE}/items/full#comments"},
        {
            "rel": "enclosure",
            "href": f"{SITE}/items/full/talk.mp3",
            "type": "audio/mpeg",
            "title": "The talk",
            "length": "123456",
        },
        {
            "rel": "enclosure",
            "href": f"{SITE}/items/full/scan.png",
            "type": "image/png",
            "length": "2048",
        },
        {"rel": "via", "href": "https://third.example/a?b=1&c=2", "title": "Third & last"},
        {"rel": "via", "href": "https://fourth.example/story"},
    ]
    assert links(entry_of(BARE)) == [{"rel": "alternate", "href": BARE.url}]


def test_an_enclosures_duration_stands_in_media_content() -> None:
    files = (Enclosure(f"{SITE}/a.mp3", "audio/mpeg", None, None, 9), FULL.enclosures[1])
    element = entry_of(replace(BARE, enclosures=files))
    assert [dict(one.attrib) for one in element.findall("media:content", NS)] == [
        {"url": f"{SITE}/a.mp3", "type": "audio/mpeg", "duration": "9"}
    ]


def test_texts_have_their_types() -> None:
    element = entry_of(FULL)
    content = element.find("atom:content", NS)
    assert dict(content.attrib) == {"type": "html"}
    assert content.text == FULL.content_html
    for name in ("title", "summary", "rights"):  # plain text: the default (RFC 4287 3.1.1)
        assert dict(element.find(f"atom:{name}", NS).attrib) == {}


def test_a_summary_is_never_made_up() -> None:
    element = entry_of(BARE)
    assert element.find("atom:summary", NS) is None
    assert texts(element, "atom:title") == ["Only words, no title."]


def test_an_author_keeps_email_and_uri() -> None:
    [ada, grace] = entry_of(FULL).findall("atom:author", NS)
    assert [child.text for child in ada] == [
        "Ada Lovelace",
        "ada@example.org",
        "https://example.org/ada",
    ]
    assert [child.text for child in grace] == ["Grace Hopper"]


def test_an_author_without_a_name_is_none() -> None:
    nobody = replace(BARE, authors=(Author("", "x@example.org"),))
    feed = feed_of(replace(FEED, authors=()), nobody)
    assert feed.find("atom:entry/atom:author", NS) is None
    assert texts(feed, "atom:author/atom:name") == [FEED.title]


def test_what_is_no_email_is_left_out() -> None:
    element = entry_of(replace(BARE, authors=(Author("Ada", "at home"),)))
    assert element.find("atom:author/atom:email", NS) is None


@pytest.mark.parametrize(
    ("authors", "items", "names"),
    [
        ((Author("Ada"),), (BARE,), ["Ada"]),
        ((), (BARE, FULL), [FEED.title]),
        ((), (FULL,), []),
        ((), (), [FEED.title]),
    ],
    ids=["has one", "an entry has none", "every entry has one", "no entries"],
)
def test_every_entry_has_an_author_somewhere(
    authors: tuple[Author, ...], items: tuple[Item, ...], names: list[str]
) -> None:
    feed = feed_of(replace(FEED, authors=authors), *items)
    assert texts(feed, "atom:author/atom:name") == names


def test_languages() -> None:
    feed = feed_of(feed_in("atom"), FULL, BARE)
    assert feed.get(LANG) == "en"
    assert [entry.get(LANG) for entry in feed.findall("atom:entry", NS)] == ["en-GB", None]


def test_the_feed() -> None:
    feed = feed_of(feed_in("atom"))
    assert texts(feed, "atom:id") == [FEED.id]
    assert texts(feed, "atom:title") == [FEED.title]
    assert texts(feed, "atom:subtitle") == [FEED.description]
    assert texts(feed, "atom:updated") == ["2026-11-21T09:45:01Z"]
    assert texts(feed, "atom:rights") == [FEED.rights]
    assert texts(feed, "atom:logo") == [FEED.image]
    assert texts(feed, "atom:icon") == [FEED.icon]
    assert texts(feed, "atom:generator") == ["feedsvc"]
    assert links(feed) == [
        {"rel": "alternate", "type": "text/html", "href": FEED.url},
        {"rel": "self", "type": "application/atom+xml", "href": f"{SITE}/feeds/main.atom"},
    ]
    assert feed.find("fh:complete", NS) is not None


def test_a_source() -> None:
    element = entry_of(FULL).find("atom:source", NS)
    assert texts(element, "atom:id") == ["https://elsewhere.example/feed"]
    assert texts(element, "atom:title") == ["Elsewhere"]
    assert links(element) == [
        {"rel": "self", "href": "https://elsewhere.example/feed"},
        {"rel": "alternate", "href": "https://elsewhere.example/"},
    ]


@pytest.mark.parametrize(
    ("source", "ids", "raw"),
    [
        (
            Source("x", None, "https://x.example/feed", "urn:isbn:1"),
            ["https://x.example/feed"],
            ["urn:isbn:1"],
        ),
        (Source("x", None, "https://x.example/feed", "12"), ["https://x.example/feed"], ["12"]),
        (Source("x", "https://x.example/", None, "12"), ["https://x.example/"], ["12"]),
        (Source("x", None, None, "12"), ["urn:uuid:e8e9e1db-92f4-5aed-a39e-202e9be90a90"], ["12"]),
        (Source("x", None, "https://x.example/feed"), ["https://x.example/feed"], []),
        (Source(None, None, None, "12"), [], ["12"]),
    ],
)
def test_the_id_of_a_source_is_its_feeds_and_the_items_stands_beside(
    source: Source, ids: list[str], raw: list[str]
) -> None:
    element = entry_of(replace(BARE, source=source))
    assert texts(element, "atom:source/atom:id") == ids
    assert texts(element, "dc:identifier") == raw


@pytest.mark.parametrize(
    "field",
    [
        {"content_html": "<p>\x08</p>"},
        {"title": "a\x00b"},
        {"summary": "\ud800"},
        {"authors": (Author("\ufffe"),)},
        {"authors": (Author("x", uri="https://\x01"),)},
        {"enclosures": (Enclosure(f"{SITE}/a", "audio/\x01"),)},
        {"guid": "tag:x,2026:\x0c"},
        {"language": "\x02"},
        {"rights": "\uffff"},
    ],
)
def test_what_xml_cannot_carry_is_refused_by_guid(field: dict[str, Any]) -> None:
    bad = replace(BARE, **field)
    with pytest.raises(ItemError) as refused:
        atom.render(feed_in("atom"), [FULL, bad])
    assert refused.value.where == bad.guid
    assert next(iter(field)) in refused.value.reason
    assert "U+" in refused.value.reason


def test_only_what_is_used_is_declared() -> None:
    body = atom.render(replace(feed_in("atom"), complete=False, ttl=None), [BARE])
    assert etree.fromstring(body).nsmap == {None: NS["atom"]}


@pytest.mark.parametrize(
    ("language", "direction", "said"),
    [
        (None, None, None),
        ("ar", "rtl", None),
        ("en", "ltr", None),
        ("en", None, None),
        (None, "rtl", "rtl"),
        ("en", "rtl", "rtl"),
        ("ar", "ltr", "ltr"),
    ],
)
def test_a_direction_is_said_when_the_language_does_not_say_it(
    language: str | None, direction: Direction | None, said: str | None
) -> None:
    element = entry_of(replace(BARE, language=language, direction=direction))
    root = element.getroottree().getroot()
    assert element.get(f"{{{NS['its']}}}dir") == said
    assert root.get(f"{{{NS['its']}}}version") == ("2.0" if said else None)
