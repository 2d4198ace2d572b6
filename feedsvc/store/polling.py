"""What polls bring: items, records and the states of sources, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection, select

from feedsvc.store import applying, records, source_rows, sourcing
from feedsvc.store.changes import Change, Outcome
from feedsvc.store.columns import microseconds
from feedsvc.store.pending import chunks
from feedsvc.store.rows import ItemRows
from feedsvc.store.schema import sources
from feedsvc.store.seconds import Crowds
from feedsvc.store.sources import ForgetRecord, Imported, KeepRecord, Record
from feedsvc.store.statements import send

_KEPT_SINCE = source_rows.STATE.index("kept_since")
_HELD = select(sources.c.id, sources.c.lease, sources.c.url, sources.c.kept_since)


def import_polls(
    conn: Connection, rows: ItemRows, polls: Sequence[Imported], now: datetime
) -> list[list[Outcome] | None]:
    """Keep what these polls bring; None for one whose lease is another's by now."""
    if any(poll.changes or poll.records for poll in polls):
        sourcing.lock(conn)  # first of all, as whoever writes items does
    held = _held(conn, polls)
    taken: dict[int, Imported] = {}
    for place, poll in enumerate(polls):
        if poll.source_id in held and held[poll.source_id][0] == poll.lease:
            taken[place] = poll
            held[poll.source_id] = ("", *held[poll.source_id][1:])  # a lease is good for one poll
    outcomes = _apply(conn, rows, taken, now)
    _write_records(conn, rows, taken, outcomes)
    _write_states(conn, [_read_again(poll, outcomes[p]) for p, poll in taken.items()], held)
    return [outcomes.get(place) for place in range(len(polls))]


#: Of a source: its lease, its address, and since when its items are kept.
_Held = tuple[str | None, str, datetime | None]


def _held(conn: Connection, polls: Sequence[Imported]) -> dict[int, _Held]:
    """Whose these sources are. Their rows are locked, in the order of their numbers."""
    found: dict[int, _Held] = {}
    for ids in chunks(sorted({poll.source_id for poll in polls})):
        asked = _HELD.where(sources.c.id.in_(ids)).order_by(sources.c.id).with_for_update()
        found |= {row[0]: (row[1], row[2], row[3]) for row in conn.execute(asked)}
    return found


def _apply(
    conn: Connection, rows: ItemRows, polls: Mapping[int, Imported], now: datetime
) -> dict[int, list[Outcome]]:
    """The outcomes of the polls' changes, by place."""
    changes: list[Change] = [change for poll in polls.values() for change in poll.changes]
    found = iter(applying.apply(conn, rows, Crowds(), changes, now) if changes else ())
    return {place: [next(found) for _ in poll.changes] for place, poll in polls.items()}


def _write_records(
    conn: Connection,
    rows: ItemRows,
    polls: Mapping[int, Imported],
    outcomes: Mapping[int, list[Outcome]],
) -> None:
    forgotten, values = [], []
    for place, poll in polls.items():
        gone = _forgotten(poll, outcomes[place])
        forgotten += [(poll.source_id, source_rows.key_of(guid)) for guid in gone]
        kept = _settled(poll, outcomes[place])
        values += [source_rows.record_values(rows, poll.source_id, *one) for one in kept]
    records.forget(conn, forgotten)
    records.write(conn, values)


def _forgotten(poll: Imported, outcomes: Sequence[Outcome]) -> Iterator[str]:
    """The guids of records that go. One that stands before a conflict stays as well: it may be the
    same entry's under another guid, which nobody would know by it any more."""
    for one, after in zip_longest(poll.records, poll.records[1:]):
        if isinstance(one, ForgetRecord) and not _is_left(after, outcomes):
            yield one.guid


def _is_left(keep: object, outcomes: Sequence[Outcome]) -> bool:
    if not isinstance(keep, KeepRecord) or keep.change is None:
        return False
    return outcomes[keep.change].kind == "conflict"


def _settled(
    poll: Imported, outcomes: Sequence[Outcome]
) -> Iterator[tuple[Record] | tuple[Record, str]]:
    """The records as the outcomes of their changes make them, with their items where these do."""
    for keep in poll.records:
        if not isinstance(keep, KeepRecord):
            continue
        if keep.change is None:
            yield (keep.record,)
            continue
        outcome = outcomes[keep.change]
        if outcome.kind == "refused":
            why = outcome.reason or ""
            yield (replace(keep.record, state="refused", why=why, kept=None, out_at=None),)
        elif outcome.kind != "conflict":
            yield keep.record, outcome.guid or ""


def _read_again(poll: Imported, outcomes: Sequence[Outcome]) -> Imported:
    """The poll; after a conflict without what would let its body pass for taken next time."""
    if all(outcome.kind != "conflict" for outcome in outcomes):
        return poll
    return replace(poll, state=replace(poll.state, digest=None, unread=True))


def _write_states(conn: Connection, polls: Sequence[Imported], held: Mapping[int, _Held]) -> None:
    values = [_values(poll, *held[poll.source_id][1:]) for poll in polls]
    send(conn, _moving("?" if conn.dialect.name == "sqlite" else "%s"), values)


def _values(poll: Imported, url: str, kept_since: datetime | None) -> tuple[Any, ...]:
    values = source_rows.state_values(poll.state)
    if kept_since is not None:  # it only ever moves on
        since = max(microseconds(kept_since), values[_KEPT_SINCE] or 0)
        values = (*values[:_KEPT_SINCE], since, *values[_KEPT_SINCE + 1 :])
    return (*values, source_rows.host_of(poll.state.fetch_url or url), poll.source_id)


@cache
def _moving(mark: str) -> str:
    new = ", ".join(f"{name} = {mark}" for name in (*source_rows.STATE, "host"))
    return (
        f"UPDATE sources SET {new}, lease = NULL, leased_until = NULL"  # noqa: S608  # our names
        f" WHERE id = {mark}"
    )
