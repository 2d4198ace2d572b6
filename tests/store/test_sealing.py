"""Which open entries go into archive pages: a table of cases, and what holds for all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import NOW

from feedsvc.store.sealing import Measure, Open, cut, sealed

FOUR = Measure(4, 100)


def an(number: int, weight: int = 1, *, fresh: bool = False) -> Open:
    """Entry of a number: the higher, the newer."""
    return Open(number, NOW + timedelta(minutes=number), weight, fresh=fresh)


def some(*numbers: int, weight: int = 1, fresh: bool = False) -> list[Open]:
    return [an(number, weight, fresh=fresh) for number in numbers]


def numbers(
    opened: list[Open], newest: int, edge: int | None = None, measure: Measure = FOUR
) -> list[list[int]]:
    """The pages as numbers of entries, for a newest entry and the last that age would show."""
    known = {entry.item_id: entry for entry in opened}
    pages = sealed(
        opened, known.get(newest, an(newest)), None if edge is None else an(edge).place, measure
    )
    return [[entry.item_id for entry in page] for page in pages]


@pytest.mark.parametrize(
    ("opened", "newest", "edge", "pages"),
    [
        # As long as all fit, there is no page.
        (some(1, 2, 3, 4), 4, 1, []),
        ([], 4, 1, []),
        # One too many: the oldest make a full page.
        (some(1, 2, 3, 4, 5), 5, 2, [[1, 2, 3, 4]]),
        (some(5, 3, 1, 4, 2), 5, 2, [[1, 2, 3, 4]]),
        # Many at once: full pages, the oldest first.
        (some(*range(1, 12)), 11, None, [[1, 2, 3, 4], [5, 6, 7, 8]]),
        # The newest is to be shown too when it is in a page already.
        (some(6, 7, 8, 9), 10, 7, [[6, 7, 8, 9]]),
        (some(7, 8, 9), 10, 7, []),
        # Too heavy: as many as a page takes go.
        (some(1, 2, 3, weight=40), 3, None, [[1, 2]]),
        (some(1, 2, weight=60), 2, None, [[1]]),
        (some(1, 2, weight=200), 2, None, [[1]]),
        # The newest of all stays, however heavy.
        (some(2, weight=200), 2, None, []),
        # It leaves no room for an old one that is edited.
        ([an(1, 90)], 10, None, []),
        ([an(1, 100)], 10, None, [[1]]),
        # Beyond the edge half a page may be open.
        (some(1, 2), 20, 17, []),
        (some(1, 2, 3), 20, 17, [[1, 2, 3]]),
        # What was just edited comes out in the live feed.
        ([*some(2, 3), an(1, fresh=True)], 20, 17, [[2, 3]]),
        ([*some(17, 18, 19, 20), an(1, fresh=True)], 20, 17, [[17, 18, 19]]),
        # Unless that is too many: then those that are newest by date.
        (some(*range(1, 9), fresh=True), 20, 17, [[1, 2, 3, 4], [5, 6]]),
        ([*some(18), *some(*range(1, 9), fresh=True)], 20, 17, [[1, 2, 3, 4], [5, 6]]),
        # Old dates make full pages, and the new ones stay.
        (
            [*some(17, 18, 19, 20), *some(*range(1, 5), fresh=True)],
            20,
            17,
            [[1, 2], [17, 18, 19]],
        ),
    ],
)
def test_what_goes(
    opened: list[Open], newest: int, edge: int | None, pages: list[list[int]]
) -> None:
    assert numbers(opened, newest, edge) == pages


def test_a_page_of_one() -> None:
    one = Measure(1, 100)
    assert numbers(some(1, 2, 3), 3, 3, one) == [[1], [2]]
    assert numbers(some(1, fresh=True), 3, 3, one) == [[1]]
    assert numbers(some(3), 3, 3, one) == []


def test_pages_are_as_full_as_may_be() -> None:
    heavy = [an(1, 10), an(2, 95), an(3, 5), an(4, 300), an(5)]
    assert [[entry.item_id for entry in page] for page in cut(heavy, FOUR)] == [
        [1], [2, 3], [4], [5]
    ]  # fmt: skip


@pytest.mark.parametrize("max_bytes", [1, 1000, 64 * 1024, 2 * 1024 * 1024])
def test_there_is_room_for_tombstones_and_the_head(max_bytes: int) -> None:
    measure = Measure.of(50, max_bytes)
    assert 0 < measure.bytes <= max_bytes - max_bytes // 4


entries = st.builds(an, st.integers(0, 60), st.integers(1, 60), fresh=st.booleans())
measures = st.builds(Measure, st.integers(1, 8), st.integers(1, 200))


@given(st.lists(entries, max_size=40, unique_by=lambda e: e.item_id), st.data(), measures)
def test_whatever_is_open_all_is_shown(
    feed: list[Open], data: st.DataObject, measure: Measure
) -> None:
    """Every entry is in one place, open ones fit with the newest, and pages hold what they may."""
    stays = data.draw(st.sets(st.sampled_from(feed)) if feed else st.just(set()))
    opened = [entry for entry in feed if entry not in stays]
    newest_first = sorted(feed, key=lambda entry: entry.place, reverse=True)
    newest = newest_first[0] if feed else None
    edge = newest_first[measure.entries - 1].place if len(feed) >= measure.entries else None
    pages = sealed(opened, newest, edge, measure)
    gone = [entry for page in pages for entry in page]
    assert len(set(gone)) == len(gone)
    assert set(gone) <= set(opened)
    for page in pages:
        assert 0 < len(page) <= measure.entries
        assert len(page) == 1 or sum(entry.weight for entry in page) <= measure.bytes
    left = set(opened) - set(gone)
    shown = left | ({newest} if newest else set())
    fits = len(shown) <= measure.entries and sum(e.weight for e in shown) <= measure.bytes
    assert fits or left <= {newest}
    beyond = [entry for entry in left if edge is not None and entry.place < edge]
    assert len(beyond) <= measure.entries // 2
    # Nothing goes without need, and nothing more once all is well.
    assert sealed(sorted(left, key=lambda e: e.place), newest, edge, measure) == []
    if (
        len(opened) <= measure.entries // 2
        and sum(e.weight for e in {*opened, newest} if e) <= (measure.bytes)
        and len({*opened, newest}) <= measure.entries
    ):
        assert pages == []


@given(entries, measures)
def test_a_lone_entry_is_the_newest_and_stays(entry: Open, measure: Measure) -> None:
    assert sealed([entry], replace(entry), entry.place, measure) == []
