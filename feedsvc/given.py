"""What the processes of a service are given by the first one, and what each that answers makes of
it.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import sys
from collections.abc import Iterator
from multiprocessing import reduction
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from feedsvc import config
from feedsvc.errors import FeedsvcError
from feedsvc.service import Service

if TYPE_CHECKING:
    from flask import Flask

    from feedsvc.publish.news import News

log = logging.getLogger(__name__)

#: What is under way when the end is asked for has so many seconds.
STOP_SECONDS = 30
#: What a process ends with that could not be made.
NOT_STARTED = 3
#: Descriptors that a process may have: connections, and files.
_MOST_FILES = 65536


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


class Common(NamedTuple):
    """What all of them are given, those that are started later too.

    The settings as they were read at the start: a file that was edited since may have a fault,
    or would give processes that answer differently.
    """

    settings: config.Settings
    counts: Shared | None
    board: Shared | None  #: of documents that were made ahead (publish/board.py)


class Work(NamedTuple):
    """What a worker is given (worker.py)."""

    common: Common
    listener: socket.socket
    asks: socket.socket  #: sends ends of pairs to the process for writes (web/pairs.py)
    place: int  #: its number, and of those that come after it


class Writing(NamedTuple):
    """What the process for writes is given (companion.py)."""

    common: Common
    takes: socket.socket  #: where ends of pairs come from workers
    until: Pipe  #: nothing comes by it, but its end when the service ends


class Made(NamedTuple):
    """The application of a process, and what it answers from."""

    service: Service
    application: Flask
    news: News | None  #: of a worker, where there is a board

    def body_limit(self, environ: dict[str, Any]) -> int:
        """How many bytes a request with this head may send."""
        from feedsvc.web import auth

        with self.application.app_context():
            return auth.body_limit(environ)


def make(common: Common, place: int | None = None) -> Made:
    """The application that this process answers with. Raises FeedsvcError.

    A worker says its ``place``; the process for writes has none.
    """
    from feedsvc.publish.board import Board
    from feedsvc.publish.news import News
    from feedsvc.web.app import create_app  # the first process needs no Flask
    from feedsvc.web.counting import Counter, keep_flushing
    from feedsvc.web.limiting import Limiter

    settings, counts, board = common
    service = Service.open(settings, declare=False)
    news = None
    if board is not None and place is not None:
        news = News(service.documents, service.store, Board(board.path), place)
    limiter = Limiter(settings.limits.polls, counts.path if counts else None)
    counter = Counter()
    keep_flushing(counter, service.store, service.now)
    application = create_app(
        service, limits=limiter, counts=counter, tally=limiter.tally, news=news
    )
    return Made(service, application, news)


@contextlib.contextmanager
def telling_why(what: str, tells: Pipe) -> Iterator[None]:
    """End this process, which is ``what``, with NOT_STARTED for an error, and have the log say why.

    ``tells`` is closed once it answers.
    """
    try:
        yield
    except FeedsvcError as error:
        log.error("%s can't start: %s", what, error)
        sys.exit(NOT_STARTED)
    except Exception as error:
        how = "has failed" if tells.closed else "can't start"
        log.exception("%s %s: %s: %s", what, how, type(error).__name__, error)
        sys.exit(NOT_STARTED)


def allow_files() -> None:
    """Let this process hold as many connections as the system permits, within reason."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
        if soft != resource.RLIM_INFINITY and soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
