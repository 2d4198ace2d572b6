"""Moves of entries, as a table of cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import NOW

from feedsvc.model import (
    Author,
    Category,
    Item,
    Source,
    Status,
    Via,
)
from feedsvc.store import FeedSpec
from feedsvc.store.membership import Entry, Move, Placed, moves
from feedsvc.where import Terms, Where

EARLIER, LATER = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
OPEN, HELD, SHUT = (
    FeedSpec("f"),
    FeedSpec("f", hold=timedelta(hours=1)),
    FeedSpec("f", Where(all=Terms(tags=("none",)))),
)
LIVE = Entry("f", 1, EARLIER, None, EARLIER, None, 5)
LEFT = LIVE._replace(left_at=EARLIER)
WAITING = Entry("f", 1, EARLIER, LATER, None, None, 5)
BACK = LEFT._replace(enters_at=LATER)
NEW = Entry("f", 1, EARLIER, None, NOW, None, 9)


@pytest.mark.parametrize(
    ("spec", "visible_at", "entry", "edited", "after", "count", "seen"),
    [
        # not taken
        (SHUT, NOW, None, False, "same", 0, False),
        (SHUT, NOW, LIVE, False, LIVE._replace(left_at=NOW, revision=9), -1, True),
        (SHUT, NOW, LEFT, True, "same", 0, False),
        (SHUT, NOW, WAITING, False, None, 0, False),
        (SHUT, NOW, BACK, False, LEFT, 0, False),
        # taken at once
        (OPEN, NOW, None, False, NEW, 1, True),
        (OPEN, NOW, LEFT, False, NEW, 1, True),
        (OPEN, NOW, WAITING, False, NEW, 1, True),
        (OPEN, NOW, BACK, False, NEW, 1, True),
        (OPEN, EARLIER, LIVE, False, "same", 0, False),
        (OPEN, EARLIER, LIVE, True, LIVE._replace(revision=9), 0, True),
        # taken later
        (HELD, NOW, None, False, WAITING._replace(revision=9), 0, False),
        (HELD, NOW, WAITING, True, "same", 0, False),
        (HELD, NOW, LEFT, False, BACK, 0, False),
        (HELD, NOW, BACK, True, "same", 0, False),
        (HELD, NOW, LIVE, False, "same", 0, False),
        (HELD, EARLIER, WAITING, False, NEW, 1, True),
    ],
)
def test_moves(spec, visible_at, entry, edited, after, count, seen) -> None:  # type: ignore[no-untyped-def]
    placed = Placed(1, Item(published=EARLIER), visible_at, EARLIER)
    current = {"f": entry} if entry else {}
    found = moves(placed, current, [spec], now=NOW, revision=9, edited=edited)
    assert found == ([] if after == "same" else [Move("f", "f", after, count, seen)])


@pytest.mark.parametrize("status", [status for status in Status if status != Status.PUBLISHED])
def test_only_the_published_are_taken(status: Status) -> None:
    placed = Placed(1, Item(published=EARLIER, status=status), EARLIER, EARLIER)
    (move,) = moves(placed, {"f": LIVE}, [OPEN], now=NOW, revision=9, edited=True)
    assert move.added == -1


def test_a_new_date_moves_an_entry() -> None:
    placed = Placed(1, Item(published=NOW), NOW, NOW)
    (move,) = moves(placed, {"f": LIVE}, [OPEN], now=NOW, revision=9, edited=False)
    assert move.entry == LIVE._replace(sort_at=NOW, revision=9)


@pytest.mark.parametrize("word", ["TIDE", "https://tide.example/", "Sea", "https://sea.example/1"])
def test_a_where_takes_a_story_by_any_of_the_places_that_carry_it(word: str) -> None:
    story = Item(
        source=Source("Tide", "https://tide.example/", "https://tide.example/feed"),
        via=(Via("https://sea.example/1", "Sea"), Via("https://nameless.example/1")),
    )
    assert Where(all=Terms(sources=(word,))).matches(story)
    assert not Where(none=Terms(sources=(word,))).matches(story)
    assert not Where(any=Terms(sources=(word,))).matches(replace(story, via=(), source=None))
    assert not Where(any=Terms(sources=(f"{word}x",))).matches(story)


_TIMES = st.sampled_from([EARLIER, NOW, LATER])
_TERMS = st.builds(Terms, tags=st.sampled_from([(), ("a",)]), authors=st.sampled_from([(), ("b",)]))
_SPECS = st.builds(
    FeedSpec,
    st.sampled_from(["main", "f", "g"]),
    where=st.builds(Where, any=_TERMS, none=_TERMS),
    hold=st.sampled_from([timedelta(0), timedelta(hours=1)]),
    private=st.booleans(),
    ended=st.booleans(),
)
_PLACED = st.builds(
    Placed,
    st.just(1),
    st.builds(
        Item,
        published=_TIMES,
        status=st.sampled_from(Status),
        categories=st.lists(
            st.sampled_from(["a", "A", "", ":", "x" * 1001, "日本"]).map(Category), max_size=4
        ).map(tuple),
        authors=st.lists(st.sampled_from(["b", "B b", "/"]).map(Author), max_size=3).map(tuple),
        feeds=st.lists(st.sampled_from(["main", "g"]), max_size=2, unique=True).map(tuple),
    ),
    st.none() | _TIMES,
    _TIMES,
)


@given(_PLACED, st.lists(_SPECS, max_size=3, unique_by=lambda spec: spec.name), st.booleans())
def test_an_item_in_no_feed_moves_as_one_that_waits_in_a_feed_of_old(
    placed: Placed, specs: list[FeedSpec], edited: bool
) -> None:
    known = {"old": WAITING._replace(feed="old")}
    found = moves(placed, {}, specs, now=NOW, revision=9, edited=edited)
    among = moves(placed, known, specs, now=NOW, revision=9, edited=edited)
    assert among == [*found, Move("old", "old", None, 0, False)]
