"""What feeds of others say of themselves and of their entries never becomes markup of ours.

Titles, addresses, errors and reasons of sources, guids and texts of entries: each with every
attack, shown by the pages that show it, read as in ``test_stored_xss``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hostile import documents
from web.conftest import client_of
from web.people import Browser, signed_in
from web.sourced import entry, told, write
from web.test_stored_xss_elsewhere import bearer, groups, judged, shapes

from feedsvc.formats import clean
from feedsvc.model import Status
from feedsvc.service import Service
from feedsvc.store import KeepRecord, Put, SourceRow, SourceSpec, SourceState

#: Pages whose shape depends on nothing that a source says.
PAGES = ("/admin/sources", "/admin/waiting", "/admin/sources/{}")


def attacked(service: Service, mark: str, payload: str, number: int) -> SourceRow:
    """A source that says the attack in all its texts, with an entry that waits and says it too."""
    text = f"{mark} {payload}"
    name = clean.text(text)[:200] if number % 2 else ""
    spec = SourceSpec(f"https://a.example/{mark}", name=name)
    row = service.store.make_source(spec, origin="editor:ann", now=service.now())
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
    item = entry(row, mark, title=clean.text(text), content_html="<p>x</p>", status=Status.REVIEW)
    waiting = told(service, f"{item.guid} {payload}", "waiting", item=item.guid, why=text)
    refused = told(service, f"<{payload}", "refused", why=text)
    records = (KeepRecord(waiting, 0), KeepRecord(refused))
    write(service, row, Put(item, media=None), records=records, state=state)
    return row


def pages(person: Browser, row: SourceRow) -> Iterator[tuple[str, str]]:
    for page in PAGES:
        yield page, page.format(row.id)


def test_what_sources_say_is_text_wherever_it_is_shown(fresh: Service) -> None:
    person = signed_in(fresh)
    quiet: dict[str, set[str]] = {page: set() for page in PAGES}
    for number in range(12):  # more than a page of what waits
        row = attacked(fresh, f"q{number}", "quiet words", number)
        for page, path in pages(person, row):
            quiet[page] |= shapes(person.get(path, buffered=True))
    first = fresh.store.sources()
    seen: set[str] = set()
    for place, group in enumerate(groups()):
        if place % 2:  # each page shows all of these at once
            continue
        for row in first:
            fresh.sources.end(row)
        for one in fresh.sources.waiting(cursor=None, limit=200)[0]:
            fresh.sources.settle(one, take=False)
        rows = [attacked(fresh, mark, payload, n) for n, (mark, payload) in enumerate(group)]
        for row in (rows[0], rows[len(rows) // 2], rows[-1]):
            for page, path in pages(person, row):
                answer = person.get(path, buffered=True)
                assert answer.status_code == 200
                found = judged(answer, quiet[page])
                assert found
                seen |= set(re.findall(r"m\d+x", found.text()))
        listed = judged(person.get("/admin/", buffered=True))
        assert listed
        client, shown = client_of(fresh), bearer(fresh)
        for path in ("/sources?limit=200", "/waiting", f"/sources/{rows[0].id}/records"):
            answer = client.get(f"/api/v1{path}", headers=shown)
            assert answer.status_code == 200
            judged(answer)
        assert documents.xml(client.get("/api/v1/sources.opml", headers=shown).data)[1] == []
        first = rows
    assert len(seen) >= 150
