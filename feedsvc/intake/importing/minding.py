"""What people do with sources: make them, change, pause and end them, look at what waits.

Nothing here asks another server: a source is made due, and whoever polls sees to it within a
second. Messages show no passwords.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from feedsvc.config import Settings
from feedsvc.errors import Changed, Conflict, NotFound
from feedsvc.intake.asking import masked
from feedsvc.intake.importing.wanting import read_source
from feedsvc.model import Item
from feedsvc.store import Record, SourceRow, SourceSpec, SourceState, Store, record_key
from feedsvc.store.sources import DECLARED, origins_of
from feedsvc.where import Where, taken_from


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry that waits for a look: as it would go out, and the item that it would change.

    ``now`` is None of a new one.
    """

    source: SourceRow
    record: Record
    item: Item | None
    now: Item | None

    @property
    def key(self) -> str:
        """What it is called in addresses, among those of its source."""
        return record_key(self.record.guid)

    @property
    def revision(self) -> int:
        """Of the item that it is or would change; 0 where there is none."""
        item = self.item if self.record.kept is None else self.now
        return item.revision if item else 0

    @property
    def is_edited(self) -> bool:
        """Whether it is a new one that somebody has edited here."""
        if self.record.kept is not None or self.item is None:
            return False
        return self.item.origin not in origins_of(self.source.spec.url)

    @property
    def seen(self) -> str:
        """What names this version of it, and of the item that it would change: whoever settles it
        says so what was looked at."""
        return f"{self.record.digest}.{self.revision}"


