"""The front matter of an item file: where it ends, and what it says, line by line.

YAML between ``---`` lines, TOML between ``+++`` lines, or Pelican's ``Key: value`` lines. Values
come out as text, lists and tables only; what a text means (a date, yes or no) is for whoever knows
the key, so that ``title: no`` and ``id: 12:30:45`` stay what was written. Aliases, tags, merge keys
and deep nests are refused: 342 bytes of aliases can stand for gigabytes.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Literal

import yaml

from feedsvc.errors import ItemError

Value = str | bool | None | Sequence["Value"] | Mapping[str, "Value"]
Style = Literal["yaml", "toml", "pelican", "none"]

SIZE_MAX = 16 * 1024  #: bytes of front matter
DEPTH_MAX = 8
_TOO_DEEP = f"lists and tables stand more than {DEPTH_MAX} deep in one another"


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """Keys as written with their values and lines (1-based in the file), and what follows them."""

    style: Style = "none"
    values: Mapping[str, Value] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    body: str = ""


# Eleventy's "---json" is YAML as well.
_OPENING = re.compile(r"\s*^(---|\+\+\+)(?:json|yaml)?[ \t]*\n", re.MULTILINE)
_CLOSING = {
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE),
    "+++": re.compile(r"^\+\+\+[ \t]*(?:\n|\Z)", re.MULTILINE),
}
_PAIR = re.compile(r"\s*[\w\"'-]+[\w .\"'-]*\s*[:=]")


def read(text: str, *, pelican: bool = False) -> FrontMatter:
    """Split ``text`` (line breaks U+000A) into front matter and body.

    With ``pelican``, header lines without any fence are front matter too. Raises ItemError, with
    the line, for front matter that can't be read.
    """
    if not (opening := _OPENING.match(text)):
        return (_pelican(text) if pelican else None) or FrontMatter(body=text)
    start = opening.end()
    first_line = text.count("\n", 0, start) + 1
    fence = opening[1]
    closing = _CLOSING[fence].search(text, start)
    if not closing:
        if _PAIR.match(text, start):
            raise _fault(f"the front matter has no closing {fence} line", first_line - 1)
        return FrontMatter(body=text)  # a rule at the top of an article without front matter
    inner = text[start : closing.start()]
    if len(inner.encode("utf-8")) > SIZE_MAX:
        raise _fault(
            f"the front matter is longer than 16 KiB; is its closing {fence} line missing?",
            first_line - 1,
        )
    body = text[closing.end() :]
    if fence == "+++":
        values, lines = _toml(inner, first_line)
        return FrontMatter("toml", values, lines, (), body)
    values, lines, notes = _Yaml(first_line).read(inner)
    return FrontMatter("yaml", values, lines, notes, body)


def _fault(reason: str, line: int) -> ItemError:
    return ItemError(reason, line=line)


# YAML, from the parser's events: nothing is resolved, built or recursed into by the library.

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNEVEN = "the indentation is uneven, or a quote ends before its line does"
_HINTS = (
    ("mapping values are not allowed", 'a value with ": " in it needs quotes around it'),
    ("cannot start any token", "a value that begins with @, ` or % needs quotes around it"),
    ("could not find expected ':'", "this is no line of the form key: value"),
    ("expected ',' or ']'", "a list that opens with [ must close with ]"),
    ("expected ',' or '}'", "a table that opens with { must close with }"),
    ("unexpected end of stream", "a quote is not closed"),
    ("expected <block end>", _UNEVEN),
    ("did not find expected key", _UNEVEN),
)
_QUOTE = "if the value is meant as it stands, put quotes around it"


class _Yaml:
    """Builds plain values out of YAML's events, without recursion."""

    def __init__(self, first_line: int) -> None:
        self.first_line = first_line
        self.lines: dict[str, int] = {}
        self.notes: list[str] = []
        self.root: Value = None
        self.opened: list[list[Value] | dict[str, Value]] = []
        self.keys: list[str | None] = []  # for each open container: the key that waits for a value

    def read(self, text: str) -> tuple[Mapping[str, Value], dict[str, int], tuple[str, ...]]:
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                self._take(event, self.first_line + getattr(event.start_mark, "line", 0))
        except yaml.MarkedYAMLError as error:
            context, problem = error.context or "", error.problem or ""
            # The parser notices at the end what is wrong with the start of a word or a bracket.
            early = any(word in context for word in ("quoted", "flow", "simple key"))
            mark = (early and error.context_mark) or error.problem_mark
            line, column = getattr(mark, "line", 0), getattr(mark, "column", 0)
            hint = next((said for found, said in _HINTS if found in problem), problem)
            if text.split("\n")[line][column : column + 1] == "\t":
                hint = "lines are indented with spaces, not tabs"
            raise _fault(f"the front matter is no YAML: {hint}", self.first_line + line) from None
        except yaml.reader.ReaderError as error:
            at = min(int(error.position), len(text))
            line = self.first_line + text.count("\n", 0, at)
            raise _fault("the front matter holds a control character", line) from None
        if self.root is None:
            return {}, {}, ()
        if not isinstance(self.root, dict):
            raise _fault("the front matter must be lines of the form key: value", self.first_line)
        return self.root, self.lines, tuple(self.notes)

    def _take(self, event: Any, line: int) -> None:
        if isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            raise _fault("the front matter must be lines of the form key: value", line)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _fault(f"YAML's & and * names are not read here; {_QUOTE}", line)
        if getattr(event, "tag", None):
            raise _fault(f"YAML's ! tags are not read here; {_QUOTE}", line)
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, yaml.CollectionStartEvent):
            opened: list[Value] | dict[str, Value] = (
                [] if isinstance(event, yaml.SequenceStartEvent) else {}
            )
            self._put(opened, line)
            self.opened.append(opened)
            self.keys.append(None)
            if len(self.opened) > DEPTH_MAX:
                raise _fault(_TOO_DEEP, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.opened.pop()
            self.keys.pop()

    def _scalar(self, event: Any, line: int) -> None:
        text: str = event.value
        if "\x00" in text:
            raise _fault("a value holds the character U+0000", line)
        container = self.opened[-1] if self.opened else None
        if isinstance(container, dict) and self.keys[-1] is None:
            self._key(text, container, line)
        else:
            absent = not event.style and text in {"", "~", "null", "Null", "NULL"}
            self._put(None if absent else text, line)

    def _key(self, text: str, container: dict[str, Value], line: int) -> None:
        if text == "<<":
            raise _fault("YAML's << merge key is not read here", line)
        if len(self.opened) == 1:
            if text in container:
                self.notes.append(f"line {line}: {text} is given twice; the last one counts")
            self.lines[text] = line
        self.keys[-1] = text

    def _put(self, value: Value, line: int) -> None:
        if not self.opened:
            self.root = value
            return
        container = self.opened[-1]
        if isinstance(container, list):
            container.append(value)
        elif (key := self.keys[-1]) is None:
            raise _fault(f"a key must be a word; {_QUOTE}", line)
        else:
            container[key] = value
            self.keys[-1] = None


# TOML

_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_TOML_HINTS = {
    "Invalid value": 'text needs quotes around it: key = "value"',
    "Cannot overwrite a value": "a key is given twice",
}
_TOML_DATE = re.compile(r"[^=]*=\s*\d{4,}-\d")
_TOML_KEY = re.compile(
    r"^[ \t]*(?:\[{1,2}[ \t]*)?(?:\"([^\"\n]+)\"|'([^'\n]+)'|([A-Za-z0-9_-]+))[ \t]*[=.\]]",
    re.MULTILINE,
)


def _toml(text: str, first_line: int) -> tuple[Mapping[str, Value], dict[str, int]]:
    try:
        table = tomllib.loads(text, parse_float=str)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        place = _TOML_PLACE.search(said)
        at = int(place[1]) - 1 if place and place[1] else text.rstrip("\n").count("\n")
        reason = said[: place.start()] if place else said
        if _TOML_DATE.match(text.split("\n")[at]):
            reason = "a date is written 2026-11-22, and has to be one"
        else:
            reason = _TOML_HINTS.get(reason, reason)
        raise _fault(f"the front matter is no TOML: {reason}", first_line + at) from None
    except RecursionError:
        at = next(n for n, line in enumerate(text.split("\n")) if _nests(line))
        raise _fault(_TOO_DEEP, first_line + at) from None
    lines: dict[str, int] = {}
    for found in _TOML_KEY.finditer(text):
        key = found[1] or found[2] or found[3]
        lines.setdefault(key, first_line + text.count("\n", 0, found.start(found.lastindex or 0)))
    plain = {key: _plain(value, 1, lines.get(key, first_line)) for key, value in table.items()}
    return plain, lines


def _nests(line: str) -> bool:
    return line.count("[") + line.count("{") > DEPTH_MAX


def _plain(value: Any, depth: int, line: int) -> Value:
    """TOML's own types as text, so that both languages are read alike."""
    if depth > DEPTH_MAX:
        raise _fault(_TOO_DEEP, line)
    if isinstance(value, dict):
        return {key: _plain(inner, depth + 1, line) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner, depth + 1, line) for inner in value]
    if isinstance(value, bool):
        return value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if "\x00" in (text := str(value)):
        raise _fault("a value holds the character U+0000", line)
    return text


# Pelican: "Key: value" lines up to the first other one, more of a value indented below it.

_HEADER = re.compile(r" {0,3}(?P<key>[A-Za-z][A-Za-z0-9_-]*):[ \t]*(?P<value>.*)")


def _pelican(text: str) -> FrontMatter | None:
    """The header lines of a post of Pelican; None when the text begins with no such lines."""
    values: dict[str, Value] = {}
    lines: dict[str, int] = {}
    key, at, number = "", 0, 0
    while (end := text.find("\n", at)) >= 0 and (line := text[at:end]).strip():
        if found := _HEADER.fullmatch(line):
            key = found["key"]
            values[key] = found["value"].strip()
            lines[key] = number + 1
        elif key and line.startswith(" "):
            values[key] = f"{values[key]}\n{line.strip()}"
        else:
            break
        at, number = end + 1, number + 1
        if at > SIZE_MAX:
            raise _fault("the header lines are longer than 16 KiB", 1)
    if not {"title", "date"} & {key.lower() for key in values}:
        return None  # an article that begins with a word and a colon
    return FrontMatter("pelican", values, lines, (), text[at:])
