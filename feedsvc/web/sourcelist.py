"""All sources as a list that other programs import."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response

from feedsvc.formats import clean, opml
from feedsvc.formats.opmlreader import Listed
from feedsvc.store import SourceRow
from feedsvc.web import headers
from feedsvc.web.current import current_service


def exported() -> Response:
    """The sources that have not ended, as OPML to be kept."""
    service = current_service()
    title = f"Sources of {service.settings.site.title}"
    body = opml.sources(title, listed(service.sources.all()), updated=service.now())
    response = Response(body, content_type=opml.MEDIA_TYPE)
    response.headers["Cache-Control"] = headers.NEVER
    response.headers["Content-Disposition"] = 'attachment; filename="sources.opml"'
    return response


def listed(rows: Iterable[SourceRow]) -> list[Listed]:
    """Sources in folders by the feed that takes them, without passwords."""
    return [
        Listed(
            url,
            clean.text(row.spec.name or row.state.title),
            (clean.url(row.state.site_url) if row.state.site_url else None) or "",
            (row.spec.into,) if row.spec.into else (),
        )
        for row in sorted(rows, key=lambda row: row.spec.into or "")
        if (url := clean.url(row.spec.url))
    ]
