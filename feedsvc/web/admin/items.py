"""The list of articles: by status, by words, page by page; and what can be done from there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote

from flask import Response, flash, redirect, request
from werkzeug.wrappers import Response as Answer

from feedsvc.errors import FeedsvcError, ItemError, NotFound
from feedsvc.formats.itemjson import Given
from feedsvc.model import Item, Status
from feedsvc.web import auth
from feedsvc.web.admin import blueprint
from feedsvc.web.admin.showing import show
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy
from feedsvc.web.presentation import host, local

#: The tabs, with the words for each; the first one is of any status.
TABS: tuple[tuple[Status | None, str], ...] = (
    (None, "All"),
    (Status.DRAFT, "Drafts"),
    (Status.REVIEW, "To review"),
    (Status.SCHEDULED, "Scheduled"),
    (Status.PUBLISHED, "Published"),
    (Status.WITHDRAWN, "Withdrawn"),
)
PAGE_ITEMS = 30
#: What can be deleted: no reader has seen it, and it waits for no time.
DRAFTS = (Status.DRAFT, Status.REVIEW)
#: Where items come from, in words.
_ORIGINS = {
    "api": "by API",
    "micropub": "by Micropub",
    "editor": "by",
    "publish": "from",
    "source": "from",
    "import": "imported from",
}


@blueprint.get("/")
@policy("account")
def items() -> Response:
    """The articles: of a ``status``, with the words ``q``, from a ``cursor`` on, newest first."""
    store = current_service().store
    status = _status(request.args.get("status", ""))
    query = " ".join(request.args.get("q", "").split())[:200]
    cursor = request.args.get("cursor") or None
    try:
        found, more = store.items(
            status=status, search=query or None, cursor=cursor, limit=PAGE_ITEMS
        )
    except ItemError as error:
        raise NotFound("there is no such page of this list; start from its beginning") from error
    counts = {tab: store.count(tab) for tab, _ in TABS}
    return show(
        "admin/items.html",
        here="items",
        items=found,
        more=more,
        cursor=cursor,
        chosen=status,
        query=query,
        tabs=[
            (tab, words, counts[tab])
            for tab, words in TABS
            if counts[tab] or tab in (None, Status.DRAFT, Status.PUBLISHED, status)
        ],
        origin_words=origin_words,
        status_words=status_words,
        now=current_service().now(),
    )


@blueprint.get("/items")
@policy("account")
def items_by_address() -> Answer:
    """Where somebody looks for the list who has cut off the address of an article."""
    return to(f"{current_service().settings.site.url}/admin/")


@blueprint.post("/items/<slug>/undo")
@policy("account")
def undo(slug: str) -> Answer:
    """Make a scheduled item a draft again, before any reader saw it. Raises NotFound."""
    item = found(slug)
    if _is_declared(item):
        flash(f"Its date stands in {origin_words(item)}: change it there.", "warning")
        return to_item(item)
    if item.status is not Status.SCHEDULED:
        flash(
            "It is out already, so it can't be taken back unseen; you can withdraw it."
            if item.status is Status.PUBLISHED
            else "It was not waiting to go out any more.",
            "warning",
        )
        return to_item(item)
    if _done(item, Status.DRAFT):
        flash("Taken back. It is a draft again, and no reader has seen it.")
    return to_item(item)


@blueprint.post("/items/<slug>/withdraw")
@policy("account")
def withdraw(slug: str) -> Answer:
    """Take a published item out of all feeds. Raises NotFound."""
    item = found(slug)
    service = current_service()
    try:
        service.submissions.withdraw(item.guid, now=service.now())
    except FeedsvcError as error:
        flash(f"It was not withdrawn: {error}.", "error")
    else:
        flash("Withdrawn. Feeds tell their readers at their next poll, its page says it is gone.")
    return to_item(item)


@blueprint.post("/items/<slug>/delete")
@policy("account")
def delete(slug: str) -> Answer:
    """Put a draft away, among what is withdrawn. Raises NotFound."""
    item = found(slug)
    service = current_service()
    if item.status not in DRAFTS or _is_declared(item):
        flash("Only drafts are deleted. This one was left as it is.", "warning")
        return to_item(item)
    try:
        service.submissions.withdraw(item.guid, now=service.now(), expected=item.revision)
    except FeedsvcError as error:
        flash(f"It was not deleted: {error}.", "error")
        return to_item(item)
    flash("Deleted. It is among the withdrawn articles, from where it can be brought back.")
    return to(f"{service.settings.site.url}/admin/")


@blueprint.post("/items/<slug>/restore")
@policy("account")
def restore(slug: str) -> Answer:
    """Publish a withdrawn item again; a deleted draft is a draft again. Raises NotFound."""
    item = found(slug)
    if item.status is Status.WITHDRAWN and not current_service().store.was_out(item.guid):
        if _done(item, Status.PUBLISHED if _is_declared(item) else Status.DRAFT):
            flash("Brought back. Nobody else sees it before you publish it.")
        return to_item(item)
    if _done(item, Status.PUBLISHED):
        if found(slug).status is Status.WITHDRAWN:
            flash("It stays withdrawn: the date that it expires at is over.", "warning")
        else:
            flash("Published again.")
    return to_item(item)


def _is_declared(item: Item) -> bool:
    """Whether a file says what it is, so that it can't be changed here."""
    return item.origin.startswith("file:")


