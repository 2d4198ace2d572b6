"""Whether what is kept hangs together: the file, the rows, and what was worked out from them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import Connection, and_, func, or_, select, tuple_

from feedsvc.store import made, schema, source_rows, versions
from feedsvc.store.pending import CHUNK
from feedsvc.store.rows import UNREADABLE, ItemRows
from feedsvc.store.schema import LIVE


def verify(conn: Connection, rows: ItemRows) -> list[str]:
    """Every fault that can be found, one sentence each."""
    faults = list(_file_faults(conn)) if conn.dialect.name == "sqlite" else []
    return faults or [
        *_item_faults(conn, rows),
        *_version_faults(conn, rows),
        *_made_faults(conn),
        *_source_faults(conn),
        *_record_faults(conn, rows),
        *_feed_faults(conn),
        *_archive_faults(conn),
    ]


def file_faults(conn: Connection) -> Iterator[str]:
    """What SQLite finds wrong with its file."""
    for found in conn.exec_driver_sql("PRAGMA integrity_check(10)").scalars():
        if found != "ok":
            yield " ".join(str(found).split())


def _file_faults(conn: Connection) -> Iterator[str]:
    yield from file_faults(conn)
    for row in conn.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"a row of {row[0]} belongs to nothing in {row[2]}"


def _item_faults(conn: Connection, rows: ItemRows) -> Iterator[str]:
    items, last = schema.items, 0
    while True:
        asked = select(items).where(items.c.id > last).order_by(items.c.id).limit(CHUNK)
        part = conn.execute(asked).mappings().all()
        uses = _uses(conn, last, part[-1]["id"]) if part else {}
        for row in part:
            last = row["id"]
            try:
                item = rows.strictly(row)
            except UNREADABLE as error:
                yield f"the item {row['guid']} can't be read ({error})"
                continue
            if rows.uploads(item) != uses.get(last, frozenset()):
                yield f"which uploads the item {item.guid} uses is noted wrongly"
        if len(part) < CHUNK:
            return


def _uses(conn: Connection, after: int, last: int) -> dict[int, set[str]]:
    """The uploads that items use, by row number, as it is noted."""
    uses = schema.upload_uses.c
    found: dict[int, set[str]] = {}
    asked = select(uses.item_id, uses.upload_id).where(
        uses.item_id.between(after + 1, last), uses.left_at.is_(None)
    )
    for row_id, upload_id in conn.execute(asked):
        found.setdefault(row_id, set()).add(upload_id)
    return found


def _version_faults(conn: Connection, rows: ItemRows) -> Iterator[str]:
    kept = schema.versions
    last = (0, 0)
    while True:
        asked = select(kept).where(tuple_(kept.c.item_id, kept.c.revision) > tuple_(*last))
        part = conn.execute(asked.order_by(kept.c.item_id, kept.c.revision).limit(CHUNK)).all()
        for row in part:
            last = (row.item_id, row.revision)
            try:
                versions.read(rows, row.item)
            except UNREADABLE as error:
                yield f"version {row.revision} of item {row.item_id} can't be read ({error})"
        if len(part) < CHUNK:
            return


def _made_faults(conn: Connection) -> Iterator[str]:
    for name, feed in made.all_made(conn).items():
        try:
            json.loads(feed.section)
        except ValueError as error:
            yield f"the made feed {name} can't be read ({error})"


def _source_faults(conn: Connection) -> Iterator[str]:
    for url, spec in conn.execute(select(schema.sources.c.url, schema.sources.c.spec)):
        try:
            source_rows.read_spec(url, spec)
        except UNREADABLE as error:
            yield f"what is wanted of the source {url} can't be read ({error})"


def _record_faults(conn: Connection, rows: ItemRows) -> Iterator[str]:
    column = schema.records.c
    place = (column.source_id, column.key)
    last: tuple[int, str] = (0, "")
    while True:
        asked = select(*place, column.guid, column.kept).where(tuple_(*place) > tuple_(*last))
        part = conn.execute(asked.order_by(*place).limit(CHUNK)).all()
        for row in part:
            last = (row.source_id, row.key)
            if row.key != source_rows.key_of(row.guid):
                yield f"the entry {row.guid} of source {row.source_id} has the key of another"
            try:
                if row.kept is not None:
                    versions.read(rows, row.kept)
            except UNREADABLE as error:
                whose = f"{row.guid} of source {row.source_id}"
                yield f"what is kept of {whose} can't be read ({error})"
        if len(part) < CHUNK:
            return


def _feed_faults(conn: Connection) -> Iterator[str]:
    live = (
        select(schema.entries.c.feed, func.count().label("live"))
        .where(LIVE)
        .group_by(schema.entries.c.feed)
        .subquery()
    )
    counted = func.coalesce(live.c.live, 0)
    asked = (
        select(schema.feeds.c.key, schema.feeds.c["count"], counted)
        .outerjoin(live, live.c.feed == schema.feeds.c.key)
        .where(schema.feeds.c["count"] != counted)
    )
    for key, kept, found in conn.execute(asked):
        yield f"the feed {key} counts {kept} entries and has {found}"


def _archive_faults(conn: Connection) -> Iterator[str]:
    """Pages that are missing, live entries that no page shows, and what stands in one wrongly."""
    feeds, pages, archived = schema.feeds, schema.pages, schema.archived
    last = (
        select(func.coalesce(func.max(pages.c.number), 0))
        .where(pages.c.feed == feeds.c.key)
        .scalar_subquery()
    )
    asked = select(feeds.c.key, feeds.c.pages, last).where(
        feeds.c.kind == "feed", feeds.c.pages != last
    )
    for key, kept, found in conn.execute(asked):
        yield f"the feed {key} counts {kept} archive pages and its last one is {found}"
    entries, items = schema.entries, schema.items
    its_own = and_(
        archived.c.feed == entries.c.feed,
        archived.c.number == entries.c.page,
        archived.c.item_id == entries.c.item_id,
    )
    lost = (
        select(entries.c.feed, items.c.guid)
        .join(feeds, feeds.c.key == entries.c.feed)
        .join(items, items.c.id == entries.c.item_id)
        .outerjoin(archived, its_own)
        .where(LIVE, feeds.c.kind == "feed", entries.c.page.is_not(None))
        .where(or_(archived.c.number.is_(None), archived.c.revision != items.c.revision))
    )
    for key, guid in conn.execute(lost):
        yield f"no archive page of the feed {key} shows the item {guid} as it is"
    place = and_(entries.c.feed == archived.c.feed, entries.c.item_id == archived.c.item_id)
    version = and_(
        schema.versions.c.item_id == archived.c.item_id,
        schema.versions.c.revision == archived.c.revision,
    )
    wrong = (
        select(archived.c.feed, archived.c.number, items.c.guid)
        .join(items, items.c.id == archived.c.item_id)
        .outerjoin(entries, and_(place, LIVE))
        .outerjoin(schema.versions, version)
        .where(
            or_(
                entries.c.item_id.is_(None),
                and_(items.c.revision != archived.c.revision, schema.versions.c.item.is_(None)),
            )
        )
    )
    for key, number, guid in conn.execute(wrong):
        yield f"page {number} of the feed {key} shows a version of {guid} that is not there"
