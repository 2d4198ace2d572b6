"""Who is polled: sources declared, made, changed and ended.

Whoever writes one holds the lock of all who write items, and takes its lease away: a poll that is
under way reckons with what was before, so what comes of it is not taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select, update

from feedsvc.errors import Conflict, NotFound
from feedsvc.formats.clean import without_user
from feedsvc.store import schema, source_rows
from feedsvc.store.rows import fit
from feedsvc.store.schema import items, records, sources
from feedsvc.store.sources import DECLARED, SourceRow, SourceSpec, SourceState, origins_of
from feedsvc.store.statements import insert

_COUNTED = ("own", "apart", "waiting")
_COLUMNS = select(sources)


def lock(conn: Connection) -> None:
    """Wait for whoever writes items, sources or records; on SQLite a writer is alone anyway.

    Polls that bring nothing alone do without. They lock rows of sources in the order of their
    numbers, as whoever locks several does, so that nobody waits for one who waits for them.
    """
    conn.execute(select(schema.revision.c.value).with_for_update())


def all_sources(conn: Connection) -> list[SourceRow]:
    """All sources, those that have ended last, by name."""
    counts = _counts(conn)
    found = [
        source_rows.source_row(row, *counts.get(row["id"], (0, 0)))
        for row in conn.execute(_COLUMNS).mappings()
    ]
    return sorted(found, key=_order)


def _order(row: SourceRow) -> tuple[bool, str, int]:
    return (row.state.status == "ended", _called(row).casefold(), row.id)


def _called(row: SourceRow) -> str:
    return row.spec.name or row.state.title or row.spec.url


def source(conn: Connection, *, id: int | None, url: str | None) -> SourceRow | None:  # noqa: A002
    row = _row(conn, id) if id is not None else _row_of(conn, url or "")
    if row is None:
        return None
    return source_rows.source_row(row, *_counts(conn, row["id"]).get(row["id"], (0, 0)))


def some(conn: Connection, ids: Iterable[int]) -> dict[int, SourceRow]:
    """Sources by their numbers, not counted."""
    found = conn.execute(_COLUMNS.where(sources.c.id.in_(set(ids)))).mappings()
    return {row["id"]: source_rows.source_row(row) for row in found}


def _counts(conn: Connection, source_id: int | None = None) -> dict[int, tuple[int, int]]:
    """How many items each source has, and how many records wait."""
    state = records.c.state
    asked = select(records.c.source_id, state, func.count())
    if source_id is not None:
        asked = asked.where(records.c.source_id == source_id)
    found: dict[int, tuple[int, int]] = {}
    grouped = asked.where(state.in_(_COUNTED)).group_by(records.c.source_id, state)
    for number, word, count in conn.execute(grouped):
        items, waiting = found.get(number, (0, 0))
        is_waiting = word == "waiting"
        found[number] = (items + (not is_waiting) * count, waiting + is_waiting * count)
    return found


def _row(conn: Connection, source_id: int) -> RowMapping | None:
    return conn.execute(_COLUMNS.where(sources.c.id == source_id)).mappings().one_or_none()


def _row_of(conn: Connection, url: str) -> RowMapping | None:
    if not fit(url):
        return None
    return conn.execute(_COLUMNS.where(sources.c.url == url)).mappings().one_or_none()


def is_declared(conn: Connection, specs: Sequence[SourceSpec]) -> bool:
    """Whether just these are the configuration's."""
    known = {row["url"]: row for row in conn.execute(_COLUMNS).mappings()}
    wanted = {spec.url: spec for spec in specs}
    live = {url for url, row in known.items() if _is_declared(row) and row["status"] != "ended"}
    return live == wanted.keys() and all(
        known[url]["spec"] == source_rows.written_spec(spec) for url, spec in wanted.items()
    )


def declare(conn: Connection, specs: Sequence[SourceSpec], now: datetime) -> None:
    lock(conn)
    all_rows = _COLUMNS.order_by(sources.c.id).with_for_update()
    known = {row["url"]: row for row in conn.execute(all_rows).mappings()}
    wanted = {spec.url: spec for spec in specs}
    for url, row in known.items():
        if _is_declared(row) and url not in wanted and row["status"] != "ended":
            _write(conn, row["id"], status="ended", next_poll_at=None)
    fresh = []
    for url, spec in wanted.items():
        if url not in known:
            fresh.append(spec)
        elif not _is_just_so(known[url], spec):
            _redeclare(conn, known[url], spec, now)
    _add(conn, fresh, DECLARED, SourceState(next_poll_at=now), now)


def _is_declared(row: Mapping[Any, Any]) -> bool:
    return bool(row["origin"] == DECLARED)


def _is_just_so(row: Mapping[Any, Any], spec: SourceSpec) -> bool:
    is_live = _is_declared(row) and row["status"] != "ended"
    return is_live and row["spec"] == source_rows.written_spec(spec)


