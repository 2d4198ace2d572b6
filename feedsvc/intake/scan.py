"""Walking the folder of item files, and opening what lies in it, without being led out of it.

A name in the folder may be anything: a symbolic link to ``/etc/passwd`` or to itself, a FIFO that
never answers, a device that never ends, a name that is no UTF-8. So nothing is opened by a joined
path: each step goes from an open folder to a name in it (``dir_fd``), links are never followed, and
what was opened is asked whether it is a regular file before a byte is read.

Paths here are POSIX, relative to the root, and always sound text.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from feedsvc.errors import ItemError
from feedsvc.intake.kinds import BESIDE_SUFFIXES, ITEM_SUFFIXES, suffix_of

#: An item file of more bytes is refused unread.
MAX_FILE = 1024 * 1024
#: Folders within folders; each level holds one open descriptor while it is walked.
MAX_DEPTH = 32

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
#: Never follow a link, never wait for a FIFO's other end, never take a terminal.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
# Control characters, and the lone surrogates that stand for bytes that are no UTF-8 (PEP 383).
_UNSOUND = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Stat:
    """What tells that a file changed: bytes, time of the last write in nanoseconds, inode."""

    size: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, found: os.stat_result) -> Stat:
        """The three from what the system says."""
        return cls(found.st_size, found.st_mtime_ns, found.st_ino)


@dataclass(frozen=True, slots=True)
class Scan:
    """What lies in the folder.

    ``files`` are item files in name order, ``media`` files that could be served beside an item.
    ``withheld`` names what looks like an item file, or is a folder (``name/``), and can't be read,
    with the reason. What lies under a ``blind`` prefix was not seen, which does not say it is gone.
    """

    files: dict[str, Stat] = field(default_factory=dict)
    media: dict[str, Stat] = field(default_factory=dict)
    withheld: dict[str, str] = field(default_factory=dict)
    blind: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@contextmanager
def opened(root: Path) -> Iterator[int]:
    """The root folder's descriptor. Raises ItemError when it is missing or can't be opened."""
    try:
        descriptor = os.open(root, _FOLDER)
    except OSError as error:
        raise ItemError(
            f"the folder of item files can't be opened ({_why(error)}); "
            "nothing is withdrawn, what was published stays",
            where=str(root),
        ) from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def walk(root: int) -> Scan:
    """Everything in the folder that matters, by one look at each name and no reading.

    ``root`` is the descriptor that :func:`opened` gives. Raises ItemError when it can't be listed.
    """
    found = Scan()
    try:
        _look_through(root, "", 0, found)
    except OSError as error:
        raise ItemError(f"the folder of item files can't be listed ({_why(error)})") from None
    for part in (found.files, found.withheld):
        entries = sorted(part.items())
        part.clear()
        part.update(entries)  # type: ignore[arg-type]  # each dict gets its own entries back
    return found


def some(root: int, paths: Iterable[str]) -> Scan:
    """Those of the paths that are item files, found without looking at anything else."""
    found = Scan()
    for path in paths:
        parts = path.split("/")
        visible = not any(part.startswith(".") for part in parts)
        if not visible or unsound(path) or suffix_of(path) not in ITEM_SUFFIXES:
            continue
        with suppress(FileNotFoundError, ItemError), open_regular(root, path) as file:
            state = Stat.of(os.fstat(file.fileno()))
            if state.size <= MAX_FILE and len(parts) <= MAX_DEPTH + 1:
                found.files[path] = state
    return found


def _look_through(folder: int, prefix: str, depth: int, found: Scan) -> None:
    below: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            name = _text(entry.name)
            if name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                below.append(name)
            elif suffix_of(name) in ITEM_SUFFIXES:
                _take_item(entry, prefix, name, found)
            elif entry.is_symlink():
                path = shown(prefix + name)
                found.notes.append(f"{path}: is a symbolic link, which is not followed")
                found.blind.append(f"{path}/")
            elif (
                suffix_of(name) in BESIDE_SUFFIXES and not unsound(name) and (seen := _stat(entry))
            ):
                found.media[prefix + name] = seen
    for name in below:
        _enter(folder, prefix, name, depth + 1, found)


def _take_item(entry: os.DirEntry[str], prefix: str, name: str, found: Scan) -> None:
    path = prefix + name
    reason = None
    if entry.is_symlink():
        reason = "is a symbolic link; only a file that lies in the folder itself is read"
    elif not _is_file(entry):
        reason = "is not a regular file but a pipe, socket or device"
    elif unsound(name):
        reason = "its name is not UTF-8 or holds control characters; rename it"
    else:
        seen = _stat(entry)
        if seen and seen.size <= MAX_FILE:
            found.files[path] = seen
        elif seen:
            reason = f"is {seen.size:,} bytes long; an item file has at most {MAX_FILE:,}"
    if reason:
        found.withheld[shown(path)] = reason


def _stat(entry: os.DirEntry[str]) -> Stat | None:
    """A regular file's state; None for anything else, or when it went since it was listed."""
    try:
        return Stat.of(entry.stat(follow_symlinks=False)) if _is_file(entry) else None
    except FileNotFoundError:
        return None


