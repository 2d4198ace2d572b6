"""Writes in one process beside the workers: it comes at need, has successors, goes with them."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import psutil
import pytest
from journeys.conftest import Site, until
from journeys.polling import each_worker

from feedsvc.publish.news import AGAIN, RECENTLY

NUMBERS = count(1)
#: What nobody else of the service has (feedsvc/companion.py).
NICE = 10


class Writer:
    """Sends items over a connection of its own while somebody polls."""

    def __init__(self, site: Site, token: str) -> None:
        self._site = site
        self.connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
        self._token = token

    def post(self, title: str) -> int:
        """The status that is answered."""
        return self.send("/api/v1/items", {"title": title, "content_text": "Words."})[0]

    def send(self, path: str, body: object, kind: str = "application/json") -> tuple[int, bytes]:
        self._site.get("/feeds/main.rss")  # what is there to make room for
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind}
        self.connection.request("POST", path, data, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()


@pytest.fixture
def token(site: Site) -> str:
    return site.call("token", "create", "writer", "--scope", "write").stdout.split()[-1]


@pytest.fixture
def writer(site: Site, token: str) -> Iterator[Writer]:
    one = Writer(site, token)
    with contextlib.closing(one.connection):
        yield one


def spawned(process: subprocess.Popen[str]) -> dict[psutil.Process, int]:
    """The workers and the process for writes, each with its niceness."""
    found = {}
    for child in psutil.Process(process.pid).children():
        with contextlib.suppress(psutil.Error):  # ended meanwhile
            if "spawn_main" in " ".join(child.cmdline()):
                found[child] = child.nice()
    return found


def companion(process: subprocess.Popen[str], write: Callable[[], object]) -> psutil.Process:
    """The process for writes, once it answers what ``write`` sends."""

    def busy() -> psutil.Process | None:
        there = [child for child, nice in spawned(process).items() if nice == NICE]
        # Its threads answer. Before there is one it is only starting.
        before = {one: one.cpu_times().user for one in there if one.num_threads() > 2}
        write()
        found = [one for one in before if one.cpu_times().user > before[one]]
        return found[0] if found else None

    return until(busy)


@contextlib.contextmanager
def somebody_polls(site: Site) -> Iterator[None]:
    """Polls all the time: else the workers write by themselves."""
    done = threading.Event()

    def poll() -> None:
        while not done.wait(0.02):
            site.get("/feeds/main.rss")

    with ThreadPoolExecutor(1) as other:
        other.submit(poll)
        try:
            yield
        finally:
            done.set()


def stored(site: Site) -> Counter[str]:
    """How often the store has each title."""
    path = site.root / "var" / "feedsvc.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return Counter(title for (title,) in connection.execute("SELECT title FROM items"))


def test_an_idle_server_has_none(site: Site) -> None:
    with site.served() as process:
        until(lambda: len(spawned(process)) == 2)
        assert site.status("/feeds/main.rss") == 200
        assert set(spawned(process).values()) == {0}


def test_while_nobody_polls_there_is_none(site: Site, writer: Writer) -> None:
    with site.served() as process:
        until(lambda: len(spawned(process)) == 2)
        ready = time.monotonic()  # until then it was asked whether it answers
        until(lambda: time.monotonic() > ready + AGAIN + RECENTLY)
        before = stored(site).total()
        for _ in range(20):
            assert writer.post(f"Alone {next(NUMBERS)}") == 201
        assert stored(site).total() == before + 20
        assert NICE not in spawned(process).values()


def test_once_it_was_written_to_there_is_one_as_soon_as_somebody_polls(
    site: Site, writer: Writer
) -> None:
    """Not only at the next write, which it would come too late for."""
    with site.served() as process:
        ready = time.monotonic()
        until(lambda: time.monotonic() > ready + AGAIN + RECENTLY)
        assert writer.post("Before anybody polls") == 201
        assert NICE not in spawned(process).values()
        with somebody_polls(site):
            until(lambda: NICE in spawned(process).values())


def test_all_workers_have_one_and_poll_what_it_wrote(
    site: Site, token: str, writer: Writer
) -> None:
    with site.served() as process, somebody_polls(site):
        one = companion(process, lambda: writer.post(f"First {next(NUMBERS)}"))
        with each_worker(process.pid, site.port, 2) as connections:
            for connection in connections.values():
                its = Writer(site, token)
                its.connection = connection

                def write(its: Writer = its) -> None:
                    title = f"Number {next(NUMBERS)}."
                    assert its.post(title) == 201
                    for _ in range(3):  # each over another connection, to whichever worker
                        assert title.encode() in site.get("/feeds/main.rss")

                assert companion(process, write) == one
        assert sorted(spawned(process).values()) == [0, 0, NICE]


def test_nothing_is_written_twice_or_lost_when_it_is_killed(
    site: Site, token: str, writer: Writer
) -> None:
    told: dict[str, int] = {}
    enough = threading.Event()

    def write_on(name: int) -> None:
        mine = Writer(site, token)
        with contextlib.closing(mine.connection):
            for number in count():
                title = f"{name} {number}"
                told[title] = mine.post(title)
                if enough.is_set():
                    return

    with site.served() as process, somebody_polls(site), ThreadPoolExecutor(4) as clients:
        writing = [clients.submit(write_on, name) for name in range(4)]
        killed = []
        try:
            for _ in range(3):
                killed.append(companion(process, lambda: writer.post(f"More {next(NUMBERS)}")))
                killed[-1].kill()
                seen = len(told)
                until(lambda seen=seen: len(told) > seen + 8)  # type: ignore[misc]
            companion(process, lambda: writer.post(f"More {next(NUMBERS)}"))
        finally:
            enough.set()
        for one in writing:
            one.result(30)
        assert len(set(killed)) == 3
    titles = stored(site)
    assert max(titles.values()) == 1
    assert [title for title, status in told.items() if status == 201 and not titles[title]] == []
    assert set(told.values()) <= {201, 503}
    assert Counter(told.values())[503] <= 3 * 5  # what was under way


def test_a_file_goes_through_it(site: Site, writer: Writer) -> None:
    with site.served() as process, somebody_polls(site):
        companion(process, lambda: writer.post(f"Item {next(NUMBERS)}"))
        film = b"ID3" + os.urandom(1024) * (20 * 1024)
        status, body = writer.send("/api/v1/media?name=film.mp3", film, "audio/mpeg")
        assert status == 201, body
        url = json.loads(body)["url"]
        assert site.get(url.removeprefix(site.url)) == film


def test_what_is_under_way_there_is_finished_at_the_end(site: Site, writer: Writer) -> None:
    with site.served("--workers", "1") as process, somebody_polls(site):
        one = companion(process, lambda: writer.post(f"Item {next(NUMBERS)}"))
        path = site.root / "var" / "feedsvc.db"
        with contextlib.closing(sqlite3.connect(path)) as other, ThreadPoolExecutor(1) as pool:
            other.execute("BEGIN IMMEDIATE")
            waits = pool.submit(writer.post, "Under way")
            until(lambda: waits.running() and len(one.threads()) > 2)
            for each in (process.pid, *(child.pid for child in spawned(process))):
                os.kill(each, signal.SIGTERM)  # as a service manager does
            until(lambda: not site.get("/healthz"))
            other.rollback()
            assert waits.result(30) == 201
        assert process.wait(30) == 0
        until(lambda: not one.is_running())
    assert stored(site)["Under way"] == 1


def test_it_ends_with_the_first_process(site: Site, writer: Writer) -> None:
    with site.served() as process, somebody_polls(site):
        one = companion(process, lambda: writer.post(f"Item {next(NUMBERS)}"))
        process.kill()
        process.wait(10)
        until(lambda: not one.is_running())
