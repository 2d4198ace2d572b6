"""Accounts, tokens, uploads, feeds made by people; an item's Markdown and its history.

Of what was edited before, only what archive pages show is in the history.

Revision: 0003
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _given(name: str, kind: sa.types.TypeEngine[Any], *more: Any, **how: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *more, nullable=False, **how)


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), primary_key=True)


def _times(*names: str) -> list[sa.Column[Any]]:
    return [_given(name, sa.BigInteger()) for name in names]


def upgrade() -> None:
    op.add_column("items", sa.Column("content_markdown", sa.Text))
    op.create_index("items_revision", "items", ["revision"])
    op.create_index("changes_item", "changes", ["item_id", "revision"])
    _people()
    _uploads()
    _made()


def _people() -> None:
    _table(
        "accounts",
        _key("name"),
        _given("password_hash", sa.Text()),
        *_times("created_at", "changed_at"),
    )
    _table(
        "sessions",
        _key("digest"),
        _given("account", sa.Text()),
        *_times("created_at", "seen_at", "expires_at"),
        _given("agent", sa.Text()),
    )
    op.create_index("sessions_account", "sessions", ["account"])
    _table(
        "invitations",
        _key("digest"),
        sa.Column("account", sa.Text()),
        *_times("created_at", "expires_at"),
    )
    _table(
        "tokens",
        _key("id"),
        *(_given(name, sa.Text()) for name in ("name", "scope", "digest")),
        *_times("created_at"),
        _given("created_by", sa.Text()),
        *(
            sa.Column(name, sa.BigInteger())
            for name in ("expires_at", "last_used_at", "revoked_at", "rotated_at")
        ),
    )
    op.create_index("tokens_scope", "tokens", ["scope"])
    _table("secrets", _key("name"), _given("value", sa.Text()))


def _uploads() -> None:
    _table(
        "uploads",
        _key("id"),
        *(_given(name, sa.Text()) for name in ("name", "type")),
        _given("length", sa.BigInteger()),
        *(sa.Column(name, sa.Integer()) for name in ("duration", "width", "height")),
        *_times("at"),
        _given("origin", sa.Text()),
    )
    op.create_index("uploads_at", "uploads", ["at", "id"])
    _table(
        "upload_uses",
        _key("upload_id"),
        sa.Column("item_id", _ID, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("left_at", sa.BigInteger()),
        sa.Column("feeds", sa.Text()),
    )
    op.create_index("upload_uses_item", "upload_uses", ["item_id"])


def _made() -> None:
    _table(
        "made_feeds",
        _key("name"),
        *(_given(name, sa.Text()) for name in ("section", "origin")),
        *_times("at"),
    )
    _table(
        "keys",
        _key("key"),
        _given("digest", sa.Text()),
        _given("item_id", _ID, sa.ForeignKey("items.id")),
        _given("revision", sa.BigInteger()),
        *_times("at"),
    )
    op.create_index("keys_at", "keys", ["at"])
    _table("properties", _key("guid"), _given("value", sa.Text()))


def _table(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(name, *columns, sqlite_with_rowid=False)
