"""Telling that something in the folder of item files changed, so that nobody waits for a sweep."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator, Set
from pathlib import Path

import watchfiles

from feedsvc.intake.kinds import BESIDE_SUFFIXES, ITEM_SUFFIXES, suffix_of
from feedsvc.intake.scan import MAX_DEPTH

log = logging.getLogger(__name__)

#: A change is told when it has been quiet for so long: a save in an editor is several events.
_QUIET_MS = 300
#: … or after so long if it never is quiet.
_AT_MOST_MS = 1500
#: How often the folder itself is looked for: it may be missing, or be another than before.
_LOOK_MS = 500
#: How often a change is assumed when the system can't watch (too many folders, no inotify).
_BLIND_SECONDS = 5.0


def watch(root: Path, stop: threading.Event) -> Iterator[frozenset[Path] | None]:
    """Yield the paths of item files, folders and files that may lie beside items as they change.

    None stands for anything: it comes once when it begins to watch, for what happened before, and
    whenever the folder appears, goes or is replaced. It ends within a second after ``stop`` is set.
    """
    was_there = False
    while not stop.is_set():
        watched = _folders(root)
        if watched:
            was_there = True
            yield from _while_same(root, watched, stop)
        elif was_there:
            was_there = False
            yield None
        else:
            stop.wait(_LOOK_MS / 1000)


def _while_same(
    root: Path, watched: dict[str, int], stop: threading.Event
) -> Iterator[frozenset[Path] | None]:
    """Yield at the beginning and at each change, until other folders are there than ``watched``."""
    begun = False
    try:
        # Folder by folder: a recursive watch follows symbolic links, and one to "/" takes the disk.
        for changes in watchfiles.watch(
            *watched,
            recursive=False,
            stop_event=stop,
            step=_QUIET_MS,
            debounce=_AT_MOST_MS,
            rust_timeout=_LOOK_MS,
            yield_on_timeout=True,
            watch_filter=None,
            raise_interrupt=False,
            ignore_permission_denied=True,
        ):
            changed = frozenset(Path(path) for _, path in changes if _matters(path, watched.keys()))
            if changed or not begun:
                yield changed if begun else None
                begun = True
            # Every half second only the root is asked; the others tell of themselves.
            if _folders(root) != watched if changes else _inode(root) != watched[str(root)]:
                return
    except (OSError, RuntimeError) as error:  # the latter is watchfiles' own for inotify's
        if _folders(root) == watched:
            log.warning("%s can't be watched (%s); looking every few seconds", root, error)
            stop.wait(_BLIND_SECONDS)
            yield None


def _matters(path: str, watched: Set[str]) -> bool:
    name = Path(path).name
    if name.startswith("."):
        return False
    suffix = suffix_of(name)
    known = suffix in ITEM_SUFFIXES or suffix in BESIDE_SUFFIXES
    return known or path in watched or Path(path).is_dir()


def _folders(root: Path) -> dict[str, int]:
    """The root and the real, visible folders below it, with their inodes; empty without a root."""
    inode = _inode(root)
    if inode is None:
        return {}
    found = {str(root): inode}
    waiting = [(str(root), 0)]
    while waiting:
        path, depth = waiting.pop()
        try:
            with os.scandir(path) as entries:
                below = {
                    entry.path: entry.inode()
                    for entry in entries
                    if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
                }
        except OSError:  # gone meanwhile, or not ours to list
            continue
        if depth < MAX_DEPTH:
            found |= below
            waiting += ((inner, depth + 1) for inner in below)
    return found


def _inode(root: Path) -> int | None:
    try:
        return root.stat().st_ino if root.is_dir() else None
    except OSError:
        return None
