"""Where the bars of a chart stand: whole numbers, in tenths of a pixel, for the templates that draw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """One bar: what it counts, and its rectangle. `series` says which pattern fills it."""

    label: str
    count: int
    x: int
    y: int
    width: int
    height: int
    series: str = ""

    @property
    def count_x(self) -> int:
        """Where what stands behind a horizontal bar begins."""
        return self.x + self.width + 60

    @property
    def text_y(self) -> int:
        """The base line of a text in the middle of a horizontal bar."""
        return self.y + self.height // 2 + 45


# -- horizontal bars, one below the other ---------------------------------------------------------------------------

HORIZONTAL_WIDTH, LINE, THICKNESS = 3840, 260, 180
# The labels stand before the bars, the counts behind them.
LABELS, COUNTS = 1200, 640


@dataclass(frozen=True)
class HorizontalBars:
    """Bars that lie one below the other, each as long as its count."""

    bars: list[Bar]
    width: int = HORIZONTAL_WIDTH

    @property
    def height(self) -> int:
        """Of the whole chart."""
        return LINE * len(self.bars)


def horizontal_bars(counts: Sequence[tuple[str, int]]) -> HorizontalBars:
    """A bar for each label and its count; the longest count fills the width."""
    most = max((count for _label, count in counts), default=0) or 1
    room = HORIZONTAL_WIDTH - LABELS - COUNTS
    bars = [
        Bar(label, count, LABELS, line * LINE + (LINE - THICKNESS) // 2, room * count // most, THICKNESS)
        for line, (label, count) in enumerate(counts)
    ]
    return HorizontalBars(bars)


# -- stacked bars, one beside the other -----------------------------------------------------------------------

STACKED_WIDTH, STACKED_HEIGHT = 7200, 2400
LEFT, TOP, BOTTOM = 600, 100, 2100
# A label below the last bar reaches beyond it.
HALF_A_LABEL = 200
# So many labels have room below the bars.
MAX_LABELS = 8


@dataclass(frozen=True)
class AxisLabel:
    """A label beside the axis: the text, and how far along the axis it stands."""

    label: str
    at: int


@dataclass(frozen=True)
class StackedBars:
    """Bars that stand side by side, each made of parts; marks below them, and lines across at round counts."""

    parts: list[Bar]
    marks: list[AxisLabel]
    lines: list[AxisLabel]
    width: int = STACKED_WIDTH
    height: int = STACKED_HEIGHT
    left: int = LEFT
    bottom: int = BOTTOM


def stacked_bars(columns: Sequence[tuple[str, Sequence[tuple[str, str, int]]]]) -> StackedBars:
    """A bar for each column: its mark, and its parts from below (series, label, count)."""
    top = round_up(max((sum(count for *_names, count in parts) for _mark, parts in columns), default=0))
    pitch = (STACKED_WIDTH - HALF_A_LABEL - LEFT) / max(1, len(columns))
    gap = pitch / 5
    bars: list[Bar] = []
    for position, (_mark, parts) in enumerate(columns):
        below = 0
        for series, label, count in parts:
            y, floor = _height(below + count, top), _height(below, top)
            x, end = LEFT + round(position * pitch + gap / 2), LEFT + round((position + 1) * pitch - gap / 2)
            if count:
                bars.append(Bar(label, count, x, y, max(1, end - x), max(1, floor - y), series))
            below += count
    step = -(-len(columns) // MAX_LABELS)
    marks = [
        AxisLabel(mark, LEFT + round((position + 0.5) * pitch))
        for position, (mark, _parts) in enumerate(columns)
        if step and position % step == 0
    ]
    return StackedBars(bars, marks, [AxisLabel(str(count), _height(count, top)) for count in (0, top // 2, top)])


def round_up(count: int) -> int:
    """The least of 2, 4, 10, 20, 40, 100, 200 … that is not below the count: its half is whole.

    >>> [round_above(count) for count in (0, 2, 3, 5, 11, 100, 101)]
    [2, 2, 4, 10, 20, 100, 200]
    """
    power = 1
    while True:
        for step in (2, 4, 10):
            if count <= step * power:
                return step * power
        power *= 10


def _height(count: int, top: int) -> int:
    return BOTTOM - (BOTTOM - TOP) * count // top
