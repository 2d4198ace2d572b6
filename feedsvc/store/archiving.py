"""Archive pages written: made at the end of a write, and items that leave a feed taken out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    bindparam,
    case,
    func,
    select,
    text,
    true,
    tuple_,
    update,
)

from feedsvc.store.changes import FeedSpec
from feedsvc.store.questions import Question
from feedsvc.store.schema import (
    LIVE,
    OPEN,
    Id,
    Instant,
    archived,
    entries,
    feeds,
    items,
    pages,
)
from feedsvc.store.sealing import Measure, Open, Place, cut, sealed
from feedsvc.store.statements import insert_values
from feedsvc.store.times import later

#: Open entries that are looked at in one go, if that is many times a page.
_MANY = 4000


_OF_FEED = entries.c.feed == bindparam("its_feed")
_NEWEST_FIRST = (entries.c.sort_at.desc(), entries.c.item_id.desc())


def _look() -> Select[Any]:
    """What tells whether a feed has anything to seal, in one question at the end of every write.

    How many entries are ``open``, up to one more than ``size``, and their ``weight``; how many of
    the newest ``size`` of the feed are among them (``near``); the ``page`` and weight of the
    ``newest`` of all.
    """
    entry = entries.c
    weight = func.coalesce(func.sum(items.c.weight), 0)
    # Without the order SQLite would count all that is in the feed.
    some = select(entry.item_id).where(_OF_FEED, OPEN).order_by(*_NEWEST_FIRST)
    few = some.limit(bindparam("size") + 1).subquery("anon_few")
    opened = select(func.count().label("open"), weight.label("weight")).select_from(few)
    opened = opened.join(items, items.c.id == few.c.item_id)
    by_age = select(entry.page).where(_OF_FEED, LIVE).order_by(*_NEWEST_FIRST)
    window = by_age.limit(bindparam("size")).subquery("anon_window")
    near = select(func.count()).where(window.c.page.is_(None)).scalar_subquery()
    newest = by_age.add_columns(items.c.weight.label("newest"))
    newest = newest.join(items, items.c.id == entry.item_id).limit(1)
    all_open, top = opened.subquery("anon_open"), newest.subquery("anon_newest")
    # So few may be anywhere: it need not be known where.
    place = case((all_open.c.open > bindparam("half"), near), else_=all_open.c.open).label("near")
    found = select(all_open.c.open, all_open.c.weight, place, top.c.page, top.c.newest)
    return found.select_from(all_open.join(top, true()))


def _told() -> Select[Any]:
    """What is told of an entry: see ``_open``."""
    entry = entries.c
    told = (entry.item_id, entry.sort_at, items.c.weight, items.c.revision, entry.revision)
    return select(*told).join(items, items.c.id == entry.item_id).where(_OF_FEED)


_LOOK = Question(_look())
_PLACE = (entries.c.sort_at, entries.c.item_id)
_OLDEST_OPEN = _told().where(OPEN).order_by(*_PLACE).limit(bindparam("most"))
_OPEN = Question(_OLDEST_OPEN)
_OPEN_AFTER = Question(
    _OLDEST_OPEN.where(
        tuple_(*_PLACE)
        > tuple_(bindparam("after_at", type_=Instant), bindparam("after_id", type_=Id))
    )
)
_NEWEST = Question(_told().where(LIVE).order_by(*_NEWEST_FIRST).limit(1))
_NTH_NEWEST = Question(
    select(*_PLACE)
    .where(_OF_FEED, LIVE)
    .order_by(*_NEWEST_FIRST)
    .offset(bindparam("newer"))
    .limit(1)
)
_LAST_PAGE = Question(select(feeds.c.pages).where(feeds.c.key == bindparam("its_feed")))


class Archive:
    """The archive of one declared feed, within a write that began after ``since``."""

    def __init__(
        self, conn: Connection, spec: FeedSpec, *, since: int, revision: int, now: datetime
    ) -> None:
        self._conn = conn
        self._feed = spec.name
        self._measure = Measure.of(spec.page_size, spec.max_bytes)
        self._many = max(_MANY, 4 * spec.page_size)
        self._since = since
        self._revision = revision
        self._now = now

    def seal(self) -> None:
        """Put what is open too much into pages. Costs the same however long the feed is."""
        if not self._is_too_much():
            return
        opened = self._opened(None)
        very_many = len(opened) > self._many
        while len(opened) > self._many:
            # So many newer ones are open that these go in any case.
            *full, _ = cut(opened[: self._many - self._measure.entries], self._measure)
            self._make(full)
            opened = self._opened(full[-1][-1].place)
        if opened:
            made = sealed(opened, self._newest(), self._edge(len(opened)), self._measure)
            self._make(made)
        if very_many and self._conn.dialect.name == "postgresql":
            # Until the server counts by itself, it would sort the whole feed for its newest items.
            self._conn.execute(text("ANALYZE entries"))

    def _is_too_much(self) -> bool:
        size, half = self._measure.entries, self._measure.entries // 2
        found = _LOOK.rows(self._conn, its_feed=self._feed, size=size, half=half)
        if not found:  # nothing is live
            return False
        opened, heavy, near, page, newest = found[0]
        apart = int(page is not None)  # the newest of all is not one of the open ones
        count, weight = opened + apart, int(heavy) + apart * newest
        beyond = opened - near
        return bool(count > size or weight > self._measure.bytes or beyond > half)

    def _opened(self, after: Place | None) -> list[Open]:
        """The oldest open entries: all, but for very many.

        None is older than ``after``: to start there spares PostgreSQL the traces of those before.
        """
        asked = {"its_feed": self._feed, "most": self._many + 1}
        if after is None:
            rows = _OPEN.rows(self._conn, **asked)
        else:
            rows = _OPEN_AFTER.rows(self._conn, after_at=after[0], after_id=after[1], **asked)
        return [self._open(*row) for row in rows]

    def _newest(self) -> Open | None:
        rows = _NEWEST.rows(self._conn, its_feed=self._feed)
        return self._open(*rows[0]) if rows else None

    def _open(
        self, item_id: int, sort_at: datetime, weight: int, revision: int, moved: int
    ) -> Open:
        """``revision`` is the item's, ``moved`` the entry's."""
        return Open(item_id, sort_at, weight, revision, moved > self._since)

    def _edge(self, opened: int) -> Place | None:
        """The place of the last entry that the live feed would show by age alone."""
        if opened <= self._measure.entries // 2:  # they may stay wherever they are
            return None
        newer = self._measure.entries - 1
        rows = _NTH_NEWEST.rows(self._conn, its_feed=self._feed, newer=newer)
        return (rows[0][0], rows[0][1]) if rows else None

    def _make(self, made: Sequence[Sequence[Open]]) -> None:
        if not made:
            return
        last: int = _LAST_PAGE.value(self._conn, its_feed=self._feed)
        numbered = list(enumerate(made, last + 1))
        insert_values(
            self._conn,
            pages,
            ("feed", "number", "revision", "changed_at"),
            [(self._feed, number, self._revision, self._now) for number, _ in numbered],
        )
        insert_values(
            self._conn,
            archived,
            ("feed", "number", "item_id", "revision", "sort_at"),
            [
                (self._feed, number, entry.item_id, entry.revision, entry.sort_at)
                for number, page in numbered
                for entry in page
            ],
        )
        total = last + len(made)
        these = (archived.c.feed == self._feed, archived.c.number.between(last + 1, total))
        its = (entries.c.feed == self._feed, entries.c.item_id == archived.c.item_id)
        self._conn.execute(update(entries).where(*these, *its).values(page=archived.c.number))
        self._conn.execute(update(feeds).where(feeds.c.key == self._feed).values(pages=total))


def take_out(
    conn: Connection,
    left: Collection[tuple[str, int]],
    revisions: Mapping[str, int],
    now: datetime,
) -> None:
    """Take items out of the pages of the feeds that they have left, in any version.

    ``left`` are feeds and row numbers, some hundred at most; ``revisions`` say, by feed, when.
    """
    if not left:
        return
    row_ids = sorted({row_id for _, row_id in left})
    asked = select(archived.c.feed, archived.c.number, archived.c.item_id)
    standing = conn.execute(asked.where(archived.c.item_id.in_(row_ids))).all()
    gone = [row for row in standing if (row.feed, row.item_id) in left]
    if not gone:
        return
    conn.execute(
        archived.delete().where(
            archived.c.feed == bindparam("its_feed"),
            archived.c.number == bindparam("its_number"),
            archived.c.item_id == bindparam("its_id"),
        ),
        [{"its_feed": row.feed, "its_number": row.number, "its_id": row.item_id} for row in gone],
    )
    conn.execute(
        update(pages)
        .where(pages.c.feed == bindparam("its_feed"), pages.c.number == bindparam("its_number"))
        .values(revision=bindparam("new_revision"), changed_at=later(pages.c.changed_at, now)),
        [
            {"its_feed": feed, "its_number": number, "new_revision": revisions[feed]}
            for feed, number in sorted({(row.feed, row.number) for row in gone})
        ],
    )
