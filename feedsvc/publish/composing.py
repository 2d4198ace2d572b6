"""From what the store gives at one moment to a feed and its items, ready to be rendered. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from feedsvc.formats.weight import weight
from feedsvc.model import MAIN_FEED, Feed, Item, Link
from feedsvc.publish import advice
from feedsvc.publish.document import Format, Target
from feedsvc.publish.fitting import fit
from feedsvc.publish.rendering import FORMATS
from feedsvc.publish.sections import Sections
from feedsvc.store import Delta, FeedState, Live, Page

#: Renders a feed in a form.
Render = Callable[[Format, Feed, tuple[Item, ...]], bytes]
Composed = tuple[Feed, tuple[Item, ...]]

_MINUTE = timedelta(minutes=1)


def live(sections: Sections, live: Live, target: Target, render: Render) -> Composed:
    """The subscription document of a feed: all that is in no archive page, and the newest."""
    state = live.state
    feed = sections.feed(state)
    feed = replace(feed, ttl=advice.ttl(live.times) // _MINUTE)
    notice = sections.notice(state, feed)
    shown, tombstones = fit(
        (*notice, *sections.shown(target.key, feed, live.items)),
        {*live.open, *(item.guid for item in notice)},
        live.tombstones,
        head=lambda: _longest(_in_every_form(sections, feed, target, state), render),
        most=sections.of(target.key).max_bytes,
    )
    complete = not state.pages and len(shown) - len(notice) >= state.count
    links = _links(sections, target, state)
    return replace(feed, links=links, complete=complete, tombstones=tombstones), shown


def page(sections: Sections, page: Page, target: Target) -> Composed:
    """An archive document (RFC 5005 4). It says nothing that anything but its items changes."""
    feed = sections.feed(page.state.feed)
    shown = sections.shown(target.key, feed, page.items)
    feed = replace(
        feed,
        updated=page.state.changed_at.replace(microsecond=0),
        links=sections.links(target, page.state.before, private=page.state.feed.private),
        archive=True,
        sources=(),
    )
    return feed, shown


def delta(sections: Sections, delta: Delta, target: Target) -> Composed | None:
    """What is new in a feed (RFC 3229), None when that is more than the feed may take."""
    feed = sections.feed(delta.state)
    shown = sections.shown(target.key, feed, delta.items)
    if sum(map(weight, shown)) > sections.of(target.key).max_bytes:
        return None
    feed = replace(
        feed,
        ttl=advice.ttl(delta.times) // _MINUTE,
        links=sections.links(target, private=delta.state.private),
        tombstones=delta.tombstones,
    )
    return feed, shown


def search(
    sections: Sections, main: FeedState, found: Sequence[Item], target: Target, render: Render
) -> Composed:
    """What a search finds, as a feed."""
    section = sections.of(MAIN_FEED)
    feed = sections.search(main, target.key, found)
    feed = replace(feed, ttl=advice.UNKNOWN // _MINUTE)
    shown, _ = fit(
        sections.shown(MAIN_FEED, feed, found),
        (),
        (),
        head=lambda: _longest(_in_every_form(sections, feed, target), render),
        most=section.max_bytes,
    )
    complete = len(shown) == len(found) < section.page_size
    return replace(feed, links=_links(sections, target), complete=complete), shown


def _in_every_form(
    sections: Sections, feed: Feed, target: Target, state: FeedState | None = None
) -> dict[Format, Feed]:
    """The feed with its links: each form has addresses of its own."""
    return {
        form: replace(feed, links=_links(sections, replace(target, form=form), state))
        for form in FORMATS
    }


def _links(sections: Sections, target: Target, state: FeedState | None = None) -> tuple[Link, ...]:
    pages, private = (state.pages, state.private) if state else (0, False)
    return sections.links(target, pages, private=private)


def _longest(every: dict[Format, Feed], render: Render) -> int:
    """The bytes of the feed without items, in the form that takes most."""
    heads = {form: replace(feed, complete=True) for form, feed in every.items()}
    return max(len(render(form, head, ())) for form, head in heads.items())
