"""Whoever walks the archives meets every item, whatever is published meanwhile (RFC 5005 4)."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from journeys.conftest import Site
from journeys.desk import Desk, aged, at_desk
from journeys.polling import FORMS, ask
from journeys.reading import read
from journeys.walking import Stop, Walk, walk

CONFIGURATION = """
[site]
title = "A site"
[store]
url = "{store}"
[[feeds]]
name = "main"
page_size = {page_size}
max_bytes = {max_bytes}
"""
SECONDS = 4.0
#: Forms, and by what they are read.
PARSERS = [
    ("rss", "feedparser"),
    ("rss", "lxml"),
    ("atom", "feedparser"),
    ("atom", "lxml"),
    ("json", "json"),
]


@dataclass
class History:
    """What was published when: for each item the versions begun and acknowledged.

    A version is the number in an item's title; 0 stands for its withdrawal.
    """

    versions: dict[str, list[tuple[float, float, int]]] = field(default_factory=dict)

    def at(self, guid: str, moment: float) -> int | None:
        """The version that was acknowledged last before ``moment``."""
        known = [version for _, end, version in self.versions[guid] if end <= moment]
        return known[-1] if known else None

    def newest(self, guid: str, moment: float) -> int:
        """The highest version that was begun before ``moment``; 0 if none was."""
        return max((v for begun, _, v in self.versions[guid] if begun <= moment), default=0)

    def stayed(self, guid: str, begun: float, ended: float) -> bool:
        """Whether it was in the feed for the whole of that time."""
        first = self.at(guid, begun)
        left = (when for when, end, version in self.versions[guid] if not version and end > begun)
        return bool(first) and all(when > ended for when in left)

    def last(self) -> dict[str, str]:
        """The titles of what is there in the end."""
        versions = {guid: told[-1][2] for guid, told in self.versions.items()}
        return {guid: f"Version {version}" for guid, version in versions.items() if version}

    def withdrawn(self, guid: str, moment: float) -> bool:
        """Whether its withdrawal was begun by then."""
        return any(begun <= moment for begun, _, version in self.versions[guid] if not version)


class Publisher:
    """Adds, edits, backdates and withdraws, by a fixed dice."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.history = History()
        self._desk, self._dice = desk, random.Random(seed)
        self._live: dict[str, tuple[int, float]] = {}  # version and hours of age
        self._count = 0

    def put(self, *wanted: tuple[str, int, float]) -> None:
        begun = time.monotonic()
        self._desk.put(
            *(aged(name, f"Version {version}", hours) for name, version, hours in wanted)
        )
        for name, version, hours in wanted:
            self._live[name] = (version, hours)
            told = self.history.versions.setdefault(f"urn:x:{name}", [])
            told.append((begun, time.monotonic(), version))

    def add(self, how_many: int = 1, *, old: bool = False) -> None:
        names = [f"e{self._count + n}" for n in range(how_many)]
        self._count += how_many
        self.put(*((name, 1, self._dice.uniform(1, 900) if old else 0) for name in names))

    def edit(self, *, redated: bool = False) -> None:
        name = self._dice.choice(list(self._live))
        version, hours = self._live[name]
        self.put((name, version + 1, self._dice.uniform(0, 900) if redated else hours))

    def withdraw(self) -> None:
        name = self._dice.choice(list(self._live))
        begun = time.monotonic()
        self._desk.withdraw(name)
        self.history.versions[f"urn:x:{name}"].append((begun, time.monotonic(), 0))
        del self._live[name]

    def something(self) -> None:
        what = self._dice.choices(range(6), (6, 3, 2, 4, 2, 2))[0]
        (
            self.add,
            lambda: self.add(3),
            lambda: self.add(old=True),
            self.edit,
            lambda: self.edit(redated=True),
            self.withdraw,
        )[what]()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_walks_while_somebody_publishes(
    tmp_path: Path, new_store: Callable[[str], str], kind: str
) -> None:
    words = CONFIGURATION.format(store=new_store(kind), page_size=8, max_bytes=200_000)
    site = Site.of(tmp_path, words)
    with at_desk(tmp_path, declare=True) as desk:
        publisher = Publisher(desk, seed=5005)
        publisher.add(30)
        with site.served():
            walks = walked_while(publisher, site.port)
            still = [walk(site.port, f"/feeds/main.{form}", parser=by) for form, by in PARSERS]
    history = publisher.history
    for one in (*walks, *still):
        missed_none(one, history)
    for one in still:
        assert one.titles == history.last()
    for form in FORMS:
        bytes_stay([one for one in walks if one.stops[0].path.endswith(form)], history)


def walked_while(publisher: Publisher, port: int) -> list[Walk]:
    """Walks in every form by every parser while the publisher is at work."""
    walks: list[Walk] = []
    faults: list[BaseException] = []
    stop = threading.Event()

    def go(form: str, parser: str) -> None:
        try:
            while not stop.is_set():
                walks.append(walk(port, f"/feeds/main.{form}", parser=parser))
        except BaseException as fault:  # noqa: BLE001 - told below
            faults.append(fault)

    walkers = [threading.Thread(target=go, args=one, daemon=True) for one in PARSERS]
    for walker in walkers:
        walker.start()
    end = time.monotonic() + SECONDS
    try:
        while time.monotonic() < end and not faults:
            publisher.something()
            time.sleep(0.01)  # the walkers are in the same process
    finally:
        stop.set()
        for walker in walkers:
            walker.join(30)
    assert not faults, faults
    return sorted(walks, key=lambda one: one.begun)


