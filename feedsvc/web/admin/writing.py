"""Writing an article: the form, what its buttons do, and what happens when two write at once."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any

from flask import Response, flash, request
from werkzeug.wrappers import Response as Answer

from feedsvc.errors import Changed, Conflict, InvalidFields, NotFound
from feedsvc.intake.submissions import Written
from feedsvc.model import Item, Status
from feedsvc.store import Key
from feedsvc.web import auth
from feedsvc.web.admin import attaching, blueprint, deciding, fields, merging
from feedsvc.web.admin.deciding import HOLDS, Press
from feedsvc.web.admin.differences import Piece, difference
from feedsvc.web.admin.fields import LABELS, Fields
from feedsvc.web.admin.items import found, origin_words, status_words, to_item
from feedsvc.web.admin.showing import show
from feedsvc.web.admin.sources import Shown, source_shown
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy

#: What was dropped is told in the cookie, which holds 4 KiB with all else.
_NOTES_MAX = 4
_NOTE_MAX = 240


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody else has changed the item meanwhile: what they changed, and what both did.

    ``theirs`` are the fields that they changed by their labels with the difference to what was
    here before, ``both`` those that were changed here too, so that something of theirs is not in
    the form, with the difference to what stands there.
    """

    item: Item
    theirs: tuple[tuple[str, list[Piece]], ...]
    both: tuple[tuple[str, list[Piece]], ...]


@blueprint.get("/items/new")
@policy("account")
def new_item() -> Answer:
    """The form, empty. With the ``key`` of a form that was saved, the way to what it made."""
    if made := _made(_key_sent()):
        flash("This was saved: go on with it here.")
        return to_item(made[0])
    return _form(None, Fields())


@blueprint.post("/items/new")
@policy("account")
def add_item() -> Answer:
    """Keep a new article. The same form sent again is kept once, and changes what it made."""
    service = current_service()
    mine, press = fields.of_form(request.form), _press()
    mine, untaken = attaching.with_files(mine)
    mine = attaching.completed(mine, Fields(), service.uploads.of_url)
    if untaken:
        return _form(None, mine, faults=untaken, press=press)
    try:
        told = fields.patch(mine, Fields(), None)
        told |= deciding.told(press, mine, None, service.now())
        written = service.submissions.add(
            fields.read(told, None),
            origin=auth.origin("editor"),
            now=service.now(),
            key=_key(told),
        )
    except InvalidFields as error:
        if made := _made(_key_sent()):
            return _save(*made, mine, press)
        return _form(None, mine, faults=fields.faults_by_field(error), press=press)
    except Conflict as error:
        return _form(None, mine, faults={"": str(error)}, press=press)
    _tell(written, press)
    return to_item(written.item)


@blueprint.get("/items/<slug>")
@policy("account")
def edit_item(slug: str) -> Response:
    """The form of an item; one that is declared in a file is shown only. Raises NotFound.

    With ``version`` it holds what the item said at that revision, unsaved: its address and its
    dates stay as they are.
    """
    item = found(slug)
    mine = fields.of_item(item)
    given = request.args.get("version", "")
    if not given:
        return _form(item, mine)
    known = given.isascii() and given.isdecimal() and len(given) <= 18
    old = current_service().store.version(item.guid, int(given)) if known else None
    if old is None:
        raise NotFound("that version is not kept any more")
    again = replace(
        fields.of_item(old), slug=mine.slug, published=mine.published, expires=mine.expires
    )
    return _form(item, again, brought=old)


@blueprint.post("/items/<slug>")
@policy("account")
def save_item(slug: str) -> Answer:
    """Keep what was changed in the form, unless somebody else changed the item meanwhile.

    Raises NotFound.
    """
    item = found(slug)
    service = current_service()
    mine, press = fields.of_form(request.form), _press()
    shown = _shown_before(item)
    base = fields.of_item(shown or item)
    mine, untaken = attaching.with_files(mine)
    mine = attaching.completed(mine, base, service.uploads.of_url)
    return _save(item, shown, mine, press, untaken)


