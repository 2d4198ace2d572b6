"""Plots as SVG, made by the server: columns by day, lines, small drawings for tables. Pure.

Colours come from classes alone (``static/desk.css``), so a plot is light or dark as its page is and
needs no style of its own, which our content security policy would not let through. Shapes stretch
with the page; letters do not, so they can be read on a telephone too. Each plot has a title and
says in a sentence what it shows (SVG 1.1 5.4, WCAG 1.1.1); its page has the same as a table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup

#: Of the drawing, in pixels; letters stand in the rest below.
_HEIGHT = 176
_ABOVE = 8
_BELOW = 26
#: Parts that the height is divided in: so many lines, and one at the bottom.
_PARTS = 4
#: What a column leaves free beside it, as a share of its place.
_GAP = 0.24
#: Words below the columns, at most: more would run into each other on a telephone.
_MOST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of number: its name, the class its colour comes from, a value a place.

    None is no value: a line has a gap there.
    """

    name: str
    kind: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """What is drawn: ``id`` is unique in its page, ``labels`` name the places along the bottom.

    ``ticks`` are shorter names, for where there is little room. ``say`` puts a value into words,
    ``top`` is what the drawing reaches to (by default a round number above every value).
    """

    id: str
    title: str
    description: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    say: Callable[[float], str] = "{:,.0f}".format
    top: float | None = None
    ticks: tuple[str, ...] = ()


def columns(plot: Plot) -> Markup:
    """The series stacked upon each other, a column a place; the first one stands at the bottom."""
    sums = [sum(one.values[at] or 0 for one in plot.series) for at in range(len(plot.labels))]
    top = plot.top or ceiling(max(sums, default=0))
    return _drawing(plot, top, Markup("").join(_column(plot, at, top) for at in _places(plot)))


def lines(plot: Plot) -> Markup:
    """The series as lines; a value alone between gaps is a short one."""
    values = [value for one in plot.series for value in one.values if value is not None]
    top = plot.top or ceiling(max(values, default=0))
    shapes = [
        Markup('<polyline class="plot-line {}" points="{}"/>').format(one.kind, points)
        for one in plot.series
        for points in _runs(one.values, top)
    ]
    places = [Markup("<g>{}</g>").format(_place(plot, at)) for at in _places(plot)]
    return _drawing(plot, top, Markup("").join([*shapes, *places]))


def spark(values: Sequence[float]) -> Markup:
    """A small drawing of how numbers went, for a table that says them in words too."""
    top = max(values, default=0) or 1
    bars = Markup("").join(
        Markup('<rect x="{}" y="{}" width="{}" height="{}"/>').format(
            _number(at + 0.1), _number(20 - high), _number(0.8), _number(high)
        )
        for at, value in enumerate(values)
        if (high := max(20 * value / top, 1) if value else 0)
    )
    return Markup(
        '<svg class="spark" viewBox="0 0 {} 20" preserveAspectRatio="none" aria-hidden="true" '
        'focusable="false">{}</svg>'
    ).format(max(len(values), 1), bars)


def share(part: float, kind: str = "") -> Markup:
    """A bar that is filled to a share, 0 to 1, beside the number in words."""
    full = min(max(part, 0), 1) * 100
    return Markup(
        '<svg class="share {}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" '
        'focusable="false"><rect class="share-all" width="100" height="8"/>'
        '<rect class="share-part" width="{}" height="8"/></svg>'
    ).format(kind, _number(full))


def ceiling(value: float) -> int:
    """A round number, not below the value, that four parts of are round too.

    >>> [ceiling(value) for value in (0, 3, 4, 9, 87, 101, 4_321)]
    [4, 4, 4, 12, 100, 120, 6000]
    """
    if value <= _PARTS:
        return _PARTS
    part = value / _PARTS
    power = 10 ** floor(log10(part))
    steps = (step * power for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10))
    return next(int(_PARTS * step) for step in steps if step >= part and step == int(step))


