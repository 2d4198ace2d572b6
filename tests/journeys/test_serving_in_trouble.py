"""Serving while things go wrong: a faulty file, dying workers, an end, no descriptors."""

from __future__ import annotations

import contextlib
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from journeys.conftest import Site, until


def workers(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Those that run, whether they are ready or not."""
    found = []
    for child in psutil.Process(process.pid).children():
        with contextlib.suppress(psutil.Error):  # ended, and not yet noticed
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child)
    return found


def refused(site: Site) -> bool:
    try:
        socket.create_connection(("127.0.0.1", site.port), timeout=2).close()
    except ConnectionRefusedError:
        return True
    except OSError:  # reset, when the worker was just about to close
        return False
    return False


@contextlib.contextmanager
def downloading(site: Site) -> Iterator[socket.socket]:
    """A client that takes the beginning of a large file and then nothing."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(20)
        client.connect(("127.0.0.1", site.port))
        client.sendall(b"GET /items/a/big.mp3 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 200"
        yield client


@pytest.fixture
def large(site: Site) -> Site:
    site.write("a.md", "---\ntitle: A\nenclosure: big.mp3\n---\n[Sound](big.mp3)")
    site.write("big.mp3", b"ID3" + bytes(30_000_000))
    return site


def test_a_fault_in_the_configuration_does_not_end_what_runs(site: Site) -> None:
    site.write("a.md", "# Title\n\nWords.")
    with site.served() as process:
        until(lambda: len(workers(process)) == 2)
        victim, other = workers(process)
        site.configure('[site]\ntitle = "Another"\nnonsense = [')
        victim.kill()
        until(lambda: victim not in workers(process))
        until(lambda: len(workers(process)) == 2)
        site.configure('[site]\ntitle = "Another"\n')
        other.kill()
        until(lambda: other not in workers(process))
        until(lambda: len(workers(process)) == 2)
        # Both are new, and both say what was read at the start.
        until(lambda: b"A site" in site.get("/feeds/main.rss"))
        for _ in range(20):
            assert b"Another" not in site.get("/feeds/main.rss")
        assert process.poll() is None


def test_workers_that_cannot_start_later_are_tried_with_growing_pauses(site: Site) -> None:
    site.write("a.md", "# Title\n\nWords.")
    with site.served() as process:
        until(lambda: len(workers(process)) == 2)
        time.sleep(1)
        store = site.root / "var" / "feedsvc.db"
        store.rename(store.with_name("elsewhere"))
        store.mkdir()  # no database at all
        workers(process)[0].kill()
        time.sleep(6)
        assert process.poll() is None
        assert site.get("/healthz")
        store.rmdir()
        store.with_name("elsewhere").rename(store)
        until(lambda: len(workers(process)) == 2, 15)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=40)
    pauses = re.findall(r"another is started in (\d+) s", err)
    assert pauses[:2] == ["1", "2"]


def test_a_worker_that_breaks_before_any_was_ready_ends_it_with_a_reason(site: Site) -> None:
    """Also by what nobody foresaw: it is told, and not tried for ever."""
    (site.root / "broken").mkdir()
    # A module that only workers import, and that fails as an incomplete installation does.
    (site.root / "broken" / "uvicorn.py").write_text("raise RuntimeError('broken wheel')\n")
    process = subprocess.run(
        site.command("serve"),
        cwd=site.root,
        env={**site.environ(), "PYTHONPATH": str(site.root / "broken")},
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )
    assert process.returncode == 1
    assert "a worker can't start: RuntimeError: broken wheel" in process.stderr
    assert "Traceback" in process.stderr
    assert "the web workers could not be started" in process.stderr


def test_new_clients_are_refused_while_it_ends(large: Site) -> None:
    with large.served() as process, downloading(large) as client:
        process.send_signal(signal.SIGTERM)
        until(lambda: refused(large), 3)
        assert process.poll() is None  # the download is under way
        with socket.socket() as taken:  # and the port is free for the next one
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", large.port))
            taken.listen()
        while client.recv(1 << 20):
            pass
        assert process.wait(10) == 0


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_kills_at_once(large: Site, second: signal.Signals) -> None:
    with large.served() as process, downloading(large):
        held = workers(process)
        process.send_signal(signal.SIGTERM)
        until(lambda: refused(large), 3)
        time.sleep(0.2)  # what comes sooner is the same signal again
        assert process.poll() is None
        process.send_signal(second)
        assert process.wait(3) == -second
        assert not any(worker.is_running() for worker in held)


def test_the_end_is_one_though_its_signal_comes_twice(large: Site) -> None:
    """As `timeout` sends it: to the process and to its group."""
    with large.served() as process, downloading(large) as client:
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        until(lambda: refused(large), 3)
        while client.recv(1 << 20):
            pass
        assert process.wait(10) == 0


def test_without_descriptors_a_file_is_not_said_to_be_gone(site: Site) -> None:
    site.write("a.md", "# Title\n\n[Sound](s.mp3)")
    site.write("s.mp3", b"ID3")
    with site.served("--workers", "1") as process:
        assert site.status("/items/a/s.mp3") == 200
        (worker,) = workers(process)
        soft, hard = resource.prlimit(worker.pid, resource.RLIMIT_NOFILE)
        said = []
        for spare in (6, 5, 4, 3, 2, 1):  # the connection needs one itself
            resource.prlimit(worker.pid, resource.RLIMIT_NOFILE, (worker.num_fds() + spare, hard))
            said.append(site.status("/items/a/s.mp3"))
        assert set(said) == {200, 503}
        resource.prlimit(worker.pid, resource.RLIMIT_NOFILE, (soft, hard))
        assert site.status("/items/a/s.mp3") == 200
        (site.root / "items" / "s.mp3").unlink()
        until(lambda: site.status("/items/a/s.mp3") == 404, 5)


def test_kill_9_leaves_no_file_of_counts(site: Site, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    process = subprocess.Popen(
        site.command("serve"),
        cwd=site.root,
        env={**site.environ(), "TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until(lambda: process.poll() is not None or site.get("/healthz"))
        until(lambda: len(workers(process)) == 2)
        if sys.platform == "linux":  # all count in the one file, which has no name any more
            for worker in workers(process):
                maps = Path(f"/proc/{worker.pid}/maps")
                until(lambda maps=maps: "counts (deleted)" in maps.read_text(encoding="utf-8"))
        process.kill()
    finally:
        process.kill()
        _, err = process.communicate(timeout=20)
    assert "counts polls by itself" not in err
    assert not list(temporary.glob("feedsvc-*"))
    until(lambda: not site.get("/healthz"), 10)
