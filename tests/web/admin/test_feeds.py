"""The pages of feeds: made, changed, renamed, ended; rules previewed; declared ones kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from web.conftest import client_of
from web.editing import Editor

from feedsvc.config import FeedSection, read_feed
from feedsvc.errors import InvalidFields
from feedsvc.model import Category, Item
from feedsvc.service import Service
from feedsvc.store import Put
from feedsvc.web.admin.feedform import fields, joined, parted, section_of


@pytest.fixture
def editor(fresh: Service) -> Editor:
    """Somebody at the editor of a site with three articles by the sea."""
    for number, tags in enumerate((("sea",), ("sea", "boats"), ("boats", "Doe, Jane"))):
        item = Item(
            slug=f"a{number}",
            title=f"Article {number}",
            content_html="<p>Words.</p>",
            categories=tuple(map(Category, tags)),
        )
        (outcome,) = fresh.store.apply([Put(item)], fresh.now())
        assert outcome.kind == "added"
    return Editor(fresh)


def seen(editor: Editor, name: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', editor.page(f"/admin/feeds/{name}"))
    assert found
    return unescape(found[1])


def made(editor: Editor, **said: str) -> None:
    answer = editor.send("/admin/feeds", **{"name": "walks", **said})
    assert answer.status_code == 303, answer.text


def section(editor: Editor, name: str = "walks") -> FeedSection | None:
    feeds = editor.service.settings.all_feeds()
    return next((feed for feed in feeds if feed.name == name), None)


def status(editor: Editor, path: str) -> int:
    return client_of(editor.service).get(path).status_code


def said(page: str) -> str:
    """What a page says, without its marks."""
    return " ".join(html.fromstring(page).text_content().split())


def test_a_feed_is_made_and_out_at_once(editor: Editor) -> None:
    made(editor, title="Long walks", **{"any.tags": "sea", "none.tags": "boats"})
    page = editor.page("/admin/feeds/walks")
    assert "The feed Long walks is made." in page
    assert "1 article " in said(page)
    document = client_of(editor.service).get("/feeds/walks.rss")
    assert document.text.count("<item>") == 1
    assert "<title>Long walks</title>" in document.text
    assert editor.service.store.made_feeds()["walks"].origin == "editor:jane"
    listed = said(editor.page("/admin/feeds"))
    assert "Long walks walks 1" in listed


def test_declared_feeds_are_read_only_and_say_where(editor: Editor) -> None:
    page = editor.page("/admin/feeds/podcast")
    assert "Declared in <code>config.toml</code>" in page
    assert 'name="title"' not in page
    assert re.search("Every article has at least one of these *Topics: podcast", said(page))
    for path, values in (
        ("/admin/feeds/podcast/change", {"name": "podcast", "seen": "", "title": "Mine"}),
        ("/admin/feeds/podcast/end", {}),
    ):
        answer = editor.send(path, **values)
        assert answer.status_code == 409
        assert "is declared in config.toml; edit that file" in answer.text
    feed = section(editor, "podcast")
    assert feed
    assert feed.title == "The podcast"


def test_a_feed_is_changed_and_keeps_what_the_form_does_not_show(editor: Editor) -> None:
    feed = FeedSection.model_validate({"name": "walks", "max_bytes": 50_000, "delta": False})
    editor.service.make_feed(feed, origin="api:a script")
    values = {"name": "walks", "title": "New", "hold": "10m", "content": "summary"}
    answer = editor.send("/admin/feeds/walks/change", **values, seen=seen(editor, "walks"))
    assert answer.status_code == 303, answer.text
    changed = section(editor)
    assert changed
    assert (changed.title, changed.content, changed.hold) == (
        "New",
        "summary",
        timedelta(minutes=10),
    )
    assert (changed.max_bytes, changed.delta) == (50_000, False)


def test_a_renamed_feed_leads_on(editor: Editor) -> None:
    made(editor)
    answer = editor.send(
        "/admin/feeds/walks/change", name="strolls", seen=seen(editor, "walks"), title="Strolls"
    )
    assert answer.status_code == 303, answer.text
    assert status(editor, "/feeds/walks.rss") == 308
    assert status(editor, "/feeds/strolls.rss") == 200


def test_who_changes_what_another_has_changed_is_told(editor: Editor) -> None:
    made(editor, title="Walks")
    before = seen(editor, "walks")
    feed = section(editor)
    assert feed
    other = feed.model_copy(update={"title": "Theirs"})
    editor.service.now.forward(seconds=5)  # type: ignore[attr-defined]
    editor.service.make_feed(other, origin="editor:ola", replaces="walks")
    answer = editor.send("/admin/feeds/walks/change", name="walks", title="Mine", seen=before)
    assert answer.status_code == 412
    assert "Ola has changed this feed meanwhile" in answer.text
    assert 'value="Mine"' in answer.text
    present = section(editor)
    assert present
    assert present.title == "Theirs"
    again = re.search(r'name="seen" value="([^"]*)"', answer.text)
    assert again
    answer = editor.send(
        "/admin/feeds/walks/change", name="walks", title="Mine", seen=unescape(again[1])
    )
    assert answer.status_code == 303


def test_a_feed_is_ended(editor: Editor) -> None:
    made(editor)
    assert editor.send("/admin/feeds/walks/end").status_code == 303
    assert section(editor) is None
    assert status(editor, "/feeds/walks.rss") == 410
    assert editor.client.get("/admin/feeds/walks").status_code == 404
    answer = editor.send("/admin/feeds/main/end")
    assert (answer.status_code, "always there" in answer.text) == (409, True)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Walks!"}, "name"),
        ({"name": "podcast"}, "name"),
        ({"name": "main"}, "name"),
        ({"name": "jottings"}, "name"),
        ({"page_size": "0"}, "page_size"),
        ({"page_size": "1e9"}, "page_size"),
        ({"hold": "soon"}, "hold"),
        ({"language": "no such"}, "language"),
        ({"ends": "31.12.2026"}, "ends"),
        ({"any.languages": "en, not one"}, "any.languages"),
        ({"all.tags": 'a, "b'}, "all.tags"),
        ({"title": "x" * 501}, "title"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    editor: Editor, values: dict[str, str], field: str
) -> None:
    said = {"name": "walks", "description": "typed at length", **values}
    answer = editor.send("/admin/feeds", **said)
    assert answer.status_code == 422, answer.text
    faulty = html.fromstring(answer.text).xpath("//*[@aria-invalid='true']/@name")
    assert faulty == [field]
    assert "typed at length" in answer.text
    assert not editor.service.store.made_feeds()


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ({}, 3),
        ({"all.tags": "sea"}, 2),
        ({"all.tags": "SEA, boats"}, 1),
        ({"any.tags": '"Doe, Jane"'}, 1),
        ({"none.tags": "boats"}, 1),
        ({"any.text": "nowhere"}, 0),
    ],
)
def test_rules_are_previewed_before_they_are_saved(
    editor: Editor, values: dict[str, str], count: int
) -> None:
    part = editor.send("/admin/feeds/preview?part", name="", **values)
    assert f"<strong>{count}</strong> published article" in part.text
    assert "<html" not in part.text
    assert part.text.count("<li>") == count
    whole = editor.send("/admin/feeds/preview", name="walks", title="T", **values)
    assert part.text.strip() in whole.text
    assert 'value="walks"' in whole.text
    assert not editor.service.store.made_feeds()


def test_a_preview_says_what_is_wrong(editor: Editor) -> None:
    part = editor.send("/admin/feeds/preview?part", **{"any.languages": "not one"})
    assert part.status_code == 200
    assert "a language tag such as en" in part.text


def test_each_format_is_checked(editor: Editor) -> None:
    page = said(editor.page("/admin/feeds/main"))
    assert re.search(r"RSS .*sound.*Atom .*sound.*JSON Feed .*sound", page)
    wrong = Item(slug="w", title="W", content_html="<script>x</script>")
    editor.service.store.apply([Put(wrong)], editor.service.now())  # past the border
    page = editor.page("/admin/feeds/main")
    assert "holds <script>" in html.fromstring(page).xpath("string(//details[@class='findings'])")
    assert "<script>x" not in page


def test_a_private_feed_is_made_here(editor: Editor) -> None:
    made(editor, private="yes", **{"any.tags": "sea"})
    assert status(editor, "/feeds/walks.rss") == 401
    page = editor.page("/admin/feeds/walks")
    assert "fs_" not in page  # nor what stands for a token
    assert re.search(r"RSS .*sound", said(page))
    assert "one for each subscriber" in editor.page("/admin/feeds")
    answer = editor.send("/admin/feeds/walks/change", name="walks", seen=seen(editor, "walks"))
    assert answer.status_code == 303
    assert status(editor, "/feeds/walks.rss") == 200


def test_unknown_feeds(editor: Editor) -> None:
    assert editor.client.get("/admin/feeds/nowhere").status_code == 404
    for what in ("change", "end"):
        assert editor.send(f"/admin/feeds/nowhere/{what}").status_code == 404


words = st.lists(
    st
    .text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1)
    .map(lambda text: " ".join(text.split()))
    .filter(bool),
    max_size=4,
).map(lambda found: list(dict.fromkeys(found)))
terms = st.fixed_dictionaries({}, optional=dict.fromkeys(("tags", "authors", "text"), words))
sections = st.fixed_dictionaries(
    {"name": st.just("walks")},
    optional={
        "title": st.text("abc ü", min_size=1).filter(str.strip),
        "private": st.booleans(),
        "content": st.sampled_from(["full", "summary"]),
        "page_size": st.integers(1, 200),
        "hold": st.sampled_from(["0s", "90s", "10m", "36h"]),
        "ends": st.datetimes(
            datetime(2026, 12, 1), datetime(2030, 1, 1), timezones=st.just(UTC)
        ).map(datetime.isoformat),
        "max_bytes": st.integers(16_384, 8_388_608),
        "formerly": st.just(["strolls"]),
        "where": st.fixed_dictionaries({}, optional={"all": terms, "any": terms, "none": terms}),
    },
)


@given(sections)
def test_a_form_sent_back_as_it_came_changes_nothing(given: dict[str, Any]) -> None:
    section = read_feed(given, [])
    assert read_feed(section_of(fields(section), section), []) == section


@given(words)
def test_lists_come_back_as_they_went(found: list[str]) -> None:
    assert parted(joined(found)) == found


@given(st.text())
def test_any_text_is_a_list_or_refused(text: str) -> None:
    try:
        section_of({"name": "walks", "any.tags": text}, None)
    except InvalidFields as error:
        assert [one.field for one in error.faults] == ["where.any.tags"]
