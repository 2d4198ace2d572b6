"""What a store asks of its database meanwhile, whoever sends it: SQLAlchemy or the store itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """The statements as they come; of SQLite's, with their values."""
    asked: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    def listen(raw: Any, *_rest: Any) -> None:
        raw.set_trace_callback(asked.append)

    def leave(raw: Any, *_rest: Any) -> None:
        raw.set_trace_callback(None)

    sqlite = engine.dialect.name == "sqlite"
    listening = (
        {"checkout": listen, "checkin": leave} if sqlite else {"before_cursor_execute": note}
    )
    for name, heard in listening.items():
        event.listen(engine, name, heard)
    try:
        yield asked
    finally:
        for name, heard in listening.items():
            event.remove(engine, name, heard)


def explained(conn: Connection, asked: list[str]) -> list[str]:
    """The steps that these statements take."""
    some = [one for one in asked if one.startswith(("SELECT", "UPDATE", "DELETE", "WITH"))]
    plans = [conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}") for one in some]
    return [row[3] for plan in plans for row in plan]
