"""A session ends while somebody writes: what was written is saved all the same, by them alone."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from web.harbour import SITE
from web.people import NAME, PASSWORD, Browser, enrol, signed_in
from werkzeug.test import TestResponse

from feedsvc.model import Item
from feedsvc.service import Service

#: As a browser says it of a form of the same site.
OURS = {"Accept": "text/html,*/*;q=0.8", "Sec-Fetch-Site": "same-origin"}
OLDER = {"Accept": "text/html,*/*;q=0.8", "Origin": SITE}
NEW = "/admin/items/new"
TEXT = "Two <b>lines</b>,\r\n  \"quoted\" & 'so' – <script>alert(1)</script>\r\n\r\n&amp; é 💾"


def written(jane: Browser, **more: Any) -> dict[str, Any]:
    """The fields of the form of a new article, with something written into it."""
    page = BeautifulSoup(jane.get(NEW).text, "lxml")
    key = page.find("input", {"name": "key"})
    return {
        "csrf_token": jane.key(NEW),
        "key": key["value"] if key else "",  # type: ignore[index]
        "title": "Written <i>late</i>",
        "text": TEXT,
        "form": "markdown",
        "action": "save",
        **more,
    }


def post(
    jane: Browser, fields: dict[str, Any], path: str = NEW, headers: dict[str, str] | None = None
) -> TestResponse:
    return jane.ask(
        "POST",
        path,
        data=fields,
        headers=OURS if headers is None else headers,
        content_type="multipart/form-data",
    )


def carried(page: TestResponse, **typed: str) -> dict[str, Any]:
    """The fields that the page's form sends; nowhere else than to its own address."""
    form = BeautifulSoup(page.text, "lxml").find("form")
    assert form
    assert (form.get("action"), form["method"]) == (None, "post")  # type: ignore[union-attr]
    sent: dict[str, Any] = {}
    for one in form.find_all("input"):  # type: ignore[union-attr]
        sent.setdefault(one["name"], []).append(one.get("value", "").replace("\n", "\r\n"))
    return {**sent, **typed}


def credentials(password: str = PASSWORD) -> dict[str, str]:
    return {"feedsvc-name": NAME, "feedsvc-password": password}


def articles(service: Service) -> list[Item]:
    return service.store.items()[0]


@pytest.mark.parametrize("headers", [OURS, OLDER])
def test_signing_in_goes_on_with_what_was_written(fresh: Service, headers: dict[str, str]) -> None:
    jane = signed_in(fresh)
    fields = written(jane)
    fresh.store.drop_sessions(NAME)
    page = post(jane, fields, headers=headers)
    assert page.status_code == 401
    assert page.headers["WWW-Authenticate"].startswith("Session")
    assert page.headers["Cache-Control"] == "no-store"
    assert "Nothing was saved yet" in page.text
    assert "<script>alert" not in page.text
    assert articles(fresh) == []
    wrong = post(jane, carried(page, **credentials("a wrong password")), headers=headers)
    assert wrong.status_code == 403
    assert "a wrong password" not in wrong.text
    done = post(jane, carried(wrong, **credentials()), headers=headers)
    assert done.status_code == 303
    assert done.headers["Location"].startswith("/admin/items/")
    (item,) = articles(fresh)
    assert item.title == fields["title"]
    assert item.content_markdown is not None
    assert item.content_markdown.split() == TEXT.split()
    assert item.origin == f"editor:{NAME}"
    assert jane.is_in()


def test_every_field_is_carried_as_it_was(fresh: Service) -> None:
    jane = signed_in(fresh)
    fields = written(jane, tags=["a", "b"], file_url=["https://a.example/", ""])
    fresh.store.drop_sessions(NAME)
    found = carried(post(jane, fields))
    for name, value in fields.items():
        if name != "csrf_token":
            assert found[name] == (value if isinstance(value, list) else [value]), name
    assert set(found) == {*fields, *credentials()}


def test_files_are_named_as_missing(fresh: Service) -> None:
    jane = signed_in(fresh)
    fields = written(jane)
    fresh.store.drop_sessions(NAME)
    page = post(jane, {**fields, "upload": (__file__, "low & high.png")})
    assert "low &amp; high.png" in page.text
    assert "add them again" in page.text


def test_a_form_of_an_earlier_session(fresh: Service) -> None:
    """Who has signed in elsewhere meanwhile has another key: one button, and no circle."""
    jane = signed_in(fresh)
    fields = written(jane)
    fresh.store.drop_sessions(NAME)
    assert jane.sign_in().status_code == 303
    page = post(jane, fields)
    assert page.status_code == 400
    assert "Save now" in page.text
    assert "password" not in page.text.lower()
    assert articles(fresh) == []
    assert post(jane, carried(page)).status_code == 303
    assert [item.title for item in articles(fresh)] == [fields["title"]]


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "text/html", "Sec-Fetch-Site": "cross-site"},
        {"Accept": "text/html", "Sec-Fetch-Site": "same-site", "Origin": SITE},
        {"Accept": "text/html", "Origin": "https://evil.example"},
        {"Accept": "text/html", "Origin": "null"},
        {"Accept": "text/html", "Origin": f"{SITE}.evil.example"},
        {"Accept": "text/html"},
        {**OURS, "X-CSRFToken": "x"},
        {"Accept": "application/json", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_nothing_of_another_site_is_carried(fresh: Service, headers: dict[str, str]) -> None:
    jane = signed_in(fresh)
    fields = written(jane)
    strange = post(jane, fields | {"csrf_token": "forged"}, headers=headers)
    assert strange.status_code == 400
    fresh.store.drop_sessions(NAME)
    for sent in (fields, fields | credentials()):
        refused = post(jane, sent, headers=headers)
        assert refused.status_code == 401
        for answer in (strange, refused):
            assert TEXT[:3] not in answer.text
            assert "feedsvc-password" not in answer.text
    assert articles(fresh) == []
    assert not jane.is_in()


def test_signing_in_needs_the_key_of_this_browser(fresh: Service) -> None:
    jane = signed_in(fresh)
    fields = written(jane)
    fresh.store.drop_sessions(NAME)
    for key in ("", "forged", signed_in(fresh, "ada").key("/admin/account")):
        refused = post(jane, fields | credentials() | {"csrf_token": key})
        assert refused.status_code == 400
        assert "cookie" in refused.text
        assert not jane.is_in()
    assert articles(fresh) == []


def test_guessing_is_limited_here_too(fresh: Service) -> None:
    enrol(fresh)
    jane = signed_in(fresh)
    fields = written(jane)
    fresh.store.drop_sessions(NAME)
    page = post(jane, fields)
    found = [post(jane, carried(page, **credentials("guess"))) for _ in range(6)]
    assert [one.status_code for one in found] == [403] * 5 + [429]
    assert int(found[-1].headers["Retry-After"]) > 0
    assert carried(found[-1])["text"] == [TEXT]


def test_passwords_are_never_carried(fresh: Service) -> None:
    jane = signed_in(fresh)
    told = {"present": PASSWORD, "password": "another password", "again": "another password"}
    fresh.store.drop_sessions(NAME)
    refused = post(jane, told, "/admin/account/password")
    assert refused.status_code == 401
    assert "another password" not in refused.text
