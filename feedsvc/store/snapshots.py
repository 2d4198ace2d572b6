"""What a feed's documents are made of. Each is read in one transaction, so that what they show and
the state that their validators stand for are of one moment."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, select

from feedsvc.model import Item, Tombstone
from feedsvc.store import reads, versions
from feedsvc.store.changes import Delta, FeedState, Live, Page, PageState
from feedsvc.store.pending import chunks
from feedsvc.store.questions import Lookup
from feedsvc.store.rows import UNREADABLE, ItemRows, fit
from feedsvc.store.schema import LIVE, OPEN, archived, changes, entries, items, pages
from feedsvc.store.schema import versions as kept_versions

#: So many of a feed's newest items tell its rhythm.
RHYTHM = 12

log = logging.getLogger(__name__)

# Built once, since they are asked after every write (statements.py).
_NEWEST: Select[Any] = (
    select(entries.c.item_id, entries.c.sort_at)
    .where(entries.c.feed == bindparam("feed"), LIVE)
    .order_by(entries.c.sort_at.desc(), entries.c.item_id.desc())
    .limit(bindparam("most"))
)
_OPENED = _NEWEST.where(OPEN)
_ITEMS = Lookup(items.c.id, items)


def live(
    conn: Connection, rows: ItemRows, key: str, *, limit: int, kept: timedelta, stones: int
) -> Live | None:
    state = _there(conn, key)
    if state is None:
        return None
    newest = conn.execute(_NEWEST, {"feed": key, "most": max(limit, RHYTHM)}).all()
    opened = conn.execute(_OPENED, {"feed": key, "most": limit}).all()
    shown = _shown(newest[:limit], opened, limit)
    stood = {row.item_id for row in opened}
    whole = _items(conn, rows, [row.item_id for row in shown])
    return Live(
        state=state,
        items=tuple(whole[row.item_id] for row in shown),
        open=frozenset(whole[row.item_id].guid for row in shown if row.item_id in stood),
        tombstones=tuple(reads.tombstones(conn, key, since=state.changed_at - kept, limit=stones)),
        times=tuple(row.sort_at for row in newest[:RHYTHM]),
    )


def _shown(newest: Sequence[Row[Any]], opened: Sequence[Row[Any]], limit: int) -> list[Row[Any]]:
    """All open entries and the newest of all, filled up with the newest others."""
    shown = {row.item_id: row for row in (*newest[:1], *opened)}
    for row in newest:
        if len(shown) >= limit:
            break
        shown[row.item_id] = row
    return sorted(shown.values(), key=lambda row: (row.sort_at, row.item_id), reverse=True)


def times(conn: Connection, key: str) -> tuple[datetime, ...]:
    if not fit(key):
        return ()
    return tuple(row.sort_at for row in conn.execute(_NEWEST, {"feed": key, "most": RHYTHM}))


def page_state(conn: Connection, key: str, number: int) -> PageState | None:
    state = _there(conn, key)
    if state is None or not 0 < number <= state.pages:
        return None
    asked = select(pages).where(pages.c.feed == key, pages.c.number == number)
    row = conn.execute(asked).one_or_none()
    return None if row is None else PageState(state, number, row.revision, row.changed_at)


def page(conn: Connection, rows: ItemRows, key: str, number: int) -> Page | None:
    state = page_state(conn, key, number)
    if state is None:
        return None
    older = and_(
        kept_versions.c.item_id == archived.c.item_id,
        kept_versions.c.revision == archived.c.revision,
        items.c.revision != archived.c.revision,
    )
    asked = (
        select(items, kept_versions.c.item.label("version"))
        .select_from(archived)
        .join(items, items.c.id == archived.c.item_id)
        .outerjoin(kept_versions, older)
        .where(archived.c.feed == key, archived.c.number == number)
        .order_by(archived.c.sort_at.desc(), archived.c.item_id.desc())
    )
    return Page(state, tuple(_as_sealed(rows, row) for row in conn.execute(asked).mappings()))


def _as_sealed(rows: ItemRows, row: Any) -> Item:
    if row["version"] is not None:
        try:
            return versions.read(rows, row["version"])
        except UNREADABLE as error:
            log.error("a version of %s is damaged in the store: %s", row["guid"], error)
    return rows.item(row)


def delta(
    conn: Connection, rows: ItemRows, key: str, *, revision: int, at: datetime, limit: int
) -> Delta | None:
    state = _there(conn, key)
    if state is None or not _is_our_past(conn, state, revision, at):
        return None
    asked = (
        select(entries)
        .where(entries.c.feed == key, entries.c.revision > revision)
        .where(entries.c.entered_at.is_not(None))
        .order_by(entries.c.revision)
        .limit(limit + 1)
    )
    found = conn.execute(asked).all()
    if len(found) > limit:
        return None
    fresh = sorted(
        (row for row in found if row.left_at is None),
        key=lambda row: (row.sort_at, row.item_id),
        reverse=True,
    )
    left = sorted((row for row in found if row.left_at), key=lambda row: row.left_at, reverse=True)
    whole = _items(conn, rows, [row.item_id for row in found])
    return Delta(
        state=state,
        items=tuple(whole[row.item_id] for row in fresh),
        tombstones=tuple(
            Tombstone(whole[row.item_id].guid, row.left_at.replace(microsecond=0)) for row in left
        ),
        times=times(conn, key),
    )


def _is_our_past(conn: Connection, state: FeedState, revision: int, at: datetime) -> bool:
    """Whether the feed may have had this revision at this time.

    A store that was brought back from a backup gives numbers a second time, later: then the change
    of that number, or the last one before it, is younger than the revision is said to be.
    """
    if (revision, at) == (state.revision, state.changed_at):
        return True
    if revision >= state.revision or not state.created_at <= at < state.changed_at:
        return False
    asked = (
        select(changes.c.at)
        .where(changes.c.revision <= revision)
        .order_by(changes.c.revision.desc())
        .limit(1)
    )
    last = conn.execute(asked).scalar_one_or_none()
    return last is None or last <= at


def _there(conn: Connection, key: str) -> FeedState | None:
    state = reads.feed_state(conn, key)
    return None if state is None or state.ended else state


def _items(conn: Connection, rows: ItemRows, ids: list[int]) -> dict[int, Item]:
    found: dict[int, Item] = {}
    for some in chunks(ids):
        found |= {row["id"]: rows.item(row) for row in _ITEMS.mappings(conn, some)}
    return found
