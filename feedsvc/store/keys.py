"""Idempotency keys: a request that is sent again makes no second item.

A key is kept in the transaction of the item that it made, so neither is ever there alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from feedsvc.store.schema import items
from feedsvc.store.schema import keys as used_keys

REUSED = "this Idempotency-Key was used for another request"


@dataclass(frozen=True, slots=True)
class Key:
    """A client's name for a request (``key``, with whose it is), and the digest of what it asks."""

    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Used:
    """What a key was used for: the item's guid, and the revision that it got."""

    digest: str
    guid: str
    revision: int


def load(conn: Connection, names: list[str]) -> dict[str, Used]:
    """Those of these keys that were used; some hundred at most."""
    if not names:
        return {}
    asked = (
        select(used_keys.c.key, used_keys.c.digest, items.c.guid, used_keys.c.revision)
        .join(items, items.c.id == used_keys.c.item_id)
        .where(used_keys.c.key.in_(names))
    )
    return {key: Used(*rest) for key, *rest in conn.execute(asked)}


def row(key: Key, row_id: int, used: Used, at: Any) -> dict[str, Any]:
    """A key's columns."""
    return {
        "key": key.key,
        "digest": key.digest,
        "item_id": row_id,
        "revision": used.revision,
        "at": at,
    }
