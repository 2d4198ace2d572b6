"""The list of all public feeds, as OPML 2.0. It is small: its validator is made from its bytes."""

from __future__ import annotations

from datetime import datetime

from feedsvc.errors import StoreError
from feedsvc.formats import opml
from feedsvc.publish import advice
from feedsvc.publish.addresses import addresses
from feedsvc.publish.document import Document, Head
from feedsvc.publish.heads import UNDECLARED
from feedsvc.publish.sections import Sections
from feedsvc.publish.settled import Settling
from feedsvc.publish.validators import of_bytes
from feedsvc.store import FeedState, Store


class Listing:
    """Makes the list anew when a feed has come or gone. Safe to use from several threads."""

    def __init__(self, store: Store, settling: Settling) -> None:
        self._store = store
        self._settling = settling
        self._kept: tuple[object, Document] | None = None

    def document(self) -> Document:
        """The list as it is now, the main feed first."""
        settled = self._settling.now()  # before the feeds: see heads.py
        kept = self._kept
        if kept is None or kept[0] != settled.token:
            made = _made(self._store.feed_states("feed"), settled.sections)
            if kept is not None and kept[1].head.etag == made.head.etag:
                # With the codings that were made of it.
                made = kept[1] if kept[1].head == made.head else kept[1].under(made.head)
            self._kept = kept = (settled.token, made)
        return kept[1]


def _made(all_states: list[FeedState], sections: Sections) -> Document:
    if not all_states:
        raise StoreError(UNDECLARED)
    # Of private feeds it says nothing, not even when one has changed.
    states = [state for state in all_states if not state.private]
    there = {state.key: state for state in states if not state.ended}
    site = sections.site
    outlines = []
    for name in sections.names:
        if state := there.get(name):
            where = addresses(site.url, name)
            title = sections.title(state)
            outlines.append(opml.Outline(title, where["rss"], where["page"]))
    body = opml.render(
        site.title, outlines, updated=max(map(_settled, states), default=all_states[0].created_at)
    )
    # For pollers that ask by date alone: a feed, ended or not, that comes, goes or says another
    # thing of itself has changed, so the latest change of any of them is never too early.
    changed_at = max((state.changed_at for state in states), default=all_states[0].created_at)
    head = Head(of_bytes(body), changed_at, opml.MEDIA_TYPE, ttl=advice.UNKNOWN)
    return Document(head, body)


def _settled(state: FeedState) -> datetime:
    """When a feed came into the list, or left it."""
    return state.changed_at if state.ended else state.created_at
