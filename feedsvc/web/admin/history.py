"""What an article said before: its versions, how they differ, and the way back to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Response, flash, request
from werkzeug.wrappers import Response as Answer

from feedsvc.errors import FeedsvcError, NotFound
from feedsvc.formats.itemjson import Given
from feedsvc.model import Item
from feedsvc.store import Version
from feedsvc.web import auth
from feedsvc.web.admin import blueprint, fields
from feedsvc.web.admin.differences import Piece, difference
from feedsvc.web.admin.fields import LABELS
from feedsvc.web.admin.items import found, origin_words, status_words, to_item
from feedsvc.web.admin.showing import show
from feedsvc.web.admin.writing import as_text
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy

MOST_VERSIONS = 200
_KINDS = {
    "added": "Begun",
    "changed": "Changed",
    "published": "Published",
    "withdrawn": "Withdrawn",
}


@blueprint.get("/items/<slug>/history")
@policy("account")
def history(slug: str) -> Response:
    """The versions of an item, and what one of them (``revision``) changed. Raises NotFound.

    With ``to=now`` it is compared with the present version instead of the one before it.
    """
    item = found(slug)
    versions = current_service().store.history(item.guid, limit=MOST_VERSIONS)
    number = _chosen(versions, request.args.get("revision", ""))
    chosen = versions[number]
    older = next((one for one in versions[number + 1 :] if one.item), None)
    to_now = request.args.get("to") == "now" and number > 0
    before, after = (chosen, versions[0]) if to_now else (older, chosen)
    return show(
        "admin/history.html",
        here="items",
        item=item,
        versions=versions,
        chosen=chosen,
        number=number,
        older=older,
        to_now=to_now,
        differences=_differences(before.item if before else None, after.item),
        kinds=_KINDS,
        origin_words=origin_words,
        status_words=status_words,
    )


@blueprint.post("/items/<slug>/history")
@policy("account")
def restore_version(slug: str) -> Answer:
    """Let an item say again what it said at a ``revision``. Raises NotFound.

    Its address, its status and its dates stay as they are; what it says now stays in its history.
    """
    service = current_service()
    item = found(slug)
    given = request.form.get("revision", "")
    known = given.isdecimal() and len(given) <= 18
    old = service.store.version(item.guid, int(given)) if known else None
    if old is None:
        raise NotFound("that version is not kept any more")
    try:
        written = service.submissions.change(
            item,
            Given(_again(old, item), frozenset()),
            origin=auth.origin("editor"),
            now=service.now(),
            expected=item.revision,
        )
    except FeedsvcError as error:
        flash(f"Nothing was changed: {error}.", "error")
        return to_item(item, "/history")
    flash(
        "It says that already."
        if written.kind == "unchanged"
        else "Brought back. What it said in between stays in its history."
    )
    return to_item(written.item)


def _again(old: Item, present: Item) -> Item:
    """What the old version said, under what the item is called and where it stands now."""
    return replace(
        old,
        guid=present.guid,
        aliases=present.aliases,
        slug=present.slug,
        url=present.url,
        status=present.status,
        published=present.published,
        updated=present.updated,
        expires=present.expires,
    )


def _chosen(versions: Sequence[Version], revision: str) -> int:
    """The place of the version that is asked for, of the newest if none is. Raises NotFound."""
    if not revision:
        return 0
    for number, one in enumerate(versions):
        if str(one.revision) == revision:
            return number
    raise NotFound("that version is not kept any more")


def _differences(before: Item | None, after: Item | None) -> list[tuple[str, list[Piece]]]:
    """What differs, field by field; with nothing before, all that is there is new."""
    if after is None:
        return []
    new = fields.of_item(after)
    old = fields.of_item(before) if before else fields.Fields(form=new.form)
    found = [
        (label, difference(as_text(old, name), as_text(new, name)))
        for name, label in LABELS.items()
    ]
    if before is not None and before.status is not after.status:
        was, is_now = status_words(before.status), status_words(after.status)
        found.insert(0, ("Status", difference(was, is_now)))
    return [(label, pieces) for label, pieces in found if pieces]
