"""Which foreign feeds a feed is made of, as it says so itself. Pure."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from feedsvc.config import FeedSection, Settings
from feedsvc.formats import clean
from feedsvc.model import MAIN_FEED, Source, shortened
from feedsvc.store import SourceRow

#: So many sources are named in a feed at most, in so many bytes, and in so much of its bound.
MOST = 50
_MOST_BYTES = 16 * 1024
_PART = 8
#: What a source takes in any format beside its texts.
_FRAME = 64


def sources_of(settings: Settings, rows: Iterable[SourceRow]) -> dict[str, tuple[Source, ...]]:
    """By feed the sources whose items it takes, in the order of their names.

    A source that names no feed feeds main. Of many the first are named. One that has never been
    read is not, whatever its address is, nor one that is read from elsewhere than the web. User
    names, passwords, and queries that look like one are left out.
    """
    into: dict[str, list[Source]] = {}
    for row in rows:
        if row.state.status != "ended" and row.state.last_success_at is not None:
            source = _source(row)
            if source.url or source.feed_url:
                into.setdefault(row.spec.into or MAIN_FEED, []).append(source)
    return {feed.name: found for feed in settings.all_feeds() if (found := _named(feed, into))}


def _named(feed: FeedSection, into: dict[str, list[Source]]) -> tuple[Source, ...]:
    found = [one for name in (feed.name, *feed.formerly) for one in into.get(name, ())]
    found.sort(key=lambda one: ((one.title or "").casefold(), one.feed_url or ""))
    return tuple(_within(found[:MOST], min(_MOST_BYTES, feed.max_bytes // _PART)))


def _within(sources: Iterable[Source], most: int) -> Iterator[Source]:
    for source in sources:
        texts = "".join((source.title or "", source.url or "", source.feed_url or ""))
        most -= _FRAME + len(html.escape(texts).encode())
        if most < 0:
            return
        yield source


def _source(row: SourceRow) -> Source:
    feed_url = _public(row.spec.url)
    page = _public(row.state.site_url)
    title = clean.text(row.spec.name or row.state.title)
    host = urlsplit(feed_url or "").hostname or ""
    return Source(shortened(title, clean.NAME_MAX) or host, page, feed_url)


def _public(address: str | None) -> str | None:
    """An address of the web as everybody may have it; None for any other."""
    url = clean.url(clean.public(address)) if address else None
    return url if url and url.startswith(("http://", "https://")) else None
