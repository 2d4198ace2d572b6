"""Pictures, sound and other files: those that lie beside an item, and those that were uploaded."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import http_date

from feedsvc.errors import ItemError, NotFound, StoreUnavailable
from feedsvc.store import Upload
from feedsvc.web import headers, private
from feedsvc.web.answers import moved
from feedsvc.web.conditional import (
    ByteRange,
    NotSatisfiable,
    byte_range,
    last_modified,
    not_modified,
)
from feedsvc.web.current import current_service
from feedsvc.web.pages import published_item
from feedsvc.web.policy import policy

blueprint = Blueprint("media", __name__)

_CHUNK = 64 * 1024
#: What browsers may show in place; anything else is offered for download.
_SHOWN = ("audio/", "image/", "video/")
#: What the system says of a file that is not there, or that is not for us. Whatever else it says
#: (no more descriptors, a broken disk) will pass: a 404 would make readers drop the file.
_NOT_THERE = {None, errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES}


@blueprint.get("/items/<slug>/<name>")
@policy("feed")
def media(slug: str, name: str) -> Response:
    """A file of a published item, whole or in part (RFC 9110 14)."""
    service = current_service()
    item = published_item(slug)
    found = service.store.media(item.slug, name)
    if found is None:
        raise NotFound("this article has no such file")
    if item.slug != slug:
        return moved(f"{service.settings.site.url}/items/{item.slug}/{name}")
    return _served(lambda: service.folder.open_media(found), found.path, found.type)


@blueprint.get("/media/<upload_id>/<name>")
@policy("feed")
def upload(upload_id: str, name: str) -> Response:
    """An uploaded file, whole or in part. Its readers alone get what private articles use alone."""
    service = current_service()
    found = service.store.upload(upload_id)
    if found is None:
        raise NotFound("there is no such file")
    private.require(service.store.upload_readers(found.id))
    if found.name != name:
        return moved(service.uploads.url(found))
    return served_upload(found)


def served_upload(upload: Upload, *, private: bool = False) -> Response:
    """The response with an uploaded file, for whoever may have it. Raises NotFound."""
    uploads = current_service().uploads
    etag = f'"{upload.id}"'
    return _served(
        lambda: uploads.open(upload), upload.name, upload.type, upload.at, etag, private=private
    )


def _served(
    open_it: Callable[[], BinaryIO],
    path: str,
    media_type: str,
    changed_at: datetime | None = None,
    etag: str | None = None,
    *,
    private: bool = False,
) -> Response:
    """The response with a file. Without ``changed_at`` and ``etag`` they are made of its state."""
    try:
        file = open_it()
    except (OSError, ItemError, NotFound) as error:
        if (code := _errno(error)) not in _NOT_THERE:
            raise StoreUnavailable(
                f"The file {path} can't be opened ({os.strerror(code or 0)})."
            ) from error
        # Removed, or no plain file, since it was taken in.
        raise NotFound("this file is not here any more") from error
    try:
        facts = os.fstat(file.fileno())
        what = _File(
            media_type,
            facts.st_size,
            etag or f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"',
            changed_at or datetime.fromtimestamp(facts.st_mtime_ns / 1_000_000_000, UTC),
            headers.PRIVATE if private else headers.SHORT,
        )
        response = _answer(file, what, current_service().now())
    except BaseException:
        file.close()
        raise
    response.call_on_close(file.close)
    return response


@dataclass(frozen=True, slots=True)
class _File:
    """An open file as it is answered with: its length in bytes, its validators, who may keep it."""

    type: str
    length: int
    etag: str
    changed_at: datetime
    cache: str


def _errno(error: BaseException | None) -> int | None:
    """What the system said when a file could not be opened; None where it was not the system."""
    while error is not None and not isinstance(error, OSError):
        error = error.__context__  # there too when our words stand for the system's
    return error.errno if error else None


def _answer(file: BinaryIO, what: _File, now: datetime) -> Response:
    modified = last_modified(what.changed_at, now)
    fields = {
        "Accept-Ranges": "bytes",
        "Cache-Control": what.cache,
        "Access-Control-Allow-Origin": "*",  # players in a browser read transcripts and chapters
        "Content-Security-Policy": headers.MEDIA_POLICY,
        "ETag": what.etag,
        "Last-Modified": http_date(modified),
    }
    if not_modified(
        request.headers.get("If-None-Match"),
        request.headers.get("If-Modified-Since"),
        etag=what.etag,
        changed_at=what.changed_at,
        now=now,
    ):
        response = Response(status=304, headers=fields)
        del response.headers["Content-Type"]
        return response
    part = _part(what.length, what.etag, modified)
    start, stop = (part.start, part.stop) if part else (0, what.length)
    response = Response(
        _pieces(file, start, stop) if request.method == "GET" else (),
        206 if part else 200,
        fields,
        content_type=_content_type(what.type),
    )
    response.content_length = stop - start
    if part:
        response.content_range.set(start, stop, what.length)
    if not what.type.startswith(_SHOWN):
        response.headers["Content-Disposition"] = "attachment"
    return response


def _part(length: int, etag: str, modified: datetime) -> ByteRange | None:
    if request.method != "GET":  # Range is defined for GET alone (RFC 9110 14.2)
        return None
    try:
        return byte_range(
            request.headers.get("Range"),
            request.headers.get("If-Range"),
            length=length,
            etag=etag,
            modified=modified,
        )
    except NotSatisfiable as error:
        raise RequestedRangeNotSatisfiable(error.length) from error


def _pieces(file: BinaryIO, start: int, stop: int) -> Iterator[bytes]:
    file.seek(start)
    while start < stop and (piece := file.read(min(_CHUNK, stop - start))):
        start += len(piece)
        yield piece


def _content_type(media_type: str) -> str:
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
