"""The pages of sources: made, changed, paused, ended; what became of entries; no passwords."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from lxml import html
from web.editing import Editor
from web.sourced import FEED, LOCKED, bring, crediting, entry, made, told, write

from feedsvc.formats import opmlreader
from feedsvc.model import Category
from feedsvc.service import Service
from feedsvc.store import KeepRecord, SourceRow, SourceSpec, SourceState
from feedsvc.web.admin import sources


@pytest.fixture
def editor(fresh: Service) -> Editor:
    return Editor(fresh)


def seen(editor: Editor, row: SourceRow) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', editor.page(f"/admin/sources/{row.id}"))
    assert found
    return unescape(found[1])


def said(page: str) -> str:
    """What a page says, without its marks."""
    return " ".join(html.fromstring(page).text_content().split())


def change(editor: Editor, row: SourceRow, **values: Any) -> Any:
    as_it_was = {"url": FEED, "every": "1h", "trust": "publish", "seen": seen(editor, row)}
    return editor.send(f"/admin/sources/{row.id}/change", **(as_it_was | values))


def test_a_source_is_made_and_polled_at_once(editor: Editor) -> None:
    assert "No feed of others is polled." in said(editor.page("/admin/sources"))
    sent = {"url": FEED, "name": "News", "into": "main", "every": "30m", "trust": "review",
            "veto": "6h", "any.tags": 'sea, "Doe, Jane"'}  # fmt: skip
    answer = editor.send("/admin/sources", **sent)
    assert answer.status_code == 303, answer.text
    (row,) = editor.service.sources.all()
    assert answer.headers["Location"].endswith(f"/admin/sources/{row.id}")
    assert (row.origin, row.spec.into, row.spec.where.any.tags) == (
        "editor:jane",
        "main",
        ("sea", "Doe, Jane"),
    )
    assert editor.service.store.next_source_due() == editor.service.now()
    assert "News is made. It is polled now" in editor.page(f"/admin/sources/{row.id}")
    listed = said(editor.page("/admin/sources"))
    assert f"News {FEED} into main looked at first not polled yet" in listed


def test_what_is_wrong_stands_at_its_field(editor: Editor) -> None:
    values = {"url": "ftp://x.example/", "every": "often", "trust": "publish", "veto": "1h",
              "into": "nowhere", "any.languages": "!"}  # fmt: skip
    answer = editor.send("/admin/sources", **values)
    assert answer.status_code == 422
    page = html.fromstring(answer.text)
    wrong = {one.get("name") for one in page.xpath('//*[@aria-invalid="true"]')}
    assert wrong == {"url", "every", "veto", "into", "any.languages"}
    assert page.xpath('//input[@name="url"]/@value') == ["ftp://x.example/"]
    assert editor.service.sources.all() == []
    made(editor.service)
    again = editor.send("/admin/sources", url=FEED, every="1h", trust="publish")
    assert again.status_code == 409
    assert "There is a source" in said(again.text)


def test_a_source_is_changed_unless_somebody_was_quicker(editor: Editor) -> None:
    row = made(editor.service)
    first = seen(editor, row)
    assert change(editor, row, name="News").status_code == 303
    late = change(editor, row, name="Olds", seen=first)
    assert late.status_code == 412
    assert "Jane has changed this source meanwhile" in late.text
    assert editor.service.sources.source(str(row.id)).spec.name == "News"
    again = re.search(r'name="seen" value="([^"]*)"', late.text)
    assert again
    assert change(editor, row, name="Olds", seen=unescape(again[1])).status_code == 303


def test_no_page_shows_a_password_and_saving_keeps_it(editor: Editor) -> None:
    row = made(editor.service, LOCKED)
    bring(editor.service, row, entry(row, "one"), item="urn:x:one")
    item = editor.service.store.item(guid="urn:x:one")
    assert item
    assert "password in it stays" in editor.page(f"/admin/sources/{row.id}")
    shown = "https://***@paid.example/feed"
    assert change(editor, row, url=shown, name="Paid").status_code == 303
    assert editor.service.sources.source(str(row.id)).spec.url == LOCKED
    for path in (f"/admin/sources/{row.id}", "/admin/sources", "/admin/", "/admin/sources.opml",
                 f"/admin/items/{item.slug}", f"/admin/items/{item.slug}/history",
                 f"/admin/items/{item.slug}/look", "/feeds/main.json", "/feeds/main"):  # fmt: skip
        assert "secret" not in editor.page(path), path
    assert "from paid.example" in said(editor.page("/admin/"))


def test_declared_sources_are_read_only_and_say_where(editor: Editor) -> None:
    editor.service.store.declare_sources([SourceSpec(FEED, name="D")], editor.service.now())
    (row,) = editor.service.sources.all()
    page = editor.page(f"/admin/sources/{row.id}")
    assert "Declared in <code>config.toml</code>" in page
    assert 'name="url"' not in page
    assert editor.send(f"/admin/sources/{row.id}/change", url=FEED, seen="").status_code == 412
    assert editor.send(f"/admin/sources/{row.id}/end").status_code == 409
    assert editor.send(f"/admin/sources/{row.id}/pause").status_code == 303


def test_a_source_is_paused_resumed_polled_and_ended(editor: Editor) -> None:
    row = made(editor.service)
    path = f"/admin/sources/{row.id}"

    def now() -> SourceRow:
        return editor.service.sources.source(str(row.id))

    editor.send(f"{path}/pause")
    assert now().state.status == "paused"
    assert "is paused: nothing is asked of it" in editor.page(path)
    assert editor.send(f"{path}/poll").status_code == 303
    assert "is paused: resume it, then it is polled" in editor.page(path)
    gone = SourceState("gone", last_error="it answers 410 Gone", failures=1)
    editor.service.store.set_source(row.id, gone)
    assert "it answers 410 Gone" in editor.page(path)
    editor.send(f"{path}/resume")
    assert (now().state.status, now().state.last_error) == ("new", None)
    editor.send(f"{path}/poll")
    assert now().state.next_poll_at == editor.service.now()
    bring(editor.service, row, entry(row, "one"), item="urn:x:one")
    assert editor.send(f"{path}/end").status_code == 303
    assert editor.service.sources.all() == []
    assert editor.service.store.item(guid="urn:x:one")
    assert editor.client.get(path).status_code == 404


def test_what_has_become_of_its_entries_and_why(editor: Editor) -> None:
    row = made(editor.service)
    bring(editor.service, row, entry(row, "one"), item="urn:x:one")
    refused = told(editor.service, "the bad one", "refused", why="it has no words at all")
    write(editor.service, row, records=(KeepRecord(refused),))
    page = said(editor.page(f"/admin/sources/{row.id}"))
    assert "Title of one urn:x:one taken" in page, page
    assert "the bad one refused it has no words at all" in page


def test_changed_rules_are_tried_on_what_is_here(editor: Editor) -> None:
    row = made(editor.service)
    sea = (Category("sea"),)
    bring(editor.service, row, entry(row, "wet", categories=sea), entry(row, "dry"))
    sent = {"replaces": row.id, "url": FEED, "any.tags": "sea"}
    whole = editor.send("/admin/sources/preview", **sent)
    assert "1 published article" in said(whole.text)
    part = editor.send("/admin/sources/preview?part", **sent)
    assert "Title of wet" in part.text
    assert "<html" not in part.text
    assert editor.service.sources.source(str(row.id)).spec.where.any.tags == ()


def test_sources_are_exported_without_passwords(editor: Editor) -> None:
    made(editor.service, LOCKED, name="Paid")
    answer = editor.client.get("/admin/sources.opml")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="sources.opml"'
    (one,) = opmlreader.read(answer.data).feeds
    assert (one.url, one.title) == ("https://paid.example/feed", "Paid")


def test_an_article_says_whence_it_is_until_somebody_saves_it(editor: Editor) -> None:
    row = made(editor.service, name="News")
    bring(editor.service, row, entry(row, "one"), item="urn:x:one")
    item = editor.service.store.item(guid="urn:x:one")
    assert item
    path = f"/admin/items/{item.slug}"
    assert "Once you save it, it is yours" in editor.page(path)
    assert editor.save(path, title="Another").status_code == 303
    assert "Once you save it" not in editor.page(path)
    saved = editor.service.store.item(guid="urn:x:one")
    assert saved
    assert saved.origin == "editor:jane"


def test_a_story_is_taken_apart_from_the_article_that_credits_it(editor: Editor) -> None:
    row, other = made(editor.service), made(editor.service, "https://other.example/feed")
    crediting(editor.service, row, other, "one")
    item = editor.service.store.item(guid="urn:x:one")
    assert item
    path = f"/admin/items/{item.slug}"
    assert "The same story elsewhere" in editor.page(path)
    answer = editor.send(f"{path}/take-apart", source=other.id, guid="urn:x:one-too")
    assert answer.status_code == 303
    apart = editor.service.store.item(guid="urn:x:one-too")
    assert apart
    assert answer.headers["Location"].endswith(f"/admin/items/{apart.slug}")
    assert "The same story elsewhere" not in editor.page(path)
    editor.send(f"{path}/take-apart", source=other.id, guid="urn:x:one-too")
    assert "That was not done: this item does not credit" in editor.page(path)


def test_many_sources_come_in_pages(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "PAGE", 4)
    for number in range(9):
        made(editor.service, f"https://s{number}.example/feed", name=f"Name {number}")
    names, path = [], "/admin/sources"
    while path:
        page = html.fromstring(editor.page(path))
        names += page.xpath("//tbody//th/a/bdi/text()")
        made(editor.service, f"https://new.example/{len(names)}", name=f"A {len(names)}")
        more = page.xpath('//a[@rel="next"]/@href')
        path = str(more[0]) if more else ""
    assert names == [f"Name {number}" for number in range(9)]
    assert "No feed of others" not in editor.page("/admin/sources?cursor=1")
    for cursor in ("x", "99999", "²", "-1"):
        assert editor.client.get(f"/admin/sources?cursor={cursor}").status_code == 404
