"""Where feeds stand: what is known of their documents without any item."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from feedsvc.store import snapshots, upcoming
from feedsvc.store.changes import FeedState
from feedsvc.store.rows import ItemRows


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a feed stands, and what is said of it without its items.

    ``next_entry`` is when the next one may enter, ``times`` are the places in time of the newest
    few: None when the feed has the revision that was known already.
    """

    state: FeedState
    next_entry: datetime | None
    times: tuple[datetime, ...] | None


def standing(conn: Connection, rows: ItemRows, key: str, *, known: int | None) -> Standing | None:
    state = snapshots.there(conn, key)
    if state is None:
        return None
    return Standing(
        state,
        next_entry=upcoming.next_entry(conn, rows, key),
        times=snapshots.times(conn, key) if state.revision != known else None,
    )
