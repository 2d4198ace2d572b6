"""The store's face for sources: foreign feeds that are polled, and what is known of their entries.

Each call is one transaction, as in store.py. A poll is under way as long as nobody else has
anything to do with its source: whoever changes the source, or settles something of it, takes the
lease away, and what that poll brings is not taken.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from feedsvc.store import apart, claiming, dropping, keeping, polling, records, reviewing, sourcing
from feedsvc.store.changes import Outcome
from feedsvc.store.connections import Database
from feedsvc.store.rows import ItemRows
from feedsvc.store.sources import Imported, Record, SourceRow, SourceSpec, SourceState

#: How long who has claimed a source has time to poll it.
LEASE = timedelta(minutes=5)


class SourceTables:
    """What a :class:`feedsvc.store.Store` knows of sources."""

    _database: Database
    _rows: ItemRows

    # Who is polled

    def declare_sources(self, specs: Sequence[SourceSpec], now: datetime) -> None:
        """Make these the sources of the configuration.

        New ones are due at once; of changed ones the state is kept; those that are no longer among
        them end, and their items stay. One that somebody has made at one of these addresses is the
        configuration's from now on. Nothing is written when nothing changed.
        """
        if not self._database.read(sourcing.is_declared, specs):
            self._database.write(sourcing.declare, specs, now)

    def make_source(
        self,
        spec: SourceSpec,
        *,
        origin: str,
        now: datetime,
        state: SourceState = SourceState(),  # noqa: B008 - it is frozen
    ) -> SourceRow:
        """Add a source, due at once unless ``state`` says when; one that has ended is revived.

        Raises Conflict if there is a live one at its address, ItemError for an address that can't
        be kept.
        """
        return self._database.write(sourcing.make, spec, origin, state, now)

    def change_source(
        self,
        id: int,  # noqa: A002 - it is the field's name
        spec: SourceSpec,
        *,
        origin: str,
        now: datetime | None = None,
    ) -> None:
        """Want something else of a source, another address too. Its items stay its own.

        With ``now``, one that is to be polled more often is so from then on. Raises NotFound, and
        Conflict for a declared one or one whose new address is another's.
        """
        self._database.write(sourcing.change, id, spec, origin, now)

    def end_source(self, id: int, now: datetime) -> None:  # noqa: A002, ARG002
        """Poll a source no longer; its items stay. Raises NotFound, and Conflict for a declared
        one."""
        self._database.write(sourcing.end, id)

    def set_source(self, id: int, state: SourceState) -> None:  # noqa: A002
        """Put a source into this state: paused, resumed, due now. Raises NotFound."""
        self._database.write(sourcing.put_state, id, state)

    def sources(self) -> list[SourceRow]:
        """All sources by name, those that have ended last."""
        return self._database.read(sourcing.all_sources)

    def sources_of(self, ids: Iterable[int]) -> dict[int, SourceRow]:
        """The sources of these numbers (some hundred at most), by them; their items and what waits
        are not counted, so that it costs the same however much there is."""
        return self._database.read(sourcing.some, list(ids))

    def source(self, *, id: int | None = None, url: str | None = None) -> SourceRow | None:  # noqa: A002
        """The source of this number, or of this address."""
        return self._database.read(sourcing.source, id=id, url=url)

    # Polling

    def claim_sources(
        self,
        now: datetime,
        *,
        limit: int,
        lease: timedelta = LEASE,
        ids: Collection[int] | None = None,
    ) -> list[SourceRow]:
        """Sources that the caller alone may poll until the lease is over, the longest due first.

        Those that are due; with ``ids`` those among them that have not ended, due or not. None
        that somebody else has a lease of; one of a host at most, and none of a host that is being
        polled or was within the last second.
        """
        return self._database.write(
            claiming.claim, now, limit=limit, lease=lease, ids=None if ids is None else set(ids)
        )

    def next_source_due(self) -> datetime | None:
        """When there is next something to claim, None for never."""
        return self._database.read(claiming.next_due)

    def import_polls(self, polls: Sequence[Imported], now: datetime) -> list[list[Outcome] | None]:
        """Keep what these polls bring, in one transaction: the outcomes of each one's changes.

        None for one whose lease is lost: nothing of it is kept. A change that can't be taken is
        refused alone, as in ``apply``, and its record says why. An error keeps none of the polls.
        Many polls without changes cost little more than one.
        """
        if not polls:
            return []
        return self._database.write(polling.import_polls, self._rows, polls, now)

    def records(
        self,
        source_id: int,
        *,
        guids: Collection[str] = (),
        links: Collection[str] = (),
        likenesses: Collection[str] = (),
    ) -> list[Record]:
        """The records of a source with one of these guids, links or fingerprints."""
        return self._database.read(
            records.of_source, self._rows, source_id, guids, links, likenesses
        )

    def stories(
        self,
        *,
        links: Collection[str] = (),
        likenesses: Collection[str] = (),
        items: Collection[str] = (),
    ) -> list[tuple[int, Record]]:
        """The records of any source by which such a story is told or credited, each with the
        number of its source."""
        return self._database.read(records.stories, self._rows, links, likenesses, items)

    def alike(
        self,
        source_id: int,
        *,
        links: Collection[str],
        likenesses: Collection[str],
        items: Collection[str],
    ) -> tuple[list[Record], list[tuple[int, Record]]]:
        """What ``records`` and ``stories`` say to the same links and fingerprints, and ``stories``
        to these items too, at half the cost."""
        return self._database.read(records.alike, self._rows, source_id, links, likenesses, items)

    def record(self, source_id: int, key: str) -> Record | None:
        """The record of a source with this key, which is ``record_key`` of its guid."""
        return self._database.read(records.by_key, self._rows, source_id, key)

    def recent_records(self, source_id: int, limit: int) -> list[Record]:
        """The records of a source, last seen first."""
        return self._database.read(records.recent, self._rows, source_id, limit)

    # Leaving

    def keep_source(
        self, source_id: int, *, most: int, since: datetime, gone_before: datetime, now: datetime
    ) -> int:
        """Let the items of a source leave for good that are beyond ``most`` or older than
        ``since``; how many.

        They leave no tombstone. What the source has shown since ``gone_before`` is remembered, so
        that it is not taken again; what it has not is forgotten, unless an item is made of it.
        Items whose origin is not a source any more are left alone. What other sources carry as
        well becomes theirs.
        """
        if not self._database.read(
            keeping.is_too_much, source_id, most=most, since=since, gone_before=gone_before
        ):
            return 0
        return self._database.write(
            keeping.keep,
            self._rows,
            source_id,
            most=most,
            since=since,
            gone_before=gone_before,
            now=now,
        )

    def drop(self, guids: Iterable[str], now: datetime) -> int:
        """Delete these items for good, with all that hangs on them; how many there were.

        No tombstone tells of it: this is for what nobody here answers for. Their guids and slugs
        are free again. What sources credited them for becomes an item of its own.
        """
        return self._database.write(dropping.drop, self._rows, list(guids), now)

    # Looking at what waits

    def waiting(
        self, *, cursor: str | None = None, limit: int = 50
    ) -> tuple[list[tuple[SourceRow, Record]], str | None]:
        """A page of the records that wait for somebody, what has waited longest first, and the
        cursor of the next page. Raises ItemError for a cursor that is none."""
        return self._database.read(reviewing.waiting, self._rows, cursor=cursor, limit=limit)

    def count_waiting(self) -> int:
        """How many records wait for somebody."""
        return self._database.read(reviewing.count)

    def settle_waiting(
        self,
        source_id: int,
        guid: str,
        *,
        take: bool,
        now: datetime,
        digest: str | None = None,
        revision: int | None = None,
    ) -> Outcome | None:
        """Publish what waits, or drop it: None for that.

        A new entry that is dropped leaves for good, and is not taken again. A change that is
        dropped leaves the item as it is. Raises NotFound for what does not wait (any more), and
        Changed for what has another ``digest`` than the record that somebody has seen, or whose
        item has another ``revision`` (0 for none): what nobody has seen is neither published, nor
        dropped, nor overwritten.
        """
        return self._database.write(
            reviewing.settle,
            self._rows,
            source_id,
            guid,
            take=take,
            now=now,
            digest=digest,
            revision=revision,
        )

    def looked_at(self, guid: str) -> None:
        """Somebody has published, or put away, the item of this guid, which was under review: what
        was waiting for that waits no more."""
        self._database.write(reviewing.looked_at, self._rows, guid)

    def take_apart(self, source_id: int, guid: str, now: datetime) -> Outcome:
        """Make an item of its own of an entry that only credits another source's, which loses that
        credit. Raises NotFound if none does, Conflict if what it said is not kept."""
        return self._database.write(apart.take_apart, self._rows, source_id, guid, now)
