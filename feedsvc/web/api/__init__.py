"""The API for programs, ``/api/v1/``: JSON over HTTP, docs/api.md.

Each module of this room puts its views on the blueprint below, says with ``@operation`` what each
takes and gives, and is imported at the end. Failures are problem documents (``web/errors.py``).
"""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

# One line for each module with views: importing it registers them.
from feedsvc.web.api import (  # noqa: E402, F401
    batch,
    feeds,
    items,
    media,
    openapi,
    others,
    polled,
    sources,
    tokens,
    waiting,
)
