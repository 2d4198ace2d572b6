"""Uploaded files: what is known of each, and which items lead to it. Their bytes lie elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, literal, select, tuple_

from feedsvc.errors import Conflict, ItemError
from feedsvc.model import Item, Status
from feedsvc.store import schema
from feedsvc.store.rows import ItemRows, fit
from feedsvc.store.schema import Instant, items, upload_uses, uploads
from feedsvc.store.upserts import keep


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
        .where(upload_uses.c.upload_id == upload_id)
        .order_by(items.c.sort_at.desc(), items.c.id.desc())
    )
    return [rows.item(row) for row in conn.execute(asked).mappings()]


def write_uses(conn: Connection, uses: dict[int, frozenset[str]]) -> None:
    """Make these, by row number, the uploads that items lead to."""
    if not uses:
        return
    conn.execute(delete(upload_uses).where(upload_uses.c.item_id.in_(uses)))
    found = [
        {"upload_id": upload_id, "item_id": row_id}
        for row_id, ids in uses.items()
        for upload_id in sorted(ids)
    ]
    if found:
        conn.execute(insert(upload_uses), found)
