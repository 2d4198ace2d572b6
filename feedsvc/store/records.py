"""What is known of the entries of sources: looked up and written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, select

from feedsvc.store import source_rows
from feedsvc.store.pending import chunks
from feedsvc.store.questions import Lookup, Question
from feedsvc.store.rows import ItemRows, fit
from feedsvc.store.schema import records
from feedsvc.store.sources import Record
from feedsvc.store.statements import delete, send

#: The records of a story: those by whose item it is told, or that credit it.
_TELLING = ("own", "apart", "credit")


#: Each poll with news asks these.
_ANY = Question(select(records.c.key).where(records.c.source_id == bindparam("source_id")).limit(1))
_BY_KEY = Lookup(records.c.key, records, within=records.c.source_id)
_BY_LINK = Lookup(records.c.link, records)
_BY_LIKENESS = Lookup(records.c.likeness, records)
_BY_ITEM = Lookup(records.c.item, records)

#: Rows by the keys of the table.
_Found = dict[tuple[int, str], Mapping[Any, Any]]


def of_source(
    conn: Connection,
    rows: ItemRows,
    source_id: int,
    guids: Collection[str],
    links: Collection[str],
    likenesses: Collection[str],
) -> list[Record]:
    if _ANY.value(conn, source_id=source_id) is None:
        return []
    keys = {source_rows.key_of(guid) for guid in guids}
    found = _by(conn, _BY_KEY, keys, within=source_id)
    return _of(rows, found | _like(conn, links, likenesses), source_id)


def stories(
    conn: Connection,
    rows: ItemRows,
    links: Collection[str],
    likenesses: Collection[str],
    items: Collection[str],
) -> list[tuple[int, Record]]:
    return _telling(rows, _like(conn, links, likenesses) | _made(conn, items))


def alike(
    conn: Connection,
    rows: ItemRows,
    source_id: int,
    links: Collection[str],
    likenesses: Collection[str],
    items: Collection[str],
) -> tuple[list[Record], list[tuple[int, Record]]]:
    like = _like(conn, links, likenesses)
    return _of(rows, like, source_id), _telling(rows, like | _made(conn, items))


def _of(rows: ItemRows, found: _Found, source_id: int) -> list[Record]:
    return [source_rows.record(rows, row) for key, row in found.items() if key[0] == source_id]


def _telling(rows: ItemRows, found: _Found) -> list[tuple[int, Record]]:
    telling = [row for row in found.values() if row["state"] in _TELLING]
    return [(row["source_id"], source_rows.record(rows, row)) for row in telling]


def _like(conn: Connection, links: Collection[str], likenesses: Collection[str]) -> _Found:
    found = _by(conn, _BY_LINK, _indexed(links))
    return found | _by(conn, _BY_LIKENESS, _indexed(likenesses))


def _made(conn: Connection, items: Collection[str]) -> _Found:
    return _by(conn, _BY_ITEM, {guid for guid in items if guid and fit(guid)})


def _indexed(texts: Iterable[str]) -> set[str]:
    return {kept for text in texts if (kept := source_rows.indexed(text)) is not None}


def _by(conn: Connection, asked: Lookup, values: Collection[str], **within: int) -> _Found:
    return {
        (row["source_id"], row["key"]): row
        for some in chunks(sorted(values))
        for row in asked.mappings(conn, some, **within)
    }


def recent(conn: Connection, rows: ItemRows, source_id: int, limit: int) -> list[Record]:
    asked = select(records).where(records.c.source_id == source_id)
    newest = asked.order_by(records.c.seen_at.desc()).limit(limit)
    return [source_rows.record(rows, row) for row in conn.execute(newest).mappings()]


def one(conn: Connection, rows: ItemRows, source_id: int, guid: str) -> Record | None:
    """The record of an entry. Whoever is going to change it has the lock on writing items."""
    return by_key(conn, rows, source_id, source_rows.key_of(guid))


def by_key(conn: Connection, rows: ItemRows, source_id: int, key: str) -> Record | None:
    asked = select(records).where(records.c.source_id == source_id, records.c.key == key)
    row = conn.execute(asked).mappings().one_or_none()
    return None if row is None else source_rows.record(rows, row)


def keep(conn: Connection, rows: ItemRows, kept: Sequence[tuple[int, Record]]) -> None:
    """Make these the records of their entries. Raises ItemError for one that can't be kept."""
    write(conn, [source_rows.record_values(rows, source_id, record) for source_id, record in kept])


def write(conn: Connection, values: Sequence[tuple[Any, ...]]) -> None:
    """Keep records by the values of their columns."""
    send(conn, _keeping("?" if conn.dialect.name == "sqlite" else "%s"), values)


@cache
def _keeping(mark: str) -> str:
    names = source_rows.RECORD
    marks = ", ".join([mark] * len(names))
    new = ", ".join(f"{name} = excluded.{name}" for name in names[2:])
    return (
        f"INSERT INTO records ({', '.join(names)}) VALUES ({marks})"  # noqa: S608  # our names
        f" ON CONFLICT (source_id, key) DO UPDATE SET {new}"
    )


def forget(conn: Connection, keys: Sequence[tuple[int, str]]) -> None:
    """Forget the records of these sources and keys."""
    delete(conn, records, ("source_id", "key"), keys)
