"""A real `feedsvc` in processes of its own, on loopback and a free port."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import psycopg
import pytest
from click.testing import CliRunner

from feedsvc.cli import main
from feedsvc.store import migrate

if TYPE_CHECKING:
    from journeys.statements import Wire

T = TypeVar("T")

_NUMBERS = count(1)

PATIENCE = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(look: Callable[[], T], patience: float = PATIENCE) -> T:
    """What ``look`` sees as soon as it sees something; fails when it never does."""
    deadline = time.monotonic() + patience
    while not (seen := look()):
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.02)
    return seen


@dataclass
class Site:
    """A folder with a configuration and items, and the command to work on it."""

    root: Path
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @classmethod
    def of(cls, root: Path, configuration: str) -> Site:
        """A site in a new folder with this configuration."""
        (root / "items").mkdir(parents=True)
        site = cls(root)
        site.configure(configuration)
        return site

    def configure(self, text: str) -> None:
        (self.root / "config.toml").write_text(text, encoding="utf-8")

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.root / "items" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "feedsvc", *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command that ends by itself."""
        return subprocess.run(
            self.command(*words),
            cwd=self.root,
            env=self.environ(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The same within this process, which has all of it imported: what goes before a test's
        subject, and how it stands after it. That it works as a program is for ``run`` to show."""
        said = ["--config", str(self.root / "config.toml"), *words]
        done = CliRunner(env={"FEEDSVC_SERVER__PORT": str(self.port)}).invoke(main, said)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return subprocess.CompletedProcess(said, done.exit_code, done.stdout, done.stderr)

    def environ(self) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if key[:8] != "FEEDSVC_"}
        return {**inherited, "FEEDSVC_SERVER__PORT": str(self.port)}

    @contextlib.contextmanager
    def served(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """`feedsvc serve`, ready; ended at the end."""
        process = subprocess.Popen(
            self.command("serve", *words),
            cwd=self.root,
            env=self.environ(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            until(lambda: process.poll() is not None or self.get("/healthz"))
            assert process.poll() is None, process.communicate()
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.communicate(timeout=40)

    def get(self, path: str) -> bytes:
        """The body at an address, empty while there is no answer."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return bytes(answer.read())
        except OSError:
            return b""

    def status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "items").mkdir()
    (tmp_path / "config.toml").write_text('[site]\ntitle = "A site"\n', encoding="utf-8")
    return Site(tmp_path)


@pytest.fixture(scope="session")
def postgresql_anew(request: pytest.FixtureRequest, worker_id: str) -> Callable[[], str]:
    """Makes an empty database at each call, gives its address. They go when the server goes."""

    def make() -> str:
        server: str = request.getfixturevalue("postgresql_server")
        name = f"journey_{worker_id}_{next(_NUMBERS)}"
        with psycopg.connect(server.format("postgres"), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}")
        url = server.format(name)
        migrate(url)
        return url

    return make


@pytest.fixture(scope="session")
def new_store(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Gives the address of a new store of that kind, for a configuration."""

    def make(kind: str) -> str:
        if kind == "sqlite":
            return "sqlite:///var/feedsvc.db"
        anew: Callable[[], str] = request.getfixturevalue("postgresql_anew")
        return anew()

    return make


@pytest.fixture(scope="session", params=[("sqlite", 2), ("postgresql", 4)], ids=lambda it: it[0])
def wire(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    new_store: Callable[[str], str],
) -> Iterator[Wire]:
    """The site of the statements, on each database, with two and with four workers."""
    from journeys.statements import running  # it imports from here

    kind, workers = request.param
    with running(tmp_path_factory.mktemp("statements"), new_store(kind), workers) as wire:
        yield wire
