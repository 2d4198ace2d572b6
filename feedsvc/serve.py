"""`feedsvc serve`: minds the web workers, and one scheduler however many workers there are.

The first process takes in `items/`, runs the scheduler and minds the workers (worker.py) and the
process that writes for them (companion.py): starts them, starts others in their place, ends them.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import multiprocessing
import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any

from feedsvc import config, program
from feedsvc.companion import write
from feedsvc.ending import Asked
from feedsvc.errors import ServeError
from feedsvc.given import NOT_STARTED, STOP_SECONDS, Common, Shared, Work, Writing
from feedsvc.publish.board import Board, shared
from feedsvc.web.slots import shared_file
from feedsvc.worker import BACKLOG, work

log = logging.getLogger(__name__)

#: Workers that may die of anything else before one was ever ready.
_MOST_STILLBORN = 3
#: Pauses before a worker that ended is started again: longer each time that it got nowhere.
_RESPAWN_SECONDS = 1.0
_MOST_SECONDS = 30.0


def check_port(host: str, port: int) -> None:
    """Raise ServeError when the address can't be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            mend = "choose an address of this machine: --host 127.0.0.1, or --host 0.0.0.0 for all"
            if error.errno == errno.EADDRINUSE:
                other = port + 1 if port < 65535 else 8001
                mend = (
                    f"stop what uses it, or choose another: {program.name()} serve --port {other}"
                )
            elif error.errno == errno.EACCES:
                mend = "ports below 1024 are the system's; choose a higher one: --port 8000"
            raise ServeError(f"cannot listen on {host}, port {port}: {reason}; {mend}") from None


