"""A reader who walks a feed as RFC 5005 says: the live document, then all pages."""

from __future__ import annotations

from datetime import timedelta

from feedsvc.model import Item
from feedsvc.store import Live, Page, Store

KEPT = timedelta(days=30)


def the_live(store: Store, key: str, limit: int) -> Live:
    """The live feed, which must be there."""
    live = store.live(key, limit=limit, kept=KEPT)
    assert live is not None
    return live


def the_page(store: Store, key: str, number: int) -> Page:
    """An archive page, which must be there."""
    page = store.page(key, number)
    assert page is not None
    assert page.state == store.page_state(key, number)
    return page


def walked(store: Store, key: str, limit: int) -> dict[str, Item]:
    """All items by their guids; of several versions the one that comes first."""
    live = the_live(store, key, limit)
    found = {item.guid: item for item in live.items}
    for number in range(live.state.pages, 0, -1):
        for item in the_page(store, key, number).items:
            found.setdefault(item.guid, item)
    return found


class Reader:
    """Looks at a feed again and again, and remembers the pages."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._pages: dict[int, Page] = {}

    def look(self, store: Store, limit: int) -> None:
        """Walking gives everything, the live feed is right, and pages stay as they were."""
        live = the_live(store, self.key, limit)
        everything = store.entries(self.key, limit=10_000)
        assert walked(store, self.key, limit) == {item.guid: item for item in everything}
        assert live.items[:1] == tuple(everything[:1])
        assert live.open <= {item.guid for item in live.items}
        assert len(live.items) == min(len(everything), limit)
        assert live.times == tuple(store.times(self.key))
        assert len(live.times) == min(12, len(everything))
        for number in range(1, live.state.pages + 1):
            page = the_page(store, self.key, number)
            before = self._pages.setdefault(number, page)
            if page.items == before.items:
                assert _at(page) == _at(before)
            else:
                assert page.state.revision > before.state.revision
                assert page.state.changed_at > before.state.changed_at
                rest = [item for item in before.items if item in page.items]
                assert list(page.items) == rest
            self._pages[number] = page


def _at(page: Page) -> tuple[object, object]:
    return page.state.revision, page.state.changed_at
