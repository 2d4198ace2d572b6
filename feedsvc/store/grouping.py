"""Writes of several threads in one transaction, so that a commit waits for the disk once for all.

Who comes while nobody writes writes at once and leads: what others ask for until the database has
let the leader in goes along, each with outcomes of its own. Whoever comes later waits; of those the
first leads next. So a lone writer waits for nobody, and many share what a transaction costs.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from feedsvc.errors import StoreError, StoreUnavailable
from feedsvc.store.changes import Change, Outcome
from feedsvc.store.pending import CHUNK

#: What is written together happens at one time, the latest; nobody's is moved by more than this.
APART = timedelta(seconds=1)

#: Applies changes within a transaction.
Apply = Callable[[Connection, Sequence[Change], datetime], list[Outcome]]
#: Runs the work in a transaction of its own, on disk when it returns.
Write = Callable[[Callable[[Connection], None]], None]


class _Asked:
    """What one caller asks for, and what becomes of it."""

    __slots__ = ("changes", "error", "leads", "now", "outcomes", "woken")

    def __init__(self, changes: Sequence[Change], now: datetime) -> None:
        self.changes = changes
        self.now = now
        self.leads = False
        self.woken = threading.Event()
        self.outcomes: list[Outcome] = []
        self.error: BaseException | None = None


class Grouping:
    """The writers of one process, in line. Safe under threads; a forked process has its own line.

    ``write`` opens transactions, ``apply`` is called once in each.
    """

    def __init__(self, write: Write, apply: Apply) -> None:
        self._write = write
        self._apply = apply
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._line: deque[_Asked] = deque()
        self._busy = False

    def apply(self, changes: Sequence[Change], now: datetime) -> list[Outcome]:
        """The outcomes of the changes, in their order, once they are on disk.

        Raises what the transaction has failed with, and then none of the changes is kept. Callers
        whose ``now`` is the same but for a second may get the latest of theirs.
        """
        if os.getpid() != self._pid:
            self._begin_anew()
        asked = _Asked(changes, now)
        with self._lock:
            if self._busy:
                self._line.append(asked)
            else:
                self._busy = asked.leads = True
        if not asked.leads:
            asked.woken.wait()
        if asked.leads:
            self._lead(asked)
        if asked.error is not None:
            raise asked.error
        return asked.outcomes

    def _lead(self, first: _Asked) -> None:
        group = [first]
        try:
            self._write(lambda conn: self._apply_all(conn, group))
        except StoreError as error:
            for asked in group:
                asked.error = error
        except Exception as error:  # noqa: BLE001  # whose it is raises it
            first.error = error
            if len(group) > 1:  # a fault with one's changes is not the others'
                self._apply_each(group)
        except BaseException as error:  # noqa: BLE001  # the end was asked of the leader alone
            for asked in group:
                asked.error = StoreUnavailable("the write was broken off. Try again.")
            first.error = error
        finally:
            self._hand_on(group)

    def _apply_all(self, conn: Connection, group: list[_Asked]) -> None:
        """Apply what the group asks for, which is all that has come until now."""
        self._gather(group)
        changes = [change for asked in group for change in asked.changes]
        outcomes = iter(self._apply(conn, changes, max(asked.now for asked in group)))
        for asked in group:
            asked.outcomes = [next(outcomes) for _ in asked.changes]

    def _apply_each(self, group: list[_Asked]) -> None:
        for asked in group:
            asked.error = None
            try:
                self._write(lambda conn, asked=asked: self._apply_one(conn, asked))  # type: ignore[misc]
            except Exception as error:  # noqa: BLE001  # who asked for it raises it
                asked.error = error

    def _apply_one(self, conn: Connection, asked: _Asked) -> None:
        asked.outcomes = self._apply(conn, asked.changes, asked.now)

    def _gather(self, group: list[_Asked]) -> None:
        """Take in who is next in line, as many as are loaded and written in one go."""
        first, count = group[0], sum(len(asked.changes) for asked in group)
        with self._lock:
            while self._line:
                count += len(self._line[0].changes)
                if count > CHUNK or abs(self._line[0].now - first.now) > APART:
                    break
                group.append(self._line.popleft())

    def _hand_on(self, group: list[_Asked]) -> None:
        """Let the group go, and the next in line lead."""
        with self._lock:
            if self._line:
                leader = self._line.popleft()
                leader.leads = True
                leader.woken.set()
            else:
                self._busy = False
        for asked in group:
            asked.woken.set()
