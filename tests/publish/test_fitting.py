"""What goes into one document: bounds that hold, and what gives way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import FEED, NOW, SITE

from feedsvc.formats.weight import weight
from feedsvc.model import Item, Tombstone
from feedsvc.publish.fitting import fit
from feedsvc.publish.rendering import FORMATS, Renderer


def items_of(*sizes: int) -> list[Item]:
    """Items of so many bytes of content, newest first."""
    return [
        Item(
            guid=f"tag:example.org,2026:items/{number}",
            slug=str(number),
            url=f"{SITE}/items/{number}",
            title=f"Title {number}",
            content_html="x" * size,
            authors=FEED.authors,
            published=NOW - timedelta(hours=number),
            updated=NOW - timedelta(hours=number),
        )
        for number, size in enumerate(sizes)
    ]


def stones(count: int, extra: str = "") -> list[Tombstone]:
    return [
        Tombstone(f"tag:example.org,2026:items/gone-{number}{extra}", NOW)
        for number in range(count)
    ]


def numbers(items: tuple[Item, ...]) -> list[int]:
    return [int(item.slug) for item in items]


SMALL = weight(items_of(0)[0])


@pytest.mark.parametrize(
    ("sizes", "kept", "most", "shown"),
    [
        ([], [], 100, []),
        ([0, 0, 0], [0, 1, 2], 0, [0, 1, 2]),  # what stands nowhere else stays
        ([0, 0, 0], [0], 0, [0]),
        ([0, 0, 0], [2], 0, [2]),
        ([0, 0, 0], [0], 2 * SMALL, [0, 1]),
        ([0, 0, 0], [2], 2 * SMALL, [0, 2]),
        ([0, 900, 0], [0], 2 * SMALL, [0]),  # no gap: a smaller one that is older has to wait
        ([0, 900, 0], [0, 2], 2 * SMALL, [0, 2]),
        ([900, 0], [], SMALL, [0]),  # one stays in any case
        ([0, 0], [], 10**6, [0, 1]),
    ],
)
def test_what_gives_way(sizes: list[int], kept: list[int], most: int, shown: list[int]) -> None:
    items = items_of(*sizes)
    found, told = fit(items, {items[one].guid for one in kept}, (), head=lambda: 0, most=most)
    assert numbers(found) == shown
    assert told == ()


def test_the_head_is_asked_only_when_it_matters() -> None:
    items = items_of(0, 0)

    def head() -> int:
        raise AssertionError("nobody needs to know")

    assert fit(items, (), stones(3), head=head, most=10**6) == (tuple(items), tuple(stones(3)))


def test_the_newest_tombstones_stay_and_take_a_quarter() -> None:
    told = fit([], (), stones(1000), head=lambda: 0, most=16_384)[1]
    assert list(told) == stones(1000)[: len(told)]
    assert 30 < len(told) < 60


def test_items_that_stand_nowhere_else_go_before_tombstones() -> None:
    items = items_of(15_000)
    found, told = fit(items, {items[0].guid}, stones(100), head=lambda: 400, most=16_384)
    assert len(found) == 1
    assert told == ()


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 9000), st.booleans()), max_size=12),
    st.integers(0, 80),
    st.sampled_from(["", "&<>\"'", "/ä/漢字"]),
    st.integers(16_384, 60_000),
)
def test_the_bytes_hold_in_every_format(
    sizes: list[tuple[int, bool]], gone: int, extra: str, most: int
) -> None:
    items = items_of(*(size for size, _ in sizes))
    kept = {item.guid for item, (_, stays) in zip(items, sizes, strict=True) if stays}
    renderer = Renderer()

    def head() -> int:
        return max(len(renderer.render(form, FEED, ())) for form in FORMATS)

    shown, told = fit(items, kept, stones(gone, extra), head=head, most=most)
    assert kept <= {item.guid for item in shown}
    assert list(shown) == [item for item in items if item in shown]
    needed = head() + sum(weight(item) for item in items if item.guid in kept)
    if needed <= most and (kept or len(shown) != 1):
        for form in FORMATS:
            body = renderer.render(form, replace(FEED, tombstones=told), shown)
            assert len(body) <= most