def missed_none(one: Walk, history: History) -> None:
    """Every item that was there all the while is found, in a version at least of the beginning."""
    for guid in history.versions:
        if not history.stayed(guid, one.begun, one.ended):
            continue
        assert guid in one.titles, f"{guid} was missed in {[stop.path for stop in one.stops]}"
        version = int(one.titles[guid].removeprefix("Version "))
        least, most = history.at(guid, one.begun), history.newest(guid, one.ended)
        assert least is not None
        assert least <= version <= most, f"{guid} was found as it had been"


def bytes_stay(walks: list[Walk], history: History) -> None:
    """An archive that was fetched before is the same, but for what was withdrawn from it."""
    states: dict[str, dict[int, Stop]] = {}
    for stop in (stop for one in walks for stop in one.stops[1:]):
        known = states.setdefault(stop.path, {}).setdefault(stop.answer.revision, stop)
        assert (stop.answer["ETag"], stop.answer.body) == (known.answer["ETag"], known.answer.body)
    assert states
    for path, by_revision in states.items():
        stops = [stop for _, stop in sorted(by_revision.items())]
        for before, after in pairwise(stops):
            gone = before.titles.keys() - after.titles.keys()
            assert gone, f"{path} has changed, and nothing was withdrawn from it"
            assert all(history.withdrawn(guid, after.answer.answered) for guid in gone)
            assert after.titles.items() <= before.titles.items()


def test_archives_of_big_items_keep_to_the_budget_and_lose_none(tmp_path: Path) -> None:
    most = 64 * 1024
    words = CONFIGURATION.format(store="sqlite:///var/feedsvc.db", page_size=50, max_bytes=most)
    site = Site.of(tmp_path, words)
    dice = random.Random(1)
    sizes = [dice.choice((200, 4_000, 15_000, 24_000)) for _ in range(40)]
    with at_desk(tmp_path, declare=True) as desk:
        for number, size in enumerate(sizes):
            text = "<p>Å &amp; ü.</p>" * (size // 18)
            desk.put(aged(f"e{number}", "Version 1", len(sizes) - number, content_html=text))
        with site.served():
            for form in FORMS:
                found = walk(site.port, f"/feeds/main.{form}")
                assert set(found.titles) == {f"urn:x:e{n}" for n in range(len(sizes))}
                assert len(found.stops) > 5
                assert {len(stop.answer.body) > most for stop in found.stops} == {False}
            desk.put(aged("giant", "Version 1", 0.5, content_html="<p>Words.</p>" * 15_000))
            desk.put(*(aged(f"f{n}", "Version 1", 0.1) for n in range(60)))
            for form in FORMS:
                found = walk(site.port, f"/feeds/main.{form}")
                assert len(found.titles) == len(sizes) + 61
                assert "urn:x:giant" in found.titles


def test_what_live_feed_and_archives_say_of_themselves(tmp_path: Path) -> None:
    words = CONFIGURATION.format(store="sqlite:///var/feedsvc.db", page_size=5, max_bytes=1_000_000)
    site = Site.of(tmp_path, words)
    with at_desk(tmp_path, declare=True) as desk, site.served("--workers", "1"):
        desk.put(*(aged(f"e{n}", f"Essay {n}", 90 - n) for n in range(5)))
        for form in FORMS:
            small = read(ask(site.port, f"/feeds/main.{form}").body, form)
            assert (small.complete, small.archive, small.previous) == (True, False, None)
        for n in range(5, 23):
            desk.put(aged(f"e{n}", f"Essay {n}", 90 - n))
        desk.withdraw("e3")
        for form in FORMS:
            live_path = f"{site.url}/feeds/main.{form}"
            found = walk(site.port, f"/feeds/main.{form}")
            first, *archives = (read(stop.answer.body, form) for stop in found.stops)
            assert (first.complete, first.archive) == (False, False)
            assert first.links["self"] == live_path
            assert first.gone == {"urn:x:e3"}
            numbers = [int(stop.path.split("/")[-1].split(".")[0]) for stop in found.stops[1:]]
            assert numbers == list(range(len(archives), 0, -1))
            for number, archive in zip(numbers, archives, strict=True):
                assert archive.archive
                assert not archive.complete
                assert archive.id == first.id
                assert archive.gone == frozenset()
                assert archive.ttl is None
                links = archive.links
                assert links["self"] == f"{site.url}/feeds/main/archive/{number}.{form}"
                assert "next-archive" not in links
                if form != "json":
                    assert links["current"] == live_path


def test_deltas_past_the_window_make_the_same_as_a_walk(tmp_path: Path) -> None:
    """A reader that walked once and merges deltas from then on has what a walker finds."""
    words = CONFIGURATION.format(store="sqlite:///var/feedsvc.db", page_size=8, max_bytes=200_000)
    site = Site.of(tmp_path, words)
    with at_desk(tmp_path, declare=True) as desk, site.served():
        publisher = Publisher(desk, seed=3229)
        publisher.add(30)
        for form in FORMS:
            path = f"/feeds/main.{form}"
            first = walk(site.port, path)
            merged, etag = first.titles, first.stops[0].answer["ETag"]
            for round_ in range(12):
                for _ in range(1 + round_ % 7):
                    publisher.something()
                answer = ask(site.port, path, {"A-IM": "feed", "If-None-Match": etag})
                assert answer.status == 226
                delta = read(answer.body, form)
                kept = {guid: title for guid, title in merged.items() if guid not in delta.gone}
                merged, etag = kept | delta.titles, answer["ETag"]
                assert not delta.complete
                assert delta.previous is None
            assert merged == walk(site.port, path).titles
