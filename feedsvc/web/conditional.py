"""Conditional and range requests, decided on values alone (RFC 9110 sections 8.8, 13 and 14).

Nothing here knows a request or a response: header values and times go in, a decision comes out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from werkzeug.http import http_date, parse_date, parse_etags

_SECOND = timedelta(seconds=1)


def last_modified(changed_at: datetime, now: datetime) -> datetime:
    """The time to send as ``Last-Modified`` for something that changed at ``changed_at``.

    HTTP dates have whole seconds, changes do not. Rounding up keeps two changes within one second
    apart: whoever fetched between them holds an earlier date than the second change gets. It is
    never later than ``now``, the ``Date`` of the answer (RFC 9110 8.8.2.1), and, as both grow, it
    never goes back.
    """
    return min(rounded_up(changed_at), now.replace(microsecond=0))


def not_modified(
    if_none_match: str | None,
    if_modified_since: str | None,
    *,
    etag: str,
    changed_at: datetime | None,
    now: datetime,
) -> bool:
    """Whether GET or HEAD is answered 304 (RFC 9110 13.2.2).

    ``etag`` is the quoted current one, ``changed_at`` may be unknown. ``If-None-Match`` is compared
    weakly (13.1.2), with and without what a compressing proxy has put at its end, and wins over
    ``If-Modified-Since``, which is ignored when garbled or later than ``now`` (13.1.3).
    """
    if if_none_match is not None:
        known = parse_etags(if_none_match.strip())
        tags = set(filter(None, known.as_set(include_weak=True)))  # of "" it makes None
        return known.star_tag or any(_opaque(etag) in _unmarked(tag) for tag in tags)
    since = parse_date(if_modified_since)
    if since is None or changed_at is None:
        return False
    return rounded_up(changed_at) <= since <= now


def without_coding(tag: str) -> str:
    """An unquoted tag without what content codings, ours or a proxy's, have put at its end."""
    return _unmarked(tag)[-1]


def _unmarked(tag: str) -> list[str]:
    """The tag, and what it was before each coding that has marked it: ours, then a proxy's."""
    forms = [tag]
    for _ in range(_MOST_CODINGS):
        if not (found := _CODING.search(forms[-1])):
            break
        forms.append(forms[-1][: found.start()])
    return forms


_MOST_CODINGS = 3
#: Ours, Apache's mod_deflate and mod_brotli (``-gzip``, ``-br``), Jetty (``--gzip``), others
#: (``;gzip``).
_CODING = re.compile(r"(?:--?|;)(?:gzip|br|zstd|deflate)\Z")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from ``start`` to before ``stop``."""

    start: int
    stop: int


class NotSatisfiable(Exception):
    """A range that lies outside the ``length`` bytes there are: 416."""

    def __init__(self, length: int) -> None:
        self.length = length
        super().__init__(f"only {length} bytes are here")


_BYTES = re.compile(r"bytes=\s*(\d*)-(\d*)\s*", re.ASCII)


def byte_range(
    header: str | None, if_range: str | None, *, length: int, etag: str, modified: datetime
) -> ByteRange | None:
    """The part of ``length`` bytes that a ``Range`` header asks for, None for the whole.

    Several ranges, other units and garbled ones get the whole (RFC 9110 14.2 lets a server ignore
    them), as does an ``If-Range`` that is not exactly the present ``etag`` or date (13.1.5).
    Raises NotSatisfiable.
    """
    found = _BYTES.fullmatch(header or "")
    if not found or len(found[0]) > 50 or (found[1], found[2]) == ("", ""):
        return None
    if if_range is not None and if_range.strip() not in (etag, http_date(modified)):
        return None
    if not found[1]:  # the last so many bytes
        start, stop = max(0, length - int(found[2])), length
    else:
        start, stop = int(found[1]), int(found[2] or length) + 1
    if found[1] and found[2] and stop <= start:
        return None
    if start >= length:
        raise NotSatisfiable(length)
    return ByteRange(start, min(stop, length))


def rounded_up(moment: datetime) -> datetime:
    """The moment if it is a whole second, else the next one that is; in UTC."""
    whole = moment.astimezone(UTC).replace(microsecond=0)
    return whole if whole == moment else whole + _SECOND


def _opaque(etag: str) -> str:
    return etag.removeprefix("W/").strip('"')
