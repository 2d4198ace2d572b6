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
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import reduction
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from feedsvc import collector, config
from feedsvc.errors import FeedsvcError
from feedsvc.logs import log_to_stderr
from feedsvc.service import Service

if TYPE_CHECKING:
    import uvicorn

log = logging.getLogger(__name__)

#: Requests that a worker works on at once, and as many that write; more wait in line. Plain polls
#: need none of them.
THREADS = 4
#: Seconds that a thread computes until another one may. What writes is busy for milliseconds, and
#: polls are answered in microseconds: with Python's own 5 ms each would wait that long, and again.
_SWITCH = 0.0005
#: What is under way when the end is asked for has so many seconds.
STOP_SECONDS = 30
#: Connections that wait to be accepted, and how many a worker may hold.
BACKLOG = 1024
_MOST_FILES = 65536
#: What a worker ends with that could not be made.
NOT_STARTED = 3


class Shared:
    """An open file without a name, which spawned processes are given too."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    @property
    def path(self) -> Path:
        """What this process may open it by."""
        return Path(f"/dev/fd/{self.descriptor}")

    def __reduce__(self) -> tuple[Any, ...]:
        return _handed_over, (reduction.DupFd(self.descriptor),)


def _handed_over(descriptor: Any) -> Shared:
    return Shared(descriptor.detach())


class Work(NamedTuple):
    """What all workers of one service are given, those that are started later too.

    The settings as they were read at the start: a file that was edited since may have a fault,
    or would give workers that answer differently.
    """

    settings: config.Settings
    listener: socket.socket
    counts: Shared | None


def work(given: Work, tells: Pipe) -> None:
    """One worker: answer requests until SIGTERM or SIGINT, then those under way.

    ``tells`` is sent something once it does answer.
    """
    for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn gives way to these at its end
        signal.signal(number, lambda *_: sys.exit(0))
    log_to_stderr()
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    _allow_files()
    try:
        _server(given, tells).run(sockets=[given.listener])
    except FeedsvcError as error:
        log.error("a worker can't start: %s", error)
        sys.exit(NOT_STARTED)
    except Exception as error:
        what = "has failed" if tells.closed else "can't start"
        log.exception("a worker %s: %s: %s", what, type(error).__name__, error)
        sys.exit(NOT_STARTED)


def _server(given: Work, tells: Pipe) -> uvicorn.Server:
    """Everything that a worker is made of."""
    import uvicorn  # the first process needs neither this nor Flask

    from feedsvc.web import auth
    from feedsvc.web.app import FRONT, create_app
    from feedsvc.web.bridge import Bridge
    from feedsvc.web.counting import Counter, keep_flushing
    from feedsvc.web.limiting import Limiter
    from feedsvc.web.quick import Quick
    from feedsvc.web.repeats import Repeats
    from feedsvc.web.wire import KEEP, Connection, look_after_all

    # It tells of every start and end, and of every request that is none.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    settings, counts = given.settings, given.counts
    service = Service.open(settings, declare=False)
    limiter = Limiter(settings.limits.polls, counts.path if counts else None)
    counter = Counter()
    keep_flushing(counter, service.store, service.now)
    application = create_app(service, limits=limiter, counts=counter, tally=limiter.tally)
    # Only of SQLite can it be asked from the event loop whether anybody has written.
    if settings.store_url.startswith("sqlite"):
        # Its connection is made now: the event loop must not wait for one of the pool.
        service.store.data_version()
        repeats = Repeats(service.store.data_version)
        Connection.quick = Quick(application.extensions[FRONT], repeats)
    threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")
    writers = ThreadPoolExecutor(THREADS, thread_name_prefix="write")
    sys.setswitchinterval(_SWITCH)
    collector.spare()

    def body_limit(environ: dict[str, Any]) -> int:
        with application.app_context():
            return auth.body_limit(environ)

    async def each_second() -> None:
        if not tells.closed:
            with contextlib.suppress(OSError):  # the first process is gone
                tells.send_bytes(b"ready")
            tells.close()
        await look_after_all()

    return uvicorn.Server(
        uvicorn.Config(
            Bridge(application, threads, body_limit, writers),
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


def _allow_files() -> None:
    """Let this worker hold as many connections as the system permits, within reason."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
        if soft != resource.RLIM_INFINITY and soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _end_with_the_first() -> None:
    """End this worker when the first process is gone without having been able to end it (kill -9).

    Else it would hold the port and serve what it knows, with nobody to take in anything new.
    """
    first = multiprocessing.parent_process()
    if first is not None:
        first.join()
        os.kill(os.getpid(), signal.SIGTERM)
