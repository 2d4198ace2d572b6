"""Scripts of any site may use the API and Micropub: with a token, never with a cookie.

So any origin is allowed, and none with credentials (Fetch 3.2): a browser sends no cookie along,
and a token is only there where its owner has put it.
"""

from __future__ import annotations

from flask import Flask, Response, current_app, request

_PATHS = ("/api/v1/", "/micropub")
_SENT = "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key"
_READ = "ETag, Location, Link, Retry-After"
_SECONDS = "7200"  #: that browsers may remember it


def install(app: Flask) -> None:
    """Answer preflights, and let scripts read the answers. Comes before policies are enforced."""
    app.before_request(_preflight)
    app.after_request(_readable)


def _preflight() -> Response | None:
    """Say what may be asked (Fetch 3.2.2), which browsers ask without saying who they are."""
    if request.method != "OPTIONS" or not _is_ours() or request.url_rule is None:
        return None
    response = current_app.make_default_options_response()
    response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(response.allow))
    response.headers["Access-Control-Allow-Headers"] = _SENT
    response.headers["Access-Control-Max-Age"] = _SECONDS
    return response


def _readable(response: Response) -> Response:
    if _is_ours():
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = _READ
    return response


def _is_ours() -> bool:
    return request.path.startswith(_PATHS)
