"""A story that several sources carry, taken apart: one of them gets an item of its own again.

Somebody wants that, or the item that tells the story leaves for good: what credited it stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from feedsvc.errors import Conflict, NotFound
from feedsvc.model import Item, Source, Status
from feedsvc.store import applying, records, source_rows, sourcing
from feedsvc.store.changes import Outcome, Put
from feedsvc.store.reads import items_of
from feedsvc.store.rows import ItemRows
from feedsvc.store.seconds import Crowds
from feedsvc.store.sources import Record, SourceRow, origins_of


def take_apart(
    conn: Connection, rows: ItemRows, source_id: int, guid: str, now: datetime
) -> Outcome:
    """Make an item of what only credits another one. Raises NotFound if nothing does so, Conflict
    if what it would be made of is not kept."""
    sourcing.lock(conn)
    sourcing.release(conn, [source_id])
    source = sourcing.some(conn, [source_id]).get(source_id)
    record = records.one(conn, rows, source_id, guid)
    if source is None or record is None or record.state != "credit":
        raise NotFound(f"nothing of this source goes with another item under the id {guid}")
    if record.kept is None:
        raise Conflict(f"what {guid} says is not kept: it can be taken apart after the next poll")
    changes = [Put(_own(conn, rows, source, record, record.kept), media=None, expected_revision=0)]
    other = items_of(conn, rows, [record.item]).get(record.item)
    if other is not None and other.status is not Status.WITHDRAWN:
        others = _into_of_others(conn, rows, source_id, record)
        alone = _alone(other, record.kept, source.spec.into, others)
        changes.append(Put(alone, replaces=other.guid, media=None))
    outcome, *_ = applying.apply(conn, rows, Crowds(), changes, now)
    if outcome.kind == "added":
        told = replace(record, state="apart", item=outcome.guid or "", kept=None, why="")
        records.keep(conn, rows, [(source_id, told)])
    return outcome


def _own(conn: Connection, rows: ItemRows, source: SourceRow, record: Record, kept: Item) -> Item:
    """The entry as an item of its own: under a new guid if its own is taken, as that of the other
    item may well be."""
    credit = kept.source or Source(feed_url=source.spec.url)
    guid = kept.guid
    if guid and items_of(conn, rows, [guid]):
        credit, guid = replace(credit, guid=credit.guid or record.guid), ""
    into = source.spec.into
    return replace(
        kept,
        guid=guid,
        slug="",
        aliases=(),
        via=(),
        source=credit,
        feeds=(into,) if into else (),
        status=Status.PUBLISHED,
        origin=origins_of(source.spec.url)[0],
    )


def _alone(other: Item, kept: Item, into: str | None, others: Iterable[str | None]) -> Item:
    """The other item without this credit, and out of the feed that it was in for its sake."""
    here = _links(kept)
    via = tuple(one for one in other.via if one.url not in here)
    feeds = other.feeds
    if into is not None and into not in set(others) and feeds != (into,):
        feeds = tuple(name for name in feeds if name != into)
    return replace(other, via=via, feeds=feeds)


def _into_of_others(
    conn: Connection, rows: ItemRows, source_id: int, record: Record
) -> list[str | None]:
    """The feeds of the other sources that carry the story."""
    told = records.stories(conn, rows, (), (), [record.item])
    theirs = {number for number, _ in told if number != source_id}
    return [source.spec.into for source in sourcing.some(conn, theirs).values()]


def _links(kept: Item) -> set[str | None]:
    """Where a credit for this entry may lead."""
    source = kept.source or Source()
    return {kept.url, source.url, source.feed_url, *(via.url for via in kept.via)}


def crediting(conn: Connection, rows: ItemRows, names: Collection[str]) -> list[tuple[int, Record]]:
    """The records that credit the items of these guids, each with the number of its source."""
    told = records.stories(conn, rows, (), (), names) if names else []
    return [(number, record) for number, record in told if record.state == "credit"]


def pass_on(
    conn: Connection,
    rows: ItemRows,
    other: Item,
    credits_: Sequence[tuple[int, Record]],
    now: datetime,
) -> None:
    """Let what credited ``other``, which has left, stand alone: in each feed the entry that was
    there first becomes an item, and the others credit that.

    What can't, as its source is looked at first by now, is forgotten: the next poll takes it as
    new.
    """
    theirs = sourcing.some(conn, {number for number, _ in credits_})
    groups: dict[str | None, list[tuple[SourceRow, Record, Item]]] = {}
    for number, record in sorted(credits_, key=lambda one: (one[1].first_at, one[0])):
        source = theirs[number]
        if record.kept is not None and source.spec.trust == "publish":
            groups.setdefault(source.spec.into, []).append((source, record, record.kept))
    done = set()
    for (source, record, kept), *rest in groups.values():
        links = {link for *_, one in rest for link in _links(one)} - _links(kept)
        own = _own(conn, rows, source, record, kept)
        own = replace(own, via=tuple(via for via in other.via if via.url in links))
        (outcome,) = applying.apply(conn, rows, Crowds(), [Put(own, media=None)], now)
        if outcome.kind != "added" or outcome.guid is None:
            continue
        heir = replace(record, state="apart", item=outcome.guid, kept=None, why="")
        told = [(source.id, heir)]
        told += [(its.id, replace(one, item=outcome.guid)) for its, one, _ in rest]
        records.keep(conn, rows, told)
        done |= {(number, one.guid) for number, one in told}
    left = [(number, one.guid) for number, one in credits_ if (number, one.guid) not in done]
    records.forget(conn, [(number, source_rows.key_of(guid)) for number, guid in left])
