"""A site of the test's own behind the real application, and a program that has a token."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedsvc.service import Service
from feedsvc.web.app import create_app


class Program:
    """Somebody's program: it asks the API and shows its token."""

    def __init__(self, client: FlaskClient, token: str | None) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **how: Any
    ) -> TestResponse:
        sent = {**self.headers, **(headers or {})}
        return self.client.open(f"/api/v1{path}", method=method, headers=sent, **how)

    def send(self, **fields: Any) -> dict[str, Any]:
        """Send an item; gives it as it is kept."""
        answer = self.ask("POST", "/items", json=fields)
        assert answer.status_code in {200, 201}, answer.text
        found: dict[str, Any] = answer.json
        return found

    def read(self, path: str) -> Any:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json


@pytest.fixture
def api(fresh: Service) -> Program:
    """A program with a token of scope write, at an empty site."""
    token = fresh.access.mint("importer", "write")[1]
    return Program(create_app(fresh).test_client(), token)


@pytest.fixture
def admin(fresh: Service) -> Program:
    """A program that may do everything, at an empty site."""
    token = fresh.access.mint("root", "admin")[1]
    return Program(create_app(fresh).test_client(), token)


@pytest.fixture
def nobody(fresh: Service) -> Program:
    return Program(create_app(fresh).test_client(), None)
