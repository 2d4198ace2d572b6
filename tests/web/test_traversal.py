"""No name from outside reaches a file that is not meant (T35 at the doors)."""

from __future__ import annotations

import io
import os
from pathlib import Path
from urllib.parse import quote

import pytest
from web.harbour import PICTURE
from web.people import Browser

from feedsvc.service import Service
from feedsvc.web.app import create_app

SECRET = "the text that is nobody's"
UP = [
    *("../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", "%2e%2e%2fsecret.txt"),
    *("..%252fsecret.txt", "..\\secret.txt", "..%5csecret.txt", "....//secret.txt"),
    *("%00/../secret.txt", "secret.txt%00.png", "./secret.txt", "/etc/passwd", "%2fetc%2fpasswd"),
    *("config.toml", "../config.toml", "..%2f..%2fconfig.toml", "feedsvc.db", "..%2ffeedsvc.db"),
    *("file:///etc/passwd", "..;/secret.txt", "%c0%ae%c0%ae/secret.txt", "~root/.profile", "."),
    *("..", "%2e", "%2e%2e", "con", "secret.txt::$DATA"),
]
BELOW = ["/static/", "/items/", "/items/x/", "/media/", f"/media/{'0' * 32}/", "/feeds/", "/"]


@pytest.fixture
def guest(fresh: Service) -> Browser:
    root = fresh.settings.root
    for folder in (root, root / "items", root.parent):
        (folder / "secret.txt").write_text(SECRET, encoding="utf-8")
    return Browser(create_app(fresh).test_client())


@pytest.mark.parametrize("below", BELOW)
def test_no_address_leads_out(guest: Browser, below: str) -> None:
    for name in UP:
        found = guest.get(below + name, buffered=True)
        assert found.status_code in {200, 308, 404, 405}, name
        assert SECRET not in found.text, name
        assert "root:" not in found.text, name
        assert "SQLite format" not in found.text, name
        assert found.status_code != 200 or below + name in {"/.", "/%2e", "/./"}, name


@pytest.mark.parametrize("name", UP)
def test_no_upload_is_kept_elsewhere(guest: Browser, fresh: Service, name: str) -> None:
    before = everything(fresh.settings.root.parent)
    bearer = {"Authorization": f"Bearer {fresh.access.mint('x', 'write')[1]}"}
    for given in (name, f"{name}.png"):
        form = {"file": (io.BytesIO(PICTURE), given, "image/png")}
        made = guest.ask("POST", "/api/v1/media", data=form, headers=bearer)
        assert made.status_code in {200, 201, 415, 422}, made.text
        if made.status_code < 300:
            told = made.json
            assert "/" not in told["name"]
            assert ".." not in told["name"].split(".png")[0] or told["name"].count("/") == 0
            path = told["url"].partition("example.org")[2]
            assert guest.get(path, buffered=True).data == PICTURE
    media = fresh.settings.root / "var" / "media"
    for path in everything(fresh.settings.root.parent) - before:
        assert media in path.parents or path == media or path in media.parents or ".db" in path.name


def everything(root: Path) -> set[Path]:
    return {Path(folder) / name for folder, dirs, files in os.walk(root) for name in dirs + files}


@pytest.mark.parametrize(
    "slug", ["../x", "a/b", "..", ".", "a\\b", "%2e%2e", "a\0b", "/etc/passwd"]
)
def test_no_item_has_a_path_for_a_name(guest: Browser, fresh: Service, slug: str) -> None:
    bearer = {"Authorization": f"Bearer {fresh.access.mint('x', 'write')[1]}"}
    fields = {"title": "A title", "content_text": "x", "slug": slug}
    made = guest.ask("POST", "/api/v1/items", json=fields, headers=bearer)
    assert made.status_code in {201, 422}
    if made.status_code == 201:
        assert not {"/", "\\", "\0"} & set(made.json["slug"])
        assert made.json["slug"].strip(".")
        assert guest.get(f"/items/{quote(made.json['slug'])}").status_code == 200
