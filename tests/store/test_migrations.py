"""The migrations make the tables that the program uses, wholly or not at all."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from samples import NOW, SITE
from sqlalchemy import Connection, event, inspect, text
from store.processes import Child

from feedsvc.model import Item
from feedsvc.store import FeedSpec, Put, migrating, open_store, schema, sqlite_file
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


FIRST = """
INSERT INTO items (id, guid, slug, url, title, summary, content_html, published, updated, status,
    origin, revision, visible_at, sort_at)
VALUES (1, 'urn:x:1', 'one', 'https://example.org/1', 'One', '', '<p>ü</p>', 1700000000000000,
    1700000000000000, 'published', '', 2, 1700000000000000, 1700000000000000);
INSERT INTO guids (guid, item_id) VALUES ('urn:x:1', 1);
INSERT INTO slugs (slug, item_id) VALUES ('one', 1);
INSERT INTO feeds (key, kind, label, guid, created_at, revision, changed_at, count, spec)
VALUES ('main', 'feed', 'main', 'urn:x:main', 1700000000000000, 2, 1700000000000000, 1,
        '{"about": "", "hold": 0, "where": {"all": {}, "any": {}, "none": {}}}'),
    ('tag:t', 'tag', 't', 'urn:x:t', 1700000000000000, 2, 1700000000000000, 1, NULL);
INSERT INTO entries (feed, item_id, sort_at, entered_at, revision)
VALUES ('main', 1, 1700000000000000, 1700000000000000, 2),
    ('tag:t', 1, 1700000000000000, 1700000000000000, 2);
UPDATE revision SET value = 2
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_store_of_the_first_schema_goes_on(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """What was live is open, feeds of tags have no archives, and the next declare makes pages."""
    path = tmp_path / "x.db"
    if kind == "sqlite":
        url = f"sqlite:///{path}"
        sqlite_file.create(path, first_schema)
    else:
        url = request.getfixturevalue("empty_postgresql_url")
        database = Database(parsed(url))
        database.write(first_schema)
        database.close()
    store = open_store(url, site_url=SITE, now=NOW, migrate=True)
    pages = "SELECT feed, page FROM entries ORDER BY feed"
    rows = store._database.read(lambda conn: conn.execute(text(pages)).all())
    assert rows == [("main", None), ("tag:t", 0)]
    weight = "SELECT weight FROM items"
    assert store._database.read(lambda conn: conn.execute(text(weight)).scalar_one()) > 8000
    store.declare([FeedSpec("main")], NOW)
    state = store.feed_state("main")
    assert state is not None
    assert (state.revision, state.count, state.pages, state.guid) == (3, 1, 0, "urn:x:main")
    assert [item.title for item in store.entries("tag:t", limit=5)] == ["One"]
    assert store.apply([Put(Item(title="Two"))], NOW)[0].kind == "added"
    assert store.verify() == []
    store.close()


def first_schema(conn: Connection) -> None:
    """Make the tables of schema 0001 and put an item into a feed there."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = conn
    command.upgrade(config, "0001")
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(f"PRAGMA application_id={sqlite_file.APPLICATION_ID}")
    for statement in FIRST.split(";"):
        conn.exec_driver_sql(statement)


def test_processes_that_migrate_at_once_migrate_once(empty_postgresql_url: str) -> None:
    url = parsed(empty_postgresql_url)
    children = [Child(lambda _: Database(url).write(migrating.upgrade)) for _ in range(4)]
    assert [child.end() for child in children] == [0, 0, 0, 0]
    database = Database(url)
    assert database.read(migrating.stored_version) == schema.HEAD
    database.close()