def run_workers(
    settings: config.Settings, asked: Asked, ends: Callable[[], object] = lambda: None
) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are answered first.

    ``ends`` is called before they are: what else goes on here may end meanwhile. A second signal
    kills the workers, and then this process. Raises ServeError.
    """
    with (
        _shared(_counts, "each worker counts polls by itself") as counts,
        _board(settings) as posts,
        _listening(settings.server) as listener,
        _asking() as (asks, takes),
    ):
        common = Common(settings, counts, posts)
        places = [
            _Place(Work(common, listener, asks, place)) for place in range(settings.server.workers)
        ]
        companion = _Companion(common, takes)
        try:
            for place in places:
                place.start()
            _mind(places, companion, asked)
        finally:
            ends()
            deadline = time.monotonic() + STOP_SECONDS
            _end(places, listener, deadline, asked)
            companion.let_go()  # now that nothing is under way there
            _see_off([companion], deadline, asked)
    if asked.twice:
        asked.end_now()


class _Place:
    """One of the workers, and those that come after it when it ends."""

    what = "a worker"
    name = "feedsvc-worker"

    def __init__(self, given: Any, does: Callable[[Any, Pipe], None] = work) -> None:
        self._given = given
        self._does = does
        self._hears: Pipe | None = None
        self._pause = _RESPAWN_SECONDS
        self._next = 0.0
        self.process: BaseProcess | None = None
        self.ready = False

    def start(self) -> None:
        """Start a process, which is not ready yet. Raises OSError."""
        context = multiprocessing.get_context("spawn")
        hears, tells = context.Pipe(duplex=False)
        try:
            with tells:
                process = context.Process(
                    target=self._does, args=(self._given, tells), name=self.name
                )
                process.start()
        except BaseException:
            hears.close()
            raise
        self.process, self._hears, self.ready = process, hears, False

    def changes(self) -> list[int | Pipe | socket.socket]:
        """What to wait for: its end, and its word that it is ready."""
        found: list[int | Pipe | socket.socket] = [self.process.sentinel] if self.process else []
        return [*found, self._hears] if self._hears else found

    def hear(self) -> bool:
        """Whether the process is, or was, ready."""
        if self._hears is not None and self._hears.poll():
            with contextlib.suppress(EOFError, OSError):  # it ended before
                self._hears.recv_bytes()
                self.ready = True
            self._hears.close()
            self._hears = None
        return self.ready

    def ended(self) -> int | None:
        """What the process ended with, told once; None while it is there."""
        process = self.process
        if process is None or process.is_alive():
            return None
        self.hear()
        code = process.exitcode
        self.process = None
        process.close()
        return code

    def plan(self) -> float:
        """When to start again what has ended or could not be started: seconds from now."""
        pause = _RESPAWN_SECONDS if self.ready else self._pause
        self._pause = min(2 * pause, _MOST_SECONDS)
        self._next = time.monotonic() + pause
        self.ready = False
        return pause

    def is_due(self) -> bool:
        """Whether there is no process, and one should be started."""
        return self.process is None and time.monotonic() >= self._next


class _Companion(_Place):
    """The one process that writes for all workers, from when one of them first asks for it."""

    what = "the process for writes"
    name = "feedsvc-companion"

    def __init__(self, common: Common, takes: socket.socket) -> None:
        until, self._until = multiprocessing.Pipe(duplex=False)
        super().__init__(Writing(common, takes, until), write)
        self._board = Board(common.board.path) if common.board else None
        self._takes = takes

    def changes(self) -> list[int | Pipe | socket.socket]:
        """What to wait for: as above, and while there is none, that one is asked for."""
        return [*super().changes(), *([self._takes] if super().is_due() else [])]

    def is_due(self) -> bool:
        """Whether there is no process, and one is asked for and should be started."""
        return super().is_due() and bool(wait([self._takes], timeout=0))

    def ended(self) -> int | None:
        """As above, and what it has posted is taken down: nobody says any more what is missing."""
        code = super().ended()
        if code is not None and self._board is not None:
            self._board.clear()
        return code

    def let_go(self) -> None:
        """Have it end with what is under way."""
        self._until.close()


def _mind(places: list[_Place], companion: _Companion, asked: Asked) -> None:
    """Start processes again that have ended, until it is time to stop.

    Raises ServeError when the workers can't be started; but once one was ready, it is tried for
    ever: what hinders them may pass, and the other workers serve meanwhile.
    """
    ever_ready, stillborn = False, 0
    every = [*places, companion]
    while not asked.number:
        wait([change for place in every for change in place.changes()], timeout=0.2)
        if asked.number:  # then they end because they were told to, as by Ctrl-C
            return
        for place in places:
            code = _tend(place)
            ever_ready = place.hear() or ever_ready
            if code is not None:
                stillborn += 1
                if not ever_ready and (code == NOT_STARTED or stillborn >= _MOST_STILLBORN):
                    raise ServeError("the web workers could not be started; the log says why")
        _tend(companion)


def _tend(place: _Place) -> int | None:
    """Start a process again when it is time to; what the one before ended with, told once."""
    place.hear()
    code = place.ended()
    if code is not None:
        pause = place.plan()
        log.error(
            "%s has ended by itself (%s); another is started in %d s", place.what, code, pause
        )
    elif place.is_due():
        _start_again(place)
    return code


def _start_again(place: _Place) -> None:
    try:
        place.start()
    except OSError as error:  # no more processes, memory or descriptors just now
        log.error("%s can't be started (%s); tried again in %d s", place.what, error, place.plan())


def _end(places: Sequence[_Place], listener: socket.socket, deadline: float, asked: Asked) -> None:
    """Let the workers finish what is under way.

    Nobody else may connect meanwhile: who does must be refused, not left waiting.
    """
    for place in places:
        if place.process:
            place.process.terminate()
    listener.close()
    _see_off(places, deadline, asked)


def _see_off(places: Sequence[_Place], deadline: float, asked: Asked) -> None:
    """Wait for processes that are ending; kill those that don't, or all at a second signal."""
    there = [(place.what, place.process) for place in places if place.process]
    while not asked.twice and time.monotonic() < deadline:
        if not any(process.is_alive() for _, process in there):
            return
        wait([process.sentinel for _, process in there if process.is_alive()], timeout=0.1)
    for what, process in there:
        if process.is_alive():
            log.error("%s is killed: %s", what, "a second signal" if asked.twice else "it hangs")
            process.kill()
        process.join()


@contextlib.contextmanager
def _shared(made: Callable[[], int], without: str) -> Iterator[Shared | None]:
    """What the processes have in common, by the descriptor that is ``made``; where there can be
    none it is None, and the log tells what they do ``without``."""
    try:
        descriptor = made()
    except OSError as error:
        log.warning("%s: %s", without, error)
        yield None
        return
    try:
        yield Shared(descriptor)
    finally:
        os.close(descriptor)


def _counts() -> int:
    """The file in which the workers count together.

    It keeps no name, so that nothing is left lying about by whatever end, kill -9 too.
    """
    with shared_file() as path:
        return os.open(path, os.O_RDWR | os.O_CLOEXEC)


def _board(settings: config.Settings) -> contextlib.AbstractContextManager[Shared | None]:
    """Where the process for writes posts documents. None with PostgreSQL, which can't tell in time
    whether they are out of date."""
    if not settings.store_url.startswith("sqlite"):
        return contextlib.nullcontext()
    return _shared(shared, "no document is made ahead of the polls for it")


@contextlib.contextmanager
def _asking() -> Iterator[tuple[socket.socket, socket.socket]]:
    """By what workers ask for a pair with the process for writes, and where it hears of them."""
    asks, takes = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with asks, takes:
        yield asks, takes


@contextlib.contextmanager
def _listening(where: config.ServerSection) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((where.host, where.port))
        listener.listen(BACKLOG)
        yield listener
