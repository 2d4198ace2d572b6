"""Older versions of items, as an archive page that showed them goes on showing them. Pure.

A version is the item's row as JSON: addresses without the site's own, as in the table.
"""

from __future__ import annotations

import json
from datetime import datetime

from feedsvc.model import Item
from feedsvc.store.rows import ItemRows
from feedsvc.store.schema import microseconds, moment

_TIMES = ("published", "updated", "expires")


def written(rows: ItemRows, item: Item) -> str:
    """A version as text; fields that say nothing are left out."""
    row = {
        name: microseconds(value) if isinstance(value, datetime) else value
        for name, value in rows.row(item).items()
        if value is not None
    }
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def read(rows: ItemRows, text: str) -> Item:
    """The item that ``written`` wrote. Raises one of UNREADABLE (rows.py) for damaged text."""
    kept = json.loads(text)
    row = dict.fromkeys(_COLUMNS) | kept
    for name in _TIMES:
        if row[name] is not None:
            row[name] = moment(row[name])
    return rows.strictly(row)


_COLUMNS = Item.__slots__
