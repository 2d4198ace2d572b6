"""What an article said before: told word by word, and brought back."""

from __future__ import annotations

import re
import time

import pytest
from web.editing import Editor
from web.harbour import Clock

from feedsvc.model import Status
from feedsvc.service import Service
from feedsvc.web.admin.differences import Piece, difference


@pytest.fixture
def editor(fresh: Service) -> Editor:
    """Somebody at the editor, who has written an article in three versions."""
    editor = Editor(fresh)
    editor.save("/admin/items/new", title="Tide", text="The cat sat on the mat.", tags="sea")
    editor.save("/admin/items/tide", text="The big cat sat on the mat.")
    editor.save("/admin/items/tide", action="publish", hold="0", summary="<b>short</b>")
    return editor


def revisions(editor: Editor) -> list[int]:
    item = editor.service.store.item(slug="tide")
    assert item
    return [one.revision for one in editor.service.store.history(item.guid)]


def test_every_version_is_there_with_what_it_changed(editor: Editor) -> None:
    newest, middle, oldest = revisions(editor)
    page = editor.page("/admin/items/tide/history")
    assert page.count("by jane") == 3
    assert "&lt;b&gt;short&lt;/b&gt;" in page
    page = editor.page(f"/admin/items/tide/history?revision={middle}")
    assert "big" in page.partition("<ins>")[2].partition("</ins>")[0]
    assert "<del>" not in page
    page = editor.page(f"/admin/items/tide/history?revision={oldest}&to=now")
    assert "Bring this version back" in page
    assert "big" in page.partition("<ins>")[2].partition("</ins>")[0] or "big" in page
    assert f"revision={newest}" in page
    for nonsense in ("0", "x", "9" * 30):
        answer = editor.client.get(f"/admin/items/tide/history?revision={nonsense}")
        assert answer.status_code == 404


def test_a_version_is_brought_back_and_none_is_lost(editor: Editor) -> None:
    *_, oldest = before = revisions(editor)
    form = editor.form(f"/admin/items/tide?version={oldest}")
    item = editor.service.store.item(slug="tide")
    assert item
    assert item.content_markdown == "The big cat sat on the mat.", (
        "nothing is changed before it is saved"
    )
    assert editor.send("/admin/items/tide", **form, action="save").status_code == 303
    item = editor.service.store.item(slug="tide")
    assert item
    assert item.content_markdown == "The cat sat on the mat."
    assert item.content_html == "<p>The cat sat on the mat.</p>"
    assert item.summary == ""
    assert item.status is Status.PUBLISHED, "readers keep the article"
    assert revisions(editor)[1:] == before
    assert editor.client.get("/admin/items/tide?version=0").status_code == 404


def test_history_names_what_happened(editor: Editor, clock: Clock) -> None:
    """From the newest on, by the article's own steps."""
    path = "/admin/items/tide"
    editor.send(f"{path}/withdraw")
    editor.send(f"{path}/restore")
    editor.save(path, text="Other.")
    assert names(editor, path) == [
        "Edited", "Published again", "Withdrawn", "Published", "Edited", "Begun"
    ]  # fmt: skip
    path = "/admin/items/held"
    editor.save("/admin/items/new", title="Held", text="x", action="publish", hold="60")
    editor.send(f"{path}/undo")
    editor.save(path, action="publish", hold="60")
    clock.forward(seconds=90)
    editor.service.tick()
    assert names(editor, path) == ["Published", "Scheduled", "Taken back", "Scheduled"]
    editor.save("/admin/items/new", title="Slip", text="x")
    editor.send("/admin/items/slip/delete")
    editor.send("/admin/items/slip/restore")
    assert names(editor, "/admin/items/slip") == ["Brought back", "Deleted", "Begun"]


def names(editor: Editor, path: str) -> list[str]:
    versions = editor.page(f"{path}/history").partition('class="versions"')[2].partition("</ol>")[0]
    return re.findall("<strong>(.*?)</strong>", versions)


# In feeds


def test_what_each_format_has_of_it_and_where_it_is(editor: Editor) -> None:
    page = editor.page("/admin/items/tide/look")
    assert "atom.text-html-undeclared" in page, "a summary that reads like HTML is warned of"
    editor.save("/admin/items/tide", summary="Short")
    page = editor.page("/admin/items/tide/look")
    assert page.count("Nothing wrong") == 3
    for part in (
        "&lt;title&gt;Tide&lt;/title&gt;",  # RSS
        "&lt;entry&gt;",  # Atom
        "&#34;title&#34;: &#34;Tide&#34;",  # JSON Feed
        'href="/feeds/main.atom"',
        'href="/tags/sea.json"',
        'href="https://example.org/items/tide"',
    ):
        assert part in page, part
    assert "/feeds/podcast.rss" not in page, "that feed does not take it"


def test_what_a_draft_would_be_in_feeds(editor: Editor) -> None:
    editor.save("/admin/items/new", title="A <draft>", text="Not out.")
    page = editor.page("/admin/items/a-draft/look")
    assert "Where it will be" in page
    assert "Not out." in page
    assert editor.client.get("/feeds/main.rss").text.count("<item>") == 1


# The difference

SAME, OUT, IN = "same", "removed", "added"


@pytest.mark.parametrize(
    ("old", "new", "pieces"),
    [
        ("a b", "a b", []),
        ("", "a", [(IN, "a")]),
        ("a", "", [(OUT, "a")]),
        (
            "the red cat",
            "the blue cat",
            [(SAME, "the "), (OUT, "red"), (IN, "blue"), (SAME, " cat")],
        ),
        # Changes that only a space parts are told together.
        (
            "we saw one red cat there today",
            "we saw two blue cat there today",
            [(SAME, "we saw "), (OUT, "one red"), (IN, "two blue"), (SAME, " cat there today")],
        ),
        ("退潮的时候", "退潮那时候", [(SAME, "退潮"), (OUT, "的"), (IN, "那"), (SAME, "时候")]),
    ],
)
def test_differences(old: str, new: str, pieces: list[tuple[str, str]]) -> None:
    assert [(piece.kind, piece.text) for piece in difference(old, new)] == pieces


def test_long_stretches_that_are_the_same_are_counted() -> None:
    lines = [f"line {number}\n" for number in range(40)]
    found = difference("".join(lines), "".join([*lines[:20], "new\n", *lines[20:]]))
    assert found == [
        Piece("skipped", "18"),
        Piece("same", "line 18\nline 19\n"),
        Piece("added", "new\n"),
        Piece("same", "line 20\nline 21\n"),
        Piece("skipped", "18"),
    ]


@pytest.mark.parametrize("joint", [" ", "\n"])
def test_large_texts_take_no_time(joint: str) -> None:
    old = joint.join(f"w{number}" for number in range(40_000))
    new = joint.join(f"v{number}" for number in range(40_000))
    begun = time.process_time()
    assert {piece.kind for piece in difference(old, new)} <= {"removed", "added", "same"}
    assert time.process_time() - begun < 5
