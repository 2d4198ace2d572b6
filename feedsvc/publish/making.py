"""Makes a document of what the store holds: each from one snapshot, which its validators are of."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from feedsvc.errors import ItemError
from feedsvc.model import MAIN_FEED, Item
from feedsvc.publish import advice, composing, marking, validators
from feedsvc.publish.document import Document, Head, Target
from feedsvc.publish.heads import Heads, Known
from feedsvc.publish.rendering import Renderer
from feedsvc.store import FeedState, Store
from feedsvc.store.membership import private_feeds

#: How long a feed tells of an item that has left it, and how old the base of a delta may be.
TOMBSTONES_KEPT = timedelta(days=30)
#: A delta has so many entries and tombstones at most, whatever the feed's size, and no more bytes
#: than the feed may have.
DELTA_ENTRIES = 500
#: How often a search is made again because something was published while it was made.
_TRIES = 5


class Maker:
    """Asks the store, composes and renders. Keeps nothing but what could not be rendered."""

    def __init__(self, store: Store, heads: Heads) -> None:
        self._store = store
        self._heads = heads
        self._renderer = Renderer()

    def dropped(self) -> tuple[ItemError, ...]:
        """Items that could not be rendered and were left out of their feeds, so far."""
        return self._renderer.dropped()

    def make(self, target: Target, known: Known) -> Document | None:
        """The document as it is now, which may be newer than what is known of it."""
        if target.kind == "search":
            return self._search(target, known)
        if target.kind == "archive":
            return self._archive(target, known)
        return self._live(target, known)

    def delta(self, target: Target, known: Known, base: validators.Base) -> Document | None:
        """What is new since a base, None when the whole is to be sent."""
        section = known.sections.of(target.key)
        delta = self._store.delta(
            target.key, revision=base.revision, at=base.changed_at, limit=DELTA_ENTRIES
        )
        if delta is None:
            return None
        delta = replace(delta, items=self._marked(delta.items, delta.state, known))
        composed = composing.delta(known.sections, delta, target)
        if not composed:
            return None
        feed, items = composed
        body = self._renderer.render(target.form, feed, items)
        if len(body) > section.max_bytes:
            return None
        head = _head_of(known, delta.state.revision, delta.state.changed_at)
        head = replace(head, ttl=advice.ttl(delta.times), links=feed.links)
        return Document(replace(head, private=delta.state.private), body)

    def _live(self, target: Target, known: Known) -> Document | None:
        limit = known.sections.of(target.key).page_size
        live = self._store.live(target.key, limit=limit, kept=TOMBSTONES_KEPT)
        if live is None:
            return None
        live = replace(live, items=self._marked(live.items, live.state, known))
        feed, items = composing.live(known.sections, live, target, self._renderer.render)
        head = _head_of(known, live.state.revision, live.state.changed_at)
        private = live.state.private
        head = replace(head, ttl=advice.ttl(live.times), links=feed.links, private=private)
        return Document(
            # Who keeps things by a head tells it by what it is, not by what it says.
            known.head if head == known.head else head,
            self._renderer.render(target.form, feed, items),
        )

    def _archive(self, target: Target, known: Known) -> Document | None:
        page = self._store.page(target.key, target.number)
        if page is None:
            return None
        page = replace(page, items=self._marked(page.items, page.state.feed, known))
        feed, items = composing.page(known.sections, page, target)
        head = _head_of(known, page.state.revision, page.state.changed_at)
        if head.private != page.state.feed.private:
            head = replace(head, private=page.state.feed.private)
        return Document(head, self._renderer.render(target.form, feed, items))

    def _marked(self, items: tuple[Item, ...], feed: FeedState, known: Known) -> tuple[Item, ...]:
        """The items of a private feed's document: the private ones are asked for with a token."""
        if not feed.private:
            return items
        specs, site_url = self._store.deciding(), known.sections.site.url
        return tuple(
            marking.marked_item(item, site_url) if private_feeds(item, specs) else item
            for item in items
        )

    def _search(self, target: Target, known: Known) -> Document:
        main = self._heads.main()
        limit = known.sections.of(MAIN_FEED).page_size
        etag = None
        for _ in range(_TRIES):
            # The store has no snapshot of a search. What was found before the items were read and
            # is found after, was there in between.
            found = self._store.found(target.key, limit=limit)
            items = tuple(self._store.search(target.key, limit=limit))
            if found == self._store.found(target.key, limit=limit):
                about = known.sections.about(target)
                etag = validators.of_search(about, main.guid, target, found)
                break
        feed, shown = composing.search(known.sections, main, items, target, self._renderer.render)
        body = self._renderer.render(target.form, feed, shown)
        etag = etag or validators.of_bytes(body)
        same = etag == known.head.etag
        return Document(known.head if same else replace(known.head, etag=etag), body)


def _head_of(known: Known, revision: int, changed_at: datetime) -> Head:
    """The head of the state that a document was made of."""
    if revision == known.revision and changed_at == known.head.last_modified:
        return known.head
    etag = validators.mint(known.subject, revision, changed_at)
    return replace(known.head, etag=etag, last_modified=changed_at)
