"""Who polls what: sources that are due, claimed with a lease by one of several nodes.

A lease that is over, because its holder has died or takes too long, is nobody's; who comes back
with it changes nothing (polling.py). No two sources of one host are polled at once, and none within
a second of another.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select, text, union_all, update

from feedsvc.store.schema import sources
from feedsvc.store.source_rows import source_row
from feedsvc.store.sources import SourceRow

#: How long a host is left alone after a poll.
APART = timedelta(seconds=1)
#: Any number will do, as long as nobody else locks it (PostgreSQL advisory locks).
_CLAIMS = 0x66656564636C6D
#: Sources that are not polled by themselves.
_STOPPED = ("held", "gone", "paused", "ended")
#: So many due ones are looked at to find as many hosts as are wanted.
_MOST_LOOKED_AT = 20_000


def claim(
    conn: Connection,
    now: datetime,
    *,
    limit: int,
    lease: timedelta,
    ids: Collection[int] | None,
) -> list[SourceRow]:
    """Those that the caller is to poll now, the longest due first."""
    if limit < 1:
        return []
    if conn.dialect.name == "postgresql":
        # One after another, so that no two find the same host free. They are quick.
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CLAIMS})
    found = _found(conn, _free(now, ids), limit)
    if not found:
        return []
    # Somebody may hold a row in order to change it: then it is not there for us.
    locked = select(sources).where(sources.c.id.in_(found)).order_by(sources.c.next_poll_at)
    rows = conn.execute(locked.with_for_update(skip_locked=True)).mappings().all()
    token = secrets.token_hex(16)
    held = update(sources).where(sources.c.id.in_([row["id"] for row in rows]))
    conn.execute(held.values(lease=token, leased_until=now + lease))
    return [source_row(dict(row) | {"lease": token}) for row in rows]


def _free(now: datetime, ids: Collection[int] | None) -> Select[Any]:
    """Those that may be polled, longest due first."""
    column = sources.c
    busy = union_all(
        select(column.host).where(column.leased_until > now),
        # Not those of a time to come, which a clock that was set back has left.
        select(column.host).where(column.last_poll_at > now - APART, column.last_poll_at <= now),
    )
    asked = select(column.id, column.host).where(
        or_(column.leased_until.is_(None), column.leased_until <= now),
        column.host.not_in(busy),
    )
    if ids is not None:
        return asked.where(column.id.in_(ids), column.status != "ended").order_by(column.id)
    due = asked.where(column.next_poll_at <= now, column.status.not_in(_STOPPED))
    return due.order_by(column.next_poll_at, column.id)


def _found(conn: Connection, free: Select[Any], limit: int) -> list[int]:
    """The first of each host. Where few hosts have many, more are looked at."""
    looked = limit
    while True:
        looked = min(4 * looked, _MOST_LOOKED_AT)
        rows = conn.execute(free.limit(looked)).all()
        hosts: dict[str, int] = {}
        for row_id, host in rows:
            hosts.setdefault(host, row_id)
        if len(hosts) >= limit or len(rows) < looked or looked == _MOST_LOOKED_AT:
            return list(hosts.values())[:limit]


def next_due(conn: Connection) -> datetime | None:
    """When a source is due next, or the lease of one that nobody came back from is over."""
    column = sources.c
    waits = select(func.min(column.next_poll_at)).where(
        column.next_poll_at.is_not(None),
        column.leased_until.is_(None),
        column.status.not_in(_STOPPED),
    )
    held = select(func.min(column.leased_until)).where(
        column.leased_until.is_not(None), column.status.not_in(_STOPPED)
    )
    times = [conn.execute(asked).scalar_one_or_none() for asked in (waits, held)]
    return min((time for time in times if time is not None), default=None)
