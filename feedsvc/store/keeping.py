"""How much is kept of a source: what is too much or too old leaves for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    update,
)

from feedsvc.store import apart, dropping, sourcing
from feedsvc.store.pending import chunks
from feedsvc.store.questions import Question
from feedsvc.store.records import forget
from feedsvc.store.rows import ItemRows
from feedsvc.store.schema import guids, items, records, sources
from feedsvc.store.statements import send

#: Of these a source's share is made up: an item each, or an entry that waits.
_OWNED = frozenset({"own", "apart", "waiting"})
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a record decides whether it stays."""

    key: str
    state: str
    item: str | None
    published: datetime | None
    first_at: datetime
    seen_at: datetime

    @property
    def date(self) -> datetime:
        """What it counts as: its own date, but never later than it was first seen."""
        return min(self.published or self.first_at, self.first_at)

    @property
    def owns(self) -> bool:
        """Whether it stands for an item of the source, a withdrawn one too."""
        return self.state in _OWNED or (self.state in {"dropped", "refused"} and bool(self.item))


@dataclass(frozen=True, slots=True)
class Leaving:
    """Which records, by their keys, are over with: their items are dropped, ``forgotten`` ones are
    deleted and the others kept as dropped. The source is kept since ``since`` then."""

    items: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    forgotten: tuple[str, ...] = ()
    since: datetime | None = None


def leaving(kept: Sequence[Kept], *, most: int, since: datetime, gone_before: datetime) -> Leaving:
    """What leaves a source of these records. Pure."""
    owned = sorted((one for one in kept if one.owns), key=_age)
    owned.reverse()
    stay = [one for one in owned[:most] if one.date >= since]
    going = owned[len(stay) :]
    credits_ = sorted(
        (one for one in kept if one.state == "credit"), key=lambda one: one.seen_at, reverse=True
    )
    idle = [one for one in kept if not one.owns and one.state != "credit"] + credits_[most:]
    unseen = [one for one in (*going, *idle) if one.seen_at < gone_before]
    return Leaving(
        items=tuple(one.item for one in going if one.item),
        dropped=tuple(one.key for one in going if one.seen_at >= gone_before),
        forgotten=tuple(one.key for one in unseen),
        since=_since(stay, going),
    )


def _age(one: Kept) -> tuple[datetime, datetime, str]:
    return one.date, one.first_at, one.key


def _since(stay: Sequence[Kept], going: Sequence[Kept]) -> datetime | None:
    """What is not younger than this is not taken again: the newest that leaves, unless one of the
    same date stays."""
    if not going:
        return None
    if stay and stay[-1].date <= going[0].date:
        return stay[-1].date - _INSTANT
    return going[0].date


def _shares() -> Select[Any]:
    """How many records of a source own an item, how many credit one, and how many are too old."""
    column = records.c
    since: BindParameter[datetime] = bindparam("since")
    gone_before: BindParameter[datetime] = bindparam("gone_before")
    may_own = column.item.is_not(None) & _is_one_of("dropped", "refused")
    owned = _is_one_of(*sorted(_OWNED)) | may_own
    credit = _is_one_of("credit")
    old = owned & ((column.published < since) | (column.first_at < since))
    idle = ~owned & ~credit & (column.seen_at < gone_before)
    counted: list[Any] = [func.count().filter(which) for which in (owned, credit, old | idle)]
    return select(*counted).where(column.source_id == bindparam("source_id"))


def _is_one_of(*states: str) -> ColumnElement[bool]:
    """Spelled out, since a question that is made once has no place for a list."""
    return or_(*(records.c.state == literal_column(f"'{state}'") for state in states))


#: After each poll that has added something.
_SHARES = Question(_shares())


def is_too_much(
    conn: Connection, source_id: int, *, most: int, since: datetime, gone_before: datetime
) -> bool:
    """Whether anything leaves. The database tells first, at a tenth of the cost, if it may."""
    asked = {"source_id": source_id, "since": since, "gone_before": gone_before}
    ((*shares, over),) = _SHARES.rows(conn, **asked)
    if max(shares) <= most and not over:
        return False
    going = leaving(load(conn, source_id), most=most, since=since, gone_before=gone_before)
    return going != Leaving()


def keep(
    conn: Connection,
    rows: ItemRows,
    source_id: int,
    *,
    most: int,
    since: datetime,
    gone_before: datetime,
    now: datetime,
) -> int:
    """Let leave what is too much; how many items have."""
    sourcing.lock(conn)
    going = leaving(load(conn, source_id), most=most, since=since, gone_before=gone_before)
    theirs = {number for number, _ in apart.crediting(conn, rows, going.items)}
    its = sources.c.id.in_({source_id, *theirs})
    locked = select(sources.c.id, sources.c.kept_since).where(its).order_by(sources.c.id)
    row = {one.id: one for one in conn.execute(locked.with_for_update())}.get(source_id)
    if row is None:
        return 0
    dropped = dropping.drop(conn, rows, _foreign(conn, going.items), now, since=since)
    _drop_records(conn, [(source_id, key) for key in going.dropped])
    forget(conn, [(source_id, key) for key in going.forgotten])
    if going.since is not None:
        moved = max(going.since, row.kept_since or going.since)
        conn.execute(update(sources).where(sources.c.id == source_id).values(kept_since=moved))
    return dropped


def load(conn: Connection, source_id: int) -> list[Kept]:
    """What is known of a source's entries, as far as it decides on their staying."""
    column = records.c
    asked = select(
        column.key, column.state, column.item, column.published, column.first_at, column.seen_at
    ).where(column.source_id == source_id)
    return [Kept(*row) for row in conn.execute(asked)]


def _foreign(conn: Connection, names: Sequence[str]) -> list[str]:
    """Those of these guids whose items come from a source still: others are somebody's here."""
    found: list[str] = []
    for some in chunks(list(names)):
        asked = select(guids.c.guid).join(items, items.c.id == guids.c.item_id)
        its = asked.where(guids.c.guid.in_(some), items.c.origin.like("source:%"))
        found += conn.execute(its).scalars()
    return found


def _drop_records(conn: Connection, keys: Sequence[tuple[int, str]]) -> None:
    """Keep of these records that their entries are not wanted."""
    mark = "?" if conn.dialect.name == "sqlite" else "%s"
    sql = (
        "UPDATE records SET state = 'dropped', item = NULL, kept = NULL, out_at = NULL,"  # noqa: S608
        f" why = {mark} WHERE source_id = {mark} AND key = {mark}"
    )
    send(conn, sql, [(dropping.TOO_MUCH, *key) for key in keys])