def _is_file(entry: os.DirEntry[str]) -> bool:
    return entry.is_file(follow_symlinks=False)


def _enter(folder: int, prefix: str, name: str, depth: int, found: Scan) -> None:
    path = f"{prefix}{name}/"
    if unsound(name):
        found.withheld[shown(path)] = "its name is not UTF-8 or holds control characters"
        return
    if depth > MAX_DEPTH:
        found.withheld[path] = f"lies deeper than {MAX_DEPTH} folders; it is not looked into"
        found.blind.append(path)
        return
    try:
        inner = os.open(name.encode(), _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
    except FileNotFoundError:
        return
    except OSError as error:
        found.withheld[path] = f"can't be looked into ({_why(error)})"
        found.blind.append(path)
        return
    try:
        _look_through(inner, path, depth, found)
    except OSError as error:
        found.withheld[path] = f"can't be listed ({_why(error)})"
        found.blind.append(path)
    finally:
        os.close(inner)


def _text(name: str) -> str:
    """A name as UTF-8 whatever the locale; bytes that are none become lone surrogates."""
    return os.fsencode(name).decode("utf-8", "surrogateescape")


def unsound(name: str) -> bool:
    """Whether a name can't stand in a line of text: no UTF-8, or control characters in it."""
    return bool(_UNSOUND.search(name))


def shown(path: str) -> str:
    """A path fit for a terminal, a log and the store: odd bytes and controls spelled out."""
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return _UNSOUND.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def open_regular(root: int, path: str) -> BinaryIO:
    """Open a regular file under the root for reading bytes; the caller closes it.

    Raises FileNotFoundError when there is none, ItemError when it must not or can't be read.
    """
    *folders, name = path.split("/")
    if any(part in {"", ".", ".."} or "\0" in part for part in (*folders, name)):
        raise ItemError("is not a path in the folder", where=shown(path))
    folder, opened_here = root, []
    try:
        for part in folders:
            folder = os.open(part.encode(), _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
            opened_here.append(folder)
        return regular(os.open(name.encode(), _FILE, dir_fd=folder), path)
    except (FileNotFoundError, ItemError):
        raise
    except OSError as error:
        raise ItemError(f"can't be read ({_why(error)})", where=path) from None
    finally:
        for descriptor in opened_here:
            os.close(descriptor)


def open_anywhere(path: Path) -> BinaryIO:
    """Open a file that the user named: links are followed, but it must be a regular file.

    Raises ItemError.
    """
    try:
        return regular(os.open(path, _FILE & ~os.O_NOFOLLOW), str(path))
    except OSError as error:
        raise ItemError(f"can't be read ({_why(error)})", where=shown(str(path))) from None


def regular(descriptor: int, path: str) -> BinaryIO:
    """The open file, if it is a regular one; else it is closed and ItemError raised."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ItemError("is not a regular file", where=path)
    return os.fdopen(descriptor, "rb")


def read_whole(file: BinaryIO, path: str) -> tuple[bytes, Stat]:
    """All bytes of an item file, and its state while they were read.

    Raises ItemError when it is too long, or written to so fast that no whole state is seen.
    """
    for _ in range(3):
        before = Stat.of(os.fstat(file.fileno()))
        file.seek(0)
        data = file.read(MAX_FILE + 1)
        if len(data) > MAX_FILE:
            raise ItemError(f"has more than {MAX_FILE:,} bytes", where=path)
        if before == Stat.of(os.fstat(file.fileno())) and len(data) == before.size:
            return data, before
    raise ItemError("is being written just now; the next sync reads it", where=path)


def _why(error: OSError) -> str:
    if error.errno in {errno.ELOOP, errno.ENOTDIR}:  # what O_NOFOLLOW and O_DIRECTORY say
        return "it is a symbolic link or lies behind one, and those are not followed"
    return (error.strerror or str(error)).lower()
