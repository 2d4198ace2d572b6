"""Texts as feedparser reads them, for the quick reader.

Each function raises Beyond where it can't be certain of giving the same.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html.entities import entitydefs
from xml.sax.saxutils import escape

from feedsvc.formats.upstream._elements import Element, attributes_of
from feedsvc.formats.upstream._quick_names import XHTML
from feedsvc.formats.upstream._reference import KEEP, has_high, would_be_bent


class Beyond(Exception):
    """This document is beyond the quick reader."""


_XML = "{http://www.w3.org/XML/1998/namespace}"
_TYPES = {
    "text": "text/plain",
    "plain": "text/plain",
    "text/plain": "text/plain",
    "html": "text/html",
    "text/html": "text/html",
    "xhtml": "application/xhtml+xml",
    "application/xhtml+xml": "application/xhtml+xml",
}


def type_of(element: Element, default: str) -> str:
    """The type of an element's text, by its attributes."""
    found = default
    for key, value in element.items():
        if key == "type":
            found = _TYPES.get(str(value).lower(), "")
        elif key not in _HARMLESS or value == "base64":
            raise Beyond
    if not found:
        raise Beyond
    return found


_HARMLESS = (f"{_XML}base", f"{_XML}lang", f"{_XML}space", "mode", "src")
_BASE = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9._~/-]*)?(?:\?[A-Za-z0-9._~/&=+-]+)?"
)


def base_of(element: Element, base: str) -> str:
    """The address that links in an element are relative to; ``base`` is that of what is above."""
    own = element.get(f"{_XML}base")
    if not own:
        return base
    if not _BASE.fullmatch(own):  # feedparser joins, and mends
        raise Beyond
    return own


def text_of(element: Element) -> str:
    """The text of an element without children, as feedparser pops it."""
    if len(element):
        raise Beyond
    text = element.text or ""
    stripped = text.strip()
    if text.isascii():
        return stripped
    if not has_high(text):
        return stripped.replace(KEEP, "")
    if would_be_bent(text):
        # The mark that keeps it from being bent keeps the white space before it too.
        stripped = (KEEP + text).strip()
    if _CONTROL.search(stripped):
        raise Beyond
    return stripped.replace(KEEP, "")


# feedparser takes these for windows-1252's characters, after it has guessed.
_CONTROL = re.compile("[\x80-\x9f]")


def markup_of(element: Element, *, unwrap: bool) -> str:
    """The XHTML in an element as HTML; ``unwrap`` takes off the ``div`` around it."""
    inner = element
    if unwrap and len(element) == 1 and not (element.text or "").strip():
        child = element[0]
        if _local_name(child.tag) == "div" and not (child.tail or "").strip():
            inner = child
            _attributes(child)
    pieces: list[str] = []
    _write(inner, pieces)
    return _popped_pieces(pieces)


def _popped_pieces(pieces: list[str]) -> str:
    whole = "".join(pieces)
    if has_high(whole) and (
        _CONTROL.search(whole) or any(map(would_be_bent, (*pieces, whole.strip())))
    ):
        raise Beyond
    return whole.strip().replace(KEEP, "")


def _write(element: Element, pieces: list[str]) -> None:
    if element.text:
        pieces.append(escape(element.text))
    for child in element:
        local = _local_name(child.tag)
        pieces.append(f"<{local}{_attributes(child)}>")
        _write(child, pieces)
        pieces.append(f"</{local}>")
        if child.tail:
            pieces.append(escape(child.tail))


@lru_cache(maxsize=256)
def _local_name(tag: object) -> str:
    """The name of an element of XHTML. What stands for an entity has a tag that is no string."""
    namespace, _, local = str(tag).lower().rpartition("}")
    if namespace != f"{{{XHTML}" or not local.isascii() or local in _NOT_INSIDE:
        raise Beyond
    return local


def _attributes(element: Element) -> str:
    told: dict[str, str] = {}
    for key, value in attributes_of(element).items():
        name = key.lower()
        if key == f"{_XML}lang":
            name = "xml:lang"
        elif not name.isascii() or "{" in name or name in told:
            raise Beyond
        told[name] = value.lower() if name in ("rel", "type") else value
    return "".join([f' {name}="{escape(value, _QUOTE)}"' for name, value in told.items()])


_QUOTE = {'"': "&quot;"}
_NOT_INSIDE = ("body", "math", "svg")

_REFERENCE = re.compile(r"&#?\w+;")
_NAMED = re.compile(r"&(\w+);")
_END = re.compile(r"</(\w+)>")
_NAME = re.compile(r"</?(\w+)")
#: The elements that feedparser takes for HTML's when it guesses.
GUESSED = frozenset(
    """
    a abbr acronym address area article aside audio b big blockquote br button canvas caption center
    cite code col colgroup command datagrid datalist dd del details dfn dialog dir div dl dt em
    event-source fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hr i img input
    ins kbd keygen label legend li m map menu meter multicol nav nextid noscript ol optgroup option
    output p pre progress q s samp section select small sound source spacer span strike strong sub
    sup table tbody td textarea tfoot th thead time tr tt u ul var video
""".split()
)


def looks_like_html(text: str) -> bool:
    """Whether feedparser takes the text for HTML where the format can't say."""
    if "&" not in text and "</" not in text:
        return False
    if not _END.search(text) and not _REFERENCE.search(text):
        return False
    return all(name.lower() in GUESSED for name in _NAME.findall(text)) and all(
        name in entitydefs for name in _NAMED.findall(text)
    )
