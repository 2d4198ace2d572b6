"""Items as they were read lately: of a feed with one new item, 49 need not be read again.

A feed is made anew at the first poll after each write. To fetch the rows of its items and to turn
them into items took a third of that; to ask which state each of them is in takes next to nothing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from feedsvc.model import Item
from feedsvc.store.questions import Lookup
from feedsvc.store.rows import ItemRows
from feedsvc.store.schema import changes, items

#: So many of the last, each of so many characters at most: some MB of what articles mostly are.
_MOST = 512
_SHORT = 16 * 1024
#: Values in one question.
_CHUNK = 500

#: All that an item's row depends on: its revision, the time of that (a store that was put back to
#: an older state gives revisions a second time) as the database has it, and its origin, which may
#: move without one.
State = tuple[int, str, object]

_STATES = Lookup(items.c.id, items.c.id, items.c.revision, items.c.origin)
_TIMES = Lookup(changes.c.revision, changes.c.revision, changes.c.at, plain=True)
_ITEMS = Lookup(items.c.id, items)


class Seen:
    """The items of one store by their row numbers. Safe to use from several threads."""

    def __init__(self, rows: ItemRows) -> None:
        self._rows = rows
        self._kept: OrderedDict[int, tuple[State, Item]] = OrderedDict()
        self._lock = threading.Lock()

    def items(self, conn: Connection, ids: Sequence[int]) -> dict[int, Item]:
        """The items of these rows, as they are in this transaction."""
        found: dict[int, Item] = {}
        for start in range(0, len(ids), _CHUNK):
            found |= self.items_in(conn, _states(conn, ids[start : start + _CHUNK]))
        return found

    def items_in(self, conn: Connection, states: Mapping[int, State]) -> dict[int, Item]:
        """The items of these rows, whose states in this transaction are known: some hundred."""
        found: dict[int, Item] = {}
        with self._lock:
            for row_id, state in states.items():
                kept = self._kept.get(row_id)
                if kept is not None and kept[0] == state:
                    found[row_id] = kept[1]
                    self._kept.move_to_end(row_id)
        fresh = [row_id for row_id in states if row_id not in found]
        if fresh:
            read = {row["id"]: self._rows.item(row) for row in _ITEMS.mappings(conn, fresh)}
            found |= read
            self._keep({row_id: (states[row_id], item) for row_id, item in read.items()})
        return found

    def _keep(self, fresh: dict[int, tuple[State, Item]]) -> None:
        with self._lock:
            for row_id, (state, item) in fresh.items():
                self._kept.pop(row_id, None)
                if len(item.content_html) + len(item.content_markdown or "") <= _SHORT:
                    self._kept[row_id] = (state, item)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)


def _states(conn: Connection, ids: Sequence[int]) -> dict[int, State]:
    rows = _STATES.rows(conn, ids) if ids else []
    at = _times(conn, {row[1] for row in rows})
    return {row_id: (revision, origin, at.get(revision)) for row_id, revision, origin in rows}


def _times(conn: Connection, revisions: Iterable[int]) -> dict[int, object]:
    wanted = list(revisions)
    return {row[0]: row[1] for row in _TIMES.rows(conn, wanted)} if wanted else {}
