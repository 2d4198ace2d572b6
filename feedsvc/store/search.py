"""The full-text index of each database: FTS5 on SQLite, tsvector with GIN on PostgreSQL.

Both hold the words of every item as words.py makes them, whatever its status; who asks says among
which items.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Text,
    cast,
    column,
    exists,
    func,
    literal,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from feedsvc.store.words import Term

#: From how many hits on it is cheaper to walk than to gather: each then takes some 30 ms among a
#: million items.
_MANY = 20_000

_FTS = table("search", column("rowid", BigInteger), column("search", Text))
_TSV = table("search", column("item_id", BigInteger), column("words", TSVECTOR))

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


def matches(
    conn: Connection, terms: Sequence[Term], item_id: ColumnElement[int]
) -> ColumnElement[bool]:
    """The condition that the item of this row number has all of these words."""
    if conn.dialect.name != "sqlite":
        asked = " & ".join(f"'{term.word}'" + (":*" if term.prefix else "") for term in terms)
        hits = select(_TSV.c.item_id).where(_TSV.c.words.op("@@")(cast(asked, TSQUERY)))
        return item_id.in_(hits)
    asked = " ".join(f'"{term.word}"' + ("*" if term.prefix else "") for term in terms)
    match = _FTS.c.search.op("MATCH")(asked)
    # SQLite does not know how common a word is. A rare one is looked up in the index; for a
    # common one the listing is walked, newest first, and each item is asked: it has it soon.
    some = select(literal(1)).where(match).limit(_MANY).subquery()
    if conn.execute(select(func.count()).select_from(some)).scalar_one() < _MANY:
        return item_id.in_(select(_FTS.c.rowid).where(match))
    return exists().where(_FTS.c.rowid == item_id, match)
