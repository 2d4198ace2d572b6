"""Alembic's door: runs the migrations on the connection, and in the transaction, it is given."""

from __future__ import annotations

from alembic import context

from feedsvc.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes columns by making the table anew
)
with context.begin_transaction():
    context.run_migrations()
