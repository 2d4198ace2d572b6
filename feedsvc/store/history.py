"""What an item said before, and what has changed since: read from the log of changes."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Delete, RowMapping, Select, and_, bindparam, exists, select

from feedsvc.model import Item, Status
from feedsvc.store import reads, versions
from feedsvc.store.rows import UNREADABLE, ItemRows, fit
from feedsvc.store.schema import archived, changes, entries, guids, items
from feedsvc.store.schema import versions as kept

#: Older versions of an item that are kept, beside those that archive pages show.
VERSIONS_KEPT = 200

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Version:
    """What an item said from ``at`` on, until the next one.

    ``kind`` is what was done: ``added``, ``changed``, ``published`` or ``withdrawn``. ``item`` is
    None for one that is no longer kept.
    """

    revision: int
    kind: str
    at: datetime
    item: Item | None


def history(conn: Connection, rows: ItemRows, guid: str, *, limit: int) -> list[Version]:
    """An item's versions, newest first; nothing for one that is not there."""
    present = _present(conn, guid)
    if present is None:
        return []
    its_own = and_(kept.c.item_id == changes.c.item_id, kept.c.revision == changes.c.revision)
    asked = (
        select(changes.c.revision, changes.c.kind, changes.c.at, kept.c.item)
        .outerjoin(kept, its_own)
        .where(changes.c.item_id == present["id"], changes.c.revision < present["revision"])
        .order_by(changes.c.revision.desc())
        .limit(max(limit - 1, 0))
    )
    made = select(changes.c.kind, changes.c.at).where(changes.c.revision == present["revision"])
    kind, at = conn.execute(made).one_or_none() or ("changed", present["updated"])
    older = [
        Version(row.revision, row.kind, row.at, _read(rows, guid, row.item))
        for row in conn.execute(asked)
    ]
    return [Version(present["revision"], kind, at, rows.item(present)), *older]


def version(conn: Connection, rows: ItemRows, guid: str, revision: int) -> Item | None:
    """What an item said at a revision of its own; None if that is not known."""
    present = _present(conn, guid)
    if present is None:
        return None
    if present["revision"] == revision:
        return rows.item(present)
    asked = select(kept.c.item).where(kept.c.item_id == present["id"], kept.c.revision == revision)
    return _read(rows, guid, conn.execute(asked).scalar_one_or_none())


def was_out(conn: Connection, guid: str) -> bool:
    """Whether readers ever had an item: some feed took it in, or it was published one day."""
    if not fit(guid):
        return False
    its_own = select(guids.c.item_id).where(guids.c.guid == guid).scalar_subquery()
    entered = exists().where(entries.c.item_id == its_own, entries.c.entered_at.is_not(None))
    published = exists().where(changes.c.item_id == its_own, changes.c.kind == "published")
    return bool(conn.execute(select(entered | published)).scalar_one())


def made_at(conn: Connection, guid: str) -> datetime | None:
    """When an item was first taken in, None if it is not there."""
    if not fit(guid):
        return None
    its_own = select(guids.c.item_id).where(guids.c.guid == guid).scalar_subquery()
    asked = select(changes.c.at).where(changes.c.item_id == its_own)
    return conn.execute(asked.order_by(changes.c.revision).limit(1)).scalar_one_or_none()


def _present(conn: Connection, guid: str) -> RowMapping | None:
    if not fit(guid):
        return None
    asked = select(items).join(guids, guids.c.item_id == items.c.id).where(guids.c.guid == guid)
    return conn.execute(asked).mappings().one_or_none()


def _read(rows: ItemRows, guid: str, text: str | None) -> Item | None:
    if text is None:
        return None
    try:
        return versions.read(rows, text)
    except UNREADABLE as error:
        log.error("a version of %s is damaged in the store: %s", guid, error)
        return None


def changed_since(
    conn: Connection,
    rows: ItemRows,
    revision: int,
    *,
    feed: str | None,
    status: Status | None,
    limit: int,
) -> tuple[list[Item], int]:
    """Items that have changed, in the order of it, and the revision to go on from."""
    asked: Select[Any] = select(items)
    number, row_id = items.c.revision, items.c.id
    if feed is not None:
        if not fit(feed):
            return [], reads.revision(conn)
        number, row_id = entries.c.revision, entries.c.item_id
        asked = asked.join(entries, entries.c.item_id == items.c.id)
        asked = asked.where(entries.c.feed == feed, entries.c.entered_at.is_not(None))
    if status is not None:
        asked = asked.where(items.c.status == str(status))
    asked = asked.add_columns(number.label("place")).order_by(number, row_id)
    found = conn.execute(asked.where(number > revision).limit(limit + 1)).mappings().all()
    if len(found) <= limit:
        return [rows.item(row) for row in found], reads.revision(conn)
    last = found[limit - 1]["place"]
    # What one change has moved is not parted: nobody could go on from its middle.
    shown = [row for row in found[:limit] if row["place"] < last]
    # As a range, since for one number SQLite would walk the feed in the order of its items.
    shown += conn.execute(asked.where(number > last - 1, number <= last)).mappings().all()
    return [rows.item(row) for row in shown], last


def left(conn: Connection, feed: str, names: Collection[str]) -> set[str]:
    """Those of these guids whose items have been in the feed and are not in it any more."""
    if not fit(feed):
        return set()
    asked = (
        select(items.c.guid)
        .join(entries, entries.c.item_id == items.c.id)
        .where(entries.c.feed == feed, entries.c.left_at.is_not(None), items.c.guid.in_(names))
    )
    return set(conn.execute(asked).scalars())


def _pruned() -> Delete:
    last = (
        select(changes.c.revision)
        .where(changes.c.item_id == bindparam("its_id"))
        .order_by(changes.c.revision.desc())
        .offset(VERSIONS_KEPT + 1)  # the first is the present one
        .limit(1)
        .scalar_subquery()
    )
    shown = exists().where(
        archived.c.item_id == kept.c.item_id, archived.c.revision == kept.c.revision
    )
    return kept.delete().where(
        kept.c.item_id == bindparam("its_id"), kept.c.revision <= last, ~shown
    )


_PRUNED = _pruned()


def prune(conn: Connection, row_ids: Iterable[int]) -> None:
    """Forget of these items the versions that are too many and that no page shows."""
    rows = [{"its_id": row_id} for row_id in row_ids]
    if rows:
        conn.execute(_PRUNED, rows)
