"""The schema's history, by Alembic. docs/decisions/migrations.md says how to add a step."""
