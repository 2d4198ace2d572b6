"""Every route by every method as everybody, from the URL map: who is let in, who is not (T30).

A new view is in it by itself, with the policy that it declares.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from flask import Flask
from web.harbour import SITE, Clock, settings
from web.people import NAME, Browser, signed_in
from werkzeug.test import TestResponse

from feedsvc.config import FeedSection, WhereSection
from feedsvc.model import Category, Item
from feedsvc.service import Service
from feedsvc.store import Put
from feedsvc.web.app import create_app
from feedsvc.web.policy import policy_of


@dataclass(frozen=True, slots=True)
class Somebody:
    """What somebody shows, and what they may do."""

    headers: dict[str, str] = field(default_factory=dict)
    query: str = ""
    may: frozenset[str] = frozenset()
    cookie: str = ""


SECRET = "<p>The key lies under the third stone.</p>"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A site with a private feed of three items, more than its live document has."""
    clock = Clock()
    root = tmp_path_factory.mktemp("guarded")
    (root / "items").mkdir()
    closed = [
        FeedSection(
            name=name,
            private=True,
            page_size=1,
            where=WhereSection.model_validate({"all": {"tags": [name]}}),
        )
        for name in ("closed", "other")
    ]
    configured = settings(root, SITE).model_copy(update={"feeds": tuple(closed)})
    service = Service.open(configured, clock=clock)
    items = [
        Item(slug=f"secret-{n}", title=f"Secret {n}", content_html=SECRET,
             categories=(Category("closed"),))
        for n in range(3)
    ]  # fmt: skip
    service.store.apply([Put(item) for item in items], clock())
    service.store.apply([Put(Item(slug="open", title="Open", content_html="<p>x</p>"))], clock())
    clock.forward(hours=1)
    yield service
    service.close()


def everybody(service: Service) -> dict[str, Somebody]:
    """One of each kind."""
    access, now = service.access, service.now()
    tokens = {
        name: access.mint(name, scope)[1]
        for name, scope in (
            ("write", "write"),
            ("admin", "admin"),
            ("reader", "read:closed"),
            ("other", "read:other"),
            ("revoked", "admin"),
            ("ended", "admin"),
        )
    }
    access.revoke(tokens["revoked"][3:15])
    ended = access.token(tokens["ended"][3:15])
    service.store.keep_token(
        type(ended)(ended.id, ended.name, ended.scope, ended.digest, now - timedelta(days=2),
                    expires_at=now - timedelta(days=1))
    )  # fmt: skip
    wrong = tokens["admin"][:-1] + ("a" if tokens["admin"][-1] != "a" else "b")
    may = {
        "write": frozenset({"write", "micropub"}),
        "admin": frozenset({"write", "micropub", "admin", "read"}),
        "reader": frozenset({"read"}),
    }
    found = {"nobody": Somebody()}
    for name, text in {**tokens, "wrong": wrong, "nonsense": "x", "empty": ""}.items():
        bearer = {"Authorization": f"Bearer {text}"}
        found[f"{name} as bearer"] = Somebody(bearer, may=may.get(name, frozenset()))
        code = base64.b64encode(f"somebody:{text}".encode()).decode()
        reads = frozenset({"read"}) if name == "reader" else frozenset()
        found[f"{name} as password"] = Somebody({"Authorization": f"Basic {code}"}, may=reads)
        found[f"{name} in the address"] = Somebody(query=f"token={text}", may=reads)
    found["twice in the address"] = Somebody(query=f"token={tokens['reader']}&token=x")
    jane = signed_in(service)
    cookie = jane.client.get_cookie("__Host-feedsvc", domain="example.org")
    assert cookie
    found["session"] = Somebody(cookie=cookie.value, may=frozenset({"account"}))
    return found


@pytest.fixture(scope="module")
def people(guarded: Service) -> dict[str, Somebody]:
    return everybody(guarded)


@pytest.fixture(scope="module")
def app(guarded: Service) -> Flask:
    return create_app(guarded)


def ask(app: Flask, who: Somebody, method: str, path: str, **headers: str) -> TestResponse:
    guest = Browser(app.test_client())
    if who.cookie:
        guest.client.set_cookie("__Host-feedsvc", who.cookie, domain="example.org", secure=True)
    if who.query:
        path += ("&" if "?" in path else "?") + who.query
    return guest.ask(method, path, headers={**who.headers, **headers}, buffered=True)


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_ARGUMENT = re.compile(r"<(?:[^<>:]*:)?[^<>]*>")


def routes(app: Flask, *policies: str) -> Iterator[tuple[str, str, str]]:
    """Method, path and policy of each route that has one of these."""
    for rule in app.url_map.iter_rules():
        named = policy_of(app, rule.endpoint)
        if named in policies:
            for method in METHODS:
                if method in (rule.methods or ()):
                    yield method, _ARGUMENT.sub("1", rule.rule), named


