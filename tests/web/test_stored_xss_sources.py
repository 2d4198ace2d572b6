"""What feeds of others say of themselves and of their entries never becomes markup of ours.

Titles, addresses, errors and reasons of sources, guids and texts of entries: each with every
attack, shown by the pages that show it, read as in ``test_stored_xss``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hostile import documents
from hostile.payloads import ADDRESSES
from web.conftest import client_of
from web.harbour import SITE, Clock, opened
from web.people import Browser, signed_in
from web.sourced import entry, told
from web.stored import SOME
from web.test_stored_xss_elsewhere import bearer, judged, shapes, titles
from werkzeug.test import TestResponse

from feedsvc.formats import clean
from feedsvc.model import Author, Category, Item, Status, Via
from feedsvc.service import Service
from feedsvc.store import (
    Imported,
    KeepRecord,
    Put,
    Record,
    SourceRow,
    SourceSpec,
    SourceState,
)

#: Which take the sources by turns: each names fifty of its own.
FEEDS = ("main", "podcast", "notes", "empty")
_MARK = re.compile(r"m\d+x(?= )")
#: Entries of other sources that one item credits.
CREDITED = 10


@dataclass(frozen=True)
class Gathered:
    """A site with sources that attack, and a person who looks after it."""

    service: Service
    person: Browser
    rows: Sequence[SourceRow]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gathered]:
    yield from gathered(tmp_path_factory.mktemp("sources"), [*map(" ".join, titles(190))])


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gathered]:
    """More than a page of what waits, and of quiet words."""
    yield from gathered(tmp_path_factory.mktemp("quiet"), [f"m{n}x quiet words" for n in range(40)])


def gathered(root: Path, texts: Sequence[str]) -> Iterator[Gathered]:
    """``texts`` are what the sources say, one each."""
    clock = Clock()
    service = opened(root, SITE, clock)
    crediting = [
        Put(Item(guid=f"urn:credits:{n}", slug=f"credits-{n}", via=(Via("https://via.example/"),)))
        for n in range(len(texts) // CREDITED + 1)
    ]
    service.store.apply(crediting, clock())
    for place, text in enumerate(texts):
        name = clean.text(text)[:200] if place % 2 else ""
        into = FEEDS[place % len(FEEDS)]
        spec = SourceSpec(f"https://s{place}.example/feed", name=name, into=into)
        service.store.make_source(spec, origin="editor:ann", now=clock())
    clock.forward(seconds=2)
    rows = service.store.claim_sources(clock(), limit=len(texts))
    by_host = {row.spec.url: row for row in rows}
    polls = [
        polled(service, by_host[f"https://s{place}.example/feed"], text, place)
        for place, text in enumerate(texts)
    ]
    for outcomes in service.store.import_polls(polls, clock()):
        assert outcomes is not None
        assert {one.kind for one in outcomes} == {"added"}
    service.close()
    service = opened(root, SITE, clock)  # which says what its feeds are gathered from
    yield Gathered(service, signed_in(service), service.store.sources())
    service.close()


def polled(service: Service, row: SourceRow, text: str, place: int) -> Imported:
    """A poll of a source that says a text wherever it says one, and brings entries that do.

    One is out and has changed, one is new: both wait. One was refused, one tells what is here.
    """
    assert row.lease
    address = ADDRESSES[place % len(ADDRESSES)]
    state = SourceState(
        "failing",
        title=text,
        site_url=address if place % 3 else f"https://ok.example/{text}",
        hub=address,
        self_url=address,
        last_error=text,
        reason=text,
        failures=2,
        next_poll_at=service.now(),
        last_success_at=service.now(),
        last_poll_at=service.now(),
    )
    out = entry(row, f"out-{place}")
    says = replace(
        entry(
            row,
            f"new-{place}",
            title=clean.text(text),
            content_html="<p>x</p>",
            status=Status.REVIEW,
        ),
        summary=clean.text(text),
        authors=(Author(clean.text(text)),),
        categories=(Category(clean.text(text)[:90]),),
        rights=clean.text(text),
    )
    change = replace(says, guid=out.guid, status=Status.PUBLISHED)
    story = f"urn:credits:{place // CREDITED}"
    records = (
        KeepRecord(waits(service, out.guid, out.guid, text, change), 0),
        KeepRecord(waits(service, f"{says.guid} {text}", says.guid, text), 1),
        KeepRecord(told(service, f"<{text}", "refused", why=text)),
        KeepRecord(told(service, f"story {text}", "credit", item=story, kept=says)),
    )
    puts = (Put(out, media=None), Put(says, media=None))
    return Imported(row.id, row.lease, state, puts, records)


def waits(service: Service, guid: str, item: str, why: str, kept: Item | None = None) -> Record:
    return told(service, guid, "waiting", item=item, why=why, kept=kept, digest="5ee" * 20)


def pages(site: Gathered) -> Iterator[tuple[str, str]]:
    """Kinds of pages, each with the addresses of all of them."""
    yield "sources", "/admin/sources"
    for feed in FEEDS:
        yield "feed", f"/feeds/{feed}"
    for row in site.rows:
        yield "source", f"/admin/sources/{row.id}"
    for one in site.service.sources.waiting(cursor=None, limit=1000)[0]:
        if one.now is None and one.item:
            yield "write", f"/admin/items/{one.item.slug}"
    for number in range((len(site.rows) - 1) // CREDITED + 1):
        yield "credited", f"/admin/items/credits-{number}"


def asked(site: Gathered, path: str) -> TestResponse:
    return site.person.get(path, headers={"Accept": "text/html"}, buffered=True)


def of_waiting(site: Gathered) -> Iterator[str]:
    path: str | None = "/admin/waiting"
    while path:
        yield path
        more = re.search(r'rel="next" href="([^"]*)"', asked(site, path).text)
        path = more[1].replace("&amp;", "&") if more else None


def test_what_sources_say_is_text_wherever_it_is_shown(site: Gathered, twin: Gathered) -> None:
    quiet: dict[str, set[str]] = {}
    for kind, path in pages(twin):
        quiet[kind] = quiet.get(kind, set()) | shapes(asked(twin, path))
    seen: dict[str, set[str]] = {kind: set() for kind in quiet}
    for kind, path in pages(site):
        answer = asked(site, path)
        assert answer.status_code == 200
        page = judged(answer, quiet[kind])
        assert page
        seen[kind] |= set(_MARK.findall(page.text()))
    assert all(len(marks) >= 200 for marks in seen.values()), seen


def test_what_waits_of_sources_is_text(site: Gathered, twin: Gathered) -> None:
    quiet = {one for path in of_waiting(twin) for one in shapes(asked(twin, path))}
    seen: Counter[str] = Counter()
    for path in of_waiting(site):
        page = judged(asked(site, path), quiet)
        assert page
        seen.update(_MARK.findall(page.text()))
    assert sum(seen[f"m{number}x"] >= 20 for number in SOME) >= 200  # a new one, and a change


def test_what_sources_say_is_no_markup_for_programs(site: Gathered) -> None:
    client, shown = client_of(site.service), bearer(site.service)
    paths = ["/sources?limit=200", "/waiting?limit=200"]
    for path in (*paths, *(f"/sources/{row.id}/records" for row in site.rows)):
        answer = client.get(f"/api/v1{path}", headers=shown)
        assert answer.status_code == 200
        judged(answer)
    assert documents.xml(client.get("/api/v1/sources.opml", headers=shown).data)[1] == []
    for form in ("rss", "atom", "json"):
        judge = documents.members if form == "json" else documents.xml
        for feed in FEEDS:
            assert judge(client.get(f"/feeds/{feed}.{form}", base_url=SITE).data)[1] == []
