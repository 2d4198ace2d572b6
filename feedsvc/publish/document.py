"""What is given out: the name of a document, what is known of it without its bytes, and itself."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from feedsvc.model import Link
from feedsvc.publish.encodings import Coding, encode

Format = Literal["rss", "atom", "json"]
Kind = Literal["live", "archive", "search", "opml"]

__all__ = ["Coding", "Document", "Format", "Head", "Kind", "Target"]


@dataclass(frozen=True, slots=True)
class Target:
    """The one name of a document.

    ``key`` is the feed's (a declared name, ``tag:KEY``, ``author:KEY``), or the query of a search;
    ``number`` that of an archive page. The list of feeds (OPML) has no key, and one form.
    """

    kind: Kind
    key: str
    form: Format = "rss"
    number: int = 0


@dataclass(frozen=True, slots=True)
class Head:
    """All that is said of a document before its bytes; known without making them.

    ``etag`` is strong, quoted and that of the identity coding; ``last_modified`` keeps its
    microseconds, for whoever has to tell two changes within one second apart. ``ttl`` is how long a
    poller may wait, as the document says it itself; None when there is nothing to say. ``next_at``
    is when the feed's next scheduled entry comes, ``delta`` whether the feed may be asked for what
    is new alone. A ``private`` document is for the feed's subscribers alone.
    """

    etag: str
    last_modified: datetime
    media_type: str
    ttl: timedelta | None = None
    next_at: datetime | None = None
    links: tuple[Link, ...] = ()
    delta: bool = False
    private: bool = False

    def etag_in(self, coding: Coding) -> str:
        """The ETag of the same in a coding: other bytes, so another one (RFC 9110 8.8.3.3)."""
        return self.etag if coding == "identity" else f'{self.etag[:-1]}-{coding}"'


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """Bytes to be served, and what is said of them. Safe to use from several threads."""

    head: Head
    _identity: bytes
    _coded: dict[Coding, bytes] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def body(self, coding: Coding = "identity") -> bytes:
        """The bytes in a coding, which is done once."""
        if coding == "identity":
            return self._identity
        if (known := self._coded.get(coding)) is not None:
            return known
        with self._lock:
            if coding not in self._coded:
                self._coded[coding] = encode(self._identity, coding)
            return self._coded[coding]

    def under(self, head: Head) -> Document:
        """The same bytes, of which something else is said."""
        return replace(self, head=head)

    def with_coded(self, coding: Coding, coded: bytes) -> Document:
        """The same bytes, which another process has coded already."""
        return replace(self, _coded={**self._coded, coding: coded})

    def ready(self, coding: Coding) -> bytes | None:
        """The bytes in a coding, if that is done already."""
        return self._identity if coding == "identity" else self._coded.get(coding)

    @property
    def size(self) -> int:
        """The bytes that are kept of it, in all codings so far."""
        return len(self._identity) + sum(map(len, list(self._coded.values())))
