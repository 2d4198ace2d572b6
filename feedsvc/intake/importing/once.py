"""An import that somebody asks for: a feed with its history, a list of feeds, an export, a page.

What was taken in is remembered as a source that is not polled, so that nothing comes in twice,
whatever is imported again, and so that an import that was broken off goes on where it was. Old
dates are kept.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from feedsvc.errors import FeedsvcError, ImportFailed, NotAFeed, NotFound
from feedsvc.formats import paging
from feedsvc.intake.asking import Answer, Asked
from feedsvc.intake.door import Door
from feedsvc.intake.importing import outcomes
from feedsvc.intake.importing.known import Decision, Tally
from feedsvc.intake.importing.orders import Result, Step, Told, Wanted
from feedsvc.intake.importing.outcomes import News
from feedsvc.intake.importing.polling import LEASE, Importer
from feedsvc.intake.parsing import Parsers, scope_of
from feedsvc.intake.parsing_values import ReadFeed
from feedsvc.model import Item
from feedsvc.store import Imported, SourceRow, SourceSpec, SourceState
from feedsvc.store.sources import DECLARED

T = TypeVar("T")

MIB = 1024 * 1024
#: Bytes of a document of an import, and of a file; what is polled may be less.
_DOCUMENT, _FILE = 20 * MIB, 256 * MIB
#: Seconds, of the clock and of the processor, and bytes of memory that a document may take to read:
#: an export of 100 MB takes 16 s and more than 512 MiB.
_WALL, _CPU, _MEMORY = 300, 120, 4 * 1024 * MIB
#: What is imported by hand may be as old as it likes.
_ANY_AGE = timedelta(days=365_000)
#: Documents of one history.
_MOST_DOCUMENTS = 5_000
#: How often, and after how many seconds each time, a source that is being polled is asked for.
_TRIES, _PAUSE = 120, 0.5
#: Why a source that is being imported is not polled meanwhile.
UNDER_WAY = "its history is being imported"


@dataclass(frozen=True, slots=True)
class _Document:
    """What was read, and from where. ``answer`` is None of a file."""

    url: str
    read: ReadFeed
    answer: Answer | None = None


class Once:
    """Imports what somebody names, by the parts of an importer."""

    def __init__(self, importer: Importer) -> None:
        self._importer = importer
        self._parsers = Parsers(wall=_WALL, cpu=_CPU, size=_FILE, memory=_MEMORY)

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

    async def all(self, wanted: Wanted) -> list[Result]:
        document = await self._document(wanted.what, wanted.spec.url)
        if document.read.kind == "page":
            document = await self._found(document)
        if document.read.kind == "opml":
            return await self._list(wanted, document.read)
        return [await self._history(wanted, document)]

    async def _list(self, wanted: Wanted, read: ReadFeed) -> list[Result]:
        """All feeds of a list: as sources at once, else one after the other."""
        results: list[Result] = []
        for outline in read.outlines:
            spec = replace(wanted.spec, url=outline.url, name=wanted.spec.name or outline.title)
            one = replace(wanted, what=outline.url, spec=spec)
            try:
                if wanted.every:
                    results.append(await self._aside(partial(self._subscribed, one)))
                else:
                    results += await self.all(one)
            except FeedsvcError as error:
                results.append(Result(outline.url, outline.title, error=str(error)))
        return results

    def _subscribed(self, wanted: Wanted) -> Result:
        """The feed as a source that is due at once."""
        url, name = wanted.spec.url, wanted.spec.name
        if not url.startswith(("http://", "https://")):
            raise ImportFailed(f"{url[:200]} is no http or https address")
        if wanted.dry_run:
            return Result(url, name)
        row = self._store.source(url=url)
        if row is None or row.state.status == "ended":
            now = self._importer.clock()
            row = self._store.make_source(wanted.spec, origin=wanted.origin, now=now)
        return Result(url, name, source=row)

    # Documents

    async def _document(self, what: str, url: str) -> _Document:
        """What lies at an address or in a file; ``url`` is what a file is to be known by."""
        if what.lower().startswith(("http://", "https://")):
            answer = await self._door.get(Asked(what))
            if answer.status != 200:
                raise _Answered(what, answer.status)
            kind = answer.headers.get("content-type")
            read = await self._parsers.read(answer.body, kind, answer.url, scope=scope_of(what))
            return _Document(what, read, answer)
        body = await self._aside(lambda: _file(what))
        read = await self._parsers.read(body, None, url, scope=scope_of(url))
        told = read.feed.link("self") if url.startswith("file:") else None
        if told is not None and told.startswith(("http://", "https://")):
            read = await self._parsers.read(body, None, told, scope=scope_of(told))
        return _Document(told or url, read)

    async def _found(self, page: _Document) -> _Document:
        """The feed that a page names first."""
        said = [feed for feed in page.read.found if feed.said] or list(page.read.found)
        if not said:
            raise NotAFeed(f"{page.url} is a web page that names no feed: give the feed's address")
        document = await self._document(said[0].url, said[0].url)
        if document.read.kind == "page":
            raise NotAFeed(f"{page.url} names {said[0].url}, which is no feed either")
        return document

    # A history

    async def _history(self, wanted: Wanted, first: _Document) -> Result:
        """The document, and those with older entries that it leads to (RFC 5005 and others)."""
        spec = replace(wanted.spec, url=first.url)
        row = await self._aside(lambda: self._row(wanted, spec))
        own = wanted.own or first.read.kind == "wxr"
        resume = row.state.fetch_url if _is_under_way(row) else ""
        resumed, total, items = bool(resume), Tally(), list[Item]()
        document, seen = first, {first.url}
        for number in range(1, _MOST_DOCUMENTS + 1):
            decide = partial(self._decision, row, _of(first, document), own=own)
            decision = await self._aside(decide)
            older = _older(document, seen)
            if resume and not decision.tally.added:  # the part from here on is done
                older, resume = resume, ""
            if not wanted.dry_run:
                await self._write(row, decision, resume or older or "")
            total.add(decision.tally)
            items += decision.taken
            self._told(Step(first.url, first.read.feed.title, number, total, document.read.faults))
            if older is None:
                break
            seen.add(older)
            try:
                document = await self._document(older, older)
            except _Answered as error:
                if error.is_behind_the_last and _is_guessed(document, older):
                    break
                raise
            if document.read.kind != "feed":
                break
        source = None
        if not wanted.dry_run:
            source = await self._aside(lambda: self._done(wanted, row, first))
        return Result(
            first.url,
            first.read.feed.title,
            total,
            number,
            source=source if wanted.every else None,
            items=tuple(items),
            resumed=resumed,
        )

    def _decision(self, row: SourceRow, document: _Document, *, own: bool) -> Decision:
        now = self._importer.clock()
        decision = self._importer.taking.decide(
            row, document.read, now, age=_ANY_AGE, credit=not own, by_hand=True
        )
        if decision.hold is not None:
            raise ImportFailed(f"{document.url}: {decision.hold}")
        return decision

    def _row(self, wanted: Wanted, spec: SourceSpec) -> SourceRow:
        """The source that remembers what was taken in, made if it is not there."""
        now = self._importer.clock()
        row = self._store.source(url=spec.url)
        if row is None and wanted.dry_run:
            return SourceRow(0, spec, SourceState(), wanted.origin, None, now)
        if row is None or (row.state.status == "ended" and not wanted.dry_run):
            state = SourceState(status="paused", reason=UNDER_WAY)
            row = self._store.make_source(spec, origin=wanted.origin, now=now, state=state)
        return replace(row, state=replace(row.state, kept_since=None))

    async def _write(self, row: SourceRow, decision: Decision, reached: str) -> None:
        """Store what a document changes, and how far the import has come."""
        claimed = await self._claimed(row)
        state = claimed.state
        if _is_under_way(claimed):
            state = replace(state, fetch_url=reached)
        imported = Imported(row.id, claimed.lease or "", state, decision.changes, decision.records)
        now = self._importer.clock()
        outcomes_of = await self._aside(lambda: self._store.import_polls([imported], now)[0])
        if outcomes_of is None:
            raise ImportFailed(f"{row.spec.url} was taken by somebody else meanwhile: try again")

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
        raise ImportFailed(f"{row.spec.url} is being polled all the time: try again later")

    def _done(self, wanted: Wanted, row: SourceRow, first: _Document) -> SourceRow | None:
        """What the source is from now on."""
        now, mine = self._importer.clock(), _is_under_way(row)
        if not wanted.every:
            if mine:
                self._store.end_source(row.id, now)
            return None
        spec = replace(wanted.spec, url=row.spec.url)
        if row.origin != DECLARED and spec != row.spec:
            self._store.change_source(row.id, spec, origin=wanted.origin)
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


class _Answered(ImportFailed):
    """Another answer than a document."""

    def __init__(self, url: str, status: int) -> None:
        self.is_behind_the_last = status in {400, 404, 410}
        super().__init__(f"{url} answers {status}")


def _is_guessed(document: _Document, older: str) -> bool:
    """Whether no link of the document leads to the older one: blogs of WordPress are asked for one
    page after another until there is none."""
    links = {link.href for link in document.read.feed.links}
    return older not in links and "rel=" not in (document.answer or _NONE).headers.get("link", "")


_NONE = Answer(0, "")


def _of(first: _Document, document: _Document) -> _Document:
    """The document as one of the feed that the first is: it gives the credit, not this page."""
    feed = replace(first.read.feed, tombstones=document.read.feed.tombstones)
    return replace(document, read=replace(document.read, feed=feed))


def _older(document: _Document, seen: Collection[str]) -> str | None:
    """Where the entries before those of a document are; of a file that is nobody's question."""
    answer, read = document.answer, document.read
    if answer is None or read.kind != "feed":
        return None
    return paging.following(
        read.feed,
        read.advice,
        answer.url,
        entries=len(read.entries) + read.left_out,
        visited=seen,
        headers=answer.headers,
    )


def _is_under_way(row: SourceRow) -> bool:
    return row.state.status == "paused" and row.state.reason == UNDER_WAY


def _file(what: str) -> bytes:
    """Raises NotFound for a file that can't be read, ImportFailed for one that is too large."""
    try:
        with Path(what).open("rb") as file:
            body = file.read(_FILE + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise NotFound(
            f"{what} can't be read: {reason}; give a file or an http(s) address"
        ) from None
    if len(body) > _FILE:
        raise ImportFailed(f"{what} has more than {_FILE // MIB} MiB: export it in parts")
    return body
