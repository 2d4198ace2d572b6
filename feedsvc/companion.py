"""The workers' companion: the process in which requests of all of them are answered that write.

It runs the same application at a lower priority, so that whoever polls goes first. The first
process (serve.py) starts it when somebody writes while feeds are polled; as long as there is none,
as in the second that a start takes, each worker writes by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection as Pipe
from typing import TYPE_CHECKING
from wsgiref.types import WSGIApplication

from feedsvc import collector
from feedsvc.given import STOP_SECONDS, Writing, allow_files, make, telling_why
from feedsvc.logs import log_to_stderr

if TYPE_CHECKING:
    from feedsvc.web.bridge import Bridge

log = logging.getLogger(__name__)

#: Requests that it works on at once; more wait in line.
_THREADS = 4
#: How much it steps back behind polls (nice(2)): a poll takes less than a millisecond, and who
#: writes does not mind it.
_NICE = 10


def write(given: Writing, tells: Pipe) -> None:
    """Answer what comes by ``given.takes`` until ``given.until`` ends, and then what is under way.

    ``tells`` is sent something once it does answer. Signals are for the first process and its
    workers, whose writes are under way here; they reach this one too when they are sent to all of
    a group.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # not SIG_IGN, which its own children would inherit
    log_to_stderr()
    allow_files()
    from uvicorn.loops.auto import auto_loop_factory

    from feedsvc.publish.ahead import Ahead, acknowledging
    from feedsvc.publish.board import Board
    from feedsvc.web.bridge import Bridge  # the first process needs no Flask

    with telling_why("the process for writes", tells):
        made = make(given.common)
        writers = ThreadPoolExecutor(_THREADS, thread_name_prefix="write")
        application: WSGIApplication = made.application.wsgi_app
        if given.common.board is not None:
            board = Board(given.common.board.path)
            ahead = Ahead(made.service.documents, made.service.store, board)
            application = acknowledging(application, ahead)
        bridge = Bridge(application, writers, made.body_limit)
        collector.spare()
        with contextlib.suppress(OSError):  # not before: while it starts the workers write
            os.nice(_NICE)
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
            runner.run(_answer(bridge, given, tells))


async def _answer(bridge: Bridge, given: Writing, tells: Pipe) -> None:
    from feedsvc.web.pairs import taken
    from feedsvc.web.relay import answer_all

    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    answering: set[asyncio.Task[None]] = set()

    def take() -> None:
        for end in taken(given.takes):
            task = asyncio.create_task(answer_all(bridge, end))
            answering.add(task)
            task.add_done_callback(answering.discard)

    loop.add_reader(given.takes, take)
    loop.add_reader(given.until.fileno(), ended.set)
    with contextlib.suppress(OSError):  # the first process is gone
        tells.send_bytes(b"ready")
    tells.close()
    await ended.wait()
    loop.remove_reader(given.until.fileno())
    loop.remove_reader(given.takes)
    # A write that hangs is not to keep this process for ever.
    last = threading.Timer(STOP_SECONDS, os._exit, (1,))
    last.daemon = True
    last.start()
    if answering:  # workers that are not gone yet hold the other ends
        await asyncio.wait(answering)
