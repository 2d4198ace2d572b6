"""The sources: feeds of others that are polled; how each fares, made, changed, paused, ended."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Response, flash, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from feedsvc.config import read_feed
from feedsvc.errors import Changed, Conflict, FeedsvcError, FieldFault, InvalidFields, NotFound
from feedsvc.formats import clean
from feedsvc.intake.asking import masked
from feedsvc.intake.importing.telling import source_etag
from feedsvc.store import Record, SourceRow
from feedsvc.store.sources import DECLARED
from feedsvc.web import auth
from feedsvc.web.admin import blueprint, feedform, sourceform
from feedsvc.web.admin.feeds import Preview
from feedsvc.web.admin.showing import show
from feedsvc.web.admin.signin import page_path, show_form
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy
from feedsvc.web.sourcelist import exported

#: Sources of one page.
PAGE = 100
#: Articles that a preview names, and entries that are listed with what became of them.
_PREVIEWED = 10
_RECORDS = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """A source as pages show it: no address has a password in it, none can run anything."""

    row: SourceRow
    name: str
    url: str
    page: str | None
    status: str
    colour: str
    declared: bool


@dataclass(frozen=True, slots=True)
class Became:
    """An entry of a source, what became of it, and the address of its article, if it has one."""

    record: Record
    words: str
    colour: str
    title: str
    slug: str | None


@blueprint.get("/sources")
@policy("account")
def sources() -> Response:
    """Those that are polled, by name: a page of them, from after the one of a ``cursor`` on. Raises
    NotFound."""
    service = current_service()
    cursor = request.args.get("cursor", "")
    if not re.fullmatch(r"([0-9]{1,9})?", cursor, re.ASCII):
        raise NotFound("there is no such page of this list; start from its beginning")
    page, more = service.sources.page(after=int(cursor) if cursor else None, limit=PAGE)
    return show(
        "admin/sources.html",
        here="sources",
        rows=[source_shown(row) for row in page],
        now=service.now(),
        cursor=cursor,
        more=more,
    )


@blueprint.get("/sources.opml")
@policy("account")
def sources_opml() -> Response:
    """A list to be kept, or for another program."""
    return exported()


@blueprint.get("/new-source")
@policy("account")
def new_source() -> Response:
    """An empty form."""
    return _form(sourceform.EMPTY, None)


@blueprint.post("/sources")
@policy("account")
def make_source() -> Response | Answer:
    """Make a source."""
    return _save(None)


@blueprint.get("/sources/<number>")
@policy("account")
def source(number: str) -> Response:
    """A source: how it fares, what became of its entries, its form. Raises NotFound."""
    row = current_service().sources.source(number)
    return _form(sourceform.fields(row.spec), row)


@blueprint.post("/sources/<number>/change")
@policy("account")
def change_source(number: str) -> Response | Answer:
    """Change what is wanted of a source. Raises NotFound."""
    return _save(current_service().sources.source(number))


@blueprint.post("/sources/preview")
@policy("account")
def preview_source() -> Response:
    """What the rules of a form take of what is here: the form again, with ``part`` that alone."""
    row = current_service().sources.source(request.form.get("replaces", ""))
    preview = _preview(request.form, row)
    if "part" in request.args:
        return Response(render_template("admin/matching.html", preview=preview))
    return _form(request.form, row, preview=preview)


@blueprint.post("/sources/<number>/poll")
@policy("account")
def poll_source(number: str) -> Answer:
    """Have a source polled now. Raises NotFound."""
    its = current_service().sources
    return _do(number, its.poll_soon, "is polled now: look again in some seconds")


@blueprint.post("/sources/<number>/pause")
@policy("account")
def pause_source(number: str) -> Answer:
    """Leave a source alone until it is resumed. Raises NotFound."""
    its = current_service().sources
    return _do(number, its.pause, "is paused: nothing is asked of it until you resume it")


@blueprint.post("/sources/<number>/resume")
@policy("account")
def resume_source(number: str) -> Answer:
    """Poll a source again. Raises NotFound."""
    its = current_service().sources
    return _do(number, its.resume, "is polled again, now")


@blueprint.post("/sources/<number>/end")
@policy("account")
def end_source(number: str) -> Response | Answer:
    """Poll a source no longer; its articles stay. Raises NotFound."""
    its = current_service().sources
    row = its.source(number)
    try:
        its.end(row)
    except Conflict as error:
        return _form(sourceform.fields(row.spec), row, error)
    flash(f"{source_shown(row).name} is not polled any more. Its articles stay.")
    return redirect(page_path("/admin/sources"), 303)


def source_shown(row: SourceRow) -> Shown:
    """A source for a page."""
    status, colour = sourceform.STATUSES[row.state.status]
    page = clean.url(row.state.site_url) if row.state.site_url else None
    name = row.spec.name or row.state.title or masked(row.spec.url)
    declared = row.origin == DECLARED
    return Shown(row, name, masked(row.spec.url), page, status, colour, declared)


def _do(number: str, does: Callable[[SourceRow], SourceRow], words: str) -> Answer:
    row = current_service().sources.source(number)
    try:
        does(row)
    except Conflict as error:
        flash(f"{str(error)[:1].upper()}{str(error)[1:]}.", "error")
    else:
        flash(f"{source_shown(row).name} {words}.")
    return _to(row)


def _to(row: SourceRow) -> Answer:
    return redirect(page_path(f"/admin/sources/{row.id}"), 303)


def _save(old: SourceRow | None) -> Response | Answer:
    its, form = current_service().sources, request.form
    try:
        _unchanged_meanwhile(old)
        spec = its.read(sourceform.given_of(form), old)
        origin = auth.origin("editor")
        row = its.change(old, spec, origin=origin) if old else its.make(spec, origin=origin)
    except (InvalidFields, Conflict, Changed) as error:
        return _form(form, old, error, preview=_preview(form, old) if old else None)
    if old:
        flash(f"{source_shown(row).name} is changed.")
    else:
        flash(f"{source_shown(row).name} is made. It is polled now: look again in some seconds.")
    return _to(row)


def _unchanged_meanwhile(old: SourceRow | None) -> None:
    """Raises Changed if the source is not any more as it was when the form was made."""
    if old is not None and request.form.get("seen", "") != source_etag(old):
        who = old.origin.partition(":")[2] or "somebody"
        raise Changed(
            f"{who} has changed this source meanwhile, and nothing of yours is saved yet: look at "
            "it in another tab. Saving once more puts what stands below in its place"
        )


def _form(
    values: Mapping[str, str],
    row: SourceRow | None,
    error: FeedsvcError | None = None,
    *,
    preview: Preview | None = None,
) -> Response:
    service = current_service()
    if isinstance(error, InvalidFields):
        told = [FieldFault(feedform.field_of(one.field), one.reason) for one in error.faults]
        error = InvalidFields(told)
    return show_form(
        "admin/source.html",
        error,
        here="sources",
        source=source_shown(row) if row else None,
        values=values,
        groups=feedform.GROUPS,
        kinds=feedform.KINDS,
        trusts=sourceform.TRUSTS,
        feeds=[(one.name, one.title or one.name) for one in service.settings.all_feeds()],
        rules=feedform.words_of(sourceform.fields(row.spec)) if row else [],
        became=_became(row) if row else [],
        most=_RECORDS,
        preview=(preview or _preview(values, row)) if row else None,
        seen=source_etag(row) if row else "",
    )


def _preview(form: Mapping[str, str], row: SourceRow) -> Preview:
    try:
        where = feedform.where_of(form)
        section = read_feed({"name": "preview", "where": where}, [])  # the rules alone matter
    except InvalidFields as error:
        return Preview(faults=tuple(map(str, error.faults)))
    items, count = current_service().sources.matching(row, section.where.where(), _PREVIEWED)
    return Preview(count, tuple(items), everything=not where)


def _became(row: SourceRow) -> list[Became]:
    store = current_service().store
    records = store.recent_records(row.id, _RECORDS)
    items = store.items_of({record.item for record in records if record.item})
    found = []
    for record in records:
        words, colour = sourceform.STATES[record.state]
        item = items.get(record.item)
        about = record.kept or item
        title = clean.text(about.title) if about else ""
        found.append(Became(record, words, colour, title, item.slug if item else None))
    return found
