"""The place where documents are kept that were made already."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from feedsvc.model import Link
from feedsvc.publish.document import Format


@dataclass(frozen=True, slots=True)
class Document:
    """Bytes to be served, with their validators (RFC 9110 8.8).

    ``etag`` is strong and quoted, made from the bytes; ``last_modified`` keeps its microseconds,
    for whoever has to tell two changes within one second apart.
    """

    body: bytes
    media_type: str
    etag: str
    last_modified: datetime
    links: tuple[Link, ...] = ()

    @classmethod
    def of(
        cls, body: bytes, media_type: str, last_modified: datetime, links: tuple[Link, ...] = ()
    ) -> Document:
        """The document of these bytes."""
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        return cls(body, media_type, etag, last_modified, links)


class Cache:
    """The last documents that were made, each with the revision it was made of. Thread-safe."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[str, Format], tuple[int, Document]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, form: Format, revision: int, make: Callable[[], Document]) -> Document:
        """The document of this revision: the one that is kept, else what ``make`` makes."""
        with self._lock:
            known, document = self._kept.get((key, form), (None, None))
            if document and known == revision:
                self._kept.move_to_end((key, form))
                return document
        document = make()
        with self._lock:
            self._kept[key, form] = (revision, document)
            self._kept.move_to_end((key, form))
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return document