def named_places(count: int) -> list[int]:
    """Which of so many places have their name below: a few, evenly apart, the last one always.

    >>> named_places(0), named_places(3), named_places(7), named_places(30)
    ([], [0, 1, 2], [0, 2, 4, 6], [5, 11, 17, 23, 29])
    """
    step = ceil(count / _MOST_WORDS) or 1
    return list(range(count - 1, -1, -step))[::-1]


def _drawing(plot: Plot, top: float, shapes: Markup) -> Markup:
    names = plot.ticks or plot.labels
    count = max(len(names), 1)
    levels = range(_PARTS + 1)
    grid = Markup("").join(
        Markup('<line class="plot-grid" x1="0" x2="100%" y1="{0}" y2="{0}"/>').format(
            _number(_ABOVE + _HEIGHT * level / _PARTS)
        )
        for level in levels
    )
    words = Markup("").join(
        Markup('<text class="plot-word" x="{}%" y="{}">{}</text>').format(
            _number(100 * (at + 0.5) / count), _ABOVE + _HEIGHT + 19, names[at]
        )
        for at in named_places(len(names))
    )
    scale = Markup("").join(
        Markup("<span>{}</span>").format(plot.say(top * (_PARTS - level) / _PARTS))
        for level in levels
    )
    return Markup(
        '<div class="plot"><div class="plot-scale" aria-hidden="true">{scale}</div>'
        '<svg class="plot-drawing" role="img" aria-labelledby="{id}-title {id}-about" '
        'width="100%" height="{tall}" focusable="false">'
        '<title id="{id}-title">{title}</title><desc id="{id}-about">{about}</desc>{grid}'
        '<svg x="0" y="{above}" width="100%" height="{height}" viewBox="0 0 {count} {height}" '
        'preserveAspectRatio="none">{shapes}</svg>{words}</svg></div>'
    ).format(
        scale=scale,
        id=plot.id,
        title=plot.title,
        about=plot.description,
        tall=_ABOVE + _HEIGHT + _BELOW,
        above=_ABOVE,
        height=_HEIGHT,
        count=count,
        grid=grid,
        shapes=shapes,
        words=words,
    )


def _column(plot: Plot, at: int, top: float) -> Markup:
    below = 0.0
    parts = [_place(plot, at)]
    for one in plot.series:
        value = one.values[at]
        if value:
            high = max(_HEIGHT * value / top, 1)  # what is there is seen
            parts.append(
                Markup('<rect class="plot-bar {}" x="{}" y="{}" width="{}" height="{}"/>').format(
                    one.kind,
                    _number(at + _GAP / 2),
                    _number(_HEIGHT - below - high),
                    _number(1 - _GAP),
                    _number(high),
                )
            )
            below += high
    return Markup("<g>{}</g>").format(Markup("").join(parts))


def _place(plot: Plot, at: int) -> Markup:
    """What the pointer finds at a place, as high as the drawing: all of its values in words."""
    said = [
        f"{one.name}: {plot.say(value)}"
        for one in reversed(plot.series)
        if (value := one.values[at]) is not None
    ]
    words = "\n".join([plot.labels[at], *said])
    return Markup(
        '<title>{}</title><rect class="plot-place" x="{}" y="0" width="1" height="{}"/>'
    ).format(words, at, _HEIGHT)


def _runs(values: Sequence[float | None], top: float) -> list[str]:
    """The points of each stretch of a line that has no gap."""
    runs: list[list[str]] = [[]]
    for at, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{_number(at + 0.5)},{_number(_HEIGHT * (1 - value / top))}")
    return [" ".join(run if len(run) > 1 else run * 2) for run in runs if run]


def _places(plot: Plot) -> range:
    return range(len(plot.labels))


def _number(value: float) -> str:
    """With three decimals at most, so that a page is not made of digits."""
    return f"{value:.3f}".rstrip("0").rstrip(".")
