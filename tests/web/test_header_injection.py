"""What stands in headers comes from fixed grammars, whatever is sent (T33)."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from web.harbour import SITE
from web.people import Browser, signed_in
from werkzeug.test import TestResponse

from feedsvc.service import Service

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?|")

HOSTILE = {
    "CR LF": "x\r\nX-Evil: 1",
    "LF": "x\nX-Evil: 1",
    "CR": "x\rX-Evil: 1",
    "NUL": "x\0y",
    "DEL": "x\x7fy",
    "line separator": "x\u2028y",
    "next line": "x\x85y",
    "quotes": 'x"; evil="1',
    "long": "x" * 5000,
    "other letters": "海边的笔记",
    "comma": "x, </evil>; rel=hub",
}


def sound(response: TestResponse) -> None:
    assert response.status_code < 500
    for name, value in response.headers.items():
        assert _NAME.fullmatch(name), name
        assert _VALUE.fullmatch(value), (name, value)
    assert "X-Evil" not in response.headers
    assert sum(map(len, response.headers.values())) < 16_000


@pytest.fixture
def jane(fresh: Service) -> Browser:
    return signed_in(fresh)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_in_addresses(fresh: Service, jane: Browser, text: str) -> None:
    bearer = {"Authorization": f"Bearer {fresh.access.mint('x', 'admin')[1]}"}
    app = jane.client.application
    for rule in app.url_map.iter_rules():
        filled = re.sub(r"<(?:[^<>:]*:)?[^<>]*>", quote(text, safe=""), rule.rule)
        paths = {filled, f"{rule.rule}?next={quote(text)}&q={quote(text)}&cursor={quote(text)}"}
        for path in paths:
            sound(jane.get(path, buffered=True))
            sound(Browser(app.test_client()).get(path, headers=bearer, buffered=True))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("key", ["slug", "guid", "title", "url", "external_url", "language"])
def test_in_items(fresh: Service, jane: Browser, key: str, text: str) -> None:
    """Refused with a problem, or taken in a form that no header is broken by."""
    guest = Browser(jane.client.application.test_client())
    bearer = {"Authorization": f"Bearer {fresh.access.mint('x', 'admin')[1]}"}
    fields = {"title": "A title", "content_text": "x", key: text}
    before = fresh.store.revision()
    made = guest.ask("POST", "/api/v1/items", json=fields, headers=bearer)
    sound(made)
    assert made.status_code in {201, 422}
    if made.status_code == 422:
        assert made.json["errors"]
        assert fresh.store.revision() == before
        return
    location = made.headers["Location"]
    assert location.startswith(f"{SITE}/api/v1/items/")
    for path in (
        *(location, f"/items/{quote(made.json['slug'])}", "/feeds/main.rss", "/feeds/main.json"),
        *("/", "/feeds/main", "/feeds/main.atom"),
    ):
        sound(guest.get(path.removeprefix(SITE), headers=bearer, buffered=True))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_in_what_a_request_says_of_itself(jane: Browser, text: str) -> None:
    sent = text.encode("utf-8").decode("latin-1").replace("\r", " ").replace("\n", " ")
    names = ("IF_NONE_MATCH", "ACCEPT", "USER_AGENT", "AUTHORIZATION", "COOKIE", "RANGE", "A_IM")
    for path in ("/feeds/main.rss", "/admin/sign-in", "/api/v1/items", "/nowhere"):
        for name in names:
            overrides = {f"HTTP_{name}": sent, "REMOTE_ADDR": "127.0.0.1"}
            sound(jane.get(path, environ_overrides=overrides, buffered=True))
