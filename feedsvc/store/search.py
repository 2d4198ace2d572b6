"""The full-text index of each database: FTS5 on SQLite, tsvector with GIN on PostgreSQL.

Both hold the words of every item as words.py makes them, whatever its status; who asks says among
which items.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from feedsvc.store.statements import send
from feedsvc.store.words import WORD_LENGTH, Term, parted

#: From how many hits on it is cheaper to walk than to gather: each then takes some 30 ms among a
#: million items.
_MANY = 20_000

_FTS = table("search", column("rowid", BigInteger), column("search", Text))
_TSV = table("search", column("item_id", BigInteger), column("words", TSVECTOR))

_FTS_ADD = "INSERT INTO search (rowid, words) VALUES (?, ?)"
# A contentless index holds no text: to forget an item it is given the words again.
_FTS_REMOVE = "INSERT INTO search (search, rowid, words) VALUES ('delete', ?, ?)"
_TSV_ADD = "INSERT INTO search (item_id, words) VALUES (%s, array_to_tsvector(CAST(%s AS text[])))"
_TSV_REMOVE = "DELETE FROM search WHERE item_id = %s"


def index(
    conn: Connection,
    removed: Mapping[int, str],
    added: Mapping[int, str],
) -> None:
    """Bring the index up to date: by row number, the text (words.py) that was there and the new."""
    if conn.dialect.name == "sqlite":
        send(conn, _FTS_REMOVE, list(removed.items()))
        send(conn, _FTS_ADD, list(added.items()))
    else:
        send(conn, _TSV_REMOVE, [(row_id,) for row_id in removed])
        send(conn, _TSV_ADD, [(row_id, list(parted(text))) for row_id, text in added.items()])


def matches(
    conn: Connection, terms: Sequence[Term], item_id: ColumnElement[int]
) -> ColumnElement[bool]:
    """The condition that the item of this row number has all of these words."""
    if conn.dialect.name != "sqlite":
        asked = " & ".join(f"'{term.word}'" + (":*" if term.prefix else "") for term in terms)
        hits = select(_TSV.c.item_id).where(_TSV.c.words.op("@@")(cast(asked, TSQUERY)))
        return item_id.in_(hits)
    asked = " ".join(f'"{term.word}"' + ("*" if _may_go_on(term) else "") for term in terms)
    match = _FTS.c.search.op("MATCH")(asked)
    # SQLite does not know how common a word is. A rare one is looked up in the index; for a
    # common one the listing is walked, newest first, and each item is asked: it has it soon.
    some = select(literal(1)).where(match).limit(_MANY).subquery()
    if conn.execute(select(func.count()).select_from(some)).scalar_one() < _MANY:
        return item_id.in_(select(_FTS.c.rowid).where(match))
    return exists().where(_FTS.c.rowid == item_id, match)


def _may_go_on(term: Term) -> bool:
    """Whether words of FTS5's that begin with the term have it: there long ones are whole."""
    return term.prefix or len(term.word) == WORD_LENGTH
