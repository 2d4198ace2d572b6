"""What a feed's documents are made of. Each is read in one transaction, so that what they show and
the state that their validators stand for are of one moment."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, select, tuple_

from feedsvc.model import Item, Tombstone
from feedsvc.store import reads, versions
from feedsvc.store.changes import Delta, FeedState, Live, Page, PageState
from feedsvc.store.columns import Id, Instant
from feedsvc.store.questions import Question, Row, instant
from feedsvc.store.rows import UNREADABLE, ItemRows, fit
from feedsvc.store.schema import LIVE, OPEN, archived, changes, entries, items, pages
from feedsvc.store.schema import versions as kept_versions
from feedsvc.store.seen import Seen

#: So many of a feed's newest items tell its rhythm.
RHYTHM = 12

log = logging.getLogger(__name__)

# Built once, since they are asked after every write (questions.py).
_NEWEST_FIRST = (entries.c.sort_at.desc(), entries.c.item_id.desc())
#: Entries with their places in time, whether they are in no archive page, and the states of their
#: items (seen.py).
_PLACES: Select[Any] = (
    select(
        entries.c.item_id,
        entries.c.sort_at,
        entries.c.page.is_(None),
        items.c.revision,
        items.c.origin,
        changes.c.at,
    )
    .join(items, items.c.id == entries.c.item_id)
    .outerjoin(changes, changes.c.revision == items.c.revision)
    .where(entries.c.feed == bindparam("feed"))
    .order_by(*_NEWEST_FIRST)
    .limit(bindparam("most"))
)
_NEWEST = Question(_PLACES.where(LIVE), plain=True)
_OLDER_OPEN = Question(
    _PLACES.where(
        OPEN,
        tuple_(entries.c.sort_at, entries.c.item_id)
        < tuple_(bindparam("before", type_=Instant()), bindparam("than", type_=Id)),
    ),
    plain=True,
)
_TIMES = Question(
    select(entries.c.sort_at)
    .where(entries.c.feed == bindparam("feed"), LIVE)
    .order_by(*_NEWEST_FIRST)
    .limit(bindparam("most"))
)


def live(
    conn: Connection, seen: Seen, key: str, *, limit: int, kept: timedelta, stones: int
) -> Live | None:
    state = there(conn, key)
    if state is None:
        return None
    newest = _NEWEST.rows(conn, feed=key, most=max(limit, RHYTHM))
    rows = _shown(newest, _older_open(conn, key, newest, limit), limit)
    whole = seen.items_in(conn, {row[0]: (row[3], row[4], row[5]) for row in rows})
    return Live(
        state=state,
        items=tuple(whole[row[0]] for row in rows),
        open=frozenset(whole[row[0]].guid for row in rows if row[2]),
        tombstones=tuple(reads.tombstones(conn, key, since=state.changed_at - kept, limit=stones)),
        times=tuple(instant(row[1]) for row in newest[:RHYTHM]),
    )


def _older_open(conn: Connection, key: str, newest: Sequence[Row], limit: int) -> Sequence[Row]:
    """The open entries beyond the newest, so that there are ``limit`` open ones at most."""
    missing = limit - sum(1 for row in newest if row[2])
    if missing <= 0 or len(newest) < max(limit, RHYTHM):
        return ()
    row_id, sort_at, *_ = newest[-1]
    return _OLDER_OPEN.rows(conn, feed=key, before=sort_at, than=row_id, most=missing)


def _shown(newest: Sequence[Row], older: Sequence[Row], limit: int) -> list[Row]:
    """All open entries and the newest of all, filled up with the newest others, in this order."""
    opened = [*(row for row in newest if row[2]), *older][:limit]
    shown = {row[0]: row for row in (*newest[:1], *opened)}
    for row in newest[:limit]:
        if len(shown) >= limit:
            break
        shown[row[0]] = row
    return sorted(shown.values(), key=lambda row: (row[1], row[0]), reverse=True)


def times(conn: Connection, key: str) -> tuple[datetime, ...]:
    if not fit(key):
        return ()
    return tuple(row[0] for row in _TIMES.rows(conn, feed=key, most=RHYTHM))


def page_state(conn: Connection, key: str, number: int) -> PageState | None:
    state = there(conn, key)
    if state is None or not 0 < number <= state.pages:
        return None
    asked = select(pages).where(pages.c.feed == key, pages.c.number == number)
    row = conn.execute(asked).one_or_none()
    if row is None:  # nothing was left in it
        return None
    older = select(func.max(pages.c.number)).where(pages.c.feed == key, pages.c.number < number)
    before = conn.execute(older).scalar() or 0
    return PageState(state, number, row.revision, row.changed_at, before)


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
    conn: Connection, seen: Seen, key: str, *, revision: int, at: datetime, limit: int
) -> Delta | None:
    state = there(conn, key)
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
    whole = seen.items(conn, [row.item_id for row in found])
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


def there(conn: Connection, key: str) -> FeedState | None:
    state = reads.feed_state(conn, key)
    return None if state is None or state.ended else state
