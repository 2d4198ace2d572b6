"""Sources that are polled and what is known of their entries; who else carries an item's story.

Revision: 0004
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _given(name: str, kind: sa.types.TypeEngine[Any], *more: Any, **how: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *more, nullable=False, **how)


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text()) for name in names]


def _given_texts(*names: str) -> list[sa.Column[Any]]:
    return [_given(name, sa.Text()) for name in names]


def _times(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger()) for name in names]


def upgrade() -> None:
    op.add_column("items", sa.Column("via", sa.Text))
    for names in ("guids", "slugs", "keys"):  # by which an item leaves for good
        op.create_index(f"{names}_item", names, ["item_id"])
    op.create_table(
        "upload_feeds",
        sa.Column("upload_id", sa.Text(), primary_key=True),
        sa.Column("feed", sa.Text(), primary_key=True),
        sqlite_with_rowid=False,
    )
    _sources()
    _records()


def _sources() -> None:
    op.create_table(
        "sources",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        *_given_texts("url", "spec", "origin"),
        _given("created_at", sa.BigInteger()),
        *_given_texts("host"),
        *_texts("lease"),
        *_times("leased_until"),
        *_given_texts("status", "fetch_url"),
        *_texts("etag", "last_modified", "validators_of", "digest"),
        *_given_texts("title"),
        *_texts("site_url", "hub", "self_url"),
        *_times("next_poll_at", "last_poll_at", "last_success_at"),
        _given("failures", sa.Integer()),
        *_texts("last_error"),
        *_given_texts("reason"),
        *_texts("moved_to"),
        _given("moved_seen", sa.Integer()),
        *_times("kept_since"),
        _given("unread", sa.SmallInteger()),
        *_times("gap", "newest_at", "ttl"),
        *(_given(name, sa.Text()) for name in ("skip_hours", "skip_days")),
    )
    op.create_index("sources_url", "sources", ["url"], unique=True)
    _index_where("sources_due", "sources", ["next_poll_at", "id"], "next_poll_at IS NOT NULL")
    _index_where("sources_leased", "sources", ["leased_until"], "leased_until IS NOT NULL")
    op.create_index("sources_polled", "sources", ["last_poll_at"])


def _records() -> None:
    op.create_table(
        "records",
        sa.Column("source_id", _ID, sa.ForeignKey("sources.id"), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        *_given_texts("guid", "state"),
        *_texts("item", "link"),
        *_given_texts("digest"),
        *_texts("likeness"),
        *_times("published"),
        *(_given(name, sa.BigInteger()) for name in ("first_at", "seen_at")),
        *_given_texts("why"),
        *_texts("kept"),
        *_times("out_at"),
        sqlite_with_rowid=False,
    )
    waiting = ["first_at", "source_id", "key"]
    _index_where("records_waiting", "records", waiting, "state = 'waiting'")
    for name in ("link", "likeness", "item"):
        _index_where(f"records_{name}", "records", [name], f"{name} IS NOT NULL")
    _index_where("records_out", "records", ["out_at"], "out_at IS NOT NULL")
    op.create_index("records_state", "records", ["source_id", "state"])
    op.create_index("records_seen", "records", ["source_id", "seen_at"])


def _index_where(name: str, table: str, columns: list[str], which: str) -> None:
    where = sa.text(which)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
