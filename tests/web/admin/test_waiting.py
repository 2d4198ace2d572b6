"""The page of what waits: shown as readers would see it, published or dropped, one or many."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import html
from web.admin.test_sources import said
from web.editing import Editor
from web.sourced import changes, made, waits

from feedsvc.model import Status
from feedsvc.service import Service
from feedsvc.store import SourceRow


@pytest.fixture
def editor(fresh: Service) -> Editor:
    return Editor(fresh)


@pytest.fixture
def source(fresh: Service) -> SourceRow:
    return made(fresh, name="The Paper", trust="review")


def status(editor: Editor, name: str) -> Status | None:
    item = editor.service.store.item(guid=f"urn:x:{name}")
    return item.status if item else None


def mark(editor: Editor, key: str) -> str:
    """What names an entry in the form of the page."""
    marks = html.fromstring(editor.page("/admin/waiting")).xpath('//input[@name="pick"]/@value')
    (found,) = (one for one in marks if key in one)
    return str(found)


def test_nothing_waits(editor: Editor) -> None:
    assert "Nothing waits for you." in said(editor.page("/admin/waiting"))
    assert (
        html.fromstring(editor.page("/admin/")).xpath('//nav//a[contains(., "Waiting")]/span') == []
    )


def test_each_entry_says_whence_why_and_until_when(editor: Editor, source: SourceRow) -> None:
    out_at = editor.service.now() + timedelta(hours=6)
    key = waits(editor.service, source, "one", out_at=out_at)
    page = editor.page("/admin/waiting")
    assert "Title of one" in page
    assert "New from The Paper since 22 November 2026, 12:00 UTC" in said(page)
    assert "goes out by itself 22 November 2026, 18:00 UTC" in said(page)
    frame = editor.page(f"/admin/waiting/{source.id}/{key}/preview")
    assert "<p>Words of one.</p>" in frame
    (count,) = html.fromstring(editor.page("/admin/feeds")).xpath(
        '//nav//a[contains(., "Waiting")]/span'
    )
    assert count.text == "1"


def test_one_is_published_and_one_dropped(editor: Editor, source: SourceRow) -> None:
    keys = [waits(editor.service, source, name) for name in ("one", "two")]
    first, second = (mark(editor, key) for key in keys)
    assert editor.send("/admin/waiting", take=first).status_code == 303
    assert status(editor, "one") is Status.PUBLISHED
    assert "1 entry is published." in editor.page("/admin/waiting")
    editor.send("/admin/waiting", drop=second)
    assert status(editor, "two") is None
    assert "1 entry is dropped." in editor.page("/admin/waiting")
    editor.send("/admin/waiting", take=second)
    assert "somebody may have looked at it already" in editor.page("/admin/waiting")


def test_all_that_are_ticked(editor: Editor, source: SourceRow) -> None:
    keys = [waits(editor.service, source, f"e{n}") for n in range(4)]
    marks = [mark(editor, key) for key in keys]
    editor.send("/admin/waiting", take="ticked")
    assert "Nothing was ticked" in editor.page("/admin/waiting")
    editor.send("/admin/waiting", take="ticked", pick=[*marks[:2], "x", "9.x"])
    assert "2 entries are published." in editor.page("/admin/waiting")
    editor.send("/admin/waiting", drop="ticked", pick=marks[2:3])
    found = [status(editor, f"e{n}") for n in range(4)]
    assert found == [Status.PUBLISHED, Status.PUBLISHED, None, Status.REVIEW]


def test_what_has_changed_since_it_was_looked_at_waits_on(
    editor: Editor, source: SourceRow
) -> None:
    key = waits(editor.service, source, "one")
    seen = mark(editor, key)
    for wanted in ("take", "drop"):
        editor.send("/admin/waiting", **{wanted: f"{seen}0"})
        assert "1 entry is" not in editor.page("/admin/waiting")
        assert status(editor, "one") is Status.REVIEW
    editor.send("/admin/waiting", take=seen)
    assert status(editor, "one") is Status.PUBLISHED


def test_what_has_changed_is_shown_instead_of_published(editor: Editor, source: SourceRow) -> None:
    names = {waits(editor.service, source, f"e{n}"): f"e{n}" for n in range(12)}
    (cursor,) = html.fromstring(editor.page("/admin/waiting")).xpath('//a[@rel="next"]/@href')
    page = html.fromstring(editor.page(cursor))
    seen = str(page.xpath('//input[@name="pick"]/@value')[-1])
    key = seen.split(".")[1]
    name = names[key]
    (place,) = page.xpath('//input[@name="cursor"]/@value')
    waits(editor.service, source, name, title="Bought", digest="b" * 64)
    for sent in ({"take": seen}, {"take": "ticked", "pick": [seen]}, {"drop": seen}):
        answer = editor.send("/admin/waiting", **sent, cursor=place)
        assert status(editor, name) is Status.REVIEW
        text = editor.page(answer.headers["Location"])
        assert "1 entry has changed since you looked, and nothing was done there" in text
        page = html.fromstring(text)
        assert f"Title of {name}" in "".join(page.xpath("//del//text()"))
        assert "Bought" in "".join(page.xpath("//ins//text()"))
    assert said(text).count("It has changed since you looked, as follows.") == 1
    (now,) = (one for one in page.xpath('//input[@name="pick"]/@value') if key in one)
    editor.send("/admin/waiting", take=now)
    item = editor.service.store.item(guid=f"urn:x:{name}")
    assert item
    assert (item.title, item.status) == ("Bought", Status.PUBLISHED)


@pytest.mark.parametrize("mark", ["{0}.{1}", "{0}.{1}.0", "{0}.{1}.x.y", "{0}.{1}.9999999999999.z"])
def test_nothing_is_published_without_a_word_on_what_was_seen(
    editor: Editor, source: SourceRow, mark: str
) -> None:
    key = waits(editor.service, source, "one")
    answer = editor.send("/admin/waiting", take=mark.format(source.id, key))
    assert status(editor, "one") is Status.REVIEW
    assert "It has changed since you looked." in said(editor.page(answer.headers["Location"]))


def test_a_change_shows_what_differs(editor: Editor, source: SourceRow) -> None:
    key = changes(editor.service, source, "one", content_html="<p>Other words of one.</p>")
    page = html.fromstring(editor.page("/admin/waiting"))
    assert page.xpath("//h3/text()") == ["Title", "Text"]
    assert "".join(page.xpath("//ins//text()")).count("mended") == 1
    assert "It waits because its source has changed it." in " ".join(page.text_content().split())
    editor.send("/admin/waiting", drop=mark(editor, key))
    item = editor.service.store.item(guid="urn:x:one")
    assert item
    assert item.title == "Title of one"


def test_pages_of_many(editor: Editor, source: SourceRow) -> None:
    for number in range(12):
        waits(editor.service, source, f"e{number}")
    first = html.fromstring(editor.page("/admin/waiting"))
    (more,) = first.xpath('//a[@rel="next"]/@href')
    second = html.fromstring(editor.page(more))
    marks = [*first.xpath('//input[@name="pick"]/@value'),
             *second.xpath('//input[@name="pick"]/@value')]  # fmt: skip
    assert len(set(marks)) == 12
    assert editor.client.get("/admin/waiting?cursor=x").status_code == 404


@pytest.mark.parametrize("kind", ["new", "change"])
@pytest.mark.parametrize("button", ["take", "drop"])
def test_what_another_has_edited_meanwhile_is_shown_instead(
    editor: Editor, source: SourceRow, kind: str, button: str
) -> None:
    bring = waits if kind == "new" else changes
    key = bring(editor.service, source, "one")
    item = editor.service.store.item(guid="urn:x:one")
    assert item
    seen = mark(editor, key)
    ann = Editor(editor.service, "ann")
    assert ann.save(f"/admin/items/{item.slug}", title="Edited by Ann").status_code == 303
    answer = editor.send("/admin/waiting", **{button: seen})
    text = editor.page(answer.headers["Location"])
    assert "1 entry has changed since you looked, and nothing was done there" in text
    assert "Edited by Ann" in "".join(html.fromstring(text).xpath("//ins//text()"))
    now = editor.service.store.item(guid="urn:x:one")
    assert now
    assert (now.title, now.status) == ("Edited by Ann", item.status)
    # Who has seen it decides. What Ann has made of an article that is out, no source overwrites.
    editor.send("/admin/waiting", **{button: mark(editor, key)})
    now = editor.service.store.item(guid="urn:x:one")
    if kind == "new" and button == "drop":
        assert now is None
    else:
        assert now
        assert (now.title, now.status) == ("Edited by Ann", Status.PUBLISHED)