def test_tokens_open_what_their_scope_says_and_nothing_else(
    app: Flask, people: dict[str, Somebody]
) -> None:
    tried = list(routes(app, "write", "admin", "micropub"))
    assert len(tried) > 10
    for name, who in people.items():
        for method, path, named in tried:
            found = ask(app, who, method, path)
            case = (name, method, path, found.status_code)
            assert "Set-Cookie" not in found.headers, case
            if named in who.may:
                assert found.status_code not in {401, 403, 500}, case
                continue
            known = name in {"write as bearer", "reader as bearer", "other as bearer"}
            assert found.status_code == (403 if known else 401), case
            challenge = found.headers.get("WWW-Authenticate", "Bearer " if known else "")
            assert challenge.startswith("Bearer "), case
            assert found.headers["Cache-Control"] == "no-store" or "token" in who.query, case
            assert method == "HEAD" or found.mimetype.endswith("json"), case


def test_the_editor_is_for_who_has_signed_in(app: Flask, people: dict[str, Somebody]) -> None:
    tried = list(routes(app, "account"))
    assert len(tried) > 3
    for name, who in people.items():
        for method, path, _ in tried:
            found = ask(app, who, method, path, Accept="text/html")
            case = (name, method, path, found.status_code)
            leads = found.headers.get("Location", "").startswith("/admin/sign-in")
            if "account" in who.may:
                assert found.status_code not in {401, 403, 500}, case
                assert not leads, case
            elif method in {"GET", "HEAD"}:
                assert (found.status_code, leads) == (303, True), case
            else:
                assert found.status_code == 401, case
            assert NAME not in found.text or "account" in who.may, case
            assert "no-store" in found.headers["Cache-Control"], case


def test_what_is_for_everybody_is_the_same_for_everybody(
    app: Flask, people: dict[str, Somebody]
) -> None:
    for method, path, _ in routes(app, "public", "feed"):
        if method not in {"GET", "HEAD"} or path in {"/metrics", "/readyz"}:
            continue
        plain = ask(app, people["nobody"], method, path)
        assert plain.status_code not in {401, 403, 500}, path
        for name, who in people.items():
            found = ask(app, who, method, path)
            assert found.status_code == plain.status_code, (name, path)
            assert found.data == plain.data, (name, path)
            assert "Set-Cookie" not in found.headers, (name, path)
            assert "Cookie" not in found.headers.get("Vary", ""), (name, path)


PRIVATE = [
    *(f"/feeds/closed{end}" for end in ("", ".rss", ".atom", ".json", ".RSS")),
    *(f"/feeds/closed/archive/1.{form}" for form in ("rss", "atom", "json")),
    "/items/secret-0",
]
ACCEPT = ["text/html", "application/rss+xml", "application/atom+xml", "application/json", "*/*"]


@pytest.mark.parametrize("path", PRIVATE)
def test_a_private_feed_is_for_its_readers(
    app: Flask, people: dict[str, Somebody], path: str
) -> None:
    answers = set()
    for name, who in people.items():
        for method in ("GET", "HEAD"):
            for accept in ACCEPT if name in {"nobody", "reader in the address"} else ACCEPT[-1:]:
                found = ask(app, who, method, path, Accept=accept)
                case = (name, method, accept, found.status_code)
                assert found.headers["Cache-Control"] in {"private, no-store", "no-store"}, case
                if "read" in who.may:
                    assert found.status_code in {200, 308}, case
                else:
                    assert found.status_code == 401, case
                    assert found.headers["WWW-Authenticate"].startswith("Basic realm="), case
                    assert "third stone" not in found.text, case
                    assert "Secret 0" not in found.text, case
                    if accept == "*/*":
                        answers.add((method, found.data))
    assert len(answers) == 2, "whether a token was wrong or missing must not be told"


def test_private_feeds_are_nowhere_else(app: Flask, people: dict[str, Somebody]) -> None:
    paths = [
        *("/", "/opml.xml", "/feeds/main.rss", "/feeds/main.json", "/tags/closed.rss", "/nowhere"),
        *("/search.rss?q=stone", "/search?q=Secret", "/metrics", "/robots.txt", "/tags/closed"),
        "/feeds/main",
    ]
    for path in paths:
        for who in (people["nobody"], people["session"], people["reader as bearer"]):
            found = ask(app, who, "GET", path)
            for word in ("feeds/closed", "secret-", "third stone", 'feed="closed"'):
                assert word not in found.text, (path, word)


def test_methods_are_told_to_everybody(app: Flask) -> None:
    for _, path, named in routes(app, "write", "admin", "micropub", "public", "feed"):
        found = Browser(app.test_client()).ask("OPTIONS", path)
        assert found.status_code == 204, (path, named)


def test_the_matrix_has_every_policy(app: Flask) -> None:
    found = {policy_of(app, rule.endpoint) for rule in app.url_map.iter_rules()}
    assert found >= {"public", "feed", "write", "admin", "account", "visitor"}
