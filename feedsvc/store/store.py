"""The store's face: everything that the rest of feedsvc asks of what is kept.

Each call is one transaction, safe under threads, and raises a StoreError (errors.py) when the
database can't do it. Times are aware UTC datetimes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from feedsvc.model import Item, Status, Tombstone
from feedsvc.store import (
    applying,
    declaring,
    history,
    keys,
    matching,
    membership,
    polls,
    reads,
    snapshots,
    soundness,
    standing,
    ticking,
    upcoming,
)
from feedsvc.store.changes import (
    Change,
    Delta,
    FeedSpec,
    FeedState,
    FileRow,
    Live,
    Media,
    Outcome,
    Page,
    PageState,
)
from feedsvc.store.connections import Database
from feedsvc.store.grouping import Grouping
from feedsvc.store.history import Version
from feedsvc.store.made import MadeFeed, all_made
from feedsvc.store.moments import Mark, Moment, settings_of
from feedsvc.store.polls import PollCount
from feedsvc.store.rows import ItemRows
from feedsvc.store.seconds import Crowds
from feedsvc.store.seen import Seen
from feedsvc.store.side import SideTables
from feedsvc.store.sources_face import SourceTables
from feedsvc.where import Where


class Store(SideTables, SourceTables):
    """An open store. Made by :func:`feedsvc.store.open_store`."""

    def __init__(self, database: Database, site_url: str) -> None:
        self._database = database
        self._rows = ItemRows(site_url)
        self._seen = Seen(self._rows)
        self._posts: Callable[[], int] = lambda: 0
        crowds = Crowds()
        self._grouping = Grouping(
            database.write, lambda conn, *asked: applying.apply(conn, self._rows, crowds, *asked)
        )

    # Writing

    def declare(
        self,
        specs: Sequence[FeedSpec],
        now: datetime,
        made: Mapping[str, MadeFeed] | None = None,
        *,
        known: Mapping[str, MadeFeed] | None = None,
    ) -> None:
        """Make these the declared feeds; a feed that is no longer among them is ended.

        Items enter and leave as the specs say. A feed that is there under a former name gets the
        new one; one whose ``ends`` is over stays ended. Nothing is written when nothing changed.

        ``made`` are the feeds among them that the API and the editor made, from now on. Raises
        Changed, with nothing done, if those that are kept are not (any more) the ``known`` ones
        that whoever asks has reckoned with. Raises Conflict, with nothing done, for a feed that
        would publish what a private one had by taking its name.
        """
        if made is not None or not self._database.read(declaring.is_declared, specs, now):
            self._database.write(declaring.declare, self._rows, specs, now, made, known)

    def apply(self, changes: Sequence[Change], now: datetime) -> list[Outcome]:
        """The write path: all changes in one transaction, one outcome each, in their order.

        A change that can't be taken is refused alone. What comes back is kept: a return means
        that the transaction is committed and on disk. Threads that write at once share it.
        """
        if not changes:
            return []
        return self._grouping.apply(changes, now)

    def tick(self, now: datetime) -> int:
        """Do what is due by now: scheduled items, expiries, holds that are over, feeds that end,
        entries of sources that nobody has dropped in time.

        Returns for how many items and feeds something happened. Costs one small read when nothing
        is due.
        """
        due = self.next_due()
        if due is None or due > now:
            return 0
        return self._database.write(ticking.tick, self._rows, now)

    def add_polls(self, counts: Sequence[PollCount], now: datetime) -> None:
        """Add counts of polls to those that are there. Moves no revision and no feed's time."""
        if counts:
            self._database.write(polls.add, counts, now)

    # Reading

    def next_due(self) -> datetime | None:
        """When ``tick`` next has something to do, None for never."""
        return self._database.read(ticking.next_due)

    def revision(self) -> int:
        """The number of the last change."""
        return self._database.read(reads.revision)

    @property
    def is_local(self) -> bool:
        """Whether ``data_version`` is asked of a file, in microseconds, and not of a server."""
        return self._database.sqlite

    def data_version(self) -> object:
        """A cheap token: if it equals the one from before, nobody has written in between.

        Only to be compared with tokens of the same process.
        """
        if not self._database.sqlite:
            return self.revision()
        return (self._database.data_version(), self._posts())

    def mark(self) -> Mark:
        """Where the store stands, in microseconds (SQLite only)."""
        return self._database.mark()

    def count_posts(self, posts: Callable[[], int]) -> None:
        """Let ``data_version`` move with this number too: that of the documents' posts (SQLite)."""
        self._posts = posts

    def tell_writes(self, witness: Callable[[Moment, Moment], None]) -> None:
        """Call ``witness`` with where the store stood and is about to stand, within each write of
        this process that moves it, before anybody else can see it (SQLite only)."""
        self._database.witness = witness

    def feed_state(self, key: str) -> FeedState | None:
        """Where a feed stands; None if there never was one of that key."""
        return self._database.read(reads.feed_state, key)

    def feed_states(self, prefix: Literal["feed", "tag", "author"]) -> list[FeedState]:
        """All feeds of one sort, by key: the declared ones, those of tags, those of authors."""
        return self._database.read(reads.feed_states, prefix)

    def standing(self, key: str, *, known: int | None = None) -> standing.Standing | None:
        """Where a feed stands, and when something is going to come into it; None if it has ended,
        or there is none. ``known`` is the revision that whoever asks knows of."""
        return self._database.read(standing.standing, self._rows, key, known=known)

    def live(
        self, key: str, *, limit: int, kept: timedelta, tombstones: int = 10_000
    ) -> Live | None:
        """A feed as its documents show it; None if there is none of that key, or it has ended.

        All entries that are in no archive page, filled up to ``limit`` with the newest that are;
        the newest of all is always there. With the tombstones, ``tombstones`` at most, that are
        younger than ``kept`` before its last change.
        """
        return self._database.read(
            snapshots.live, self._seen, key, limit=limit, kept=kept, stones=tombstones
        )

    def page_state(self, key: str, number: int) -> PageState | None:
        """Where an archive page (1 is the oldest) of a feed stands; None if it has none such."""
        return self._database.read(snapshots.page_state, key, number)

    def page(self, key: str, number: int) -> Page | None:
        """An archive page, its items as they were when it was made."""
        return self._database.read(snapshots.page, self._rows, key, number)

    def delta(self, key: str, *, revision: int, at: datetime, limit: int) -> Delta | None:
        """What happened to a feed since it had this revision, at this time.

        None if it never had, as far as can be told, or if it is more than ``limit`` entries and
        tombstones.
        """
        return self._database.read(
            snapshots.delta, self._seen, key, revision=revision, at=at, limit=limit
        )

    def times(self, key: str) -> tuple[datetime, ...]:
        """The places in time of a feed's newest twelve items, newest first."""
        return self._database.read(snapshots.times, key)

    def next_entry(self, key: str) -> datetime | None:
        """When the next item that waits for its time or for a hold to be over may enter a feed.

        None for never; a time that is past for one that is only still to be let in.
        """
        return self._database.read(upcoming.next_entry, self._rows, key)

    def entries(self, key: str, *, limit: int, offset: int = 0) -> list[Item]:
        """A feed's live items, newest first."""
        return self._database.read(reads.listing, self._rows, key, limit=limit, offset=offset)

    def tombstones(self, key: str, *, since: datetime, limit: int | None = None) -> list[Tombstone]:
        """The items that have left a feed since then and are not back, newest first."""
        return self._database.read(reads.tombstones, key, since=since, limit=limit)

    def search(self, query: str, *, limit: int, offset: int = 0) -> list[Item]:
        """The live items of main that have all words of the query, newest first.

        ``*`` after a word makes it a prefix; there are no other operators, and no query is wrong.
        """
        return self._database.read(reads.search, self._rows, query, limit=limit, offset=offset)

    def found(self, query: str, *, limit: int) -> list[tuple[int, int]]:
        """Row number and revision of each item that ``search`` finds, in its order."""
        return self._database.read(reads.found, query, limit=limit)

    def item(
        self, *, guid: str | None = None, slug: str | None = None, url: str | None = None
    ) -> Item | None:
        """The item of a guid or a slug, older ones included, or of the address that it has now.

        There is no index of addresses: that is for a person's question now and then.
        """
        return self._database.read(reads.item, self._rows, guid=guid, slug=slug, url=url)

    def items_of(self, guids: Iterable[str]) -> dict[str, Item]:
        """The items of these guids (some hundred at most), older ones included, by them."""
        return self._database.read(reads.items_of, self._rows, guids)

    def items(
        self,
        *,
        feed: str | None = None,
        status: Status | None = None,
        search: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> tuple[list[Item], str | None]:
        """A page of all items that fit, newest first, and the cursor of the next page.

        ``search`` looks through items of any status. Items that come in while somebody pages
        neither repeat nor hide others. Raises ItemError for a cursor that is none.
        """
        return self._database.read(
            reads.page,
            self._rows,
            feed=feed,
            status=status,
            search=search,
            cursor=cursor,
            limit=limit,
        )

    def changed_since(
        self,
        revision: int,
        *,
        feed: str | None = None,
        status: Status | None = None,
        limit: int = 50,
    ) -> tuple[list[Item], int]:
        """The items that have changed since a revision, in the order of their last change,
        withdrawn ones included, and the revision to go on from.

        With ``feed`` (a key) what counts is a change that its readers could see, and those that
        have left it are included. What one change has moved is given out whole, ``limit`` or not.
        A revision to come, as after a backup was brought back, leads on from the present one.
        """
        return self._database.read(
            history.changed_since,
            self._rows,
            revision,
            feed=feed,
            status=status,
            limit=limit,
        )

    def left(self, feed: str, guids: Collection[str]) -> set[str]:
        """Those of these guids (some hundred at most) whose items have left a feed."""
        return self._database.read(history.left, feed, guids)

    def history(self, guid: str, *, limit: int = 100) -> list[Version]:
        """The versions of an item, the present one first; empty if it is not there.

        At least the last 200 are kept, and those that archive pages show.
        """
        return self._database.read(history.history, self._rows, guid, limit=limit)

    def version(self, guid: str, revision: int) -> Item | None:
        """An item as it was at one of its revisions; None if that is not kept."""
        return self._database.read(history.version, self._rows, guid, revision)

    def was_out(self, guid: str) -> bool:
        """Whether readers ever had an item, whatever it is now."""
        return self._database.read(history.was_out, guid)

    def made_at(self, guid: str) -> datetime | None:
        """When an item was first taken in, None if it is not there."""
        return self._database.read(history.made_at, guid)

    def made_by(self, key: str) -> tuple[str, int] | None:
        """The guid of the item that a request with this key has made, and the revision it got."""
        used = self._database.read(keys.load, [key]).get(key)
        return (used.guid, used.revision) if used else None

    def private_feeds_of(self, item: Item) -> tuple[str, ...]:
        """The private feeds that a private item is in, or would be if it were published.

        Whoever may read one of them may read the item; empty for a public item, which everybody
        may. A feed among them may have ended.
        """
        return membership.private_feeds(item, self._database.read(declaring.deciding))

    def matching(
        self, where: Where, *, limit: int, origins: Collection[str] | None = None
    ) -> tuple[list[Item], int]:
        """The newest published items that a ``where`` takes, and how many it takes in all.

        All items are looked at, or those of ``origins``. Their text is left out if the ``where``
        does not ask for it.
        """
        return self._database.read(
            matching.matching, self._rows, where, limit=limit, origins=origins
        )

    def settled(self) -> tuple[dict[str, MadeFeed], list[FeedSpec], str]:
        """What ``made_feeds`` and ``deciding`` tell, of one moment; and the ``settings`` of its
        mark, empty on PostgreSQL."""
        return self._database.read(
            lambda conn: (all_made(conn), declaring.deciding(conn), settings_of(conn))
        )

    def deciding(self) -> list[FeedSpec]:
        """All feeds that decide where an item belongs: the declared, and ended private ones."""
        return self._database.read(declaring.deciding)

    def count(self, status: Status | None = None) -> int:
        """How many items there are, of one status or of any."""
        return self._database.read(reads.count, status)

    def files(self, paths: Sequence[str] | None = None) -> dict[str, FileRow]:
        """Every known item file by its path; with ``paths`` (some hundred at most) only those."""
        if paths is None:
            return self._database.read(reads.all_files)
        return self._database.read(reads.some_files, paths)

    def media(self, slug: str, name: str) -> Media | None:
        """The file that a published item serves as ``name``; older slugs find it too."""
        return self._database.read(reads.media_of, slug, name)

    def verify(self) -> list[str]:
        """Read everything and say what is wrong, one sentence a fault; empty for a sound store.

        Takes time as the store is large (some 5 s for 100,000 items); others may go on meanwhile.
        """
        return self._database.read(soundness.verify, self._rows)

    def polls(self, since: date) -> list[PollCount]:
        """Who polled on the days (UTC) from ``since`` on: one count a day, feed, form, client."""
        return self._database.read(polls.days, since)

    def poll_totals(self) -> list[PollCount]:
        """The polls of all days: one sum a feed and form."""
        return self._database.read(polls.totals)

    def close(self) -> None:
        """Close the connections. The store can't be used afterwards."""
        self._database.close()
