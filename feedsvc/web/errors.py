"""Every failure as an answer: a problem document for programs, a page for people.

Pollers that come too often get a text, which somebody may find in a log. The status and the
problem's name stand with the error classes (``feedsvc.errors``); the table here adds what HTTP
knows by itself. Nothing of the request is repeated, and no traceback leaves.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from feedsvc.errors import (
    Changed,
    FeedsvcError,
    Forbidden,
    InvalidFields,
    ItemError,
    StoreError,
    TooOften,
    Unauthorized,
)
from feedsvc.model import MAIN_FEED
from feedsvc.publish.addresses import addresses
from feedsvc.web import headers
from feedsvc.web.current import current_service
from feedsvc.web.listed import listed, probably_listed
from feedsvc.web.negotiation import names_html

log = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"
#: Problem types are names, not places (RFC 9457 3.1.1 allows any URI).
TYPE_PREFIX = "urn:problem-type:feedsvc:"
#: Below these paths every answer is for programs, whatever they accept.
PROGRAMS = ("/api/", "/micropub")
#: After this many seconds it is worth asking again.
RETRY_AFTER = 10


@dataclass(frozen=True, slots=True)
class Kind:
    """How a status is told: its problem's name, a title, and what to do next."""

    problem: str
    title: str
    next_step: str


_KINDS = {
    400: Kind("bad-request", "That request makes no sense", "Mend it and try again."),
    401: Kind(
        "unauthorized",
        "Who are you?",
        "Send a token (feedsvc token create makes one): Authorization: Bearer TOKEN.",
    ),
    403: Kind("forbidden", "That is not for you", "Ask whoever runs this for the right to it."),
    404: Kind(
        "not-found",
        "Nothing is here",
        "Check the address, search for what you are after, or start from the home page.",
    ),
    405: Kind(
        "method-not-allowed", "That can't be done here", "Ask in one of the ways that it has."
    ),
    409: Kind("conflict", "That contradicts what is here", "Look at what is named here first."),
    410: Kind(
        "gone",
        "This is no longer here",
        "It was here once and has been taken away; it will not return to this address by itself.",
    ),
    412: Kind(
        "changed-meanwhile",
        "Somebody else changed it",
        "Read it again, then repeat your change.",
    ),
    413: Kind("too-large", "That is too much", "Send less."),
    415: Kind("unsupported-type", "Content of that kind is not taken", "Send another kind."),
    416: Kind("range-not-satisfiable", "No such part", "Ask for the whole file."),
    422: Kind("invalid", "That can't be taken", "Mend what is named here and send it again."),
    429: Kind(
        "too-often",
        "Please ask less often",
        "A reader that remembers the ETag of a feed never sees this.",
    ),
    500: Kind(
        "internal-error",
        "Something broke on our side",
        "It has been noted. Try again in a while; nothing you did caused it.",
    ),
    503: Kind(
        "unavailable",
        "Not available just now",
        "The service can't reach its data at the moment. Try again in a few seconds.",
    ),
    507: Kind("store-read-only", "Nothing can be saved", "Reading works; try to write later."),
}
_SIGNED_OUT = Kind("unauthorized", "You are not signed in", "Your session ended a while ago.")
_OTHER = Kind("error", "That did not work", "Start from the home page.")


def register(app: Flask) -> None:
    """Answer every error of ``app`` in this module's two forms."""
    app.register_error_handler(FeedsvcError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def _ours(error: FeedsvcError) -> Response:
    if error.http_status >= 500:
        log.error("%s %r: %s", request.method, request.path, error, exc_info=error)
        # What the store says of itself (paths, hosts) is for the log, not for the world.
        return _answer(error.http_status, error.problem, "")
    response = _answer(error.http_status, error.problem, str(error), _facts(error))
    if isinstance(error, TooOften):
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unauthorized) or (isinstance(error, Forbidden) and error.scope):
        response.headers["WWW-Authenticate"] = _challenge(error)
    return response