def _save(
    item: Item,
    shown: Item | None,
    mine: Fields,
    press: Press,
    untaken: Mapping[str, str] = MappingProxyType({}),
) -> Answer:
    """Keep what ``mine`` changes of the item as it was ``shown``; ``untaken`` hinders that."""
    service = current_service()
    base = fields.of_item(shown or item)
    if press.action == "undo" and item.status is not Status.SCHEDULED:
        flash("It was not waiting to go out any more; nothing was taken back.", "warning")
        press = Press("save", press.hold)
    if _theirs(item, shown) if shown else fields.changed(mine, base):
        for reason in untaken.values():
            flash(f"{reason}.", "error")
        return _clashed(item, shown, mine, press)
    if untaken:
        return _form(item, mine, faults=dict(untaken), press=press)
    try:
        told = fields.patch(mine, base, item) | deciding.told(press, mine, item, service.now())
        deciding.check_dates(told, item, service.now())
        written = service.submissions.change(
            item,
            fields.read(told, item),
            origin=auth.origin("editor"),
            now=service.now(),
            expected=item.revision,
        )
    except InvalidFields as error:
        return _form(item, mine, faults=fields.faults_by_field(error), press=press)
    except Changed:  # in this very moment
        return _clashed(found(item.slug), shown, mine, press)
    except Conflict as error:
        return _form(item, mine, faults={"": str(error)}, press=press)
    _tell(written, press)
    return to_item(written.item)


# What the form says beside its fields


def _press() -> Press:
    return Press.of(request.form.get("action", ""), request.form.get("hold", ""))


def _key(told: dict[str, Any]) -> Key | None:
    """What makes the same form, sent twice, one article."""
    given = _key_sent()
    if not given:
        return None
    untimed = {name: value for name, value in told.items() if name != "published"}
    digest = hashlib.sha256(json.dumps(untimed, sort_keys=True).encode()).hexdigest()
    return Key(f"editor:{given}", digest)


def _key_sent() -> str:
    """The key of a new article's form, in the form or in its address; "" if it has none."""
    given = request.values.get("key", "")
    return given if given.isascii() and given.isprintable() and len(given) <= 64 else ""


def _made(key: str) -> tuple[Item, Item | None] | None:
    """What a form of this key has made: the article as it is now, and as it was made."""
    store = current_service().store
    made = store.made_by(f"editor:{key}") if key else None
    item = store.item(guid=made[0]) if made else None
    return (item, store.version(item.guid, made[1])) if made and item else None


def _shown_before(item: Item) -> Item | None:
    """The item as it was when the form was shown; as it is now where the form does not say when.

    None if nobody knows any more: an article that is changed often keeps no version for ever.
    """
    given = request.form.get("revision", "")
    if not given or given == str(item.revision):
        return item
    if not (given.isascii() and given.isdecimal()) or len(given) > 18:
        return None
    return current_service().store.version(item.guid, int(given))


# When somebody else was quicker


def _theirs(item: Item, shown: Item) -> frozenset[str]:
    """The fields that were changed since the form was shown.

    An item that has gone out meanwhile as it was meant to has no other text for that.
    """
    names = fields.changed(fields.of_item(item), fields.of_item(shown))
    return names - {"published"} if item.published == shown.published else names


def _clashed(item: Item, shown: Item | None, mine: Fields, press: Press) -> Response:
    """The form with both: what they changed and what I did; and where we both did, how it differs.

    Nothing is kept yet. It can be saved as it stands then. Where nobody knows what was ``shown``,
    all that differs may have been changed by both.
    """
    theirs = fields.of_item(item)
    base = fields.of_item(shown) if shown else theirs
    by_them = _theirs(item, shown) if shown else frozenset()
    by_both = fields.changed(mine, theirs)
    put_together = fields.merged(mine, base, theirs)
    if shown:
        by_both &= by_them & fields.changed(mine, base)
        if "text" in by_both and mine.form == base.form == theirs.form:
            text = merging.merged(base.text, mine.text, theirs.text)
            put_together = replace(put_together, text=text.text)
            by_both -= {"text"} if text.whole else set()
    clash = Clash(
        item,
        tuple(
            (LABELS[name], difference(as_text(base, name), as_text(theirs, name)))
            for name in LABELS
            if name in by_them
        ),
        tuple(
            (LABELS[name], difference(as_text(theirs, name), as_text(put_together, name)))
            for name in LABELS
            if name in by_both
        ),
    )
    return _form(item, put_together, clash=clash, press=press, status=409)


