"""Uploaded files: what is known of each, and which items lead to it. Their bytes lie elsewhere."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, literal, select, tuple_

from feedsvc.errors import Conflict, ItemError
from feedsvc.model import Item, Status
from feedsvc.store import schema
from feedsvc.store.changes import FeedSpec
from feedsvc.store.membership import private_feeds
from feedsvc.store.rows import ItemRows, fit
from feedsvc.store.schema import Instant, items, upload_feeds, upload_uses, uploads
from feedsvc.store.upserts import keep, keep_new


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent here at ``at`` by ``origin``, served at ``/media/ID/NAME``.

    ``id`` is the first 32 hex digits of its bytes' SHA-256, ``length`` in bytes, ``duration`` in
    seconds, ``width`` and ``height`` in pixels.
    """

    id: str
    name: str
    type: str
    length: int
    duration: int | None = None
    width: int | None = None
    height: int | None = None
    at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    origin: str = ""


def upload(conn: Connection, upload_id: str) -> Upload | None:
    if not fit(upload_id):
        return None
    row = conn.execute(select(uploads).where(uploads.c.id == upload_id)).one_or_none()
    return None if row is None else Upload(*row)


def some(conn: Connection, ids: Iterable[str]) -> dict[str, Upload]:
    """The uploads that there are of these, by id."""
    asked = select(uploads).where(uploads.c.id.in_([one for one in ids if fit(one)]))
    return {row.id: Upload(*row) for row in conn.execute(asked)}


def page(
    conn: Connection, *, cursor: str | None, limit: int, search: str | None
) -> tuple[list[Upload], str | None]:
    """Uploads, newest first, whose names hold ``search``, and the cursor of the next page."""
    asked = select(uploads)
    if search and search.strip():
        if not fit(search):
            return [], None
        asked = asked.where(uploads.c.name.icontains(search.strip(), autoescape=True))
    if cursor is not None:
        at, upload_id = _place(cursor)
        last = tuple_(literal(at, Instant()), literal(upload_id))
        asked = asked.where(tuple_(uploads.c.at, uploads.c.id) < last)
    asked = asked.order_by(uploads.c.at.desc(), uploads.c.id.desc()).limit(limit + 1)
    found = [Upload(*row) for row in conn.execute(asked)]
    shown = found[:limit]
    return shown, _cursor(shown[-1]) if len(found) > limit and shown else None


def _cursor(last: Upload) -> str:
    return f"{schema.microseconds(last.at)}.{last.id}"


def _place(cursor: str) -> tuple[datetime, str]:
    at, _, upload_id = cursor.partition(".")
    try:
        if not fit(upload_id):
            raise ValueError(upload_id)
        return schema.moment(int(at)), upload_id
    except (ValueError, OverflowError):
        raise ItemError("not a cursor of this list", where="cursor") from None


def keep_upload(conn: Connection, upload: Upload) -> None:
    keep(conn, uploads, asdict(upload))


def drop_upload(conn: Connection, rows: ItemRows, upload_id: str) -> bool:
    # No item comes to lead to it meanwhile: the lock of all who write items.
    conn.execute(select(schema.revision.c.value).with_for_update())
    used = [item for item in users(conn, rows, upload_id) if item.status is not Status.WITHDRAWN]
    if used:
        more = f" and {len(used) - 1} more" if len(used) > 1 else ""
        raise Conflict(
            f"the file is used by the item {used[0].slug}{more}: take it out there first"
        )
    return conn.execute(delete(uploads).where(uploads.c.id == upload_id)).rowcount > 0


def users(conn: Connection, rows: ItemRows, upload_id: str) -> list[Item]:
    """The items that lead to it, newest first."""
    if not fit(upload_id):
        return []
    asked = (
        select(items)
        .join(upload_uses, upload_uses.c.item_id == items.c.id)
        .where(upload_uses.c.upload_id == upload_id, upload_uses.c.left_at.is_(None))
        .order_by(items.c.sort_at.desc(), items.c.id.desc())
    )
    return [rows.item(row) for row in conn.execute(asked).mappings()]