def _redeclare(conn: Connection, row: Mapping[Any, Any], spec: SourceSpec, now: datetime) -> None:
    changed: dict[str, Any] = {"spec": source_rows.written_spec(spec), "origin": DECLARED}
    if row["status"] == "ended":
        status = "new" if row["last_success_at"] is None else "ok"
        changed |= {"status": status, "next_poll_at": now, "failures": 0, "last_error": None}
    _write(conn, row["id"], **(_sooner(row, spec, now) | changed))


def _sooner(row: Mapping[Any, Any], spec: SourceSpec, now: datetime) -> dict[str, Any]:
    """When a source in good order is polled that is to be polled more often from now on."""
    due = row["next_poll_at"]
    if row["status"] != "ok" or due is None or due <= now + spec.every:
        return {}
    return {"next_poll_at": now + spec.every}


def make(
    conn: Connection, spec: SourceSpec, origin: str, state: SourceState, now: datetime
) -> SourceRow:
    lock(conn)
    if state.status == "new" and state.next_poll_at is None:
        state = replace(state, next_poll_at=now)
    text = source_rows.written_spec(spec)
    row = _row_of(conn, spec.url)
    if row is None:
        _add(conn, [spec], origin, state, now)
    elif row["status"] != "ended":
        raise Conflict(
            f"there is a source {without_user(spec.url)} already: change it, or end it first"
        )
    else:
        since = [at for at in (row["kept_since"], state.kept_since) if at is not None]
        state = replace(state, kept_since=max(since, default=None))
        _write(conn, row["id"], spec=text, origin=origin, **_state(spec, state))
    made = source(conn, id=None, url=spec.url)
    assert made is not None  # noqa: S101
    return made


def change(
    conn: Connection, source_id: int, spec: SourceSpec, origin: str, now: datetime | None
) -> None:
    lock(conn)
    row = _changeable(conn, source_id)
    text = source_rows.written_spec(spec)
    other = _row_of(conn, spec.url)
    if other is not None and other["id"] != source_id:
        raise Conflict(f"there is another source {without_user(spec.url)}: end this one instead")
    where = source_rows.host_of(row["fetch_url"] or spec.url)
    changed: dict[str, Any] = {"url": spec.url, "host": where, "spec": text, "origin": origin}
    if spec.url != row["url"]:
        changed |= {"fetch_url": "", "host": source_rows.host_of(spec.url)}
        changed |= {"etag": None, "last_modified": None, "validators_of": None, "digest": None}
        # Its items stay its own: what has another origin has been changed by somebody here.
        for before, after in zip(origins_of(row["url"]), origins_of(spec.url), strict=True):
            conn.execute(update(items).where(items.c.origin == before).values(origin=after))
    sooner = _sooner(row, spec, now) if now is not None else {}
    _write(conn, source_id, **(sooner | changed))


def end(conn: Connection, source_id: int) -> None:
    lock(conn)
    _changeable(conn, source_id)
    _write(conn, source_id, status="ended", next_poll_at=None)


def put_state(conn: Connection, source_id: int, state: SourceState) -> None:
    lock(conn)
    row = _row(conn, source_id)
    if row is None:
        raise NotFound(f"there is no source {source_id}")
    _write(conn, source_id, **_state(SourceSpec(row["url"]), state))


def _changeable(conn: Connection, source_id: int) -> RowMapping:
    row = _row(conn, source_id)
    if row is None or row["status"] == "ended":
        raise NotFound(f"there is no source {source_id}")
    if _is_declared(row):
        url = without_user(row["url"])
        raise Conflict(f"the source {url} is declared in {DECLARED}: change it there")
    return row


def _add(
    conn: Connection,
    specs: Sequence[SourceSpec],
    origin: str,
    state: SourceState,
    now: datetime,
) -> None:
    last: int = conn.execute(select(func.max(sources.c.id))).scalar() or 0
    rows = [
        {
            "id": number,
            "url": spec.url,
            "spec": source_rows.written_spec(spec),
            "origin": origin,
            "created_at": now,
            **_state(spec, state),
        }
        for number, spec in enumerate(specs, last + 1)
    ]
    insert(conn, sources, rows)


def _state(spec: SourceSpec, state: SourceState) -> dict[str, Any]:
    host = source_rows.host_of(state.fetch_url or spec.url)
    return {"host": host, **source_rows.state_row(state)}


def _write(conn: Connection, source_id: int, **changed: Any) -> None:
    free = {"lease": None, "leased_until": None}
    conn.execute(update(sources).where(sources.c.id == source_id).values(changed | free))


def release(conn: Connection, source_ids: Iterable[int]) -> None:
    """Take the leases of these sources away, since what their polls reckon with has changed."""
    these = sources.c.id.in_(set(source_ids))
    conn.execute(select(sources.c.id).where(these).order_by(sources.c.id).with_for_update())
    held = update(sources).where(these)
    conn.execute(held.values(lease=None, leased_until=None))
