"""``/api/v1/media``: pictures, sound, films are sent, listed, looked at, removed."""

from __future__ import annotations

from datetime import datetime
from typing import IO, Annotated

from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field
from werkzeug.http import parse_options_header

from feedsvc.errors import FieldFault, InvalidFields, ItemError, NotFound
from feedsvc.store import Upload
from feedsvc.web import auth
from feedsvc.web.api import asking, blueprint, lists
from feedsvc.web.api.answering import answer, nothing
from feedsvc.web.api.operations import operation
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy

_FORM = "multipart/form-data"


class MediaFile(BaseModel):
    """A form with the file. Sent as it is, with its own Content-Type, it needs no form."""

    file: Annotated[str, Field(json_schema_extra={"format": "binary"})]


class MediaObject(BaseModel):
    """A file that was sent. What no item leads to can be removed."""

    id: str = Field(description="the first 32 hexadecimal digits of its SHA-256")
    url: str = Field(description="where it is served: for an item's content, enclosures or image")
    name: str
    type: str = Field(description="by what is in it")
    length: int = Field(description="bytes")
    duration: int | None = Field(description="seconds, of sound")
    width: int | None = Field(description="pixels, of a picture")
    height: int | None = Field(description="pixels, of a picture")
    at: datetime
    origin: str
    items: list[str] | None = Field(None, description="the slugs of the items that lead to it")


class MediaList(BaseModel):
    """A page of files, newest first."""

    items: list[MediaObject]
    next_cursor: str | None


class MediaQuery(lists.ListQuery):
    """Which files are listed."""

    cursor: lists.Cursor = lists.cursor(r"^([0-9]{1,15}\.[0-9a-f]{1,32})?$")
    q: str | None = Field(None, description="those with this in their names")


class NameQuery(BaseModel):
    """What a file is called that is sent without a form."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, description="its name, if it is not sent in a form")


@blueprint.get("/media")
@operation("List files", query=MediaQuery, gives={200: MediaList}, problems=(422,))
@policy("write")
def list_media() -> Response:
    """Those sent here, not those beside item files."""
    asked = asking.query(MediaQuery)
    try:
        found, cursor = current_service().store.uploads(
            cursor=asked.cursor, limit=asked.limit, search=asked.q
        )
    except ItemError as error:
        raise InvalidFields([FieldFault("cursor", error.reason)]) from None
    return lists.page([_object(one) for one in found], cursor)


@blueprint.post("/media")
@operation(
    "Send a file",
    takes=MediaFile,
    media_types=(_FORM,),
    query=NameQuery,
    gives={201: MediaObject, 200: MediaObject},
    problems=(400, 413, 415, 422),
)
@policy("write")
def add_media() -> Response:
    """Its `url` is for an item to lead to. The same bytes again are the same file (200)."""
    asking.refuse_key("the same file sent again is one file anyway")
    asking.query(NameQuery)
    file, name = _sent()
    service = current_service()
    taken = service.uploads.take(file, name=name, origin=auth.origin("api"), now=service.now())
    status = 201 if taken.new else 200
    return answer(_object(taken.upload), status, location=_address(taken.upload))


@blueprint.get("/media/<upload_id>")
@operation("Look at a file", gives={200: MediaObject}, problems=(404,))
@policy("write")
def read_media(upload_id: str) -> Response:
    """What is known of it, and which items lead to it."""
    store = current_service().store
    slugs = [item.slug for item in store.upload_users(upload_id)]
    return answer(_object(_found(upload_id)) | {"items": slugs})


@blueprint.delete("/media/<upload_id>")
@operation("Remove a file", gives={204: None}, problems=(404, 409))
@policy("write")
def remove_media(upload_id: str) -> Response:
    """Not while an item leads to it that is not withdrawn (409)."""
    if not current_service().uploads.remove(_found(upload_id).id):
        raise NotFound("there is no such file")
    return nothing()


def _sent() -> tuple[IO[bytes], str]:
    """The file and what it is called: from a form, or the whole body."""
    asked = asking.query(NameQuery)
    if request.mimetype == _FORM:
        if len(request.files.getlist("file")) > 1:
            raise InvalidFields([FieldFault("file", "is there more than once: send one file")])
        sent = request.files.get("file")
        if sent is None:
            raise InvalidFields([FieldFault("file", "must be given: the part with the file")])
        return sent.stream, asked.name or sent.filename or ""
    _, told = parse_options_header(request.headers.get("Content-Disposition"))
    return request.stream, asked.name or told.get("filename", "")


def _found(upload_id: str) -> Upload:
    found = current_service().store.upload(upload_id)
    if found is None:
        raise NotFound("there is no such file")
    return found


def _object(upload: Upload) -> dict[str, object]:
    told = MediaObject(
        id=upload.id,
        url=current_service().uploads.url(upload),
        name=upload.name,
        type=upload.type,
        length=upload.length,
        duration=upload.duration,
        width=upload.width,
        height=upload.height,
        at=upload.at,
        origin=upload.origin,
    )
    return told.model_dump(exclude={"items"})


def _address(upload: Upload) -> str:
    return f"{current_service().settings.site.url}/api/v1/media/{upload.id}"
