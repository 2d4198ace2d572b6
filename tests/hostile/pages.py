"""The judge of whole pages: what a browser's parser makes of one, and what is not the template's.

Two pages of one template differ in text and in values. In their elements and attributes they
differ only where somebody's value has become markup; that is what :func:`shapes` shows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from hostile import html5
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
    """A parsed page. Another one of the same text is not parsed again."""

    def __init__(self, html: str) -> None:
        self._found = _parsed(_KEY.sub("", html))

    def shapes(self) -> dict[str, int]:
        """Each element by its place, its attributes and what they say; how often it is there."""
        return self._found.shapes

    def faults(self, site: str) -> list[str]:
        """What must be on no page of ours, whatever its template."""
        found = [
            f"{path}: {fault}" for path, node in self._found.judged for fault in _faults(node, site)
        ]
        return found + self._found.in_content

    def text(self) -> str:
        """All its text and all values of its attributes, which is where a marker may be."""
        return self._found.text


#: What guards a form is another one on each page.
_KEY = re.compile(r'(?<=name="csrf-token" content=")[\w.-]+|(?<=name="csrf_token" value=")[\w.-]+')


@dataclass(frozen=True, slots=True)
class _Parsed:
    shapes: dict[str, int]
    judged: list[tuple[str, Any]]  #: the elements and comments with their paths
    in_content: list[str]
    text: str


@lru_cache(512)
def _parsed(html: str) -> _Parsed:
    root = JustHTML(html, sanitize=False, scripting_enabled=True).root
    judged = list(_elements(root))
    text: list[str] = []
    _say(root, text)
    in_content = [fault for one in _contents(judged) for fault in one]
    return _Parsed(dict(Counter(path for path, _ in judged)), judged, in_content, "\n".join(text))


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


def _faults(node: Any, site: str) -> Iterator[str]:
    attrs = node.attrs or {}
    if node.name == "#comment":
        yield "a comment"
    if node.name in {"style", "base", "object", "embed", "frame", "frameset", "applet"}:
        yield f"<{node.name}>"
    yield from _loads(node, attrs)
    for name, value in attrs.items():
        if _RUNS.fullmatch(name):
            yield f"{name}={value!r}"
        if name in _ADDRESSES and not _is_address(node.name, name, str(value or ""), site):
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


def _is_address(tag: str, name: str, value: str, site: str) -> bool:
    if _OURS.fullmatch(value) or value == site:
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


def _say(node: Any, said: list[str]) -> None:
    if node.name == "#text":
        said.append(node.data)
        return
    said.extend(str(value or "") for value in (getattr(node, "attrs", None) or {}).values())
    for child in getattr(node, "children", None) or ():
        _say(child, said)
