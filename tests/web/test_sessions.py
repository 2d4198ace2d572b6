"""Sessions: what the cookie is, how long it is good for, and that readers never get one (T29)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from web.harbour import SITE, Clock, opened
from web.people import NAME, PASSWORD, browser, enrol, signed_in

from feedsvc.service import Service
from feedsvc.web.app import create_app


def test_the_cookie_of_a_site_on_https(fresh: Service) -> None:
    enrol(fresh)
    mark, cookie = browser(fresh).sign_in().headers.getlist("Set-Cookie")
    name, *attributes = re.split(r"; ?", cookie)
    assert name.startswith("__Host-feedsvc=")
    assert set(attributes) == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
    name, *attributes = re.split(r"; ?", mark)  # that this browser is known
    assert name.startswith("__Secure-feedsvc-known=")
    assert {"Secure", "HttpOnly", "Path=/admin", "SameSite=Lax"} <= set(attributes)
    assert "Max-Age=2592000" in attributes


def test_the_cookie_of_a_site_on_http(tmp_path: Path, clock: Clock) -> None:
    service = opened(tmp_path, "http://127.0.0.1:8000", clock)
    try:
        response = create_app(service).test_client().get("/admin/sign-in")
        name, *attributes = re.split(r"; ?", response.headers["Set-Cookie"])
        assert name.startswith("feedsvc=")
        assert set(attributes) == {"HttpOnly", "Path=/", "SameSite=Lax"}
    finally:
        service.close()


def test_twelve_hours_alone(fresh: Service, clock: Clock) -> None:
    jane = signed_in(fresh)
    for _ in range(3):
        clock.forward(hours=11, minutes=59)
        assert jane.is_in()
    clock.forward(hours=12)
    assert not jane.is_in()


def test_seven_days_at_most(fresh: Service, clock: Clock) -> None:
    jane = signed_in(fresh)
    for _ in range(15):
        clock.forward(hours=11)
        assert jane.is_in()  # 165 hours
    clock.forward(hours=3)
    assert not jane.is_in()
    assert fresh.store.forget_expired(clock()) >= 1
    assert fresh.store.sessions(NAME) == []


def test_signing_out_ends_it_on_the_server(fresh: Service) -> None:
    jane = signed_in(fresh)
    kept = jane.client.get_cookie("__Host-feedsvc", domain="example.org")
    jane.send("/admin/sign-out", {}, form="/admin/account")
    assert kept
    jane.client.set_cookie("__Host-feedsvc", kept.value, domain="example.org", secure=True)
    assert not jane.is_in()


def test_signing_out_elsewhere(fresh: Service) -> None:
    here, there, ada = signed_in(fresh), signed_in(fresh), signed_in(fresh, "ada")
    assert here.send("/admin/account/others", {}, form="/admin/account").status_code == 303
    assert [one.is_in() for one in (here, there, ada)] == [True, False, True]


def test_another_password_ends_all_others(fresh: Service) -> None:
    here, there = signed_in(fresh), signed_in(fresh)
    form = "/admin/account"
    told = {"present": PASSWORD, "password": "another password", "again": "another password"}
    for wrong in ({"present": "guess"}, {"again": "else"}, {"password": "x", "again": "x"}):
        refused = here.send("/admin/account/password", told | wrong, form=form)
        assert refused.status_code in {409, 422}, wrong
        assert there.is_in()
    assert here.send("/admin/account/password", told, form=form).status_code == 303
    assert [here.is_in(), there.is_in()] == [True, False]
    assert fresh.access.sign_in(NAME, PASSWORD) is None
    assert fresh.access.sign_in(NAME, "another password")


def test_an_account_that_is_removed_is_out(fresh: Service) -> None:
    jane = signed_in(fresh)
    fresh.store.drop_account(NAME)
    assert not jane.is_in()


def test_signing_in_begins_anew(fresh: Service) -> None:
    """Nobody signs in with a cookie, or a form's key, that somebody else has set before."""
    enrol(fresh)
    jane = browser(fresh)
    before = jane.key()
    cookie = jane.client.get_cookie("__Host-feedsvc", domain="example.org")
    jane.sign_in()
    after = jane.client.get_cookie("__Host-feedsvc", domain="example.org")
    assert cookie
    assert after
    assert cookie.value != after.value
    old = jane.ask("POST", "/admin/account/others", data={"csrf_token": before})
    assert old.status_code == 400


@pytest.mark.parametrize("change", ["other key", "cut", "no signature", "words", "number"])
def test_a_forged_cookie_is_none(fresh: Service, change: str) -> None:
    jane = signed_in(fresh)
    app = jane.client.application
    cookie = jane.client.get_cookie("__Host-feedsvc", domain="example.org")
    assert cookie
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    other = create_app(fresh)
    other.secret_key = "0" * 64
    forger = other.session_interface.get_signing_serializer(other)  # type: ignore[attr-defined]
    identifier = signer.loads(cookie.value)["id"]
    value = {
        "other key": forger.dumps({"id": identifier}),
        "cut": cookie.value[:-1],
        "no signature": cookie.value.partition(".")[0],
        "words": signer.dumps({"id": "nonsense"}),
        "number": signer.dumps({"id": 1}),
    }[change]
    jane.client.set_cookie("__Host-feedsvc", value, domain="example.org", secure=True)
    assert not jane.is_in()


def test_the_store_keeps_digests_alone(fresh: Service) -> None:
    """Whoever reads the database can't sign in with what stands there."""
    jane = signed_in(fresh)
    app = jane.client.application
    cookie = jane.client.get_cookie("__Host-feedsvc", domain="example.org")
    assert cookie
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    identifier = signer.loads(cookie.value)["id"]
    code = fresh.access.invite()
    path = Path(fresh.settings.store_url.removeprefix("sqlite:///"))
    kept = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    for secret in (identifier, code, PASSWORD, cookie.value):
        assert secret.encode() not in kept
    assert b"$argon2id$" in kept


READ = [
    *("/", "/feeds/main", "/feeds/main.rss", "/feeds/main.atom", "/feeds/main.json", "/opml.xml"),
    *("/items/tide", "/items/tide/harbour.png", "/search?q=tide", "/tags/sea.rss", "/nowhere"),
    *("/static/site.css", "/robots.txt", "/healthz", "/metrics", "/items/gone", "/feed"),
]


@pytest.mark.parametrize("path", READ)
def test_readers_get_no_cookie_and_none_matters(service: Service, path: str) -> None:
    app = create_app(service)
    plain = app.test_client().get(path, base_url=SITE, buffered=True)
    for cookie in ("x", "eyJpZCI6IngifQ.aaaaaa.bbbb"):
        client = app.test_client()
        client.set_cookie("__Host-feedsvc", cookie, domain="example.org", secure=True)
        headers = {"Authorization": "Bearer x"}
        got = client.get(path, base_url=SITE, headers=headers, buffered=True)
        assert got.data == plain.data
        assert dict(got.headers) == dict(plain.headers)
        assert "Set-Cookie" not in got.headers
        assert "Cookie" not in got.headers.get("Vary", "")


SUFFIXES = ["/admin/account.css", "/admin/x.css", "/admin/account/x.js", "/feeds/main.rss/../admin"]


@pytest.mark.parametrize("path", SUFFIXES)
def test_no_suffix_makes_a_page_of_somebodys_own_public(fresh: Service, path: str) -> None:
    """Cache deception."""
    jane = signed_in(fresh)
    response = jane.get(path)
    assert response.status_code == 404
    assert NAME not in response.text
    assert response.headers["Cache-Control"] == "no-store"
