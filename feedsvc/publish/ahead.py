"""Documents made anew before the write is acknowledged that changed them.

For the process that answers writes. Whoever is told that his article is taken finds it in the feed
at the next poll; that poll, and all others, find the feed made. What is asked for seldom is made
when it is asked for.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from feedsvc.errors import StoreError
from feedsvc.publish.board import LATELY, NOTHING, Board, Posted, Wanted
from feedsvc.publish.documents import Documents, Given
from feedsvc.store import Moment, Store

log = logging.getLogger(__name__)

#: Seconds that a write waits for documents at most, but for the last one that was begun.
_MOST_SECONDS = 0.02


class Ahead:
    """Makes documents ahead, and posts them. Safe to use from several threads."""

    def __init__(
        self,
        documents: Documents,
        store: Store,
        board: Board,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._documents = documents
        self._store = store
        self._board = board
        self._clock = clock
        self._making = threading.Lock()
        self._naming = threading.Lock()
        self._chain: list[Moment] = []
        self._posted = NOTHING
        board.clear()  # of what the one before has left
        store.tell_writes(self._write_comes)

    def _write_comes(self, before: Moment, after: Moment) -> None:
        """A write is about to be seen by others, but is not acknowledged before ``catch_up``."""
        with self._naming:
            if not self._posted.documents:  # nobody has any that it would make old
                return
            if not self._chain or self._chain[-1] != before:
                self._chain = [before]  # somebody else has written
            self._name(after)

    def _name(self, moment: Moment) -> None:
        self._chain = [*self._chain[-16:], moment]
        self._board.name(self._chain)

    def catch_up(self) -> None:
        """Post what is being asked for as it is now, if anything was written since the last time.

        To be called before a write is acknowledged.
        """
        if not (self._posted.documents or self._wanted()):
            return
        try:
            if not self._is_posted():
                with self._making:
                    if not self._is_posted():  # by who was here before
                        self._post()
        except StoreError as error:
            log.warning("no documents are made ahead just now: %s", error)
            self._take_down()

    def _wanted(self) -> list[Wanted]:
        return self._board.asked(self._clock() - LATELY)

    def _is_posted(self) -> bool:
        return self._posted[:2] == self._store.mark()

    def _post(self) -> None:
        mark = self._store.mark()
        posted = Posted(*mark, documents=tuple(self._made(self._wanted())))
        with self._naming:
            if mark.moment not in self._chain:
                self._chain = []
                self._name(mark.moment)
            self._board.post(posted)
            self._posted = posted

    def _take_down(self) -> None:
        with self._naming:
            self._board.clear()
            self._chain, self._posted = [], NOTHING

    def _made(self, wanted: Iterable[Wanted]) -> Iterator[Given]:
        end = self._clock() + _MOST_SECONDS
        for target, coding in wanted:
            if self._clock() > end:
                return
            try:
                given = self._documents.give(target, coding)
            except Exception as error:  # noqa: BLE001  # the write is kept: whoever asks is told
                log.warning("%s can't be made ahead: %s", target, error)
            else:
                if given is not None:
                    yield given


def acknowledging(application: WSGIApplication, ahead: Ahead) -> WSGIApplication:
    """The application, which answers nothing before what it has written is posted."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        result = application(environ, start_response)
        if isinstance(result, (list, tuple)):
            ahead.catch_up()
            return result
        return _Pieces(result, ahead)

    return answer


class _Pieces:
    """An answer that is made piece by piece, writing meanwhile."""

    def __init__(self, pieces: Iterable[bytes], ahead: Ahead) -> None:
        self._pieces = pieces
        self._ahead = ahead

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._ahead.catch_up()
            yield piece
        self._ahead.catch_up()

    def close(self) -> None:
        if hasattr(self._pieces, "close"):
            self._pieces.close()
