"""An article written as HTML, a whole page or a piece of one: where its title and its body are.

Nothing is cleaned here; the body goes through the border like any HTML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape

from feedsvc.formats.clean._markup import TOKEN

_RAW = frozenset({"script", "style", "textarea", "title", "iframe", "noscript", "template", "xmp"})
_INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "i", "kbd", "mark", "q", "s", "samp",
    "small", "span", "strong", "sub", "sup", "time", "u", "var",
})  # fmt: skip
#: Elements that may open before the heading that an article begins with.
_WRAPPERS = frozenset({"article", "div", "header", "hgroup", "main", "section"})
_HEADING = re.compile("h[1-6]")
_ATTRIBUTE = re.compile(r"([^\s=/>\"']+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))")


@dataclass(frozen=True, slots=True)
class Page:
    """What an HTML file says of itself, and its body without a heading that repeats the title."""

    body: str
    title: str = ""  #: the page's title, else its first heading, "" when it has neither
    first_line: str = ""
    language: str | None = None
    direction: str | None = None
    meta: Mapping[str, str] = field(default_factory=dict)  #: its ``meta`` names with their content


def read(text: str, *, title: str | None = None) -> Page:
    """Take an HTML file apart. ``title`` is the one that its front matter gives, None for none."""
    scan = _Scan(text)
    start, end = scan.body_start, max(scan.body_end, scan.body_start)
    body = text[start:end]
    shown = scan.title if title is None else title
    repeated = scan.heading_first and start <= scan.heading_start < scan.heading_end
    if repeated and shown in {"", scan.heading}:
        body = text[start : scan.heading_start] + text[scan.heading_end : end]
    return Page(
        body,
        scan.title or scan.heading,
        scan.first_line,
        scan.root.get("lang"),
        scan.root.get("dir"),
        scan.meta,
    )


class _Scan:
    """One walk over the tags; what it finds are its attributes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.title = self.heading = self.first_line = ""
        self.root: dict[str, str] = {}
        self.meta: dict[str, str] = {}
        self.body_start, self.body_end = 0, len(text)
        self.heading_start = self.heading_end = -1
        self.heading_first = False
        self._pieces: list[str] = []  # the text since the last block began or ended
        self._seen = False  # whether anything but wrappers stands before
        self._open_heading = ""
        self._walk()

    def _walk(self) -> None:
        at = 0
        while token := TOKEN.search(self.text, at):
            self._words(self.text[at : token.start()])
            at = token.end()
            name = (token["name"] or "").lower()
            if name in _RAW:
                at = at if token["end"] else self._raw(name, at)
            elif name:
                self._tag(name, bool(token["end"]), token)
        self._words(self.text[at:])
        self._break()

    def _words(self, piece: str) -> None:
        if piece.strip():
            self._seen = True
        self._pieces.append(piece)

    def _break(self) -> None:
        self.first_line = self.first_line or self._line()
        self._pieces = []

    def _line(self) -> str:
        return " ".join(unescape("".join(self._pieces)).split())

    def _raw(self, name: str, at: int) -> int:
        """Step over an element whose content is no markup."""
        closing = re.compile(f"</{name}(?=[\\s/>])", re.IGNORECASE).search(self.text, at)
        end = closing.start() if closing else len(self.text)
        if name == "title" and not self.title:
            self.title = " ".join(unescape(self.text[at:end]).split())
        return end

    def _tag(self, name: str, closes: bool, token: re.Match[str]) -> None:
        if name in {"html", "head", "body", "meta", "link", "base"}:
            self._page_tag(name, closes, token)
        elif closes and name == self._open_heading:
            self.heading, self.heading_end = self._line(), token.end()
            self._open_heading = ""
            self._break()
        elif _HEADING.fullmatch(name) and self.heading_start < 0 and not closes:
            self._break()
            self.heading_start, self.heading_first = token.start(), not self._seen
            self._open_heading = name
        elif name not in _INLINE:
            self._seen = self._seen or name not in _WRAPPERS
            if self._open_heading:
                self._pieces.append(" ")
            else:
                self._break()

    def _page_tag(self, name: str, closes: bool, token: re.Match[str]) -> None:
        if name == "html" and not closes:
            self.root = self.root or _attributes(token[0])
        elif name == "meta":
            given = _attributes(token[0])
            if given.get("name") and given.get("content"):
                self.meta.setdefault(given["name"].lower(), given["content"])
        elif (name, closes) in {("body", False), ("head", True)}:
            self.body_start = token.end()
            self._seen, self._pieces, self.first_line = False, [], ""
        elif (name, closes) in {("body", True), ("html", True)}:
            self._break()
            self.body_end = min(self.body_end, token.start())


def _attributes(tag: str) -> dict[str, str]:
    return {
        found[1].lower(): unescape(found[2] or found[3] or found[4] or "").strip()
        for found in _ATTRIBUTE.finditer(tag)
    }
