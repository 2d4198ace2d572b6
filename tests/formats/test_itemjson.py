"""Items as the API's JSON objects: what is read, what is refused and how it is told."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import BARE, FULL

from feedsvc.errors import InvalidFields
from feedsvc.formats import itemjson
from feedsvc.formats.itemfields import ItemFields, ItemObject
from feedsvc.model import Author, Category, Item, Podcast, Reference, Status, Via

FULLER = replace(
    FULL,
    podcast=Podcast(62, 3, None, False, Reference("https://x.example/a.vtt", "text/vtt")),
    feeds=("main",),
    aliases=("urn:x:old",),
    via=(Via("https://b.example/", "B"), Via("https://c.example/")),
)


def faults(value: object, **how: Any) -> dict[str, str]:
    with pytest.raises(InvalidFields) as caught:
        itemjson.read(value, **how)
    return {fault.field: fault.reason for fault in caught.value.faults}


@pytest.mark.parametrize("item", [FULLER, BARE], ids=["full", "bare"])
def test_what_is_written_is_read_again(item: Item) -> None:
    sent = json.loads(json.dumps(itemjson.write(item)))
    read = itemjson.read(sent, old=item).item
    assert replace(read, origin=item.origin, revision=item.revision) == item


def test_every_field_of_the_model_has_its_own_name() -> None:
    names = {field.name for field in fields(Item)}
    assert set(itemjson.write(FULL)) == names
    assert set(ItemObject.model_fields) - {"notes"} == names
    assert set(ItemFields.model_fields) - {"notes", "content_text"} == names
    ItemObject.model_validate_json(json.dumps(itemjson.write(FULLER)))


def test_times_are_utc() -> None:
    item = itemjson.read({"published": "2026-11-22T10:30:00+01:00", "title": "x"}).item
    assert item.published == datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    assert itemjson.write(item)["published"] == "2026-11-22T09:30:00Z"


def test_a_name_alone_is_enough() -> None:
    item = itemjson.read({"authors": ["Ada"], "categories": ["sea", {"term": "salt"}]}).item
    assert item.authors == (Author("Ada"),)
    assert item.categories == (Category("sea"), Category("salt"))


def test_an_address_alone_names_another_place_of_the_story() -> None:
    item = itemjson.read({"via": ["https://b.example/", {"url": "https://c.example/"}]}).item
    assert item.via == (Via("https://b.example/"), Via("https://c.example/"))
    assert itemjson.read({"via": None}, old=item, partial=True).item.via == ()


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ([], {"": "must be a JSON object with the fields of an item"}),
        (None, {"": "must be a JSON object with the fields of an item"}),
        ({"tilte": "x"}, {"tilte": "there is no such field; is title meant?"}),
        ({"title": 3, "summary": []}, {"title": "must be text", "summary": "must be text"}),
        ({"authors": [{"name": "a"}, {}]}, {"authors[1].name": "must be given"}),
        ({"authors": "Ada"}, {"authors": "must be a list"}),
        ({"published": "soon"}, {"published": "must be a time such as 2026-11-22T09:30:00Z"}),
        ({"published": "0001-01-01T00:00:00Z"}, {"published": "must be in the years 1000 to 2999"}),
        ({"published": 1}, {"published": "must be a time such as 2026-11-22T09:30:00Z"}),
        (
            {"status": "public"},
            {
                "status": "must be 'draft', 'review', 'scheduled', 'published' or 'withdrawn'",
            },
        ),
        (
            {"enclosures": [{"url": "javascript:alert(1)"}]},
            {"enclosures[0].url": "must be an address that begins with http:// or https://"},
        ),
        (
            {"enclosures": [{"url": "https://x.example/a.mp3", "length": -1}]},
            {"enclosures[0].length": "must be at least 0"},
        ),
        ({"via": [{"title": "B"}]}, {"via[0].url": "must be given"}),
        (
            {"via": ["ftp://b.example/"]},
            {"via[0].url": "must be an address that begins with http:// or https://"},
        ),
        ({"podcast": {"explicit": "yes"}}, {"podcast.explicit": "must be true or false"}),
        ({"podcast": {"episode": True}}, {"podcast.episode": "must be a whole number"}),
        (
            {"content_text": "a", "content_html": "b"},
            {"content_text": "give one of content_html, content_markdown and content_text"},
        ),
        (
            {"content_markdown": "x" * (256 * 1024 + 1)},
            {"content_markdown": "is 262,145 bytes; at most 262,144 (256 KiB)"},
        ),
        (
            {"content_markdown": "![" * 20_001},
            {
                "content_markdown": "the Markdown has more than 20,000 of the characters "
                "[ * _ ` ~; give it as HTML, or in parts"
            },
        ),
        ({"a\r\nb": 1}, {r"a\r\nb": "there is no such field"}),
        ({"\ud800": 1}, None),
    ],
)
def test_every_faulty_field_is_named(value: object, wrong: dict[str, str] | None) -> None:
    found = faults(value)
    assert wrong is None or found == wrong


def test_not_without_end() -> None:
    found = faults({f"no{n}": 1 for n in range(10_000)})
    assert len(found) == 51
    assert found[""] == "9950 more fields are wrong"


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"NaN", b"[" * 100_000, b"1" * 10_000, b'"\\ud800"', b"\xff", b"{'a': 1}"],
    ids=["empty", "open", "NaN", "deep", "long", "half", "latin", "python"],
)
def test_no_json(data: bytes) -> None:
    with pytest.raises(InvalidFields, match="no JSON"):
        itemjson.loads(data)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(sorted(ItemFields.model_fields)), _JSON) | _JSON)
def test_any_value_is_an_item_or_faulty(value: object) -> None:
    for how in ({}, {"old": FULLER}, {"old": FULLER, "partial": True}):
        try:
            itemjson.write(itemjson.read(value, **how).item)
        except InvalidFields as error:
            assert error.faults
            str(error).encode()


# Content


@pytest.mark.parametrize(
    ("value", "title", "html", "markdown"),
    [
        ({"content_html": "<p>a</p>"}, "", "<p>a</p>", None),
        ({"content_text": "a <b>\n\nc"}, "", "<p>a &lt;b&gt;</p>\n<p>c</p>", None),
        ({"content_markdown": "*a*"}, "", "<p><em>a</em></p>\n", "*a*"),
        ({"content_markdown": "# T\n\na"}, "T", "<p>a</p>\n", "# T\n\na"),
        ({"title": "T", "content_markdown": "# T\n\na"}, "T", "<p>a</p>\n", "# T\n\na"),
        ({"title": "", "content_markdown": "# T"}, "", "<h1>T</h1>\n", "# T"),
        ({"content_html": "<p>a</p>", "content_markdown": "b"}, "", "<p>b</p>\n", "b"),
        (
            {"language": "ar", "content_text": "س"},
            "",
            '<div dir="rtl" lang="ar">\n<p>س</p>\n</div>',
            None,
        ),
    ],
)
def test_content(value: object, title: str, html: str, markdown: str | None) -> None:
    item = itemjson.read(value).item
    assert (item.title, item.content_html, item.content_markdown) == (title, html, markdown)


WRITTEN = Item(title="T", content_html="<p>a</p>", content_markdown="a", revision=3)


@pytest.mark.parametrize(
    ("value", "html", "markdown"),
    [
        ({"content_html": "<p>b</p>", "content_markdown": "a"}, "<p>b</p>", None),
        ({"content_html": "<p>a</p>", "content_markdown": "b"}, "<p>b</p>\n", "b"),
        ({"content_html": "<p>a</p>", "content_markdown": "a"}, "<p>a</p>\n", "a"),
        ({"content_markdown": None}, "<p>a</p>", None),
        ({"content_html": None}, "", None),
        ({"title": "U"}, "<p>a</p>", "a"),
    ],
)
def test_content_changed(value: object, html: str, markdown: str | None) -> None:
    item = itemjson.read(value, old=WRITTEN, partial=True).item
    assert (item.content_html, item.content_markdown) == (html, markdown)


# Patches


def test_a_patch_leaves_the_rest() -> None:
    patch = {"summary": None, "podcast": {"season": 2, "duration": None}, "language": "ar"}
    given = itemjson.read(patch, old=FULLER, partial=True)
    assert given.told == {"summary", "podcast", "language"}
    assert given.item == replace(
        FULLER,
        summary="",
        podcast=replace(FULLER.podcast or Podcast(), season=2, duration=None),
        language="ar",
        direction=None,
    )


def test_whole_again_but_for_what_must_be_meant() -> None:
    old = replace(FULLER, status=Status.WITHDRAWN)
    given = itemjson.read({"title": "T", "status": None}, old=old)
    assert given.told == {"title"}
    assert given.item == Item(title="T", status=Status.WITHDRAWN)


def test_what_the_service_says_is_not_taken() -> None:
    given = itemjson.read({"origin": "file:x", "revision": 9, "notes": ["n"], "title": "T"})
    assert given.item == Item(title="T")
    assert given.told == {"title"}
