"""What is known of documents without making them: asked of the store when somebody has written.

While the store's ``data_version`` is the one from before, nothing is asked at all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from feedsvc.errors import StoreError
from feedsvc.model import MAIN_FEED
from feedsvc.publish import advice, validators
from feedsvc.publish.document import Head, Target
from feedsvc.publish.rendering import media_type
from feedsvc.publish.sections import Sections
from feedsvc.publish.settled import Settling
from feedsvc.store import FeedState, Store

UNDECLARED = "the store has no feeds yet; `feedsvc sync` declares them"
#: Of so many documents the heads are kept; one takes about 1.5 kB.
_MOST = 4096
#: Searches apart: whoever makes up queries drops no feed.
_MOST_SEARCHES = 256


@dataclass(frozen=True, slots=True)
class Known:
    """A document's head, and where the store stood when it was asked.

    ``subject`` is what its validators are of, ``revision`` the one they name (None of a search),
    ``sections`` what was configured then.
    """

    token: object
    head: Head
    subject: str
    revision: int | None
    sections: Sections


class Heads:
    """The heads of all documents but the list of feeds. Safe to use from several threads."""

    def __init__(self, store: Store, settling: Settling) -> None:
        self._store = store
        self._settling = settling
        self._known: dict[Target, Known] = {}
        self._searches: dict[Target, Known] = {}
        self._lock = threading.Lock()

    def get(self, target: Target) -> Known | None:
        """What is known of a document, None when there is none."""
        # Asked before the state is read: who writes in between is noticed the next time.
        settled = self._settling.now()
        token = settled.token
        kept = self._searches if target.kind == "search" else self._known
        before = kept.get(target)
        if before is not None and before.token == token:
            return before
        asked = _ASK[target.kind](self, settled.sections, target, before)
        if asked is None:
            with self._lock:
                kept.pop(target, None)
            return None
        return self._keep(kept, target, replace(asked, token=token))

    def at_hand(self, target: Target, token: object) -> Known | None:
        """What is known of a public document in a store with this ``data_version``."""
        before = self._known.get(target)
        if before is None or before.token != token or before.head.private:
            return None
        return before

    def learn(self, target: Target, known: Known) -> Head:
        """Take over what another process knows of a live document; the head to keep it under."""
        return self._keep(self._known, target, known).head

    def main(self) -> FeedState:
        """Where the main feed stands. Raises StoreError while nobody has declared it."""
        state = self._store.feed_state(MAIN_FEED)
        if state is None:
            raise StoreError(UNDECLARED)
        return state

    def _keep(self, kept: dict[Target, Known], target: Target, known: Known) -> Known:
        with self._lock:
            before = kept.get(target)
            if before is not None and before.head == known.head:
                # The same thing as long as it says the same, whoever of several asked first: by it
                # others tell what they keep.
                known = replace(known, head=before.head)
            kept[target] = known
            while len(kept) > (_MOST_SEARCHES if kept is self._searches else _MOST):
                del kept[next(iter(kept))]
        return known

    def _live(self, sections: Sections, target: Target, before: Known | None) -> Known | None:
        found = self._store.standing(target.key, known=before.revision if before else None)
        if found is None:
            return None
        state = found.state
        ttl = before.head.ttl if before else None
        if found.times is not None:
            ttl = advice.ttl(found.times)
        head = Head(
            "",
            state.changed_at,
            media_type(target.form),
            ttl=ttl,
            next_at=_first(found.next_entry, state.ends),
            links=sections.links(target, state.pages, private=state.private),
            delta=sections.of(target.key).delta,
            private=state.private,
        )
        return _under_etag(sections, target, state, state.revision, head)

    def _archive(
        self,
        sections: Sections,
        target: Target,
        before: Known | None,  # noqa: ARG002
    ) -> Known | None:
        page = self._store.page_state(target.key, target.number)
        if page is None or page.feed.ended:
            return None
        head = Head(
            "",
            page.changed_at,
            media_type(target.form),
            ttl=advice.ARCHIVED,
            next_at=page.feed.ends,
            links=sections.links(target, page.before, private=page.feed.private),
            private=page.feed.private,
        )
        return _under_etag(sections, target, page.feed, page.revision, head)

    def _search(
        self,
        sections: Sections,
        target: Target,
        before: Known | None,  # noqa: ARG002
    ) -> Known:
        main = self.main()
        size = sections.of(MAIN_FEED).page_size
        found = self._store.found(target.key, limit=size)
        etag = validators.of_search(sections.about(target), main.guid, target, found)
        head = Head(
            etag,
            # For pollers that ask by date alone: it changes when main does. In a private one
            # there is nothing to be found.
            main.created_at if main.private else main.changed_at,
            media_type(target.form),
            ttl=advice.UNKNOWN,
            next_at=None if main.private else _first(self._store.next_entry(main.key), main.ends),
            links=sections.links(target),
        )
        return Known(None, head, "", None, sections)


def _first(*moments: datetime | None) -> datetime | None:
    """When something is going to happen to a feed: its next entry comes, or its end."""
    return min((moment for moment in moments if moment), default=None)


def _under_etag(
    sections: Sections, target: Target, feed: FeedState, revision: int, head: Head
) -> Known:
    subject = validators.subject(sections.about(target), feed.guid, target)
    etag = validators.mint(subject, revision, head.last_modified)
    return Known(None, replace(head, etag=etag), subject, revision, sections)


_ASK: dict[str, Callable[[Heads, Sections, Target, Known | None], Known | None]] = {
    "live": Heads._live,
    "archive": Heads._archive,
    "search": Heads._search,
}
