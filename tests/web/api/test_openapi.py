"""The OpenAPI document is what the API is: every route is in it, and every answer is as it says."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance
from schemathesis.transport.serialization import Binary
from web.api.conftest import Program
from web.harbour import PICTURE, SITE, SOUND, Clock, opened

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


# Whatever is sent, the answer is one that the document tells of

#: What no schema can say: which feeds there are, what time it is, what one field asks of another,
#: which characters are printable, that 1.0 is no whole number here. All else that the document
#: calls right is taken.
_UNSAID = re.compile(
    r"an item needs a title|no feed is called|there is no feed|can't be asked together with|"
    r"only together with|must be in the future|in one line|a former name|is the name of|"
    r"a scheduled item needs|give one of content_|must be a time such as|must be in the years|"
    r"must be a whole number|not a cursor of this list|it is published, not"
)
_CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "404", "409", "412"]
[checks.missing_required_header]
expected-statuses = ["401", "4xx"]
"""


@schemathesis.serializer("application/x-ndjson")
def as_line(_: object, value: object) -> bytes:
    """A batch of one item."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()


#: Files of a kind that is taken, which is told by what is in them.
_FILES = st.sampled_from([PICTURE, SOUND])


def _unsaid(answer: Any) -> list[Any]:
    """The check that is not for this answer, since no schema can say what is wrong."""
    told = answer.json().get("errors", []) if answer.status_code == 422 else []
    all_unsaid = bool(told) and all(_UNSAID.search(one["reason"]) for one in told)
    return [positive_data_acceptance] if all_unsaid else []


_TRIES = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_all_checks_of_schemathesis(program: Program, tmp_path: Path) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(_CONFIG)
    schema = schemathesis.openapi.from_wsgi(
        "/api/v1/openapi.json",
        program.client.application,
        config=SchemathesisConfig.from_path(config),
    )
    checked = []
    for found in schema.get_all_operations():
        operation = found.ok()
        is_batch = operation.path.endswith("/batch")  # where a bad line fails alone, within a 200
        modes = [GenerationMode.POSITIVE, *([] if is_batch else [GenerationMode.NEGATIVE])]
        for mode in modes:
            sends_file = operation.label == "POST /api/v1/media" and mode is modes[0]
            files = _FILES if sends_file else st.none()

            @_TRIES
            @given(operation.as_strategy(generation_mode=mode), files)
            def check(case: Case, file: bytes | None) -> None:
                if file is not None:
                    case.body["file"] = Binary(file)
                answer = case.call(headers=program.headers)
                case.validate_response(
                    answer,
                    excluded_checks=_unsaid(answer),
                    headers=program.headers,
                    transport_kwargs={"headers": program.headers},
                )

            try:
                check()
            except Unsatisfiable:  # an operation without parameters can't be asked wrongly
                assert mode is GenerationMode.NEGATIVE
        checked.append(operation.label)
    assert {"POST /api/v1/items", "POST /api/v1/media"} <= set(checked)
    assert len(checked) >= 10


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=15,
)
_ITEMS = st.dictionaries(st.sampled_from(sorted(ItemFields.model_fields)), _JSON)


@given(_JSON | _ITEMS, st.sampled_from(["POST", "PUT", "PATCH"]))
@settings(max_examples=200, deadline=timedelta(seconds=5), derandomize=True)
def test_any_json_is_taken_or_its_faults_are_named(
    program: Program, value: object, method: str
) -> None:
    path = "/items" if method == "POST" else "/items/one"
    data = json.dumps(value).encode("utf-8", "surrogatepass")
    answer = program.ask(method, path, data=data, content_type="application/json")
    assert answer.status_code in {200, 201, 400, 409, 422}, (value, answer.text)
    if answer.status_code == 422:
        assert all(set(one) == {"field", "reason"} for one in answer.json["errors"])
        assert answer.json["errors"]
    elif answer.status_code < 300:
        ItemObject.model_validate_json(answer.data)
