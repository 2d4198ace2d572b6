"""Forms of other sites do nothing here, and what needs a token looks at no cookie (T31)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from web.people import NAME, PASSWORD, Browser, browser, enrol, signed_in

from feedsvc.service import Service
from feedsvc.web.app import create_app
from feedsvc.web.policy import policy_of

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def forms(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Every unsafe method of every view with a session, from the URL map: new ones are in it."""
    for rule in app.url_map.iter_rules():
        named = policy_of(app, rule.endpoint)
        if named in {"account", "visitor"}:
            for method in UNSAFE:
                if method in (rule.methods or ()):
                    yield method, re.sub(r"<(?:[^<>:]*:)?[^<>]*>", "x", rule.rule), named


@pytest.mark.parametrize(
    "how",
    [
        {"data": {}},
        {"data": {"csrf_token": ""}},
        {"data": {"csrf_token": "forged"}},
        {"data": {"csrf_token": "IjEi.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb"}},
        {"data": '{"csrf_token": "x"}', "content_type": "text/plain"},
        {"data": '{"csrf_token": "x"}', "content_type": "application/json"},
        {"query_string": {"csrf_token": "x"}, "data": {}},
    ],
)
def test_without_its_key_no_form_is_taken(fresh: Service, how: dict[str, object]) -> None:
    jane = signed_in(fresh)
    tried = list(forms(jane.client.application))
    assert len(tried) > 5
    before = fresh.store.revision(), fresh.store.tokens(), fresh.store.accounts()
    for method, path, _ in tried:
        response = jane.ask(method, path, **how)
        assert response.status_code == 400, (method, path)
        assert "nothing was done" in response.text
    assert (fresh.store.revision(), fresh.store.tokens(), fresh.store.accounts()) == before
    assert jane.is_in()


def test_the_key_of_another_session(fresh: Service) -> None:
    jane, ada = signed_in(fresh), signed_in(fresh, "ada")
    for key in (ada.key("/admin/account"), browser(fresh).key()):
        for method, path, _ in forms(jane.client.application):
            response = jane.ask(method, path, data={"csrf_token": key})
            assert response.status_code == 400, (method, path)
    assert jane.is_in()


def test_what_another_site_sends_with_the_right_key(fresh: Service) -> None:
    jane = signed_in(fresh)
    told = {"csrf_token": jane.key("/admin/account")}
    for site, status in (("cross-site", 400), ("same-origin", 303), ("none", 303)):
        headers = {"Sec-Fetch-Site": site}
        found = jane.ask("POST", "/admin/account/others", data=told, headers=headers)
        assert found.status_code == status


def test_signing_in_by_another_site(fresh: Service) -> None:
    """Login CSRF: to be signed in as somebody else without noticing."""
    enrol(fresh)
    guest = browser(fresh)
    told = {"name": NAME, "password": PASSWORD}
    for key in ("", browser(fresh).key()):
        refused = guest.ask("POST", "/admin/sign-in", data={"csrf_token": key, **told})
        assert refused.status_code == 400
        assert not guest.is_in()


def test_scripts_of_ours_send_it_as_a_header(fresh: Service) -> None:
    jane = signed_in(fresh)
    headers = {"X-CSRFToken": jane.key("/admin/account")}
    assert jane.ask("POST", "/admin/account/others", headers=headers).status_code == 303


def test_who_is_not_signed_in_is_told_so_first(fresh: Service) -> None:
    """So that what they have typed can be sent again after signing in elsewhere."""
    guest = Browser(create_app(fresh).test_client())
    for method, path, named in forms(guest.client.application):
        if named == "account":
            page = guest.ask(method, path, data={}, headers={"Accept": "text/html"})
            assert page.status_code == 401, path
            assert "/admin/sign-in" in page.text


def test_nothing_is_done_by_looking(fresh: Service) -> None:
    """GET and HEAD change nothing, whatever their address says."""
    jane = signed_in(fresh)
    app = jane.client.application
    before = fresh.store.revision(), fresh.store.tokens(), fresh.store.accounts()
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^<>:]*:)?[^<>]*>", "x", rule.rule)
        for method in ("GET", "HEAD"):
            jane.ask(method, path, query_string={"_method": "DELETE", "action": "delete"})
    assert (fresh.store.revision(), fresh.store.tokens(), fresh.store.accounts()) == before
    assert jane.is_in()


@pytest.mark.parametrize("path", ["/api/v1/items", "/api/v1/tokens"])
def test_programs_are_not_known_by_cookies(fresh: Service, path: str) -> None:
    jane = signed_in(fresh)
    key = jane.key("/admin/account")
    for method in ("GET", "POST"):
        headers = {"X-CSRFToken": key}
        response = jane.ask(method, path, headers=headers, json={} if method == "POST" else None)
        assert response.status_code == 401
        assert "Set-Cookie" not in response.headers
        assert "Cookie" not in response.headers.get("Vary", "")
