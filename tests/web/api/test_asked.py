"""Whatever is sent to the API, the answer is one that its OpenAPI document tells of.

Half of what is asked for by name is there, and so is the version that a request says it is about:
what is done with it is answered as the document says, too, and no operation meets nothing at all.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
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
from schemathesis.core.parameters import ParameterLocation
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import positive_data_acceptance
from schemathesis.transport.serialization import Binary
from web.api.conftest import Program
from web.api.things import Thing, Things
from web.harbour import PICTURE, SITE, SOUND, Clock, opened

from feedsvc.formats.itemfields import ItemFields, ItemObject
from feedsvc.service import Service
from feedsvc.web.app import create_app


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A site that keeps what each test leaves."""
    service = opened(tmp_path_factory.mktemp("site"), SITE, Clock())
    yield service
    service.close()


@pytest.fixture(scope="module")
def program(service: Service) -> Program:
    """A program that may do everything."""
    made = Program(create_app(service).test_client(), service.access.mint("root", "admin")[1])
    made.send(title="One", slug="one")
    return made


#: What no schema can say: which feeds there are, what time it is, what one field asks of another,
#: which characters are printable, that 1.0 is no whole number here, what was looked at. All else
#: that the document calls right is taken.
_UNSAID = re.compile(
    r"an item needs a title|no feed is called|there is no feed|can't be asked together with|"
    r"only together with|must be in the future|in one line|a former name|is the name of|"
    r"a scheduled item needs|give one of content_|must be a time such as|must be in the years|"
    r"must be a whole number|not a cursor of this list|it is published, not|"
    r"If-Match names another one|must be that of what was looked at"
)
_CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "304", "404", "409", "412"]
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "409", "412", "413", "415", "422"]
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


def meet(case: Case, thing: Thing, *, as_known: bool, says: bool) -> None:
    """Have the request name what is there, where its path is not what is wrong with it.

    ``as_known``: it says the version, too. ``says``: its body is one for just this.
    """
    assert case.meta
    wrong = {place for place, one in case.meta.components.items() if one.mode.is_negative}
    if ParameterLocation.PATH in wrong:
        return
    case.path_parameters = dict(thing.names)
    named = {one.name for one in case.operation.headers} & {"If-Match", "If-None-Match"}
    if as_known and thing.etag and named and ParameterLocation.HEADER not in wrong:
        case.headers = {**(case.headers or {}), named.pop(): thing.etag}
    if says and thing.body and not wrong:
        case.body = dict(thing.body)


def asked(
    operation: APIOperation, mode: GenerationMode, program: Program, things: Things
) -> Counter[int]:
    """Ask for an operation in many ways, all rightly or all wrongly; how it was answered."""
    statuses: Counter[int] = Counter()
    sends_file = operation.label == "POST /api/v1/media" and mode is GenerationMode.POSITIVE

    @_TRIES
    @given(
        operation.as_strategy(generation_mode=mode),
        _FILES if sends_file else st.none(),
        st.sampled_from(["made up", "there", "known", "said"]),
    )
    def check(case: Case, file: bytes | None, what: str) -> None:
        if file is not None:
            case.body["file"] = Binary(file)
        if what != "made up" and (thing := things.of(operation.path)):
            meet(case, thing, as_known=what == "known", says=what == "said")
        answer = case.call(headers=program.headers)
        statuses[answer.status_code] += 1
        if operation.method.upper() != "GET" and answer.status_code < 300:
            things.changed(operation.path)
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
    return statuses


def test_all_checks_of_schemathesis(program: Program, service: Service, tmp_path: Path) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(_CONFIG)
    schema = schemathesis.openapi.from_wsgi(
        "/api/v1/openapi.json",
        program.client.application,
        config=SchemathesisConfig.from_path(config),
    )
    things = Things(service, program)
    answered: dict[str, Counter[int]] = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        answered[operation.label] = asked(operation, GenerationMode.POSITIVE, program, things)
        if not operation.path.endswith("/batch"):  # where a bad line fails alone, within a 200
            answered[operation.label] += asked(operation, GenerationMode.NEGATIVE, program, things)
    told = program.client.get("/api/v1/openapi.json").json["paths"].items()
    every = {f"{way.upper()} {path}" for path, ways in told for way in ways}
    assert set(answered) == every - {"GET /api/v1/openapi.json"}  # which was read already
    assert not any(status >= 500 for statuses in answered.values() for status in statuses)
    unmet = [label for label, statuses in answered.items() if not any(s < 300 for s in statuses)]
    assert unmet == []


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
