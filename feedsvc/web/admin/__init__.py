"""The editor: pages under ``/admin/`` for people who have signed in.

Each module of this room puts its views on the blueprint below and is imported at the end.
"""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

# One line for each module with views: importing it registers them.
from feedsvc.web.admin import account, history, items, polls, preview, signin, writing  # noqa: E402, F401
from feedsvc.web.admin import media, subscribers  # noqa: E402, F401, I001
