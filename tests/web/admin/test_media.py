"""The page of uploaded files: more of them, where each is used, away with the unused."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

import pytest
from lxml import html
from web.editing import Editor
from web.harbour import PICTURE, SOUND, png
from werkzeug.test import TestResponse

from feedsvc.config import FeedSection
from feedsvc.model import Item
from feedsvc.service import Service
from feedsvc.store import Put, Upload
from feedsvc.web.admin.media import facts, markdown


@pytest.fixture
def editor(fresh: Service) -> Editor:
    return Editor(fresh)


def upload(editor: Editor, *files: tuple[bytes, str]) -> TestResponse:
    return editor.send("/admin/media", file=[(io.BytesIO(data), name) for data, name in files])


def cards(page: str) -> dict[str, str]:
    """The text of each file's card, by its name."""
    found = html.fromstring(page).xpath("//ul[@class='gallery']/li")
    return {card.findtext(".//h2//bdi"): " ".join(card.text_content().split()) for card in found}


def use(editor: Editor, upload: Upload, **fields: object) -> Item:
    text = f'<p><img src="{editor.service.uploads.url(upload)}" alt=""></p>'
    item = Item(slug="tide", title="Low water", content_html=text, **fields)  # type: ignore[arg-type]
    (outcome,) = editor.service.store.apply([Put(item)], editor.service.now())
    assert outcome.kind == "added"
    return item


def test_files_are_uploaded_and_shown(editor: Editor) -> None:
    assert "Nothing has been uploaded yet" in editor.page("/admin/media")
    assert upload(editor, (PICTURE, "low water.png"), (SOUND, "salt.wav")).status_code == 303
    page = editor.page("/admin/media")
    assert "low-water.png is uploaded." in page
    shown = cards(page)
    assert set(shown) == {"low-water.png", "salt.wav"}
    assert "image/png · 1600 × 400" in shown["low-water.png"]
    assert "0:02" in shown["salt.wav"]
    root = html.fromstring(page)
    assert root.xpath("//img/@alt") == ["low-water.png"]
    (address,) = root.xpath("//h2/a[.//text()='low-water.png']/@href")
    assert editor.client.get(address).data == PICTURE
    copied = root.xpath("//button/@data-copy")
    assert f"https://example.org{address}" in copied
    assert f"![low-water](https://example.org{address})" in copied
    found, _ = editor.service.store.uploads()
    assert {one.origin for one in found} == {"editor:jane"}


def test_the_same_bytes_again_are_the_same_file(editor: Editor) -> None:
    for name in ("one.png", "two.png"):
        upload(editor, (PICTURE, name))
    page = editor.page("/admin/media")
    assert list(cards(page)) == ["one.png"]
    assert "one.png was here already, under this name." in page


def test_what_is_refused_hinders_no_other(editor: Editor) -> None:
    answer = upload(editor, (b"<script>alert(1)</script>", "evil.png"), (PICTURE, "good.png"))
    assert answer.status_code == 422
    assert "evil.png was not taken: " in answer.text
    assert list(cards(answer.text)) == ["good.png"]


def test_nothing_chosen(editor: Editor) -> None:
    assert "no file was chosen" in upload(editor).text


def test_a_file_is_shown_to_the_editor_and_stored_nowhere(editor: Editor) -> None:
    upload(editor, (PICTURE, "a.png"))
    (found,), _ = editor.service.store.uploads()
    editor.service.make_feed(FeedSection(name="members", private=True), origin="editor:jane")
    use(editor, found, feeds=("members",))
    assert editor.client.get(urlsplit(editor.service.uploads.url(found)).path).status_code == 401
    answer = editor.client.get(f"/admin/media/{found.id}")
    assert answer.data == PICTURE
    assert "no-store" in answer.headers["Cache-Control"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_an_unused_file_can_be_removed(editor: Editor) -> None:
    upload(editor, (PICTURE, "a.png"))
    (found,), _ = editor.service.store.uploads()
    assert "Delete" in cards(editor.page("/admin/media"))["a.png"]
    assert editor.send(f"/admin/media/{found.id}/removal").status_code == 303
    assert editor.service.store.upload(found.id) is None
    assert editor.client.get(f"/admin/media/{found.id}").status_code == 404
    assert "Removed: a.png." in editor.page("/admin/media")


def test_a_used_file_stays(editor: Editor) -> None:
    upload(editor, (PICTURE, "a.png"))
    (found,), _ = editor.service.store.uploads()
    use(editor, found)
    card = cards(editor.page("/admin/media"))["a.png"]
    assert "Used by Low water" in card
    assert "Delete" not in card
    answer = editor.send(f"/admin/media/{found.id}/removal")
    assert answer.status_code == 409
    assert "used by the item tide" in answer.text
    assert editor.client.get(f"/admin/media/{found.id}").data == PICTURE


def test_pages_and_search(editor: Editor) -> None:
    service = editor.service
    for number in range(26):
        name = f"{'wall' if number % 2 else 'boat'}-{number}.png"
        file = io.BytesIO(png(number + 1, 1))
        service.uploads.take(file, name=name, origin="editor:jane", now=service.now())
    first = editor.page("/admin/media")
    (older,) = html.fromstring(first).xpath("//a[@rel='next']/@href")
    second = editor.page(f"/admin/media{older}")
    assert (len(cards(first)), len(cards(second))) == (24, 2)
    assert not cards(first).keys() & cards(second).keys()
    assert len(cards(editor.page("/admin/media?q=wall"))) == 13
    assert "No file has “%_”" in editor.page("/admin/media?q=%25_")
    assert editor.client.get("/admin/media?cursor=nonsense").status_code == 404


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        (Upload("0", "a", "image/png", 5, width=3, height=4), "image/png · 3 × 4 · 5 bytes"),
        (Upload("0", "a", "audio/mpeg", 5_000, duration=0), "audio/mpeg · 0:00 · 5.0 kB"),
        (Upload("0", "a", "application/pdf", 1), "application/pdf · 1 byte"),
    ],
)
def test_what_a_file_is_in_words(upload: Upload, words: str) -> None:
    assert facts(upload) == words


def test_markdown_of_a_file_that_is_no_picture_is_a_link() -> None:
    assert markdown(Upload("0", "a_b.mp3", "", 1), "/x", "audio") == r"[a\_b](/x)"
