"""How the API answers: JSON objects with their entity tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask import Response, request
from pydantic_core import to_json

from feedsvc.formats import itemjson
from feedsvc.intake.submissions import Written
from feedsvc.model import Item
from feedsvc.web import headers
from feedsvc.web.api.asking import etag_of
from feedsvc.web.api.operations import JSON
from feedsvc.web.conditional import not_modified
from feedsvc.web.current import current_service

#: What only somebody with a token sees is kept by nobody else, and asked for each time.
CHECKED = "private, no-cache"


def answer(
    value: object, status: int = 200, *, etag: str | None = None, location: str | None = None
) -> Response:
    """A JSON value, in UTF-8. ``etag`` is quoted; a GET that knows it is answered 304.

    ``location`` is the address of what was made.
    """
    if etag and request.method in {"GET", "HEAD"} and _known(etag):
        response = Response(status=304)
        del response.headers["Content-Type"]
    else:
        response = Response(to_json(value) + b"\n", status, content_type=JSON)
    return _with(response, {"ETag": etag, "Location": location})


def nothing(*, etag: str | None = None) -> Response:
    """It is done, and there is nothing to say (204)."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return _with(response, {"ETag": etag})


def _known(etag: str) -> bool:
    now = current_service().now()
    tags = request.headers.get("If-None-Match")
    return not_modified(tags, None, etag=etag, changed_at=None, now=now)


def _with(response: Response, fields: Mapping[str, str | None]) -> Response:
    response.headers["Cache-Control"] = CHECKED if fields.get("ETag") else headers.NEVER
    response.headers["Vary"] = "Authorization"
    response.headers.update({name: value for name, value in fields.items() if value})
    return response


# Items


def item(found: Item) -> Response:
    """An item as it is."""
    return answer(itemjson.write(found), etag=etag_of(found))


def written(what: Written) -> Response:
    """An item that was sent, as it is kept: 201 for a new one."""
    told: dict[str, Any] = itemjson.write(what.item) | {"notes": list(what.notes)}
    status = 201 if what.kind == "added" else 200
    return answer(told, status, etag=etag_of(what.item), location=item_address(what.item))


def item_address(found: Item) -> str:
    """Where the API has an item."""
    return f"{current_service().fixed.site.url}/api/v1/items/{quote(found.slug)}"
