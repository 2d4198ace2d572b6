"""/api/v1/items/batch: many items at once, each for itself."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

import pytest
from web.api.conftest import Program

from feedsvc.errors import StoreUnavailable
from feedsvc.service import Service

NDJSON = "application/x-ndjson"


def send(api: Program, lines: Iterable[bytes | dict[str, Any]]) -> list[dict[str, Any]]:
    data = b"\n".join(
        line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines
    )
    answer = api.ask("POST", "/items/batch", data=data, content_type=NDJSON)
    assert (answer.status_code, answer.content_type) == (200, NDJSON), answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return [json.loads(line) for line in answer.data.splitlines()]


def test_a_bad_line_fails_alone(api: Program) -> None:
    results = send(
        api,
        [
            {"guid": "urn:x:1", "title": "One"},
            b"{",
            b"",
            {"tilte": "Two"},
            {"guid": "urn:x:1", "title": "Uno"},
            b"[" * 10_000,
            b'{"title": "' + b"x" * 1024 * 1024 + b'"}',
            {"title": "Last", "content_html": "<script>x</script>"},
        ],
    )
    assert [(one["line"], one["status"]) for one in results] == [
        (1, 201),
        (2, 422),
        (4, 422),
        (5, 200),
        (6, 422),
        (7, 413),
        (8, 201),
    ]
    assert results[2]["errors"] == [
        {"field": "tilte", "reason": "there is no such field; is title meant?"}
    ]
    assert results[2]["type"] == "urn:problem-type:feedsvc:invalid-fields"
    first = api.read("/items/one")
    assert results[0] == {
        "line": 1,
        "status": 201,
        "kind": "added",
        "guid": "urn:x:1",
        "slug": "one",
        "revision": results[0]["revision"],
        "notes": [],
    }
    assert (first["title"], first["revision"]) == ("Uno", results[3]["revision"])
    assert "<script>" in results[-1]["notes"][0]


def test_more_than_a_transaction_holds(api: Program) -> None:
    results = send(api, ({"guid": f"urn:x:{n}", "title": f"Item {n}"} for n in range(1100)))
    assert [one["line"] for one in results] == list(range(1, 1101))
    assert {one["status"] for one in results} == {201}
    again = send(api, ({"guid": f"urn:x:{n}", "title": f"Item {n}"} for n in range(1100)))
    assert {one["kind"] for one in again} == {"unchanged"}
    assert api.read("/items?limit=1")["items"][0]["origin"] == "api:importer"


def test_nothing_sent_nothing_said(api: Program) -> None:
    assert send(api, []) == []


def test_when_the_store_is_away(
    api: Program, fresh: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailable("postgresql://secret@host is away")

    monkeypatch.setattr(fresh.store, "apply", away)
    (told,) = send(api, [{"title": "One"}])
    assert told["status"] == 503
    assert "secret" not in json.dumps(told)


def test_of_another_type(api: Program) -> None:
    answer = api.ask("POST", "/items/batch", json=[{"title": "One"}])
    assert answer.status_code == 415
    assert "application/x-ndjson" in answer.json["detail"]


def test_lines_are_not_looked_for_byte_by_byte(api: Program) -> None:
    """20 MB of blank lines and then one item take no time worth speaking of."""
    lines = [b" " * 100_000] * 200
    began = time.process_time()
    (told,) = send(api, [*lines, {"title": "One"}])
    assert told["line"] == 201
    assert time.process_time() - began < 2
