"""Tokens: made, rotated and revoked over the API; kept as digests; never said (T32, T39)."""

from __future__ import annotations

import json
import logging
import re
import secrets
from datetime import timedelta
from hmac import compare_digest
from pathlib import Path

import pytest
from web.harbour import SITE, Clock
from web.people import ELSEWHERE, Browser
from werkzeug.test import TestResponse

from feedsvc.logs import JsonLines, Lines, scrubbed
from feedsvc.service import Service
from feedsvc.web.app import create_app
from feedsvc.web.limiting import Tally
from feedsvc.web.slots import shared_file

TEXT = re.compile(r"fs_[a-z0-9]{12}_[A-Za-z0-9]{40}")


class Program:
    """A program with a token."""

    def __init__(self, service: Service, scope: str, address: str = "127.0.0.1") -> None:
        self.token, self.text = service.access.mint("program", scope)
        self.browser = Browser(create_app(service).test_client(), address)

    def ask(self, method: str, path: str, text: str = "", **how: object) -> TestResponse:
        headers = {"Authorization": f"Bearer {text or self.text}"}
        return self.browser.ask(method, f"/api/v1{path}", headers=headers, **how)


@pytest.fixture
def admin(fresh: Service) -> Program:
    return Program(fresh, "admin")


def test_the_life_of_a_token(admin: Program, clock: Clock) -> None:
    clock.forward(seconds=1)  # the list is in the order in which they were made
    made = admin.ask("POST", "/tokens", json={"name": "Ada", "scope": "read:podcast"})
    assert made.status_code == 201
    told = made.json
    assert TEXT.fullmatch(told["token"])
    assert made.headers["Location"] == f"{SITE}/api/v1/tokens/{told['id']}"
    assert made.headers["Cache-Control"] == "no-store"
    assert told["created_by"] == "api:program"
    path = f"/tokens/{told['id']}"
    read = admin.ask("GET", path)
    assert read.json == {key: value for key, value in told.items() if key != "token"}
    listed = admin.ask("GET", "/tokens").json
    assert [one["name"] for one in listed["items"]] == ["program", "Ada"]
    assert admin.ask("GET", "/tokens?scope=read:podcast").json["items"] == [read.json]
    until = (clock() + timedelta(days=1)).isoformat()
    changed = admin.ask("PATCH", path, json={"name": "Ada L.", "expires_at": until})
    assert (changed.json["name"], changed.json["active"]) == ("Ada L.", True)
    kept = admin.ask("PATCH", path, json={"name": "Ada Lovelace"})
    assert kept.json["expires_at"] == changed.json["expires_at"]
    rotated = admin.ask("POST", f"{path}/rotation")
    assert (rotated.status_code, rotated.json["id"]) == (200, told["id"])
    assert rotated.json["token"] != told["token"]
    assert admin.ask("DELETE", path).status_code == 204
    assert admin.ask("GET", path).json["active"] is False
    assert admin.ask("POST", f"{path}/rotation").status_code == 409
    assert admin.ask("DELETE", f"/tokens/{admin.token.id}").status_code == 409


@pytest.mark.parametrize(
    ("fields", "faulty"),
    [
        ({}, {"name"}),
        ({"name": ""}, {"name"}),
        ({"name": "a\r\nb"}, {"name"}),
        ({"name": "x" * 101}, {"name"}),
        ({"name": 1}, {"name"}),
        ({"name": "x", "scope": "root"}, {"scope"}),
        ({"name": "x", "scope": "read:nothing"}, {"scope"}),
        ({"name": "x", "scope": "read:podcast\n"}, {"scope"}),
        ({"name": "x", "expires_at": "2020-01-01T00:00:00Z"}, {"expires_at"}),
        ({"name": "x", "expires_at": "tomorrow"}, {"expires_at"}),
        ({"name": "x", "expires_at": "2030-01-01T00:00:00"}, {"expires_at"}),
        ({"name": "x", "digest": "0" * 64}, {"digest"}),
        ({"name": "", "scope": "x"}, {"name", "scope"}),
    ],
)
def test_what_is_no_token_is_named(
    admin: Program, fresh: Service, fields: dict[str, object], faulty: set[str]
) -> None:
    refused = admin.ask("POST", "/tokens", json=fields)
    assert refused.status_code == 422
    assert {one["field"] for one in refused.json["errors"]} == faulty
    assert len(fresh.store.tokens()) == 1


def test_when_it_ends_and_when_it_was_used(fresh: Service, clock: Clock) -> None:
    token, text = fresh.access.mint("x", "write", expires_at=clock() + timedelta(hours=1))
    first = clock()
    assert fresh.access.check(text)
    clock.forward(seconds=59)
    assert fresh.access.check(text)
    assert fresh.access.token(token.id).last_used_at == first  # to the minute: no write each time
    clock.forward(seconds=1)
    assert fresh.access.check(text)
    assert fresh.access.token(token.id).last_used_at == clock()
    clock.forward(minutes=59)
    assert fresh.access.check(text) is None


