"""Files that are put into an article while it is written, and what is private in previews."""

from __future__ import annotations

import io
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from web.editing import Editor
from web.harbour import PICTURE, SOUND
from werkzeug.datastructures import FileStorage

from feedsvc.config import FeedSection
from feedsvc.model import Enclosure, Item, Podcast, Status
from feedsvc.service import Service
from feedsvc.store import Put, Upload
from feedsvc.web.admin.attaching import completed, in_text
from feedsvc.web.admin.fields import Fields, File


@pytest.fixture
def editor(fresh: Service) -> Editor:
    return Editor(fresh)


def file(data: bytes, name: str) -> FileStorage:
    return FileStorage(io.BytesIO(data), name)


def kept(editor: Editor, slug: str) -> Item:
    item = editor.service.store.item(slug=slug)
    assert item
    return item


# One by one, by a script


def test_an_upload_is_answered_with_what_a_text_needs(editor: Editor) -> None:
    answer = editor.send("/admin/uploads", file=file(PICTURE, "low water.png"))
    assert (answer.status_code, answer.mimetype) == (201, "application/json")
    told = answer.json
    assert told
    assert told["kind"] == "image"
    assert told["markdown"] == f"![]({told['url']})"
    assert told["html"] == f'<img src="{told["url"]}" alt="" width="1600" height="400">'
    assert editor.client.get(urlsplit(told["url"]).path).data == PICTURE
    assert editor.send("/admin/uploads", file=file(PICTURE, "b.png")).status_code == 200
    sound = editor.send("/admin/uploads", file=file(SOUND, "salt.wav")).json
    assert sound
    assert (sound["kind"], sound["type"], sound["duration"]) == ("audio", "audio/wav", "0:02")
    assert sound["length"] == len(SOUND)
    (first, *_), _ = editor.service.store.uploads()
    assert first.origin == "editor:jane"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 422),
        ({"file": "text"}, 422),
        ({"file": (b"", "a.png")}, 422),
        ({"file": (b"<script>alert(1)</script>", "a.png")}, 415),
    ],
)
def test_what_is_not_taken_says_why(editor: Editor, sent: dict[str, object], status: int) -> None:
    values = {
        name: file(*value) if isinstance(value, tuple) else value for name, value in sent.items()
    }
    answer = editor.client.post(
        "/admin/uploads",
        data={"csrf_token": editor.form("/admin/items/new")["csrf_token"], **values},
        headers={"Accept": "application/json"},
    )
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.json
    assert answer.json["detail"]


@pytest.mark.parametrize(
    ("upload", "form", "words"),
    [
        (Upload("0", "a.png", "image/png", 5), "html", '<img src="u?a&amp;b" alt="">'),
        (Upload("0", "a.pdf", "application/pdf", 5), "html", '<a href="u?a&amp;b">a.pdf</a>'),
        (Upload("0", "a_b.pdf", "application/pdf", 5), "markdown", r"[a\_b](u?a&b)"),
    ],
)
def test_how_texts_show_files(upload: Upload, form: str, words: str) -> None:
    assert in_text(upload, "u?a&b", form) == words  # type: ignore[arg-type]


def test_what_is_known_of_a_file_fills_gaps_alone() -> None:
    known = Upload("0", "a.mp3", "audio/mpeg", 900, 61)
    mine = Fields(files=(File("ours"), File("theirs"), File("ours", "", "x/y", "1", "9")))
    found = completed(mine, Fields(), lambda url: known if url == "ours" else None)
    assert found.files == (
        File("ours", "", "audio/mpeg", "900", "1:01"),
        File("theirs"),
        File("ours", "", "x/y", "1", "9"),
    )
    assert found.duration == "1:01"
    assert completed(mine, mine, lambda _: known) == mine, "nobody has touched the files"
    long = replace(mine, duration="2:00")
    assert completed(long, Fields(), lambda _: known).duration == "2:00"


