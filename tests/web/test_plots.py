"""Plots: sound SVG with names, nothing that our content policy forbids, shapes within bounds."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feedsvc.publish.audience import audiences
from feedsvc.store import PollCount
from feedsvc.web.admin import traffic
from feedsvc.web.plots import Plot, Series, ceiling, columns, lines, named_places, share, spark

NASTY = '<script>alert(1)</script>" onload="x'
SVG = "{*}"
TODAY = date(2026, 11, 22)

numbers = st.one_of(st.integers(0, 10**15), st.floats(0, 1e9))


def plot(*series: tuple[float | None, ...], **fields: object) -> Plot:
    labels = tuple(f"day {at}" for at in range(len(series[0]) if series else 0))
    every = tuple(Series(f"s{at}", "whole", values) for at, values in enumerate(series))
    return Plot("p", "A title", "A sentence.", labels, every, **fields)  # type: ignore[arg-type]


def parsed(markup: str) -> etree._Element:
    """The markup, which must be well-formed and have no style, script or handler."""
    root = etree.fromstring(markup)
    for element in root.iter():
        assert element.tag not in {"script", "style", "foreignObject"}
        assert not [name for name in element.attrib if name == "style" or name.startswith("on")]
    return root


@given(st.lists(st.tuples(numbers, numbers), max_size=40))
def test_columns_stand_upon_each_other_within_the_drawing(
    values: list[tuple[float, float]],
) -> None:
    first, second = zip(*values, strict=True) if values else ((), ())
    drawing = parsed(columns(plot(tuple(first), tuple(second)))).find("svg/svg")
    assert drawing is not None
    height = float(drawing.get("viewBox", "").split()[3])
    for group, pair in zip(drawing.findall("g"), values, strict=True):
        bars = [bar for bar in group.findall("rect") if "plot-bar" in bar.get("class", "")]
        assert len(bars) == sum(value > 0 for value in pair)
        ends = [(float(bar.get("y", "")), float(bar.get("height", ""))) for bar in bars]
        assert all(high >= 0.999 and -1.01 <= y <= height - 0.99 for y, high in ends)
        assert not ends or sum(ends[0]) == pytest.approx(height, abs=0.01)
        for (below, _), (above, high) in pairwise(ends):
            assert above + high == pytest.approx(below, abs=0.01)


def test_a_plot_has_its_title_and_says_what_it_shows() -> None:
    for draw in (columns, lines):
        svg = parsed(draw(plot((1, 2)))).find("svg")
        assert svg is not None
        names = (svg.get("aria-labelledby") or "").split()
        assert svg.get("role") == "img"
        assert [svg.findtext(f".//*[@id='{name}']") for name in names] == ["A title", "A sentence."]


def test_each_place_tells_its_numbers() -> None:
    root = parsed(columns(plot((1200, 2), (0, 5))))
    assert [title.text for title in root.findall(".//g/title")] == [
        "day 0\ns1: 0\ns0: 1,200",
        "day 1\ns1: 5\ns0: 2",
    ]


def test_words_from_outside_stay_words() -> None:
    nasty = Plot("p", NASTY, NASTY, (NASTY,), (Series(NASTY, "whole", (1,)),), lambda _: NASTY)
    for draw in (columns, lines):
        root = parsed(draw(nasty))
        assert NASTY in (root.findtext(".//title") or "")


@pytest.mark.parametrize(
    ("values", "points"),
    [
        ((None, None), []),
        ((0, 1), ["0.5,176 1.5,0"]),
        ((1, None, 0, 0.5), ["0.5,0 0.5,0", "2.5,176 3.5,88"]),
    ],
)
def test_a_line_has_a_gap_where_there_is_nothing(
    values: tuple[float | None, ...], points: list[str]
) -> None:
    root = parsed(lines(plot(values, top=1)))
    assert [line.get("points") for line in root.iter("polyline")] == points


@given(numbers)
def test_a_ceiling_is_above_and_not_far(value: float) -> None:
    assert value <= ceiling(value) <= max(4, 2.1 * value + 4)
    assert ceiling(value) % 4 == 0


@given(st.integers(0, 500))
def test_few_places_are_named_the_last_one_always(count: int) -> None:
    named = named_places(count)
    assert len(named) <= 5
    assert (count - 1 in named) == (count > 0)


def test_small_drawings() -> None:
    bars = parsed(spark([0, 1, 1000])).findall("rect")
    assert [bar.get("height") for bar in bars] == ["1", "20"]
    assert len(parsed(spark([]))) == 0
    for part, width in ((-1, "0"), (0.5, "50"), (7, "100")):
        assert parsed(share(part)).findall("rect")[1].get("width") == width


days = st.builds(lambda ago: TODAY - timedelta(days=ago), st.integers(0, 120))
small = st.integers(0, 50)
counts = st.lists(
    st.builds(
        lambda day, feed, form, client, n: PollCount(
            day, feed, form, client, sum(n[:4]), n[0], n[1], n[2], n[3], n[4], n[5], n[6]
        ),
        days,
        st.sampled_from(["main", "old", "new", "tag:sea", "search:"]),
        st.sampled_from(["rss", "atom"]),
        st.sampled_from(["Feedly", "curl"]),
        st.tuples(*[small] * 7),
    ),
    max_size=30,
)


@given(counts, st.integers(1, 400))
def test_the_plots_of_polls_tell_what_the_sums_tell(polls: list[PollCount], length: int) -> None:
    since = TODAY - timedelta(days=length - 1)
    renamed = {"old": "new"}
    inside = [count for count in polls if count.day and count.day >= since]
    sums = traffic.sums(audiences(polls, since, TODAY, renamed))
    answers, unchanged, sent, readers = traffic.plots(inside, since, TODAY, renamed)
    assert sum(sum(one.values) for one in answers.series) == sums.requests  # type: ignore[arg-type]
    assert sum(answers.series[0].values) == sums.not_modified  # type: ignore[arg-type]
    assert [sum(one.values) for one in sent.series] == [  # type: ignore[arg-type]
        sums.bytes_sent,
        sums.bytes_saved,
    ]
    assert readers.series[0].values[-1] == sums.subscribers
    assert all(value is None or 0 <= value <= 1 for value in unchanged.series[0].values)
    for drawn in (answers, sent):
        parsed(columns(drawn))


@pytest.mark.parametrize(
    ("length", "number", "first", "last"),
    [
        (1, 1, "22 Nov", "22 Nov"),
        (7, 7, "16 Nov", "22 Nov"),
        (92, 92, "23 Aug", "22 Nov"),
        (93, 14, "22–23 Aug", "16–22 Nov"),
        (330, 48, "28 Dec 2025", "16–22 Nov"),
    ],
)
def test_days_and_weeks_have_names(length: int, number: int, first: str, last: str) -> None:
    places = traffic.steps(TODAY - timedelta(days=length - 1), TODAY)
    labels = [place.label(TODAY.year) for place in places]
    assert (len(places), labels[0], labels[-1]) == (number, first, last)
    assert all(after.first - before.last == timedelta(days=1) for before, after in pairwise(places))
    assert len(set(labels)) == len(labels)
