"""`feedsvc serve`: web workers under uvicorn, and one scheduler however many workers there are.

The first process takes in `items/`, runs the scheduler and minds the workers. Each worker is a
process of its own that only answers requests; it is spawned, never forked, since no thread, lock
or database connection may be carried over.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING

from feedsvc import config
from feedsvc.errors import FeedsvcError, ServeError
from feedsvc.logs import log_to_stderr
from feedsvc.service import Service
from feedsvc.web.slots import FILE_VARIABLE, shared_file

if TYPE_CHECKING:
    import uvicorn

log = logging.getLogger(__name__)

#: Names the configuration to the workers, which read it again for themselves.
CONFIG_VARIABLE = "FEEDSVC_CONFIG"
#: Requests that a worker works on at once; more wait in line. Repeated polls need none of them.
THREADS = 4
_STOP_SECONDS = 30
#: Connections that wait to be accepted, and how many a worker may hold.
_BACKLOG = 1024
_MOST_FILES = 65536
_NOT_STARTED = 3
#: A worker that ended is started again, but not more often than this.
_RESPAWN_SECONDS = 1.0


def work(listener: socket.socket) -> None:
    """One worker: answer requests until SIGTERM or SIGINT, then those under way."""
    for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn gives way to these at its end
        signal.signal(number, lambda *_: sys.exit(0))
    log_to_stderr()
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    _allow_files()
    try:
        server = _server()
    except FeedsvcError as error:
        log.error("a worker can't start: %s", error)
        sys.exit(_NOT_STARTED)
    server.run(sockets=[listener])


def _server() -> uvicorn.Server:
    """Everything that a worker is made of, from the configuration that the environment names."""
    import uvicorn  # the first process needs neither this nor Flask

    from feedsvc.web.app import create_app
    from feedsvc.web.bridge import Bridge
    from feedsvc.web.counting import Counter, keep_flushing
    from feedsvc.web.current import desk_of
    from feedsvc.web.limiting import Limiter
    from feedsvc.web.repeats import Repeats
    from feedsvc.web.wire import KEEP, Connection, look_after_all

    # It tells of every start and end, and of every request that is none.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    settings = config.load(Path(os.environ[CONFIG_VARIABLE]))
    service = Service.open(settings, declare=False)
    shared = os.environ.get(FILE_VARIABLE)
    limiter = Limiter(settings.limits.polls, Path(shared) if shared else None)
    counter = Counter()
    keep_flushing(counter, service.store, service.now)
    application = create_app(service, limits=limiter, counts=counter)
    # Only of SQLite can it be asked from the event loop whether anybody has written.
    local = settings.store_url.startswith("sqlite")
    repeats = Repeats(service.store.data_version) if local else None
    Connection.repeats, Connection.desk = repeats, desk_of(application)
    threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")
    return uvicorn.Server(
        uvicorn.Config(
            Bridge(application, threads, repeats),
            http=Connection,
            ws="none",
            interface="asgi3",
            lifespan="off",
            backlog=_BACKLOG,
            access_log=False,
            log_config=None,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=KEEP,
            timeout_graceful_shutdown=_STOP_SECONDS - 5,
            callback_notify=look_after_all,
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
                mend = f"stop what uses it, or choose another: feedsvc serve --port {other}"
            elif error.errno == errno.EACCES:
                mend = "ports below 1024 are the system's; choose a higher one: --port 8000"
            raise ServeError(f"cannot listen on {host}, port {port}: {reason}; {mend}") from None


def run_workers(settings: config.Settings) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are answered first."""
    stop = threading.Event()
    with shared_file() as counts, _listening(settings.server) as listener, _signals(stop):
        os.environ[FILE_VARIABLE] = str(counts)
        workers: list[BaseProcess] = []
        try:
            workers += [_start(listener) for _ in range(settings.server.workers)]
            _mind(workers, listener, stop)
        finally:
            _end(workers)


def _start(listener: socket.socket) -> BaseProcess:
    worker = multiprocessing.get_context("spawn").Process(
        target=work, args=(listener,), name="feedsvc-worker"
    )
    worker.start()
    return worker


def _mind(workers: list[BaseProcess], listener: socket.socket, stop: threading.Event) -> None:
    """Start workers again that have ended, until it is time to stop. Raises ServeError."""
    while not stop.is_set():
        wait([worker.sentinel for worker in workers], timeout=0.2)
        for place, worker in enumerate(workers):
            if worker.is_alive() or stop.is_set():
                continue
            if worker.exitcode == _NOT_STARTED:
                raise ServeError("the web workers could not be started; the log above says why")
            log.error("a worker has ended by itself (%s); it is started again", worker.exitcode)
            stop.wait(_RESPAWN_SECONDS)
            workers[place] = _start(listener)


def _end(workers: list[BaseProcess]) -> None:
    """Let the workers finish what is under way; kill those that don't."""
    deadline = time.monotonic() + _STOP_SECONDS
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join(max(0.0, deadline - time.monotonic()))
        if worker.is_alive():
            worker.kill()
            worker.join()


@contextlib.contextmanager
def _listening(where: config.ServerSection) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((where.host, where.port))
        listener.listen(_BACKLOG)
        yield listener


@contextlib.contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
