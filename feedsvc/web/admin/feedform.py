"""The form of a feed: a section as fields that a person fills in, and back again. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from feedsvc.config import FeedSection
from feedsvc.errors import FieldFault, InvalidFields

#: The groups of a ``where`` and its kinds of words, with what people are told of each.
GROUPS = {
    "all": "Every article has all of these",
    "any": "Every article has at least one of these",
    "none": "No article has any of these",
}
KINDS = {
    "tags": "Topics",
    "authors": "Authors",
    "text": "Words in the text",
    "languages": "Languages",
    "sources": "Sources",
}
#: Texts that are left out of the section when nothing is written.
_TEXTS = ("title", "description", "language", "notice")


def fields(section: FeedSection) -> dict[str, str]:
    """What stands in the form of a feed."""
    said = section.model_dump(mode="json")
    shown = {name: said[name] or "" for name in ("name", *_TEXTS)}
    shown |= {"content": section.content, "page_size": str(section.page_size)}
    shown |= {"hold": said["hold"] if section.hold else "", "ends": _last_day(section.ends)}
    shown["private"] = "yes" if section.private else ""
    return shown | where_fields(said["where"])


def where_fields(where: Mapping[str, Mapping[str, Iterable[str]]]) -> dict[str, str]:
    """What stands in the fields of a ``where``."""
    return {
        f"{group}.{kind}": joined(where.get(group, {}).get(kind, ()))
        for group in GROUPS
        for kind in KINDS
    }


def section_of(form: Mapping[str, str], old: FeedSection | None) -> dict[str, Any]:
    """The section that a filled form describes, unread; what it does not show stays as it was.

    Raises InvalidFields for lists that can't be parted.
    """
    given: dict[str, Any] = (
        old.model_dump(mode="json", exclude_defaults=True) if old is not None else {}
    )
    given["name"] = form.get("name", "").strip()
    for name in (*_TEXTS, "hold"):
        _say(given, name, form.get(name, "").strip().replace("\r\n", "\n"))
    _say(given, "content", form.get("content", ""))
    _say(given, "page_size", _number(form.get("page_size", "").strip()))
    given["private"] = form.get("private") == "yes"
    ends = form.get("ends", "").strip()
    if old is None or ends != _last_day(old.ends):  # else it may be a moment within that day
        _say(given, "ends", ends)
    given["where"] = where_of(form)
    return given


def where_of(form: Mapping[str, str]) -> dict[str, dict[str, list[str]]]:
    """The ``where`` of a filled form. Raises InvalidFields."""
    where: dict[str, dict[str, list[str]]] = {}
    faults = []
    for group in GROUPS:
        for kind in KINDS:
            try:
                words = parted(form.get(f"{group}.{kind}", ""))
            except csv.Error:
                reason = 'has a quotation mark too many: a, b, "c, with a comma"'
                faults.append(FieldFault(f"where.{group}.{kind}", reason))
            else:
                if words:
                    where.setdefault(group, {})[kind] = words
    if faults:
        raise InvalidFields(faults)
    return where


def parted(text: str) -> list[str]:
    """Words between commas; quotation marks keep one together.

    >>> parted(' sea, "Doe, Jane" ,, C++ ')
    ['sea', 'Doe, Jane', 'C++']
    """
    rows = csv.reader(io.StringIO(" ".join(text.split())), skipinitialspace=True, strict=True)
    try:
        return list(dict.fromkeys(word.strip() for row in rows for word in row if word.strip()))
    except csv.Error:
        # `"Doe, Jane" , x`: white space behind the quotation mark, which the strict reader minds.
        tidy = " ".join(text.split()).replace('" ,', '",')
        rows = csv.reader(io.StringIO(tidy), skipinitialspace=True, strict=True)
        return list(dict.fromkeys(word.strip() for row in rows for word in row if word.strip()))


def joined(words: Iterable[str]) -> str:
    """The reverse.

    >>> joined(["sea", "Doe, Jane"])
    'sea, "Doe, Jane"'
    """
    return ", ".join(
        '"{}"'.format(word.replace('"', '""')) if set(word) & set(',"') else word for word in words
    )


def field_of(fault: str) -> str:
    """The field of the form that a fault's name belongs to.

    >>> field_of("where.any.languages[0]"), field_of("page_size"), field_of("formerly[1]")
    ('any.languages', 'page_size', 'formerly')
    """
    return fault.removeprefix("where.").partition("[")[0]


def words_of(shown: Mapping[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The ``where`` of a form in words, for who can't change it: (group, [(kind, words)])."""
    found = []
    for group, told in GROUPS.items():
        its = [(words, shown[f"{group}.{kind}"]) for kind, words in KINDS.items()]
        if its := [(words, said) for words, said in its if said]:
            found.append((told, its))
    return found


def _say(given: dict[str, Any], name: str, value: object) -> None:
    """Nothing is not said at all: then the default holds."""
    if value in {"", None}:
        given.pop(name, None)
    else:
        given[name] = value


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def _last_day(end: datetime | None) -> str:
    """The last day (UTC) that a feed is there."""
    if end is None:
        return ""
    return (end.astimezone(UTC) - timedelta(microseconds=1)).date().isoformat()
