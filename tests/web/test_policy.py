"""Every view says whom it is for, and nobody else is let in."""

from __future__ import annotations

import pytest
from flask import Flask
from web.harbour import SITE

from feedsvc.service import Service
from feedsvc.web.app import create_app
from feedsvc.web.policy import Policy, Undeclared, policy, policy_of


def test_every_view_declares_a_policy(service: Service) -> None:
    app = create_app(service)
    for rule in app.url_map.iter_rules():
        assert policy_of(app, rule.endpoint), rule


#: Reads for everybody: a new view that is not for everybody is in none of these, one that is must
#: be put here on purpose.
PUBLIC = {
    *("pages.home", "feeds.tag", "feeds.author", "feeds.search", "feeds.opml"),
    *("assets.static", "assets.favicon", "assets.robots"),
    "api.openapi",
    *("health.healthz", "health.readyz", "metrics.metrics", "api.openapi"),
}


def test_what_is_for_everybody_is_known(service: Service) -> None:
    app = create_app(service)
    ours = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert {name for name in ours if policy_of(app, name) == "public"} - PUBLIC == set()


@pytest.fixture
def app(fresh: Service) -> Flask:
    return create_app(fresh)


def test_a_view_without_a_policy_answers_nobody(app: Flask) -> None:
    app.add_url_rule("/secret", "secret", lambda: "for whom?")
    with pytest.raises(Undeclared):
        policy_of(app, "secret")
    for method in ("GET", "HEAD", "OPTIONS"):
        response = app.test_client().open("/secret", method=method)
        assert response.status_code == 500
        assert b"whom" not in response.data


@pytest.mark.parametrize("name", ["write", "admin", "micropub"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def test_strangers_are_asked_who_they_are(app: Flask, name: Policy, method: str) -> None:
    @policy(name)
    def view() -> str:
        raise AssertionError("asked all the same")

    app.add_url_rule("/secret", "secret", view, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    response = app.test_client().open("/secret", method=method, base_url=SITE)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer ")
    assert response.headers["Cache-Control"] == "no-store"
    # What may be done there is no secret, and browsers ask it as nobody.
    told = app.test_client().options("/secret", base_url=SITE)
    assert told.status_code == 204
