"""Sources for tests of the doors: made by people, polled by nobody, brought what the test says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from web.harbour import NOW

from feedsvc.model import Item, Source, Status, Via
from feedsvc.service import Service
from feedsvc.store import (
    Imported,
    KeepRecord,
    Put,
    Record,
    SourceRow,
    SourceSpec,
    SourceState,
    record_key,
)

FEED = "https://news.example/feed"
#: A feed whose address has a password.
LOCKED = "https://me:secret@paid.example/feed"
#: The digest of what waits as a test has made it.
SEEN = "5ee" * 20


def made(service: Service, url: str = FEED, **fields: Any) -> SourceRow:
    """A source that somebody has made."""
    return service.sources.make(SourceSpec(url, **fields), origin="editor:ann")


def entry(source: SourceRow, name: str, **fields: Any) -> Item:
    """An item as a source brings it."""
    own = {
        "guid": f"urn:x:{name}",
        "title": f"Title of {name}",
        "content_html": f"<p>Words of {name}.</p>",
        "url": f"https://news.example/{name}",
        "published": NOW - timedelta(hours=1),
        "origin": f"source:{source.spec.url}",
        "source": Source("The News", "https://news.example/", "https://news.example/feed"),
    }
    return Item(**(own | fields))


def bring(
    service: Service, source: SourceRow, *items: Item, state: Any = "own", **fields: Any
) -> None:
    """A poll that has these new entries, one record each; its guid is the item's."""
    records = tuple(
        KeepRecord(told(service, item.guid, state, published=item.published, **fields), number)
        for number, item in enumerate(items)
    )
    write(service, source, *(Put(item, media=None) for item in items), records=records)


def told(service: Service, guid: str, state: Any, **fields: Any) -> Record:
    now = service.now()
    return Record(guid, state, now, now, **fields)


def write(
    service: Service,
    source: SourceRow,
    *changes: Put,
    records: tuple[KeepRecord, ...] = (),
    state: SourceState | None = None,
) -> None:
    """What one poll of a source brings."""
    now = service.now() + timedelta(seconds=2)
    (row,) = service.store.claim_sources(now, limit=1, ids=[source.id])
    assert row.lease
    polled = state or SourceState(
        "ok",
        title="The News",
        site_url="https://news.example/",
        next_poll_at=now + timedelta(hours=1),
        last_poll_at=now - timedelta(minutes=1),
        last_success_at=now,
    )
    (outcomes,) = service.store.import_polls(
        [Imported(row.id, row.lease, polled, changes, records)], now
    )
    assert outcomes is not None
    assert all(outcome.kind in {"added", "changed", "unchanged"} for outcome in outcomes), outcomes


def waits(
    service: Service,
    source: SourceRow,
    name: str,
    *,
    why: str = "",
    out_at: Any = None,
    digest: str = SEEN,
    **fields: Any,
) -> str:
    """A new entry that waits for a look, or what it says by now; gives its key."""
    item = entry(source, name, status=Status.REVIEW, **fields)
    told_of = {"item": item.guid, "why": why, "out_at": out_at, "digest": digest}
    bring(service, source, item, state="waiting", **told_of)
    return record_key(item.guid)


def changes(
    service: Service, source: SourceRow, name: str, *, digest: str = SEEN, **fields: Any
) -> str:
    """An item that is out, and a change of its source to it that waits; gives its key."""
    item = entry(source, name)
    bring(service, source, item, item=item.guid)
    kept = entry(source, name, **({"title": f"Title of {name}, mended"} | fields))
    why = "its source has changed it"
    record = told(service, item.guid, "waiting", item=item.guid, kept=kept, why=why, digest=digest)
    write(service, source, records=(KeepRecord(record),))
    return record_key(item.guid)


def crediting(service: Service, source: SourceRow, other: SourceRow, name: str) -> Item:
    """An item of ``source`` that credits an entry of ``other``, which has the guid NAME-too."""
    item = entry(source, name, via=(Via("https://other.example/too", "The Other"),))
    bring(service, source, item, item=item.guid)
    kept = entry(other, f"{name}-too", url="https://other.example/too")
    record = told(service, kept.guid, "credit", item=item.guid, kept=kept)
    write(service, other, records=(KeepRecord(record),))
    return item
