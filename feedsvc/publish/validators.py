"""Validators (RFC 9110 8.8) that come from where the store stands, never from bytes. Pure.

So one is known without rendering, is the same on every node and after every restart, and one that
a client sends back tells which revision it holds, without anything being kept: that is the known
base of a delta (RFC 3229). The digest in it says that it is of this document, of this
configuration and program, and of this history: a store that was put back to an older state and
went on from there gives its revisions other times.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from feedsvc.publish.document import Target

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
#: One of ours as it comes back: weakened by a proxy, with a coding at its end, without quotes.
_OURS = re.compile(
    r'(?:W/)?("?)([0-9a-z]{1,13})\.([0-9a-z]{1,13})\.([0-9a-f]{16})'
    r"(?:(?:--?|;)(?:gzip|br|zstd|deflate))?\1",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Base:
    """What a client holds: the revision of its document, and that revision's time."""

    revision: int
    changed_at: datetime


def subject(about: str, guid: str, target: Target) -> str:
    """What a validator is of: a document, and all that goes into it beside the store's state.

    ``about`` stands for the settings and the program, ``guid`` is the feed's.
    """
    return json.dumps([about, guid, target.kind, target.number, target.form])


def mint(subject: str, revision: int, changed_at: datetime) -> str:
    """The ETag of a document at a revision, quoted and strong."""
    return f'"{_opaque(subject, revision, (changed_at - _EPOCH) // _MICROSECOND)}"'


def verify(subject: str, etag: str) -> Base | None:
    """What was minted into an ETag that came back; None for one that this subject never had."""
    found = _OURS.fullmatch(etag.strip())
    if found is None:
        return None
    revision, microseconds = int(found[2], 36), int(found[3], 36)
    if _opaque(subject, revision, microseconds) != ".".join(found.group(2, 3, 4)):
        return None
    return Base(revision, _EPOCH + timedelta(microseconds=microseconds))


def of_search(about: str, guid: str, target: Target, found: Iterable[tuple[int, int]]) -> str:
    """The ETag of what a search found, by the row and the revision of each item, in their order.

    The store keeps no revision for a search: it changes when what it finds does.
    """
    state = [about, guid, target.key, target.form, [list(pair) for pair in found]]
    return f'"{_digest(json.dumps(state), 32)}"'


def of_bytes(body: bytes) -> str:
    """The ETag of a document that is made to know it."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _opaque(subject: str, revision: int, microseconds: int) -> str:
    digest = _digest(json.dumps([subject, revision, microseconds]), 16)
    return f"{_base36(revision)}.{_base36(microseconds)}.{digest}"


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
