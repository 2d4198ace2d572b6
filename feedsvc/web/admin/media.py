"""Uploaded files: all of them with what uses each, more of them, and away with those unused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Literal, cast

from flask import Response, flash, redirect, request
from werkzeug.wrappers import Response as Answer

from feedsvc.errors import FeedsvcError, ItemError, NotFound
from feedsvc.model import Enclosure, Item, Status
from feedsvc.store import Upload
from feedsvc.web import auth
from feedsvc.web.admin import blueprint
from feedsvc.web.admin.signin import page_path, show_form
from feedsvc.web.current import current_service
from feedsvc.web.media import served_upload
from feedsvc.web.policy import policy
from feedsvc.web.presentation import clock, media_kind, size_words

#: Files on one page.
PAGE_FILES = 24


@dataclass(frozen=True, slots=True)
class Card:
    """A file as the page shows it: its address, what it is in words, the items that use it."""

    upload: Upload
    url: str
    kind: Literal["audio", "video", "image", "file"]
    facts: str
    markdown: str
    users: tuple[Item, ...]

    @property
    def removable(self) -> bool:
        """Whether only withdrawn items use it, if any."""
        return all(item.status is Status.WITHDRAWN for item in self.users)


@blueprint.get("/media")
@policy("account")
def media() -> Response:
    """The files, newest first: those with ``q`` in their name, from a ``cursor`` on."""
    return _page()


@blueprint.post("/media")
@policy("account")
def add_media() -> Response | Answer:
    """Take in the files of the form, one by one. What is wrong with one hinders no other."""
    service = current_service()
    sent = [file for file in request.files.getlist("file") if file.filename]
    refused: list[str] = []
    taken = []
    for file in sent:
        name = file.filename or ""
        try:
            taken.append(
                service.uploads.take(
                    cast("BinaryIO", file.stream),
                    name=name,
                    origin=auth.origin("editor"),
                    now=service.now(),
                )
            )
        except FeedsvcError as error:
            refused.append(f"{name} was not taken: {error}")
    if not sent:
        refused.append("no file was chosen")
    for one in taken:
        again = "" if one.new else " was here already, under this name"
        flash(f"{one.upload.name}{again or ' is uploaded'}.")
    if refused:
        return _page(ItemError("not everything was done: " + "; ".join(refused)))
    return redirect(page_path("/admin/media"), 303)


@blueprint.get("/media/<upload_id>")
@policy("account")
def see_media(upload_id: str) -> Response:
    """A file itself, also one that private articles alone use. Raises NotFound."""
    return served_upload(_found(upload_id), private=True)


@blueprint.post("/media/<upload_id>/removal")
@policy("account")
def remove_media(upload_id: str) -> Response | Answer:
    """Remove a file that no item uses. Raises NotFound."""
    upload = _found(upload_id)
    try:
        current_service().uploads.remove(upload.id)
    except FeedsvcError as error:
        return _page(error)
    flash(f"Removed: {upload.name}.")
    return redirect(page_path("/admin/media"), 303)


def _found(upload_id: str) -> Upload:
    upload = current_service().store.upload(upload_id)
    if upload is None:
        raise NotFound("there is no such file; the list of media has them all")
    return upload


def _page(error: FeedsvcError | None = None) -> Response:
    service = current_service()
    query = " ".join(request.args.get("q", "").split())[:200]
    cursor = request.args.get("cursor") or None
    try:
        found, more = service.store.uploads(cursor=cursor, limit=PAGE_FILES, search=query or None)
    except ItemError as wrong:
        raise NotFound("there is no such page of this list; start from its beginning") from wrong
    return show_form(
        "admin/media.html",
        error,
        here="media",
        cards=[_card(upload) for upload in found],
        more=more,
        cursor=cursor,
        query=query,
        most=service.settings.limits.media,
    )


def _card(upload: Upload) -> Card:
    service = current_service()
    url = service.uploads.url(upload)
    kind = media_kind(Enclosure(url, upload.type))
    users = service.store.upload_users(upload.id)
    return Card(upload, url, kind, facts(upload), markdown(upload, url, kind), tuple(users))


def facts(upload: Upload) -> str:
    """What a file is, in a few words: ``image/png · 1600 × 400 · 34 kB``."""
    size = f"{upload.width} × {upload.height}" if upload.width and upload.height else ""
    length = clock(upload.duration) if upload.duration is not None else ""
    return " · ".join(filter(None, (upload.type, size, length, size_words(upload.length))))


def markdown(upload: Upload, url: str, kind: str) -> str:
    """How an article in Markdown shows a picture, or leads to another file.

    >>> markdown(Upload("0", "low [1].png", "image/png", 5), "https://a.example/x", "image")
    '![low \\\\[1\\\\]](https://a.example/x)'
    """
    name = upload.name.rpartition(".")[0] or upload.name
    words = "".join(f"\\{char}" if char in "\\[]`*_<&!" else char for char in name)
    return f"{'!' if kind == 'image' else ''}[{words}]({url})"
