"""Writing an article: what the form does, with every button, and when two write at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from web.editing import Editor, values_of
from web.harbour import NOW, Clock
from werkzeug.datastructures import MultiDict

from feedsvc.errors import InvalidFields
from feedsvc.model import (
    Author,
    Category,
    Enclosure,
    Item,
    Podcast,
    Reference,
    Source,
    Status,
    Via,
)
from feedsvc.service import Service
from feedsvc.store import Put
from feedsvc.web.admin import fields
from feedsvc.web.admin.deciding import HOLDS, Press, told
from feedsvc.web.admin.fields import Fields, File


@pytest.fixture
def editor(fresh: Service) -> Iterator[Editor]:
    """Somebody at the editor of an empty site."""
    return Editor(fresh)


def kept(editor: Editor, slug: str) -> Item:
    item = editor.service.store.item(slug=slug)
    assert item
    return item


# The form and the item

WHOLE = Item(
    guid="urn:x:1",
    slug="tide",
    title="The tide",
    summary="In short",
    content_html="<p>Long</p>",
    content_markdown="Long",
    authors=(Author("Jane Doe", "jane@example.org", "https://jane.example/"), Author("Ola, N.")),
    categories=(Category("sea", "urn:topics", "Sea"), Category("Rome, Italy")),
    published=datetime(2026, 11, 1, 9, 30, 12, tzinfo=UTC),
    expires=datetime(2027, 11, 1, 9, 30, tzinfo=UTC),
    language="en",
    external_url="https://example.com/a",
    image="https://example.com/a.png",
    rights="© Jane",
    enclosures=(Enclosure("https://example.com/a.mp3", "audio/mpeg", 12345, "Salt", 61),),
    feeds=("main",),
    comments_url="https://example.com/talk",
    podcast=Podcast(3723, 7, 1, False, Reference("https://example.com/a.vtt", "text/vtt")),
    source=Source("The Paper", "https://paper.example/", None, "urn:paper:1"),
    via=(Via("https://b.example/1", "The Daily Tide"), Via("https://c.example/")),
    revision=7,
)


def sent(one: Fields) -> MultiDict[str, str]:
    """The fields as a browser sends them: line breaks as CR LF, files in three columns."""
    form: MultiDict[str, str] = MultiDict()
    for name in Fields.__slots__:
        value = getattr(one, name)
        if name == "files":
            for file in (*value, File("")):
                for part, said in asdict(file).items():
                    form.add(f"file_{part}", said)
        elif name == "feeds":
            form.setlist("feeds", value)
        else:
            form.add(name, value.replace("\n", "\r\n"))
    return form


@pytest.mark.parametrize(
    "item",
    [
        WHOLE,
        Item(),
        replace(WHOLE, content_markdown=None),
        replace(WHOLE, content_markdown="a\n\n b\n", status=Status.DRAFT),
    ],
)
def test_a_form_sent_back_untouched_changes_nothing(item: Item) -> None:
    shown = fields.of_item(item)
    assert fields.of_form(sent(shown)) == shown
    assert fields.patch(fields.of_form(sent(shown)), shown, item) == {}


@pytest.mark.parametrize(
    ("change", "patch"),
    [
        ({"summary": "New"}, {"summary": "New"}),
        ({"language": ""}, {"language": None, "content_markdown": "Long"}),
        ({"expires": ""}, {"expires": None}),
        ({"published": ""}, {}),
        ({"published": "2026-11-02 10:00"}, {"published": "2026-11-02T10:00:00Z"}),
        ({"text": "New"}, {"content_markdown": "New"}),
        ({"title": "New"}, {"title": "New", "content_markdown": "Long"}),
        (
            {"form": "html", "text": "<b>x</b>"},
            {"content_html": "<b>x</b>", "content_markdown": None},
        ),
        (
            {"tags": '#new, sea, "Rome, Italy",'},
            {
                "categories": [
                    {"term": "new", "scheme": None, "label": None},
                    {"term": "sea", "scheme": "urn:topics", "label": "Sea"},
                    {"term": "Rome, Italy", "scheme": None, "label": None},
                ]
            },
        ),
        (
            {"authors": "Jane Doe <jane@example.org>\nhttps://a.example/\n李 https://b.example/"},
            {
                "authors": [
                    {"name": "Jane Doe", "email": "jane@example.org", "uri": None},
                    {"name": "", "email": None, "uri": "https://a.example/"},
                    {"name": "李", "email": None, "uri": "https://b.example/"},
                ]
            },
        ),
        (
            {"files": (File("https://example.com/a.mp3", "Pepper", "audio/mpeg", "12345", "61"),)},
            {
                "enclosures": [
                    {
                        "url": "https://example.com/a.mp3",
                        "type": "audio/mpeg",
                        "title": "Pepper",
                        "length": 12345,
                        "duration": 61,
                    }
                ]
            },
        ),
        ({"feeds": ()}, {"feeds": []}),
        ({"comments_url": ""}, {"comments_url": None}),
        ({"explicit": "yes"}, {"podcast": {"explicit": True}}),
        ({"season": "", "duration": "62:04"}, {"podcast": {"season": None, "duration": 3724}}),
        (
            {"transcript": "https://example.com/b.srt", "chapters": "https://example.com/c.json"},
            {
                "podcast": {
                    "transcript": {"url": "https://example.com/b.srt", "type": None},
                    "chapters": {"url": "https://example.com/c.json", "type": None},
                }
            },
        ),
        ({"via": ""}, {"via": []}),
        (
            {"via": "The  Paper\thttps://p.example/1\n\nhttps://q.example/"},
            {
                "via": [
                    {"url": "https://p.example/1", "title": "The  Paper"},
                    {"url": "https://q.example/", "title": None},
                ]
            },
        ),
        ({"source_title": ""}, {"source": {"title": None}}),
        ({"source_feed": "https://f.example/"}, {"source": {"feed_url": "https://f.example/"}}),
    ],
)
def test_only_what_was_touched_is_changed(change: dict[str, Any], patch: dict[str, Any]) -> None:
    shown = fields.of_item(WHOLE)
    mine = fields.of_form(sent(replace(shown, **change)))
    assert fields.patch(mine, shown, WHOLE) == patch


@pytest.mark.parametrize("when", ["soon", "2026-13-01T00:00", "9" * 400])
def test_a_time_that_is_none_is_named(when: str) -> None:
    with pytest.raises(InvalidFields) as raised:
        fields.patch(Fields(published=when, expires=when), Fields(), None)
    assert set(fields.faults_by_field(raised.value)) == {"published", "expires"}


def test_numbers_that_are_none_are_named_all_at_once() -> None:
    mine = Fields(
        episode="four",
        season="-1",
        duration="1:2:3:4",
        expires="soon",
        files=(File("https://example.com/a.mp3", length="big", duration="long"),),
    )
    with pytest.raises(InvalidFields) as raised:
        fields.patch(mine, Fields(), None)
    found = fields.faults_by_field(raised.value)
    assert set(found) == {"episode", "season", "duration", "expires", "files"}
    assert "the length of file 1 must be a whole number" in found["files"]


def test_what_is_wrong_inside_an_episode_is_told_beside_its_field() -> None:
    told = fields.patch(
        Fields(
            transcript="x", chapters="ftp://x", source_url="y", source_feed="z", via="The Paper"
        ),
        Fields(),
        None,
    )
    with pytest.raises(InvalidFields) as raised:
        fields.read(told, None)
    assert set(fields.faults_by_field(raised.value)) == {
        "transcript",
        "chapters",
        "source_url",
        "source_feed",
        "via",
    }


def test_of_two_who_change_different_fields_nobody_loses() -> None:
    base = Fields(title="a", text="b", tags="c")
    mine, theirs = replace(base, text="mine"), replace(base, title="theirs", tags="theirs")
    assert fields.merged(mine, base, theirs) == Fields(title="theirs", text="mine", tags="theirs")


# The buttons

DRAFT = Item(status=Status.DRAFT)
OUT = Item(status=Status.PUBLISHED)


@pytest.mark.parametrize(
    ("press", "date", "old", "status", "published"),
    [
        (Press("save"), "", None, "draft", "2026-11-22T12:00:01Z"),
        (Press("save"), "2027-01-01T10:00", None, "draft", None),
        (Press("save"), "", OUT, None, None),
        (Press("publish", 60), "", None, "scheduled", "2026-11-22T12:01:01Z"),
        (Press("publish", 0), "", DRAFT, "published", "2026-11-22T12:00:00Z"),
        (Press("publish", 60), "2020-01-01T10:00", None, "published", "2020-01-01T10:00:00Z"),
        (Press("publish", 60), "2027-01-01T10:00", None, "published", "2027-01-01T10:00:00Z"),
        (Press("publish"), "", OUT, "published", None),
        (Press("schedule"), "2027-01-01T10:00", DRAFT, "scheduled", "2027-01-01T10:00:00Z"),
        (Press("undo"), "2027-01-01T10:00", DRAFT, "draft", None),
        (Press("now", 3600), "2027-01-01T10:00", DRAFT, "scheduled", "2026-11-22T13:00:01Z"),
    ],
)
def test_buttons(
    press: Press, date: str, old: Item | None, status: str | None, published: str | None
) -> None:
    given = told(press, Fields(published=date), old, NOW)
    assert given.get("status") == status
    assert given.get("published") == published


@pytest.mark.parametrize("date", ["", "2026-11-22T11:00", "tomorrow"])
def test_nothing_is_scheduled_for_no_time_or_one_that_is_over(date: str) -> None:
    with pytest.raises(InvalidFields, match="published"):
        told(Press("schedule"), Fields(published=date), DRAFT, NOW)


@pytest.mark.parametrize("sent_as", ["", "burn", "SAVE"])
def test_an_unknown_button_saves(sent_as: str) -> None:
    assert Press.of(sent_as, "12") == Press("save", next(iter(HOLDS)))


# Through the pages


def test_written_saved_and_written_on(editor: Editor) -> None:
    answer = editor.save("/admin/items/new", text="# Low water\n\nThe *harbour*.", tags="sea")
    assert answer.headers["Location"] == "/admin/items/low-water"
    item = kept(editor, "low-water")
    assert (item.title, item.status, item.origin) == ("Low water", Status.DRAFT, "editor:jane")
    assert item.content_html == "<p>The <em>harbour</em>.</p>"
    assert item.content_markdown == "# Low water\n\nThe *harbour*."
    assert editor.client.get("/items/low-water").status_code == 404
    form = editor.form("/admin/items/low-water")
    assert form["text"] == "# Low water\n\nThe *harbour*."
    assert form["published"] == "", "the date of a draft is nobody's choice"
    editor.save("/admin/items/low-water", text="Other words.", title="High water")
    item = kept(editor, "low-water")
    assert (item.title, item.content_html) == ("High water", "<p>Other words.</p>")
    assert [one.term for one in item.categories] == ["sea"]


def test_published_with_time_to_take_it_back(editor: Editor, clock: Clock) -> None:
    editor.save("/admin/items/new", title="Held", text="x", action="publish", hold="600")
    assert "Goes out" in editor.page("/admin/items/held")
    assert editor.client.get("/items/held").status_code == 404
    editor.send("/admin/items/held/undo")
    clock.forward(hours=2)
    assert editor.service.tick() == 0
    assert kept(editor, "held").status is Status.DRAFT
    editor.save("/admin/items/held", action="publish", hold="60")
    clock.forward(seconds=62)
    editor.service.tick()
    item = kept(editor, "held")
    assert item.status is Status.PUBLISHED
    assert item.published
    assert abs(item.published - clock()) < timedelta(seconds=3), "not the time it was begun"
    assert editor.client.get("/items/held").status_code == 200


def test_a_date_that_was_chosen_for_a_draft_stays(editor: Editor) -> None:
    editor.save("/admin/items/new", title="Old", text="x", published="2020-01-01T10:00")
    assert editor.form("/admin/items/old")["published"] == "2020-01-01T10:00"
    editor.save("/admin/items/old", action="publish")
    item = kept(editor, "old")
    assert (item.status, item.published) == (Status.PUBLISHED, datetime(2020, 1, 1, 10, tzinfo=UTC))


def test_saving_a_scheduled_article_keeps_its_time(editor: Editor, clock: Clock) -> None:
    when = f"{clock() + timedelta(days=2):%Y-%m-%dT%H:%M}"
    editor.save("/admin/items/new", title="Later", text="x", published=when, action="schedule")
    item = kept(editor, "later")
    assert item.status is Status.SCHEDULED
    editor.save("/admin/items/later", text="better")
    again = kept(editor, "later")
    assert (again.status, again.published) == (Status.SCHEDULED, item.published)
    assert again.content_html == "<p>better</p>"


def test_an_article_that_went_out_while_it_was_edited_is_saved(
    editor: Editor, clock: Clock
) -> None:
    editor.save("/admin/items/new", title="Held", text="x", action="publish", hold="60")
    form = editor.form("/admin/items/held")
    clock.forward(seconds=90)
    editor.service.tick()
    answer = editor.send("/admin/items/held", **{**form, "text": "better", "action": "save"})
    assert answer.status_code == 303
    assert kept(editor, "held").content_html == "<p>better</p>"
    assert kept(editor, "held").status is Status.PUBLISHED
    # Taking it back unseen is no longer possible: it stays out, and that is said.
    answer = editor.send("/admin/items/held", **{**form, "action": "undo"})
    assert kept(editor, "held").status is Status.PUBLISHED


def test_a_published_article_gets_no_date_to_come(editor: Editor) -> None:
    editor.save("/admin/items/new", title="Out", text="x", action="publish", hold="0")
    answer = editor.save("/admin/items/out", published="2030-01-01T00:00")
    assert answer.status_code == 422
    assert "withdraw it first" in answer.text
    assert kept(editor, "out").status is Status.PUBLISHED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("external_url", "no address"),
        ("published", "soon"),
        ("language", "klingon!"),
        ("text", "x" * 300_000),
    ],
)
def test_what_is_wrong_is_named_and_nothing_typed_is_lost(
    editor: Editor, name: str, value: str
) -> None:
    typed = {"title": "Mine & <mine>", "text": "Words\n\n\n  typed </textarea>", name: value}
    answer = editor.save("/admin/items/new", action="publish", **typed)
    if answer.status_code == 303:  # what can be mended is, with a note
        assert name == "language"
        assert "anguage" in editor.page(answer.headers["Location"])
        return
    assert answer.status_code == 422
    assert f'href="#{name}"' in answer.text
    form = values_of(answer.text)
    assert {field: form[field] for field in typed} == typed
    assert editor.service.store.count() == 0


def test_the_same_form_sent_twice_makes_one_article(editor: Editor) -> None:
    form = {**editor.form("/admin/items/new"), "title": "Once", "text": "x", "action": "save"}
    first = editor.send("/admin/items/new", **form)
    second = editor.send("/admin/items/new", **form)
    assert first.headers["Location"] == second.headers["Location"]
    assert editor.service.store.count() == 1
    # Written on in the form that was saved already: it changes the article that it made.
    third = editor.send("/admin/items/new", **{**form, "text": "y"})
    assert third.headers["Location"] == first.headers["Location"]
    assert kept(editor, "once").content_markdown == "y"
    # Once more: the form does not know what was changed in between.
    fourth = editor.send("/admin/items/new", **{**form, "text": "z"})
    assert fourth.status_code == 409
    assert kept(editor, "once").content_markdown == "y"
    assert editor.service.store.count() == 1
    # The address of the form leads to it, too.
    again = editor.client.get(f"/admin/items/new?key={form['key']}")
    assert again.headers["Location"] == first.headers["Location"]


def test_two_who_edit_at_once_both_see_it(editor: Editor) -> None:
    editor.save("/admin/items/new", title="Ours", text="One line.\n\nAnother line.", tags="sea")
    other = Editor(editor.service, "ola")
    mine, theirs = editor.form("/admin/items/ours"), other.form("/admin/items/ours")
    theirs |= {"text": "One line.\n\nTheir line.", "tags": "sea, land", "action": "save"}
    assert other.send("/admin/items/ours", **theirs).status_code == 303
    mine |= {"text": "My line.\n\nAnother line.", "summary": "Mine", "action": "save"}
    answer = editor.send("/admin/items/ours", **mine)
    assert answer.status_code == 409
    assert "by ola" in answer.text
    item = kept(editor, "ours")
    assert item.content_markdown == theirs["text"], "nothing of theirs is overwritten"
    assert item.summary == ""
    # The form has both, also in the text, where each changed another line.
    form = values_of(answer.text)
    both = "My line.\n\nTheir line."
    assert (form["text"], form["tags"], form["summary"]) == (both, "sea, land", "Mine")
    assert "is not in it" not in answer.text
    assert "<ins>" in answer.text
    assert "<del>" in answer.text
    assert editor.send("/admin/items/ours", **form, action="save").status_code == 303
    item = kept(editor, "ours")
    assert (item.content_markdown, item.summary) == (both, "Mine")
    assert [one.term for one in item.categories] == ["sea", "land"]


def test_a_program_that_was_quicker_is_not_overwritten(editor: Editor) -> None:
    editor.save("/admin/items/new", title="Ours", text="x")
    form = editor.form("/admin/items/ours")
    item = kept(editor, "ours")
    program = replace(item, title="By a program", origin="api:importer")
    editor.service.store.apply([Put(program, replaces=item.guid)], editor.service.now())
    answer = editor.send("/admin/items/ours", **{**form, "title": "By me", "action": "publish"})
    assert answer.status_code == 409
    assert "by API, importer" in answer.text
    now = kept(editor, "ours")
    assert (now.title, now.status) == ("By a program", Status.DRAFT)


@pytest.mark.parametrize("revision", ["0", "999999", "9" * 30, "²", "x"])
def test_a_form_of_a_version_that_nobody_knows_any_more_overwrites_nothing(
    editor: Editor, revision: str
) -> None:
    editor.save("/admin/items/new", title="Ours", text="Theirs", tags="sea")
    form = editor.form("/admin/items/ours") | {"revision": revision, "action": "publish"}
    mine = {**form, "text": "Mine", "summary": "Of mine", "tags": ""}
    answer = editor.send("/admin/items/ours", **mine)
    assert answer.status_code == 409
    now = kept(editor, "ours")
    assert (now.content_markdown, now.summary, now.status) == ("Theirs", "", Status.DRAFT)
    # What was typed is there, with how it differs, and can be saved when that is meant.
    shown = values_of(answer.text)
    assert (shown["text"], shown["summary"], shown["tags"]) == ("Mine", "Of mine", "")
    for piece in ("<ins>[^\n]*Mine", "<del>[^\n]*Theirs", "<del>[^\n]*sea"):
        assert re.search(piece, answer.text)
    assert editor.send("/admin/items/ours", **shown, action="save").status_code == 303
    assert kept(editor, "ours").content_markdown == "Mine"
    # A form with nothing else in it overwrites nothing.
    same = editor.form("/admin/items/ours") | {"revision": revision, "action": "publish"}
    assert editor.send("/admin/items/ours", **same).status_code == 303
    assert kept(editor, "ours").status is not Status.DRAFT


def test_an_older_address_leads_to_the_article(editor: Editor) -> None:
    editor.save("/admin/items/new", title="First", text="x")
    answer = editor.save("/admin/items/first", slug="second")
    assert answer.headers["Location"] == "/admin/items/second"
    assert editor.form("/admin/items/first")["slug_now"] == "second"


# The preview


def test_the_preview_is_what_is_published(editor: Editor) -> None:
    text = "# Low water\n\n| a |\n|---|\n| b |\n\n![x](/a.png) <script>alert(1)</script>"
    shown = editor.send("/admin/preview", text=text, form="markdown", tags="sea")
    assert shown.status_code == 200
    editor.save("/admin/items/new", text=text, tags="sea", action="publish", hold="0")
    page = editor.client.get("/items/low-water").text
    article = page.partition('<div class="text">')[2].partition("</div>")[0]
    assert article
    assert article in shown.text
    assert "<script>alert" not in shown.text
    assert "https://example.org/a.png" in article


def test_a_preview_of_what_cannot_be_says_why(editor: Editor) -> None:
    answer = editor.send("/admin/preview", title="x", image="no address")
    assert answer.status_code == 422
    assert "image" in answer.text
    assert editor.send("/admin/preview").status_code == 200
    assert editor.service.store.count() == 0
