"""What the value of a front matter key means: text, a list, yes or no, a time, a number.

Each reader gives the model's value or raises ItemError with the key, what it found, how to write it
and the line. Nothing is guessed from a value's look but by the key's own reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from feedsvc.errors import ItemError
from feedsvc.formats.clean._fields import FIRST_YEAR, LAST_YEAR
from feedsvc.formats.itemfile._frontmatter import Style, Value
from feedsvc.model import Author, Category, Enclosure, Reference, Via, shortened

_YES = frozenset({"true", "yes", "on", "y", "1"})
_NO = frozenset({"false", "no", "off", "n", "0"})


@dataclass(frozen=True, slots=True)
class Given:
    """A key of the front matter as written, with its value, its line and its language."""

    key: str
    value: Value
    line: int | None
    style: Style = "yaml"

    def fault(self, wanted: str) -> ItemError:
        """The error for a value that can't be: what is wanted here, and what was found."""
        found = self.value if isinstance(self.value, str) else _kind(self.value)
        shown = repr(shortened(found, 60)) if isinstance(self.value, str) else found
        return ItemError(f"{self.key}: {wanted}, not {shown}", line=self.line)

    def inner(self, value: Value) -> Given:
        """The same key with one of its inner values."""
        return Given(self.key, value, self.line, self.style)


def _kind(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "nothing"
    return "a table" if isinstance(value, Mapping) else "a list"


def text(given: Given) -> str:
    """Text; yes, no and numbers are what was written."""
    if isinstance(given.value, str):
        return given.value
    if isinstance(given.value, bool):
        return _kind(given.value)
    if given.value is None:
        return ""
    raise given.fault("must be text (if it is, put quotes around it)")


def texts(given: Given, *, at: str = "") -> list[str]:
    """A list of texts; one text is a list of itself, or is split at the characters ``at``."""
    if isinstance(given.value, Sequence) and not isinstance(given.value, str):
        return [text(given.inner(value)) for value in given.value]
    whole = text(given)
    return [part.strip() for part in re.split(f"[{at}]", whole)] if at else [whole]


def is_flag(given: Given) -> bool:
    """Whether the value says yes or no, for keys that may say something else."""
    return isinstance(given.value, bool) or (
        isinstance(given.value, str) and given.value.strip().lower() in _YES | _NO
    )


def flag(given: Given) -> bool:
    """Yes or no."""
    word = text(given).strip().lower()
    if word in _YES:
        return True
    if word in _NO or not word:
        return False
    raise given.fault("must be true or false")


def whole(given: Given) -> int | None:
    """A whole number, not below 0."""
    digits = text(given).strip().replace("_", "")
    if not digits:
        return None
    if re.fullmatch(r"[0-9]{1,15}", digits):
        return int(digits)
    raise given.fault("must be a whole number")


_DURATION = re.compile(r"(?:(?:([0-9]{1,4}):)?([0-9]{1,4}):)?([0-9]{1,7})(?:\.[0-9]*)?")


def duration(given: Given) -> int | None:
    """Seconds, of ``61``, ``1:01`` or ``00:01:01``."""
    written = text(given).strip()
    if not written:
        return None
    if not (found := _DURATION.fullmatch(written)):
        raise given.fault("must be a time such as 1:01:30")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def explicit(given: Given) -> bool:
    """The podcast word: yes, no, and the older ``clean`` and ``explicit``."""
    word = text(given).strip().lower()
    return word == "explicit" or (word != "clean" and flag(given))


# Times

_ISO = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})"
    r"(?:(?:[Tt]|[ ]+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?"
    r"[ ]*(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?",
    re.ASCII,
)
#: Words of Eleventy for times that only its own build knows.
_BUILD_TIMES = frozenset({"created", "last modified", "git created", "git last modified"})
_WANTED_TIME = "must be a time such as 2026-11-22 or 2026-11-22T09:30:00+01:00"


def time(given: Given) -> datetime | None:
    """A time in UTC; without a zone it is UTC, without an hour midnight."""
    written = text(given).strip()
    if not written or written.lower() in _BUILD_TIMES:
        return None
    moment = read_time(written)
    if moment is None:
        raise given.fault(_WANTED_TIME)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise given.fault(f"must be in the years {FIRST_YEAR} to {LAST_YEAR}")
    return moment


def read_time(written: str) -> datetime | None:
    """``written`` in the forms of ISO 8601 and RFC 3339, or of RFC 5322; None if it is neither."""
    found = _ISO.fullmatch(written)
    try:
        if not found:
            moment = parsedate_to_datetime(written)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
        # 24:00 is the end of its day, 23:59:60 a leap second (ISO 8601 4.2.3, RFC 3339 5.7).
        late = (hour, minute, second) == (24, 0, 0)
        moment = datetime(
            year, month, day, 0 if late else hour, minute, min(second, 59), tzinfo=_zone(found[7])
        )
        if second > 60:
            return None
        return (moment + timedelta(days=late)).astimezone(UTC)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


