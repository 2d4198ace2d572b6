"""A worker's companion: the process in which it lets requests be answered that write.

It runs the same application at a lower priority, so that whoever polls goes first. It is started
when the first write comes, and ends with its worker; as long as there is none, as in the second
that a start takes, the worker writes by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from feedsvc.errors import FeedsvcError
from feedsvc.given import Work, make, spare_the_collector
from feedsvc.logs import log_to_stderr

if TYPE_CHECKING:
    from feedsvc.web.bridge import Bridge

log = logging.getLogger(__name__)

#: Requests that a companion works on at once; more wait in line.
THREADS = 4
#: How much it steps back behind polls (nice(2)).
_NICE = 10
#: Pauses before one that ended is started again: longer each time that it got nowhere.
_PAUSE = 1.0
_MOST_PAUSE = 30.0
#: Seconds for what is under way when its worker has ended.
_LAST_SECONDS = 5.0
_READY, _PAIR = b"r", b"p"


class Companion:
    """The companion of this worker. Belongs to one event loop, and is used by its thread alone."""

    def __init__(self, given: Work) -> None:
        self._given = given._replace(listener=None)
        self._control: socket.socket | None = None
        self._process: BaseProcess | None = None
        self._starting: asyncio.Task[None] | None = None
        self._ready = False
        self._pause = _PAUSE
        self._next = 0.0

    def open_pair(self) -> socket.socket | None:
        """An end of a new pair, of which the companion has the other one (web/relay.py).

        None while there is no companion; then one is started, unless one has just ended.
        """
        if self._control is None:
            if self._starting is None and time.monotonic() >= self._next:
                self._starting = asyncio.create_task(self._start())
            return None
        if not self._ready:
            return None
        try:
            ours, theirs = socket.socketpair()
        except OSError:  # no more descriptors just now
            return None
        with theirs:
            try:
                socket.send_fds(self._control, [_PAIR], [theirs.fileno()])
            except OSError:  # it does not keep up, or has just ended
                ours.close()
                return None
        ours.setblocking(False)
        return ours

    def close(self) -> None:
        """Let the companion end, with what is under way. The loop need not run any more."""
        if self._control is not None:
            self._control.close()
            self._control = None

    async def _start(self) -> None:
        try:
            loop = asyncio.get_running_loop()
            self._process, control = await loop.run_in_executor(None, _spawn, self._given)
        except OSError as error:  # no more processes, memory or descriptors just now
            self._put_off()
            log.error("no process can be started for writes: %s", error)
        else:
            self._control = control
            loop.add_reader(control, self._hear)
        finally:
            self._starting = None

    def _hear(self) -> None:
        """The companion is ready, or has ended."""
        assert self._control is not None  # noqa: S101
        with contextlib.suppress(OSError):
            if self._control.recv(1):
                self._ready = True
                return
        asyncio.get_running_loop().remove_reader(self._control)
        self.close()
        pause = self._put_off()
        log.error("the process for writes has ended; another is started in %d s at need", pause)
        if self._process is not None:
            # Not waited for here: it may take a moment yet until the system has it.
            threading.Thread(target=self._process.join, daemon=True).start()

    def _put_off(self) -> float:
        pause = _PAUSE if self._ready else self._pause
        self._pause = min(2 * pause, _MOST_PAUSE)
        self._next = time.monotonic() + pause
        self._ready = False
        return pause


def _spawn(given: Work) -> tuple[BaseProcess, socket.socket]:
    """A companion that is not ready yet, and what it is spoken to by. Raises OSError."""
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = multiprocessing.get_context("spawn").Process(
                target=run, args=(given, theirs), name="feedsvc-companion", daemon=True
            )
            process.start()
        except BaseException:
            ours.close()
            raise
    ours.setblocking(False)
    return process, ours


def run(given: Work, control: socket.socket) -> None:
    """One companion: answer what comes by ``control`` until its worker lets go of that.

    Signals are for the worker, whose writes are under way here. They reach this process too when
    they are sent to all of a group.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    log_to_stderr()
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    control.setblocking(False)
    from feedsvc.web.bridge import Bridge  # the first process needs no Flask

    try:
        made = make(given)
        writers = ThreadPoolExecutor(THREADS, thread_name_prefix="write")
        bridge = Bridge(made.application, writers, made.body_limit)
        spare_the_collector()
        asyncio.run(_answer_all(bridge, control))
    except FeedsvcError as error:
        log.error("the process for writes can't start: %s", error)


async def _answer_all(bridge: Bridge, control: socket.socket) -> None:
    from feedsvc.web import relay

    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    answering: set[asyncio.Task[None]] = set()

    def hear() -> None:
        try:
            while True:
                said, descriptors, _, _ = socket.recv_fds(control, 1, 1)
                if not said:
                    break
                for descriptor in descriptors:
                    pair = socket.socket(fileno=descriptor)
                    pair.setblocking(False)
                    task = asyncio.create_task(relay.answer(bridge, pair))
                    answering.add(task)
                    task.add_done_callback(answering.discard)
        except BlockingIOError:
            return
        except OSError:
            log.debug("the worker has gone")
        loop.remove_reader(control)
        ended.set()

    loop.add_reader(control, hear)
    control.send(_READY)
    await ended.wait()
    # A write that hangs is not to keep this process for ever.
    last = threading.Timer(_LAST_SECONDS, os._exit, (1,))
    last.daemon = True
    last.start()
    if answering:
        await asyncio.wait(answering)
