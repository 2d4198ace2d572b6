"""Writes in a process beside each worker: it comes at need, and goes with its worker."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from itertools import count

import psutil
import pytest
from journeys.conftest import Site, until

NUMBERS = count(1)


def token(site: Site) -> str:
    return site.run("token", "create", "writer", "--scope", "write").stdout.split()[-1]


def post(site: Site, token: str, title: str) -> int:
    """The status of a new item's POST, over a connection of its own."""
    body = json.dumps({"title": title, "content_text": "Words."}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{site.url}/api/v1/items", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def of(process: subprocess.Popen[str]) -> dict[psutil.Process, list[psutil.Process]]:
    """The workers, each with its companion if it has one."""

    def spawned(parent: psutil.Process) -> list[psutil.Process]:
        found = []
        with contextlib.suppress(psutil.Error):
            for child in parent.children():
                with contextlib.suppress(psutil.Error):
                    if "spawn_main" in " ".join(child.cmdline()):
                        found.append(child)
        return found

    return {worker: spawned(worker) for worker in spawned(psutil.Process(process.pid))}


def companion(site: Site, process: subprocess.Popen[str], token: str) -> psutil.Process:
    """One that is there, and has answered what has just been sent."""

    def busy() -> psutil.Process | None:
        there = [one for mates in of(process).values() for one in mates]
        before = {one: one.cpu_times().user for one in there}
        assert post(site, token, f"Item {next(NUMBERS)}") == 201
        found = [one for one in there if one.cpu_times().user > before[one]]
        # Answering takes some milliseconds, starting much more.
        return found[0] if found and found[0].num_threads() > 1 else None

    return until(busy)


def test_an_idle_server_has_none(site: Site) -> None:
    with site.served() as process:
        until(lambda: len(of(process)) == 2)
        assert site.status("/feeds/main.rss") == 200
        assert not any(of(process).values())


def test_what_it_answers_is_there_at_the_next_poll_of_any_worker(site: Site) -> None:
    with site.served() as process:
        its = token(site)
        companion(site, process, its)
        for number in range(20):
            assert post(site, its, f"Number {number}.") == 201
            for _ in range(3):  # each over another connection, to whichever worker
                assert f"Number {number}.".encode() in site.get("/feeds/main.rss")


def test_writes_go_on_without_it_and_another_is_started(site: Site) -> None:
    with site.served("--workers", "1") as process:
        its = token(site)
        first = companion(site, process, its)
        first.kill()
        assert post(site, its, "At once") in {201, 503}
        until(lambda: not first.is_running() or first.status() == psutil.STATUS_ZOMBIE)
        for number in range(5):
            assert post(site, its, f"Meanwhile {number}") == 201
        assert companion(site, process, its) != first
        assert len(of(process)) == 1


@pytest.mark.parametrize("how", ["told", "told as a group", "worker killed"])
def test_it_ends_with_its_worker(site: Site, how: str) -> None:
    with site.served("--workers", "1") as process:
        mate = companion(site, process, token(site))
        (worker,) = of(process)
        if how == "worker killed":
            worker.kill()
        else:
            for one in (mate, worker) if how == "told as a group" else ():
                os.kill(one.pid, signal.SIGTERM)
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        until(lambda: not mate.is_running())
