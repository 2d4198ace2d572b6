"""The first schema.

Revision: 0001
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _given(name: str, kind: sa.types.TypeEngine[Any], *more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *more, nullable=False)


def upgrade() -> None:
    _items()
    _names()
    _feeds()
    _files()
    if op.get_context().dialect.name == "sqlite":
        # The words come ready-made (words.py), so the simplest tokenizer does; neither the text
        # nor the words' places are kept.
        op.execute(
            "CREATE VIRTUAL TABLE search USING fts5"
            "(words, content='', columnsize=0, detail=none, tokenize='ascii')"
        )
    else:
        op.execute(
            "CREATE TABLE search (item_id BIGINT PRIMARY KEY REFERENCES items (id),"
            " words TSVECTOR NOT NULL)"
        )
        op.execute("CREATE INDEX search_words ON search USING gin (words)")
    op.execute("INSERT INTO revision (id, value) VALUES (1, 0)")


def _items() -> None:
    op.create_table(
        "revision",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        _given("value", sa.BigInteger()),
        sa.Column("at", sa.BigInteger),
    )
    op.create_table(
        "items",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        _given("guid", sa.Text()),
        _given("slug", sa.Text()),
        _given("url", sa.Text()),
        sa.Column("external_url", sa.Text),
        _given("title", sa.Text()),
        _given("summary", sa.Text()),
        _given("content_html", sa.Text()),
        sa.Column("authors", sa.Text),
        sa.Column("categories", sa.Text),
        _given("published", sa.BigInteger()),
        _given("updated", sa.BigInteger()),
        sa.Column("language", sa.Text),
        sa.Column("direction", sa.Text),
        sa.Column("enclosures", sa.Text),
        sa.Column("image", sa.Text),
        sa.Column("source", sa.Text),
        sa.Column("comments_url", sa.Text),
        sa.Column("rights", sa.Text),
        sa.Column("podcast", sa.Text),
        _given("status", sa.Text()),
        sa.Column("expires", sa.BigInteger),
        sa.Column("feeds", sa.Text),
        _given("origin", sa.Text()),
        _given("revision", sa.BigInteger()),
        sa.Column("aliases", sa.Text),
        sa.Column("visible_at", sa.BigInteger),
        _given("sort_at", sa.BigInteger()),
        sa.Column("due_at", sa.BigInteger),
    )
    op.create_index("items_sort", "items", ["sort_at", "id"])
    op.create_index("items_updated", "items", ["updated"])
    op.create_index("items_status", "items", ["status", "sort_at", "id"])
    _partial_index("items_due", "items", ["due_at"], "due_at IS NOT NULL")
    op.create_table(
        "changes",
        sa.Column("revision", _ID, primary_key=True, autoincrement=False),
        _given("item_id", _ID, sa.ForeignKey("items.id")),
        _given("kind", sa.Text()),
        _given("at", sa.BigInteger()),
    )


def _names() -> None:
    for table, column in (("guids", "guid"), ("slugs", "slug")):
        op.create_table(
            table,
            sa.Column(column, sa.Text(), primary_key=True),
            _given("item_id", _ID, sa.ForeignKey("items.id")),
            sqlite_with_rowid=False,
        )


def _feeds() -> None:
    op.create_table(
        "feeds",
        sa.Column("key", sa.Text(), primary_key=True),
        _given("kind", sa.Text()),
        _given("label", sa.Text()),
        _given("guid", sa.Text()),
        _given("created_at", sa.BigInteger()),
        _given("revision", sa.BigInteger()),
        _given("changed_at", sa.BigInteger()),
        _given("count", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("spec", sa.Text),
    )
    op.create_index("feeds_kind", "feeds", ["kind", "key"])
    op.create_table(
        "entries",
        sa.Column("feed", sa.Text(), sa.ForeignKey("feeds.key"), primary_key=True),
        sa.Column("item_id", _ID, sa.ForeignKey("items.id"), primary_key=True),
        _given("sort_at", sa.BigInteger()),
        sa.Column("enters_at", sa.BigInteger),
        sa.Column("entered_at", sa.BigInteger),
        sa.Column("left_at", sa.BigInteger),
        _given("revision", sa.BigInteger()),
        sqlite_with_rowid=False,
    )
    live = "entered_at IS NOT NULL AND left_at IS NULL"
    _partial_index("entries_live", "entries", ["feed", "sort_at", "item_id"], live)
    _partial_index("entries_left", "entries", ["feed", "left_at"], "left_at IS NOT NULL")
    _partial_index("entries_due", "entries", ["enters_at"], "enters_at IS NOT NULL")
    op.create_index("entries_item", "entries", ["item_id"])


def _files() -> None:
    op.create_table(
        "files",
        sa.Column("path", sa.Text(), primary_key=True),
        _given("size", sa.BigInteger()),
        _given("mtime_ns", sa.BigInteger()),
        _given("inode", sa.BigInteger()),
        _given("digest", sa.Text()),
        sa.Column("guid", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("line", sa.Integer),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "media",
        sa.Column("item_id", _ID, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        _given("path", sa.Text()),
        _given("type", sa.Text()),
        _given("length", sa.BigInteger()),
        sa.Column("duration", sa.Integer),
        sqlite_with_rowid=False,
    )


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
