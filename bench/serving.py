"""A running service on a store of 10,000 items: how soon it is ready, what an idle worker takes,
how soon an edit shows, how late a scheduled item is."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from bench.site import article, make_site
from bench.table import show
from feedsvc import config
from feedsvc.service import Service

COUNT = 10_000
RUNS = 5
GIVE_UP = 30.0


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        path = make_site(root, COUNT)
        service = Service.open(config.load(path, {}))
        service.sync()
        service.close()
        ready = []
        for _ in range(RUNS):
            with _served(path) as (_, _, took):
                ready.append(took)
        with _served(path) as (process, url, _):
            memory = _worker_memory(process)
            edits = [_edit(root, url, number) for number in range(RUNS)]
            late = [_schedule(root, url, number) for number in range(3)]
    show(
        f"`feedsvc serve` on a store of {COUNT:,} items",
        [
            ("start until the first feed is answered", f"{statistics.median(ready):.2f} s", ""),
            ("memory of an idle worker (unique)", f"{memory[0] / 1e6:.0f} MB", ""),
            ("memory of an idle worker (resident)", f"{memory[1] / 1e6:.0f} MB", ""),
            ("an edit until the feed shows it", f"{statistics.median(edits):.2f} s", ""),
            ("a scheduled item, after its time", f"{max(late):.2f} s", "latest of 3"),
        ],
    )


@contextmanager
def _served(path: Path) -> Iterator[tuple[psutil.Process, str, float]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "feedsvc", "serve", "--config", str(path), "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "FEEDSVC_SITE__URL": f"http://127.0.0.1:{port}"},
    )
    url = f"http://127.0.0.1:{port}/feeds/main.rss"
    try:
        _until(lambda: _get(url))
        yield psutil.Process(process.pid), url, time.perf_counter() - start
    finally:
        process.terminate()
        process.wait(30)


def _get(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return str(answer.read(), "utf-8")
    except OSError:
        return ""


def _until(there: object) -> float:
    start = time.perf_counter()
    while not there():  # type: ignore[operator]
        if time.perf_counter() - start > GIVE_UP:
            raise TimeoutError("nothing came within 30 s")
        time.sleep(0.01)
    return time.perf_counter() - start


def _worker_memory(process: psutil.Process) -> tuple[int, int]:
    workers = [child for child in process.children() if "spawn_main" in " ".join(child.cmdline())]
    used = [worker.memory_full_info() for worker in workers]
    return max(info.uss for info in used), max(info.rss for info in used)


def _edit(root: Path, url: str, number: int) -> float:
    word = f"edited{number}x{os.getpid()}"
    newest = COUNT - 1
    path = root / "items" / f"{newest // 1000:03}" / f"article-{newest:06}.md"
    path.write_text(article(newest, word), encoding="utf-8")
    return _until(lambda: word in _get(url))


def _schedule(root: Path, url: str, number: int) -> float:
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4)
    word = f"scheduled{number}x{os.getpid()}"
    text = f"---\ntitle: {word}\ndate: {due.isoformat()}\n---\nNow.\n"
    (root / "items" / f"{word}.md").write_text(text, encoding="utf-8")
    _until(lambda: word in _get(url))
    return (datetime.now(UTC) - due).total_seconds()


if __name__ == "__main__":
    main()