def _facts(error: FeedsvcError) -> dict[str, Any]:
    """What a program may want of an error beside its words (RFC 9457 3.2)."""
    if isinstance(error, InvalidFields):
        return {"errors": [{"field": one.field, "reason": one.reason} for one in error.faults]}
    if isinstance(error, ItemError):
        return {"errors": [{"field": error.where, "reason": error.reason}]}
    if isinstance(error, Changed) and error.revision is not None:
        return {"revision": error.revision}
    if isinstance(error, Forbidden) and error.scope:
        return {"scope": error.scope}
    return {}


def _challenge(error: Unauthorized | Forbidden) -> str:
    """How to say who one is (RFC 9110 11.6.1), and what was wrong with a token (RFC 6750 3)."""
    if isinstance(error, Forbidden):
        return f'Bearer realm="feedsvc", error="insufficient_scope", scope="{error.scope}"'
    if error.scheme == "Basic":
        return 'Basic realm="feedsvc", charset="UTF-8"'
    sent = error.scheme == "Bearer" and "Authorization" in request.headers
    return f'{error.scheme} realm="feedsvc"' + (', error="invalid_token"' if sent else "")


def problem_of(error: FeedsvcError) -> dict[str, Any]:
    """The problem document of an error of ours, for an answer that has several."""
    status = error.http_status
    if status >= 500:
        log.error("%s", error, exc_info=error)
        return _problem(status, error.problem, "", {})
    return _problem(status, error.problem, str(error), _facts(error))


def _problem(status: int, problem: str, detail: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """A problem document (RFC 9457)."""
    kind = _kind(status)
    told: dict[str, Any] = {
        "type": TYPE_PREFIX + problem,
        "title": kind.title,
        "status": status,
        "detail": f"{_sentence(detail)} {kind.next_step}" if detail else kind.next_step,
    }
    return {**told, **facts}


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    kind = _KINDS.get(status, _OTHER)
    detail = (error.description or "") if status == 400 else ""
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        ways = ", ".join(sorted(error.valid_methods))
        detail = f"{request.method} is nothing that this address knows; it knows {ways}"
    response = _answer(status, kind.problem, detail)
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:  # Allow, Content-Range, Retry-After
            response.headers[name] = value
    return response


def _unforeseen(error: Exception) -> Response:
    log.error("%s %r failed", request.method, request.path, exc_info=error)
    return _answer(500, _KINDS[500].problem, "")


def _answer(
    status: int, problem: str, detail: str, facts: Mapping[str, Any] = MappingProxyType({})
) -> Response:
    kind = _kind(status)
    programs = request.path.startswith(PROGRAMS)
    feeds = _feeds() if status in {404, 410} and not programs else []
    if names_html(request.headers.get("Accept")) and not programs:
        body = render_template(
            "error.html",
            status=status,
            kind=kind,
            detail=_sentence(detail[:1].upper() + detail[1:]) if detail else "",
            feeds=feeds,
            alternates=[],
        )
        response = Response(body, status, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = headers.PAGE_POLICY
    elif status == 429 and not programs:  # S15: for a person who looks into a program's log
        body = f"{_sentence(detail[:1].upper() + detail[1:])}\n"
        response = Response(body, status, content_type="text/plain; charset=utf-8")
    else:
        told = _problem(status, problem, detail, facts)
        if feeds:
            told["feeds"] = [{"name": name, "url": url} for name, _, url in feeds]
        body = json.dumps(told, ensure_ascii=False) + "\n"
        response = Response(body, status, content_type=PROBLEM_JSON)
    response.headers["Cache-Control"] = headers.NEVER
    if not programs:
        response.headers["Vary"] = "Accept"
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def _kind(status: int) -> Kind:
    if status == 401 and request.path.startswith("/admin/"):
        return _SIGNED_OUT
    return _KINDS.get(status, _OTHER)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…", "。")) else f"{text}."


def _feeds() -> list[tuple[str, str, str]]:
    """Name, title and page of each feed that can be followed; the store may be away."""
    service = current_service()
    settings = service.settings
    try:
        states = service.store.feed_states("feed")
        feeds = [section for section, _ in listed(settings, states)]
    except StoreError:
        feeds = list(probably_listed(settings, service.now()))
    untitled = {MAIN_FEED: settings.site.title}
    return [
        (
            feed.name,
            feed.title or untitled.get(feed.name, feed.name),
            addresses(settings.site.url, feed.name)["page"],
        )
        for feed in feeds
    ]
