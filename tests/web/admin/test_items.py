"""The list of articles, and what can be done from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from web.editing import Editor
from web.harbour import SITE, Clock, filled

from feedsvc.model import Item, Status
from feedsvc.store import Put
from feedsvc.web.admin.items import origin_words


@pytest.fixture
def editor(tmp_path: Path, clock: Clock) -> Iterator[Editor]:
    """Somebody at the editor of the filled site, an hour after its last change."""
    service = filled(tmp_path, SITE, clock)
    clock.forward(hours=1)
    yield Editor(service)
    service.close()


def titles(page: str) -> list[str]:
    return re.findall(r"<h2><a [^>]*>([^<]*)</a></h2>", page)


def test_nobody_but_who_is_signed_in_sees_anything(editor: Editor) -> None:
    stranger = editor.client.application.test_client()
    for path in ("/admin/", "/admin/items/new", "/admin/items/tide", "/admin/items/tide/history",
                 "/admin/items/tide/preview", "/admin/preview"):  # fmt: skip
        answer = stranger.get(path)
        assert answer.status_code == 303, path
        assert "/admin/sign-in" in answer.headers["Location"]
    for path in ("undo", "withdraw", "restore", "delete", ""):
        answer = stranger.post(f"/admin/items/tide/{path}".rstrip("/"))
        assert answer.status_code in {400, 401}, path
    assert editor.service.store.item(slug="tide").status is Status.PUBLISHED  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ("", "Later", "Nothing"),
        ("?status=draft", "A draft", "Seven: salt"),
        ("?status=scheduled", "Later", "A draft"),
        ("?status=withdrawn", "Gone", "Later"),
        ("?status=nonsense", "Later", "Nothing"),
        ("?q=salt", "Seven: salt", "A draft"),
        ("?q=nobody&status=draft", "A draft", "Later"),
        ("?q=xyzzy", "Nothing was found", "A draft"),
    ],
)
def test_by_status_and_words(editor: Editor, query: str, there: str, not_there: str) -> None:
    page = editor.page(f"/admin/{query}")
    assert there in page
    assert not_there not in titles(page)


def test_pages_follow_each_other_and_leave_out_nothing(editor: Editor) -> None:
    path, seen = "/admin/", []
    while path:
        page = editor.page(path)
        seen += titles(page)
        found = re.search(r'rel="next" href="([^"]*)"', page)
        path = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == editor.service.store.count()
    assert len(set(seen)) == len(seen)


def test_a_place_that_is_none_is_not_found(editor: Editor) -> None:
    assert editor.client.get("/admin/?cursor=nonsense").status_code == 404
    assert editor.client.get("/admin/items/none-such").status_code == 404


def test_undo_before_and_after_its_time(editor: Editor, clock: Clock) -> None:
    store = editor.service.store
    assert editor.send("/admin/items/later/undo").status_code == 303
    assert store.item(slug="later").status is Status.DRAFT  # type: ignore[union-attr]
    assert "no reader has seen it" in editor.page("/admin/items/later")
    editor.send("/admin/items/tide/undo")
    assert store.item(slug="tide").status is Status.PUBLISHED  # type: ignore[union-attr]
    assert "out already" in editor.page("/admin/items/tide")


def test_withdrawn_and_published_again(editor: Editor) -> None:
    before = editor.service.store.item(slug="salt")
    editor.send("/admin/items/salt/withdraw")
    assert editor.client.get("/items/salt").status_code == 410
    assert "Publish again" in editor.page("/admin/items/salt")
    editor.send("/admin/items/salt/restore")
    after = editor.service.store.item(slug="salt")
    assert editor.client.get("/items/salt").status_code == 200
    assert before
    assert after
    assert after.published == before.published
    assert after.content_html == before.content_html


def test_a_deleted_draft_was_never_there_for_readers(editor: Editor) -> None:
    editor.save("/admin/items/new", title="Slip", text="Words.")
    assert "Delete this draft" in editor.page("/admin/items/slip")
    answer = editor.send("/admin/items/slip/delete")
    assert answer.headers["Location"] == "/admin/"
    item = editor.service.store.item(slug="slip")
    assert item
    assert item.status is Status.WITHDRAWN
    assert "Slip" in editor.page("/admin/?status=withdrawn")
    assert editor.client.get("/items/slip").status_code == 404, "410 says that there was one"
    assert "No reader ever saw it" in editor.page("/admin/items/slip")
    editor.send("/admin/items/slip/restore")
    item = editor.service.store.item(slug="slip")
    assert item
    assert (item.status, item.content_markdown) == (Status.DRAFT, "Words.")
    # What readers have is withdrawn, not deleted.
    assert "Delete this draft" not in editor.page("/admin/items/salt")
    editor.send("/admin/items/salt/delete")
    assert editor.client.get("/items/salt").status_code == 200


def test_what_a_file_has_scheduled_is_not_taken_back_here(editor: Editor) -> None:
    store = editor.service.store
    item = store.item(slug="later")
    assert item
    store.apply(
        [Put(replace(item, origin="file:posts/later.md"), replaces=item.guid)], editor.service.now()
    )
    for page in ("/admin/?status=scheduled", "/admin/items/later"):
        assert "/later/undo" not in editor.page(page)
    editor.send("/admin/items/later/undo")
    assert store.item(slug="later").status is Status.SCHEDULED  # type: ignore[union-attr]


def test_what_a_file_declares_is_shown_and_not_changed(editor: Editor) -> None:
    store = editor.service.store
    item = store.item(slug="tide")
    assert item
    declared = replace(item, origin="file:posts/tide.md", title="From a file")
    store.apply([Put(declared, replaces=item.guid)], editor.service.now())
    page = editor.page("/admin/items/tide")
    assert "items/posts/tide.md" in page
    assert '<form id="write"' not in page
    # Whoever sends the form nevertheless is told, and changes nothing.
    answer = editor.send("/admin/items/tide", title="Other", text="x", revision="0", action="save")
    assert answer.status_code in {409, 422}
    assert "items/posts/tide.md" in answer.text
    assert store.item(slug="tide").title == "From a file"  # type: ignore[union-attr]
    editor.send("/admin/items/tide/withdraw")
    editor.send("/admin/items/tide/restore")
    again = store.item(slug="tide")
    assert again
    assert (again.status, again.origin) == (Status.PUBLISHED, "file:posts/tide.md")


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ("file:posts/a: b.md", "items/posts/a: b.md"),
        ("editor:jane", "by jane"),
        ("api:importer", "by API, importer"),
        ("micropub:phone", "by Micropub, phone"),
        ("publish:/x/a.md", "from /x/a.md"),
        ("", ""),
    ],
)
def test_where_an_item_comes_from(origin: str, words: str) -> None:
    assert origin_words(Item(origin=origin)) == words


def test_no_page_is_kept_by_anybody_or_framed(editor: Editor) -> None:
    for path in ("/admin/", "/admin/items/new", "/admin/items/tide", "/admin/items/tide/history"):
        headers = editor.client.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "'unsafe-inline'" not in headers["Content-Security-Policy"]
    framed = editor.client.get("/admin/items/tide/preview").headers["Content-Security-Policy"]
    assert "sandbox allow-same-origin;" in framed
    assert "script-src" not in framed
