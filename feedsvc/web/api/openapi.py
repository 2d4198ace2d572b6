"""``/api/v1/openapi.json``: what the API is, made of the routes, what they declare and the models.

A view that declares nothing is there all the same, with what its route and its docstring say.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask, Response, current_app
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from pydantic_core import to_json
from werkzeug.routing import Rule

from feedsvc import __version__
from feedsvc.web import headers
from feedsvc.web.answers import Representation, answer
from feedsvc.web.api import blueprint
from feedsvc.web.api.operations import JSON, Model, Operation, operation, operation_of
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy, policy_of

_BELOW = "/api/v1"
_KEPT = "feedsvc.openapi"
_METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
_PROBLEM = "application/problem+json"
_STATUS = {
    200: "done", 201: "made", 204: "done", 304: "it is what is known already",
    400: "what was sent makes no sense", 401: "no token, or none that is known",
    403: "the token is for something else", 404: "it is not there",
    409: "it contradicts what is there", 412: "it was changed meanwhile",
    413: "too many bytes", 415: "content of a kind that is not taken",
    422: "fields are wrong: `errors` names every one", 429: "too often: `Retry-After` says when",
}  # fmt: skip


class FieldError(BaseModel):
    """A field that is wrong."""

    field: str
    reason: str


class Problem(BaseModel):
    """Why something was not done (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: list[FieldError] | None = None


@blueprint.get("/openapi.json")
@operation("This document")
@policy("public")
def openapi() -> Response:
    """The API as an OpenAPI 3.1 document."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    body = _body(app)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return answer(Representation(body, JSON, etag, None, headers.CHECKED, headers.DOCUMENT_POLICY))


def _body(app: Flask) -> bytes:
    """The document's bytes, made once: it changes with the program alone."""
    if _KEPT not in app.extensions:
        made = document(app, current_service().settings.site.url)
        app.extensions[_KEPT] = to_json(made, indent=2) + b"\n"
    body: bytes = app.extensions[_KEPT]
    return body


def document(app: Flask, site_url: str) -> dict[str, Any]:
    """The OpenAPI document (3.1) of the API of ``app``, served under ``site_url``."""
    found = list(_operations(app))
    models: list[Model] = [Problem, *(m for *_, told in found for m in _models_of(told))]
    _, schemas = models_json_schema(
        [(model, "validation") for model in dict.fromkeys(models)],
        ref_template="#/components/schemas/{model}",
    )
    paths: dict[str, dict[str, Any]] = {}
    for path, method, rule, told in found:
        paths.setdefault(path, {})[method.lower()] = _operation(app, rule, told)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "feedsvc",
            "version": __version__,
            "description": "Items, feeds and tokens. Times are ISO 8601, lengths bytes, durations "
            "seconds. Failures are problem documents (RFC 9457).",
        },
        "servers": [{"url": site_url}],
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operations(app: Flask) -> Iterator[tuple[str, str, Rule, Operation]]:
    """Path, method, route and what was declared of each operation, in the order of the paths."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if not rule.rule.startswith(f"{_BELOW}/"):
            continue
        view = app.view_functions[rule.endpoint]
        for method in sorted((rule.methods or set()) & _METHODS):
            told = operation_of(view, method) or Operation(_first_line(view))
            yield _path(rule), method, rule, told


def _models_of(told: Operation) -> Iterator[Model]:
    for model in (told.takes, *told.gives.values()):
        if model is not None:
            yield model


def _path(rule: Rule) -> str:
    """The route in OpenAPI's words: ``/api/v1/items/{name}``."""
    return "".join(
        f"{{{text}}}" if is_dynamic else text for is_dynamic, text in rule._trace if text != "|"
    )


def _operation(app: Flask, rule: Rule, told: Operation) -> dict[str, Any]:
    declared = policy_of(app, rule.endpoint)
    is_public = declared == "public"
    problems = {*told.problems, *(set() if is_public else {401, 403, 429})}
    made: dict[str, Any] = {
        "operationId": f"{rule.endpoint.rpartition('.')[2]}",
        "summary": told.summary,
        "description": " ".join((inspect.getdoc(app.view_functions[rule.endpoint]) or "").split()),
        "tags": [rule.rule.split("/")[3].partition(".")[0]],
        "parameters": list(_parameters(rule, told)),
        "responses": {
            **{str(status): _success(status, model, told) for status, model in _gives(told)},
            **({"304": {"description": _STATUS[304]}} if "If-None-Match" in told.headers else {}),
            **{str(status): _failure(_STATUS.get(status, "it failed")) for status in problems},
            "default": _failure("it failed"),
        },
        "security": [] if is_public else [{"token": []}],
    }
    if not is_public:
        made["x-scope"] = declared
    if told.takes is not None:
        content = {kind: {"schema": _ref(told.takes)} for kind in told.media_types}
        made["requestBody"] = {"required": True, "content": content}
    return made


def _gives(told: Operation) -> Iterator[tuple[int, Model | None]]:
    yield from told.gives.items() if told.gives else [(200, None)]


def _success(status: int, model: Model | None, told: Operation) -> dict[str, Any]:
    made: dict[str, Any] = {"description": _STATUS.get(status, "done")}
    if model is not None:
        made["content"] = {told.given_as: {"schema": _ref(model)}}
    return made


def _failure(description: str) -> dict[str, Any]:
    return {"description": description, "content": {_PROBLEM: {"schema": _ref(Problem)}}}


def _ref(model: Model) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _parameters(rule: Rule, told: Operation) -> Iterator[dict[str, Any]]:
    for name in sorted(rule.arguments):
        yield {"name": name, "in": "path", "required": True, "schema": _ONE}
    if told.query is not None:
        schema = told.query.model_json_schema()
        for name, facts in schema["properties"].items():
            yield _parameter("query", name, _without_null(facts))
    for name, meaning in told.headers.items():
        schema = {"type": "string", "description": meaning, **_HEADERS.get(name, {})}
        yield _parameter("header", name, schema)


#: What a header may be that has a form.
_HEADERS = {"Idempotency-Key": {"pattern": "^[!-~]{1,255}$"}}
_ONE = {"type": "string", "minLength": 1}


def _parameter(place: str, name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    facts = {key: value for key, value in schema.items() if key not in {"title", "description"}}
    made = {"name": name, "in": place, "required": False, "schema": facts}
    if told := schema.get("description"):
        made["description"] = told
    return made


def _without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What a parameter may be: a query has no null, a parameter is left out instead."""
    options = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    rest = {key: value for key, value in schema.items() if key not in {"anyOf", "default"}}
    return {**rest, **options[0]} if options else dict(rest)


def _first_line(view: object) -> str:
    return (inspect.getdoc(view) or "").partition("\n")[0]
