"""Micropub (W3C), ``/micropub``: writing apps publish here; docs/micropub.md.

Failures are told as Micropub clients read them (3.8): ``error`` is one of few words, and
``error_description`` a sentence.
"""

from __future__ import annotations

import logging

from flask import Blueprint, Response, request
from pydantic_core import to_json
from werkzeug.exceptions import HTTPException

from feedsvc.errors import FeedsvcError, Forbidden, ItemError, NotFound, TooOften, Unauthorized
from feedsvc.web import headers
from feedsvc.web.errors import RETRY_AFTER

log = logging.getLogger(__name__)

blueprint = Blueprint("micropub", __name__)

JSON = "application/json"
_WORDS = {
    400: "invalid_request",
    401: "unauthorized",
    403: "forbidden",
    405: "invalid_request",
    409: "conflict",
    413: "too_large",
    415: "unsupported_type",
    429: "too_many_requests",
    500: "server_error",
    503: "temporarily_unavailable",
    507: "temporarily_unavailable",
}


def answer(value: object, status: int = 200) -> Response:
    """A JSON value, which no cache keeps."""
    response = Response(to_json(value) + b"\n", status, content_type=JSON)
    response.headers["Cache-Control"] = headers.NEVER
    return response


def done(status: int = 204, location: str | None = None) -> Response:
    """It is done; ``location`` is the address of what was made, or has moved."""
    response = Response(status=status)
    if status == 204:
        del response.headers["Content-Type"]
    if location:
        response.headers["Location"] = headers.ascii_uri(location)
    response.headers["Cache-Control"] = headers.NEVER
    return response


@blueprint.errorhandler(FeedsvcError)
def _ours(error: FeedsvcError) -> Response:
    status = error.http_status
    if status >= 500:
        log.error("%s %r: %s", request.method, request.path, error, exc_info=error)
        # What the store says of itself (paths, hosts) is for the log, not for the world.
        response = _told(status, "That can't be done just now: try again in a while.")
        response.headers["Retry-After"] = str(RETRY_AFTER)
        return response
    # A post that can't be, or is not there, is a wrong request here.
    response = _told(400 if isinstance(error, ItemError | NotFound) else status, str(error))
    if isinstance(error, Forbidden) and error.scope:
        response.data = to_json({**_error("insufficient_scope", str(error)), "scope": "create"})
    if isinstance(error, TooOften):
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unauthorized):
        response.headers["WWW-Authenticate"] = 'Bearer realm="feedsvc"'
    return response


@blueprint.errorhandler(HTTPException)
def _http(error: HTTPException) -> Response:
    response = _told(error.code or 500, error.description or error.name)
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            response.headers[name] = value
    return response


def _told(status: int, reason: str) -> Response:
    return answer(_error(_WORDS.get(status, "invalid_request"), reason), status)


def _error(word: str, reason: str) -> dict[str, str]:
    return {"error": word, "error_description": reason}


# One line for each module with views: importing it registers them.
from feedsvc.web.micropub import endpoint, queries  # noqa: E402, F401
