"""Questions to the store, each a function of a connection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, bindparam, false, func, literal, select, tuple_

from feedsvc.errors import ItemError
from feedsvc.model import MAIN_FEED, Item, Status, Tombstone
from feedsvc.store import schema, specs
from feedsvc.store.changes import FeedState, FileRow, Media
from feedsvc.store.questions import Lookup, Question
from feedsvc.store.rows import ItemRows, fit
from feedsvc.store.schema import LIVE, NAMED, entries, feeds, files, guids, items, media, slugs
from feedsvc.store.search import matches
from feedsvc.store.words import Term, terms_of

_INODE_WRAP = 1 << 64
_LAST_ID = (1 << 63) - 1
_STATES = Lookup(feeds.c.key, feeds)
_IDS = Lookup(guids.c.guid, guids.c.guid, guids.c.item_id)
_ITEMS = Lookup(items.c.id, items)
_REVISION = select(schema.revision.c.value)
_ALL = (1 << 63) - 1  #: as a limit
_TOMBSTONES = Question(
    select(items.c.guid, entries.c.left_at)
    .join(entries, entries.c.item_id == items.c.id)
    .where(entries.c.feed == bindparam("feed"), entries.c.left_at >= bindparam("since"))
    .order_by(entries.c.left_at.desc(), entries.c.item_id.desc())
    .limit(bindparam("most"))
)


def revision(conn: Connection) -> int:
    value = conn.execute(_REVISION).scalar_one_or_none()
    return value or 0


def _state(row: Mapping[Any, Any]) -> FeedState:
    return FeedState(
        key=row["key"],
        label=row["label"],
        revision=row["revision"],
        changed_at=row["changed_at"],
        count=row["count"],
        ended=row["ended_at"] is not None,
        guid=row["guid"],
        created_at=row["created_at"],
        pages=row["pages"],
        ends=row["ends_at"],
        noticed_at=row["noticed_at"],
        moved_to=row["label"] if row["kind"] in NAMED and row["label"] != row["key"] else None,
        private=specs.is_private(row["spec"]),
    )


def feed_state(conn: Connection, key: str) -> FeedState | None:
    if not fit(key):
        return None
    found = _STATES.mappings(conn, [key])
    return _state(found[0]) if found else None


def feed_states(conn: Connection, kind: Literal["feed", "tag", "author"]) -> list[FeedState]:
    rows = conn.execute(select(feeds).where(feeds.c.kind == kind).order_by(feeds.c.key))
    return [_state(row) for row in rows.mappings()]


def listing(
    conn: Connection, rows: ItemRows, key: str, *, limit: int, offset: int = 0
) -> list[Item]:
    if not fit(key):
        return []
    asked = select(entries.c.item_id, entries.c.sort_at).where(entries.c.feed == key, LIVE)
    return _newest(conn, rows, asked, limit, offset)


def _newest(
    conn: Connection, rows: ItemRows, asked: Select[tuple[int, datetime]], limit: int, offset: int
) -> list[Item]:
    """The items of the newest of these entries.

    Rows of items are long: they are fetched when it is settled which are wanted.
    """
    entry = entries.c
    wanted = (
        asked.order_by(entry.sort_at.desc(), entry.item_id.desc()).limit(limit).offset(offset)
    ).subquery("wanted")
    whole = (
        select(items)
        .join(wanted, wanted.c.item_id == items.c.id)
        .order_by(wanted.c.sort_at.desc(), wanted.c.item_id.desc())
    )
    return [rows.item(row) for row in conn.execute(whole).mappings()]


def tombstones(
    conn: Connection, key: str, *, since: datetime, limit: int | None = None
) -> list[Tombstone]:
    if not fit(key):
        return []
    found = _TOMBSTONES.rows(conn, feed=key, since=since, most=_ALL if limit is None else limit)
    return [Tombstone(guid, left_at.replace(microsecond=0)) for guid, left_at in found]


def search(
    conn: Connection, rows: ItemRows, query: str, *, limit: int, offset: int = 0
) -> list[Item]:
    terms = terms_of(query)
    return _newest(conn, rows, _hits(conn, terms), limit, offset) if terms else []


def found(conn: Connection, query: str, *, limit: int) -> list[tuple[int, int]]:
    terms = terms_of(query)
    if not terms:
        return []
    entry = entries.c
    asked = _hits(conn, terms).order_by(entry.sort_at.desc(), entry.item_id.desc()).limit(limit)
    ids = [row.item_id for row in conn.execute(asked)]
    wanted = select(items.c.id, items.c.revision).where(items.c.id.in_(ids))
    revisions = {row.id: row.revision for row in conn.execute(wanted)}
    return [(row_id, revisions[row_id]) for row_id in ids]


def _hits(conn: Connection, terms: Sequence[Term]) -> Select[tuple[int, datetime]]:
    asked = select(entries.c.item_id, entries.c.sort_at).where(entries.c.feed == MAIN_FEED, LIVE)
    main = feed_state(conn, MAIN_FEED)
    if main is not None and main.private:  # a search is public
        return asked.where(false())
    return asked.where(matches(conn, terms, entries.c.item_id))


def item(
    conn: Connection, rows: ItemRows, *, guid: str | None, slug: str | None, url: str | None
) -> Item | None:
    if not fit(guid or slug or url or ""):
        return None
    asked: Select[Any] = select(items)
    if guid is not None:
        asked = asked.join(guids, guids.c.item_id == items.c.id).where(guids.c.guid == guid)
    elif slug is not None:
        asked = asked.join(slugs, slugs.c.item_id == items.c.id).where(slugs.c.slug == slug)
    else:
        asked = asked.where(items.c.url == rows.kept_url(url or "")).order_by(items.c.id).limit(1)
    row = conn.execute(asked).mappings().one_or_none()
    return None if row is None else rows.item(row)


def items_of(conn: Connection, rows: ItemRows, names: Iterable[str]) -> dict[str, Item]:
    known = _IDS.rows(conn, [name for name in names if fit(name)])
    ids = sorted({row_id for _, row_id in known})
    found = {row["id"]: rows.item(row) for row in _ITEMS.mappings(conn, ids)}
    return {name: found[row_id] for name, row_id in known if row_id in found}


def page(
    conn: Connection,
    rows: ItemRows,
    *,
    feed: str | None,
    status: Status | None,
    search: str | None,
    cursor: str | None,
    limit: int,
) -> tuple[list[Item], str | None]:
    asked = select(items)
    if not fit(feed or ""):
        return [], None
    if feed is not None:
        asked = asked.join(entries, entries.c.item_id == items.c.id)
        asked = asked.where(entries.c.feed == feed, LIVE)
    # The entry's own time is that of the index which lists a feed.
    sort_at, row_id = (
        (items.c.sort_at, items.c.id) if feed is None else (entries.c.sort_at, entries.c.item_id)
    )
    if status is not None:
        asked = asked.where(items.c.status == str(status))
    if search is not None and search.strip():
        terms = terms_of(search)
        if not terms:
            return [], None
        asked = asked.where(matches(conn, terms, row_id))
    if cursor is not None:
        last_at, last_id = _place(cursor)
        last = tuple_(literal(last_at, schema.Instant()), literal(last_id, schema.Id))
        asked = asked.where(tuple_(sort_at, row_id) < last)
    asked = asked.order_by(sort_at.desc(), row_id.desc()).limit(limit + 1)
    got = conn.execute(asked).mappings().all()
    shown = got[:limit]
    more = _cursor(shown[-1]) if len(got) > limit and shown else None
    return [rows.item(row) for row in shown], more


def _cursor(row: Any) -> str:
    return f"{schema.microseconds(row['sort_at'])}.{row['id']}"


def _place(cursor: str) -> tuple[datetime, int]:
    try:
        sort_at, row_id = (int(part) for part in cursor.split("."))
        if row_id > _LAST_ID:
            raise ValueError(row_id)
        return schema.moment(sort_at), row_id
    except (ValueError, OverflowError):
        raise ItemError("not a cursor of this list", where="cursor") from None


def count(conn: Connection, status: Status | None) -> int:
    asked = select(func.count()).select_from(items)
    if status is not None:
        asked = asked.where(items.c.status == str(status))
    return conn.execute(asked).scalar_one()


def next_due(conn: Connection) -> datetime | None:
    changing = select(func.min(items.c.due_at)).where(items.c.due_at.is_not(None))
    entering = select(func.min(entries.c.enters_at)).where(entries.c.enters_at.is_not(None))
    ending = select(func.min(feeds.c.ends_at)).where(
        feeds.c.ends_at.is_not(None), feeds.c.ended_at.is_(None)
    )
    times = [conn.execute(asked).scalar_one_or_none() for asked in (changing, entering, ending)]
    return min((time for time in times if time is not None), default=None)


def file_row(row: Row[Any]) -> FileRow:
    inode = row.inode + _INODE_WRAP if row.inode < 0 else row.inode
    return FileRow(
        row.path, row.size, row.mtime_ns, inode, row.digest, row.guid, row.error, row.line
    )


def all_files(conn: Connection) -> dict[str, FileRow]:
    return {row.path: file_row(row) for row in conn.execute(select(files))}


def some_files(conn: Connection, paths: Sequence[str]) -> dict[str, FileRow]:
    asked = select(files).where(files.c.path.in_(paths))
    return {row.path: file_row(row) for row in conn.execute(asked)}


def stored_inode(inode: int) -> int:
    """An inode number as a signed 64-bit integer, which is what databases take."""
    return inode - _INODE_WRAP if inode >= _INODE_WRAP // 2 else inode


def media_of(conn: Connection, slug: str, name: str) -> Media | None:
    if not fit(slug + name):
        return None
    asked = (
        select(media)
        .join(slugs, slugs.c.item_id == media.c.item_id)
        .join(items, items.c.id == media.c.item_id)
        .where(slugs.c.slug == slug, media.c.name == name)
        .where(items.c.status == str(Status.PUBLISHED))
    )
    row = conn.execute(asked).one_or_none()
    return None if row is None else media_row(row)


def media_row(row: Row[Any]) -> Media:
    return Media(row.name, row.path, row.type, row.length, row.duration)
