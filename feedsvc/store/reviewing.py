"""Entries that wait for somebody to look at them: shown, taken, dropped, and let out in time.

A new entry is an item with the status ``review``; a change to an item that is out waits in its
record (``kept``).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, func, literal, select, tuple_

from feedsvc.errors import Changed, ItemError, NotFound
from feedsvc.model import Item, Status
from feedsvc.store import applying, dropping, records, source_rows, sourcing
from feedsvc.store import schema as tables
from feedsvc.store.changes import Outcome, Put
from feedsvc.store.columns import microseconds, moment
from feedsvc.store.pending import CHUNK
from feedsvc.store.reads import items_of
from feedsvc.store.rows import ItemRows
from feedsvc.store.seconds import Crowds
from feedsvc.store.source_schema import WAITING
from feedsvc.store.sources import Record, SourceRow, origins_of

#: What ``why`` says of a record that somebody did not want.
UNWANTED = "somebody has dropped it"


def waiting(
    conn: Connection, rows: ItemRows, *, cursor: str | None, limit: int
) -> tuple[list[tuple[SourceRow, Record]], str | None]:
    """A page of what waits, what has waited longest first, and the cursor of the next page."""
    column = tables.records.c
    place = (column.first_at, column.source_id, column.key)
    asked = select(tables.records).where(WAITING).order_by(*place)
    if cursor is not None:
        at, source_id, key = _place(cursor)
        last = (literal(at, tables.Instant()), literal(source_id, tables.Id), literal(key))
        asked = asked.where(tuple_(*place) > tuple_(*last))
    found = conn.execute(asked.limit(limit + 1)).mappings().all()
    shown = found[:limit]
    theirs = sourcing.some(conn, {row["source_id"] for row in shown})
    more = None
    if len(found) > limit and shown:
        last_one = shown[-1]
        since = microseconds(last_one["first_at"])
        more = f"{since}.{last_one['source_id']}.{last_one['key']}"
    return [(theirs[row["source_id"]], source_rows.record(rows, row)) for row in shown], more


def count(conn: Connection) -> int:
    """How many records wait."""
    found: int = conn.execute(
        select(func.count()).select_from(tables.records).where(WAITING)
    ).scalar_one()
    return found


def _place(cursor: str) -> tuple[datetime, int, str]:
    try:
        at, source_id, key = cursor.split(".")
        if not (key.isascii() and key.isalnum()) or int(source_id) >= 1 << 31:
            raise ValueError(cursor)
        return moment(int(at)), int(source_id), key
    except (ValueError, OverflowError):
        raise ItemError("not a cursor of this list", where="cursor") from None


def settle(
    conn: Connection,
    rows: ItemRows,
    source_id: int,
    guid: str,
    *,
    take: bool,
    now: datetime,
    digest: str | None = None,
    revision: int | None = None,
) -> Outcome | None:
    """Take what waits, or drop it. Raises NotFound if it does not (any more), Changed if it is not
    what ``digest`` is of, or its item has another ``revision`` (0 where there is none)."""
    sourcing.lock(conn)
    sourcing.release(conn, [source_id])
    source = sourcing.some(conn, [source_id]).get(source_id)
    record = records.one(conn, rows, source_id, guid)
    if source is None or record is None or record.state != "waiting":
        raise NotFound(f"nothing waits under the id {guid}: somebody may have looked at it already")
    if digest is not None and digest != record.digest:
        raise Changed(
            f"what waits under the id {guid} says something else by now: look at it again"
        )
    old = items_of(conn, rows, [record.item]).get(record.item)
    if revision is not None and revision != (old.revision if old else 0):
        raise Changed(f"somebody has changed the item {record.item} meanwhile: look at it again")
    if take:
        return _take(conn, rows, source, record, now)
    _drop(conn, rows, source_id, record, now)
    return None


def _take(
    conn: Connection, rows: ItemRows, source: SourceRow, record: Record, now: datetime
) -> Outcome:
    old = items_of(conn, rows, [record.item]).get(record.item)
    wanted = record.kept or old
    if wanted is None:
        told = _settled(record, "dropped", why=dropping.TOO_MUCH)
        records.keep(conn, rows, [(source.id, replace(told, item=""))])
        return Outcome("refused", record.item or None, "it is not there any more", 0)
    if old is not None and record.kept is not None and not _is_theirs(old, source):
        reason = "it was changed here since; drop what waits, or change the item by hand"
        return Outcome("conflict", old.guid, reason, old.revision)
    item = _version(source, wanted, old)
    put = Put(item, replaces=old.guid if old else None, media=None)
    (outcome,) = applying.apply(conn, rows, Crowds(), [put], now)
    if outcome.kind == "refused":
        told = _settled(record, "refused", why=outcome.reason or "")
    else:
        told = replace(_settled(record, "own"), item=outcome.guid or "")
    records.keep(conn, rows, [(source.id, told)])
    return outcome


def _is_theirs(item: Item, source: SourceRow) -> bool:
    """Whether an item is as its source has made it, and nobody here."""
    return item.origin in origins_of(source.spec.url)


def _version(source: SourceRow, wanted: Item, old: Item | None) -> Item:
    """What waited, as it goes out: under the names and in the feeds of the item that is there."""
    if old is None:
        into = source.spec.into
        return replace(
            wanted,
            status=Status.PUBLISHED,
            feeds=(into,) if into else (),
            origin=origins_of(source.spec.url)[0],
        )
    if wanted is old:
        return replace(old, status=Status.PUBLISHED)
    return replace(
        wanted,
        guid=old.guid,
        aliases=(),
        slug="",
        published=wanted.published or old.published,
        status=Status.PUBLISHED,
        feeds=old.feeds,
        via=old.via,
        origin=old.origin,
    )


def _settled(record: Record, state: str, why: str = "") -> Record:
    return replace(record, state=state, why=why, kept=None, out_at=None)  # type: ignore[arg-type]


def _drop(conn: Connection, rows: ItemRows, source_id: int, record: Record, now: datetime) -> None:
    """A new entry leaves for good; of an item that is out, just the change is not wanted."""
    old = items_of(conn, rows, [record.item]).get(record.item)
    if old is not None and old.status is not Status.REVIEW:
        told = _settled(record, "own")
    else:
        dropping.drop(conn, rows, [record.item] if old is not None else (), now)
        told = replace(_settled(record, "dropped", why=UNWANTED), item="")
    records.keep(conn, rows, [(source_id, told)])


def looked_at(conn: Connection, rows: ItemRows, item: str) -> None:
    """Let nothing wait any more for what somebody has made of this item, which was under review:
    it is out, or put away, as they want it."""
    column = tables.records.c
    asked = select(column.source_id, column.guid).where(WAITING, column.item == item)
    sourcing.lock(conn)
    found = conn.execute(asked.where(column.kept.is_(None))).all()
    sourcing.release(conn, {row.source_id for row in found})
    kept = []
    for source_id, guid in found:
        record = records.one(conn, rows, source_id, guid)
        if record is not None and record.state == "waiting":
            kept.append((source_id, _settled(record, "own")))
    records.keep(conn, rows, kept)


def next_out(conn: Connection) -> datetime | None:
    """When something that waits goes out by itself."""
    out_at = tables.records.c.out_at
    asked = select(func.min(out_at)).where(out_at.is_not(None))
    return conn.execute(asked).scalar_one_or_none()


def let_out(conn: Connection, rows: ItemRows, now: datetime) -> int:
    """Publish what nobody has dropped in time; how many items came out or changed.

    Only what is as it was when it began to wait: what somebody has withdrawn or rewritten here
    meanwhile stays as they want it.
    """
    happened = 0
    while True:
        column = tables.records.c
        due = select(column.source_id, column.guid).where(column.out_at <= now)
        found = conn.execute(due.order_by(column.out_at).limit(CHUNK)).all()
        if not found:
            return happened
        sourcing.release(conn, {row.source_id for row in found})
        theirs = sourcing.some(conn, {row.source_id for row in found})
        for source_id, guid in found:
            record = records.one(conn, rows, source_id, guid)
            # A poll may have forgotten it before its lease went, or made it wait anew.
            if record is None or record.out_at is None or record.out_at > now:
                continue
            happened += _let_out(conn, rows, theirs[source_id], record, now)


def _let_out(
    conn: Connection, rows: ItemRows, source: SourceRow, record: Record, now: datetime
) -> int:
    old = items_of(conn, rows, [record.item]).get(record.item)
    as_it_was = record.kept is not None if old is None else _is_as_it_was(old, record, source)
    if record.state == "waiting" and as_it_was and source.state.status != "ended":
        return int(_take(conn, rows, source, record, now).kind in {"added", "changed"})
    state = record.state
    if state == "waiting":
        state = "dropped" if old is None else "own"
    records.keep(conn, rows, [(source.id, _settled(record, state, why=record.why))])
    return 0


def _is_as_it_was(old: Item, record: Record, source: SourceRow) -> bool:
    waits = Status.REVIEW if record.kept is None else Status.PUBLISHED
    return old.status is waits and _is_theirs(old, source)
