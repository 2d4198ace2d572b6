"""A feed of one item, as main would show it: what readers of each format get of the item.

Made for whoever looks at an item before it is out, and given to nobody else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from feedsvc.config import Settings
from feedsvc.errors import StoreUnavailable
from feedsvc.model import MAIN_FEED, Item
from feedsvc.publish import advice
from feedsvc.publish.document import Format, Target
from feedsvc.publish.heads import UNDECLARED
from feedsvc.publish.rendering import Renderer
from feedsvc.publish.sections import Sections, abouts
from feedsvc.store import Store


class Desk(Protocol):
    """What is looked into: the settings as they are now, and the store."""

    @property
    def settings(self) -> Settings: ...

    @property
    def store(self) -> Store: ...


def preview(desk: Desk, item: Item, form: Format) -> bytes:
    """The document that main would be in this format if it held this item alone.

    The item may have any status. Without it where it can't be rendered. Raises StoreUnavailable.
    """
    state = desk.store.feed_state(MAIN_FEED)
    if state is None:
        raise StoreUnavailable(UNDECLARED)
    settings = desk.settings
    sections = Sections(settings, abouts(settings))
    feed = sections.feed(state)
    target = Target("live", MAIN_FEED, form)
    minutes = int(advice.UNKNOWN.total_seconds()) // 60
    feed = replace(feed, links=sections.links(target), ttl=minutes, complete=True)
    return Renderer().render(form, feed, sections.shown(MAIN_FEED, feed, [item]))
