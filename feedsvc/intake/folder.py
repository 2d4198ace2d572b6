"""The ways in from files: the folder of item files, and single files from anywhere."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from feedsvc.errors import ItemError, NotFound
from feedsvc.intake import scan
from feedsvc.intake.batch import Batch, Progress
from feedsvc.intake.plan import Compared, Known, compare
from feedsvc.intake.sync import Sync
from feedsvc.intake.taking import Seconds, Taking, scope_of
from feedsvc.model import Item
from feedsvc.store import Media, Store

#: So many edits at once are looked at one by one; of more, the whole folder is.
_FEW = 100


#: Of so many files nobody means to delete all at once: the folder's drive is not there.
MANY = 10


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it: numbers of items, an error for each refused file, and notes.

    A note names a file, and something that was dropped from it or that it links to in vain.
    """

    added: int = 0
    changed: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    refused: tuple[ItemError, ...] = ()
    notes: tuple[str, ...] = ()


class Folder:
    """The folder of item files and what the store has of it."""

    def __init__(self, root: Path, store: Store, site_url: str) -> None:
        self._root = root
        self._store = store
        self._site_url = site_url.rstrip("/")
        self._seconds = Seconds()

    def sync(
        self,
        now: datetime,
        progress: Progress | None = None,
        *,
        paths: Collection[Path] | None = None,
        may_empty: bool = False,
    ) -> Report:
        """Bring the store in line with the folder; only what differs is read.

        ``progress`` is called with the numbers of files done and to do. ``paths`` says that nothing
        else changed: if they are known item files, only those are looked at, and the report is of
        those alone. A folder that can't be read is one refusal, and nothing is withdrawn; nor is it
        from a folder that has lost all of its many files, unless it ``may_empty``. Raises
        StoreError.
        """
        try:
            with self._opened() as root:
                if paths is not None and (report := self._edits(root, paths, now)) is not None:
                    return report
                return self._whole(root, now, progress, may_empty=may_empty)
        except ItemError as error:
            return Report(refused=(ItemError(error.reason, where=str(self._root)),))

    def _whole(
        self, root: int, now: datetime, progress: Progress | None, *, may_empty: bool
    ) -> Report:
        seen = scan.walk(root)
        known = Known.of(self._store.files())
        if not seen.files and not seen.withheld and len(known.present) > MANY and not may_empty:
            raise ItemError(
                f"is empty, and {len(known.present)} item files were in it. Is its drive there? "
                "Nothing was withdrawn. If it is meant: feedsvc sync --empty"
            )
        compared = compare(known, seen)
        batch = Batch(self._store, now, total=len(compared.suspects), progress=progress)
        sync = self._begin(root, known, compared, batch, now)
        sync.whole(seen.withheld)
        batch.finish()
        return _report(batch, [*seen.notes, *sync.taking.notes])

    def _edits(self, root: int, paths: Collection[Path], now: datetime) -> Report | None:
        """A sync of these files alone, whose cost is that of the files and not of the folder.

        None when that can't be: what is new may have been moved here, what is gone may have gone
        elsewhere, and a picture may be any item's.
        """
        names = {self._place(path) for path in paths}
        wanted = sorted(name for name in names if isinstance(name, str))
        if not 0 < len(names) == len(wanted) <= _FEW:
            return None
        known = Known.of(self._store.files(wanted))
        seen = scan.some(root, wanted)
        if not len(known.present) == len(seen.files) == len(wanted):
            return None
        batch = Batch(self._store, now)
        sync = self._begin(root, known, compare(known, seen), batch, now, complete=False)
        sync.whole({})
        batch.finish()
        return _report(batch, sync.taking.notes)

    def publish(
        self, paths: Sequence[Path], *, feed: str | None, at: datetime | None, now: datetime
    ) -> Report:
        """Take in single item files from anywhere; the same path again is the same item.

        ``feed`` is the only feed that they enter, ``at`` their time. A file in the folder is taken
        as a sync would; one from elsewhere is refused if it links to files beside it, which nobody
        could serve. Raises StoreError.
        """

        def amend(item: Item) -> Item:
            feeds = (feed,) if feed is not None else item.feeds
            return replace(item, feeds=feeds, published=at or item.published)

        batch = Batch(self._store, now)
        with self._opened_if_there() as root:
            seen = scan.walk(root) if root is not None else scan.Scan()
            known = Known.of(self._store.files())
            compared = compare(known, seen) if root is not None else Compared()
            sync = self._begin(root, known, compared, batch, now)
            places = [self._place(path) for path in paths]
            inside = [path for path in places if isinstance(path, str)]
            sync.only(inside, seen, amend)
            for path in places:
                if isinstance(path, Path):
                    sync.from_outside(path, amend)
            batch.finish()
        return _report(batch, sync.taking.notes)

    def _place(self, path: Path) -> str | Path:
        """A path relative to the folder for a file that lies in it, else an absolute one."""
        # The folder's own links are resolved, the name's is not: what it leads to is asked later.
        whole = Path(os.path.realpath(path.parent)) / path.name
        root = Path(os.path.realpath(self._root))
        return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else whole

    def open_media(self, media: Media) -> BinaryIO:
        """Open a media file for reading; the caller closes it.

        Never anything but a regular file in the folder. Raises NotFound.
        """
        try:
            with scan.opened(self._root) as root:
                return scan.open_regular(root, media.path)
        except (FileNotFoundError, ItemError):
            raise NotFound(f"{media.path} is not to be had any more") from None

    def _begin(
        self,
        root: int | None,
        known: Known,
        compared: Compared,
        batch: Batch,
        now: datetime,
        *,
        complete: bool = True,
    ) -> Sync:
        self._seconds.begin(now)
        gone = {row.path for row in compared.vanished}
        taking = Taking(
            root=root,
            store=self._store,
            site_url=self._site_url,
            now=now,
            seconds=self._seconds,
            known=known,
            holders={
                row.guid: path
                for path, row in known.present.items()
                if row.guid and path not in gone
            },
            complete=complete,
            fresh=complete and self._store.count() == 0,
            scope=scope_of(self._store),
        )
        return Sync(self._store, known, compared, taking, batch)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """The folder's descriptor, while no other process of ours takes files in from it."""
        with scan.opened(self._root) as root:
            with suppress(OSError):  # a file system without locks: then nobody else has one either
                fcntl.flock(root, fcntl.LOCK_EX)  # let go when the descriptor is closed
            yield root

    @contextmanager
    def _opened_if_there(self) -> Iterator[int | None]:
        if not self._root.is_dir():
            yield None
            return
        with self._opened() as root:
            yield root


def _report(batch: Batch, notes: Iterable[str]) -> Report:
    counts = batch.counts
    return Report(
        counts["added"],
        counts["changed"],
        counts["withdrawn"],
        counts["unchanged"],
        tuple(sorted(batch.refused, key=lambda error: error.where)),
        tuple(notes),
    )
