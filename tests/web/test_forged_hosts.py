"""Whatever a request says of hosts and proxies, no answer leads anywhere but to us (T28)."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from web.harbour import SITE
from web.people import Browser, signed_in

from feedsvc.service import Service

EVIL = "evil.example"
FORGED = {
    "Host": EVIL,
    "X-Forwarded-Host": EVIL,
    "X-Forwarded-Server": EVIL,
    "X-Forwarded-Proto": "gopher",
    "X-Forwarded-Port": "666",
    "X-Forwarded-Prefix": f"/{EVIL}",
    "X-Forwarded-For": "203.0.113.9",
    "X-Original-URL": f"/{EVIL}",
    "X-Rewrite-URL": f"/{EVIL}",
    "Forwarded": f"host={EVIL};proto=gopher",
    "Referer": f"https://{EVIL}/",
    "Origin": f"https://{EVIL}",
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def routes(app: Flask) -> list[tuple[str, str]]:
    return [
        (method, re.sub(r"<(?:[^<>:]*:)?[^<>]*>", word, rule.rule))
        for rule in app.url_map.iter_rules()
        for method in METHODS
        if method in (rule.methods or ())
        for word in ("main", "main.rss")
    ]


@pytest.mark.parametrize(
    ("who", "forged"),
    [
        *((who, "all") for who in ("nobody", "session", "admin")),
        *(("nobody", one) for one in FORGED),
    ],
)
def test_no_answer_names_a_foreign_host(fresh: Service, who: str, forged: str) -> None:
    """At every address by every method, to strangers and to people and programs that are known."""
    guest = signed_in(fresh)
    app = guest.client.application
    headers = FORGED if forged == "all" else {forged: FORGED[forged]}
    if who != "session":
        guest = Browser(app.test_client())
    if who == "admin":
        headers = {**headers, "Authorization": f"Bearer {fresh.access.mint('x', 'admin')[1]}"}
    tried = routes(app)
    assert len(tried) > 60
    for method, path in tried if forged == "all" else tried[:: len(FORGED)]:
        found = guest.ask(method, path, headers=headers, buffered=True)
        assert found.status_code != 500, (method, path)
        assert EVIL.encode() not in found.data, (method, path)
        assert EVIL not in str(found.headers), (method, path)
        assert "gopher" not in str(found.headers), (method, path)
        location = found.headers.get("Location", "/")
        assert location.startswith(("/", f"{SITE}/")), (method, path)
        assert not location.startswith("//"), (method, path)


@pytest.mark.parametrize(
    "host", ["evil.example, example.org", "evil.example example.org", "a@b", "", "a/b", "[::1"]
)
@pytest.mark.parametrize("path", ["/", "/admin/sign-in", "/api/v1/items"])
def test_a_host_that_is_none_is_refused(fresh: Service, host: str, path: str) -> None:
    client = signed_in(fresh).client
    found = client.get(path, headers={"Host": host}, environ_overrides={"HTTP_HOST": host})
    assert found.status_code == 400
    assert host == "" or host not in found.text


def test_a_forged_address_is_no_way_round_a_limit(fresh: Service) -> None:
    """Without a declared proxy ``X-Forwarded-For`` is nobody's word."""
    guest = Browser(signed_in(fresh).client.application.test_client(), "192.0.2.9")
    key = guest.key()
    found = [
        guest.ask(
            "POST",
            "/admin/sign-in",
            data={"csrf_token": key, "name": "nobody", "password": "x"},
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
        ).status_code
        for number in range(6)
    ]
    assert found == [403] * 5 + [429]
