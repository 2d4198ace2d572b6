"""The one document maker: a feed's items from the store, rendered once for each revision.

Whoever shows a feed, polls, pages and exports alike, comes here, so its bytes and its validators
can never disagree. A document depends on the feed's own revision and on nothing else: no clock, no
other feed's changes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from types import ModuleType
from typing import get_args
from urllib.parse import quote

from feedsvc.config import FeedSection, Settings
from feedsvc.errors import ItemError, StoreError
from feedsvc.formats import atom, jsonfeed, opml, rss
from feedsvc.model import MAIN_FEED, Feed, Item, Link, excerpt
from feedsvc.publish.addresses import addresses, search_addresses
from feedsvc.publish.cache import Cache, Document
from feedsvc.publish.document import Format
from feedsvc.store import FeedState, Store

FORMATS: tuple[Format, ...] = get_args(Format)
_MAKERS: dict[Format, ModuleType] = {"rss": rss, "atom": atom, "json": jsonfeed}

#: How long a feed tells of an item that has left it.
TOMBSTONES_KEPT = timedelta(days=30)
#: An item's text grows by escaping, and parts of it stand twice, but never beyond this.
_GROWS_AT_MOST = 10
#: Bytes of a document's own links, which come last.
_LINKS = 1024
#: What pollers are told to wait, in the HTTP header and in the feed alike.
MAX_AGE = timedelta(minutes=15)
_CACHED_FEEDS = 256
_CACHED_SEARCHES = 32


@dataclass(frozen=True, slots=True)
class FeedView:
    """A feed and the items that stand in it now, for a document or a page."""

    key: str
    feed: Feed
    items: tuple[Item, ...]
    state: FeedState
    addresses: dict[str, str]  #: of the ``page`` for people and of each format


class Documents:
    """Makes every public document. Safe to use from several threads."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._site = settings.site
        self._home = f"{settings.site.url}/"
        self._sections = {feed.name: feed for feed in settings.all_feeds()}
        self._feeds = Cache(_CACHED_FEEDS)
        self._searches = Cache(_CACHED_SEARCHES)  # apart: whoever makes up queries evicts no feed
        self._fitting: dict[str, tuple[int, int]] = {}
        self._dropped: dict[str, ItemError] = {}
        self._lock = threading.Lock()

    def view(self, key: str) -> FeedView | None:
        """A feed with its newest items, None when there is no such feed.

        ``key`` is a declared name, ``tag:KEY`` or ``author:KEY``.
        """
        state = self._store.feed_state(key)
        return self._view(state) if state and not state.ended else None

    def document(self, key: str, form: Format) -> Document | None:
        """A feed in one format, None when there is no such feed."""
        state = self._store.feed_state(key)
        if state is None or state.ended:
            return None
        # The items may be newer than the state read before them; then the document is right
        # already and is only made once more at the next request.
        return self._feeds.get(
            key, form, state.revision, lambda: self._render(self._view(state), form)
        )

    def search_view(self, query: str) -> FeedView:
        """What a search finds, newest first, as a feed."""
        main = self._main()
        section = self._sections[MAIN_FEED]
        items = tuple(self._store.search(query, limit=section.page_size))
        # The store keeps no revision for a search: it changes when its items do, and, for
        # pollers that ask by date alone, at the latest when the main feed does.
        newest = max((item.updated for item in items if item.updated), default=main.created_at)
        updated = min(newest, main.changed_at)
        feed = self._feed(main, section, search_addresses(self._site.url, query)["page"])
        feed = replace(
            feed,
            id=f"{main.guid}/search/{quote(query, safe='')}",
            title=f"{self._site.title}: “{query}”",
            updated=updated.replace(microsecond=0),
            tombstones=(),
            complete=len(items) < section.page_size,
        )
        return FeedView(
            f"search:{query}",
            feed,
            _shown(items, section, feed),
            main,
            search_addresses(self._site.url, query),
        )

    def search_document(self, query: str, form: Format) -> Document:
        """What a search finds, in one format."""
        revision = self._main().revision  # a search shows what is live in main
        return self._searches.get(
            query, form, revision, lambda: self._render(self.search_view(query), form)
        )

    def opml(self) -> Document:
        """All public feeds as an OPML 2.0 list, the main feed first."""
        states = {state.key: state for state in self._store.feed_states("feed")}
        shown = [states[name] for name in self._sections if name in states]
        outlines = []
        for state in shown:
            where = addresses(self._site.url, state.key)
            title = self._title(state, self._sections[state.key])
            outlines.append(opml.Outline(title, where["rss"], where["page"]))
        updated = max((state.created_at for state in shown), default=self._main().created_at)
        body = opml.render(self._site.title, outlines, updated=updated)
        return Document.of(body, opml.MEDIA_TYPE, updated)

    def dropped(self) -> tuple[ItemError, ...]:
        """Items that could not be rendered and were left out of their feeds, so far."""
        with self._lock:
            return tuple(self._dropped.values())

    def _main(self) -> FeedState:
        state = self._store.feed_state(MAIN_FEED)
        if state is None:
            raise StoreError("the store has no feeds yet; `feedsvc sync` declares them")
        return state

    def _view(self, state: FeedState) -> FeedView:
        section = self._sections.get(state.key, self._sections[MAIN_FEED])
        items = self._store.entries(state.key, limit=section.page_size)
        where = addresses(self._site.url, state.key)
        tombstones = self._store.tombstones(state.key, since=state.changed_at - TOMBSTONES_KEPT)
        feed = replace(
            # The main feed is the site's: whoever follows its link comes to the front door.
            self._feed(state, section, where["page"] if state.key != MAIN_FEED else self._home),
            tombstones=tuple(tombstones),
            complete=state.count <= section.page_size,
        )
        return FeedView(state.key, feed, _shown(items, section, feed), state, where)

    def _feed(self, state: FeedState, section: FeedSection, page: str) -> Feed:
        site = self._site
        author = section.author or site.author
        return Feed(
            id=state.guid,
            title=self._title(state, section),
            url=page,
            updated=state.changed_at.replace(microsecond=0),
            description=section.description or site.description,
            language=section.language or site.language,
            authors=(author.author(),) if author else (),
            rights=site.rights,
            image=site.image,
            icon=site.icon,
            ttl=int(MAX_AGE.total_seconds() // 60),
        )

    def _title(self, state: FeedState, section: FeedSection) -> str:
        if state.key == MAIN_FEED:
            return section.title or self._site.title
        if state.key.startswith("tag:"):
            return f"{self._site.title}: #{state.label}"
        if state.key.startswith("author:"):
            return f"{self._site.title}: {state.label}"
        return section.title or f"{self._site.title}: {state.label}"

    def _render(self, view: FeedView, form: Format) -> Document:
        maker = _MAKERS[form]
        link = Link("self", view.addresses[form], maker.MEDIA_TYPE.partition(";")[0])
        feed = replace(view.feed, links=(link, *view.feed.links))
        items = view.items[: self._fits(view)]
        if len(items) < len(view.items):
            feed = replace(feed, complete=False)
        body = self._sound(maker.render, feed, list(items))
        return Document.of(body, maker.MEDIA_TYPE, view.state.changed_at, feed.links)

    def _fits(self, view: FeedView) -> int:
        """How many of the newest items keep every format within the feed's bytes; one at least."""
        most = self._sections.get(view.key, self._sections[MAIN_FEED]).max_bytes
        count = len(view.items)
        if count < 2 or _GROWS_AT_MOST * len(repr(view.items).encode()) < most:
            return count
        revision, known = self._fitting.get(view.key, (None, 0))
        if revision == view.state.revision:
            return known

        def fit(number: int) -> bool:
            items = list(view.items[:number])
            bodies = (self._sound(_MAKERS[form].render, view.feed, items) for form in FORMATS)
            return all(len(body) + _LINKS <= most for body in bodies)

        low, high = 1, count
        middle = count  # most often all do
        while low < high:
            low, high = (middle, high) if fit(middle) else (low, middle - 1)
            middle = (low + high + 1) // 2
        if not view.key.startswith("search:"):
            self._fitting[view.key] = (view.state.revision, low)
        return low

    def _sound(
        self, render: Callable[[Feed, Sequence[Item]], bytes], feed: Feed, items: list[Item]
    ) -> bytes:
        """The rendered feed without the items that can't be rendered, which are remembered."""
        while True:
            try:
                return render(feed, items)
            except ItemError as error:
                sound = [item for item in items if item.guid != error.where]
                if len(sound) == len(items):
                    raise
                items = sound
                with self._lock:
                    self._dropped[error.where] = error


def _shown(items: Sequence[Item], section: FeedSection, feed: Feed) -> tuple[Item, ...]:
    """The items as this feed shows them.

    One of our own without an author is by the feed's: most readers look for the name in the entry
    alone. One from elsewhere that names nobody is by nobody we know.
    """
    return tuple(_shown_one(item, section, feed) for item in items)


def _shown_one(item: Item, section: FeedSection, feed: Feed) -> Item:
    authors = item.authors or (feed.authors if item.source is None else ())
    if section.content == "full":
        return replace(item, authors=authors)
    return replace(item, authors=authors, summary=excerpt(item), content_html="")
