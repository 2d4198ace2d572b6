"""Writers of several processes take turns at a SQLite file."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from store.desk import Desk, opened
from store.processes import Child

from feedsvc.store.turns import SUFFIX, turn


def test_one_after_the_other(tmp_path: Path) -> None:
    path = str(tmp_path / "feedsvc.db")
    with turn(path, 1):
        begun = time.monotonic()
        with turn(path, 0.05):  # goes on without after that
            assert time.monotonic() - begun >= 0.05
    begun = time.monotonic()
    with turn(path, 5):
        assert time.monotonic() - begun < 1


def test_a_turn_ends_with_its_process(tmp_path: Path) -> None:
    path = str(tmp_path / "feedsvc.db")

    def take(tell):  # type: ignore[no-untyped-def]
        with turn(path, 1):
            tell("mine")
            time.sleep(60)

    child = Child(take)
    child.wait_for(1)
    child.kill()
    begun = time.monotonic()
    with turn(path, 5):
        assert time.monotonic() - begun < 1


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_folder_that_takes_no_file_needs_no_turn(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with turn(str(tmp_path / "feedsvc.db"), 1):
        assert not list(tmp_path.iterdir())
    tmp_path.chmod(0o755)


def test_a_process_that_writes_without_end_lets_others_in(sqlite_url: str) -> None:
    """Among two that write as fast as they can nobody waits for long."""
    Desk(sqlite_url).store.close()

    def busy(tell):  # type: ignore[no-untyped-def]
        desk = Desk(sqlite_url)
        tell("ready")
        while True:
            desk.put(title="Busy")

    child = Child(busy)
    child.wait_for(1)
    desk = Desk(sqlite_url)
    waits = []
    for n in range(40):
        begun = time.monotonic()
        desk.put(title=f"Quiet {n}")
        waits.append(time.monotonic() - begun)
    child.kill()
    assert sorted(waits)[-4] < 0.5  # it was up to some seconds; three are left to a busy machine
    assert opened(sqlite_url).verify() == []
    assert Path(sqlite_url.removeprefix("sqlite:///") + SUFFIX).stat().st_size == 0
    desk.store.close()