def test_nobody_guesses_one(fresh: Service) -> None:
    token, text = fresh.access.mint("x", "admin")
    letters = "abcXYZ019"
    near = [text[:n] + secrets.choice(letters.replace(text[n], "")) + text[n + 1 :]
            for n in range(len(text))]  # fmt: skip
    random = [f"fs_{token.id}_{secrets.token_hex(20)}" for _ in range(10_000)]
    shapes = ["", "fs_", text[:-1], text + "a", text.upper(), f" {text}", f"{text}\n", token.digest]
    for wrong in [*near, *random, *shapes, f"fs_{token.id}_{'*' * 40}", "\0", "é" * 56]:
        assert fresh.access.check(wrong) is None, wrong
    assert fresh.access.check(text)


def test_digests_are_compared_in_constant_time(
    fresh: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T32: no comparison tells how much of a guess is right, and none is of the text itself."""
    token, text = fresh.access.mint("x", "admin")
    compared: list[tuple[str, str]] = []

    def watched(one: str, other: str) -> bool:
        compared.append((one, other))
        return compare_digest(one, other)

    monkeypatch.setattr("feedsvc.access.hmac.compare_digest", watched)
    assert fresh.access.check(text)
    assert fresh.access.check(f"{text[:-1]}{'b' if text[-1] == 'a' else 'a'}") is None
    assert [one for one, _ in compared] == [token.digest] * 2
    assert text not in str(compared)


def test_only_digests_are_kept(fresh: Service, admin: Program) -> None:
    texts = [admin.text, admin.ask("POST", "/tokens", json={"name": "x"}).json["token"]]
    texts.append(admin.ask("POST", f"/tokens/{texts[1][3:15]}/rotation").json["token"])
    path = Path(fresh.settings.store_url.removeprefix("sqlite:///"))
    kept = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    for text in texts:
        assert text[16:].encode() not in kept
    assert admin.token.digest.encode() in kept
    page = admin.ask("GET", "/tokens").text
    assert not any(text[16:] in page for text in texts)
    assert admin.token.digest not in page


def test_how_often_one_may_write(fresh: Service, clock: Clock) -> None:
    """T41, over all workers; this machine, and who only reads, as often as they like."""
    with shared_file() as path:
        near, far = Program(fresh, "write"), Program(fresh, "write", ELSEWHERE)
        for one in (near, far):
            app = create_app(fresh, tally=Tally(path))
            one.browser = Browser(app.test_client(), one.browser.address)
        tally = Tally(path)
        for _ in range(599):
            tally.hit((600, 60), f"token:{far.token.id}", "writes", clock())
        body = {"title": "A title", "content_text": "x"}
        assert far.ask("POST", "/items", json=body).status_code == 201
        refused = far.ask("POST", "/items", json=body)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["Retry-After"]) <= 60
        assert refused.mimetype == "application/problem+json"
        assert "batch" in refused.json["detail"]
        assert far.ask("GET", "/items").status_code == 200
        assert near.ask("POST", "/items", json=body).status_code == 201
        clock.forward(seconds=61)
        assert far.ask("POST", "/items", json=body).status_code == 201


def test_without_its_secret_nothing_is_logged(
    fresh: Service, admin: Program, caplog: pytest.LogCaptureFixture
) -> None:
    """T32, T39: whatever stands in an address, one event is one line, and opens nothing."""
    text = admin.text
    hostile = f"/nowhere?token={text}&x=%0d%0a%1b[31m"
    words = "GET %r as %s\r\n\x1b[31mforged"
    arguments = (hostile, f"Bearer {text}")
    record = logging.LogRecord("x", logging.ERROR, "", 0, words, arguments, None)
    for formatter in (JsonLines(), Lines("%(message)s")):
        line = formatter.format(record)
        assert text not in line
        assert text[16:] not in line
        assert "\x1b" not in line
        assert "\r" not in line
    assert "\n" not in JsonLines().format(record)
    assert json.loads(JsonLines().format(record))["message"].count("…") == 2
    with caplog.at_level(logging.DEBUG):
        admin.browser.get(f"/feeds/podcast.rss?token={text}")
        admin.browser.get(f"/admin/setup?code={text}")
        admin.ask("POST", "/items", data=b"{")
    assert text not in caplog.text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("GET /a?token=abc&b=1 x", "GET /a?token=…&b=1 x"),
        ("/admin/setup?code=abc_-d'", "/admin/setup?code=…'"),
        ("access_token=abc", "access_token=…"),
        ("fs_abcdefghijkl_" + "Z" * 40, "fs_abcdefghijkl_…"),
        ("Authorization: Basic YWJjOmRlZg==", "Authorization: Basic …"),
        ("nothing to hide, Bearer of news", "nothing to hide, Bearer of news"),
    ],
)
def test_scrubbed(text: str, clean: str) -> None:
    assert scrubbed(text) == clean
