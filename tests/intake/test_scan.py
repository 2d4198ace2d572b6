"""Walking a hostile folder: a file is read as a regular one inside it, or not at all."""

from __future__ import annotations

import io
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from feedsvc.errors import ItemError
from feedsvc.intake import scan
from feedsvc.intake.scan import MAX_DEPTH, MAX_FILE, Scan, Stat


def look(root: Path) -> Scan:
    with scan.opened(root) as descriptor:
        return scan.walk(descriptor)


def write(path: Path, text: str = "Title\n\nText.\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def fifo(path: Path) -> None:
    os.mkfifo(path)


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


def secret(path: Path) -> Path:
    return write(path.parent.parent / "outside" / "secret.md", "SECRET")


HOSTILE: list[tuple[str, Callable[[Path], object]]] = [
    ("a link out of the folder", lambda path: path.symlink_to(secret(path))),
    ("a link to /etc/hostname", lambda path: path.symlink_to("/etc/hostname")),
    ("a link to an endless device", lambda path: path.symlink_to("/dev/zero")),
    ("a link to itself", lambda path: path.symlink_to(path)),
    ("a link to nothing", lambda path: path.symlink_to("nothing")),
    ("a link inside the folder", lambda path: path.symlink_to("good.md")),
    ("a FIFO", fifo),
    ("a socket", listening),
    ("too long a file", lambda path: write(path, "x" * (MAX_FILE + 1))),
]


@pytest.mark.parametrize(("what", "make"), HOSTILE, ids=[case[0] for case in HOSTILE])
@pytest.mark.timeout(10)  # it must not wait for the other end of anything
def test_what_is_no_plain_file_is_named_and_not_read(
    tmp_path: Path, what: str, make: Callable[[Path], object]
) -> None:
    root = tmp_path / "items"
    write(root / "good.md")
    make(root / "odd.md")
    found = look(root)
    assert list(found.files) == ["good.md"]
    assert list(found.withheld) == ["odd.md"]
    if what != "too long a file":
        with scan.opened(root) as descriptor, pytest.raises((ItemError, FileNotFoundError)):
            scan.open_regular(descriptor, "odd.md")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes device files")
def test_a_device_is_not_read(tmp_path: Path) -> None:
    os.mknod(tmp_path / "zero.md", 0o600 | 0o020000, os.makedev(1, 5))
    assert list(look(tmp_path).withheld) == ["zero.md"]


NAMES: list[tuple[bytes, bool, str]] = [  # a file's name, whether it is taken, how it is shown
    ("é.md".encode(), True, "é.md"),
    ("中文 文章.md".encode(), True, "中文 文章.md"),
    (b"caf\xe9.md", False, "caf\\xe9.md"),
    (b"line\nbreak.md", False, "line\\x0abreak.md"),
    (b"esc\x1b[31m.md", False, "esc\\x1b[31m.md"),
    (b"x" * 252 + b".md", True, "x" * 252 + ".md"),
    (b"UPPER.MD", True, "UPPER.MD"),
    (b"-rf.md", True, "-rf.md"),
    (b"a\\..\\b.md", True, "a\\..\\b.md"),
]


@pytest.mark.parametrize(("name", "taken", "shown"), NAMES, ids=[case[2][:20] for case in NAMES])
def test_names(tmp_path: Path, name: bytes, taken: bool, shown: str) -> None:
    with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:  # noqa: PTH118, PTH123
        file.write(b"x")
    found = look(tmp_path)
    assert list(found.files if taken else found.withheld) == [shown]
    assert list(found.withheld if taken else found.files) == []
    shown.encode()  # fit for the store and a log


def test_only_item_files_and_media_are_seen_and_nothing_hidden(tmp_path: Path) -> None:
    for name in (
        "b.md", "a.html", "posts/z.txt", "posts/cat.png", ".hidden.md", ".git/x.md", "a.md~",
        "style.css", "secret.key", "posts/.draft/y.md", "README", "x.md.bak",
    ):  # fmt: skip
        write(tmp_path / name)
    found = look(tmp_path)
    assert list(found.files) == ["a.html", "b.md", "posts/z.txt"]  # in the order of names
    assert list(found.media) == ["posts/cat.png"]
    assert (found.withheld, found.blind, found.notes) == ({}, [], [])


def test_case_twins_are_two_files(tmp_path: Path) -> None:
    write(tmp_path / "Post.md")
    write(tmp_path / "post.md")
    assert list(look(tmp_path).files) == ["Post.md", "post.md"]


def test_linked_folders_and_loops_are_passed_by(tmp_path: Path) -> None:
    root, outside = tmp_path / "items", tmp_path / "outside"
    write(root / "good.md")
    write(outside / "bad.md")
    (root / "out").symlink_to(outside)
    (root / "loop").symlink_to(".")
    (root / "posts").mkdir()
    (root / "posts" / "up").symlink_to("..")
    found = look(root)
    assert list(found.files) == ["good.md"]
    assert sorted(found.blind) == ["loop/", "out/", "posts/up/"]
    assert len(found.notes) == 3
    with scan.opened(root) as descriptor, pytest.raises(ItemError, match="symbolic link"):
        scan.open_regular(descriptor, "out/bad.md")


def test_a_folder_without_end_is_left(tmp_path: Path) -> None:
    deep = tmp_path / "/".join(["d"] * (MAX_DEPTH + 3))
    write(deep / "lost.md")
    write(tmp_path / "good.md")
    found = look(tmp_path)
    assert list(found.files) == ["good.md"]
    assert [path.count("/") for path in found.withheld] == [MAX_DEPTH + 1]
    assert found.blind == list(found.withheld)


def test_what_is_closed_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "closed").mkdir(mode=0)
    write(tmp_path / "closed.md").chmod(0)
    with scan.opened(tmp_path) as descriptor, nobody_special():
        found = scan.walk(descriptor)
        with pytest.raises(ItemError, match="permission denied"):
            scan.open_regular(descriptor, "closed.md")
    assert list(found.withheld) == found.blind == ["closed/"]


