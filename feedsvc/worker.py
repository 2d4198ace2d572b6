"""One web worker under uvicorn: what it is made of, from settings that it is handed.

It is a process of its own that only answers requests; it is spawned, never forked, since no thread,
lock or database connection may be carried over.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection as Pipe
from typing import TYPE_CHECKING

from feedsvc import collector
from feedsvc.given import STOP_SECONDS, Work, allow_files, make, telling_why
from feedsvc.logs import log_to_stderr

if TYPE_CHECKING:
    import uvicorn

log = logging.getLogger(__name__)

#: Requests that a worker works on at once, and as many that write while nobody does it for it
#: (companion.py); more wait in line. Plain polls need none of them.
THREADS = 4
#: Seconds that a thread computes until another one may. What writes is busy for milliseconds, and
#: polls are answered in microseconds: with Python's own 5 ms each would wait that long, and again.
_SWITCH = 0.0005
#: Connections that wait to be accepted.
BACKLOG = 1024


def work(given: Work, tells: Pipe) -> None:
    """One worker: answer requests until SIGTERM or SIGINT, then those under way.

    ``tells`` is sent something once it does answer.
    """
    for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn gives way to these at its end
        signal.signal(number, lambda *_: sys.exit(0))
    log_to_stderr()
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    allow_files()
    with telling_why("a worker", tells):
        _server(given, tells).run(sockets=[given.listener])


def _server(given: Work, tells: Pipe) -> uvicorn.Server:
    """Everything that a worker is made of."""
    import uvicorn  # the first process needs neither this nor Flask

    from feedsvc.web.app import FRONT
    from feedsvc.web.bridge import Bridge
    from feedsvc.web.pairs import Pairs
    from feedsvc.web.quick import Quick
    from feedsvc.web.relay import Relay
    from feedsvc.web.repeats import Repeats
    from feedsvc.web.wire import KEEP, Connection, look_after_all

    # It tells of every start and end, and of every request that is none.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    made = make(given.common, given.place)
    store = made.service.store
    # Only of SQLite can it be asked from the event loop whether anybody has written.
    if given.common.settings.store_url.startswith("sqlite"):
        # Its connection is made now: the event loop must not wait for one of the pool.
        store.data_version()
        repeats = Repeats(store.data_version)
        Connection.quick = Quick(made.application.extensions[FRONT], repeats)
    threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")
    writers = ThreadPoolExecutor(THREADS, thread_name_prefix="write")
    sys.setswitchinterval(_SWITCH)
    collector.spare()

    here = Bridge(made.application, threads, made.body_limit, writers)
    # Two workers write a third more than one process does; while nobody polls they may.
    relay = Relay(here, Pairs(given.asks), made.news.is_polled if made.news else lambda: True)

    async def each_second() -> None:
        if not tells.closed:
            with contextlib.suppress(OSError):  # the first process is gone
                tells.send_bytes(b"ready")
            tells.close()
        await look_after_all()
        await relay.prepare()

    return uvicorn.Server(
        uvicorn.Config(
            relay,
            http=Connection,
            ws="none",
            interface="asgi3",
            lifespan="off",
            backlog=BACKLOG,
            access_log=False,
            log_config=None,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=KEEP,
            timeout_graceful_shutdown=STOP_SECONDS - 5,
            callback_notify=each_second,  # the first time once connections are accepted
            timeout_notify=1,
        )
    )


def _end_with_the_first() -> None:
    """End this worker when the first process is gone without having been able to end it (kill -9).

    Else it would hold the port and serve what it knows, with nobody to take in anything new.
    """
    first = multiprocessing.parent_process()
    if first is not None:
        first.join()
        os.kill(os.getpid(), signal.SIGTERM)
