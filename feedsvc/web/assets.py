"""Our style, script and icon: a handful of small files, read once and known by their digest."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, request

from feedsvc.errors import NotFound
from feedsvc.publish.encodings import encode
from feedsvc.web import headers
from feedsvc.web.answers import Representation, answer
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy

blueprint = Blueprint("assets", __name__)

_FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ico": "image/vnd.microsoft.icon",
}


@cache
def _files() -> dict[str, tuple[bytes, str]]:
    """Name to (bytes, digest). Nothing is looked up on the disk by a name from outside."""
    bodies = {path.name: path.read_bytes() for path in _FOLDER.iterdir() if path.suffix in _TYPES}
    return {name: (body, hashlib.sha256(body).hexdigest()[:16]) for name, body in bodies.items()}


#: Each of the few files is encoded once.
_encoded = cache(encode)


def versioned(name: str) -> str:
    """The path of a file below the site's base, with its digest so that it may be kept for ever."""
    return f"/static/{name}?v={_files()[name][1]}"


@blueprint.get("/static/<name>")
@policy("public")
def static(name: str) -> Response:
    """One of our own files."""
    found = _files().get(name)
    if not found:
        raise NotFound(f"there is no {name} here")
    body, digest = found
    cache_for = headers.FOREVER if request.args.get("v") == digest else headers.SHORT
    return answer(
        Representation(
            body,
            _TYPES[Path(name).suffix],
            f'"{digest}"',
            None,
            cache_for,
            headers.DOCUMENT_POLICY,
            offered=("br", "gzip"),
            encoded=_encoded,
        )
    )


@blueprint.get("/favicon.ico")
@policy("public")
def favicon() -> Response:
    """The icon that browsers ask for unasked."""
    return static("favicon.ico")


@blueprint.get("/robots.txt")
@policy("public")
def robots() -> Response:
    """What crawlers are asked to leave alone: searches, which are endless, and what is private."""
    base = current_service().settings.site.url
    body = (
        "User-agent: *\nDisallow: /search\nDisallow: /admin/\nDisallow: /api/\n"
        f"\n# All feeds: {base}/opml.xml\n"
    ).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    return answer(
        Representation(
            body,
            "text/plain; charset=utf-8",
            etag,
            None,
            headers.SHORT,
            headers.DOCUMENT_POLICY,
        )
    )
