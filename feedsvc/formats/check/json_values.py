"""Keys of JSON Feed objects: their types, and the values that objects share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from feedsvc.formats.check import iris, words
from feedsvc.formats.check.finding import Report

_BROKEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x80-\x9f\ufffd\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Kind:
    """A JSON type: its name in words, and the Python types that it is read as."""

    name: str
    types: tuple[type, ...]

    def fits(self, value: object) -> bool:
        """Whether the value is of this type; true and false are no numbers."""
        return isinstance(value, self.types) and (bool in self.types or not isinstance(value, bool))


STRING = Kind("a string", (str,))
NUMBER = Kind("a number", (int, float))
BOOLEAN = Kind("true or false", (bool,))
OBJECT = Kind("an object", (dict,))
ARRAY = Kind("an array", (list,))
_ALL = (STRING, NUMBER, BOOLEAN, OBJECT, ARRAY)

_AUTHOR: Mapping[str, Kind] = {"name": STRING, "url": STRING, "avatar": STRING}


def keys(report: Report, found: Mapping[str, Any], table: Mapping[str, Kind], where: str) -> None:
    """Check that every key is known, or begins with _, and that its value has its type."""
    for key, value in found.items():
        kind = table.get(key)
        if kind is None:
            if not key.startswith("_"):
                report.add("json.key-unknown", where, key=key)
        elif not kind.fits(value):
            report.add("json.type", where, key=key, found=_said(value), wanted=kind.name)
        elif isinstance(value, str) and (broken := _BROKEN.search(value)):
            report.add("json.character-broken", where, key=key, character=f"U+{ord(broken[0]):04X}")


def _said(value: object) -> str:
    if value is None:
        return "null"
    return next((kind.name for kind in _ALL if kind.fits(value)), "something else")


def url(report: Report, found: Mapping[str, Any], key: str, where: str) -> None:
    """Check that the value, if it is a string, is a full address."""
    value = found.get(key)
    if isinstance(value, str) and (fault := iris.fault(value)):
        report.add("json.url-invalid", f"{where} / {key}", key=key, value=value, fault=fault)
    elif isinstance(value, str) and not iris.is_known_scheme(value):
        report.add(
            "feed.scheme-unknown", f"{where} / {key}", value=value, scheme=iris.scheme(value)
        )


def language(report: Report, found: Mapping[str, Any], where: str) -> None:
    """Check the language tag, if there is one."""
    value = found.get("language")
    if isinstance(value, str) and (fault := words.language_fault(value)):
        report.add("json.language-invalid", f"{where} / language", value=value, fault=fault)


def authors(report: Report, found: Mapping[str, Any], where: str, *, is_old: bool) -> None:
    """Check ``authors``, and ``author`` as version 1 has it (``is_old``)."""
    several = found.get("authors")
    if "author" in found and "authors" not in found and not is_old:
        report.add("json.author-deprecated", where)
    if isinstance(found.get("author"), dict):
        _author(report, found["author"], f"{where} / author")
    if isinstance(several, list):
        for number, author in enumerate(several, 1):
            place = f"{where} / authors {number}"
            if isinstance(author, dict):
                _author(report, author, place)
            else:
                report.add(
                    "json.type", place, key="an author", found=_said(author), wanted="an object"
                )


def _author(report: Report, author: Mapping[str, Any], where: str) -> None:
    keys(report, author, _AUTHOR, where)
    if not any(author.get(key) for key in _AUTHOR):
        report.add("json.author-empty", where)
    url(report, author, "url", where)
    url(report, author, "avatar", where)
    name = author.get("name")
    if isinstance(name, str) and words.holds_mailbox(name):
        report.add("feed.name-mailbox", f"{where} / name", value=name)