def _zone(written: str | None) -> timezone:
    if not written or written[0] not in "+-":
        return UTC
    digits = written[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 15 or minutes > 59:  # no place on earth ever was further from UTC
        raise ValueError(written)
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if written[0] == "-" else offset)


# Lists of things

_NAME_AND_MAIL = re.compile(r"([^<>]*?)\s*<\s*([^<>\s]+)\s*>")


def authors(given: Given, *, at: str = "") -> Iterator[Author]:
    """Authors: a name, ``Name <mail>``, a table of name, email and uri, or a list of these."""
    if isinstance(given.value, Mapping):
        yield Author(
            _one(given, "name", "title"), _one(given, "email", "mail") or None,
            _one(given, "uri", "url", "website", "homepage", "link") or None,
        )  # fmt: skip
    elif isinstance(given.value, Sequence) and not isinstance(given.value, str):
        for value in given.value:
            yield from authors(given.inner(value))
    else:
        for name in filter(None, texts(given, at=at)):
            if not (found := _NAME_AND_MAIL.fullmatch(name.strip())):
                yield Author(name)
            elif "://" in found[2]:
                yield Author(found[1], None, found[2])
            else:
                yield Author(found[1], found[2])


def categories(given: Given, *, at: str = "") -> Iterator[Category]:
    """Tags: words, tables of term, scheme and label, or a list of these."""
    if isinstance(given.value, Mapping):
        if not (term := _one(given, "term", "name")):
            raise given.fault("must be words, or a list of words")
        yield Category(term, _one(given, "scheme") or None, _one(given, "label") or None)
    elif isinstance(given.value, Sequence) and not isinstance(given.value, str):
        for value in given.value:
            yield from categories(given.inner(value))
    else:
        yield from (Category(term) for term in texts(given, at=at) if term.strip())


_LEGACY_ENCLOSURE = re.compile(r"(\S+)\s+([0-9]{1,15})(?:\s+(\S+/\S+))?\s*")


def enclosures(given: Given) -> Iterator[Enclosure]:
    """Files: an address, WordPress' ``address length type``, a table, or a list of these."""
    if isinstance(given.value, Mapping):
        url = _one(given, "url", "href", "src", "file", "path")
        if not url.strip():
            raise given.fault("must have a url")
        yield Enclosure(
            url,
            _one(given, "type", "mime_type", "mime"),
            whole(_field(given, "length", "size", "size_in_bytes")),
            _one(given, "title", "name") or None,
            duration(_field(given, "duration", "duration_in_seconds")),
        )
    elif isinstance(given.value, Sequence) and not isinstance(given.value, str):
        for value in given.value:
            yield from enclosures(given.inner(value))
    elif found := _LEGACY_ENCLOSURE.fullmatch(text(given).strip()):
        yield Enclosure(found[1], found[3] or "", int(found[2]))
    elif text(given).strip():
        yield Enclosure(text(given).strip(), "")


def places(given: Given) -> Iterator[Via]:
    """Other places of the same story: an address, a table of url and title, or a list of these."""
    if isinstance(given.value, Mapping):
        url = _one(given, "url", "href").strip()
        if not url:
            raise given.fault("must have a url")
        yield Via(url, _one(given, "title", "name").strip() or None)
    elif isinstance(given.value, Sequence) and not isinstance(given.value, str):
        for value in given.value:
            yield from places(given.inner(value))
    elif not is_flag(given) and (url := text(given).strip()):
        yield Via(url)


def address(given: Given) -> str:
    """An address: text, the first of a list, or the one in a table that describes a picture."""
    value = given.value
    if isinstance(value, Sequence) and not isinstance(value, str):
        return address(given.inner(value[0])) if value else ""
    if isinstance(value, Mapping):
        return _one(given, "url", "path", "src", "image", "feature", "teaser")
    return text(given).strip()


def reference(given: Given) -> Reference | None:
    """A transcript or chapters: an address, or a table of url and type."""
    url = address(given)
    kind = _one(given, "type") if isinstance(given.value, Mapping) else ""
    return Reference(url, kind) if url else None


def _field(given: Given, *names: str) -> Given:
    table = given.value if isinstance(given.value, Mapping) else {}
    return given.inner(next((table[name] for name in names if table.get(name) is not None), None))


def _one(given: Given, *names: str) -> str:
    """The first of these fields of a table that is there, as text."""
    return text(_field(given, *names))
