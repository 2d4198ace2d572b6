"""Pages for people: home, a feed, a tag, an author, a search, an item."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from flask import Blueprint, Flask, Response, request
from markupsafe import Markup

from feedsvc import program
from feedsvc.config import Settings
from feedsvc.errors import Gone, NotFound, StoreUnavailable
from feedsvc.model import MAIN_FEED, Item, Link, Status, excerpt, shown_title, term_key
from feedsvc.publish import marking
from feedsvc.publish.addresses import addresses
from feedsvc.web import answers, assets, presentation, private
from feedsvc.web.browsers import browser_words
from feedsvc.web.current import current_service
from feedsvc.web.listed import listed
from feedsvc.web.policy import policy

blueprint = Blueprint("pages", __name__)

#: Articles on one page of a feed, and on the home page.
PAGE_ITEMS = 20
HOME_ITEMS = 12
#: Tags and authors that the home page names, those with the most articles.
_NAMED = 30
#: The forms of a feed with the names people know them by and their media types.
FORMS = (
    ("rss", "RSS", "application/rss+xml"),
    ("atom", "Atom", "application/atom+xml"),
    ("json", "JSON Feed", "application/feed+json"),
)


def prepare_templates(app: Flask, settings: Settings) -> None:
    """Give the templates of ``app`` the site, its paths and the filters they use."""
    site = settings.site
    base = presentation.local(site.url, site.url).rstrip("/")
    app.jinja_env.globals.update(
        site=site,
        base=base,
        forms=FORMS,
        program=program.for_pages,
        asset=lambda name: base + assets.versioned(name),
        in_readers=presentation.in_readers,
        reachable=presentation.reachable_by_others(site.url),
    )
    app.jinja_env.filters.update(
        body=lambda item: Markup(presentation.below_title(item.content_html)),  # noqa: S704 the border has cleaned it
        browser_words=browser_words,
        clock=presentation.clock,
        coded=presentation.coded,
        date_words=presentation.date_words,
        excerpt=excerpt,
        file_name=presentation.file_name,
        further=lambda address: f"{address}{'&' if '?' in address else '?'}",
        host=presentation.host,
        iso=presentation.iso,
        base_direction=presentation.base_direction,
        limit_words=presentation.limit_words,
        local=lambda url: presentation.local(url, site.url),
        mark=private.mark_of,
        media_kind=presentation.media_kind,
        moment_words=presentation.moment_words,
        shown_title=shown_title,
        size_words=presentation.size_words,
        unseen_enclosures=presentation.unseen_enclosures,
        unseen_image=presentation.unseen_image,
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A feed, tag or author as the home page names it."""

    title: str
    description: str
    count: int
    addresses: dict[str, str]


@blueprint.get("/")
@policy("public")
def home() -> Response:
    """All feeds that have not ended, and the newest items of the main one."""
    service = current_service()
    declared = service.store.feed_states("feed")
    rows = {
        section.name: Row(
            section.title or section.name,
            section.description or "",
            state.count,
            addresses(service.settings.site.url, section.name),
        )
        for section, state in listed(service.settings, declared)
    }
    if not any(state.key == MAIN_FEED for state in declared):  # nobody has declared feeds yet
        raise StoreUnavailable("the store has no main feed; `feedsvc sync` declares it")
    main = rows.pop(MAIN_FEED, None)  # a private one is not shown
    if main:
        main = replace(main, title=service.settings.site.title)
    every = [main, *rows.values()] if main else [*rows.values()]
    alternates = [link for row in every for link in _alternates(row)]
    return answers.page(
        "home.html",
        changed_at=_changed_at(),
        links=_alternates(main) if main else [],
        main=main,
        feeds=list(rows.values()),
        tags=_named("tag"),
        authors=_named("author"),
        items=service.store.entries(MAIN_FEED, limit=HOME_ITEMS) if main else [],
        alternates=alternates,
    )


def feed_page(key: str) -> Response | None:
    """The page of a feed, a tag or an author, None when there is no such feed."""
    service = current_service()
    view = service.documents.view(key)
    if view is None:
        return None
    number = _page_number()
    items = service.store.entries(key, limit=PAGE_ITEMS, offset=(number - 1) * PAGE_ITEMS)
    if number > 1 and not items:
        raise NotFound("there are not so many articles here")
    kind, colon, _ = key.partition(":")
    title = view.state.label if colon else view.feed.title
    where = view.addresses
    if view.state.private:
        where = {form: marking.marked(address) for form, address in where.items()}
        items = private.marked_items(items)
    row = Row(title, view.feed.description, view.state.count, where)
    return answers.page(
        "feed.html",
        changed_at=view.state.changed_at,
        links=_alternates(row),
        vary=("Accept",),
        kind=kind if colon else "feed",
        row=row,
        # A tag or an author has no description of its own, only the site's.
        description="" if colon else view.feed.description,
        items=items,
        ends=view.state.ends,
        notice=notice_of(key),
        sources=view.feed.sources,
        number=number,
        more=number * PAGE_ITEMS < view.state.count,
        alternates=_alternates(row),
    )


