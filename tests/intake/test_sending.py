"""What sent items lead to: relative links and uploads, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from samples import NOW, SITE
from sqlalchemy import event
from sqlalchemy.engine import Engine

from feedsvc.formats import itemjson
from feedsvc.intake.sending import linked, own_mark
from feedsvc.intake.submissions import Submissions, Written
from feedsvc.model import Enclosure, Item, Podcast, Reference
from feedsvc.store import FeedSpec, Store, Upload, open_store

ID, SECOND, GONE = "0123456789abcdef" * 2, "e" * 32, "f" * 32
MP3 = f"{SITE}/media/{ID}/rye.mp3"
WAV = f"{SITE}/media/{SECOND}/salt.wav"
LOST = f"{SITE}/media/{GONE}/x.mp3"
FOOTNOTE = "a[^1]\n\n[^1]: b\n"


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    store = open_store(store_url, site_url=SITE, now=NOW)
    store.declare([FeedSpec("main")], NOW)
    store.keep_upload(Upload(ID, "rye.mp3", "audio/mpeg", 5000, 61, at=NOW))
    store.keep_upload(Upload(SECOND, "salt.wav", "audio/wav", 700, 2, at=NOW))
    yield store
    store.close()


def add(store: Store, **fields: Any) -> Written:
    given = itemjson.read({"title": "Rye", **fields})
    return Submissions(store, SITE).add(given, origin="api:t", now=NOW)


def patch(store: Store, old: Item, **fields: Any) -> Written:
    given = itemjson.read(fields, old=old, partial=True)
    return Submissions(store, SITE).change(old, given, origin="api:t", now=NOW, expected=None)


def add_many(store: Store, sent: list[dict[str, Any]]) -> list[Written]:
    givens = [itemjson.read(fields) for fields in sent]
    results = Submissions(store, SITE).many(givens, origin="api:t", now=NOW)
    return [one for one in results if isinstance(one, Written)]


@contextmanager
def questions(about: str) -> Iterator[list[str]]:
    """The statements that ask of ``about`` meanwhile."""
    asked: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if about in statement:
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


# Uploads


@pytest.mark.parametrize(
    ("said", "kept", "duration"),
    [
        ({"url": MP3}, Enclosure(MP3, "audio/mpeg", 5000, None, 61), 61),
        (
            {"url": MP3, "type": "x/y", "length": 1},
            Enclosure(MP3, "audio/mpeg", 5000, None, 61),
            61,
        ),
        (
            {"url": MP3, "title": "Rye", "duration": 60},
            Enclosure(MP3, "audio/mpeg", 5000, "Rye", 60),
            60,
        ),
        (
            {"url": "https://a.example/b.mp3", "type": "audio/mpeg", "duration": 9},
            Enclosure("https://a.example/b.mp3", "audio/mpeg", None, None, 9),
            None,
        ),
    ],
)
def test_an_upload_says_what_it_is(
    store: Store, said: dict[str, Any], kept: Enclosure, duration: int | None
) -> None:
    written = add(store, enclosures=[said])
    podcast = Podcast(duration) if duration else None
    assert (written.item.enclosures, written.item.podcast) == ((kept,), podcast)
    assert written.notes == ()


def test_an_upload_is_known_however_its_address_is_spelled(store: Store) -> None:
    url = f"{SITE}/items/../media/{ID}/rye.mp3"
    (file,) = add(store, enclosures=[{"url": url}]).item.enclosures
    assert (file.type, file.length, file.duration) == ("audio/mpeg", 5000, 61)


def test_the_episode_says_its_own_duration(store: Store) -> None:
    item = add(store, enclosures=[{"url": MP3}], podcast={"duration": 99, "episode": 3}).item
    assert item.podcast == Podcast(99, 3)
    two = add(store, enclosures=[{"url": MP3}, {"url": WAV}]).item
    assert two.podcast is None
    assert [one.duration for one in two.enclosures] == [61, 2]


def test_another_sound_has_its_own_duration(store: Store) -> None:
    old = add(store, enclosures=[{"url": MP3}], podcast={"episode": 3}).item
    new = patch(store, old, enclosures=[{"url": WAV}]).item
    assert new.podcast == Podcast(2, 3)
    without = patch(store, new, enclosures=[]).item
    assert without.podcast == Podcast(None, 3)
    said = add(store, enclosures=[{"url": MP3}], podcast={"duration": 99}).item
    assert patch(store, said, enclosures=[{"url": WAV}]).item.podcast == Podcast(99)


def test_references_have_the_types_of_uploads(store: Store) -> None:
    reference = {"url": MP3, "type": "text/vtt"}
    item = add(store, podcast={"transcript": reference, "chapters": reference}).item
    own = Reference(MP3, "audio/mpeg")
    assert item.podcast == Podcast(transcript=own, chapters=own)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"enclosures": [{"url": LOST, "type": "audio/mpeg", "length": 7}]}, "enclosure"),
        ({"image": LOST}, "image"),
        ({"image": f"{SITE}/media/short/x.png"}, "image"),
        ({"podcast": {"transcript": {"url": LOST, "type": "text/vtt"}}}, "transcript"),
        ({"podcast": {"chapters": {"url": LOST, "type": "application/json"}}}, "chapters"),
    ],
)
def test_an_upload_that_is_not_there_is_noted(
    store: Store, fields: dict[str, Any], field: str
) -> None:
    written = add(store, **fields)
    (note,) = written.notes
    assert note.startswith(f"{field}: no upload has the address {SITE}/media/")
    item = written.item
    assert item.image == fields.get("image")
    if item.enclosures:
        assert item.enclosures == (Enclosure(LOST, "audio/mpeg", 7),)


def test_a_batch_asks_once_for_its_uploads_and_not_for_none(store: Store) -> None:
    with questions("FROM uploads") as asked:
        add_many(store, [{"title": "a", "enclosures": [{"url": url}]} for url in (MP3, WAV, LOST)])
    assert len(asked) == 1
    elsewhere = [{"url": "https://a.example/media/x.mp3", "type": "audio/mpeg"}]
    with questions("FROM uploads") as asked:
        add_many(store, [{"title": "b"}, {"title": "c", "enclosures": elsewhere}])
    assert asked == []


# Links

HERE = f"{SITE}/items/rye"


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("#fn1", f"{HERE}#fn1"),
        ("other-slug", f"{SITE}/items/other-slug"),
        ("./other#a", f"{SITE}/items/other#a"),
        ("../other", f"{SITE}/items/other"),
        ("../../feeds/main.atom", f"{SITE}/feeds/main.atom"),
        ("/about?a=1&amp;b=2", f"{SITE}/about?a=1&amp;b=2"),
        ("////a.example/x", f"{SITE}//a.example/x"),
        ("https://a.example/x", "https://a.example/x"),
        (f"{HERE}/own.png", f"{HERE}/own.png"),
        ("mailto:a@example.org", "mailto:a@example.org"),
    ],
)
def test_relative_links_mean_what_they_mean_in_item_files(
    store: Store, link: str, address: str
) -> None:
    written = add(store, content_html=f"<p><a HREF = '{link}'>x</a><a href=b>")
    assert f'<a href="{address}" ' in written.item.content_html
    assert written.notes == ()
    sent = replace(written.item, content_html=f'<a href="{link}">x</a>')
    shown, _ = Submissions(store, SITE).preview(sent, written.item, NOW)
    assert f'<a href="{address}" ' in shown.content_html


@pytest.mark.parametrize(
    ("html", "link", "what", "todo"),
    [
        ('<img src="pan.jpg">', "pan.jpg", "nothing", "upload it"),
        ('<img srcset="/a.png 1x, pan.jpg 2x">', "pan.jpg", "nothing", "upload it"),
        ('<a href="img/p.jpg">x</a>', "img/p.jpg", "nothing of this item", "upload it"),
        ('<a href="../pan.jpg">x</a>', "../pan.jpg", "nothing", "upload it"),
        ('<a href="b.md">x</a>', "b.md", "nothing", "link to an item by"),
    ],
)
def test_a_file_that_lies_nowhere_is_noted(
    store: Store, html: str, link: str, what: str, todo: str
) -> None:
    address = f"{SITE}/items/{link.removeprefix('../')}"
    todo = f"{todo} and use its address" if todo == "upload it" else f"{todo} its address"
    written = add(store, content_html=html)
    assert written.notes == (f"content: {link} leads to {address}, where {what} is; {todo}",)
    assert address in written.item.content_html


def test_footnotes_lead_to_the_item_whatever_its_slug_becomes(store: Store) -> None:
    sent = [{"title": "Rye"}] + [{"title": "Rye", "content_markdown": FOOTNOTE}] * 2
    for written in add_many(store, sent)[1:]:
        item = written.item
        assert f'href="{SITE}/items/{item.slug}#fn1"' in item.content_html
        assert own_mark(SITE) not in item.content_html
        assert item == store.item(guid=item.guid)
    assert item.slug == "rye-3"
    moved = patch(store, item, slug="loaf").item
    assert f'href="{SITE}/items/loaf#fn1"' in moved.content_html
    assert "/items/rye-3" not in moved.content_html
    assert patch(store, moved, content_markdown=FOOTNOTE).kind == "unchanged"


def test_an_item_at_home_elsewhere_is_the_base_of_its_links(store: Store) -> None:
    html = '<a href="#a">x</a><img src="pan.jpg">'
    written = add(store, url="https://a.example/b/c", content_html=html)
    assert 'href="https://a.example/b/c#a"' in written.item.content_html
    assert 'src="https://a.example/b/pan.jpg"' in written.item.content_html
    assert written.notes == ()


def test_a_preview_is_what_is_kept(store: Store) -> None:
    fields = {
        "title": "Rye",
        "content_markdown": f"{FOOTNOTE}\n[x](b) ![](pan.jpg)",
        "enclosures": [{"url": MP3}],
    }
    seen, _ = Submissions(store, SITE).preview(itemjson.read(fields).item, None, NOW)
    item = add(store, **fields).item
    for name in ("url", "content_html", "enclosures", "podcast"):
        assert getattr(seen, name) == getattr(item, name)
    new = replace(item, slug="loaf", content_html=item.content_html)
    assert Submissions(store, SITE).preview(new, item, NOW)[0].url == f"{SITE}/items/loaf"


def test_content_without_relative_links_is_not_touched() -> None:
    html = '<a href="https://a.example/">x</a><img src="/a.png"><p title="#b">a=b</p>'
    assert linked(html, "as it was", HERE) == ("as it was", ())
