"""A real Micropub client, npm's micropub-helper, against a real server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import feedparser
import pytest
from journeys.conftest import Site, until

from feedsvc import config
from feedsvc.service import Service

PLACE = Path(__file__).parents[1] / "js" / "micropub"
NPM = shutil.which("npm")


@pytest.fixture(scope="module")
def client() -> list[str]:
    """The command that runs the client; it is installed on first use, beside its script."""
    if NPM is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "npm is not installed, and micropub-helper comes from it"
        )
    modules = PLACE / "node_modules"
    if not (modules / "micropub-helper").is_dir():
        # Two test processes may come here at once: each installs aside, one of them moves in.
        with tempfile.TemporaryDirectory(dir=PLACE, prefix=".install-") as aside:
            shutil.copy(PLACE / "package.json", aside)
            command = [NPM, "install", "--prefix", aside, "--no-audit", "--no-fund"]
            subprocess.run(
                [*command, "--no-package-lock"], check=True, capture_output=True, timeout=90
            )
            if not modules.exists():
                (Path(aside) / "node_modules").rename(modules)
    return [shutil.which("node") or "node", str(PLACE / "publish.mjs")]


def minted(site: Site) -> str:
    """A token for the app, made while the site is served."""
    service = Service.open(config.load(site.root / "config.toml", site.environ()), declare=False)
    try:
        return service.access.mint("app", "write")[1]
    finally:
        service.close()


def test_an_app_publishes(site: Site, client: list[str]) -> None:
    with site.served():
        token = minted(site)
        done = subprocess.run(
            [*client, f"{site.url}/micropub", token],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        seen: dict[str, Any] = json.loads(done.stdout)
        feed = until(lambda: feedparser.parse(site.get("/feeds/main.atom")))
    assert seen["verified"] is True
    assert seen["syndication"] == {"syndicate-to": []}
    assert seen["media"].startswith(f"{site.url}/media/")
    properties = seen["source"]["properties"]
    assert "name" not in properties
    assert properties["content"] == ["Said anew"]
    assert properties["category"] == ["apps", "tests", "more"]
    assert properties["photo"] == [{"value": seen["media"], "alt": "A dot"}]
    assert seen["some"] == {"properties": {"content": ["A note & more"], "category": ["apps"]}}
    assert len(seen["all"]["items"]) == 3
    assert (seen["deleted"], seen["undeleted"]) == (410, 200)
    assert seen["refused"]
    assert {entry.link for entry in feed.entries} == {seen["article"], seen["note"], seen["photo"]}
    shown = {entry.link: entry.content[0].value for entry in feed.entries}
    assert seen["media"] in shown[seen["photo"]]  # the same bytes are the same file


def test_a_large_file_goes_through_the_real_server(site: Site) -> None:
    """Three MiB by a program that may, and the same by one that may not."""
    with site.served("--workers", "1"):
        token = minted(site)
        sound = site.root / "talk.mp3"
        sound.write_bytes(b"ID3\x04\0\0\0\0\0\0" + bytes(3 * 1024 * 1024))
        statuses = [_posted(site, sound, one) for one in (token, "fs_wrong")]
    assert statuses == [201, 413]


def _posted(site: Site, file: Path, token: str) -> int:
    done = subprocess.run(
        ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-F", f"file=@{file}",
         "-H", f"Authorization: Bearer {token}", f"{site.url}/api/v1/media"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return int(done.stdout)
