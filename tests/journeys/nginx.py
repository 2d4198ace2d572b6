"""A real nginx in front of a real `feedsvc serve`, with a configuration out of the docs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from journeys.conftest import Site, free_port, until
from journeys.desk import Desk, at_desk, essays, item, now, whole
from journeys.polling import FORMS, Answer, ask

PAGE = Path(__file__).parents[2] / "docs" / "behind-a-cache.md"
CONFIGURATION = """
[site]
title = "The Quiet Hour"
url = "https://feeds.example.org"
[server]
workers = 2
trusted_proxies = 2
[store]
url = "{store}"
[limits]
polls = "5/hour"
[[feeds]]
name = "main"
page_size = 20
[[feeds]]
name = "new"
formerly = ["old"]
[[feeds]]
name = "members"
private = true
where = {{ any = {{ tags = ["inner"] }} }}
"""
LIVE = [f"/feeds/main.{form}" for form in FORMS]
_FRAME = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{site}
}}
"""


def block(heading: str) -> str:
    """The one configuration below a heading of the page."""
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    assert rest, f"the page has no {heading}"
    part, _, _ = rest.partition("\n## ")
    lines = part.splitlines()
    inside = [number for number, line in enumerate(lines) if line.startswith("    ")]
    return "\n".join(lines[inside[0] : inside[-1] + 1])


def _binary() -> str:
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        fail = pytest.fail if os.environ.get("CI") else pytest.skip
        fail("nginx is not installed (Debian package nginx-light)")
    return str(found)


@contextmanager
def in_front_of(origin: int, folder: Path, heading: str) -> Iterator[int]:
    """nginx with the configuration below that heading; gives the port where it listens."""
    folder.mkdir()
    port = free_port()
    site = block(heading)
    for told, here in (
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{origin};"),
    ):
        assert site.count(told) == 1, told
        site = site.replace(told, here)
    site = site.replace("/var/cache/nginx/feedsvc", f"{folder}/cache")
    configuration = folder / "nginx.conf"
    configuration.write_text(_FRAME.format(folder=folder, site=site), encoding="utf-8")
    process = subprocess.Popen([_binary(), "-c", str(configuration)], stderr=subprocess.PIPE)

    def listens() -> bool:
        assert process.poll() is None, process.communicate()
        with suppress(ConnectionError):
            return bool(ask(port, "/healthz").status)
        return False

    try:
        until(listens)
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=20)


@contextmanager
def published(root: Path, store: str) -> Iterator[tuple[Site, Desk]]:
    """A running site with 50 items, and somebody who publishes there."""
    site = Site.of(root, CONFIGURATION.format(store=store))
    with at_desk(root, declare=True) as desk:
        desk.put(*essays(50))
        with site.served():
            yield site, desk


_PEOPLE = count()


@dataclass
class Chain:
    """The site, somebody who publishes there, and nginx with an empty cache before it."""

    site: Site
    desk: Desk
    port: int

    def ask(self, path: str, method: str = "GET", **headers: str | None) -> Answer:
        """Through nginx, by somebody new whom a proxy before it has seen."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        somebody = f"10.0.{next(_PEOPLE) // 250}.{next(_PEOPLE) % 250}"
        return ask(self.port, path, {"X-Forwarded-For": somebody, **named}, method=method)

    def origin(self, path: str, **headers: str | None) -> Answer:
        """Past nginx."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return ask(self.site.port, path, named)


def state(answer: Answer) -> str:
    return str(answer.headers.get("X-Cache", "-"))


def titles(answer: Answer, title: str) -> bool:
    return title.encode() in answer.body


def soon(chain: Chain, name: str, seconds: int) -> None:
    """Let what caches fetch from now on be good for so many seconds only: something is to come."""
    due = whole(now()) + timedelta(seconds=seconds)
    chain.desk.put(item(name, f"To come: {name}", published=due, updated=due))
