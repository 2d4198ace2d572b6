"""The scheduler: ticks, survives failures, and is not put to sleep by a clock that is set."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from apscheduler.jobstores.memory import MemoryJobStore

from feedsvc import config, scheduler
from feedsvc.logs import log_to_stderr
from feedsvc.model import Item, Status
from feedsvc.service import Service
from feedsvc.store import Invitation, Put


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    (tmp_path / "items").mkdir()
    service = Service.open(config.load(tmp_path / "config.toml", {}))
    yield service
    service.close()


@pytest.fixture
def running(service: Service) -> Iterator[scheduler.Scheduler]:
    running = scheduler.Scheduler(service)
    running.start()
    yield running
    running.stop()


def comes(look: Callable[[], object], patience: float = 10) -> bool:
    deadline = time.monotonic() + patience
    while not look():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def published(service: Service) -> int:
    return service.store.count(Status.PUBLISHED)


def test_what_is_due_is_done(service: Service, running: scheduler.Scheduler) -> None:
    due = service.now() + timedelta(seconds=2)
    service.store.apply([Put(Item(title="Soon", published=due))], service.now())
    assert published(service) == 0
    assert comes(lambda: published(service) == 1)


def test_what_it_runs_stands_in_no_row(running: scheduler.Scheduler) -> None:
    """T40: a row of a job store is unpickled, so that whoever writes one runs what they like."""
    stores = running._jobs._jobstores.values()
    assert [type(one) for one in stores] == [MemoryJobStore]


def test_what_is_over_is_forgotten(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "FORGET_SECONDS", 0.1)
    service.store.invite(Invitation("digest", None, service.now(), service.now()))
    running = scheduler.Scheduler(service)
    running.start()
    assert comes(lambda: service.store.invitation("digest") is None)
    running.stop()


@pytest.mark.parametrize("hours", [-1, 1, -24 * 3650, 24 * 3650])
def test_a_clock_that_is_set_does_not_stop_the_work(
    service: Service, running: scheduler.Scheduler, hours: int
) -> None:
    there = service.now() + timedelta(hours=hours)
    with time_machine.travel(there, tick=True):  # for every thread of this process
        soon = service.now() + timedelta(seconds=2)
        service.store.apply([Put(Item(title="Soon", published=soon))], service.now())
        assert comes(lambda: published(service) == 1)


def test_a_failure_is_told_and_the_work_goes_on(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    calls = []

    def work() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("the disk")

    guarded = scheduler._guarded(work)
    with caplog.at_level(logging.ERROR):
        guarded()
        guarded()
    assert len(calls) == 2
    assert "the regular work failed" in caplog.text


def test_a_refused_file_is_told_once(
    service: Service, running: scheduler.Scheduler, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="feedsvc.scheduler"):
        path = service.settings.items_path / "bad.md"
        path.write_text("---\ntitle: [\n---\n", encoding="utf-8")
        assert comes(lambda: "bad.md" in caplog.text)
        running._sync()
        running._sync()
    assert caplog.text.count("bad.md") == 1


def test_a_note_is_told_once(
    service: Service, running: scheduler.Scheduler, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="feedsvc.scheduler"):
        path = service.settings.items_path / "a.md"
        path.write_text("# A\n\n![A cat](cat.png)", encoding="utf-8")
        assert comes(lambda: "cat.png" in caplog.text)
        running._sync()
        running._sync()
    notes = [one for one in caplog.records if "cat.png" in one.getMessage()]
    assert [(one.levelname, one.getMessage()) for one in notes] == [
        ("INFO", "note: a.md: cat.png is not there")
    ]


def test_what_was_told_at_the_start_is_not_told_again(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    for name, text in (("a.md", "# A\n\n![A cat](cat.png)"), ("b.md", "---\ntitle: [\n---\n")):
        (service.settings.items_path / name).write_text(text, encoding="utf-8")
    again = scheduler.Scheduler(service, service.sync())
    with caplog.at_level(logging.INFO, logger="feedsvc.scheduler"):
        again._sync()
    assert caplog.text == ""


def test_a_job_that_is_left_out_is_not_warned_of() -> None:
    logger = logging.getLogger("apscheduler.scheduler")
    log_to_stderr()
    assert not logger.isEnabledFor(logging.WARNING)
    assert logger.isEnabledFor(logging.ERROR)


def test_that_files_have_changed_is_not_told_before_what_became_of_them() -> None:
    log_to_stderr()
    assert not logging.getLogger("watchfiles.main").isEnabledFor(logging.INFO)


def test_it_stops_at_once(service: Service) -> None:
    before = threading.active_count()
    running = scheduler.Scheduler(service)
    running.start()
    start = time.monotonic()
    running.stop()
    assert time.monotonic() - start < 5
    assert threading.active_count() == before
