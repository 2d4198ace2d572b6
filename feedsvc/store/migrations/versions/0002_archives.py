"""Archive pages, older versions of items, feeds that end, and who polls.

What was live before is in no page yet; the next `declare` parts it into pages.

Revision: 0002
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: What an item adds to a feed beside its own texts, and how much those grow by escapes at most.
_FRAME, _GROWS = 8000, 6
#: Rows that are changed in one go.
_PART = 10_000
_TEXTS = (
    "guid url external_url title summary content_html authors categories enclosures image source"
    " comments_url rights podcast"
).split()


def _given(name: str, kind: sa.types.TypeEngine[Any], *more: Any, **how: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *more, nullable=False, **how)


def upgrade() -> None:
    op.add_column("items", _given("weight", sa.BigInteger(), server_default="0"))
    _weigh()
    op.add_column("feeds", _given("pages", sa.BigInteger(), server_default="0"))
    op.add_column("feeds", sa.Column("ends_at", sa.BigInteger))
    op.add_column("feeds", sa.Column("noticed_at", sa.BigInteger))
    _partial_index("feeds_ends", "feeds", ["ends_at"], "ends_at IS NOT NULL")
    _entries()
    _archives()
    _polls()
    if op.get_context().dialect.name != "sqlite":
        # Else the first questions to the new indexes are planned as if there were but a few rows.
        op.execute("ANALYZE items, entries")


def _weigh() -> None:
    """Part by part: of a statement SQLite keeps all that it changes in memory, to take it back."""
    lengths = " + ".join(f"coalesce({_bytes(name)}, 0)" for name in _TEXTS)
    part = sa.text(
        f"UPDATE items SET weight = {_FRAME} + {_GROWS} * ({lengths})"  # noqa: S608
        " WHERE id BETWEEN :first AND :last"
    )
    for first in range(1, _last_id() + 1, _PART):
        op.get_bind().execute(part, {"first": first, "last": first + _PART - 1})


def _last_id() -> int:
    return op.get_bind().execute(sa.text("SELECT max(id) FROM items")).scalar() or 0


def _bytes(name: str) -> str:
    if op.get_context().dialect.name == "sqlite":
        return f"length(CAST({name} AS BLOB))"
    return f"octet_length({name})"


def _entries() -> None:
    # As its default the 0 of feeds without archives costs nothing, however many entries.
    op.add_column("entries", sa.Column("page", sa.BigInteger, server_default="0"))
    part = sa.text(
        "UPDATE entries SET page = NULL WHERE feed IN (SELECT key FROM feeds WHERE kind = 'feed')"
        " AND item_id BETWEEN :first AND :last"
    )
    for first in range(1, _last_id() + 1, _PART):
        op.get_bind().execute(part, {"first": first, "last": first + _PART - 1})
    live = "entered_at IS NOT NULL AND left_at IS NULL AND page IS NULL"
    _partial_index("entries_open", "entries", ["feed", "sort_at", "item_id"], live)
    waiting = "enters_at IS NOT NULL"
    _partial_index("entries_waiting", "entries", ["feed", "enters_at"], waiting)
    op.create_index("entries_revision", "entries", ["feed", "revision"])


def _archives() -> None:
    op.create_table(
        "pages",
        sa.Column("feed", sa.Text(), sa.ForeignKey("feeds.key"), primary_key=True),
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        _given("revision", sa.BigInteger()),
        _given("changed_at", sa.BigInteger()),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "archived",
        sa.Column("feed", sa.Text(), sa.ForeignKey("feeds.key"), primary_key=True),
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("item_id", _ID, sa.ForeignKey("items.id"), primary_key=True),
        _given("revision", sa.BigInteger()),
        _given("sort_at", sa.BigInteger()),
        sqlite_with_rowid=False,
    )
    op.create_index("archived_item", "archived", ["item_id", "feed"])
    op.create_table(
        "versions",
        sa.Column("item_id", _ID, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("revision", sa.BigInteger(), primary_key=True, autoincrement=False),
        _given("item", sa.Text()),
        sqlite_with_rowid=False,
    )


def _polls() -> None:
    counts = (
        "requests unconditional not_modified deltas refused bytes_sent bytes_saved subscribers"
    ).split()
    op.create_table(
        "polls",
        *(
            sa.Column(name, sa.Text(), primary_key=True)
            for name in ("day", "feed", "form", "client")
        ),
        *(_given(name, sa.BigInteger()) for name in counts),
        sqlite_with_rowid=False,
    )
    op.create_index("polls_feed", "polls", ["feed", "day"])


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
