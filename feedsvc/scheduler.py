"""When things happen, never what: APScheduler ticks, the service does what is due.

What must happen is due rows in the store, so a tick that is missed, doubled or run on two nodes at
once changes nothing: the next one finds the row, or finds it done.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from feedsvc.errors import FeedsvcError
from feedsvc.intake.folder import Report
from feedsvc.intake.watch import watch
from feedsvc.service import Service

log = logging.getLogger(__name__)

#: Scheduled items go out within a second of their time.
TICK_SECONDS = 0.5
#: Sources that are due are looked for this often.
POLL_SECONDS = 1
#: The folder is looked through even when the watcher says nothing: network drives tell nobody.
SWEEP_SECONDS = 60
#: What is over lets nobody in before it is dropped.
FORGET_SECONDS = 600
#: When taking in an edit failed, it is tried again after this.
RETRY_SECONDS = 2
#: A difference between the wall clock and the monotonic one that means somebody set the clock.
CLOCK_JUMP_SECONDS = 5
#: What is done in more than one way, as people are told of it.
_ITEMS = "the folder of items"


class Steady(BaseTrigger):  # type: ignore[misc]
    """An interval after now, however long ago the last time was.

    APScheduler's own interval counts up from the last time: when the clock is set ten years ahead,
    it gathers six hundred million half seconds until the memory is full.
    """

    def __init__(self, interval: timedelta) -> None:
        self.interval = interval

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        """The next time, from APScheduler's own clock."""
        return now + self.interval


class Scheduler:
    """Runs the service's regular work in threads of this process until ``stop``.

    ``told`` is the report of a sync whose faults and notes were told already.
    """

    def __init__(self, service: Service, told: Report | None = None) -> None:
        self._service = service
        self._stop = threading.Event()
        self._stopped = 0.0
        self._under_way: list[str] = []
        self._pool = ThreadPoolExecutor(4)
        # Times of this scheduler are its own memory: what is due lies in the store.
        self._jobs = BackgroundScheduler(
            executors={"default": self._pool},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )
        self._threads = [threading.Thread(target=self._mind_the_clock, daemon=True)]
        if service.settings.items.watch:
            self._threads.append(threading.Thread(target=self._watch, daemon=True))
        self._told = _lines(told or Report())

    def start(self) -> None:
        """Begin; returns at once."""
        self._every(TICK_SECONDS, "what is due", self._service.tick)
        self._every(SWEEP_SECONDS, _ITEMS, self._sync)
        self._every(FORGET_SECONDS, "what is over", self._service.forget)
        self._every(POLL_SECONDS, "polls of sources", self._service.poll_due)
        self._jobs.start()
        for thread in self._threads:
            thread.start()

    def stop_soon(self) -> None:
        """Begin nothing more, and let what is under way come to its end; returns at once."""
        if not self._stop.is_set():
            self._stop.set()
            self._stopped = time.monotonic()
            self._service.stop_polling()

    def stop(self, seconds: float = 30, hurried: Callable[[], bool] = lambda: False) -> list[str]:
        """End, and wait for what is under way: so many seconds from when the end was first asked
        for, or until it is ``hurried``. Returns what is under way even then, named for people.
        """
        self.stop_soon()
        self._jobs.shutdown(wait=False)
        until = self._stopped + seconds
        while self._under_way and not hurried() and time.monotonic() < until:
            self._service.stop_polling()  # again: it may just have begun
            time.sleep(0.02)
        if left := sorted(set(self._under_way)):
            return left
        self._pool.shutdown()
        for thread in self._threads:
            thread.join(timeout=5)
        return []

    def _every(self, seconds: float, name: str, work: Callable[[], object]) -> None:
        self._jobs.add_job(self._told_of(name, work), Steady(timedelta(seconds=seconds)))

    def _told_of(self, name: str, work: Callable[[], object]) -> Callable[[], bool]:
        """The same work, guarded, and known to be under way."""
        guarded = _guarded(work)

        def run() -> bool:
            self._under_way.append(name)  # before it looks: whoever stops this looks afterwards
            try:
                return self._stop.is_set() or guarded()
            finally:
                self._under_way.remove(name)

        return run

    def _watch(self) -> None:
        for paths in watch(self._service.settings.items_path, self._stop):
            # What fails now (a full disk, a locked store) is tried again soon, not at the sweep.
            take_in = self._told_of(_ITEMS, partial(self._sync, paths))
            while not take_in() and not self._stop.wait(RETRY_SECONDS):
                pass

    def _sync(self, paths: Collection[Path] | None = None) -> None:
        report = self._service.sync(paths)
        if report.added or report.changed or report.withdrawn:
            log.info(
                "items: %d added, %d changed, %d withdrawn",
                report.added,
                report.changed,
                report.withdrawn,
            )
        self._tell_once(report, whole=paths is None)

    def _tell_once(self, report: Report, *, whole: bool) -> None:
        """Say what is refused or left out when it is first seen, not at every sweep."""
        lines = _lines(report)
        for line, level in sorted(lines.items()):
            if line not in self._told:
                log.log(level, "%s", line)
        self._told = lines if whole else self._told | lines

    def _mind_the_clock(self) -> None:
        """Plan anew when the wall clock is set: APScheduler would sleep through the difference."""
        offset = self._offset()
        while not self._stop.wait(1):
            if abs(self._offset() - offset) > CLOCK_JUMP_SECONDS:
                offset = self._offset()
                log.warning("the clock was set; planning the regular work anew")
                for job in self._jobs.get_jobs():
                    job.reschedule(job.trigger)

    def _offset(self) -> float:
        return self._service.now().timestamp() - time.monotonic()


def _lines(report: Report) -> dict[str, int]:
    """What a report says of single files, each with its level in the log."""
    refused = {f"refused: {error}": logging.WARNING for error in report.refused}
    return refused | {f"note: {note}": logging.INFO for note in report.notes}


def _guarded(work: Callable[[], object]) -> Callable[[], bool]:
    """The same work, whose failure is told and tried again later; says whether it went well."""

    def run() -> bool:
        try:
            work()
        except FeedsvcError as error:
            log.error("%s", error)
            return False
        except Exception:
            log.exception("the regular work failed; it is tried again")
            return False
        return True

    return run
