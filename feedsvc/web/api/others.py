"""Lists of what feedsvc has none of yet: subscriptions to its hub."""

from __future__ import annotations

from typing import Any

from flask import Response
from pydantic import BaseModel

from feedsvc.web.api import asking, blueprint, lists
from feedsvc.web.api.operations import operation
from feedsvc.web.policy import policy


class EmptyList(BaseModel):
    """A page of a list with nothing in it."""

    items: list[dict[str, Any]]
    next_cursor: str | None


@blueprint.get("/subscriptions")
@operation("List subscriptions", query=lists.ListQuery, gives={200: EmptyList}, problems=(422,))
@policy("admin")
def list_subscriptions() -> Response:
    """Those who are told of changes (WebSub): there are none yet."""
    return lists.whole([], asking.query(lists.ListQuery))
