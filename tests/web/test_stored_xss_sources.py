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
from hostile.payloads import XSS
from web.conftest import client_of
from web.harbour import SITE, Clock, opened
from web.people import Browser, signed_in
from web.sourced import entry, told
from web.stored import SOME
from web.test_stored_xss_elsewhere import bearer, judged, shapes
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
#: Entries of other sources that one item credits.
CREDITED = 10


@dataclass(frozen=True)
class Gathered:
    """A site with a source for each attack, and a person who looks after it."""

    service: Service
    person: Browser
    rows: Sequence[SourceRow]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gathered]:
    yield from gathered(tmp_path_factory.mktemp("sources"), [(n, XSS[n]) for n in sorted(SOME)])


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gathered]:
    """More than a page of what waits, and of quiet words."""
    yield from gathered(tmp_path_factory.mktemp("quiet"), [(n, "quiet words") for n in range(40)])


def gathered(root: Path, payloads: Sequence[tuple[int, str]]) -> Iterator[Gathered]:
    clock = Clock()
    service = opened(root, SITE, clock)
    crediting = [
        Put(Item(guid=f"urn:credits:{n}", slug=f"credits-{n}", via=(Via("https://via.example/"),)))
        for n in range(len(payloads) // CREDITED + 1)
    ]
    service.store.apply(crediting, clock())
    for place, (number, payload) in enumerate(payloads):
        name = clean.text(f"m{number}x {payload}")[:200] if number % 2 else ""
        into = FEEDS[place % len(FEEDS)]
        spec = SourceSpec(f"https://m{number}.example/feed", name=name, into=into)
        service.store.make_source(spec, origin="editor:ann", now=clock())
    clock.forward(seconds=2)
    rows = service.store.claim_sources(clock(), limit=len(payloads))
    by_host = {row.spec.url: row for row in rows}
    polls = [
        polled(service, by_host[f"https://m{number}.example/feed"], number, payload, place)
        for place, (number, payload) in enumerate(payloads)
    ]
    for outcomes in service.store.import_polls(polls, clock()):
        assert outcomes is not None
        assert {one.kind for one in outcomes} == {"added"}
    service.close()
    service = opened(root, SITE, clock)  # which says what its feeds are gathered from
    yield Gathered(service, signed_in(service), service.store.sources())
    service.close()


def polled(service: Service, row: SourceRow, number: int, payload: str, place: int) -> Imported:
    """A poll of a source that says the attack in all its texts, and brings entries that do.

    One is out and has changed, one is new: both wait. One was refused, one tells what is here.
    """
    assert row.lease
    mark = f"m{number}x"
    text = f"{mark} {payload}"
    state = SourceState(
        "failing",
        title=text,
        site_url=payload if number % 3 else f"https://ok.example/{payload}",
        hub=payload,
        self_url=payload,
        last_error=text,
        reason=text,
        failures=2,
        next_poll_at=service.now(),
        last_success_at=service.now(),
        last_poll_at=service.now(),
    )
    out = entry(row, f"{mark}-out")
    says = replace(
        entry(row, mark, title=clean.text(text), content_html="<p>x</p>", status=Status.REVIEW),
        summary=clean.text(text),
        authors=(Author(clean.text(text)),),
        categories=(Category(clean.text(text)[:90]),),
        rights=clean.text(text),
    )
    change = replace(says, guid=out.guid, status=Status.PUBLISHED)
    story = f"urn:credits:{place // CREDITED}"
    records = (
        KeepRecord(waits(service, out.guid, out.guid, text, change), 0),
        KeepRecord(waits(service, f"{says.guid} {payload}", says.guid, text), 1),
        KeepRecord(told(service, f"<{payload}", "refused", why=text)),
        KeepRecord(told(service, f"{mark} story {payload}", "credit", item=story, kept=says)),
    )
    puts = (Put(out, media=None), Put(says, media=None))
    return Imported(row.id, row.lease, state, puts, records)


def waits(service: Service, guid: str, item: str, why: str, kept: Item | None = None) -> Record:
    return told(service, guid, "waiting", item=item, why=why, kept=kept, digest="5ee" * 20)


def pages(site: Gathered) -> Iterator[tuple[str, str, int]]:
    """Kinds of pages, an address of one, and of how many sources it tells, if that is known."""
    yield "sources", "/admin/sources", len(site.rows)
    for feed in FEEDS:
        yield "feed", f"/feeds/{feed}", min(len(site.rows) // len(FEEDS), 50)
    for row in site.rows:
        yield "source", f"/admin/sources/{row.id}", 1
    for one in site.service.sources.waiting(cursor=None, limit=1000)[0]:
        if one.now is None and one.item:
            yield "write", f"/admin/items/{one.item.slug}", 1
    for number in range((len(site.rows) - 1) // CREDITED + 1):
        yield "credited", f"/admin/items/credits-{number}", 0


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
    for kind, path, _ in pages(twin):
        quiet[kind] = quiet.get(kind, set()) | shapes(asked(twin, path))
    count: Counter[str] = Counter()
    for kind, path, told_of in pages(site):
        answer = asked(site, path)
        assert answer.status_code == 200
        page = judged(answer, quiet[kind])
        assert page
        seen = len(set(re.findall(r"m\d+x", page.text())))
        assert seen >= told_of
        count[kind] += seen
    assert all(count[kind] >= 200 for kind in quiet), count


def test_what_waits_of_sources_is_text(site: Gathered, twin: Gathered) -> None:
    quiet = {one for path in of_waiting(twin) for one in shapes(asked(twin, path))}
    seen: Counter[str] = Counter()
    for path in of_waiting(site):
        page = judged(asked(site, path), quiet)
        assert page
        seen.update(re.findall(r"m\d+x", page.text()))
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
