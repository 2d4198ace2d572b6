"""Somebody who has signed in to the editor, for a test client and for a browser."""

from __future__ import annotations

import re
from html import unescape

from flask.testing import FlaskClient
from web.conftest import client_of
from web.people import enrol, let_in
from werkzeug.test import TestResponse

from feedsvc.service import Service

NAME, PASSWORD = "jane", "a long and quiet passphrase"


def made_account(service: Service, name: str = NAME) -> None:
    """An account that is there already."""
    enrol(service, name, PASSWORD)


class Editor:
    """A person at the editor: reads pages, sends their forms back with what they change."""

    def __init__(self, service: Service, name: str = NAME) -> None:
        self.service = service
        self.client: FlaskClient = client_of(service)
        made_account(service, name)
        let_in(self.client, service, name, "localhost")

    def page(self, path: str) -> str:
        """The text of a page that is there."""
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.text

    def form(self, path: str) -> dict[str, str]:
        """The values of the form for writing, as a browser would send them back."""
        return values_of(self.page(path))

    def send(self, path: str, **values: object) -> TestResponse:
        """Send a form to a path, with the key of the guard against forged ones."""
        page = self.client.get("/admin/")
        found = re.search(r'name="csrf-token" content="([^"]*)"', page.text)
        assert found
        return self.client.post(path, data={"csrf_token": unescape(found[1]), **values})

    def save(self, path: str, **values: object) -> TestResponse:
        """Change some fields of an article's form and press a button (``action``)."""
        return self.send(path, **{**self.form(path), "action": "save", **values})


_INPUT = re.compile(r"<input\b[^>]*>")
_AREA = re.compile(r'<textarea\b[^>]*\bname="(\w+)"[^>]*>\n?(.*?)</textarea>', re.DOTALL)
_SELECT = re.compile(r'<select\b[^>]*\bname="(\w+)"[^>]*>(.*?)</select>', re.DOTALL)


def values_of(page: str) -> dict[str, str]:
    """The names and values of the form for writing on a page; of unchosen boxes none."""
    form = page.partition('<form id="write"')[2].partition("</form>")[0]
    values: dict[str, str] = {}
    for tag in _INPUT.findall(form):
        said = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if said.get("type") != "checkbox" and "name" in said:
            values.setdefault(said["name"], unescape(said.get("value", "")))
    values |= {name: unescape(text) for name, text in _AREA.findall(form)}
    for name, options in _SELECT.findall(form):
        chosen = re.search(r'value="(\w+)" selected', options)
        values[name] = chosen[1] if chosen else ""
    return values
