"""Limits: who is counted, for how long, and by all workers together."""

from __future__ import annotations

import multiprocessing
import os
import signal
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from web.limited import CLIENT, NOW, hold, poll, poll_for_ever

from feedsvc.web.limiting import Limiter, line_of
from feedsvc.web.slots import Slots, shared_file


@pytest.fixture
def file() -> Iterator[Path]:
    with shared_file() as path:
        yield path


def test_so_many_are_let_in_and_the_next_waits_until_the_window_ends() -> None:
    limiter = Limiter((3, 3600))
    assert [limiter.retry_after(CLIENT, "main", NOW) for _ in range(3)] == [None] * 3
    assert limiter.retry_after(CLIENT, "main", NOW) == 3600
    later = NOW + timedelta(seconds=1000)
    wait = limiter.retry_after(CLIENT, "main", later)
    assert wait == 2600
    assert limiter.retry_after(CLIENT, "main", later + timedelta(seconds=wait - 2)) is not None
    assert limiter.retry_after(CLIENT, "main", later + timedelta(seconds=wait)) is None


def test_refusals_do_not_make_the_wait_longer() -> None:
    limiter = Limiter((1, 60))
    times = [NOW + timedelta(seconds=second) for second in range(0, 70, 10)]
    waits = [limiter.retry_after(CLIENT, "main", time) for time in times]
    assert waits == [None, 50, 40, 30, 20, 10, None]


@given(
    st.integers(1, 5),
    st.lists(st.integers(0, 90_000_000), min_size=1, max_size=40),
)
@settings(max_examples=60, deadline=None)
def test_who_waits_as_told_is_let_in(amount: int, gaps: list[int]) -> None:
    limiter, now, first = Limiter((amount, 60)), NOW, True
    for gap in gaps:
        now += timedelta(microseconds=gap)
        wait = limiter.retry_after(CLIENT, "main", now)
        assert wait is None or (not first and 1 <= wait <= 60)
        first = False
        if wait:
            now += timedelta(seconds=wait)
            assert limiter.retry_after(CLIENT, "main", now) is None


def test_clients_and_feeds_are_counted_apart() -> None:
    limiter = Limiter((1, 60))
    assert limiter.retry_after(CLIENT, "main", NOW) is None
    assert limiter.retry_after(CLIENT, "other", NOW) is None
    assert limiter.retry_after("192.0.2.8", "main", NOW) is None
    assert limiter.retry_after(CLIENT, "main", NOW) == 60


def test_off_is_off() -> None:
    limiter = Limiter(None)
    assert {limiter.retry_after(CLIENT, "main", NOW) for _ in range(500)} == {None}


@pytest.mark.parametrize(
    ("client", "line"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("127.0.0.1", None),
        ("127.8.8.8", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("", None),
        ("unix:", None),
        ("unknown", None),
        ("1.2.3", None),
    ],
)
def test_whom_a_limit_holds_for(client: str, line: str | None) -> None:
    assert line_of(client) == line


def test_a_clock_that_is_set_back_keeps_nobody_out() -> None:
    limiter = Limiter((1, 60))
    limiter.retry_after(CLIENT, "main", NOW)
    assert limiter.retry_after(CLIENT, "main", NOW - timedelta(days=1)) is None


def test_a_flood_of_clients_neither_grows_nor_shuts_out_nor_hides_the_worst(file: Path) -> None:
    limiter, size = Limiter((2, 3600), file), file.stat().st_size
    for _ in range(5):
        limiter.retry_after(CLIENT, "main", NOW)
    for number in range(70_000):
        client = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        assert limiter.retry_after(client, "main", NOW) is None
    assert limiter.retry_after(CLIENT, "main", NOW) == 3600
    assert file.stat().st_size == size < 1_100_000
    assert limiter.retry_after("10.9.9.9", "main", NOW + timedelta(hours=1)) is None


def test_no_address_is_kept_and_nobody_else_may_read(file: Path) -> None:
    limiter = Limiter((5, 60), file)
    limiter.retry_after(CLIENT, "main", NOW)
    data = file.read_bytes()
    assert CLIENT.encode() not in data
    assert b"main" not in data
    assert bytes([192, 0, 2, 7]) not in data
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_the_file_goes_with_its_maker() -> None:
    with shared_file() as path:
        assert path.exists()
    assert not path.parent.exists()


def test_where_no_file_can_be_made_workers_count_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with shared_file() as path:
        limiters = [Limiter((1, 60), path) for _ in range(2)]
        assert [limiter.retry_after(CLIENT, "main", NOW) for limiter in limiters] == [None, None]
        assert limiters[0].retry_after(CLIENT, "main", NOW) == 60
    assert "each worker counts polls by itself" in caplog.text


@pytest.mark.parametrize("content", [None, b"", b"something else"])
def test_without_its_file_a_worker_counts_alone(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "counts"
    if content is not None:
        path.write_bytes(content)
    limiter = Limiter((1, 60), path)
    assert limiter.retry_after(CLIENT, "main", NOW) is None
    assert limiter.retry_after(CLIENT, "main", NOW) == 60


def test_slots_can_be_forgotten() -> None:
    slots = Slots()
    slots.add("a", 1, 60, 100.5)
    slots.add("b", 2, 60, 100.5)
    assert (slots.get("a", 101), slots.get("b", 101)) == ((1, 160), (2, 160))
    slots.drop("a")
    assert (slots.get("a", 101), slots.get("b", 101)) == ((0, 101), (2, 160))
    slots.clear()
    assert slots.get("b", 101).number == 0


# Several processes

SPAWN = multiprocessing.get_context("spawn")


def test_workers_count_together(file: Path) -> None:
    answers: multiprocessing.Queue[int] = SPAWN.Queue()
    workers = [SPAWN.Process(target=poll, args=(file, 200, answers)) for _ in range(2)]
    for worker in workers:
        worker.start()
    let_in = [answers.get(timeout=20) for _ in workers]
    for worker in workers:
        worker.join()
    assert sum(let_in) == 300


def test_a_killed_worker_leaves_nothing_locked_or_broken(file: Path) -> None:
    slots, before = Slots(file), 0
    for _ in range(3):
        ready: multiprocessing.Queue[int] = SPAWN.Queue()  # a killed one's may stay locked
        worker = SPAWN.Process(target=poll_for_ever, args=(file, ready))
        worker.start()
        ready.get(timeout=20)
        os.kill(worker.pid or 0, signal.SIGKILL)
        worker.join()
        number, ends = slots.add("same", 1, 3600, NOW.timestamp())
        assert before < number < 10_000_000
        assert ends == int(NOW.timestamp()) + 3600
        before = number


def test_a_worker_that_was_stopped_at_the_wrong_moment_stops_no_other(file: Path) -> None:
    ready: multiprocessing.Queue[int] = SPAWN.Queue()
    worker = SPAWN.Process(target=hold, args=(file, ready))
    worker.start()
    try:
        ready.get(timeout=20)
        limiter = Limiter((1, 60), file)
        assert {limiter.retry_after(CLIENT, "main", NOW) for _ in range(3)} == {None}
    finally:
        worker.kill()
        worker.join()
    assert limiter.retry_after(CLIENT, "main", NOW) is None
    assert limiter.retry_after(CLIENT, "main", NOW) == 60