class Sources:
    """The sources of a service, in the hands of people and their programs.

    ``clock`` tells the time, ``settings`` what they are now; ``gather`` makes the feeds name what
    they are made of.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        settings: Callable[[], Settings],
        gather: Callable[[datetime], object],
    ) -> None:
        self._store, self._clock = store, clock
        self._settings, self._gather = settings, gather

    # Which there are

    def all(self) -> list[SourceRow]:
        """Those that have not ended, by name."""
        return [row for row in self._store.sources() if row.state.status != "ended"]

    def page(self, *, after: int | None, limit: int) -> tuple[list[SourceRow], int | None]:
        """A page of them: those that come after the source of that number, whether it has ended
        meanwhile or not; and the number after which the next page begins, None for the last.

        Who comes in or ends meanwhile makes nobody come twice or not at all. Raises NotFound for a
        number that no source has or had.
        """
        rows = self._store.sources()
        live = [row for row in rows if row.state.status != "ended"]
        if after is not None:
            last = next((row for row in rows if row.id == after), None)
            if last is None:
                raise NotFound(f"no source has the number {after}")
            live = [row for row in live if _by_name(row) > _by_name(last)]
        return live[:limit], live[limit - 1].id if len(live) > limit else None

    def source(self, name: str) -> SourceRow:
        """The source of this number. Raises NotFound, also for one that has ended."""
        known = name.isascii() and name.isdigit() and len(name) <= 9
        row = self._store.source(id=int(name)) if known else None
        if row is None:
            raise NotFound(f"no source has the number {name[:20]!r}")
        if row.state.status == "ended":
            raise NotFound(f"the source {row.id} has ended; make it again to poll it again")
        return row

    def of_item(self, item: Item) -> SourceRow | None:
        """The source that an item is of, as long as that is polled and nobody else changed it."""
        url = taken_from(item.origin)
        row = self._store.source(url=url) if url is not None else None
        return None if row is None or row.state.status == "ended" else row

    def credits(self, item: Item) -> list[tuple[SourceRow, Record]]:
        """Entries of other sources that tell the same story, and that this item credits."""
        told = self._store.stories(items=[item.guid])
        found = [(number, record) for number, record in told if record.state == "credit"]
        theirs = self._store.sources_of({number for number, _ in found}) if found else {}
        return [(theirs[number], record) for number, record in found]

    def matching(self, source: SourceRow, where: Where, limit: int) -> tuple[list[Item], int]:
        """The newest of a source's published items that a ``where`` takes, and how many in all."""
        return self._store.matching(where, limit=limit, origins=origins_of(source.spec.url))

    # What is wanted of them

    def read(self, given: Mapping[str, Any], old: SourceRow | None = None) -> SourceSpec:
        """The source that is described with the keys of ``[[sources]]``. Raises InvalidFields."""
        settings = self._settings()
        feeds = [feed.name for feed in settings.all_feeds()]
        return read_source(given, feeds, settings.limits, old.spec if old else None)

    def make(self, spec: SourceSpec, *, origin: str) -> SourceRow:
        """Add a source; it is due at once. Raises Conflict if its address has a live one."""
        now = self._clock()
        row = self._store.make_source(spec, origin=origin, now=now)
        self._gather(now)
        return row

    def change(self, row: SourceRow, spec: SourceSpec, *, origin: str) -> SourceRow:
        """Want something else of a source. Raises NotFound, Conflict.

        With another ``where`` all that its feed shows is looked at again, at another address it is
        polled at once.
        """
        _must_not_be_declared(row)
        now = self._clock()
        self._store.change_source(row.id, spec, origin=origin, now=now)
        if spec.where != row.spec.where or spec.url != row.spec.url:
            changed = self._again(row)
            state = replace(changed.state, unread=True, digest=None)
            if spec.url != row.spec.url and state.status != "paused":
                state = _resumed(state, now, "it has another address")
            self._store.set_source(row.id, state)
        self._gather(now)
        return self._again(row)

    def end(self, row: SourceRow) -> None:
        """Poll a source no longer; its items stay. Raises NotFound, and Conflict if declared."""
        _must_not_be_declared(row)
        now = self._clock()
        self._store.end_source(row.id, now)
        self._gather(now)

    # When they are polled

    def pause(self, row: SourceRow) -> SourceRow:
        """Leave a source alone until somebody resumes it; a declared one as well."""
        if row.state.status == "paused":
            return row
        why = "it is paused until somebody resumes it"
        state = replace(row.state, status="paused", next_poll_at=None, reason=why)
        return self._put(row, state)

    def resume(self, row: SourceRow) -> SourceRow:
        """Poll a source again that was paused, held, failing or gone; at once."""
        if row.state.status in {"new", "ok"}:
            return row
        return self._put(row, _resumed(row.state, self._clock(), "somebody has resumed it"))

    def poll_soon(self, row: SourceRow) -> SourceRow:
        """Make a source due now. Raises Conflict for one that has to be resumed first."""
        if row.state.status in {"paused", "held", "gone"}:
            raise Conflict(
                f"the source {row.id} is {row.state.status}: resume it, then it is polled"
            )
        state = replace(row.state, next_poll_at=self._clock(), reason="somebody has asked for it")
        return self._put(row, state)

    # Entries that wait

    def waiting(self, *, cursor: str | None, limit: int) -> tuple[list[Waiting], str | None]:
        """A page of what waits for a look, the longest first. Raises ItemError for a cursor."""
        found, more = self._store.waiting(cursor=cursor, limit=limit)
        items = self._store.items_of({record.item for _, record in found if record.item})
        return [_waiting(row, record, items.get(record.item)) for row, record in found], more

    def one_waiting(self, source: str, key: str) -> Waiting:
        """The entry that waits under this key of a source. Raises NotFound."""
        known = source.isascii() and source.isdigit() and len(source) <= 9
        fits = len(key) == 64 and key.isascii() and key.isalnum()
        record = self._store.record(int(source), key) if known and fits else None
        if record is None or record.state != "waiting":
            raise NotFound("nothing waits there: somebody may have looked at it already")
        row = self._store.sources_of([int(source)])[int(source)]
        item = self._store.item(guid=record.item) if record.item else None
        return _waiting(row, record, item)

    def settle(self, waiting: Waiting, *, take: bool, seen: str | None = None) -> Item | None:
        """Publish what waits, which gives the item, or drop it. Raises NotFound if somebody was
        quicker, Changed if ``waiting`` is not what was ``seen`` by whoever wants that, or not any
        more what is here, Conflict for what can't be published."""
        if seen is not None and seen != waiting.seen:
            raise Changed("it says something else by now, or its item does: look at it again")
        if seen is None and waiting.is_edited:
            raise Changed("somebody has edited it here: name the digest of what was looked at")
        outcome = self._store.settle_waiting(
            waiting.source.id,
            waiting.record.guid,
            take=take,
            now=self._clock(),
            digest=waiting.record.digest,
            revision=waiting.revision,
        )
        if outcome is None:
            return None
        if outcome.kind in {"refused", "conflict"}:
            raise Conflict(f"it can't be published: {outcome.reason or 'it was changed meanwhile'}")
        return self._store.item(guid=outcome.guid or "")

    # Stories that several sources carry

    def take_apart(self, item: Item, source: SourceRow, guid: str) -> Item:
        """Make an item of its own of an entry that ``item`` credits. Raises NotFound, Conflict."""
        record = self._store.record(source.id, record_key(guid))
        if record is None or record.state != "credit" or record.item != item.guid:
            raise NotFound("this item does not credit such an entry: it may stand alone already")
        outcome = self._store.take_apart(source.id, record.guid, self._clock())
        made = self._store.item(guid=outcome.guid) if outcome.guid else None
        if outcome.kind in {"refused", "conflict"} or made is None:
            raise Conflict(f"it can't stand alone: {outcome.reason or 'it was changed meanwhile'}")
        return made

    def _put(self, row: SourceRow, state: SourceState) -> SourceRow:
        self._store.set_source(row.id, state)
        return self._again(row)

    def _again(self, row: SourceRow) -> SourceRow:
        return self.source(str(row.id))


def _by_name(row: SourceRow) -> tuple[str, int]:
    """The order in which the store gives sources that have not ended."""
    return (row.spec.name or row.state.title or row.spec.url).casefold(), row.id


def _waiting(row: SourceRow, record: Record, item: Item | None) -> Waiting:
    if record.kept is None:
        return Waiting(row, record, item, None)
    return Waiting(row, record, record.kept, item)


def _resumed(state: SourceState, now: datetime, why: str) -> SourceState:
    return replace(
        state,
        # What was held for a flood is taken now: somebody has looked at it.
        status="new" if state.last_success_at is None or state.status == "held" else "ok",
        failures=0,
        last_error=None,
        next_poll_at=now,
        reason=why,
        unread=True,
    )


def _must_not_be_declared(row: SourceRow) -> None:
    if row.origin == DECLARED:
        raise Conflict(
            f"the source {masked(row.spec.url)} is declared in {DECLARED}; edit that file"
        )
