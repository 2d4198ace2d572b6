"""`feedsvc serve`: web workers under granian, and one scheduler however many workers there are.

The first process takes in `items/`, runs the scheduler and minds the workers. Each worker is a
process of its own that only answers requests; it is spawned, never forked, since no thread, lock
or database connection may be carried over.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from feedsvc import config
from feedsvc.errors import ServeError
from feedsvc.logs import log_to_stderr
from feedsvc.service import Service
from feedsvc.web.slots import FILE_VARIABLE, shared_file

#: Names the configuration to the workers, which read it again for themselves.
CONFIG_VARIABLE = "FEEDSVC_CONFIG"
#: Requests that a worker handles at once; more wait in line.
THREADS = 4
_STOP_SECONDS = 30
_HEADER_MILLISECONDS = 10_000


def application() -> Callable[..., Any]:
    """The WSGI application of one worker, from the configuration that the environment names."""
    from feedsvc.web.app import create_app  # the first process needs no Flask
    from feedsvc.web.counting import Counter, keep_flushing
    from feedsvc.web.limiting import Limiter

    log_to_stderr()
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    settings = config.load(Path(os.environ[CONFIG_VARIABLE]))
    service = Service.open(settings, declare=False)
    shared = os.environ.get(FILE_VARIABLE)
    limiter = Limiter(settings.limits.polls, Path(shared) if shared else None)
    counter = Counter()
    keep_flushing(counter, service.store, service.now)
    return create_app(service, limits=limiter, counts=counter)


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
    multiprocessing.set_start_method("spawn", force=True)
    server = Granian(
        "feedsvc.serve:application",
        factory=True,
        interface=Interfaces.WSGI,
        address=settings.server.host,
        port=settings.server.port,
        workers=settings.server.workers,
        blocking_threads=THREADS,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_MILLISECONDS),
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_SECONDS,
        log_level=LogLevels.warning,
    )
    with shared_file() as counts:
        os.environ[FILE_VARIABLE] = str(counts)
        try:
            server.serve()
        except SystemExit as end:
            if end.code:
                raise ServeError(
                    "the web workers could not be started; the log above says why"
                ) from end
