"""The OpenAPI document is what the API is: every route is in it, with all that it takes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from web.api.conftest import Program
from web.harbour import SITE, Clock, opened

from feedsvc.formats.itemfields import ItemFields, ItemObject
from feedsvc.web.api.openapi import document
from feedsvc.web.app import create_app


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A program that may do everything, at a site that keeps what each test leaves."""
    service = opened(tmp_path_factory.mktemp("site"), SITE, Clock())
    app = create_app(service)
    made = Program(app.test_client(), service.access.mint("root", "admin")[1])
    made.send(title="One", slug="one")
    yield made
    service.close()


def test_every_route_is_in_it(program: Program) -> None:
    app = program.client.application
    told = program.client.get("/api/v1/openapi.json").json
    routes = {
        (rule.rule.replace("<path:", "<").replace("<", "{").replace(">", "}"), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, ways in told["paths"].items() for method in ways} == routes
    assert told == json.loads(json.dumps(document(app, SITE)))


def test_every_operation_says_what_it_does(program: Program) -> None:
    told = program.client.get("/api/v1/openapi.json").json
    ids = []
    for path, ways in told["paths"].items():
        for method, operation in ways.items():
            ids.append(operation["operationId"])
            assert operation["summary"], (path, method)
            assert operation["description"], (path, method)
            says_all = path.rpartition("/")[2] in {"rotation", "poll", "pause", "resume"}
            if method in {"post", "put", "patch"} and not says_all:
                assert "requestBody" in operation, (path, method)
    assert len(ids) == len(set(ids))


def test_its_fields_are_told(program: Program) -> None:
    schemas = program.client.get("/api/v1/openapi.json").json["components"]["schemas"]
    assert set(schemas["ItemFields"]["properties"]) == set(ItemFields.model_fields)
    assert set(schemas["ItemObject"]["properties"]) == set(ItemObject.model_fields)
    assert schemas["ItemFields"]["properties"]["revision"]["readOnly"] is True


def test_it_is_polled_as_anything_else(program: Program) -> None:
    first = program.client.get("/api/v1/openapi.json")
    known = {"If-None-Match": first.headers["ETag"]}
    assert program.client.get("/api/v1/openapi.json", headers=known).status_code == 304


def test_what_is_known_already_is_told_of(program: Program) -> None:
    told = program.client.get("/api/v1/openapi.json").json["paths"]["/api/v1/items/{name}"]
    assert told["get"]["responses"]["304"].keys() == {"description"}
    assert "304" not in told["patch"]["responses"]
