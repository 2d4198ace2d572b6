"""The servers that ours is held against, each pinned to one core and set fairly.

nginx as Debian brings it: one worker, `sendfile`, the gzip file made ahead (`gzip_static`), no log
of requests. Django: its syndication framework over 50 items in memory, behind its cache for whole
answers (kept in the process), with its gzip and conditional-GET middleware, under gunicorn with one
worker, production settings and no log of requests.
"""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

_NGINX = """
worker_processes 1; daemon off; pid {root}/nginx.pid; error_log {root}/nginx.log;
events {{ worker_connections 4096; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
    types {{ application/rss+xml rss; }}
    client_body_temp_path {root}/body; proxy_temp_path {root}/proxy;
    fastcgi_temp_path {root}/fastcgi; uwsgi_temp_path {root}/uwsgi; scgi_temp_path {root}/scgi;
    server {{ listen 127.0.0.1:{port}; root {root}/www; gzip_static on; gzip_vary on; }}
}}
"""
_DJANGO = """
import json
from datetime import datetime, timezone
from pathlib import Path

import django
from django.conf import settings

settings.configure(
    DEBUG=False, SECRET_KEY="bench", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, USE_TZ=True,
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    CACHE_MIDDLEWARE_SECONDS=3600,
    MIDDLEWARE=[
        "django.middleware.cache.UpdateCacheMiddleware",
        "django.middleware.gzip.GZipMiddleware",
        "django.middleware.http.ConditionalGetMiddleware",
        "django.middleware.cache.FetchFromCacheMiddleware",
    ],
)
django.setup()

from django.contrib.syndication.views import Feed
from django.core.wsgi import get_wsgi_application
from django.urls import path

ITEMS = json.loads(Path(__file__).with_name("items.json").read_text())


class Main(Feed):
    title, link, description = "Bench", "/", "Bench"

    def items(self):
        return ITEMS

    def item_title(self, item):
        return item["title"]

    def item_description(self, item):
        return item["content_html"]

    def item_link(self, item):
        return item["url"]

    def item_pubdate(self, item):
        return datetime.fromtimestamp(item["published"], timezone.utc)


urlpatterns = [path("feeds/main.rss", Main())]
application = get_wsgi_application()
"""


@dataclass
class Server:
    """A server that runs, and the address of its feed."""

    process: psutil.Process
    url: str

    def busy(self) -> float:
        """Processor seconds that it has used so far, with its workers."""
        family = [self.process, *self.process.children(recursive=True)]
        return sum(sum(process.cpu_times()[:2]) for process in family)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pinned(core: int) -> list[str]:
    """What a command begins with to run on one core, where there are several."""
    return (
        ["taskset", "-c", str(core)]
        if (os.cpu_count() or 1) > 1 and shutil.which("taskset")
        else []
    )


@contextmanager
def running(
    command: list[str], url: str, *, anywhere: bool = False, **environ: str
) -> Iterator[psutil.Process]:
    """A server on the first core, or ``anywhere``, ready; ended at the end."""
    process = subprocess.Popen(
        command if anywhere else [*pinned(0), *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environ},
    )
    try:
        deadline = time.monotonic() + 60
        while not answers(url):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{command[0]} did not start: {' '.join(command)}")
            time.sleep(0.05)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(60)


def answers(url: str) -> bool:
    """Whether there is an answer at ``url``."""
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except OSError:
        return False
    return True


@contextmanager
def ours(config: Path, *, workers: int = 1, anywhere: bool = False) -> Iterator[Server]:
    """`feedsvc serve`, on the first core or ``anywhere``."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/feeds/main.rss"
    command = [sys.executable, "-m", "feedsvc", "serve", "--config", str(config)]
    command += ["--port", str(port), "--workers", str(workers)]
    with running(command, url, anywhere=anywhere) as process:
        yield Server(process, url)


@contextmanager
def nginx(root: Path, feed: bytes) -> Iterator[Server]:
    """nginx with the feed as a file and its gzip."""
    folder = root / "www" / "feeds"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.rss").write_bytes(feed)
    (folder / "main.rss.gz").write_bytes(gzip.compress(feed, 6, mtime=0))
    port = free_port()
    settings = root / "nginx.conf"
    settings.write_text(_NGINX.format(root=root, port=port), encoding="utf-8")
    url = f"http://127.0.0.1:{port}/feeds/main.rss"
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with running([program, "-c", str(settings)], url) as process:
        yield Server(process, url)


@contextmanager
def django(root: Path, items: str) -> Iterator[Server]:
    """Django's feed of ``items`` (a JSON list) under gunicorn."""
    folder = root / "django"
    folder.mkdir(exist_ok=True)
    (folder / "peer.py").write_text(_DJANGO, encoding="utf-8")
    (folder / "items.json").write_text(items, encoding="utf-8")
    port = free_port()
    url = f"http://127.0.0.1:{port}/feeds/main.rss"
    command = [sys.executable, "-m", "gunicorn", "--chdir", str(folder), "--workers", "1"]
    # gthread keeps connections, as the others do; the sync worker would not.
    command += ["--worker-class", "gthread", "--threads", "4", "--keep-alive", "60"]
    command += ["--bind", f"127.0.0.1:{port}", "peer:application"]
    with running(command, url) as process:
        yield Server(process, url)
