"""Who asks, as far as the policy of the view wants to know."""

from __future__ import annotations

from werkzeug.wrappers import Response

from feedsvc.errors import Unauthorized


def settle(policy: str) -> Response | None:
    """Find out who asks. Raises Unauthorized for who may not see what stands under ``policy``."""
    if policy in {"public", "feed", "visitor"}:
        return None
    raise Unauthorized("this is not for everybody")
