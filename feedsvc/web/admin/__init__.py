"""The editor: pages under ``/admin/`` for people who have signed in.

Each module of this room puts its views on the blueprint below and is imported at the end.
"""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

# One line for each module with views: importing it registers them.
from feedsvc.web.admin import (  # noqa: E402, F401
    account,
    attaching,
    feeds,
    history,
    items,
    look,
    media,
    polls,
    preview,
    signin,
    sources,
    subscribers,
    waiting,
    writing,
)
