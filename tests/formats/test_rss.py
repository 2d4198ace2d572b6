"""RSS 2.0: what stands where, and how feedparser reads it."""

from __future__ import annotations

import html
import io
from dataclasses import replace
from typing import Any

import feedparser
import pytest
from goldens import is_golden
from lxml import etree
from samples import BARE, CORNERS, FEED, FULL, SITE, feed_in, page_in

from feedsvc.errors import ItemError
from feedsvc.formats import atom, rss, upstream
from feedsvc.formats._modules import NAMESPACES
from feedsvc.model import Author, Category, Direction, Enclosure, Feed, Item, Link, Podcast, Source

NS = {**NAMESPACES, "content": "http://purl.org/rss/1.0/modules/content/"}


def item_of(item: Item) -> etree._Element:
    return etree.fromstring(rss.render(feed_in("rss"), [item])).find("channel/item")


def channel_of(feed: Any, *items: Item) -> etree._Element:
    return etree.fromstring(rss.render(feed, items)).find("channel")


def texts(element: etree._Element, path: str) -> list[str]:
    return [found.text or "" for found in element.findall(path, NS)]


def attributes(element: etree._Element, path: str) -> list[dict[str, str]]:
    return [dict(found.attrib) for found in element.findall(path, NS)]


def as_feedparser_reads(*items: Item) -> Any:
    return feedparser.parse(io.BytesIO(rss.render(feed_in("rss"), items)))


def test_every_field_stands_where_it_is_expected() -> None:
    assert is_golden("full.rss", rss.render(feed_in("rss"), [FULL, BARE]))


def test_rare_things_stand_where_they_are_expected() -> None:
    assert is_golden("corners.rss", rss.render(page_in("rss"), CORNERS))


def test_an_empty_feed_is_one() -> None:
    assert is_golden("empty.rss", rss.render(feed_in("rss"), []))


def test_media_type_says_its_charset() -> None:
    # Without one a known subscriber crashes (conformance, Flask-WebSub).
    assert rss.MEDIA_TYPE == "application/rss+xml; charset=utf-8"


def test_feedparser_reads_the_item() -> None:
    parsed = as_feedparser_reads(FULL)
    assert not parsed.bozo
    assert parsed.version == "rss20"
    [entry] = parsed.entries
    assert entry.id == FULL.guid
    assert entry.link == FULL.url
    assert entry.title == FULL.title
    assert entry.content[0].value == FULL.content_html
    assert entry.published_parsed[:6] == (2026, 11, 20, 8, 30, 0)
    assert entry.updated_parsed[:6] == (2026, 11, 21, 9, 45, 1)
    assert [author.name for author in entry.authors] == ["Ada Lovelace", "Grace Hopper"]
    assert entry.language == "en-GB"
    assert entry.rights == FULL.rights
    assert entry.comments == FULL.comments_url
    assert entry.source.title == "Elsewhere"
    assert entry.source.link == "https://elsewhere.example/"
    assert entry.media_thumbnail == [{"url": FULL.image}]
    assert [one.href for one in entry.enclosures] == [FULL.enclosures[0].url]


def test_feedparser_takes_no_other_title_for_the_items() -> None:
    entry = as_feedparser_reads(FULL).entries[0]
    assert entry.title == entry.title_detail.value == FULL.title


@pytest.mark.parametrize(
    ("item", "link", "guid", "permanent", "own"),
    [
        (BARE, BARE.url, BARE.guid, "false", []),
        (replace(BARE, guid=BARE.url), BARE.url, BARE.url, "true", []),
        (
            replace(BARE, external_url="https://other.example/"),
            "https://other.example/",
            BARE.guid,
            "false",
            [{"rel": "self", "href": BARE.url}],
        ),
        (
            replace(BARE, guid=BARE.url, external_url="https://other.example/"),
            "https://other.example/",
            BARE.url,
            "true",
            [{"rel": "self", "href": BARE.url}],
        ),
    ],
    ids=["minted guid", "guid is the address", "about another page", "both"],
)
def test_link_and_guid(
    item: Item, link: str, guid: str, permanent: str, own: list[dict[str, str]]
) -> None:
    element = item_of(item)
    assert texts(element, "link") == [link]
    assert texts(element, "guid") == [guid]
    assert attributes(element, "guid") == [{"isPermaLink": permanent}]
    assert attributes(element, "atom:link") == own


