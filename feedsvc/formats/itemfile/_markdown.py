"""Markdown to HTML: CommonMark with tables, footnotes, strikethrough and task lists.

The result is not clean; it goes through the border like any HTML.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from feedsvc.errors import ItemError

#: Each may begin a link, a note or an emphasis, so the parser looks ahead from it: 20,000 take two
#: thirds of a second, a quarter of a megabyte of nothing else four. An article has some hundred.
_MARKS, _MARKS_MAX = "[*_`~", 20_000
_ALIGN = re.compile(r"text-align:\s*(left|right|center)")
_COMMENT = re.compile(r"\s*(?:<!--(?:(?!-->).)*-->\s*)+", re.DOTALL)
_TASK = re.compile(r"\[([ xX])\](?=\s)")
_BOXES = {" ": "☐", "x": "☑", "X": "☑"}


@dataclass(frozen=True, slots=True)
class Rendered:
    """The HTML of an article without the heading that is its title, and that heading's text."""

    html: str
    heading: str  #: the first heading's text, "" when there is none
    first_line: str  #: the first line of text that is no heading


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return parser.use(footnote_plugin)


_PARSER = _parser()


def render(markdown: str, *, title: str | None = None) -> Rendered:
    """Render ``markdown``; leave out a first heading that readers would show twice.

    That is the one that stands first, when no title is given or when it says the same as the title.
    Raises ItemError for a text that would keep the parser busy for seconds.
    """
    if sum(markdown.count(mark) for mark in _MARKS) > _MARKS_MAX:
        raise ItemError(
            f"the Markdown has more than {_MARKS_MAX:,} of the characters {' '.join(_MARKS)}; "
            "give it as HTML, or in parts"
        )
    env: dict[str, object] = {}
    tokens = _PARSER.parse(markdown, env)
    while tokens and tokens[0].type == "html_block" and _COMMENT.fullmatch(tokens[0].content):
        tokens = tokens[1:]
    heading = _first_text(tokens, "heading_open")
    if tokens and tokens[0].type == "heading_open" and (title is None or title == heading):
        tokens = tokens[3:]  # the heading's opening, text and closing
    _draw_boxes(tokens)
    _align_cells(tokens)
    html = _PARSER.renderer.render(tokens, _PARSER.options, env)
    return Rendered(html, heading, _first_text(tokens, "paragraph_open").partition("\n")[0])


def _first_text(tokens: Sequence[Token], kind: str) -> str:
    """The text of the first block of this kind that has any."""
    for opening, inline in pairwise(tokens):
        if opening.type == kind and (text := _text(inline.children or ()).strip()):
            return text
    return ""


def _text(tokens: Sequence[Token]) -> str:
    parts = []
    for token in tokens:
        if token.type in {"softbreak", "hardbreak"}:
            parts.append("\n")
        elif token.type == "image":
            parts.append(_text(token.children or ()))
        elif token.type in {"text", "code_inline", "text_special"}:
            parts.append(token.content)
    return "".join(parts)


def _draw_boxes(tokens: Sequence[Token]) -> None:
    """Task lists: readers take out inputs, so the boxes are drawn as characters."""
    for item, _, inline in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if item.type != "list_item_open" or inline.type != "inline" or not inline.children:
            continue
        first = inline.children[0]
        if first.type == "text" and (found := _TASK.match(first.content)):
            first.content = _BOXES[found[1]] + first.content[found.end() :]


def _align_cells(tokens: Sequence[Token]) -> None:
    """Tables: styles are cleaned away, the ``align`` attribute is not."""
    for token in tokens:
        if token.type in {"th_open", "td_open"}:
            style = str(token.attrs.pop("style", ""))
            if found := _ALIGN.search(style):
                token.attrs["align"] = found[1]
