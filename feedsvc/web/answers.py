"""The one way a document, a page or a file of ours becomes a response.

Validators, 304, caching and security headers are the same for all of them because they are made
here. Content codings (gzip, br) belong into :func:`answer`, between the 304 and the body.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, render_template, request
from werkzeug.http import http_date

from feedsvc.model import Link
from feedsvc.publish.document import Document
from feedsvc.web import headers
from feedsvc.web.conditional import last_modified, not_modified
from feedsvc.web.current import current_service

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Representation:
    """What is to be handed out: bytes with their validators, and the headers that go with them.

    ``etag`` is quoted; ``changed_at`` keeps its microseconds, None when no time is known.
    """

    body: bytes
    media_type: str
    etag: str
    changed_at: datetime | None
    cache: str
    policy: str
    links: tuple[Link, ...] = ()
    vary: tuple[str, ...] = ()
    location: str | None = None  #: the address of exactly this form (RFC 9110 8.7)
    any_origin: bool = False  #: scripts of other sites may read it


def answer(what: Representation) -> Response:
    """Turn a representation into the response to the present request: 200, or 304 without body."""
    now = current_service().now()
    fields = {
        "ETag": what.etag,
        "Cache-Control": what.cache,
        "Content-Security-Policy": what.policy,
        "Vary": ", ".join(what.vary),
        "Link": headers.link_header(what.links),
        "Content-Location": what.location or "",
        "Access-Control-Allow-Origin": "*" if what.any_origin else "",
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
        response = Response(what.body, content_type=what.media_type)
    response.headers.update({name: value for name, value in fields.items() if value})
    return response


def document(made: Document, *, vary: Iterable[str] = (), location: str | None = None) -> Response:
    """Answer with a feed or another document that pollers fetch."""
    return answer(
        Representation(
            made.body,
            made.media_type,
            made.etag,
            made.last_modified,
            headers.POLLED,
            headers.DOCUMENT_POLICY,
            made.links,
            tuple(vary),
            headers.ascii_uri(location) if location else None,
            any_origin=True,
        )
    )


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
