"""Two versions of one text, put together by lines."""

from __future__ import annotations

import pytest
from web.admin.test_writing import editor  # noqa: F401 a fixture
from web.editing import Editor, values_of

from feedsvc.web.admin.merging import merged


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "text", "whole"),
    [
        ("a\nb\nc", "A\nb\nc", "a\nb\nC", "A\nb\nC", True),
        ("a\nb\n", "A\nb\n", "a\nB\n", "A\nB\n", True),
        ("a\nb\nc\n", "a\nb\nc\nd\n", "z\na\nb\nc\n", "z\na\nb\nc\nd\n", True),
        ("a\nb\nc\n", "b\nc\n", "a\nb\n", "b\n", True),
        ("a\nb\n", "A\nb\n", "A\nb\n", "A\nb\n", True),
        ("a\nb\nc\n", "A\nb\nc\n", "X\nb\nC\n", "A\nb\nC\n", False),
        ("a\n", "a\nmine\n", "a\ntheirs\n", "a\nmine\n", False),
        ("a\nb\nc\n", "a\nc\n", "a\nB\nc\n", "a\nc\n", False),
        ("a\nb\nc\nd\n", "X\n", "a\nb\nC\nd\n", "X\n", False),
        ("", "mine", "theirs", "mine", False),
    ],
)
def test_merging(base: str, mine: str, theirs: str, text: str, whole: bool) -> None:
    found = merged(base, mine, theirs)
    assert (found.text, found.whole) == (text, whole)


def test_what_of_theirs_is_not_in_the_form_is_said(editor: Editor) -> None:  # noqa: F811
    editor.save("/admin/items/new", title="Ours", text="One.\n\nTwo.")
    other = Editor(editor.service, "ola")
    mine, theirs = editor.form("/admin/items/ours"), other.form("/admin/items/ours")
    other.send("/admin/items/ours", **{**theirs, "text": "Their one.\n\nTheir two."}, action="save")
    answer = editor.send("/admin/items/ours", **{**mine, "text": "My one.\n\nTwo."}, action="save")
    assert answer.status_code == 409
    assert values_of(answer.text)["text"] == "My one.\n\nTheir two."
    assert "Their change to Text is not in it" in answer.text


def test_an_article_without_a_word_is_told_so_plainly(editor: Editor) -> None:  # noqa: F811
    answer = editor.save("/admin/items/new", action="publish")
    assert answer.status_code == 422
    assert "write a title or some text first" in answer.text
    assert "512 MiB" in answer.text
    assert "537 MB" not in answer.text


def test_the_preview_says_already_what_is_dropped(editor: Editor) -> None:  # noqa: F811
    answer = editor.send(
        "/admin/preview", text='<p>x</p><iframe src="https://x.example/"></iframe>', form="html"
    )
    assert "Not taken over:" in answer.text
    assert "Not taken over:" not in editor.send("/admin/preview", text="x").text
