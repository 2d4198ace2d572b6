"""The store against a naive model of it: whatever is done, in whatever order, they agree.

The model keeps a list of items and, feed by feed, who is in, who waits and who has left, worked
out anew for every item after every step, in the plainest way.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from samples import NOW
from store.desk import Desk, an_item

from feedsvc.model import Author, Status
from feedsvc.store import FeedSpec
from feedsvc.where import Terms, Where

HOUR = timedelta(hours=1)
TAGS = ("a", "b")
AUTHORS = ("Ada", "Bob")

SPECS = {
    "main": [
        FeedSpec("main"),
        FeedSpec("main", hold=2 * HOUR),
        FeedSpec("main", Where(none=Terms(tags=("b",)))),
    ],
    "some": [
        None,
        FeedSpec("some", Where(any=Terms(tags=("a",)))),
        FeedSpec("some", Where(all=Terms(authors=("Ada",))), HOUR),
    ],
}

titles = st.sampled_from(["One", "Two", "Three"])
tags = st.sets(st.sampled_from(TAGS)).map(sorted).map(tuple)
authors = st.sets(st.sampled_from(AUTHORS)).map(sorted).map(tuple)
hours = st.one_of(st.none(), st.integers(-3, 3))
statuses = st.sampled_from([Status.PUBLISHED] * 4 + [Status.DRAFT, Status.WITHDRAWN])
feeds = st.sampled_from([(), (), (), ("main",), ("some",), ("main", "some")])


@dataclass
class Known:
    """An item as the model knows it."""

    guid: str
    words: tuple[object, ...]
    status: Status
    published: datetime
    expires: datetime | None
    feeds: tuple[str, ...]
    visible_at: datetime | None = None
    sort_at: datetime = NOW
    live: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)

    @property
    def title(self) -> str:
        return str(self.words[0])


class TheStore(RuleBasedStateMachine):
    new_store: Path

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        shutil.copyfile(self.new_store, self.folder / "x.db")
        self.specs = {"main": SPECS["main"][0]}
        self.desk = Desk(f"sqlite:///{self.folder}/x.db", *self.specs.values())
        self.items: list[Known] = []
        self.seen: dict[str, tuple[object, ...]] = {}

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            assert self.desk.store.verify() == []
            self.desk.store.close()
            shutil.rmtree(self.folder)

    # What is done

    @rule(
        which=st.integers(-3, 20),
        title=titles,
        tags=tags,
        authors=authors,
        published=hours,
        expires=hours,
        status=statuses,
        names=feeds,
    )
    def put(self, which, title, tags, authors, published, expires, status, names) -> None:  # type: ignore[no-untyped-def]
        now = self.desk.now
        given = None if published is None else now + published * HOUR
        until = None if expires is None else now + expires * HOUR
        known = self.items[which % len(self.items)] if self.items and which >= 0 else None
        outcome = self.desk.put(
            an_item(
                *tags,
                title=title,
                authors=tuple(map(Author, authors)),
                published=given,
                expires=until,
                status=status,
                feeds=names,
            ),
            replaces=known.guid if known else None,
        )
        if not set(names) <= set(self.specs):
            assert outcome.kind == "refused"
            return
        words = (title, tags, authors)
        if known is None:
            assert outcome.kind == "added"
            at = given or now
            status = self._status(status, at, until, None)
            self.items.append(Known(str(outcome.guid), words, status, at, until, names))
        else:
            came_out = known.status is Status.DRAFT and status is Status.PUBLISHED
            at = given or (now if came_out else known.published)
            status = self._status(status, at, until, known)
            new = (words, status, at, until, names)
            old = (known.words, known.status, known.published, known.expires, known.feeds)
            assert outcome.kind == ("unchanged" if new == old else "changed")
            if status is Status.PUBLISHED != known.status:
                known.visible_at = None
            known.words, known.status, known.published, known.expires, known.feeds = new
        self._settle()

    @precondition(lambda self: self.items)
    @rule(which=st.integers(0, 20))
    def withdraw(self, which: int) -> None:
        known = self.items[which % len(self.items)]
        outcome = self.desk.withdraw(known.guid)
        assert outcome.kind == ("unchanged" if known.status is Status.WITHDRAWN else "withdrawn")
        known.status = Status.WITHDRAWN
        self._settle()

    @rule(passed=st.integers(1, 3))
    def wait(self, passed: int) -> None:
        self.desk.later(hours=passed)
        due = self.desk.store.next_due()
        happened = self.desk.store.tick(self.desk.now)
        assert (happened > 0) == (due is not None and due <= self.desk.now)
        for known in self.items:
            was = known.status
            known.status = self._status(known.status, known.published, known.expires, known)
            if known.status is Status.PUBLISHED != was:
                known.visible_at = None
        self._settle()

    @rule(main=st.sampled_from(SPECS["main"]), some=st.sampled_from(SPECS["some"]))
    def declare(self, main: FeedSpec, some: FeedSpec | None) -> None:
        self.specs = {spec.name: spec for spec in (main, some) if spec is not None}
        self.desk.declare(*self.specs.values())
        self._settle()

    @rule()
    def reopen(self) -> None:
        self.desk.reopen()

    # What should come of it

    def _status(
        self, status: Status, published: datetime, expires: datetime | None, old: Known | None
    ) -> Status:
        now = self.desk.now
        if status in (Status.DRAFT, Status.WITHDRAWN):
            return status
        if expires is not None and expires <= now:
            return Status.WITHDRAWN
        return Status.SCHEDULED if published > now else Status.PUBLISHED

    def _settle(self) -> None:
        now = self.desk.now
        for known in self.items:
            if known.status is Status.PUBLISHED and known.visible_at is None:
                known.visible_at = now
            known.sort_at = min(known.published, known.visible_at or known.published)
            inside = set()
            for name, spec in self.specs.items():
                if known.status is not Status.PUBLISHED or known.visible_at is None:
                    continue
                words = an_item(*known.words[1], authors=tuple(map(Author, known.words[2])))  # type: ignore[misc,arg-type]
                taken = name in known.feeds if known.feeds else spec.where.matches(words)
                if taken and (name in known.live or known.visible_at + spec.hold <= now):
                    inside.add(name)
            if "main" in inside:
                inside |= {f"tag:{tag}" for tag in known.words[1]}  # type: ignore[attr-defined]
                inside |= {f"author:{name.lower()}" for name in known.words[2]}  # type: ignore[attr-defined]
            known.gone = (known.gone | known.live) - inside
            known.live = inside

    @invariant()
    def feeds_agree(self) -> None:
        if not hasattr(self, "desk"):
            return
        keys = ["main", "some", *(f"tag:{tag}" for tag in TAGS), "author:ada", "author:bob"]
        for key in keys:
            live = [known for known in enumerate(self.items) if key in known[1].live]
            live.sort(key=lambda one: (one[1].sort_at, one[0]), reverse=True)
            expected = [known.guid for _, known in live]
            assert [item.guid for item in self.desk.store.entries(key, limit=99)] == expected
            assert set(self.desk.gone(key)) == {k.guid for k in self.items if key in k.gone}
            self._state_agrees(key, expected)

    def _state_agrees(self, key: str, expected: list[str]) -> None:
        state = self.desk.store.feed_state(key)
        if state is None:
            assert expected == []
            return
        assert state.count == len(expected)
        assert state.ended == (":" not in key and key not in self.specs)
        shown = (
            tuple((item.guid, item.revision) for item in self.desk.store.entries(key, limit=99)),
            frozenset(self.desk.gone(key)),
            state.ended,
        )
        before = self.seen.get(key)
        if before is not None:
            moved = (state.revision, state.changed_at) != before[:2]
            assert moved == (shown != before[2])
            assert not moved or state.changed_at > before[1]  # type: ignore[operator]
        self.seen[key] = (state.revision, state.changed_at, shown)

    @invariant()
    def items_agree(self) -> None:
        if not hasattr(self, "desk"):
            return
        for known in self.items:
            item = self.desk.item(known.guid)
            assert (item.title, item.status) == (known.title, known.status)
            assert (item.published, item.expires) == (known.published, known.expires)
        for title in ("one", "two"):
            found = {item.guid for item in self.desk.store.search(title, limit=99)}
            live = {k.guid for k in self.items if "main" in k.live and k.title.lower() == title}
            assert found == live


@pytest.fixture(scope="module", autouse=True)
def _new_store(_sqlite_store: Path) -> None:
    TheStore.new_store = _sqlite_store


TestTheStore = TheStore.TestCase
TestTheStore.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
