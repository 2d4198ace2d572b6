"""One function for each kind of field: given what came in, what the model may hold.

Each adds a sentence to ``notes`` for everything it had to change beyond white space.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime

from feedsvc import model
from feedsvc.formats.clean import _addresses, _characters

SLUG_MAX = 100
LANGUAGE_MAX = 35  #: RFC 5646 4.4.1
#: Years that every date format of feeds and every parser of ours can carry.
FIRST_YEAR, LAST_YEAR = 1000, 2999

Notes = list[str]


def line(value: str, name: str, most: int, notes: Notes) -> str:
    """A plain text field of at most ``most`` characters, cut at a word."""
    if not value:
        return ""
    kept, dropped = _characters.one_line(value)
    if dropped:
        _say_dropped(name, dropped, notes)
    if len(kept) > most:
        notes.append(f"{name}: cut to {most} characters")
        # What the cut leaves is clean again, whatever pair it went through.
        kept = _characters.one_line(model.shortened(kept, most))[0]
    return kept


def _say_dropped(name: str, dropped: int, notes: Notes) -> None:
    characters = "character that feeds" if dropped == 1 else "characters that feeds"
    notes.append(f"{name}: dropped {dropped} {characters} can't carry")


def address(value: str | None, name: str, base: str, notes: Notes) -> str | None:
    """An http or https address, absolute."""
    if not value or not value.strip():
        return None
    kept = _addresses.url(value, base=base)
    if kept is None:
        notes.append(f"{name}: dropped {shown(value)}, no http or https address")
    elif _addresses.names_user(value):
        notes.append(f"{name}: dropped the user name and password before the host")
    return kept


def guid(value: str, notes: Notes) -> str:
    """A guid, which is an IRI (RFC 4287 4.2.6)."""
    kept = _addresses.guid(value)
    if kept == value:
        return kept
    if kept == _addresses.without_user(value.strip()) != value.strip():
        notes.append("guid: dropped the user name and password before the host")
    elif kept != value.strip():
        notes.append(f"guid: {shown(value)} is no usable IRI; {kept or 'nothing'} stands for it")
    return kept


def scheme(value: str | None, notes: Notes) -> str | None:
    """A category's vocabulary, which is an IRI (RFC 4287 4.2.2.2)."""
    if not value or not value.strip():
        return None
    kept = _addresses.without_user(value.strip())
    if kept != value.strip():
        notes.append("category scheme: dropped the user name and password before the host")
    if len(kept) <= _addresses.GUID_MAX and _addresses.is_iri(kept):
        return kept
    notes.append(f"category scheme: dropped {shown(value)}, no IRI")
    return None


def time(value: datetime | None, name: str, notes: Notes) -> datetime | None:
    """A time in UTC and whole seconds; one without a zone is UTC."""
    if value is None:
        return None
    if value.tzinfo is UTC and not value.microsecond and FIRST_YEAR <= value.year <= LAST_YEAR:
        return value  # most of what comes
    try:
        kept = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (OverflowError, ValueError):  # the year 1 or 9999 pushed out by its zone
        kept = None
    if kept is None or not FIRST_YEAR <= kept.year <= LAST_YEAR:
        notes.append(f"{name}: dropped the year {value.year}, which no reader gets right")
        return None
    return kept.replace(microsecond=0)


_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def language(value: str | None, notes: Notes) -> str | None:
    """A language tag in its usual capitals (RFC 5646 2.1.1): ``PT_br`` becomes ``pt-BR``."""
    tag = (value or "").strip().replace("_", "-")
    if not tag:
        return None
    if len(tag) > LANGUAGE_MAX or not _LANGUAGE.fullmatch(tag):
        notes.append(f"language: dropped {shown(tag)}, no language tag such as en or pt-BR")
        return None
    subtags = tag.lower().split("-")
    return "-".join(map(_in_capitals, subtags, ["x", *subtags]))


def _in_capitals(subtag: str, before: str) -> str:
    """A region in capitals, a script with one, unless a singleton stands before or it is first."""
    if len(before) == 1:
        return subtag
    if len(subtag) == 4 and subtag.isalpha():
        return subtag.title()
    return subtag.upper() if len(subtag) == 2 else subtag


def email(value: str | None, notes: Notes) -> str | None:
    """An e-mail address, its shape only."""
    kept = _characters.one_line(value or "")[0]
    if not kept:
        return None
    if len(kept) <= 254 and re.fullmatch(r"[^@\s<>\"(),:;]+@[^@\s<>\"(),:;]+", kept):
        return kept
    notes.append(f"author: dropped {shown(kept)}, no e-mail address")
    return None


def count(value: int | None, name: str, notes: Notes, *, least: int = 1) -> int | None:
    """A whole number that the store can hold; None for what says nothing, such as 0 bytes."""
    if value is None or least > value == 0:
        return None
    if not least <= value < 2**53:  # beyond it JSON readers lose digits (RFC 8259 6)
        notes.append(f"{name}: dropped {str(value)[:20]}")
        return None
    return value


def slug(value: str) -> str:
    """``value`` as the last part of an address: lower-case letters, digits, ``-`` and ``_``.

    Letters of any script stay what they are. At most 100 characters; empty when nothing is left.
    """
    if not value:
        return ""
    text = unicodedata.normalize("NFC", _characters.one_line(value)[0]).lower()
    # Lower case may come apart into letter and mark (İ), so composed again.
    text = unicodedata.normalize("NFC", text)
    kept = "".join(c if c == "_" or unicodedata.category(c)[0] in "LNM" else "-" for c in text)
    kept = re.sub("-{2,}", "-", kept)[:SLUG_MAX]
    # A slug of marks alone would be drawn onto the slash before it.
    while kept and (kept[0] == "-" or unicodedata.category(kept[0])[0] == "M"):
        kept = kept[1:]
    return kept.rstrip("-")


def shown(value: str) -> str:
    """A value as a note may show it: short, on one line."""
    return repr(model.shortened(_characters.one_line(value)[0], 60))
