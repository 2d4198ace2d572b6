"""At no public address, in no form, is anything of what is private."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from web.circle import BROWSER, FORMS, SECRETS, Reader, circle
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from feedsvc.service import Service
from feedsvc.web.app import create_app
from feedsvc.web.policy import policy_of

NAMES = ("main", "notes", "zanzibar", "okapi", "quokka-full", "axolotl", "none-such")
TERMS = ("notes", "quokka", "axolotl", "olive-okapi")
SLUGS = ("open", "quokka-1", "quokka-2", "quokka-draft", "quokka-later", "quokka-gone",
         "quokka-old", "quokka-new", "axolotl", "named", "none-such")  # fmt: skip
#: What the parts of an address may be, by their names in the URL map.
PARTS = {
    "slug": SLUGS,
    "page": tuple(f"{number}.{form}" for number in (1, 2, 3) for form in FORMS),
    "end": FORMS,
    "upload_id": ("0" * 32,),
    "file": ("site.css", "none.css"),
}
ACCEPT = (BROWSER, "*/*", "application/openmetrics-text", "application/json")
QUERIES = ("", "?token=fs_abcdefghijkl_" + "a" * 40, "?q=walrus", "?page=2")


def names(rule: Rule) -> list[str]:
    stems = NAMES if rule.rule.startswith("/feeds") else TERMS
    if rule.rule.startswith("/static"):  # it says what is not there
        return ["site.css"]
    if rule.rule.startswith(("/items", "/media")):
        return ["quokka.png", "quokka.wav"]
    if "archive" in rule.rule:
        return [*stems]
    return [*stems, *(f"{stem}.{form}" for stem in stems for form in FORMS)]


def addresses(service: Service) -> Iterator[str]:
    """Every address that a stranger may ask for, whatever is there."""
    app = create_app(service)
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or policy_of(app, rule.endpoint) not in {
            "public",
            "feed",
        }:
            continue
        known = {**PARTS, "name": names(rule), "filename": PARTS["file"], "path": PARTS["file"]}
        parts = sorted(rule.arguments)
        for values in product(*(known[part] for part in parts)):
            built = rule.build(dict(zip(parts, values, strict=True)))
            assert built is not None
            yield built[1]


@pytest.fixture(scope="module", params=[False, True], ids=["main is public", "main is private"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    root = tmp_path_factory.mktemp("circle")
    with circle(root, main_is_private=request.param) as service:
        yield service


def told(answer: TestResponse) -> str:
    """All that is in an answer."""
    body = answer.data.decode(errors="replace")
    return f"{answer.headers} {body}".casefold()


def test_no_stranger_reads_anything_private_anywhere(service: Service) -> None:
    asked, found = 0, {200: 0, 401: 0, 404: 0}
    stranger = Reader(service)
    for address in addresses(service):
        for accept, query in product(ACCEPT, QUERIES):
            answer = stranger.ask(address + query, Accept=accept)
            words = told(answer)
            if (location := answer.headers.get("Location")) is not None:
                assert not any(secret in location for secret in SECRETS), address
            seen = [secret for secret in SECRETS if secret in words]
            assert not seen, (address + query, accept, answer.status_code, words)
            found[answer.status_code] = found.get(answer.status_code, 0) + 1
            asked += 1
    assert asked > 1000
    assert found[200] > 100 and found[401] > 100 and found[404] > 100


@pytest.mark.parametrize("feed", ["zanzibar", "main"])
def test_what_is_public_does_not_move_with_what_is_private(tmp_path: Path, feed: str) -> None:
    with circle(tmp_path, main_is_private=feed == "main") as service:
        stranger = Reader(service)
        open_ = [address for address in addresses(service) if "/readyz" not in address]
        open_ = [a for a in open_ if stranger.ask(a).status_code == 200 and "/metrics" not in a]
        before = {address: stranger.ask(address).headers for address in open_}
        service.now.forward(days=1)  # type: ignore[attr-defined]
        item = service.store.item(slug="quokka-2" if feed == "zanzibar" else "plain")
        assert item is not None
        service.withdraw(item.guid)
        for address, headers in before.items():
            after = stranger.ask(address).headers
            for name in ("ETag", "Last-Modified"):
                assert after.get(name) == headers.get(name), address
