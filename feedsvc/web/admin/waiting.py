"""What waits for somebody to look at it, as readers would see it: published or dropped here.

And stories that several sources carry, taken apart again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import Response, flash, redirect, request
from werkzeug.wrappers import Response as Answer

from feedsvc.errors import Changed, Conflict, FeedsvcError, ItemError, NotFound
from feedsvc.intake.importing.minding import Waiting
from feedsvc.model import Item, shown_title
from feedsvc.web.admin import blueprint
from feedsvc.web.admin.differences import Piece
from feedsvc.web.admin.history import differences
from feedsvc.web.admin.items import found, to_item
from feedsvc.web.admin.preview import shown as preview_of
from feedsvc.web.admin.showing import show
from feedsvc.web.admin.signin import page_path
from feedsvc.web.admin.sources import Shown, source_shown
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy

#: Entries of one page, each of which is shown whole.
PAGE = 10
#: Why what has no other reason waits.
_REVIEW = "its source is looked at before it is published"


@dataclass(frozen=True, slots=True)
class Entry:
    """What waits, for the page; ``mark`` names it in the form, as it was seen.

    ``since`` are the differences from what somebody wanted to settle, None if nobody did.
    """

    waiting: Waiting
    mark: str
    source: Shown
    title: str
    why: str
    changes: list[tuple[str, list[Piece]]]
    since: list[tuple[str, list[Piece]]] | None


@dataclass(frozen=True, slots=True)
class Mark:
    """What a form says of an entry: which it is, and which version of it was looked at."""

    number: str
    key: str
    seen: str

    @classmethod
    def read(cls, text: str) -> Mark:
        """A mark as it was sent, whatever that is."""
        return cls(*(*text.split(".", 2), "", "")[:3])

    def __str__(self) -> str:
        return f"{self.number}.{self.key}.{self.seen}"


@blueprint.context_processor
def _counting() -> dict[str, Callable[[], int]]:
    """For the navigation, which says on every page how many wait."""
    return {"count_waiting": current_service().store.count_waiting}


@blueprint.get("/waiting")
@policy("account")
def waiting() -> Response:
    """A page of what waits, from a ``cursor`` on, the longest first. Raises NotFound.

    Of what is ``changed`` (as it was marked) it shows what has changed since.
    """
    service = current_service()
    changed = [Mark.read(one) for one in request.args.getlist("changed")[:PAGE]]
    cursor = request.args.get("cursor") or None
    try:
        page, more = service.sources.waiting(cursor=cursor, limit=PAGE)
    except ItemError as error:
        raise NotFound("there is no such page of this list; start from its beginning") from error
    return show(
        "admin/waiting.html",
        here="waiting",
        entries=[_entry(one, changed) for one in page],
        more=more,
        cursor=cursor,
        count=service.store.count_waiting(),
    )


def _entry(one: Waiting, changed: list[Mark]) -> Entry:
    item = one.item or one.now
    mark = Mark(str(one.source.id), one.key, one.seen)
    before = [old for old in changed if (old.number, old.key) == (mark.number, mark.key)]
    return Entry(
        one,
        str(mark),
        source_shown(one.source),
        shown_title(item) if item else one.record.guid,
        one.record.why or _REVIEW,
        _changes(one.now, one.item) if one.now and one.item else [],
        _since(one, before[0].seen) if before else None,
    )


def _since(one: Waiting, seen: str) -> list[tuple[str, list[Piece]]]:
    """What of a new entry, or of the article that a change would be of, differs from what was
    looked at. What a change changes is shown with it anyway."""
    item = one.now or one.item
    revision = seen.rpartition(".")[2]
    known = revision.isascii() and revision.isdigit() and len(revision) < 16
    if item is None or not known:
        return []
    before = current_service().store.version(item.guid, int(revision))
    return differences(before, item) if before else []


def _changes(now: Item, item: Item) -> list[tuple[str, list[Piece]]]:
    """What would differ: not its names, and what is decided here stays as it is."""
    same = {name: getattr(now, name) for name in ("slug", "feeds", "via", "status", "expires")}
    published = item.published or now.published
    return differences(now, replace(item, published=published, **same))


@blueprint.get("/waiting/<number>/<key>/preview")
@policy("account")
def preview_waiting(number: str, key: str) -> Response:
    """The page that an entry would become. Raises NotFound."""
    return preview_of(current_service().sources.one_waiting(number, key).item)


@blueprint.post("/waiting")
@policy("account")
def settle_waiting() -> Answer:
    """Publish (``take``) or drop (``drop``) the one of the button, or all that are ticked.

    What a poll, or somebody here, has changed since it was looked at waits on, and is shown again.
    """
    take = "take" in request.form
    pressed = request.form.get("take" if take else "drop", "")
    marks = request.form.getlist("pick") if pressed == "ticked" else [pressed]
    done, changed = 0, []
    for mark in map(Mark.read, marks):
        try:
            its = current_service().sources
            its.settle(its.one_waiting(mark.number, mark.key), take=take, seen=mark.seen)
        except Changed:
            changed.append(str(mark))
        except (NotFound, Conflict) as error:
            flash(f"{str(error)[:1].upper()}{str(error)[1:]}.", "warning")
        else:
            done += 1
    if done:
        what = "1 entry is" if done == 1 else f"{done} entries are"
        flash(f"{what} {'published' if take else 'dropped'}.")
    elif not marks:
        flash("Nothing was ticked, and nothing was done.", "warning")
    if not changed:
        return redirect(page_path("/admin/waiting"), 303)
    what = "1 entry has" if len(changed) == 1 else f"{len(changed)} entries have"
    flash(f"{what} changed since you looked, and nothing was done there: look again.", "warning")
    # To the same page of the list, since there they are.
    asked = {"changed": changed[:PAGE], "cursor": request.form.get("cursor", "")}
    there = urlencode({name: value for name, value in asked.items() if value}, doseq=True)
    return redirect(f"{page_path('/admin/waiting')}?{there}", 303)


@blueprint.post("/items/<slug>/take-apart")
@policy("account")
def take_apart(slug: str) -> Answer:
    """Make an article of its own of what an article credits. Raises NotFound."""
    item = found(slug)
    its, form = current_service().sources, request.form
    try:
        made = its.take_apart(item, its.source(form.get("source", "")), form.get("guid", ""))
    except FeedsvcError as error:
        flash(f"That was not done: {error}.", "error")
        return to_item(item)
    flash("It is an article of its own now, and is not credited any more.")
    return to_item(made)
