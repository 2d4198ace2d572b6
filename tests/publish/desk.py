"""A publisher's desk for tests of documents: a service, a clock that only tests move."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

import feedparser
from laid import lay

from feedsvc import config
from feedsvc.formats import upstream
from feedsvc.formats.parsed import ParsedFeed
from feedsvc.model import Item
from feedsvc.publish.document import Coding, Document, Format, Target
from feedsvc.service import Service
from feedsvc.store import Put, Withdraw

START = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
FORMATS: tuple[Format, ...] = get_args(Format)
CODINGS: tuple[Coding, ...] = get_args(Coding)
SITE = "https://example.org"
SETTINGS = """
[site]
title = "Site"
url = "https://example.org"
author = { name = "The editor" }
[[feeds]]
name = "main"
page_size = 3
[[feeds]]
name = "short"
content = "summary"
[[feeds]]
name = "small"
max_bytes = 16384
"""


class Desk:
    """A service whose clock is set by hand; something done takes a second."""

    def __init__(self, folder: Path, settings: str = SETTINGS) -> None:
        self.path = folder / "config.toml"
        self.database = folder / "var" / "feedsvc.db"
        self.clock = START
        self.configure(settings)
        lay(self.database, self.clock)
        self.service = self.opened()

    def configure(self, settings: str) -> None:
        """Write another configuration, for the next opening."""
        self.path.write_text(settings, encoding="utf-8")

    def opened(self) -> Service:
        """One more service on the same store."""
        return Service.open(config.load(self.path, {}), clock=lambda: self.clock)

    def reopen(self, settings: str | None = None) -> None:
        """Close the service and open it again, a second later."""
        self.service.close()
        self.clock += timedelta(seconds=1)
        if settings is not None:
            self.configure(settings)
        self.service = self.opened()

    def put(self, item: Item) -> str:
        """Publish an item, or a new version of one; its guid."""
        self.clock += timedelta(seconds=1)
        (outcome,) = self.service.store.apply([Put(item)], self.clock)
        assert outcome.guid, outcome.reason
        return outcome.guid

    def put_many(self, first: int, last: int, **fields: Any) -> list[str]:
        """Publish items of these numbers, one after the other."""
        return [self.put(an_item(number, **fields)) for number in range(first, last + 1)]

    def withdraw(self, guid: str) -> None:
        """Take an item out."""
        self.clock += timedelta(seconds=1)
        self.service.store.apply([Withdraw(guid)], self.clock)

    def document(self, key: str = "main", form: Format = "rss") -> Document:
        """The subscription document of a feed."""
        return self.made(Target("live", key, form))

    def made(self, target: Target) -> Document:
        """Any document, which says of itself what was known before it was made."""
        head = self.service.documents.head(target)
        document = self.service.documents.document(target)
        assert document is not None
        assert document.head is head
        return document

    def head(self, target: Target) -> str:
        """The ETag of a document."""
        head = self.service.documents.head(target)
        assert head is not None
        return head.etag

    def heads(self, key: str = "main") -> dict[Target, tuple[str, datetime]]:
        """The validators of all documents of a feed."""
        found = {}
        for target in self.targets(key):
            head = self.service.documents.head(target)
            assert head is not None
            found[target] = (head.etag, head.last_modified)
        return found

    def targets(self, key: str = "main") -> Iterator[Target]:
        """The names of all documents of a feed."""
        state = self.service.store.feed_state(key)
        assert state is not None
        for form in FORMATS:
            yield Target("live", key, form)
            for number in range(1, state.pages + 1):
                yield Target("archive", key, form, number)


def an_item(number: int = 1, **fields: object) -> Item:
    """A short item; items of different numbers differ in all they say."""
    words = {"title": f"Title {number}", "content_html": f"<p>Words {number}</p>"}
    return Item(**{**words, "slug": f"item-{number}", **fields})  # type: ignore[arg-type]


@lru_cache(maxsize=256)  # a document stays the same one as long as nothing in it changes
def parsed(document: Document) -> ParsedFeed:
    """A document as our own readers read it."""
    return upstream.read(document.body(), content_type=document.head.media_type)


def titles(document: Document) -> list[str]:
    """The items' titles, in their order."""
    if "json" in document.head.media_type:
        return [item.title for item in parsed(document).items]
    return [entry.title for entry in feedparser.parse(io.BytesIO(document.body())).entries]
