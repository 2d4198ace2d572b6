"""Foreign feeds for tests of the store: a desk at which they are polled, in short words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from store.desk import Desk, an_item

from feedsvc.model import Item
from feedsvc.store import (
    Change,
    ForgetRecord,
    Imported,
    KeepRecord,
    Outcome,
    Put,
    Record,
    SourceRow,
    SourceSpec,
    SourceState,
    Store,
    schema,
)

HOUR = timedelta(hours=1)
FEED = "https://one.example/feed"


def a_source(desk: Desk, url: str = FEED, **fields: Any) -> SourceRow:
    """A source that was made at the desk and is due."""
    return desk.store.make_source(SourceSpec(url, **fields), origin="cli", now=desk.now)


def the_source(store: Store, source: SourceRow | int) -> SourceRow:
    """The source as it is kept now."""
    found = store.source(id=source if isinstance(source, int) else source.id)
    assert found is not None
    return found


def claimed(desk: Desk, source: SourceRow) -> SourceRow:
    """The source with a lease of it."""
    desk.later(seconds=2)
    (row,) = desk.store.claim_sources(desk.now, limit=1, ids=[source.id])
    return row


def polled(desk: Desk) -> SourceState:
    """What a poll that went well leaves."""
    return SourceState("ok", next_poll_at=desk.now + HOUR, last_poll_at=desk.now)


def an_entry(source: SourceRow, guid: str, **fields: Any) -> Item:
    """An item as it comes from a source."""
    own = {"guid": f"urn:x:{guid}", "title": guid, "origin": f"source:{source.spec.url}"}
    return an_item(**(own | fields))


def a_record(desk: Desk, guid: str, state: Any = "own", **fields: Any) -> Record:
    return Record(guid, state, desk.now, desk.now, **fields)


def a_poll(
    desk: Desk,
    row: SourceRow,
    *changes: Change,
    records: tuple[KeepRecord | ForgetRecord, ...] = (),
    **fields: Any,
) -> Imported:
    """What a poll of a claimed source brings."""
    assert row.lease is not None
    return Imported(row.id, row.lease, fields.pop("state", polled(desk)), changes, records)


def bring(desk: Desk, source: SourceRow, *items: Item, **fields: Any) -> list[Outcome]:
    """Poll a source that has these new entries; records have the items' titles as guids."""
    row = claimed(desk, source)
    records = tuple(
        KeepRecord(a_record(desk, item.title, published=item.published, **fields), n)
        for n, item in enumerate(items)
    )
    poll = a_poll(desk, row, *(Put(item, media=None) for item in items), records=records)
    (outcomes,) = desk.store.import_polls([poll], desk.now)
    assert outcomes is not None
    return outcomes


def record(desk: Desk, source: SourceRow, guid: str) -> Record | None:
    found = desk.store.records(source.id, guids=[guid])
    return found[0] if found else None


def the_record(desk: Desk, source: SourceRow, guid: str) -> Record:
    """A record that must be there."""
    found = record(desk, source, guid)
    assert found is not None
    return found


def row_counts(store: Store) -> dict[str, int]:
    """How many rows each table has; of the search, how many items and how many of their words."""

    def count(conn: Any) -> dict[str, int]:
        found = {
            name: conn.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in schema.metadata.tables.items()
        }
        sqlite = conn.dialect.name == "sqlite"
        if sqlite:
            conn.exec_driver_sql(_VOCABULARY)
        items, words = conn.exec_driver_sql(_FTS if sqlite else _TSV).one()
        return found | {"search": items, "words": words}

    return store._database.read(count)


_VOCABULARY = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.said USING fts5vocab(main, search, instance)"
_FTS = "SELECT count(DISTINCT doc), count(*) FROM temp.said"
_TSV = "SELECT count(*), coalesce(sum(cardinality(tsvector_to_array(words))), 0) FROM search"
