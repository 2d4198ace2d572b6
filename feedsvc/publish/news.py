"""Documents that another process has made ready: for workers, which answer polls from them.

The other side is ``ahead``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from feedsvc.publish.board import LATELY, Board, Wanted
from feedsvc.publish.document import Coding, Target
from feedsvc.publish.documents import Documents
from feedsvc.store import Store

#: Whoever asks once is given what is made for him: only what is asked for again within so many
#: seconds is worth telling. A feed that is polled at all often comes here once a second at least,
#: though nothing changes: answers are repeated for no longer (web/repeats.py).
AGAIN = 1.5
#: Seconds between two notes on the board of what is on it already.
_PAUSE = LATELY / 5
#: Documents whose last time is remembered.
_MOST = 1024
#: Seconds for which writes keep out of the way of polls after one that came after a change.
RECENTLY = 1.0


class News:
    """What was posted, and what this worker is asked for time and again.

    ``place`` is the worker's own on the board.
    """

    def __init__(
        self,
        documents: Documents,
        store: Store,
        board: Board,
        place: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._documents = documents
        self._store = store
        self._board = board
        self._place = place
        self._clock = clock
        self._lock = threading.Lock()
        self._asked: dict[Wanted, float] = {}
        self._often: dict[Wanted, float] = {}
        self._told = clock()
        store.count_posts(lambda: board.turn)

    def look(self, token: object) -> None:
        """Take over what is posted, if it shows every write that was acknowledged by now.

        ``token`` is the store's ``data_version``, asked before. Takes no longer than it takes to
        copy the documents: for an event loop.
        """
        posted = self._board.posted()
        if posted is None:
            return
        mark = self._store.mark()
        if posted.settings == mark.settings and self._board.leads(posted.moment, mark.moment):
            self._documents.take(posted.documents, posted.settings, token)

    def is_polled(self) -> bool:
        """Whether any worker was lately asked for what writes have changed."""
        return bool(self._board.asked(self._clock() - RECENTLY))

    def note(self, target: Target, coding: Coding) -> None:
        """A document was asked for, which may have changed."""
        wanted = (target, coding)
        with self._lock:
            now = self._clock()
            before = self._asked.get(wanted)
            if len(self._asked) >= _MOST:
                self._asked = {one: at for one, at in self._asked.items() if now - at < LATELY}
            self._asked[wanted] = now
            if before is None or now - before >= AGAIN:
                return
            fresh = wanted not in self._often
            self._often[wanted] = now
            if fresh or now - self._told >= _PAUSE:
                self._often = {one: at for one, at in self._often.items() if now - at < LATELY}
                self._board.ask(self._place, self._often)
                self._told = now
