"""Changes on their way into the store, and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from feedsvc.errors import ItemError
from feedsvc.intake.plan import AGAIN
from feedsvc.store import Change, FileRow, KeepFile, Put, Store, Withdraw

#: So many changes make a transaction: few enough that other writers wait for milliseconds only.
SIZE = 500

Progress = Callable[[int, int], None]


class Batch:
    """Gathers changes, hands them to the store some hundred at a time, and counts.

    ``counts`` is by the store's words (``added``, ``changed`` …), ``refused`` has an error for each
    file that was refused, by whomever. ``total`` is the number of files to come, for ``progress``.
    """

    def __init__(
        self, store: Store, now: datetime, *, total: int = 0, progress: Progress | None = None
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.refused: list[ItemError] = []
        self._store = store
        self._now = now
        self._changes: list[Change] = []
        self._files = 0
        self._total = total
        self._progress = progress

    def add(self, *changes: Change) -> None:
        """Take changes that belong together: they go into one transaction."""
        self._changes += changes

    def refuse(self, error: ItemError, row: FileRow, known: FileRow | None = None) -> None:
        """Note that a file was refused; ``known`` is its row as the store has it already."""
        error = ItemError(error.reason, where=row.path, line=error.line)
        self.refused.append(error)
        row = replace(row, error=error.reason, line=error.line)
        if row != known and not row.path.startswith(
            "/"
        ):  # no file from outside is looked for again
            self.add(KeepFile(row))

    def file_done(self) -> None:
        """One more file is through; applies what has gathered when it is enough."""
        self._files += 1
        if len(self._changes) >= SIZE:
            self._apply()
            self._tell()

    def finish(self) -> None:
        """Apply the rest."""
        while self._changes:
            self._apply()
        if self._total:
            self._tell()

    def _apply(self) -> None:
        changes, self._changes = self._changes, []
        outcomes = self._store.apply(changes, self._now)
        for change, outcome in zip(changes, outcomes, strict=True):
            if isinstance(change, Put) and outcome.kind == "refused":
                if change.file is not None:
                    # Why the store refuses lies outside the file, so it is read at every sync.
                    row = replace(change.file, mtime_ns=AGAIN, guid=change.replaces)
                    self.refuse(ItemError(outcome.reason or "refused"), row)
            elif isinstance(change, Put | Withdraw):
                self.counts[outcome.kind] += 1

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(self._files, self._total)
