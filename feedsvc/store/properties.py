"""What posts said that no field of an item holds: microformats' properties, kept as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from sqlalchemy import Connection, delete, select

from feedsvc.store.rows import fit
from feedsvc.store.schema import items, properties
from feedsvc.store.upserts import keep


def properties_of(conn: Connection, guid: str) -> dict[str, list[object]]:
    """What is kept of the item of this guid; empty when there is nothing."""
    if not fit(guid):
        return {}
    value = conn.scalar(select(properties.c.value).where(properties.c.guid == guid))
    return json.loads(value) if value else {}


def keep_properties(conn: Connection, guid: str, value: Mapping[str, list[object]]) -> None:
    if value:
        keep(conn, properties, {"guid": guid, "value": json.dumps(value)})
    else:
        conn.execute(delete(properties).where(properties.c.guid == guid))


def change_properties(
    conn: Connection,
    guid: str,
    change: Callable[[dict[str, list[object]]], Mapping[str, list[object]]],
) -> None:
    # SQLite has the lock already; on PostgreSQL the item's row is the lock, since there may be no
    # row of properties yet.
    conn.execute(select(items.c.id).where(items.c.guid == guid).with_for_update())
    keep_properties(conn, guid, change(properties_of(conn, guid)))