def _done(item: Item, status: Status) -> bool:
    """Give an item another status, as it is now. What hinders it is told."""
    service = current_service()
    given = Given(replace(item, status=status), frozenset({"status"}))
    try:
        service.submissions.change(
            item,
            given,
            origin=auth.origin("editor"),
            now=service.now(),
            expected=item.revision,
        )
    except FeedsvcError as error:
        flash(f"That was not done: {error}.", "error")
        return False
    return True


def found(slug: str) -> Item:
    """The item of this slug, present or older. Raises NotFound."""
    item = current_service().store.item(slug=slug)
    if item is None:
        raise NotFound("there is no article of that name; the list of articles has them all")
    return item


def to_item(item: Item, part: str = "") -> Answer:
    """Lead on to an item's form, or another page of it, after something was done (303)."""
    site_url = current_service().settings.site.url
    return to(f"{site_url}/admin/items/{_quoted(item.slug)}{part}")


def to(url: str) -> Answer:
    """Lead on to a page of our own by its path alone (303, RFC 9110 15.4.4)."""
    response = redirect(local(url, current_service().settings.site.url), 303)
    response.headers["Cache-Control"] = "no-store"
    return response


def _quoted(slug: str) -> str:
    return quote(slug, safe="")


def origin_words(item: Item) -> str:
    """Where an item comes from: ``by jane``, ``items/posts/x.md``, ``by API, importer``,
    ``from news.example``."""
    kind, _, name = item.origin.partition(":")
    if kind == "file":
        return f"items/{name}"
    if kind in {"source", "import"} and name:
        return f"{_ORIGINS[kind]} {host(name)}"
    if kind in _ORIGINS and name:
        parted = ", " if kind in {"api", "micropub"} else " "
        return f"{_ORIGINS[kind]}{parted}{name}"
    return item.origin


_STATUS_WORDS = {
    Status.DRAFT: "Draft",
    Status.REVIEW: "To review",
    Status.SCHEDULED: "Scheduled",
    Status.PUBLISHED: "Published",
    Status.WITHDRAWN: "Withdrawn",
}


def status_words(status: Status) -> str:
    """A status as a label says it."""
    return _STATUS_WORDS[status]


def _status(given: str) -> Status | None:
    wanted: Iterable[Status] = (tab for tab, _ in TABS if tab is not None)
    return next((one for one in wanted if one.value == given), None)
