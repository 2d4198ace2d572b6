"""What is said of a document in its headers, put together once for each of its states.

Only two lines of an answer depend on the second in which it is given: ``Date`` and ``Expires``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from werkzeug.http import http_date

from feedsvc.publish import advice
from feedsvc.publish.document import Coding, Head
from feedsvc.web import headers
from feedsvc.web.conditional import last_modified, rounded_up
from feedsvc.web.encodings import OFFERED

Field = tuple[str, str]

_SECOND = timedelta(seconds=1)
_EARLY = datetime.min.replace(tzinfo=UTC)
_LATE = datetime.max.replace(tzinfo=UTC)
_CODINGS: tuple[Coding, ...] = ("identity", *OFFERED)
#: On every form: a cache must know of the others before it hands one to somebody else (S11).
_VARY = "Accept-Encoding"


class Said:
    """The headers of a document in one state, for each coding, without its dates.

    ``location`` is the address of this form, where ``Accept`` chose it. They hold from ``start`` to
    ``end``: before it ``Last-Modified`` would be later than the answer, after it the next entry
    comes sooner than the document's own advice would let a client ask. Outside, for ``now`` alone.
    """

    __slots__ = (
        *("head", "etags", "modified", "max_age", "start", "end"),
        *("unchanged", "whole", "sizes"),
    )

    def __init__(
        self, head: Head, location: str | None, now: datetime, sizes: dict[Coding, int]
    ) -> None:
        self.head = head
        self.start = rounded_up(head.last_modified)
        self.end = _LATE
        self.max_age: int | None = None
        if head.ttl is not None and not head.private:
            good = advice.max_age(head.ttl, head.next_at, now)
            self.max_age = int(good.total_seconds())
            if good < head.ttl:
                self.end = _EARLY
            elif head.next_at is not None and head.next_at > now:
                self.end = head.next_at - head.ttl
            elif head.next_at is not None:  # long overdue
                self.start = max(self.start, now)
        tags = [head.etag_in(coding) for coding in _CODINGS]
        #: How a client that has this state names it, most often.
        self.etags = frozenset([*tags, *(f"W/{tag}" for tag in tags)])
        #: And how by date.
        modified = rounded_up(head.last_modified)
        self.modified = http_date(modified) if modified <= now else None
        #: Of a 304 and of a 200, by coding.
        self.unchanged: dict[Coding, tuple[Field, ...]] = {}
        self.whole: dict[Coding, tuple[Field, ...]] = {}
        #: The bytes of each coding, as far as they were ever needed; may be an older state's.
        self.sizes = sizes
        cache = headers.PRIVATE if head.private else headers.polled(self.max_age)
        for coding in _CODINGS:
            fields = _fields(head, coding, cache, _VARY, location, now)
            self.unchanged[coding] = fields
            self.whole[coding] = (*_body_fields(head, coding), *fields)


def delta_fields(
    head: Head, coding: Coding, base: str, location: str | None, now: datetime
) -> tuple[Field, ...]:
    """The headers of a 226 (RFC 3229 10.4.1) since ``base``, which is the client's, unquoted.

    ``im`` lets only those caches store it that know what it is (10.8.3).
    """
    vary = f"{_VARY}, A-IM, If-None-Match"
    cache = headers.PRIVATE if head.private else "no-store, im"
    return (
        *_body_fields(head, coding),
        ("IM", "feed"),
        ("Delta-Base", f'"{base}"'),
        *_fields(head, coding, cache, vary, location, now),
    )


def _fields(
    head: Head, coding: Coding, cache: str, vary: str, location: str | None, now: datetime
) -> tuple[Field, ...]:
    """What a 304 repeats of the 200 (RFC 9110 15.4.5), and what makes both safe."""
    links = headers.link_header(head.links)
    return (
        ("ETag", head.etag_in(coding)),
        ("Last-Modified", http_date(last_modified(head.last_modified, now))),
        ("Cache-Control", cache),
        ("Vary", f"{vary}, Accept" if location else vary),
        *([("Link", links)] if links else ()),
        *([("Content-Location", headers.ascii_uri(location))] if location else ()),
        *headers.READ_ANYWHERE.items(),
        *headers.ALWAYS.items(),
    )


def _body_fields(head: Head, coding: Coding) -> tuple[Field, ...]:
    kind = ("Content-Type", head.media_type)
    return (kind,) if coding == "identity" else (kind, ("Content-Encoding", coding))


class Dates:
    """``Date``, and ``Expires`` where something is good for a while; made once a second."""

    def __init__(self) -> None:
        self._second: tuple[datetime, datetime, dict[int | None, tuple[Field, ...]]]
        self._second = (_EARLY, _EARLY, {})

    def at(self, now: datetime, good: int | None) -> tuple[Field, ...]:
        """The fields of an answer that is given now and good for so many seconds."""
        start, end, made = self._second
        if not start <= now < end:
            start = now.replace(microsecond=0)
            made = {}
            self._second = (start, start + _SECOND, made)
        fields = made.get(good)
        if fields is None:
            date = ("Date", http_date(start))
            fields = (date,)
            if good is not None:
                fields = (date, ("Expires", http_date(start + timedelta(seconds=good))))
            made[good] = fields
        return fields
