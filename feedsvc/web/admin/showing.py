"""How a page of the editor is answered: made for one person, kept by nobody."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template

from feedsvc.web import answers, headers

#: As on pages for readers; and scripts of ours may ask our own server, frames show our own pages.
EDITOR_POLICY = f"{headers.PAGE_POLICY}; connect-src 'self'; frame-src 'self'"
#: A page that is shown inside one of the editor's: it can do nothing, and nobody else can frame it.
FRAMED_POLICY = headers.PAGE_POLICY.replace(
    "script-src 'self'; ", "sandbox allow-same-origin; "
).replace("frame-ancestors 'none'", "frame-ancestors 'self'")


def show(
    template: str, *, status: int = 200, policy: str = EDITOR_POLICY, **context: Any
) -> Response:
    """Answer with a page of the editor. It is stored nowhere: it holds drafts and a form's key."""
    response = Response(render_template(template, **context), status, content_type=answers.HTML)
    response.headers["Content-Security-Policy"] = policy
    response.headers["Cache-Control"] = headers.NEVER
    return response
