"""The migrations make the tables that the program uses, wholly or not at all."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, inspect
from store.processes import Child

from feedsvc.store import migrating, schema
from feedsvc.store.connections import Database, parsed

FOLDER = Path(migrating.__file__).parent / "migrations"


def script() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def test_the_program_knows_every_version() -> None:
    versions = [step.revision for step in script().walk_revisions()]
    assert script().get_heads() == [schema.HEAD]
    assert set(versions) == {schema.HEAD, *schema.OLDER}


def test_migrated_tables_are_the_tables_in_use(store_url: str) -> None:
    def ours(name: str | None, kind: str, _: object) -> bool:
        return not (kind == "table" and str(name).startswith("search"))  # no SQLAlchemy table

    database = Database(parsed(store_url))
    with database.engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"include_name": ours})
        assert compare_metadata(context, schema.metadata) == []
    database.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_migration_that_is_killed_has_not_been(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Killed before every single statement: no tables, and the next try makes all."""
    if kind == "sqlite":
        url = parsed(f"sqlite:///{tmp_path}/x.db")
    else:
        url = parsed(request.getfixturevalue("empty_postgresql_url"))

    def work(last: int) -> None:
        database = Database(url)
        count = 0

        @event.listens_for(database.engine, "before_cursor_execute")
        def die(*_: object) -> None:
            nonlocal count
            count += 1
            if count == last:
                os.kill(os.getpid(), signal.SIGKILL)

        database.write(migrating.upgrade)

    for last in range(2, 100):
        status = Child(lambda _, last=last: work(last)).end()
        database = Database(url)
        tables = database.read(lambda conn: inspect(conn).get_table_names())
        version = database.read(migrating.stored_version)
        database.close()
        if status == 0:
            break
        assert status == -signal.SIGKILL
        assert (tables, version) == ([], None)
    assert last > 20
    assert version == schema.HEAD
    assert {"items", "search"} <= set(tables)


def test_processes_that_migrate_at_once_migrate_once(empty_postgresql_url: str) -> None:
    url = parsed(empty_postgresql_url)
    children = [Child(lambda _: Database(url).write(migrating.upgrade)) for _ in range(4)]
    assert [child.end() for child in children] == [0, 0, 0, 0]
    database = Database(url)
    assert database.read(migrating.stored_version) == schema.HEAD
    database.close()
