"""JSON Feed 1.1: what is written, and what is read of foreign feeds."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from samples import BARE, FEED, FULL, SITE, feed_in

from feedsvc.errors import ItemError, NotAFeed
from feedsvc.formats import jsonfeed
from feedsvc.model import Author, Category, Enclosure, Feed, Item, Link, Podcast, Tombstone

FEED_JSON = feed_in("json")
GONE = Tombstone("tag:example.org,2026:gone", datetime(2026, 11, 20, tzinfo=UTC))

#: The members that the specification knows, by object.
KNOWN = {
    "feed": "version title home_page_url feed_url description user_comment next_url icon favicon"
    " authors author language expired hubs items",
    "item": "id url external_url title content_html content_text summary image banner_image"
    " date_published date_modified authors author tags language attachments",
    "author": "name url avatar",
    "attachment": "url mime_type title size_in_bytes duration_in_seconds",
}


def rendered(feed: Feed = FEED_JSON, items: tuple[Item, ...] = (FULL, BARE)) -> dict[str, Any]:
    return json.loads(jsonfeed.render(feed, items))


def test_a_full_feed() -> None:
    feed = replace(
        FEED_JSON,
        links=(
            *FEED_JSON.links,
            Link("hub", f"{SITE}/hub"),
            Link("next", f"{SITE}/feeds/main/archive/1.json"),
            Link("alternate", f"{SITE}/feeds/main.rss"),
        ),
        tombstones=(GONE,),
    )
    data = rendered(feed)
    assert {key: value for key, value in data.items() if key not in ("items", "_feedsvc")} == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Example & Sons",
        "home_page_url": f"{SITE}/",
        "feed_url": f"{SITE}/feeds/main.json",
        "description": "News from <Example>",
        "next_url": f"{SITE}/feeds/main/archive/1.json",
        "icon": f"{SITE}/logo.png",
        "favicon": f"{SITE}/icon.png",
        "authors": [{"name": "Ada Lovelace", "_feedsvc": {"email": "ada@example.org"}}],
        "author": {"name": "Ada Lovelace", "_feedsvc": {"email": "ada@example.org"}},
        "language": "en",
        "hubs": [{"type": "WebSub", "url": f"{SITE}/hub"}],
        "_rights": {"text": "© 2026 Example"},
        "_deleted": {"items": [{"id": GONE.guid, "when": "2026-11-20T00:00:00Z"}]},
    }
    own = data["_feedsvc"]
    assert (own["id"], own["updated"]) == (FEED.id, "2026-11-21T09:45:01Z")
    assert (own["ttl"], own["complete"]) == (60, True)


def test_a_full_item() -> None:
    item = rendered()["items"][0]
    assert item == {
        "id": FULL.guid,
        "url": FULL.url,
        "title": "Fish & chips < caviar",
        "summary": FULL.summary,
        "content_html": FULL.content_html,
        "image": FULL.image,
        "date_published": "2026-11-20T08:30:00Z",
        "date_modified": "2026-11-21T09:45:01Z",
        "authors": [
            {
                "name": "Ada Lovelace",
                "url": "https://example.org/ada",
                "_feedsvc": {"email": "ada@example.org"},
            },
            {"name": "Grace Hopper"},
        ],
        "author": {
            "name": "Ada Lovelace",
            "url": "https://example.org/ada",
            "_feedsvc": {"email": "ada@example.org"},
        },
        "tags": ["food", "news"],
        "language": "en-GB",
        "attachments": [
            {
                "url": FULL.enclosures[0].url,
                "mime_type": "audio/mpeg",
                "title": "The talk",
                "size_in_bytes": 123456,
                "duration_in_seconds": 61,
            },
            {"url": FULL.enclosures[1].url, "mime_type": "image/png", "size_in_bytes": 2048},
        ],
        "_source": {
            "title": "Elsewhere",
            "url": "https://elsewhere.example/",
            "feed_url": "https://elsewhere.example/feed",
            "guid": "urn:isbn:1",
        },
        "_via": {
            "items": [
                {"url": "https://third.example/a?b=1&c=2", "title": "Third & last"},
                {"url": "https://fourth.example/story"},
            ]
        },
        "_comments_url": {"url": FULL.comments_url},
        "_rights": {"text": FULL.rights},
        "_podcast": {
            "duration": 61,
            "episode": 7,
            "season": 2,
            "explicit": False,
            "transcript": {"url": f"{SITE}/items/full/talk.vtt", "type": "text/vtt"},
            "chapters": {
                "url": f"{SITE}/items/full/chapters.json",
                "type": "application/json+chapters",
            },
        },
        "_feedsvc": {
            "categories": [
                {"term": "food", "scheme": "https://example.org/terms", "label": "Food & drink"},
                {"term": "news"},
            ]
        },
    }


def test_only_members_of_the_specification_and_objects_as_extensions() -> None:
    def walk(kind: str, value: dict[str, Any]) -> None:
        for key, member in value.items():
            if key.startswith("_"):
                assert isinstance(member, dict), f"extension {key} is no object"
                assert len(key) > 2 and key[1].isalpha() and "." not in key
            else:
                assert key in KNOWN[kind].split(), f"{key} is no member of {kind}"
        for author in value.get("authors", ()):
            walk("author", author)
        for attachment in value.get("attachments", ()):
            walk("attachment", attachment)
        for item in value.get("items", ()):
            walk("item", item)

    walk("feed", rendered(replace(FEED_JSON, tombstones=(GONE,))))


def test_bytes_are_utf8_compact_and_the_same_twice() -> None:
    item = replace(BARE, title="日本語 🎉 ]]> \u2028")
    body = jsonfeed.render(FEED_JSON, (item,))
    assert "日本語 🎉 ]]> \u2028".encode() in body
    compact = json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":"))
    assert body.decode() == compact + "\n"
    assert body == jsonfeed.render(FEED_JSON, (item,))


def test_an_untitled_item_shows_its_first_words() -> None:
    assert rendered()["items"][1]["title"] == "Only words, no title."


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (
            replace(BARE, content_html="", summary="Short <b>", title="t"),
            {"content_text": "Short <b>"},
        ),
        (replace(BARE, content_html="", summary="", title="t"), {"content_text": "t"}),
        (replace(BARE, content_html=""), {"content_html": ""}),
        (replace(BARE, summary="Short"), {"content_html": BARE.content_html}),
    ],
)
def test_one_content_is_always_there(item: Item, expected: dict[str, str]) -> None:
    out = rendered(items=(item,))["items"][0]
    assert {key: out[key] for key in out if key.startswith("content_")} == expected
    read = jsonfeed.read(jsonfeed.render(FEED_JSON, (item,))).items[0]
    assert (read.content_html, read.summary) == (item.content_html, item.summary)


def test_a_direction_stands_only_where_the_language_does_not_tell_it() -> None:
    items = (
        replace(BARE, language="ar", direction="rtl"),
        replace(BARE, language="en", direction="rtl"),
        replace(BARE, direction="ltr"),
    )
    out = rendered(items=items)["items"]
    assert [item.get("_feedsvc") for item in out] == [
        None,
        {"direction": "rtl"},
        {"direction": "ltr"},
    ]
    assert jsonfeed.read(jsonfeed.render(FEED_JSON, items)).items == tuple(
        replace(item, slug="", title="Only words, no title.") for item in items
    )


def test_tags_are_told_once() -> None:
    item = replace(BARE, categories=(Category("a", "urn:x"), Category("a", "urn:y"), Category("b")))
    assert rendered(items=(item,))["items"][0]["tags"] == ["a", "b"]
    read = jsonfeed.read(jsonfeed.render(FEED_JSON, (item,))).items[0]
    assert read.categories == item.categories


def test_zero_and_false_are_said() -> None:
    item = replace(
        BARE,
        enclosures=(Enclosure(f"{SITE}/a.mp3", "audio/mpeg", 0, None, 0),),
        podcast=Podcast(duration=0, episode=0, season=0, explicit=False),
    )
    read = jsonfeed.read(jsonfeed.render(FEED_JSON, (item,))).items[0]
    assert (read.enclosures, read.podcast) == (item.enclosures, item.podcast)


@pytest.mark.parametrize(
    "item",
    [
        replace(BARE, content_html="\ud800"),
        replace(BARE, published="yesterday"),  # type: ignore[arg-type]
        replace(BARE, enclosures=(None,)),  # type: ignore[arg-type]
    ],
)
def test_an_item_that_can_not_be_written_is_named(item: Item) -> None:
    with pytest.raises(ItemError) as caught:
        jsonfeed.render(FEED_JSON, (BARE, replace(item, guid="tag:e,2026:bad")))
    assert caught.value.where == "tag:e,2026:bad"


def test_times_are_utc_whole_seconds_with_four_digits_of_the_year() -> None:
    item = replace(BARE, published=datetime(33, 1, 2, 3, 4, 5, 678, tzinfo=UTC))
    assert rendered(items=(item,))["items"][0]["date_published"] == "0033-01-02T03:04:05Z"


def test_our_own_feed_comes_back() -> None:
    feed = replace(
        FEED_JSON,
        links=(Link("self", f"{SITE}/feeds/main.json"), Link("hub", f"{SITE}/hub")),
        tombstones=(GONE,),
    )
    parsed = jsonfeed.read(jsonfeed.render(feed, (FULL, BARE)))
    assert parsed.feed == feed
    assert parsed.tombstones == (GONE,)
    assert parsed.items[0] == replace(FULL, slug="")
    assert parsed.items[1] == replace(BARE, slug="", title="Only words, no title.")
    assert parsed.faults == ()


def read_item(**members: object) -> Item:
    data = {"version": jsonfeed.VERSION, "title": "t", "items": [{"id": "1", **members}]}
    return jsonfeed.read(json.dumps(data).encode(), url="https://e.org/dir/feed.json").items[0]


@pytest.mark.parametrize(
    ("members", "field", "value"),
    [
        ({"id": 42}, "guid", "42"),
        ({"id": None, "url": "/x"}, "guid", "https://e.org/x"),
        ({"id": "not an IRI"}, "guid", "not an IRI"),
        ({"url": "a/b"}, "url", "https://e.org/dir/a/b"),
        ({"url": "https://e.org/a/../b?"}, "url", "https://e.org/a/../b?"),
        ({"author": {"name": "A"}}, "authors", (Author("A"),)),
        ({"author": {"name": "A"}, "authors": [{"name": "B"}]}, "authors", (Author("B"),)),
        ({"authors": [{"url": "mailto:a@e.org"}]}, "authors", (Author("", "a@e.org"),)),
        ({"authors": [{}, "x", None, {"avatar": "y"}]}, "authors", ()),
        ({"tags": ["a", 1, None, "b"]}, "categories", (Category("a"), Category("b"))),
        ({"content_text": "a < b\nc\n\nd"}, "content_html", "<p>a &lt; b<br>c</p>\n<p>d</p>"),
        ({"content_text": "t", "content_html": "<p>h"}, "content_html", "<p>h"),
        ({"date_published": "2026-01-02T03:04:05.9+02:00"}, "published", "2026-01-02T01:04:05Z"),
        ({"date_published": "2026-01-02t03:04:05z"}, "published", "2026-01-02T03:04:05Z"),
        ({"date_published": "2026-01-02"}, "published", "2026-01-02T00:00:00Z"),
        ({"date_published": "yesterday"}, "published", None),
        ({"date_published": "0001-01-01T00:00:00+09:00"}, "published", None),
        ({"date_published": 1700000000}, "published", None),
        ({"banner_image": "b.png"}, "image", "https://e.org/dir/b.png"),
        (
            {"attachments": [{"url": "a.mp3", "size_in_bytes": 1.5, "duration_in_seconds": -1}]},
            "enclosures",
            (Enclosure("https://e.org/dir/a.mp3", "application/octet-stream", 1),),
        ),
        (
            {"attachments": [{"url": "a", "mime_type": "b/c", "size_in_bytes": True}, {}, 7]},
            "enclosures",
            (Enclosure("https://e.org/dir/a", "b/c"),),
        ),
        ({"title": "lone \ud800 surrogate"}, "title", "lone ? surrogate"),
        ({"title": None, "summary": ["x"], "_source": "x", "_podcast": []}, "summary", ""),
        ({"language": "ar"}, "direction", "rtl"),
    ],
)
def test_foreign_items(members: dict[str, object], field: str, value: object) -> None:
    if isinstance(value, str) and field == "published":
        value = datetime.fromisoformat(value)
    assert getattr(read_item(**members), field) == value


def test_credits_and_language_of_the_feed_are_those_of_silent_items() -> None:
    data = {
        "version": "https://jsonfeed.org/version/1",
        "title": "t",
        "author": {"name": "Everybody"},
        "language": "de",
        "items": [{"id": "1"}, {"id": "2", "authors": [{"name": "Me"}], "language": "fr"}],
    }
    parsed = jsonfeed.read(json.dumps(data).encode())
    assert [item.authors for item in parsed.items] == [(), (Author("Me"),)]
    assert [(item.authors, item.language) for item in parsed.completed()] == [
        ((Author("Everybody"),), "de"),
        ((Author("Me"),), "fr"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_any_unicode_encoding(encoding: str) -> None:
    text = json.dumps({"version": jsonfeed.VERSION, "title": "日本", "items": []})
    text = text.replace("\\u65e5\\u672c", "日本")
    assert jsonfeed.read(text.encode(encoding)).feed.title == "日本"


def test_parts_of_the_wrong_kind_are_left_out_and_told() -> None:
    body = json.dumps({"version": jsonfeed.VERSION, "items": ["x", {"id": "1"}]}).encode()
    parsed = jsonfeed.read(body)
    assert [item.guid for item in parsed.items] == ["1"]
    assert parsed.faults == ("Item 1 is no object and was left out.",)
    parsed = jsonfeed.read(json.dumps({"version": jsonfeed.VERSION, "items": 3}).encode())
    assert parsed.items == () and parsed.faults == ("The feed has no list of items.",)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"https://jsonfeed.org/version/1.1"',
        b'{"items": [], "title": "no version"}',
        b'{"version": 1, "items": []}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 10_000,
        b"\xff\xfe",
    ],
)
def test_what_is_no_json_feed_is_refused(body: bytes) -> None:
    with pytest.raises(NotAFeed):
        jsonfeed.read(body)