def as_text(one: Fields, name: str) -> str:
    """A field as text that can be compared."""
    value = getattr(one, name)
    if name == "files":
        return "\n".join(" ".join(filter(None, asdict(file).values())) for file in value)
    if name == "feeds":
        return "\n".join(value)
    return {"markdown": "Markdown", "html": "HTML"}[value] if name == "form" else str(value)


# What is shown


def _form(
    item: Item | None,
    mine: Fields,
    *,
    faults: dict[str, str] | None = None,
    clash: Clash | None = None,
    press: Press | None = None,
    brought: Item | None = None,
    status: int = 200,
) -> Response:
    service = current_service()
    return show(
        "admin/write.html",
        status=422 if faults else status,
        here="items" if item else "write",
        item=item,
        mine=mine,
        faults=faults or {},
        labels=LABELS | {"upload": "Files to add", "picture_file": "Picture"},
        clash=clash,
        brought=brought,
        press=press or Press("publish"),
        holds=HOLDS,
        key=_key_sent() or secrets.token_urlsafe(12),
        declared=_declared_in(item),
        feeds=_feeds(mine),
        pictures=attaching.offered(),
        accepted=attaching.ACCEPTED,
        account=auth.identity().name,
        was_out=item is not None
        and item.status is Status.WITHDRAWN
        and service.store.was_out(item.guid),
        accepted_pictures=attaching.ACCEPTED_PICTURES,
        most=service.settings.limits.media,
        source=_source(item),
        credited=_credited(item),
        origin_words=origin_words,
        status_words=status_words,
        now=service.now(),
    )


def _declared_in(item: Item | None) -> str | None:
    """The path of the file that an item is declared in, below the folder of the configuration."""
    if item is None or not item.origin.startswith("file:"):
        return None
    return f"items/{item.origin.removeprefix('file:')}"


def _source(item: Item | None) -> Shown | None:
    """The source that an item is of, as long as nobody has changed the item here."""
    row = current_service().sources.of_item(item) if item else None
    return source_shown(row) if row else None


def _credited(item: Item | None) -> list[tuple[Shown, str, str]]:
    """What an item credits and can be taken apart: its source, its guid there, its title."""
    if item is None or not item.via:
        return []
    return [
        (source_shown(row), record.guid, record.kept.title if record.kept else "")
        for row, record in current_service().sources.credits(item)
    ]


def _feeds(mine: Fields) -> list[tuple[str, str, bool]]:
    """The feeds that can be chosen: name, title, whether it is private. Those chosen are all there.

    An article that was meant for a feed before it was renamed or ended keeps its name.
    """
    sections = current_service().settings.all_feeds()
    known = [(one.name, one.title or one.name, one.private) for one in sections]
    names = {name for name, _, _ in known}
    return known + [(name, name, False) for name in mine.feeds if name not in names]


def _tell(written: Written, press: Press) -> None:
    """Say what was done, and what was dropped on the way."""
    status = written.item.status
    if written.kind == "unchanged":
        flash("Nothing was changed.")
    elif status is Status.PUBLISHED:
        first = press.action in {"publish", "now"}
        flash("Published." if first else "Saved. Readers get the change with their next poll.")
    elif press.action == "undo":
        flash("Taken back. It is a draft again, and no reader has seen it.")
    elif status is not Status.SCHEDULED or press.action == "save":
        flash("Saved.")
    for note in list(dict.fromkeys(written.notes))[:_NOTES_MAX]:
        flash(f"{note[:1].upper()}{note[1:_NOTE_MAX]}.", "warning")
