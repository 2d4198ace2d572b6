"""An import that somebody asks for: a feed with its history, a list of feeds, an export, a page.

What was taken in is remembered as a source that is not polled, so that nothing comes in twice,
whatever is imported again, and so that an import that was broken off goes on where it was. Old
dates are kept.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from feedsvc.errors import FeedsvcError, ImportFailed, NotAFeed
from feedsvc.formats.opmlreader import Listed
from feedsvc.intake.asking import MIB, Asked, masked
from feedsvc.intake.door import Door
from feedsvc.intake.importing import kept, listing, outcomes
from feedsvc.intake.importing.documents import (
    FILE,
    MOST_DOCUMENTS,
    Answered,
    Document,
    answered,
    is_address,
    is_guessed,
    notes_of,
    older_of,
    read_file,
    too_long,
    untitled,
)
from feedsvc.intake.importing.identity import name_of
from feedsvc.intake.importing.known import Decision, Tally
from feedsvc.intake.importing.orders import Result, Step, Told, Wanted
from feedsvc.intake.importing.outcomes import News
from feedsvc.intake.importing.polling import LEASE, Importer
from feedsvc.intake.parsing import Parsers, scope_of
from feedsvc.model import Item
from feedsvc.store import Imported, SourceRow, SourceSpec, SourceState
from feedsvc.store.sources import DECLARED

T = TypeVar("T")

#: Bytes of a document of an import; what is polled may be less.
_DOCUMENT = 20 * MIB
#: Seconds, of the clock and of the processor, and bytes of memory that a document may take to read:
#: an export of 100 MB takes 16 s and more than 512 MiB.
_WALL, _CPU, _MEMORY = 300, 120, 4 * 1024 * MIB
#: What is imported by hand may be as old as it likes.
_ANY_AGE = timedelta(days=365_000)
#: Feeds of a list, and of the lists in it, together.
_MOST_FEEDS = 10_000
#: Faults of documents that are told.
_MOST_NOTES = 100
#: How often, and after how many seconds each time, a source that is being polled is asked for.
_TRIES, _PAUSE = 120, 0.5
#: Why a source that is being imported is not polled meanwhile.
UNDER_WAY = "its history is being imported"


class Once:
    """Imports what somebody names, by the parts of an importer."""

    def __init__(self, importer: Importer) -> None:
        self._importer = importer
        self._parsers = Parsers(wall=_WALL, cpu=_CPU, size=FILE, memory=_MEMORY)

    def take(self, wanted: Wanted, told: Told = lambda _step: None) -> list[Result]:
        """Import it, whatever it is; a result for each feed that it turned out to be.

        A failure of one is told in its result, that of all raises NotFound, FetchFailed, NotAFeed,
        ParserKilled or ImportFailed.
        """
        limits = replace(self._importer.limits, size=max(self._importer.limits.size, _DOCUMENT))

        async def run() -> list[Result]:
            async with Door(limits, site=self._importer.site_url) as door:
                return await _Import(self._importer, self._parsers, door, told).all(wanted)

        return asyncio.run(run())

    def close(self) -> None:
        """Let the parsers go."""
        self._parsers.close()


class _Import:
    def __init__(self, importer: Importer, parsers: Parsers, door: Door, told: Told) -> None:
        self._importer, self._store = importer, importer.store
        self._parsers, self._door, self._told = parsers, door, told
        self._name = ""  # as somebody has given it, not a list
        self._visited: set[str] = set()  # addresses of lists, and what they list

    async def all(self, wanted: Wanted) -> list[Result]:
        """A file is read only if it is what somebody has named: never one that a document names."""
        self._name = wanted.spec.name
        if is_address(wanted.what):
            self._visited.add(wanted.what)
            return await self._each(wanted, await self._fetched(wanted.what), depth=0)
        return await self._each(wanted, await self._of_file(wanted.what, wanted.spec.url), depth=0)

    async def _each(self, wanted: Wanted, document: Document, *, depth: int) -> list[Result]:
        if document.read.kind == "page":
            document = await self._found(document)
            if depth and document.url in self._visited:
                return []
            self._visited.add(document.url)
        if document.read.kind != "opml":
            return [await self._history(wanted, document)]
        if depth > 1:
            reason = "is a list inside a list inside a list: import it by itself"
            raise ImportFailed(f"{masked(document.url)} {reason}")
        return await self._list(wanted, document, depth=depth + 1)

    async def _list(self, wanted: Wanted, document: Document, *, depth: int) -> list[Result]:
        """All feeds of a list: as sources at once, else one after the other; none twice. Last what
        there is to tell of the list itself, if anything."""
        read, shown = document.read, masked(document.url)
        results: list[Result] = []
        notes = listing.Notes(read.faults)
        for number, outline in enumerate(read.outlines):
            if (fault := listing.fault_of(outline)) is not None:
                place = masked(outline.url)[:200] if outline.url else shown
                results.append(Result(place, outline.title, error=fault))
                continue
            if outline.url in self._visited:
                notes.again(outline)
                continue
            if len(self._visited) > _MOST_FEEDS:
                rest = len(read.outlines) - number
                reason = f"more than {_MOST_FEEDS} feeds in all: {rest} outlines were left out"
                results.append(Result(shown, error=f"{reason}, from {outline.url} on"))
                break
            self._visited.add(outline.url)
            notes.listed[outline.url] = outline
            results += await self._outline(wanted, outline, depth=depth)
        told = list(notes.told(wanted.feeds if wanted.spec.into is None else None))
        if told:
            tally = Tally(notes=told)
            results.append(Result(shown, read.feed.title, tally, listed=len(read.outlines)))
        return results

    async def _outline(self, wanted: Wanted, outline: Listed, *, depth: int) -> list[Result]:
        """One feed of a list, or another list."""
        url = outline.url
        into = wanted.spec.into or listing.into_of(outline, wanted.feeds)
        name = wanted.spec.name or outline.title
        one = replace(wanted, what=url, spec=replace(wanted.spec, url=url, name=name, into=into))
        try:
            if wanted.every:
                return [await self._aside(partial(self._subscribed, one))]
            return await self._each(one, await self._fetched(url), depth=depth)
        except FeedsvcError as error:
            return [Result(masked(url), outline.title, error=str(error).replace(url, masked(url)))]

    def _subscribed(self, wanted: Wanted) -> Result:
        """The feed as a source that is due at once. One that is there already stays as it is."""
        url, name = wanted.spec.url, wanted.spec.name
        row = self._store.source(url=url)
        self._told(Step(masked(url), name, 0, Tally()))
        if row is not None and row.state.status != "ended":
            return Result(masked(url), name, source=row, before=row.spec)
        if wanted.dry_run:
            return Result(masked(url), name)
        now = self._importer.clock()
        row = self._store.make_source(wanted.spec, origin=wanted.origin, now=now)
        return Result(masked(url), name, source=row)

    # Documents

    async def _fetched(self, url: str) -> Document:
        """What lies at an address."""
        answer = await self._door.get(Asked(url))
        if answer.status != 200:
            raise answered(url, answer, self._importer.clock())
        kind = answer.headers.get("content-type")
        read = await self._parsers.read(answer.body, kind, answer.url, scope=scope_of(url))
        return Document(url, read, answer)

    async def _of_file(self, name: str, url: str) -> Document:
        """What a file has in it, known by the address that it names as its own, else by ``url``."""
        body = await self._aside(lambda: read_file(name))
        read = await self._parsers.read(body, None, url, scope=scope_of(url))
        told = read.feed.link("self") if url.startswith("file:") else None
        if told is None or not is_address(told):
            return Document(url, read)
        read = await self._parsers.read(body, None, told, scope=scope_of(told))
        return Document(told, read)

    async def _found(self, page: Document) -> Document:
        """The feed that a page names first."""
        said = [feed for feed in page.read.found if feed.said] or list(page.read.found)
        if not said:
            reason = "is a web page that names no feed: give the feed's address"
            raise NotAFeed(f"{masked(page.url)} {reason}")
        url = said[0].url
        if not is_address(url):
            raise NotAFeed(f"{masked(page.url)} names {masked(url)}, no http or https address")
        document = await self._fetched(url)
        if document.read.kind == "page":
            raise NotAFeed(f"{masked(page.url)} names {masked(url)}, which is no feed either")
        return document

    # A history

    async def _history(self, wanted: Wanted, first: Document) -> Result:
        """The document, and those with older entries that it leads to (RFC 5005 and others)."""
        _check_every(wanted, first)
        spec = replace(wanted.spec, url=first.url)
        row, before = await self._aside(lambda: self._row(wanted, spec))
        own = wanted.own or first.read.kind == "wxr"
        resume = row.state.fetch_url if _is_under_way(row) else ""
        resumed, total, items = bool(resume), Tally(), list[Item]()
        document, seen, shown = first, {first.url}, masked(first.url)
        entries, empty, known = 0, 0, set[str]()
        for number in range(1, MOST_DOCUMENTS + 1):
            page = _of(first, untitled(document) if wanted.own else document)
            decide = partial(self._decision, row, page, own=own, dry=wanted.dry_run)
            decision = await self._aside(decide)
            older = older_of(document, seen)
            if resume and not decision.tally.added:  # the part from here on is done
                older, resume = resume, ""
            tally = decision.tally
            if not wanted.dry_run:
                tally = await self._write(row, decision, resume or older or "")
            total.add(tally)
            items += decision.taken if wanted.dry_run else ()
            total.notes += notes_of(document, room=_MOST_NOTES - len(total.notes))
            self._told(Step(shown, first.read.feed.title, number, total, document.read.faults))
            if older is None:
                break
            came = {name_of(entry) for entry in document.read.entries}
            entries += len(document.read.entries) + document.read.left_out
            empty = 0 if came - known else empty + 1
            known |= came
            if why := too_long(number, entries, empty):
                total.notes.append(f"{why}: what is older was left out, from {masked(older)} on")
                break
            seen.add(older)
            try:
                document = await self._fetched(older)
            except Answered as error:
                if error.is_behind_the_last and is_guessed(document):
                    break
                raise
            if document.read.kind != "feed":
                break
        return Result(
            shown,
            first.read.feed.title,
            total,
            number,
            source=await self._aside(lambda: self._done(wanted, row, first, before)),
            before=before,
            items=tuple(items),
            resumed=resumed,
        )

    def _decision(self, row: SourceRow, document: Document, *, own: bool, dry: bool) -> Decision:
        now = self._importer.clock()
        decision = self._importer.taking.decide(
            row, document.read, now, age=_ANY_AGE, credit=not own, by_hand=True, dry=dry
        )
        if decision.hold is not None:
            raise ImportFailed(f"{masked(document.url)}: {decision.hold}")
        return decision

    def _row(self, wanted: Wanted, spec: SourceSpec) -> tuple[SourceRow, SourceSpec | None]:
        """The source that remembers what was taken in, made if it is not there; and what was wanted
        of it before if it was."""
        now = self._importer.clock()
        row = self._store.source(url=spec.url)
        if row is None and wanted.dry_run:
            return SourceRow(0, spec, SourceState(), wanted.origin, None, now), None
        before = None
        if row is None or (row.state.status == "ended" and not wanted.dry_run):
            state = SourceState(status="paused", reason=UNDER_WAY)
            row = self._store.make_source(spec, origin=wanted.origin, now=now, state=state)
        elif row.state.status != "ended":
            before = None if _is_under_way(row) else row.spec
            row = self._changed(row, wanted)
        return replace(row, state=replace(row.state, kept_since=None)), before

    def _changed(self, row: SourceRow, wanted: Wanted) -> SourceRow:
        """A source that is there, with what is now wanted of it in so many words."""
        given, old = wanted.spec, row.spec
        spec = replace(
            old,
            name=self._name or old.name or given.name,
            into=given.into or old.into,
            every=given.every if wanted.every else old.every,
            trust="review" if given.trust == "review" else old.trust,
        )
        if row.origin == DECLARED or spec == old:
            return row
        if wanted.dry_run:
            return replace(row, spec=spec)
        now = self._importer.clock()
        self._store.change_source(row.id, spec, origin=wanted.origin, now=now)
        return self._store.source(id=row.id) or row

    async def _write(self, row: SourceRow, decision: Decision, reached: str) -> Tally:
        """Store what a document changes, and how far the import has come; what was kept of it."""
        claimed = await self._claimed(row)
        state = claimed.state
        if _is_under_way(claimed):
            state = replace(state, fetch_url=reached)
        imported = Imported(row.id, claimed.lease or "", state, decision.changes, decision.records)
        now = self._importer.clock()
        outcomes_of = await self._aside(lambda: self._store.import_polls([imported], now)[0])
        if outcomes_of is None:
            raise ImportFailed(
                f"{masked(row.spec.url)} was taken by somebody else meanwhile: try again"
            )
        return kept.tally_of(decision.tally, imported, outcomes_of)

    async def _claimed(self, row: SourceRow) -> SourceRow:
        """The source for us alone; who is polling it just now is waited for."""
        for _ in range(_TRIES):
            now = self._importer.clock()
            rows = await self._aside(
                partial(self._store.claim_sources, now, limit=1, lease=LEASE, ids=[row.id])
            )
            if rows:
                return rows[0]
            await asyncio.sleep(_PAUSE)
        url = masked(row.spec.url)
        raise ImportFailed(f"{url} is being polled all the time: try again later")

    def _done(
        self, wanted: Wanted, row: SourceRow, first: Document, before: SourceSpec | None
    ) -> SourceRow | None:
        """What the source is from now on, None if it is none."""
        now, mine = self._importer.clock(), _is_under_way(row)
        if wanted.dry_run:
            return row if before is not None else None
        if not wanted.every and before is None:
            if mine:
                self._store.set_source(row.id, replace(row.state, fetch_url="", reason=""))
                self._store.end_source(row.id, now)
            return None
        if mine:
            state = SourceState(next_poll_at=now)
            if first.answer is not None:
                digest = hashlib.sha256(first.answer.body).hexdigest()
                news = News(first.answer, digest)
                state = outcomes.taken(replace(row, state=state), news, first.read, now, 0.5)
            self._store.set_source(row.id, state)
        return self._store.source(id=row.id)

    async def _aside(self, work: Callable[[], T]) -> T:
        return await asyncio.to_thread(work)


def _check_every(wanted: Wanted, first: Document) -> None:
    """Raises ImportFailed for what can't be polled: a file, or an export."""
    if wanted.every and first.read.kind == "wxr":
        raise ImportFailed(f"{masked(first.url)} is an export: import it once, without --every")
    if wanted.every and not is_address(first.url):
        raise ImportFailed(
            f"{wanted.what} is a file that names no address of its own (rel=self), so there is "
            "nothing to poll: import it without --every, or the feed's address with it"
        )


def _of(first: Document, document: Document) -> Document:
    """The document as one of the feed that the first is: it gives the credit, not this page."""
    feed = replace(first.read.feed, tombstones=document.read.feed.tombstones)
    return replace(document, read=replace(document.read, feed=feed))


def _is_under_way(row: SourceRow) -> bool:
    return row.state.status == "paused" and row.state.reason == UNDER_WAY
