"""Every failure in its two forms, and the states that machines ask for."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from web.harbour import Clock

from feedsvc import errors
from feedsvc.model import Item
from feedsvc.service import Service
from feedsvc.store import FileRow, KeepFile, Put
from feedsvc.web.app import create_app
from feedsvc.web.policy import policy

BROWSER = {"Accept": "text/html"}
SECRET = "postgresql://user:password@host/store"


def every_error(root: type[errors.FeedsvcError]) -> list[type[errors.FeedsvcError]]:
    return [root, *(sub for kind in root.__subclasses__() for sub in every_error(kind))]


def raising(app: Flask, error: Exception) -> FlaskClient:
    @policy("public")
    def fail() -> str:
        raise error

    app.add_url_rule("/fail", view_func=fail)
    return app.test_client()


#: What test_desk.py tells of: it has a plain text and no problem document.
PLAIN = errors.TooOften


_MADE: dict[type[errors.FeedsvcError], Callable[[str], errors.FeedsvcError]] = {
    errors.ConfigError: lambda message: errors.ConfigError(message, []),
    errors.InvalidFields: lambda message: errors.InvalidFields([
        errors.FieldFault("title", message)
    ]),
    errors.ParserKilled: lambda message: errors.ParserKilled("cpu", message),
    errors.FetchFailed: lambda message: errors.FetchFailed("dns", message, url="https://e.org/"),
}


@pytest.mark.parametrize("kind", [k for k in every_error(errors.FeedsvcError) if k is not PLAIN])
def test_every_error_of_ours(service: Service, kind: type[errors.FeedsvcError]) -> None:
    make: Callable[[str], errors.FeedsvcError] = _MADE.get(kind, kind)
    client = raising(create_app(service), make(f"the message {SECRET}"))
    problem = client.get("/fail")
    assert problem.status_code == kind.http_status
    assert problem.content_type == "application/problem+json"
    told = problem.json
    assert told["status"] == kind.http_status
    assert told["type"].endswith(f":{kind.problem}")
    assert told["title"]
    assert told["detail"]
    page = client.get("/fail", headers=BROWSER)
    assert page.status_code == kind.http_status
    assert page.content_type == "text/html; charset=utf-8"
    heading = BeautifulSoup(page.text, "lxml").find("h1")
    assert heading
    assert heading.get_text() == told["title"]
    for response in (problem, page):
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Vary"] == "Accept"
        assert "Traceback" not in response.text
        # What the client did wrong is said, what is wrong inside is for the log.
        assert (SECRET in response.text) is (kind.http_status < 500)
        assert ("Retry-After" in response.headers) is (kind.http_status == 503)


def test_what_nobody_foresaw(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    client = raising(create_app(service), ZeroDivisionError(SECRET))
    with caplog.at_level(logging.ERROR):
        for headers in ({}, BROWSER):
            response = client.get("/fail", headers=headers)
            assert response.status_code == 500
            assert SECRET not in response.text
            assert "Traceback" not in response.text
    assert "ZeroDivisionError" in caplog.text


def test_a_body_nobody_asked_for(client: FlaskClient) -> None:
    response = client.post("/", data=b"x" * 2_000_000)
    assert response.status_code == 405


@pytest.fixture
def broken(fresh: Service) -> Service:
    """A site whose store has lost its tables."""
    fresh.store.close()
    database = fresh.settings.root / "feedsvc.db"
    for suffix in ("", "-wal", "-shm"):
        path = database.with_name(database.name + suffix)
        if path.exists():
            path.write_bytes(b"not a database at all, whatever its name says" * 100)
    return fresh


@pytest.mark.parametrize("path", ["/", "/feeds/main.rss", "/items/x", "/search?q=x"])
def test_without_its_store(broken: Service, path: str) -> None:
    client = create_app(broken).test_client()
    for headers in ({}, BROWSER):
        response = client.get(path, headers=headers)
        assert response.status_code == 503
        assert response.headers["Retry-After"]
        assert response.headers["Cache-Control"] == "no-store"
    assert client.get("/static/site.css").status_code == 200


def test_health_without_the_store(broken: Service) -> None:
    client = create_app(broken).test_client()
    assert client.get("/healthz").json == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json["status"] == "unavailable"
    assert ready.headers["Retry-After"]


def test_ready(fresh: Service, clock: Clock) -> None:
    client = create_app(fresh).test_client()
    assert client.get("/readyz").json["problems"] == []
    refused = FileRow("posts/bad <file>.md", 3, 1, 1, "00", error="is no YAML", line=7)
    fresh.store.apply([KeepFile(refused)], clock())
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.content_type == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json["status"] == "ready"
    assert response.json["problems"] == [
        {"where": "posts/bad <file>.md", "line": 7, "reason": "is no YAML"}
    ]


def test_an_item_that_cannot_be_rendered_is_named(fresh: Service, clock: Clock) -> None:
    """Put into the database behind the border's back: the others are served, it is reported."""
    items = [
        Item(guid=f"urn:x:{name}", slug=name, title=name, content_html="<p>x</p>")
        for name in ("good", "bad")
    ]
    fresh.store.apply([Put(item) for item in items], clock())
    with closing(sqlite3.connect(fresh.settings.store_url.removeprefix("sqlite:///"))) as conn:
        conn.execute("UPDATE items SET title = 'a' || char(8) WHERE slug = 'bad'")
        conn.commit()
    client = create_app(fresh).test_client()
    for form in ("rss", "atom", "json"):
        response = client.get(f"/feeds/main.{form}")
        assert response.status_code == 200
        assert b"urn:x:good" in response.data
    problems = client.get("/readyz").json["problems"]
    assert [problem["where"] for problem in problems] == ["urn:x:bad"]
