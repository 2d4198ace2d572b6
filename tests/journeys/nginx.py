"""A real nginx in front of a real `feedsvc serve`, with a configuration out of the docs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from journeys.conftest import free_port, until
from journeys.polling import ask

PAGE = Path(__file__).parents[2] / "docs" / "behind-a-cache.md"
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
