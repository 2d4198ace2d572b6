"""The feeds: where each is declared, what is in it, whether it is sound; made and changed here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, flash, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from feedsvc.config import FeedSection, read_feed
from feedsvc.errors import Changed, Conflict, FeedsvcError, FieldFault, InvalidFields, NotFound
from feedsvc.model import MAIN_FEED, Item, Status
from feedsvc.publish.addresses import addresses
from feedsvc.store import FeedState
from feedsvc.web import auth
from feedsvc.web.admin import blueprint, checks, feedform
from feedsvc.web.admin.signin import page_path, show_form
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy

#: Articles that a preview names, and topics that the form does.
_PREVIEWED = 10
_TOPICS = 25


@dataclass(frozen=True, slots=True)
class Row:
    """A feed as the list shows it. ``declared`` is where alone it can be changed, or None."""

    section: FeedSection
    title: str
    state: FeedState | None
    declared: str | None
    addresses: dict[str, str]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a ``where`` takes: so many articles, the newest of them; or what is wrong with it."""

    count: int = 0
    items: tuple[Item, ...] = ()
    everything: bool = False
    faults: tuple[str, ...] = ()


@blueprint.get("/feeds")
@policy("account")
def feeds() -> Response:
    """All feeds, the main one first."""
    service = current_service()
    rows = [_row(section) for section in service.settings.all_feeds()]
    return show_form("admin/feeds.html", here="feeds", rows=rows)


@blueprint.get("/new-feed")
@policy("account")
def new_feed() -> Response:
    """An empty form."""
    return _form(feedform.fields(FeedSection(name="new")) | {"name": ""}, None)


@blueprint.post("/feeds")
@policy("account")
def make_feed() -> Response | Answer:
    """Make a feed."""
    return _save(None)


@blueprint.get("/feeds/<name>")
@policy("account")
def feed(name: str) -> Response:
    """A feed: its addresses, whether it is sound, and its form where it can be changed."""
    section = _section(name)
    return _form(feedform.fields(section), section)


@blueprint.post("/feeds/<name>/change")
@policy("account")
def change_feed(name: str) -> Response | Answer:
    """Change a feed, also its name. Raises NotFound."""
    return _save(_section(name))


@blueprint.post("/feeds/<name>/end")
@policy("account")
def end_feed(name: str) -> Response | Answer:
    """End a feed; its articles stay. Raises NotFound."""
    section = _section(name)
    try:
        current_service().end_feed(name)
    except Conflict as error:
        return _form(feedform.fields(section), section, error)
    flash(f"The feed {name} is ended. Who asks for it is told so; its articles stay.")
    return redirect(page_path("/admin/feeds"), 303)


@blueprint.post("/feeds/preview")
@policy("account")
def preview_feed() -> Response:
    """What the rules of a form take: the form again with it, or with ``part`` that alone."""
    preview = _preview(request.form)
    if "part" in request.args:
        return Response(render_template("admin/matching.html", preview=preview))
    name = request.form.get("replaces")
    return _form(request.form, _section(name) if name else None, preview=preview)


def _save(old: FeedSection | None) -> Response | Answer:
    service, form = current_service(), request.form
    others = [one for one in service.settings.all_feeds() if old is None or one.name != old.name]
    try:
        _unchanged_meanwhile(old)
        given = feedform.section_of(form, old)
        if old is None and any(one.name == given["name"] for one in others):
            raise InvalidFields([FieldFault("name", "there is a feed of that name already")])
        section = read_feed(given, others)
        service.make_feed(section, origin=auth.origin("editor"), replaces=old.name if old else None)
    except (InvalidFields, Conflict, Changed) as error:
        return _form(form, old, error, preview=_preview(form))
    flash(f"The feed {section.title or section.name} is {'changed' if old else 'made'}.")
    return redirect(page_path(f"/admin/feeds/{section.name}"), 303)


def _unchanged_meanwhile(old: FeedSection | None) -> None:
    """Raises Changed if the feed is not any more as it was when the form was made."""
    if old is not None and request.form.get("seen", "") != _seen(old.name):
        made = current_service().store.made_feeds().get(old.name)
        who = made.origin.partition(":")[2] if made else "somebody"
        raise Changed(
            f"{who} has changed this feed meanwhile, and nothing of yours is saved yet: look at it "
            "in another tab. Saving once more puts what stands below in its place"
        )


def _seen(name: str) -> str:
    made = current_service().store.made_feeds().get(name)
    return made.at.isoformat() if made else ""


def _form(
    values: Mapping[str, str],
    section: FeedSection | None,
    error: FeedsvcError | None = None,
    *,
    preview: Preview | None = None,
) -> Response:
    service = current_service()
    if isinstance(error, InvalidFields):
        told = [FieldFault(feedform.field_of(one.field), one.reason) for one in error.faults]
        error = InvalidFields(told)
    row = _row(section) if section else None
    topics = sorted(service.store.feed_states("tag"), key=lambda state: -state.count)
    return show_form(
        "admin/feed.html",
        error,
        here="feeds",
        row=row,
        values=values,
        groups=feedform.GROUPS,
        kinds=feedform.KINDS,
        rules=feedform.words_of(feedform.fields(section)) if section else [],
        checked=checks.checked(service, section.name) if section else [],
        preview=preview or _preview(values),
        topics=[state for state in topics[:_TOPICS] if state.count],
        seen=_seen(section.name) if section else "",
        is_main=bool(section and section.name == MAIN_FEED),
    )


def _preview(form: Mapping[str, str]) -> Preview:
    try:
        where = feedform.where_of(form)
        # The name matters not here: what is looked at is what the rules take.
        section = read_feed({"name": "preview", "where": where}, [])
    except InvalidFields as error:
        return Preview(faults=tuple(map(str, error.faults)))
    service = current_service()
    if not where:  # known without looking at every article
        newest, _ = service.store.items(status=Status.PUBLISHED, limit=_PREVIEWED)
        return Preview(service.store.count(Status.PUBLISHED), tuple(newest), everything=True)
    items, count = service.matching(section.where.where(), limit=_PREVIEWED)
    return Preview(count, tuple(items))


def _row(section: FeedSection) -> Row:
    service = current_service()
    site = service.settings.site
    main = section.name == MAIN_FEED
    return Row(
        section,
        section.title or (site.title if main else section.name),
        service.store.feed_state(section.name),
        service.declared_in(section.name),
        addresses(site.url, section.name),
    )


def _section(name: str) -> FeedSection:
    for section in current_service().settings.all_feeds():
        if section.name == name:
            return section
    raise NotFound("there is no feed of that name; the list of feeds has them all")
