"""Files that are put into an article while it is written: taken in, and where each then stands.

A script sends them one by one; without it they come with the form when it is saved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from html import escape
from typing import BinaryIO, cast

from flask import Response, jsonify, request
from werkzeug.datastructures import FileStorage

from feedsvc.errors import FeedsvcError, ItemError
from feedsvc.intake.uploads import Taken
from feedsvc.model import Enclosure
from feedsvc.store import Upload
from feedsvc.web import auth, headers
from feedsvc.web.admin import blueprint, episode
from feedsvc.web.admin.fields import Fields, File, TextForm
from feedsvc.web.admin.media import markdown
from feedsvc.web.admin.signin import page_path
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy
from feedsvc.web.presentation import media_kind

#: Pictures to choose from, the newest of so many files.
_OFFERED, _LOOKED_AT = 12, 60
#: What people pick among their files. Of photos that we don't take, phones make one of these.
ACCEPTED_PICTURES = "image/jpeg,image/png,image/gif,image/webp,image/avif"
ACCEPTED = f"{ACCEPTED_PICTURES},audio/*,video/mp4,video/webm,application/pdf"


@dataclass(frozen=True, slots=True)
class Offer:
    """A picture that can be chosen: its name, its address, and where the editor shows it."""

    name: str
    url: str
    seen_at: str


@blueprint.post("/uploads")
@policy("account")
def take_upload() -> Response:
    """Take in the ``file`` of a form and say what it is and how a text shows it (JSON).

    Raises what :meth:`Uploads.take` does, and ItemError without a file.
    """
    sent = request.files.get("file")
    if sent is None:
        raise ItemError("no file was sent")
    taken = _taken(sent)
    upload = taken.upload
    response = jsonify({
        "url": taken.url,
        "name": upload.name,
        "type": upload.type,
        "kind": media_kind(Enclosure(taken.url, upload.type)),
        "length": upload.length,
        "duration": episode.time(upload.duration),
        "markdown": in_text(upload, taken.url, "markdown"),
        "html": in_text(upload, taken.url, "html"),
    })
    response.status_code = 201 if taken.new else 200
    response.headers["Cache-Control"] = headers.NEVER
    return response


def with_files(mine: Fields) -> tuple[Fields, dict[str, str]]:
    """What was typed with the files that came along, and what is wrong with the others by field.

    A picture that was chosen by its button is the article's.
    """
    chosen = request.form.get("picture", "")
    mine = replace(mine, image=chosen) if chosen else mine
    found, faults = _all_taken("upload")
    for taken in found:
        mine = attached(mine, taken.upload, taken.url)
    pictures, wrong = _all_taken("picture_file")
    for taken in pictures[-1:]:
        if taken.upload.type.startswith("image/"):
            mine = replace(mine, image=taken.url)
        else:
            wrong.append(f"{taken.upload.name} is no picture")
    told = {"upload": faults, "picture_file": wrong}
    return mine, {name: "; ".join(reasons) for name, reasons in told.items() if reasons}


def attached(mine: Fields, upload: Upload, url: str) -> Fields:
    """The article with a file: sound and films among its files, all else below its text."""
    if media_kind(Enclosure(url, upload.type)) in {"audio", "video"}:
        if url in {file.url for file in mine.files}:
            return mine
        return replace(mine, files=(*mine.files, described(File(url), upload)))
    before = f"{mine.text.rstrip()}\n\n" if mine.text.strip() else ""
    return replace(mine, text=f"{before}{in_text(upload, url, mine.form)}\n")


def in_text(upload: Upload, url: str, form: TextForm) -> str:
    """A picture, or a link to another file, as a text has it. What it shows, its writer says.

    >>> in_text(Upload("0", "a.png", "image/png", 5, None, 4, 3), "https://a.example/x", "html")
    '<img src="https://a.example/x" alt="" width="4" height="3">'
    """
    picture = media_kind(Enclosure(url, upload.type)) == "image"
    if form == "markdown":
        return f"![]({url})" if picture else markdown(upload, url, "file")
    if not picture:
        return f'<a href="{escape(url)}">{escape(upload.name)}</a>'
    known = upload.width and upload.height
    size = f' width="{upload.width}" height="{upload.height}"' if known else ""
    return f'<img src="{escape(url)}" alt=""{size}>'


def completed(mine: Fields, base: Fields, known: Callable[[str], Upload | None]) -> Fields:
    """The fields with what we know of uploaded files, where nothing else was said of them.

    ``known`` gives the upload of an address. The first sound that is put to an article is the
    episode, and says how long that is.
    """
    if mine.files == base.files:
        return mine
    uploads = {file.url: known(file.url) for file in mine.files}
    files = tuple(described(file, uploads[file.url]) for file in mine.files)
    mine = replace(mine, files=files)
    sounds = (file for file in files if uploads[file.url] and file.type.startswith("audio/"))
    first = next(sounds, None)
    return replace(mine, duration=mine.duration or first.duration) if first else mine


def described(file: File, upload: Upload | None) -> File:
    """A line of the form's files, its gaps filled with what is known of the upload."""
    if upload is None:
        return file
    return replace(
        file,
        type=file.type or upload.type,
        length=file.length or str(upload.length),
        duration=file.duration or episode.time(upload.duration),
    )


def offered() -> list[Offer]:
    """The pictures that were uploaded last."""
    service = current_service()
    uploads, _ = service.store.uploads(limit=_LOOKED_AT)
    pictures = [one for one in uploads if one.type.startswith("image/")][:_OFFERED]
    return [
        Offer(one.name, service.uploads.url(one), page_path(f"/admin/media/{one.id}"))
        for one in pictures
    ]


def _all_taken(field: str) -> tuple[list[Taken], list[str]]:
    """The files of a field of the form, and what is wrong with those that were not taken."""
    sent: Iterable[FileStorage] = (one for one in request.files.getlist(field) if one.filename)
    found, wrong = [], []
    for file in sent:
        try:
            found.append(_taken(file))
        except FeedsvcError as error:
            wrong.append(f"{file.filename} was not taken: {error}")
    return found, wrong


def _taken(file: FileStorage) -> Taken:
    service = current_service()
    return service.uploads.take(
        cast("BinaryIO", file.stream),
        name=file.filename or "",
        origin=auth.origin("editor"),
        now=service.now(),
    )
