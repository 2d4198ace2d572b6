"""A source that is all new at every poll: the store does not grow."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from store.desk import MAIN, Desk, an_item
from store.foreign import a_poll, a_record, a_source, an_entry, row_counts

from feedsvc.model import Author, Item, Status
from feedsvc.store import KeepRecord, Put, SourceRow

FOUR = replace(MAIN, page_size=4)


def whole(desk: Desk, source: SourceRow, n: int, entries: int) -> list[Item]:
    """Entries that nobody has seen, with words and names of their own."""
    return [
        an_entry(
            source,
            f"{n}x{k}",
            categories=an_item(f"tag{n}", "always").categories,
            authors=(Author(f"by{n % 50}"),),
            content_html=f"<p>{'word ' * 20}own{n}x{k}</p>",
            published=desk.now if k % 2 else None,
            updated=desk.now,
        )
        for k in range(entries)
    ]


@pytest.mark.parametrize("review", [False, True])
@pytest.mark.timeout(400)
def test_hundreds_of_polls_of_an_all_new_feed_leave_no_more_than_fifty(
    sqlite_url: str, review: bool, tmp_path: Path
) -> None:
    """Hundreds of polls with few entries, for what stays of each poll; great ones are reviewed."""
    polls, entries = (150, 20) if review else (500, 6)
    grow(Desk(sqlite_url, FOUR), polls=polls, entries=entries, review=review)
    assert (tmp_path / "feedsvc.db").stat().st_size < 1_200_000


def test_on_postgresql_they_leave_no_more_either(postgresql_url: str) -> None:
    grow(Desk(postgresql_url, FOUR), polls=40, entries=20, review=False)


def grow(desk: Desk, *, polls: int, entries: int, review: bool) -> None:
    """Every table has as many rows after all of them as after thirty."""
    desk.put(title="mine")
    source = a_source(desk)
    most: dict[str, int] = {}
    for n in range(polls):
        desk.later(hours=1)
        (row,) = desk.store.claim_sources(desk.now, limit=1, ids=[source.id])
        items = whole(desk, source, n, entries)
        if review and n % 2:
            items = [replace(item, status=Status.REVIEW) for item in items]
        waits = "waiting" if review and n % 2 else "own"
        kept = [
            KeepRecord(a_record(desk, item.title, waits, published=item.published), k)
            for k, item in enumerate(items)
        ]
        poll = a_poll(desk, row, *(Put(item, media=None) for item in items), records=(*kept,))
        desk.store.import_polls([poll], desk.now)
        desk.store.keep_source(
            source.id,
            most=50,
            since=desk.now - timedelta(days=365),
            gone_before=desk.now,
            now=desk.now,
        )
        if n in (28, 29):
            counts = row_counts(desk.store)
            most = {name: max(most.get(name, 0), count) for name, count in counts.items()}
    last = row_counts(desk.store)
    assert last["items"] == 51
    # The pages of the live few, and what is not seen any more goes with the next poll.
    assert {name: count for name, count in last.items() if count > most[name] + 3} == {}
    assert desk.store.verify() == []
    desk.store.close()
