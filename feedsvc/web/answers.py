"""How a view answers: with a document that is polled, a page for people, a file of ours.

Validators, 304, codings, caching and security headers are the same for all of a kind because they
are made here, and those of documents in :mod:`polling`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from wsgiref.types import WSGIEnvironment

from flask import Response, render_template, request
from werkzeug.datastructures import Headers
from werkzeug.http import http_date

from feedsvc.errors import NotFound
from feedsvc.model import Link
from feedsvc.publish import marking
from feedsvc.publish.document import Coding, Target
from feedsvc.publish.encodings import encode
from feedsvc.web import auth, headers, private
from feedsvc.web.conditional import last_modified, not_modified
from feedsvc.web.current import current_desk, current_service
from feedsvc.web.encodings import choose
from feedsvc.web.front import LEARNT

HTML = "text/html; charset=utf-8"


class _AsMade(Response):
    """A response with the headers it was given: Werkzeug would take ``Last-Modified`` off a 304,
    which some readers, that send the date alone back, look for there."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:  # noqa: ARG002
        return Headers(self.headers)


def polled(target: Target, *, location: str | None = None, learn: bool = True) -> Response:
    """Answer with a feed or another document that pollers fetch.

    ``location`` is its own address where ``Accept`` chose it among several; else the address asked
    for is its own, and the fast path may ``learn`` it. Raises NotFound.
    """
    desk = current_desk()
    if private.is_private():
        learn = False
        token = auth.reader_token()
        where = location and private.addressed(marking.marked(location))
        answer = desk.opened(target, request.environ, token, where)
    else:
        answer = desk.answer(target, request.environ, location)
    if answer is None:
        raise NotFound(_MISSING[target.kind])
    if learn and location is None:
        request.environ[LEARNT] = target
    response = _AsMade(answer.body, answer.status)
    response.headers = Headers(answer.headers)
    return response


_MISSING = {
    "live": "this feed has just been taken away",
    "archive": "this feed's archive has no page of that number",
    "search": "there is nothing to search in",
    "opml": "there are no feeds",
}


@dataclass(frozen=True, slots=True)
class Representation:
    """A page or a file to be handed out: bytes with their validators, and how.

    ``etag`` is quoted; ``changed_at`` keeps its microseconds, None when no time is known.
    ``offered`` are the codings it may be sent in, made by ``encoded``.
    """

    body: bytes
    media_type: str
    etag: str
    changed_at: datetime | None
    cache: str
    policy: str
    links: tuple[Link, ...] = ()
    vary: tuple[str, ...] = ()
    offered: tuple[Coding, ...] = ()
    encoded: Callable[[bytes, Coding], bytes] = encode


def answer(what: Representation) -> Response:
    """Turn a representation into the response to the present request: 200, or 304 without body."""
    now = current_service().now()
    asked = request.headers.get("Accept-Encoding")
    coding = (what.offered and choose(asked, what.offered)) or "identity"
    coded = coding != "identity"
    vary = ("Accept-Encoding", *what.vary) if what.offered else what.vary
    fields = {
        "ETag": f'{what.etag[:-1]}-{coding}"' if coded else what.etag,
        "Cache-Control": what.cache,
        "Content-Security-Policy": what.policy,
        "Vary": ", ".join(vary),
        "Link": headers.link_header(what.links),
    }
    if what.changed_at:
        fields["Last-Modified"] = http_date(last_modified(what.changed_at, now))
    if not_modified(
        request.headers.get("If-None-Match"),
        request.headers.get("If-Modified-Since"),
        etag=what.etag,
        changed_at=what.changed_at,
        now=now,
    ):
        response = Response(status=304)
        del response.headers["Content-Type"]
    else:
        response = Response(what.encoded(what.body, coding), content_type=what.media_type)
        if coded:
            response.headers["Content-Encoding"] = coding
    response.headers.update({name: value for name, value in fields.items() if value})
    return response


def page(
    template: str,
    *,
    changed_at: datetime | None,
    links: Iterable[Link] = (),
    vary: Iterable[str] = (),
    **context: Any,
) -> Response:
    """Answer with a page for people. Its validator is made from its bytes."""
    body = render_template(template, **context).encode()
    if private.is_private():
        body = private.opened(body)
        links = [replace(link, href=private.addressed(link.href)) for link in links]
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return answer(
        Representation(
            body,
            HTML,
            etag,
            changed_at,
            headers.CHECKED,
            headers.PAGE_POLICY,
            tuple(links),
            tuple(vary),
            ("gzip",),  # made for this answer alone: gzip is done soonest
        )
    )


def moved(url: str, *, vary: Iterable[str] = ()) -> Response:
    """Answer that the right address is ``url``, for good (308, RFC 9110 15.4.9)."""
    response = Response(f"{url}\n", status=308, content_type="text/plain; charset=utf-8")
    response.headers["Location"] = headers.ascii_uri(url)
    response.headers["Cache-Control"] = headers.SHORT
    if named := ", ".join(vary):
        response.headers["Vary"] = named
    return response
