"""What is known of the entries of sources: looked up and written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, RowMapping, Select, select

from feedsvc.store import source_rows
from feedsvc.store.pending import chunks
from feedsvc.store.rows import ItemRows, fit
from feedsvc.store.schema import records
from feedsvc.store.sources import Record
from feedsvc.store.statements import delete, send

#: The records of a story: those by whose item it is told, or that credit it.
_TELLING = ("own", "apart", "credit")


def of_source(
    conn: Connection,
    rows: ItemRows,
    source_id: int,
    guids: Collection[str],
    links: Collection[str],
    likenesses: Collection[str],
) -> list[Record]:
    asked = select(records).where(records.c.source_id == source_id)
    found = _by(conn, asked, records.c.key, {source_rows.key_of(guid) for guid in guids})
    found |= _by(conn, asked, records.c.link, _indexed(links))
    found |= _by(conn, asked, records.c.likeness, _indexed(likenesses))
    return [source_rows.record(rows, row) for row in found.values()]


def stories(
    conn: Connection,
    rows: ItemRows,
    links: Collection[str],
    likenesses: Collection[str],
    items: Collection[str],
) -> list[tuple[int, Record]]:
    asked = select(records).where(records.c.state.in_(_TELLING))
    found = _by(conn, asked, records.c.link, _indexed(links))
    found |= _by(conn, asked, records.c.likeness, _indexed(likenesses))
    found |= _by(conn, asked, records.c.item, {guid for guid in items if guid and fit(guid)})
    return [(row["source_id"], source_rows.record(rows, row)) for row in found.values()]


def _indexed(texts: Iterable[str]) -> set[str]:
    return {kept for text in texts if (kept := source_rows.indexed(text)) is not None}


def _by(
    conn: Connection, asked: Select[Any], column: Column[Any], values: Collection[str]
) -> dict[tuple[int, str], RowMapping]:
    return {
        (row["source_id"], row["key"]): row
        for some in chunks(sorted(values))
        for row in conn.execute(asked.where(column.in_(some))).mappings()
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
    values = [source_rows.record_values(rows, source_id, record) for source_id, record in kept]
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
