"""What an article said before: its versions, how they differ; the way back to one is the form."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, request

from feedsvc.errors import NotFound
from feedsvc.model import Item, Status
from feedsvc.store import Version
from feedsvc.web.admin import blueprint, fields
from feedsvc.web.admin.differences import Piece, difference
from feedsvc.web.admin.fields import LABELS
from feedsvc.web.admin.items import found, origin_words, status_words
from feedsvc.web.admin.showing import show
from feedsvc.web.admin.writing import as_text
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy

MOST_VERSIONS = 200
_KINDS = {
    "added": "Begun",
    "changed": "Edited",
    "published": "Published",
    "withdrawn": "Withdrawn",
}
#: What the first version is called that an article began with.
_BEGUN = {Status.PUBLISHED: "Published", Status.SCHEDULED: "Scheduled"}


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
        differences=differences(before.item if before else None, after.item),
        names=names_of(versions),
        origin_words=origin_words,
        status_words=status_words,
    )


def names_of(versions: Sequence[Version]) -> list[str]:
    """What happened with each version, in a word or two. ``versions`` are newest first."""
    named: list[str] = []
    older: Item | None = None
    was_out = False
    for one in reversed(versions):
        now = one.item.status if one.item else None
        if now is None:
            named.append(_KINDS.get(one.kind, one.kind.capitalize()))
        elif older is None:
            named.append(_BEGUN.get(now, "Begun") if one.kind == "added" else _KINDS[one.kind])
        elif now is older.status:
            named.append("Edited")
        elif now is Status.PUBLISHED:
            named.append("Published again" if was_out else "Published")
        elif now is Status.WITHDRAWN:
            named.append("Withdrawn" if was_out else "Deleted")
        elif now is Status.SCHEDULED:
            named.append("Scheduled")
        elif older.status is Status.SCHEDULED:
            named.append("Taken back")
        elif older.status is Status.WITHDRAWN:
            named.append("Brought back")
        else:
            named.append(status_words(now))
        was_out = was_out or now is Status.PUBLISHED or one.kind == "published"
        older = one.item or older
    return named[::-1]


def _chosen(versions: Sequence[Version], revision: str) -> int:
    """The place of the version that is asked for, of the newest if none is. Raises NotFound."""
    if not revision:
        return 0
    for number, one in enumerate(versions):
        if str(one.revision) == revision:
            return number
    raise NotFound("that version is not kept any more")


def differences(before: Item | None, after: Item | None) -> list[tuple[str, list[Piece]]]:
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