@pytest.mark.parametrize(
    ("summary", "written"),
    [
        ("Fish & chips < caviar", "Fish & chips < caviar"),
        ("AT&T", "AT&T"),
        ("a <b> c", "a &lt;b&gt; c"),
        ("1 < 2 > 1", "1 &lt; 2 &gt; 1"),
        ("&copy; is a sign", "&amp;copy; is a sign"),
        ("&#38;", "&amp;#38;"),
        ("<!-- x", "&lt;!-- x"),
    ],
)
def test_a_description_is_html_that_says_the_summary(summary: str, written: str) -> None:
    assert texts(item_of(replace(BARE, summary=summary)), "description") == [written]
    parsed = as_feedparser_reads(replace(BARE, summary=summary)).entries[0]
    assert parsed.summary_detail.type == "text/html"


def test_without_a_summary_the_description_is_an_excerpt() -> None:
    long = replace(BARE, content_html=f"<p>{'word ' * 200}</p>")
    [description] = texts(item_of(long), "description")
    assert len(description) <= 300
    assert description.endswith("word…")
    assert texts(item_of(long), "content:encoded") == [long.content_html]


def test_content_without_words_leaves_an_empty_description_before_it() -> None:
    element = item_of(replace(BARE, content_html="<img src='https://a.example/b'>"))
    children = [child.tag for child in element]
    assert texts(element, "description") == [" "]
    assert children.index("description") < children.index(f"{{{NS['content']}}}encoded")


def test_an_item_of_nothing_but_a_title() -> None:
    element = item_of(replace(BARE, title="Only this", content_html=""))
    assert texts(element, "title") == ["Only this"]
    assert texts(element, "description") == ["Only this"]
    assert element.find("content:encoded", NS) is None


def test_an_untitled_item_gets_a_title_of_its_first_words() -> None:
    assert texts(item_of(BARE), "title") == ["Only words, no title."]


def test_authors_are_names_alone() -> None:
    element = item_of(replace(FULL, authors=(*FULL.authors, Author("", "x@example.org"))))
    assert texts(element, "dc:creator") == ["Ada Lovelace", "Grace Hopper"]
    assert element.find("author") is None


def test_a_category_keeps_term_and_scheme_and_loses_its_label() -> None:
    element = item_of(FULL)
    assert texts(element, "category") == ["food", "news"]
    assert attributes(element, "category") == [{"domain": "https://example.org/terms"}, {}]


MP3 = Enclosure(f"{SITE}/a.mp3", "audio/mpeg", 10)
OGG = Enclosure(f"{SITE}/a.ogg", "audio/ogg")


@pytest.mark.parametrize(
    ("enclosures", "first", "media"),
    [
        ((), [], []),
        ((MP3,), [{"url": MP3.url, "length": "10", "type": "audio/mpeg"}], []),
        (
            (OGG, MP3),
            [{"url": OGG.url, "length": "0", "type": "audio/ogg"}],
            [{"url": MP3.url, "fileSize": "10", "type": "audio/mpeg"}],
        ),
        (
            (replace(OGG, duration=5),),
            [{"url": OGG.url, "length": "0", "type": "audio/ogg"}],
            [{"url": OGG.url, "type": "audio/ogg", "duration": "5"}],
        ),
    ],
    ids=["none", "one", "two", "one with a duration"],
)
def test_enclosures(
    enclosures: tuple[Enclosure, ...], first: list[dict[str, str]], media: list[dict[str, str]]
) -> None:
    element = item_of(replace(BARE, enclosures=enclosures))
    assert attributes(element, "enclosure") == first
    assert attributes(element, "media:content") == media


def test_an_enclosures_title_is_kept() -> None:
    element = item_of(replace(BARE, enclosures=(replace(MP3, title="Talk & more"),)))
    assert texts(element, "media:content/media:title") == ["Talk & more"]


@pytest.mark.parametrize(
    ("podcast", "name", "text"),
    [
        (Podcast(duration=61), "duration", "61"),
        (Podcast(duration=0), "duration", "0"),
        (Podcast(episode=7), "episode", "7"),
        (Podcast(season=2), "season", "2"),
        (Podcast(explicit=True), "explicit", "true"),
        (Podcast(explicit=False), "explicit", "false"),
    ],
)
def test_an_episode(podcast: Podcast, name: str, text: str) -> None:
    element = item_of(replace(BARE, podcast=podcast))
    itunes = [child for child in element if child.tag.startswith(f"{{{NS['itunes']}}}")]
    assert [(etree.QName(child).localname, child.text) for child in itunes] == [(name, text)]


def test_a_source_stands_twice_for_old_and_new_readers() -> None:
    element = item_of(FULL)
    assert texts(element, "source") == ["Elsewhere"]
    assert attributes(element, "source") == [{"url": "https://elsewhere.example/feed"}]
    assert texts(element, "atom:source/atom:id") == ["https://elsewhere.example/feed"]
    assert texts(element, "dc:identifier") == ["urn:isbn:1"]
    assert attributes(element, "atom:source/atom:link") == [
        {"rel": "self", "href": "https://elsewhere.example/feed"},
        {"rel": "alternate", "href": "https://elsewhere.example/"},
    ]


