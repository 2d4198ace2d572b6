"""Nodes that poll, keep, look at what waits and tick at once: nobody is in another's way."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from samples import NOW, SITE
from store.desk import Desk
from store.foreign import a_source, an_entry

from feedsvc.errors import NotFound
from feedsvc.model import Status
from feedsvc.store import (
    Imported,
    KeepRecord,
    Put,
    Record,
    SourceRow,
    SourceSpec,
    SourceState,
    Store,
    open_store,
)


def poll(store: Store, row: SourceRow, now: datetime, chance: random.Random) -> None:
    """What a poll brings: often nothing, else some new entries and a credit for another's."""
    state = SourceState("ok", next_poll_at=now, last_poll_at=now)
    names = [f"{row.id}.{chance.randrange(40)}" for _ in range(chance.choice((0, 0, 3)))]
    waits = chance.random() < 0.4
    changes, records = [], []
    for place, name in enumerate(dict.fromkeys(names)):
        item = an_entry(row, name, published=now - timedelta(minutes=chance.randrange(99)))
        status = Status.REVIEW if waits else Status.PUBLISHED
        changes.append(Put(replace(item, status=status), media=None, expected_revision=0))
        out_at = now + timedelta(seconds=2) if waits else None
        state_of = "waiting" if waits else "own"
        told = Record(name, state_of, now, now, published=item.published, out_at=out_at)  # type: ignore[arg-type]
        records.append(KeepRecord(told, place))
    if names:
        other = f"urn:x:{chance.randrange(1, 7)}.{chance.randrange(40)}"
        records.append(KeepRecord(Record("credit", "credit", now, now, item=other)))
    store.import_polls([Imported(row.id, row.lease or "", state, (*changes,), (*records,))], now)


def look(store: Store, now: datetime, chance: random.Random) -> None:
    waiting, _ = store.waiting(limit=5)
    for row, told in waiting[:2]:
        with suppress(NotFound):  # somebody else has looked at it
            store.settle_waiting(row.id, told.guid, take=chance.random() < 0.5, now=now)


def keep(store: Store, now: datetime, chance: random.Random) -> None:
    number = chance.randrange(1, 7)
    age = timedelta(minutes=60)
    store.keep_source(number, most=4, since=now - age, gone_before=now, now=now)


@pytest.mark.timeout(120)
def test_all_at_once(desk: Desk) -> None:
    for n in range(6):
        a_source(desk, f"https://h{n}.example/feed")
    stores = [desk.store, open_store(desk.url, site_url=SITE, now=NOW)]
    failed: list[BaseException] = []

    def work(number: int, do: Callable[[Store, datetime, random.Random], None]) -> None:
        chance, store = random.Random(number), stores[number % 2]
        try:
            for second in range(40):
                do(store, desk.now + timedelta(seconds=2 * second), chance)
        except BaseException as error:  # noqa: BLE001  # the test tells of it
            failed.append(error)

    def polls(store: Store, now: datetime, chance: random.Random) -> None:
        for row in store.claim_sources(now, limit=3):
            poll(store, row, now, chance)

    def declare(store: Store, now: datetime, chance: random.Random) -> None:
        name = f"{chance.randrange(3)}"
        store.declare_sources([SourceSpec("https://h0.example/feed", name)], now)
        store.tick(now)

    jobs = [polls, polls, polls, look, keep, keep, declare, declare]
    threads = [threading.Thread(target=work, args=(n, do)) for n, do in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stores[1].close()
    assert failed == []
    assert desk.store.verify() == []
    out = {item.guid for item in desk.store.items(status=Status.PUBLISHED, limit=1000)[0]}
    assert {item.guid for item in desk.store.entries("main", limit=1000)} == out