def notice_of(key: str) -> str | None:
    """What the followers of a declared feed are told of its end, if anything."""
    feeds = current_service().settings.all_feeds()
    return next((feed.notice for feed in feeds if feed.name == key), None)


def search_page(query: str) -> Response:
    """The search form and, when something is asked, what was found."""
    service = current_service()
    number = _page_number()
    found: Sequence[Item] = ()
    row = None
    if query:
        view = service.documents.search_view(query)
        row = Row(query, "", len(view.items), view.addresses)
        # One more than is shown tells whether there are more.
        found = service.store.search(query, limit=PAGE_ITEMS + 1, offset=(number - 1) * PAGE_ITEMS)
    alternates = _alternates(row) if row else []
    return answers.page(
        "search.html",
        changed_at=_changed_at(),
        links=alternates,
        vary=("Accept",),
        query=query,
        row=row,
        items=found[:PAGE_ITEMS],
        number=number,
        more=len(found) > PAGE_ITEMS,
        alternates=alternates,
    )


@blueprint.get("/items/<slug>")
@policy("feed")
def item(slug: str) -> Response:
    """An item's page; at an older slug, the way to the present one."""
    service = current_service()
    found = published_item(slug)
    site_url = service.settings.site.url
    if found.slug != slug:
        return answers.moved(f"{site_url}/items/{found.slug}")
    changes = [moment for moment in (_changed_at(), found.updated) if moment]
    shown = found
    if private.is_private():  # its own address is told as it is, for whom it is told further
        shown = replace(marking.marked_item(found, site_url), url=found.url)
    return answers.page(
        "item.html",
        changed_at=max(changes, default=None),
        item=shown,
        tags=_terms("tag", [(c.term, c.label or c.term) for c in found.categories]),
        authors=_terms("author", [(a.name, a.name) for a in found.authors]),
        links=[Link("canonical", found.url)],
        alternates=_main_alternates(),
    )


def published_item(slug: str) -> Item:
    """The published item of this slug, present or older. Raises NotFound, or Gone if withdrawn.

    And Unauthorized for who may not read a private one, which is said first.
    """
    store = current_service().store
    found = store.item(slug=slug)
    known = found is not None and (
        found.status is Status.PUBLISHED
        or (found.status is Status.WITHDRAWN and store.was_out(found.guid))
    )
    if found and known:
        private.require(store.private_feeds_of(found))
    if found and known and found.status is Status.WITHDRAWN:
        raise Gone("this article was withdrawn")
    # Drafts, also deleted ones, and what waits for its time, must look as if they were not there.
    if found is None or found.status is not Status.PUBLISHED:
        raise NotFound("there is no article of that name")
    return found


def _terms(prefix: str, named: list[tuple[str, str]]) -> list[tuple[str, str | None]]:
    """Tags or authors as (words, page); the page is None where there is none to show."""
    service = current_service()
    terms: dict[str, tuple[str, str | None]] = {}
    for name, words in named:
        key = f"{prefix}:{term_key(name)}"
        state = service.store.feed_state(key)
        page = addresses(service.settings.site.url, key)["page"]
        terms.setdefault(key, (words, page if state and state.count else None))
    return list(terms.values())


def _named(prefix: Literal["tag", "author"]) -> list[Row]:
    service = current_service()
    states = [state for state in service.store.feed_states(prefix) if state.count]
    largest = sorted(states, key=lambda state: (-state.count, state.key))[:_NAMED]
    return [
        Row(state.label, "", state.count, addresses(service.settings.site.url, state.key))
        for state in sorted(largest, key=lambda state: state.label.casefold())
    ]


def _alternates(row: Row) -> list[Link]:
    """A feed's forms for autodiscovery (RFC 8288 ``alternate``), RSS first."""
    return [
        Link("alternate", row.addresses[form], media_type, f"{row.title} ({name})")
        for form, name, media_type in FORMS
    ]


def _main_alternates() -> list[Link]:
    """Those of the main feed, none if it is private."""
    settings = current_service().settings
    if settings.all_feeds()[0].private:
        return []
    return _alternates(Row(settings.site.title, "", 0, addresses(settings.site.url, MAIN_FEED)))


def _changed_at() -> datetime | None:
    """When anything in any public feed last changed."""
    states = current_service().store.feed_states("feed")
    return max((state.changed_at for state in states if not state.private), default=None)


def _page_number() -> int:
    given = request.args.get("page", "")
    return int(given) if re.fullmatch(r"[1-9]\d{0,4}", given, re.ASCII) else 1