def test_the_items_id_there_is_kept_as_it_came() -> None:
    source = Source("x", None, "https://x.example/feed", "no. 12")
    element = item_of(replace(BARE, source=source))
    assert texts(element, "dc:identifier") == ["no. 12"]
    assert texts(element, "atom:source/atom:id") == ["https://x.example/feed"]


@pytest.mark.parametrize("source", [None, Source()])
def test_no_source(source: Source | None) -> None:
    element = item_of(replace(BARE, source=source))
    assert element.find("source") is None
    assert element.find("atom:source", NS) is None


def test_the_channel() -> None:
    channel = channel_of(feed_in("rss"))
    assert texts(channel, "title") == [FEED.title]
    assert texts(channel, "link") == [FEED.url]
    assert texts(channel, "description") == ["News from &lt;Example&gt;"]
    assert texts(channel, "language") == ["en"]
    assert texts(channel, "copyright") == [FEED.rights]
    assert texts(channel, "lastBuildDate") == ["Sat, 21 Nov 2026 09:45:01 GMT"]
    assert texts(channel, "ttl") == ["60"]
    assert texts(channel, "generator") == ["feedsvc"]
    assert texts(channel, "docs") == ["http://www.rssboard.org/rss-specification"]
    assert texts(channel, "image/url") == [FEED.image]
    assert texts(channel, "image/title") == texts(channel, "title")
    assert texts(channel, "image/link") == texts(channel, "link")
    assert texts(channel, "atom:icon") == [FEED.icon]
    assert texts(channel, "atom:id") == [FEED.id]


