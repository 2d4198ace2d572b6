"""A tokenizer for HTML in bodies: tags with their attributes and places, in one pass.

It follows the HTML tokenizer closely enough to see what readers trip over, never goes back in the
text and so takes time in proportion to its length.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

_TAG = re.compile(r"<(/?)([A-Za-z][^\s/>]{0,100})((?:[^\"'>]++|\"[^\"]*+\"|'[^']*+')*+)>")
_LOOSE_TAG = re.compile(r"<(/?)([A-Za-z][^\s/>]{0,100})([^>]*+)>")
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=<>`]+)))?")
#: Elements whose content is text until their end tag.
_RAW = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"})

#: Internet Explorer's way to run a behaviour.
_IMPORT = "<?import"

#: What is wrong at a place that is no tag.
BARE = "<"
UNFINISHED = ""


@dataclass(frozen=True, slots=True)
class Tag:
    """A start or end tag. ``name`` is in lower case; "<" for a bare <, "" for an unfinished tag."""

    name: str
    start: int
    is_end: bool = False
    is_closed: bool = False  #: written <name/>
    attributes: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """The value of the first attribute of that name, "" if there is none."""
        return next((value for key, value in self.attributes if key == name), "")


def tags(text: str) -> Iterator[Tag]:
    """All tags in order; the content of scripts and their like is passed over."""
    position = 0
    pattern = _TAG
    while (position := text.find("<", position)) >= 0:
        following = text[position + 1 : position + 2]
        if following in {"!", "?"}:
            if text[position : position + 8].lower() == _IMPORT:
                yield Tag(_IMPORT[1:], position)
            position = _after_comment(text, position)
            if position < 0:
                yield Tag(UNFINISHED, len(text))
                return
            continue
        if not (following.isalpha() and following.isascii()) and following != "/":
            yield Tag(BARE, position)
            position += 1
            continue
        match = pattern.match(text, position)
        if match is None:
            # A quote that never ends. From here on quotes don't count: trying both at every tag
            # would take quadratic time.
            pattern = _LOOSE_TAG
            match = pattern.match(text, position)
        if match is None:
            if following == "/":  # </ followed by no name is a comment
                position += 2
                continue
            yield Tag(UNFINISHED, position)
            return
        tag = _tag(match)
        yield tag
        position = match.end()
        if tag.name in _RAW and not tag.is_end and not tag.is_closed:
            position = _end_of_raw(text, tag.name, position)


def _tag(match: re.Match[str]) -> Tag:
    slash, name, rest = match.groups()
    return Tag(
        name=name.lower(),
        start=match.start(),
        is_end=bool(slash),
        is_closed=rest.rstrip().endswith("/") or match[0].endswith("/>"),
        attributes=tuple(_attributes(rest)) if rest.strip(" /\n\t\r") else (),
    )


def _attributes(rest: str) -> Iterator[tuple[str, str]]:
    for name, double, single, bare in _ATTRIBUTE.findall(rest):
        value = double or single or bare
        yield name.lower(), html.unescape(value) if "&" in value else value


def _after_comment(text: str, position: int) -> int:
    if text.startswith("<!--", position):
        end = text.find("-->", position + 2)  # <!--> is a whole comment
        return end + 3 if end >= 0 else -1
    if text.startswith("<![CDATA[", position):
        end = text.find("]]>", position)
        return end + 3 if end >= 0 else -1
    end = text.find(">", position)
    return end + 1 if end >= 0 else -1


def _end_of_raw(text: str, name: str, position: int) -> int:
    match = re.compile(f"</{name}[\\s/>]", re.IGNORECASE).search(text, position)
    return match.start() if match else len(text)
