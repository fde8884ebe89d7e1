"""Coordinates of the charts, as integers in tenths of a pixel, for the templates that draw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """A bar: its count and its rectangle. `series` selects the pattern that fills it."""

    label: str
    count: int
    x: int
    y: int
    width: int
    height: int
    series: str = ""

    @property
    def count_x(self) -> int:
        """The left edge of the text after a horizontal bar."""
        return self.x + self.width + 60

    @property
    def text_y(self) -> int:
        """The baseline of a text at the middle of a horizontal bar."""
        return self.y + self.height // 2 + 45


# -- horizontal bars, one below the other ---------------------------------------------------------------------------

HORIZONTAL_WIDTH, LINE, THICKNESS = 3840, 260, 180
# Widths of the labels before the bars and of the counts after them.
LABELS, COUNTS = 1200, 640


@dataclass(frozen=True)
class HorizontalBars:
    """Horizontal bars, one below the other, with lengths proportional to their counts."""

    bars: list[Bar]
    width: int = HORIZONTAL_WIDTH

    @property
    def height(self) -> int:
        """The height of the whole chart."""
        return LINE * len(self.bars)


def horizontal_bars(counts: Sequence[tuple[str, int]]) -> HorizontalBars:
    """A bar per label and count; the largest count fills the width."""
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
# The label below the last bar extends beyond it.
HALF_A_LABEL = 200
# The number of labels that fit below the bars.
MAX_LABELS = 8


@dataclass(frozen=True)
class AxisLabel:
    """A label on an axis: its text and its position along the axis."""

    label: str
    at: int


@dataclass(frozen=True)
class StackedBars:
    """Vertical bars made of parts, with labels below them and horizontal lines at round counts."""

    parts: list[Bar]
    marks: list[AxisLabel]
    lines: list[AxisLabel]
    width: int = STACKED_WIDTH
    height: int = STACKED_HEIGHT
    left: int = LEFT
    bottom: int = BOTTOM


def stacked_bars(columns: Sequence[tuple[str, Sequence[tuple[str, str, int]]]]) -> StackedBars:
    """A bar per column: its label, and its parts from below (series, label, count)."""
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
    """The smallest of 2, 4, 10, 20, 40, 100, 200 … that is at least the count. Each is even, so its half is whole.

    >>> [round_up(count) for count in (0, 2, 3, 5, 11, 100, 101)]
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
