"""The watcher, on real folders with the real clock: it exists for the time that things take."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from feedsvc.intake.watch import watch


class Watched:
    """A watcher at work in a thread, and how often it has told of a change."""

    def __init__(self, root: Path) -> None:
        self.stop = threading.Event()
        self.told = 0
        self.paths: frozenset[Path] | None = frozenset()
        self._root = root
        self._more = threading.Condition()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        for paths in watch(self._root, self.stop):
            with self._more:
                self.told += 1
                self.paths = paths
                self._more.notify_all()

    def tells(self, *, more_than: int, within: float = 5) -> bool:
        """Whether it tells of a change in time."""
        with self._more:
            return self._more.wait_for(lambda: self.told > more_than, within)

    def quiet(self, seconds: float = 0.9) -> bool:
        """Whether it tells nothing for so long."""
        return not self.tells(more_than=self.told, within=seconds)

    def seconds_for(self, change: Callable[[], object]) -> float:
        """How long it takes to tell of a change."""
        told, begun = self.told, time.monotonic()
        change()
        assert self.tells(more_than=told)
        return time.monotonic() - begun


@contextmanager
def watching(root: Path) -> Iterator[Watched]:
    watched = Watched(root)
    try:
        yield watched
    finally:
        watched.stop.set()
        watched.thread.join(5)
    assert not watched.thread.is_alive()


def test_tells_of_each_change_once_and_of_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts" / "old.md").write_text("old", encoding="utf-8")
    with watching(tmp_path) as watched:
        assert watched.tells(more_than=0)  # what happened before it watched
        assert watched.paths is None
        new, old, moved = (tmp_path / path for path in ("new.md", "posts/old.md", "posts/moved.md"))
        picture, words = (tmp_path / "posts" / name for name in ("cat.png", "talk.vtt"))
        changes: list[tuple[Callable[[], object], set[Path]]] = [
            (lambda: new.write_text("new", encoding="utf-8"), {new}),
            (lambda: old.write_text("edited", encoding="utf-8"), {old}),
            (lambda: new.rename(moved), {new, moved}),
            (lambda: picture.write_bytes(b"cat"), {picture}),
            (lambda: words.write_bytes(b"WEBVTT"), {words}),
            (old.unlink, {old}),
        ]
        for change, paths in changes:
            assert watched.seconds_for(change) < 1.5
            assert watched.paths == paths
        told = watched.told
        (tmp_path / "posts" / ".moved.md.swp").write_text("swap", encoding="utf-8")
        (tmp_path / "posts" / "notes.tmp").write_text("no item", encoding="utf-8")
        (tmp_path / "posts" / "moved.md").read_bytes()  # reading is no change
        assert watched.quiet()
        assert watched.told == told


def test_a_burst_is_told_few_times(tmp_path: Path) -> None:
    with watching(tmp_path) as watched:
        assert watched.tells(more_than=0)
        told = watched.told
        for number in range(20):
            (tmp_path / f"{number}.md").write_text("x", encoding="utf-8")
            time.sleep(0.02)
        assert watched.tells(more_than=told)
        assert watched.quiet()
        assert watched.told - told <= 2


def test_a_new_folder_is_watched_too(tmp_path: Path) -> None:
    with watching(tmp_path) as watched:
        assert watched.tells(more_than=0)
        inner = tmp_path / "new" / "inner"
        assert watched.seconds_for(lambda: inner.mkdir(parents=True)) < 1.5
        assert not watched.quiet()  # what came while it began to watch the new ones
        assert watched.seconds_for(lambda: (inner / "a.md").write_text("a", encoding="utf-8")) < 1.5


@pytest.mark.parametrize("how", ["absent", "removed", "replaced"])
def test_survives_a_folder_that_comes_and_goes(tmp_path: Path, how: str) -> None:
    root = tmp_path / "items"
    if how != "absent":
        root.mkdir()
    with watching(root) as watched:
        if how == "removed":
            assert watched.tells(more_than=0)
            assert watched.seconds_for(lambda: shutil.rmtree(root)) < 2
        elif how == "replaced":
            assert watched.tells(more_than=0)
            root.rename(tmp_path / "other")
        assert watched.seconds_for(lambda: root.mkdir(exist_ok=True)) < 2
        assert watched.thread.is_alive()
        while not watched.quiet(0.8):
            pass
        assert watched.seconds_for(lambda: (root / "a.md").write_text("a", encoding="utf-8")) < 1.5


@pytest.mark.parametrize("there", [True, False])
def test_stops_within_a_second(tmp_path: Path, there: bool) -> None:
    root = tmp_path if there else tmp_path / "absent"
    with watching(root) as watched:
        if there:
            assert watched.tells(more_than=0)
        begun = time.monotonic()
        watched.stop.set()
        watched.thread.join(5)
        assert time.monotonic() - begun < 1


def test_a_link_leads_nowhere(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "items", tmp_path / "elsewhere"
    root.mkdir()
    elsewhere.mkdir()
    (root / "link").symlink_to(elsewhere)
    (root / "loop").symlink_to(root)
    with watching(root) as watched:
        assert watched.tells(more_than=0)
        (elsewhere / "a.md").write_text("a", encoding="utf-8")
        assert watched.quiet()
