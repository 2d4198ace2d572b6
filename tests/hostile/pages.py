"""The judge of whole pages: what a browser's parser makes of one, and what is not the template's.

Two pages of one template differ in text and in values. In their elements and attributes they
differ only where somebody's value has become markup; that is what :func:`shapes` shows.

A thousand pages of one template are the same markup with other words, and what a parser makes of
it is the same too: :mod:`hostile.markup` says when that is so, and the parser reads it once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from hostile import html5, markup
from justhtml import JustHTML

#: Below these stand articles, cleaned: they are judged as such, by another list.
_CONTENT = ("div", "text")
#: Whose children are more or fewer, of these kinds, as texts differ.
_DIFFERENCE = ("div", "difference")
_MARKS = {"ins", "del", "span"}
#: Attributes whose value the template says: with another one an element is another element.
_SAID = ("class", "id", "name", "type", "rel", "role", "method", "http-equiv", "property")
#: Attributes that say how a field stands, which what is in it decides.
_STATES = {"aria-invalid", "aria-describedby", "open", "selected", "data-unsaved", "checked"}
_ADDRESSES = ("href", "src", "action", "formaction", "poster", "cite", "data-preview")
_OURS = re.compile(r"(?!//)[/?#][^\\\x00-\x20]*|\Z")
#: The media type of a file that a link leads to is a value.
_VARIES = {("a", "type")}
_RUNS = re.compile(r"on\w+|style|srcdoc|is|slot|ping|background|xlink:href", re.IGNORECASE)


class Page:
    """A page as a browser's parser has it. Markup that was parsed before is not parsed again."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._found = parsed(markup.alike(html) or html)

    def shapes(self) -> dict[str, int]:
        """Each element by its place, its attributes and what they say; how often it is there."""
        return self._found.shapes

    def faults(self) -> tuple[str, ...]:
        """What must be on no page of ours, whatever its template."""
        return self._found.faults

    def text(self) -> str:
        """All that stands in it: its text, and the values of its attributes."""
        return unescape(self._html)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What the parser made of a page: how often each shape is there; what is wrong."""

    shapes: dict[str, int]
    faults: tuple[str, ...]


@lru_cache(4096)
def parsed(html: str) -> Parsed:
    """Read a page by the parser."""
    root = JustHTML(html, sanitize=False, scripting_enabled=True).root
    judged = list(_elements(root))
    faults = [f"{path}: {fault}" for path, node in judged for fault in _faults(node)]
    faults += [fault for one in _contents(judged) for fault in one]
    return Parsed(dict(Counter(path for path, _ in judged)), tuple(faults))


def _is(node: Any, kind: tuple[str, str]) -> bool:
    return node.name == kind[0] and (node.attrs or {}).get("class") == kind[1]


def _elements(root: Any) -> Iterator[tuple[str, Any]]:
    """Each element below ``root``, in no order, with its path."""
    waiting = [("", root)]
    while waiting:
        above, node = waiting.pop()
        path = above
        if not node.name.startswith("#"):
            path = f"{above}/{_shape(node)}"
            yield path, node
            if _is(node, _CONTENT):
                continue
        within = _is(node, _DIFFERENCE)
        for child in getattr(node, "children", None) or ():
            if within and child.name in _MARKS:
                if any(not inner.name.startswith("#") for inner in _below_mark(child)):
                    yield f"{path}/{child.name} with more in it", child
            elif child.name == "#comment":
                yield f"{path}/comment", child
            elif child.name != "#text":
                waiting.append((path, child))


def _below_mark(mark: Any) -> Iterator[Any]:
    """What stands in a piece of a difference beside the words for who hears it."""
    for child in mark.children or ():
        if child.name == "span" and child.attrs == {"class": "unseen"}:
            yield from child.children or ()
        else:
            yield child


def _shape(node: Any) -> str:
    attrs = node.attrs or {}
    said = ",".join(
        f"{name}={_value(attrs[name])}"
        if name in _SAID and (node.name, name) not in _VARIES
        else name
        for name in sorted(set(map(str, attrs)) - _STATES)
    )
    space = "" if getattr(node, "namespace", None) in {None, "html"} else f"{node.namespace}:"
    return f"{space}{node.name}[{said}]"


_NUMBERED = re.compile(r"(?<=^fault)-\w+|(?<=^feed)-\d+$")


def _value(value: str | None) -> str:
    """What a template says; faults are told beside any field, feeds are counted."""
    return _NUMBERED.sub("", value or "")


def _faults(node: Any) -> Iterator[str]:
    attrs = node.attrs or {}
    if node.name == "#comment":
        yield "a comment"
    if node.name in {"style", "base", "object", "embed", "frame", "frameset", "applet"}:
        yield f"<{node.name}>"
    yield from _loads(node, attrs)
    for name, value in attrs.items():
        if _RUNS.fullmatch(name):
            yield f"{name}={value!r}"
        if name in _ADDRESSES and not _is_address(node.name, name, str(value or "")):
            yield f"{name}={value!r}"
        if name in {"action", "formaction"} and not _OURS.fullmatch(str(value)):
            yield f"{name}={value!r}"


def _loads(node: Any, attrs: Any) -> Iterator[str]:
    """Scripts and frames that are not ours."""
    if node.name == "script":
        if any(child.data.strip() for child in node.children or ()):
            yield "a script in the page"
        if not str(attrs.get("src", "")).startswith("/static/"):
            yield "a script of others"
    if node.name == "iframe" and (
        not str(attrs.get("src", "")).startswith("/admin/")
        or attrs.get("sandbox") != "allow-same-origin"
    ):
        yield "a frame"


def _is_address(tag: str, name: str, value: str) -> bool:
    if _OURS.fullmatch(value):
        return True
    if tag == "a" and name == "href" and value.startswith("feed:"):
        value = value.removeprefix("feed:")
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def _contents(judged: list[tuple[str, Any]]) -> Iterator[Iterator[str]]:
    for _, node in judged:
        if _is(node, _CONTENT):
            yield from (html5._walk(child) for child in node.children or ())
