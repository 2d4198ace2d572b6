"""The one document maker: what the store holds, rendered and coded once for each revision.

Whoever shows a feed, polls, pages and exports alike, comes here. A document and its validators
come from one snapshot of the store, so bytes never stand under another state's ETag; they depend on
the feed's own state and on nothing else: no clock, no other feed's changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from feedsvc.errors import ItemError
from feedsvc.model import MAIN_FEED, Feed, Item
from feedsvc.publish import validators
from feedsvc.publish.addresses import addresses, search_addresses
from feedsvc.publish.cache import Cache, Turns
from feedsvc.publish.document import Coding, Document, Head, Target
from feedsvc.publish.heads import Heads, Known
from feedsvc.publish.listing import Listing
from feedsvc.publish.making import TOMBSTONES_KEPT, Maker
from feedsvc.publish.rendering import FORMATS
from feedsvc.publish.settled import Settling
from feedsvc.store import FeedState, Store

__all__ = ["FORMATS", "TOMBSTONES_KEPT", "Documents", "FeedView"]

_FEEDS = {"most": 1024, "most_bytes": 24 * 1024 * 1024}
_SEARCHES = {"most": 64, "most_bytes": 4 * 1024 * 1024}  # apart: made-up queries evict no feed
_DELTAS = {"most": 256, "most_bytes": 4 * 1024 * 1024}


@dataclass(frozen=True, slots=True)
class FeedView:
    """A feed as pages speak of it. Only a search's has its items."""

    key: str
    feed: Feed
    state: FeedState
    addresses: dict[str, str]  #: of the ``page`` for people and of each format
    items: tuple[Item, ...] = ()


class Given(NamedTuple):
    """A document with its bytes in one coding, and what its validators are of (heads.py)."""

    target: Target
    head: Head
    subject: str
    revision: int
    body: bytes
    coding: Coding
    coded: bytes


@dataclass(frozen=True, slots=True)
class _Delta:
    """What became of a delta: a document, or None when the whole is to be sent."""

    etag: str
    document: Document | None

    @property
    def size(self) -> int:
        return self.document.size if self.document else 0