def readers(
    conn: Connection, rows: ItemRows, upload_id: str, specs: Sequence[FeedSpec]
) -> tuple[str, ...]:
    """The private feeds whose subscribers alone may have it; empty if who knows its address may.

    ``specs`` are the feeds that decide where items belong. One public item that is published and
    leads to it opens it to everybody. Else it is for whom any item is, or was, that leads to it or
    did: neither an edit nor a withdrawal opens what was private, nor does an item that leaves for
    good.
    """
    if not fit(upload_id):
        return ()
    asked = (
        select(items, upload_uses.c.left_at, upload_uses.c.feeds.label("said"))
        .join(upload_uses, upload_uses.c.item_id == items.c.id)
        .where(upload_uses.c.upload_id == upload_id)
    )
    found: dict[str, None] = {}
    for row in conn.execute(asked).mappings():
        item = rows.item(row)
        feeds = private_feeds(item, specs)
        if not feeds and item.status is Status.PUBLISHED and row["left_at"] is None:
            return ()
        found |= dict.fromkeys(feeds or _still_private(json.loads(row["said"] or "[]"), specs))
    left = select(upload_feeds.c.feed).where(upload_feeds.c.upload_id == upload_id)
    found |= dict.fromkeys(_still_private(conn.execute(left).scalars().all(), specs))
    return tuple(found)


def _still_private(names: Collection[str], specs: Sequence[FeedSpec]) -> list[str]:
    """Those of these feeds that are private still, or were to their end, by their present names."""
    return [
        spec.name
        for spec in specs
        if spec.private and any(name in names for name in (spec.name, *spec.formerly))
    ]


@dataclass(frozen=True, slots=True)
class Uses:
    """The uploads that an item leads to, and for those it led to before, the private feeds that it
    was in then."""

    now: frozenset[str]
    before: Mapping[str, tuple[str, ...]]

    def then(self, later: Uses) -> Uses:
        """What comes of this and a later change."""
        kept = {name: feeds or self.before.get(name, ()) for name, feeds in later.before.items()}
        return Uses(later.now, {**self.before, **kept})


def write_uses(conn: Connection, uses: Mapping[int, Uses], now: datetime) -> None:
    """Make these, by row number, the uploads that items lead to; former ones are remembered."""
    if not uses:
        return
    of_these = upload_uses.c.item_id.in_(uses)
    known = {
        (row.item_id, row.upload_id): row
        for row in conn.execute(select(upload_uses).where(of_these))
    }
    conn.execute(delete(upload_uses).where(of_these))
    pairs = {(row_id, name) for row_id, its in uses.items() for name in (*its.now, *its.before)}
    found = []
    for row_id, upload_id in sorted(pairs | known.keys()):
        its, row = uses[row_id], known.get((row_id, upload_id))
        feeds = its.before.get(upload_id)
        left_at = None if upload_id in its.now else (row and row.left_at) or now
        found.append({
            "upload_id": upload_id,
            "item_id": row_id,
            "left_at": left_at,
            "feeds": json.dumps(feeds) if feeds else row and row.feeds,
        })
    if found:
        conn.execute(insert(upload_uses), found)


def leave(conn: Connection, items_: Mapping[int, Item], specs: Sequence[FeedSpec]) -> None:
    """Remember for whom uploads were to which these items, which leave for good, led privately.

    Of uploads that are there: others have any address, and there is no end to those.
    """
    its = select(upload_uses).join(uploads, uploads.c.id == upload_uses.c.upload_id)
    found: set[tuple[str, str]] = set()
    for row in conn.execute(its.where(upload_uses.c.item_id.in_(items_))):
        names = private_feeds(items_[row.item_id], specs) or json.loads(row.feeds or "[]")
        found |= {(row.upload_id, name) for name in names}
    for upload_id, name in sorted(found):
        keep_new(conn, upload_feeds, {"upload_id": upload_id, "feed": name})