@pytest.mark.parametrize(
    ("description", "written"),
    [
        ("Fish & chips < caviar", "Fish & chips < caviar"),
        ("AT&T, R&D", "AT&T, R&D"),
        ("a <b>c</b> d", "a &lt;b&gt;c&lt;/b&gt; d"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("x<img src=x onerror=alert(1)>", "x&lt;img src=x onerror=alert(1)&gt;"),
        ("1 < 2 > 1", "1 &lt; 2 &gt; 1"),
        ("<!-- x", "&lt;!-- x"),
        ("&copy; &lt;b&gt; &#38;", "&amp;copy; &amp;lt;b&amp;gt; &amp;#38;"),
    ],
)
def test_what_a_feed_says_of_itself_is_text_to_who_shows_it_as_html(
    description: str, written: str
) -> None:
    body = rss.render(replace(feed_in("rss"), description=description), [BARE])
    channel = etree.fromstring(body).find("channel")
    assert texts(channel, "description") == [written]
    parsed = feedparser.parse(io.BytesIO(body)).feed
    assert parsed.subtitle_detail.type == "text/html"
    assert html.unescape(parsed.subtitle) == description
    assert upstream.read(body).feed.description == description


def test_a_feed_without_words_about_itself_repeats_its_title() -> None:
    assert texts(channel_of(replace(FEED, description="")), "description") == [FEED.title]


@pytest.mark.parametrize(
    ("authors", "creators", "last"),
    [
        ((Author("Ada", "ada@example.org"), Author("Bob")), ["Ada", "Bob"], "Bob"),
        ((Author("Bob"), Author("Ada", "ada@example.org")), ["Bob", "Ada"], "Ada"),
        ((Author("", "ada@example.org"),), [], None),
        ((), [], None),
    ],
)
def test_the_channels_authors_are_names_alone(
    authors: tuple[Author, ...], creators: list[str], last: str | None
) -> None:
    body = rss.render(replace(FEED, authors=authors), [BARE])
    channel = etree.fromstring(body).find("channel")
    assert texts(channel, "dc:creator") == creators
    assert texts(channel, "managingEditor") == []
    assert feedparser.parse(io.BytesIO(body)).feed.get("author") == last


def test_the_author_of_a_show_is_a_name_to_feedparser() -> None:
    feed = replace(FEED, authors=(Author("Ada", "ada@example.org"), Author("Bob")))
    body = rss.render(feed, [replace(BARE, categories=NEWS, podcast=Podcast(1))])
    assert feedparser.parse(io.BytesIO(body)).feed.author == "Ada"


NEWS = (Category("news"),)


def test_a_show_says_what_directories_ask_for() -> None:
    episodes = [
        replace(BARE, categories=NEWS, podcast=Podcast(explicit=said))
        for said in (False, True, None)
    ]
    channel = channel_of(feed_in("rss"), *episodes)
    assert texts(channel, "itunes:author") == ["Ada Lovelace"]
    assert texts(channel, "itunes:owner/itunes:name") == ["Ada Lovelace"]
    assert texts(channel, "itunes:owner/itunes:email") == ["ada@example.org"]
    assert attributes(channel, "itunes:image") == [{"href": FEED.image}]
    assert texts(channel, "itunes:explicit") == ["true"]
    assert texts(channel_of(feed_in("rss"), *episodes[:1]), "itunes:explicit") == ["false"]
    assert texts(channel_of(feed_in("rss"), *episodes[2:]), "itunes:explicit") == ["false"]


@pytest.mark.parametrize(
    "feed",
    [
        replace(FEED, image=None),
        replace(FEED, image=f"{SITE}/logo.svg"),
        replace(FEED, authors=(Author("Ada"),)),
        replace(FEED, language=None),
    ],
)
def test_half_of_a_show_is_none(feed: Feed) -> None:
    item = replace(BARE, categories=NEWS, podcast=Podcast(episode=1))
    for root in (channel_of(feed, item), etree.fromstring(atom.render(feed, [item]))):
        told = [etree.QName(child).localname for child in root if "itunes" in str(child.tag)]
        assert told == ["explicit"]


@pytest.mark.parametrize(
    ("podcasts", "said"),
    [
        ([], []),
        ([None], []),
        ([Podcast(transcript=FULL.podcast and FULL.podcast.transcript)], []),
        ([Podcast(duration=1)], ["false"]),
        ([Podcast(explicit=False), None], ["false"]),
        ([Podcast(explicit=False), Podcast(explicit=True)], ["true"]),
    ],
)
def test_a_feed_says_whether_it_is_explicit_when_an_item_speaks_to_apple(
    podcasts: list[Podcast | None], said: list[str]
) -> None:
    items = [replace(BARE, podcast=podcast) for podcast in podcasts]
    feed = replace(FEED, image=None)
    assert texts(channel_of(feed, *items), "itunes:explicit") == said
    assert texts(etree.fromstring(atom.render(feed, items)), "itunes:explicit") == said


@pytest.mark.parametrize(
    ("terms", "subject"),
    [
        (("food", "true  crime", "News"), ["True Crime"]),
        (("tv & film",), ["TV & Film"]),
        (("food",), []),
        ((), []),
    ],
)
def test_an_episodes_category_is_the_podcasts(terms: tuple[str, ...], subject: list[str]) -> None:
    tags = tuple(map(Category, terms))
    silent = replace(BARE, categories=(Category("Music"),))
    channel = channel_of(FEED, silent, replace(BARE, categories=tags, podcast=Podcast(1)))
    assert [one["text"] for one in attributes(channel, "itunes:category")] == subject


def test_a_feed_without_an_episode_says_nothing_to_directories() -> None:
    assert b"itunes" not in rss.render(feed_in("rss"), [BARE])


@pytest.mark.parametrize("complete", [True, False])
def test_completeness(complete: bool) -> None:
    channel = channel_of(replace(FEED, complete=complete))
    assert (channel.find("fh:complete", NS) is not None) is complete


def test_the_self_link_gets_a_type_and_keeps_one() -> None:
    link = Link("self", "https://example.org/x", "text/xml")
    assert attributes(channel_of(feed_in("rss")), "atom:link")[0]["type"] == "application/rss+xml"
    typed = channel_of(replace(FEED, links=(link,)))
    assert attributes(typed, "atom:link")[0]["type"] == "text/xml"


@pytest.mark.parametrize(
    "field",
    [
        {"content_html": "<p>\x08</p>"},
        {"title": "a\x00b"},
        {"summary": "\ud800"},
        {"authors": (Author("\ufffe"),)},
        {"categories": (Category("\x1b"),)},
        {"categories": (Category("x", "\x01"),)},
        {"guid": "tag:x,2026:\x0c"},
        {"language": "\x02"},
        {"rights": "\uffff"},
        {"source": Source("\x03", None, "https://x.example/")},
        {"podcast": Podcast(explicit=True, duration="\x04")},
    ],
)
def test_what_xml_cannot_carry_is_refused_by_guid(field: dict[str, Any]) -> None:
    bad = replace(BARE, **field)
    with pytest.raises(ItemError) as refused:
        rss.render(feed_in("rss"), [FULL, bad])
    assert refused.value.where == bad.guid
    assert next(iter(field)) in refused.value.reason
    assert "U+" in refused.value.reason
    refused.value.reason.encode()  # can be printed


def test_only_what_is_used_is_declared() -> None:
    body = rss.render(replace(feed_in("rss"), complete=False, ttl=None, authors=()), [BARE])
    assert set(etree.fromstring(body).nsmap) == {"atom", "content"}


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
    element = item_of(replace(BARE, language=language, direction=direction))
    root = element.getroottree().getroot()
    assert element.get(f"{{{NS['its']}}}dir") == said
    assert root.get(f"{{{NS['its']}}}version") == ("2.0" if said else None)
