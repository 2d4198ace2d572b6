"""Somebody with a browser, for tests: it keeps cookies and sends forms as the page has them."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import urljoin

from argon2 import PasswordHasher
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from web.harbour import SITE
from werkzeug.test import TestResponse

from feedsvc.service import Service
from feedsvc.store import Account
from feedsvc.web.app import create_app

NAME, PASSWORD = "jane", "correct horse battery"
#: An address of the documentation (RFC 5737), which is not this machine.
ELSEWHERE = "192.0.2.7"


class Browser:
    """A client with cookies. ``address`` is where it asks from."""

    def __init__(self, client: FlaskClient, address: str = "127.0.0.1") -> None:
        self.client = client
        self.address = address

    def ask(self, method: str, path: str, **how: Any) -> TestResponse:
        how.setdefault("environ_overrides", {"REMOTE_ADDR": self.address})
        return self.client.open(path, method=method, base_url=SITE, **how)

    def get(self, path: str, **how: Any) -> TestResponse:
        return self.ask("GET", path, **how)

    def key(self, path: str = "/admin/sign-in") -> str:
        """What forms of this browser carry against forgery."""
        page = BeautifulSoup(self.get(path).text, "lxml")
        return str(page.find("meta", {"name": "csrf-token"})["content"])  # type: ignore[index]

    def send(self, path: str, fields: dict[str, str], *, form: str = "") -> TestResponse:
        """Send a form of the page at ``form`` (else the same path)."""
        return self.ask("POST", path, data={"csrf_token": self.key(form or path), **fields})

    def sign_in(self, name: str = NAME, password: str = PASSWORD, **more: str) -> TestResponse:
        return self.send("/admin/sign-in", {"name": name, "password": password, **more})

    def is_in(self) -> bool:
        """Whether its next page of the editor is one."""
        return self.get("/admin/account").status_code == 200


def browser(service: Service, address: str = "127.0.0.1") -> Browser:
    """A browser at an application of its own, as another worker would be."""
    return Browser(create_app(service).test_client(), address)


def enrol(service: Service, name: str = NAME, password: str = PASSWORD) -> None:
    """An account that is there already."""
    now = service.now()
    service.store.keep_account(Account(name, _hash(password), now, now))


@cache
def _hash(password: str) -> str:
    """Made once: a hash is costly, and meant to be."""
    return PasswordHasher().hash(password)


def signed_in(service: Service, name: str = NAME) -> Browser:
    """A browser of somebody who has signed in."""
    if service.store.account(name) is None:
        enrol(service, name)
    found = browser(service)
    let_in(found.client, service, name, "example.org")
    return found


def let_in(client: FlaskClient, service: Service, name: str, host: str) -> None:
    """Give a client a session of somebody's, without the fifth of a second that signing in takes.

    How people sign in is shown by test_signin.py.
    """
    client.get("/admin/sign-in", base_url=SITE)  # now the application has read the key of cookies
    app = client.application
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    cookie = signer.dumps({"id": service.access.begin_session(name, "Test")})
    client.set_cookie("__Host-feedsvc", cookie, domain=host, secure=True)


def path_of(response: TestResponse) -> str:
    """Where a redirect leads, as a browser resolves it."""
    return urljoin(f"{SITE}/admin/sign-in", response.headers["Location"])