class Documents:
    """Makes every document. Safe to use from several threads.

    Those of a private feed are there only for whoever says that they are asked for by one who may
    read it (private.py): to all others it is as if there were none.
    """

    def __init__(self, store: Store, settling: Settling) -> None:
        self._store = store
        self._settling = settling
        self._heads = Heads(store, settling)
        self._maker = Maker(store, self._heads)
        self._listing = Listing(store, settling)
        self._feeds: Cache[Target, Document] = Cache(**_FEEDS)
        self._searches: Cache[Target, Document] = Cache(**_SEARCHES)
        self._deltas: Cache[tuple[Target, str], _Delta] = Cache(**_DELTAS)
        self._turns = Turns()

    def head(self, target: Target, *, private: bool = False) -> Head | None:
        """What is known of a document without its bytes; None when there is no such document.

        It never renders, and asks the store only when somebody has written since.
        """
        if target.kind == "opml":
            return self._listing.document().head
        known = self._heads.get(target)
        return known.head if known and (private or not known.head.private) else None

    def document(self, target: Target, *, private: bool = False) -> Document | None:
        """A document, None when there is no such one. It is rendered once for each revision."""
        if target.kind == "opml":
            return self._listing.document()
        made = self._made(target)
        return made if made and (private or not made.head.private) else None

    def _made(self, target: Target) -> Document | None:
        known = self._heads.get(target)
        if known is None:
            return None
        kept = self._kept(target, known.head)
        if kept is not None:
            return kept
        with self._turns.of(target) as has_waited:
            if has_waited:
                known = self._heads.get(target)  # it may have moved on in the meantime
                if known is None:
                    return None
            made = self._kept(target, known.head)
            if made is None:
                made = self._maker.make(target, known)
                if made is not None:
                    self._cache(target).put(target, made)
            return made

    def head_at_hand(self, target: Target, token: object) -> Head | None:
        """The head if it is known of a store with this ``data_version``, else None."""
        known = self._heads.at_hand(target, token)
        return known.head if known else None

    def at_hand(self, target: Target, token: object) -> Document | None:
        """The document if that is known and made, else None."""
        known = self._heads.at_hand(target, token)
        return self._kept(target, known.head) if known else None

    def delta(self, target: Target, base_etag: str, *, private: bool = False) -> Document | None:
        """What is new since the document of this ETag (RFC 3229), None to send the whole.

        Its head is the one of the whole document as it is now.
        """
        known = self._heads.get(target) if target.kind == "live" else None
        if known is None or known.revision is None or not known.head.delta:
            return None
        base = validators.verify(known.subject, base_etag)
        if base is None or base.revision >= known.revision:
            return None
        if known.head.last_modified - base.changed_at > TOMBSTONES_KEPT:
            return None
        key = (target, validators.mint(known.subject, base.revision, base.changed_at))
        kept = self._deltas.get(key)
        if kept is None or kept.etag != known.head.etag:
            with self._turns.of(key):
                kept = self._deltas.get(key)
                if kept is None or kept.etag != known.head.etag:
                    kept = _Delta(known.head.etag, self._maker.delta(target, known, base))
                    self._deltas.put(key, kept)
        made = kept.document
        return made if made and (private or not made.head.private) else None

    def give(self, target: Target, coding: Coding) -> Given | None:
        """A public live document as another process of the node can take it over, made if need be.

        None when there is no such document.
        """
        known = self._heads.get(target) if target.kind == "live" else None
        made = self._made(target) if known else None
        if known is None or made is None or made.head.private:
            return None
        base = validators.verify(known.subject, made.head.etag)
        if base is None:  # what is said of the feed has just been changed
            return None
        body, coded = made.body(), made.body(coding)
        return Given(target, made.head, known.subject, base.revision, body, coding, coded)

    def take(self, given: Iterable[Given], settings: str, token: object) -> None:
        """Keep what another process gives, as of the store's ``data_version`` that is ``token``.

        Unless it was made of other ``settings`` than those that are known here (settled.py).
        """
        settled = self._settling.last
        if settings != settled.mark:
            return
        for target, said, subject, revision, body, coding, coded in given:
            head = self._heads.learn(
                target, Known(token, said, subject, revision, settled.sections)
            )
            kept = self._kept(target, head)
            if kept is None or kept.ready(coding) is None:
                made = kept or Document(head, body)
                self._feeds.put(target, made.with_coded(coding, coded))

    def view(self, key: str) -> FeedView | None:
        """A feed as a page speaks of it, None when there is no such feed.

        ``key`` is a declared name, ``tag:KEY`` or ``author:KEY``.
        """
        state = self._store.feed_state(key)
        if state is None or state.ended:
            return None
        sections = self._settling.now().sections
        feed = sections.feed(state)
        return FeedView(key, feed, state, addresses(sections.site.url, key))

    def search_view(self, query: str) -> FeedView:
        """What a search finds, newest first, as a feed."""
        main, sections = self._heads.main(), self._settling.now().sections
        limit = sections.of(MAIN_FEED).page_size
        items = tuple(self._store.search(query, limit=limit))
        feed = sections.search(main, query, items)
        shown = sections.shown(MAIN_FEED, feed, items)
        where = search_addresses(sections.site.url, query)
        return FeedView(f"search:{query}", feed, main, where, shown)

    def dropped(self) -> tuple[ItemError, ...]:
        """Items that could not be rendered and were left out of their feeds, so far."""
        return self._maker.dropped()

    def _kept(self, target: Target, head: Head) -> Document | None:
        cache = self._cache(target)
        kept = cache.get(target)
        if kept is None or kept.head.etag != head.etag:
            return None
        if kept.head is not head:  # another entry is scheduled, for one: the bytes stay
            kept = kept.under(head)
            cache.put(target, kept)
        return kept

    def _cache(self, target: Target) -> Cache[Target, Document]:
        return self._searches if target.kind == "search" else self._feeds
