"""Item files: an article with its front matter, as people and site generators write them.

Bytes in, an :class:`Item` out; docs/item-files.md is the same for users. The content is rendered
but not cleaned, relative links are kept, and times are only there when the file gives them: the
border and the store do the rest. A file that can't be read is refused with the line and a reason
that says what to do.
"""

from __future__ import annotations

import codecs
import posixpath
import re
from dataclasses import dataclass
from datetime import datetime
from html import escape

from feedsvc import model
from feedsvc.errors import ItemError
from feedsvc.formats import clean
from feedsvc.formats.clean._markup import TOKEN
from feedsvc.formats.itemfile import _frontmatter, _htmlpage, _markdown, _matter, _values
from feedsvc.formats.itemfile._keys import Keys
from feedsvc.model import Item

FILE_MAX = 1024 * 1024  #: bytes of an item file
_MARKDOWN_MAX = 256 * 1024
_TITLE_LINE_MAX = 200  #: characters up to which a first line can be a title
_MADE_TITLE = 100  #: characters of a title made from the first words

SUFFIXES = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".txt": "text",
}


@dataclass(frozen=True, slots=True)
class ItemFile:
    """What an item file says: its item, the slug that its name suggests, remarks for its writer."""

    item: Item
    slug_hint: str
    notes: tuple[str, ...] = ()


def read(data: bytes, *, name: str) -> ItemFile:
    """Read an item file. ``name`` is its path with ``/``; its suffix says what its body is.

    Raises ItemError with ``where=name``, a reason, and the line (1-based) where there is one.
    """
    try:
        return _read(data, name)
    except ItemError as error:
        raise ItemError(error.reason, where=name, line=error.line) from None


def _read(data: bytes, name: str) -> ItemFile:
    stem, suffix = posixpath.splitext(posixpath.basename(name))
    kind = SUFFIXES.get(suffix.lower())
    if kind is None:
        raise ItemError(f"item files end in {', '.join(SUFFIXES)}, not {suffix or 'nothing'}")
    text = _decoded(data)
    matter = _frontmatter.read(text, pelican=kind == "markdown")
    keys = Keys(matter)
    body = _body(kind, matter.body, keys)
    if body.page and matter.style == "none":
        keys = Keys(_of_page(body.page))
    day, stem = _dated(stem, name)
    item = _matter.item(
        keys,
        title=body.title,
        html=body.html,
        day=day,
        draft="_drafts" in posixpath.dirname(name).split("/"),
    )
    if not (item.title or item.summary or item.enclosures or _shows(item.content_html)):
        raise ItemError("the file has neither a title nor text")
    return ItemFile(item, clean.slug(stem), tuple(keys.notes))


def _shows(html: str) -> bool:
    """Whether there is anything to see, or to hear, between the tags."""
    return bool(TOKEN.sub("", html).strip() or re.search("<(?:img|audio|video)", html, re.I))


_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def _decoded(data: bytes) -> str:
    """The text, its line breaks as U+000A. UTF-8, or UTF-16 where a byte order mark says so."""
    if len(data) > FILE_MAX:
        raise ItemError(f"the file is {len(data):,} bytes; at most {FILE_MAX:,} (1 MiB)")
    bom, encoding = next(
        ((bom, name) for bom, name in _BOMS if data.startswith(bom)), (b"", "utf-8")
    )
    try:
        text = data[len(bom) :].decode(encoding)
    except UnicodeDecodeError as error:
        before = data[len(bom) :][: error.start].decode(encoding)
        raise ItemError(
            f"the text is not {encoding.upper()} at byte {len(bom) + error.start + 1}; "
            "save the file as UTF-8",
            line=_line(before),
        ) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if (at := text.find("\x00")) >= 0:
        raise ItemError(
            "the file holds the character U+0000; is it text in UTF-8?", line=_line(text[:at])
        )
    if not text.strip():
        raise ItemError("the file is empty")
    return text


def _line(before: str) -> int:
    return len(before.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


# The body


@dataclass(frozen=True, slots=True)
class _Body:
    html: str
    title: str  #: the title that the body has by itself
    page: _htmlpage.Page | None = None


def _body(kind: str, text: str, keys: Keys) -> _Body:
    given = keys.get("title")
    # An empty title, title: "", says that there shall be none.
    title = clean.text(_values.text(given)) if given else None
    if kind == "markdown":
        if len(text.encode("utf-8")) > _MARKDOWN_MAX:
            raise ItemError(f"the text is longer than {_MARKDOWN_MAX:,} bytes (256 KiB)")
        rendered = _markdown.render(text, title=title)
        first_line = model.shortened(rendered.first_line, _MADE_TITLE)
        return _Body(rendered.html, rendered.heading or first_line)
    if kind == "html":
        page = _htmlpage.read(text, title=title)
        return _Body(page.body, page.title or model.shortened(page.first_line, _MADE_TITLE), page)
    return _plain_text(text, title)


def _plain_text(text: str, title: str | None) -> _Body:
    """Paragraphs between empty lines; the first line is the title when none is given."""
    text = text.strip("\n")
    first, _, rest = text.partition("\n")
    if title is None and len(first) <= _TITLE_LINE_MAX:
        title, text = first.strip(), rest
    elif title == clean.text(first):
        text = rest
    return _Body(paragraphs(text), title or "")


def paragraphs(text: str) -> str:
    """Plain text as HTML: a paragraph for whatever stands between empty lines."""
    parts = filter(str.strip, re.split(r"\n[ \t]*\n", text))
    return "\n".join(f"<p>{escape(_lines(part), quote=False)}</p>" for part in parts)


def _lines(paragraph: str) -> str:
    return "\n".join(line.strip() for line in paragraph.strip().split("\n"))


#: What Pelican's HTML posts say in their head, and what web pages say anyway.
_META = frozenset({
    "author", "authors", "category", "date", "description", "keywords", "modified", "slug",
    "status", "summary", "tags",
})  # fmt: skip


def _of_page(page: _htmlpage.Page) -> _frontmatter.FrontMatter:
    """What a page without front matter says in its head."""
    values: dict[str, _frontmatter.Value] = {
        "tags" if name == "keywords" else name: content
        for name, content in page.meta.items()
        if name in _META
        and (name not in {"date", "modified"} or _values.read_time(content.strip()))
    }
    values |= {"lang": page.language, "dir": page.direction}
    return _frontmatter.FrontMatter("none", values)


_DATED_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})-(.+)")


def _dated(stem: str, name: str) -> tuple[datetime | None, str]:
    """The day that a file's name begins with (Jekyll), and the rest of the name.

    ``index`` says nothing: such a file has the name of its folder (Hugo's page bundles).
    """
    if stem.lower() in {"index", "_index"}:
        stem = posixpath.basename(posixpath.dirname(name)) or stem
    found = _DATED_NAME.fullmatch(stem)
    day = _values.read_time(found[1]) if found else None
    return (day, found[2]) if found and day else (None, stem)
