"""The migrations make the tables that the program uses, wholly or not at all."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
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
from feedsvc.store import (
    FeedSpec,
    Imported,
    Key,
    Put,
    SourceSpec,
    SourceState,
    migrating,
    open_store,
    schema,
    sqlite_file,
)
from feedsvc.store.connections import Database, parsed
from feedsvc.store.search import index
from feedsvc.store.words import searched

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
        sqlite_file.create(path, older_schema("0001"))
    else:
        url = request.getfixturevalue("empty_postgresql_url")
        database = Database(parsed(url))
        database.write(older_schema("0001"))
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


#: What stores of the second schema have beside that: a version that an archive page shows.
SECOND = """
UPDATE entries SET page = NULL WHERE feed = 'main';
UPDATE feeds SET pages = 1 WHERE key = 'main';
UPDATE items SET revision = 3, weight = 9000;
INSERT INTO changes (revision, item_id, kind, at)
VALUES (2, 1, 'added', 1700000000000000), (3, 1, 'changed', 1700000005000000);
INSERT INTO pages (feed, number, revision, changed_at) VALUES ('main', 1, 2, 1700000000000000);
INSERT INTO archived (feed, number, item_id, revision, sort_at)
VALUES ('main', 1, 1, 2, 1700000000000000);
INSERT INTO versions (item_id, revision, item)
VALUES (1, 2, '{"guid":"urn:x:1","slug":"one","url":"https://example.org/1","title":"Before",
    "summary":"","content_html":"<p>ü</p>","published":1700000000000000,
    "updated":1700000000000000,"status":"published","origin":"","revision":2}');
UPDATE revision SET value = 3
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_store_of_the_second_schema_goes_on(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """What archive pages show is the beginning of the history, and all that is new is empty."""
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path}/x.db"
        sqlite_file.create(tmp_path / "x.db", older_schema("0002", FIRST, SECOND))
    else:
        url = request.getfixturevalue("empty_postgresql_url")
        database = Database(parsed(url))
        database.write(older_schema("0002", FIRST, SECOND))
        database.close()
    store = open_store(url, site_url=SITE, now=NOW, migrate=True)
    assert store.verify() == []
    item = store.item(guid="urn:x:1")
    assert item is not None
    assert (item.title, item.content_markdown, item.revision) == ("One", None, 3)
    assert [one.item and one.item.title for one in store.history("urn:x:1")] == ["One", "Before"]
    assert [one.kind for one in store.history("urn:x:1")] == ["changed", "added"]
    assert [found.title for found in store.changed_since(2)[0]] == ["One"]
    edited = Item(guid="urn:x:1", title="Two", content_markdown="*ü*", image=UPLOADED)
    assert store.apply([Put(edited, key=Key("k", "d"))], NOW)[0].kind == "changed"
    assert store.apply([Put(edited, key=Key("k", "d"))], NOW)[0].kind == "repeated"
    titles = [one.item and one.item.title for one in store.history("urn:x:1")]
    assert titles == ["Two", "One", "Before"]
    assert [user.title for user in store.upload_users("a" * 32)] == ["Two"]
    page = store.page("main", 1)
    assert page is not None
    assert [shown.title for shown in page.items] == ["Before"]
    assert (store.accounts(), store.tokens(), store.made_feeds()) == ([], [], {})
    assert store.uploads() == ([], None)
    assert store.verify() == []
    store.close()


#: What stores of the third schema have beside that.
THIRD = """
INSERT INTO keys (key, digest, item_id, revision, at) VALUES ('k', 'd', 1, 3, 1700000005000000);
INSERT INTO accounts (name, password_hash, created_at, changed_at)
VALUES ('ada', 'x', 1700000000000000, 1700000000000000)
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_store_of_the_third_schema_goes_on(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """It has no sources yet, and an item in it can leave for good."""
    make = older_schema("0003", FIRST, SECOND, THIRD)
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path}/x.db"
        sqlite_file.create(tmp_path / "x.db", make)
    else:
        url = request.getfixturevalue("empty_postgresql_url")
        database = Database(parsed(url))
        database.write(make)
        database.close()
    store = open_store(url, site_url=SITE, now=NOW, migrate=True)
    assert store.verify() == []
    item = store.item(guid="urn:x:1")
    assert item is not None
    assert (item.title, item.via, store.sources()) == ("One", (), [])
    assert [account.name for account in store.accounts()] == ["ada"]
    source = store.make_source(SourceSpec("https://one.example/"), origin="cli", now=NOW)
    (row,) = store.claim_sources(NOW, limit=1)
    polled = Imported(source.id, row.lease or "", SourceState("ok"), (Put(Item(title="Two")),))
    assert store.import_polls([polled], NOW)[0] is not None
    assert store.drop(["urn:x:1"], NOW) == 1
    assert [item.title for item in store.items()[0]] == ["Two"]
    assert store.verify() == []
    store.close()


UPLOADED = f"{SITE}/media/{'a' * 32}/a.png"


def older_schema(version: str, *statements: str) -> Callable[..., None]:
    """Makes the tables of an older schema and puts an item into a feed there."""

    def make(conn: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(FOLDER))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = conn
        command.upgrade(config, version)
        if conn.dialect.name == "sqlite":
            conn.exec_driver_sql(f"PRAGMA application_id={sqlite_file.APPLICATION_ID}")
        for statement in ";".join(statements or (FIRST,)).split(";"):
            conn.exec_driver_sql(statement)
        index(conn, {}, {1: searched(Item(title="One", content_html="<p>ü</p>"))})

    return make


def test_processes_that_migrate_at_once_migrate_once(empty_postgresql_url: str) -> None:
    url = parsed(empty_postgresql_url)
    children = [Child(lambda _: Database(url).write(migrating.upgrade)) for _ in range(4)]
    assert [child.end() for child in children] == [0, 0, 0, 0]
    database = Database(url)
    assert database.read(migrating.stored_version) == schema.HEAD
    database.close()
