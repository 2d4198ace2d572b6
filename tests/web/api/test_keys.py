"""Idempotency-Key: honoured where things are made, refused where it would mean nothing."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from web.api.conftest import Program
from web.harbour import wav

KEY = {"Idempotency-Key": "import-7"}


def batch(api: Program, *lines: dict[str, Any]) -> list[dict[str, Any]]:
    data = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    kind = "application/x-ndjson"
    answer = api.ask("POST", "/items/batch", data=data, content_type=kind, headers=KEY)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.data.splitlines()]


def test_a_batch_that_is_sent_again_makes_nothing_twice(api: Program) -> None:
    first = batch(api, {"title": "One"}, {"tilte": "Bad"}, {"title": "Three"})
    assert [one["status"] for one in first] == [201, 422, 201]
    again = batch(api, {"title": "One"}, {"title": "Mended"}, {"title": "Other"})
    assert [(one["status"], one.get("kind")) for one in again] == [
        (200, "repeated"),
        (201, "added"),
        (422, None),
    ]
    assert again[0]["guid"] == first[0]["guid"]
    assert [one["field"] for one in again[2]["errors"]] == ["Idempotency-Key"]
    assert len(api.read("/items")["items"]) == 3


def test_a_long_batch_with_a_key(api: Program) -> None:
    lines = [{"title": f"Item {n}"} for n in range(510)]
    assert {one["kind"] for one in batch(api, *lines)} == {"added"}
    assert {one["kind"] for one in batch(api, *lines)} == {"repeated"}


def test_a_key_that_is_none(api: Program) -> None:
    how: Any = {"data": b"{}", "content_type": "application/x-ndjson"}
    answer = api.ask("POST", "/items/batch", headers={"Idempotency-Key": "a b"}, **how)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("path", "how"),
    [
        ("/tokens", {"json": {"name": "x"}}),
        ("/feeds", {"json": {"name": "x"}}),
        ("/media?name=a.txt", {"data": b"x", "content_type": "text/plain"}),
    ],
)
def test_where_a_key_means_nothing(admin: Program, path: str, how: Any) -> None:
    answer = admin.ask("POST", path, headers=KEY, **how)
    assert answer.status_code == 400
    assert "Idempotency-Key means nothing here" in answer.json["detail"]
    tokens, feeds = admin.read("/tokens")["items"], admin.read("/feeds")["items"]
    assert len(tokens) == 1 and "x" not in [one["name"] for one in feeds]
    rotation = f"/tokens/{tokens[0]['id']}/rotation"
    assert admin.ask("POST", rotation, headers=KEY).status_code == 400
    assert admin.ask("GET", "/tokens").status_code == 200  # with its text as it was


def test_a_post_of_micropub_that_is_sent_again_is_made_once(api: Program) -> None:
    def post(content: str, sound: bytes = b"") -> Any:
        form: dict[str, Any] = {"h": "entry", "content": content}
        if sound:
            form["audio"] = (io.BytesIO(sound), "a.wav")
        return api.client.post("/micropub", data=form, headers={**api.headers, **KEY})

    made = post("Hello", wav(1))
    again = post("Hello", wav(1))  # in a form with another boundary
    assert (made.status_code, again.status_code) == (201, 201), made.text
    assert made.headers["Location"] == again.headers["Location"]
    other = post("Hello", wav(2))
    assert other.status_code == 400 and "Idempotency-Key" in other.json["error_description"]
    assert post("Other").status_code == 400
    asked = {"type": ["h-entry"], "properties": {"name": ["J"]}}
    key = {**api.headers, "Idempotency-Key": "another"}
    found = {
        api.client.post("/micropub", json=asked, headers=key).headers["Location"] for _ in "12"
    }
    assert len(found) == 1
    assert len(api.read("/items")["items"]) == 2
    file = {"file": (io.BytesIO(wav(1)), "a.wav")}
    answer = api.client.post("/micropub/media", data=file, headers={**api.headers, **KEY})
    assert answer.status_code == 400


def test_a_change_of_micropub_has_no_key(api: Program) -> None:
    made = api.client.post("/micropub", data={"h": "entry", "content": "x"}, headers=api.headers)
    for body in (
        {"action": "update", "url": made.headers["Location"], "replace": {"content": ["y"]}},
        {"action": "delete", "url": made.headers["Location"]},
    ):
        answer = api.client.post("/micropub", json=body, headers={**api.headers, **KEY})
        assert answer.status_code == 400
        assert "Idempotency-Key" in answer.json["error_description"]
