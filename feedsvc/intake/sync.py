"""One sync: look at the folder, read what differs, decide, and do what was decided."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from feedsvc.errors import ItemError
from feedsvc.formats.itemfile import ItemFile
from feedsvc.intake.batch import Batch
from feedsvc.intake.kinds import ITEM_SUFFIXES, suffix_of
from feedsvc.intake.media import no_item
from feedsvc.intake.plan import (
    AGAIN,
    GONE,
    Compared,
    Decision,
    Known,
    Plan,
    Suspect,
    decide,
    doubtful,
    much_the_same,
)
from feedsvc.intake.reading import read_item
from feedsvc.intake.scan import Scan, open_anywhere, open_regular, read_whole, shown
from feedsvc.intake.taking import Elsewhere, Taking
from feedsvc.model import Item, Status
from feedsvc.store import Change, FileRow, KeepFile, Store

#: What has the last word on an item that a file made.
Amend = Callable[[Item], Item]


@dataclass(slots=True)
class Sync:
    """The parts of one sync, and what is done with each file. Reads the folder, asks the store."""

    store: Store
    known: Known
    compared: Compared
    taking: Taking
    batch: Batch

    def whole(self, withheld: Mapping[str, str]) -> None:
        """Bring everything in line; ``withheld`` says why some files can't be read."""
        plan = self._decide(list(self._look(self.compared.suspects)))
        for decision in plan.decisions:
            self._carry_out(decision)
            self.batch.file_done()
        for path, reason in withheld.items():
            self._withhold(path, reason)
        for row in plan.vanished:
            self.batch.add(*self.taking.withdraw(row))
        self._tell_unchanged()

    def only(self, paths: Iterable[str], seen: Scan, amend: Amend) -> None:
        """Take in these files of the folder, whether they changed or not."""
        wanted = []
        for path in paths:
            if path in seen.files:
                wanted.append(path)
            elif path in seen.withheld:
                self._withhold(path, seen.withheld[path])
            else:
                reason = "is no item file: one has a name in .md, .html or .txt and is not hidden"
                self.batch.refused.append(ItemError(reason, where=shown(path)))
        for decision in self._decide(list(self._look(wanted))).decisions:
            self._carry_out(decision, amend)

    def from_outside(self, path: Path, amend: Amend) -> None:
        """Take in a file that lies outside the folder."""
        key = shown(str(path))
        known = self.known.outside.get(key)
        try:
            with open_anywhere(path) as file:
                suspect, data = _as_read(file, key)
            outside = replace(self.taking, root=None)
            old = self._item(known)
            file_item = read_item(data, path=key)
            put = outside.put(_amended(file_item, amend), row_of(suspect, known), old)
        except ItemError as error:
            self.batch.refused.append(ItemError(error.reason, where=key, line=error.line))
        else:
            self.batch.add(*put)

    def _look(self, paths: Iterable[str]) -> Iterator[Suspect]:
        """Read each file for its digest; what can't be read is refused, what is gone passed by."""
        for path in paths:
            try:
                yield self._read(path)[0]
            except FileNotFoundError:
                self.batch.file_done()  # it went since it was listed: the next sync sees to it
            except ItemError as error:
                self._withhold(path, error.reason)
                self.batch.file_done()

    def _read(self, path: str) -> tuple[Suspect, bytes]:
        assert self.taking.root is not None  # noqa: S101  # without a folder there are no paths
        with open_regular(self.taking.root, path) as file:
            return _as_read(file, path)

    def _decide(self, suspects: Sequence[Suspect]) -> Plan:
        """Whose file is whose."""
        pairs = doubtful(self.known, self.compared, suspects)
        alike = [(one.path, row.path) for one, row in pairs if self._alike(one, row)]
        plan = decide(self.known, self.compared, suspects, alike)
        self.taking.expect({one.suspect.path: one.row for one in plan.decisions})
        return plan

    def _alike(self, suspect: Suspect, row: FileRow) -> bool:
        old = self.store.item(guid=row.guid)
        try:
            new = read_item(self._read(suspect.path)[1], path=suspect.path).item
        except (FileNotFoundError, ItemError):
            return False
        return old is not None and much_the_same(old, new)

    def _tell_unchanged(self) -> None:
        """Count the files that are as they were; what was wrong with them is told again."""
        for row in self.compared.unchanged:
            if row.error is not None:
                self.batch.refuse(ItemError(row.error, line=row.line), row, row)
            else:
                self.batch.counts["unchanged"] += 1
            for media_path, media in self.known.media.get(row.path, {}).items():
                if media.size == GONE:
                    folder, slash, _ = row.path.rpartition("/")
                    name = media_path.removeprefix(folder + slash)
                    linked = suffix_of(name) in ITEM_SUFFIXES
                    why = no_item(name) if linked else f"{name} is not there"
                    self.taking.notes.append(f"{row.path}: {why}")

    def _withhold(self, path: str, reason: str) -> None:
        """Refuse a file unread; what was published from it stays, the next sync looks again."""
        known = self.known.present.get(path)
        row = FileRow(path, 0, AGAIN, 0, "")
        if before := known or self.known.gone.get(path):
            row = replace(row, digest=before.digest, guid=before.guid)
        self.batch.refuse(ItemError(reason), row, known)

    def _carry_out(self, decision: Decision, amend: Amend | None = None) -> None:
        """Do with one file what was decided; with ``amend`` its item is put in any case."""
        known = decision.row
        if decision.kind == "touched" and amend is None:
            self._touch(decision)
            return
        try:
            suspect, data = self._read(decision.suspect.path)
        except FileNotFoundError:
            return
        except ItemError as error:
            self._withhold(decision.suspect.path, error.reason)
            return
        row = row_of(suspect, known)
        self.batch.add(*self._moved_from(suspect.path, known))
        try:
            old = self._item(known)
            if old is not None and amend is None and _stays_out(decision, old, row):
                self._keep(row)
            else:
                file = _amended(read_item(data, path=suspect.path), amend)
                self.batch.add(*self.taking.put(file, row, old))
        except Elsewhere as error:
            self.batch.refuse(error, replace(row, mtime_ns=AGAIN), known)
        except ItemError as error:
            self.batch.refuse(error, row, known)

    def _item(self, row: FileRow | None) -> Item | None:
        return self.store.item(guid=row.guid) if row is not None and row.guid else None

    def _moved_from(self, path: str, row: FileRow | None) -> list[Change]:
        return self.taking.forget(row) if row is not None and row.path != path else []

    def _touch(self, decision: Decision) -> None:
        known = decision.row
        assert known is not None  # noqa: S101  # a touched file is one that is known
        row = row_of(decision.suspect, known)
        if known.error is not None:
            self.batch.refuse(ItemError(known.error, line=known.line), row, known)
        else:
            self._keep(row)

    def _keep(self, row: FileRow) -> None:
        self.batch.add(KeepFile(row))
        self.batch.counts["unchanged"] += 1


def _as_read(file: BinaryIO, path: str) -> tuple[Suspect, bytes]:
    data, state = read_whole(file, path)
    return Suspect(path, state, hashlib.sha256(data).hexdigest()), data


def _amended(file: ItemFile, amend: Amend | None) -> ItemFile:
    return file if amend is None else replace(file, item=amend(file.item))


def row_of(suspect: Suspect, known: FileRow | None) -> FileRow:
    """The row of a file as it was read, of the item that it is known to be."""
    state = suspect.stat
    return FileRow(
        suspect.path,
        state.size,
        state.mtime_ns,
        state.inode,
        suspect.digest,
        guid=known.guid if known else None,
    )


def _stays_out(decision: Decision, old: Item, row: FileRow) -> bool:
    """Whether the item was taken out by hand or has expired, and the file says nothing new."""
    known = decision.row
    said_before = known is not None and known.digest == row.digest and decision.kind != "back"
    return said_before and old.status is Status.WITHDRAWN
