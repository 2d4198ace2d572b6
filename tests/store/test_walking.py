"""Whoever walks a feed gets everything, whatever is done meanwhile. Runs on every database."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from store.desk import MAIN, NEWS, ADesk, Desk, an_item
from store.walking import Reader

from feedsvc.model import Status
from feedsvc.store import FeedSpec, Put, Withdraw
from feedsvc.where import Terms, Where

CATS = Where(none=Terms(tags=("cats",)))


@pytest.mark.parametrize("seed", range(3))
def test_random_days(a_desk: ADesk, seed: int) -> None:
    chance = random.Random(seed)
    specs = (replace(MAIN, page_size=4), replace(NEWS, page_size=3, hold=timedelta(hours=2)))
    desk = a_desk(*specs)
    readers = [Reader("main"), Reader("news")]
    for step in range(40):
        specs = _something(desk, chance, specs, step)
        for spec, reader in zip(specs, readers, strict=True):
            reader.look(desk.store, spec.page_size)
        if step % 10 == 0:
            assert desk.store.verify() == []
    assert desk.state("main").pages > 3
    assert desk.store.verify() == []


def _something(
    desk: Desk, chance: random.Random, specs: tuple[FeedSpec, ...], step: int
) -> tuple[FeedSpec, ...]:
    known = [item.guid for item in desk.store.items(limit=200)[0]]
    kind = chance.choice("nnnnneeeewwbttdd")
    if kind == "n" or not known:
        desk.put(_an_item(desk, chance, f"New {step}"))
    elif kind == "e":
        item = _an_item(desk, chance, f"Edited {step}")
        desk.put(item, replaces=chance.choice(known))
    elif kind == "w":
        desk.withdraw(chance.choice(known))
    elif kind == "b":
        changes: list[Put | Withdraw] = [
            Put(_an_item(desk, chance, f"One of many {step} {n}")) for n in range(9)
        ]
        changes += [
            Put(_an_item(desk, chance, f"Many edited {step}"), replaces=guid)
            for guid in chance.sample(known, min(4, len(known)))
        ]
        changes += [Withdraw(chance.choice(known)), Put(an_item(title="Back", guid=known[0]))]
        desk.store.apply(changes, desk.now)
    elif kind == "t":
        desk.later(hours=1)
        desk.store.tick(desk.now)
    else:
        where = chance.choice((Where(), CATS))
        main = replace(specs[0], page_size=chance.choice((1, 2, 4, 5)), where=where)
        heavy = chance.choice((2 * 1024 * 1024, 20_000))
        specs = (main, replace(specs[1], page_size=chance.choice((3, 20)), max_bytes=heavy))
        desk.declare(*specs)
    return specs


def _an_item(desk: Desk, chance: random.Random, title: str):  # type: ignore[no-untyped-def]
    tags = chance.sample(("news", "cats", "dogs"), 2)
    at = desk.now + timedelta(hours=chance.choice((-50, -20, -1, 0, 0, 0, 1, 2)))
    status = chance.choice((Status.PUBLISHED,) * 5 + (Status.DRAFT,))
    words = "<p>" + "words " * chance.choice((1, 500)) + "</p>"
    return an_item(*tags, title=title, published=at, status=status, content_html=words)
