"""What machines ask: is the process alive, and can it do its work."""

from __future__ import annotations

import json
import logging
from typing import Any

from flask import Blueprint, Response

from feedsvc.errors import FeedsvcError, ItemError, StoreError
from feedsvc.web import headers
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy

blueprint = Blueprint("health", __name__)
log = logging.getLogger(__name__)


@blueprint.get("/healthz")
@policy("public")
def healthz() -> Response:
    """Liveness: this process answers. Touches nothing else, so it holds while the store is away."""
    return _state({"status": "ok"})


@blueprint.get("/readyz")
@policy("public")
def readyz() -> Response:
    """Readiness: 200 when the store answers, with what a publisher should look at; else 503."""
    service = current_service()
    try:
        revision = service.store.revision()
        problems = [_problem(error) for error in service.problems(private=False)]
    except StoreError as error:
        log.warning("not ready: %s", error)
        return _state({"status": "unavailable", "reason": str(error)}, status=503)
    return _state({"status": "ready", "revision": revision, "problems": problems})


def _problem(error: FeedsvcError) -> dict[str, Any]:
    if isinstance(error, ItemError):
        return {"where": error.where, "line": error.line, "reason": error.reason}
    return {"where": None, "line": None, "reason": str(error)}


def _state(facts: dict[str, Any], status: int = 200) -> Response:
    response = Response(
        json.dumps(facts, ensure_ascii=False) + "\n", status, content_type="application/json"
    )
    response.headers["Cache-Control"] = headers.NEVER
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response
