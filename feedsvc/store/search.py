"""The full-text index of each database: FTS5 on SQLite, tsvector with GIN on PostgreSQL.

Both hold the words of every item as words.py makes them; queries ask for the live entries of main
among what they find.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Integer, TextualSelect, bindparam, text

from feedsvc.store.words import Term

_FTS_ADD = text("INSERT INTO search (rowid, words) VALUES (:id, :words)")
# A contentless index holds no text: to forget an item it is given the words again.
_FTS_REMOVE = text("INSERT INTO search (search, rowid, words) VALUES ('delete', :id, :words)")
_TSV_ADD = text(
    "INSERT INTO search (item_id, words) VALUES (:id, array_to_tsvector(CAST(:words AS text[])))"
)
_TSV_REMOVE = text("DELETE FROM search WHERE item_id = :id")


def index(
    conn: Connection,
    removed: Mapping[int, Sequence[str]],
    added: Mapping[int, Sequence[str]],
) -> None:
    """Bring the index up to date: by row number, the words that stood there and the new ones."""
    sqlite = conn.dialect.name == "sqlite"
    if removed:
        conn.execute(_FTS_REMOVE if sqlite else _TSV_REMOVE, _rows(removed, sqlite))
    if added:
        conn.execute(_FTS_ADD if sqlite else _TSV_ADD, _rows(added, sqlite))


def _rows(words: Mapping[int, Sequence[str]], sqlite: bool) -> list[dict[str, Any]]:
    return [
        {"id": row_id, "words": " ".join(found) if sqlite else list(found)}
        for row_id, found in words.items()
    ]


def found(dialect: str, terms: Iterable[Term]) -> TextualSelect:
    """A query for the row numbers of the items that have all of these words."""
    if dialect == "sqlite":
        clause = "SELECT rowid AS item_id FROM search WHERE search MATCH :terms"
        value = " ".join(f'"{term.word}"' + ("*" if term.prefix else "") for term in terms)
    else:
        clause = "SELECT item_id FROM search WHERE words @@ CAST(:terms AS tsquery)"
        value = " & ".join(f"'{term.word}'" + (":*" if term.prefix else "") for term in terms)
    return text(clause).bindparams(bindparam("terms", value)).columns(item_id=Integer)
