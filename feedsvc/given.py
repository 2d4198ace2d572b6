"""What web workers and their companions are given, and what each of them makes of it."""

from __future__ import annotations

import gc
import socket
from multiprocessing import reduction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from feedsvc import config
from feedsvc.service import Service

if TYPE_CHECKING:
    from flask import Flask

#: What is under way when the end is asked for has so many seconds.
STOP_SECONDS = 30


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
    listener: socket.socket | None  #: a companion has none
    counts: Shared | None


class Made(NamedTuple):
    """The application of a process, and what it answers from."""

    service: Service
    application: Flask

    def body_limit(self, environ: dict[str, Any]) -> int:
        """How many bytes a request with this head may send."""
        from feedsvc.web import auth

        with self.application.app_context():
            return auth.body_limit(environ)


def make(given: Work) -> Made:
    """The application that this process answers with. Raises FeedsvcError."""
    from feedsvc.web.app import create_app  # the first process needs no Flask
    from feedsvc.web.counting import Counter, keep_flushing
    from feedsvc.web.limiting import Limiter

    settings, counts = given.settings, given.counts
    service = Service.open(settings, declare=False)
    limiter = Limiter(settings.limits.polls, counts.path if counts else None)
    counter = Counter()
    keep_flushing(counter, service.store, service.now)
    application = create_app(service, limits=limiter, counts=counter, tally=limiter.tally)
    return Made(service, application)


def spare_the_collector() -> None:
    """Look for garbage in what requests leave behind, seldom; not in what is there for good.

    To go through all that a worker is made of stops it for 50 ms, the polls too.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
