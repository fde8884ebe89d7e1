"""Graphs of growth in one SVG image: one per act, from zero, with the number of rows on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from .measuring import format_value

Points = Sequence[tuple[int, float]]

COLUMNS, WIDTH, HEIGHT = 3, 320, 200
LEFT, TOP, RIGHT, BOTTOM = 48, 40, 32, 28
STYLE = (
    "text{font:11px sans-serif;fill:#222}.title{font-weight:bold}.axis{stroke:#999;fill:none}"
    ".line{stroke:#1f5fa8;stroke-width:2;fill:none}.dot{fill:#1f5fa8}.end{text-anchor:end}.middle{text-anchor:middle}"
)


def render(title: str, series: Mapping[str, Points]) -> str:
    """The image, with a graph per name of points (rows, milliseconds)."""
    rows = math.ceil(len(series) / COLUMNS)
    width, height = COLUMNS * WIDTH, rows * HEIGHT + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text class="title" x="8" y="18">{escape(title)}</text>',
    ]
    for place, (name, points) in enumerate(series.items()):
        x, y = place % COLUMNS * WIDTH, place // COLUMNS * HEIGHT + 30
        parts.append(f'<g transform="translate({x} {y})">{graph(name, points)}</g>')
    return "\n".join([*parts, "</svg>\n"])


def graph(name: str, points: Points) -> str:
    """A graph with the value at each point."""
    first, last = (math.log10(points[place][0]) for place in (0, -1))
    highest = 1.25 * max(value for _rows, value in points)
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def at(rows: int, value: float) -> tuple[float, float]:
        share = (math.log10(rows) - first) / ((last - first) or 1)
        return LEFT + share * (right - LEFT), bottom - value / highest * (bottom - TOP)

    places = [at(*point) for point in points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return "".join(
        [
            f'<text class="title" x="8" y="24">{escape(name)}</text>',
            f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right}"/><polyline class="line" points="{line}"/>',
            *(_point(x, y, point, bottom) for (x, y), point in zip(places, points, strict=True)),
        ]
    )


def _point(x: float, y: float, point: tuple[int, float], bottom: int) -> str:
    rows, value = point
    return (
        f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
        f'<text class="middle" x="{x:.1f}" y="{y - 8:.1f}">{format_value(value)} ms</text>'
        f'<text class="middle" x="{x:.1f}" y="{bottom + 16}">{rows:,}</text>'
    )