@contextmanager
def nobody_special() -> Iterator[None]:
    """As somebody who is not root for a moment: root may read everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("make", [lambda _: None, lambda path: write(path, "a file")])
def test_a_missing_root_is_an_error(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "items")
    with pytest.raises(ItemError, match="nothing is withdrawn"):
        look(tmp_path / "items")


PATHS = ["../secret.md", "/etc/hostname", "a/../../secret.md", "./good.md", "", "a//b", "x\0.md"]


@pytest.mark.parametrize("path", PATHS)
def test_only_paths_in_the_folder_are_opened(tmp_path: Path, path: str) -> None:
    write(tmp_path / "secret.md")
    write(tmp_path / "items" / "good.md")
    with scan.opened(tmp_path / "items") as descriptor, pytest.raises(ItemError):
        scan.open_regular(descriptor, path)


def test_a_file_is_read_whole_with_its_state(tmp_path: Path) -> None:
    path = write(tmp_path / "posts" / "a.md", "words")
    with (
        scan.opened(tmp_path) as descriptor,
        scan.open_regular(descriptor, "posts/a.md") as file,
    ):
        data, state = scan.read_whole(file, "posts/a.md")
    assert (data, state) == (b"words", Stat.of(path.stat()))


class Growing(io.FileIO):
    """A file that somebody writes to after each of the first ``times`` looks at it."""

    times = 0

    def read(self, size: int = -1, /) -> bytes:
        data = super().read(size)
        if self.times:
            self.times -= 1
            self.write(b" more")
        return data


@pytest.mark.parametrize(("times", "whole"), [(0, True), (1, True), (2, True), (9, False)])
def test_a_file_is_never_read_half(tmp_path: Path, times: int, whole: bool) -> None:
    write(tmp_path / "a.md", "words")
    with Growing(tmp_path / "a.md", "r+") as file:
        file.times = times
        if whole:
            data, state = scan.read_whole(file, "a.md")  # type: ignore[arg-type]
            assert data == b"words" + b" more" * times
            assert state.size == len(data)
        else:
            with pytest.raises(ItemError, match="being written"):
                scan.read_whole(file, "a.md")  # type: ignore[arg-type]


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    write(tmp_path / "a" / "b" / "c.md")
    fifo(tmp_path / "a" / "d.md")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        look(tmp_path)
        with scan.opened(tmp_path) as descriptor:
            scan.open_regular(descriptor, "a/b/c.md").close()
            for path in ("a/d.md", "a/none.md", "none/a.md", "a/b/c.md/d"):
                with pytest.raises((ItemError, FileNotFoundError)):
                    scan.open_regular(descriptor, path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