# With the form


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_files_come_with_the_form(editor: Editor, form: str) -> None:
    answer = editor.save(
        "/admin/items/new",
        title="Low water",
        text="Words",
        form=form,
        episode="7",
        upload=[file(PICTURE, "low.png"), file(SOUND, "salt.wav")],
        picture_file=file(PICTURE, "low.png"),
    )
    assert answer.status_code == 303
    item = kept(editor, "low-water")
    service = editor.service
    found = {one.name: one for one in service.store.uploads()[0]}
    picture, sound = (service.uploads.url(found[name]) for name in ("low.png", "salt.wav"))
    assert item.image == picture
    assert f'src="{picture}"' in item.content_html
    assert item.content_html.index("Words") < item.content_html.index(picture)
    assert item.enclosures == (Enclosure(sound, "audio/wav", len(SOUND), None, 2),)
    assert item.podcast == Podcast(2, 7)
    # Saved again as it stands there nothing changes.
    editor.save("/admin/items/low-water")
    assert kept(editor, "low-water").revision == item.revision


def test_of_files_that_are_not_taken_nothing_else_is_lost(editor: Editor) -> None:
    answer = editor.save(
        "/admin/items/new",
        title="Typed",
        text="Typed words",
        upload=[file(b"<b>no</b>", "evil.png"), file(PICTURE, "low.png")],
        picture_file=file(SOUND, "salt.wav"),
    )
    assert answer.status_code == 422
    assert "evil.png was not taken: " in answer.text.lower()
    assert "Salt.wav is no picture" in answer.text
    assert "Typed words\n\n![](https://example.org/media/" in answer.text
    assert editor.service.store.count() == 0


def test_a_picture_is_chosen_by_its_button(editor: Editor) -> None:
    editor.send("/admin/uploads", file=file(PICTURE, "low.png"))
    editor.send("/admin/uploads", file=file(SOUND, "salt.wav"))
    editor.save("/admin/items/new", title="Low water")
    page = editor.page("/admin/items/low-water")
    (upload,) = (one for one in editor.service.store.uploads()[0] if one.name == "low.png")
    url = editor.service.uploads.url(upload)
    assert page.count('name="picture"') == 1, "sounds are no pictures"
    assert f'name="picture" value="{url}"' in page
    editor.save("/admin/items/low-water", picture=url)
    assert kept(editor, "low-water").image == url


def test_files_that_come_while_another_writes_are_not_lost(editor: Editor) -> None:
    editor.save("/admin/items/new", title="Low water", text="a")
    form = editor.form("/admin/items/low-water")
    editor.save("/admin/items/low-water", summary="theirs")
    answer = editor.send(
        "/admin/items/low-water",
        **{**form, "upload": [file(PICTURE, "low.png"), file(b"no", "evil.png")]},
    )
    assert answer.status_code == 409
    assert "![](https://example.org/media/" in answer.text
    assert "evil.png was not taken" in answer.text


# What is private


def test_who_is_signed_in_sees_what_subscribers_alone_have(editor: Editor) -> None:
    service = editor.service
    told = editor.send("/admin/uploads", file=file(PICTURE, "low.png")).json
    assert told
    service.make_feed(FeedSection(name="members", private=True), origin="editor:jane")
    item = Item(
        slug="tide",
        title="Low water",
        image=told["url"],
        content_html=f'<p><img src="{told["url"]}" alt=""></p>',
        feeds=("members",),
        status=Status.PUBLISHED,
    )
    service.store.apply([Put(item)], service.now())
    assert editor.client.get(urlsplit(told["url"]).path).status_code == 401
    saved = editor.page("/admin/items/tide/preview")
    typed = editor.send("/admin/preview", **editor.form("/admin/items/tide")).text
    upload_id = service.store.uploads()[0][0].id
    for page in (saved, typed):
        assert f'<img src="/admin/media/{upload_id}"' in page
        assert f"/media/{upload_id}/" not in page
    assert editor.client.get(f"/admin/media/{upload_id}").data == PICTURE
