"""Figures, the rounds they are measured in, and their medians and ranges."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from .databases import Database


@dataclass(frozen=True)
class Figure:
    """A line of the report, with one value or one value per round."""

    name: str
    values: Sequence[float]
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.name:<84} {self.spread:>24} {self.unit}".rstrip()

    @property
    def spread(self) -> str:
        """The median, with the range if there are several values."""
        middle = format_value(median(self.values))
        return (
            f"{middle} ({format_value(min(self.values))}–{format_value(max(self.values))})"
            if len(self.values) > 1
            else middle
        )


def format_value(value: float) -> str:
    """The value with three significant digits; whole numbers unchanged.

    >>> format_value(0.12345), format_value(12.345), format_value(1234.5), format_value(7.0)
    ('0.123', '12.3', '1234', '7')
    """
    if value == int(value):
        return str(int(value))
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that is at least as large as this share of the values.

    >>> percentile([3, 1, 2, 4], 0.5), percentile([3, 1, 2, 4], 0.99)
    (2, 4)
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


class MissingError(Exception):
    """A program that a figure needs is missing on this machine; the message names it."""


@dataclass
class Bench:
    """The parameters of a measurement: databases, number of rounds, and whether quick rounds suffice.

    `largest` is the number of declarations up to which growth is measured, 0 for the usual number. `images` is the
    folder for its graphs.
    """

    databases: Sequence[Database]
    folder: Path
    rounds: int = 3
    is_quick: bool = False
    largest: int = 0
    images: Path = Path(__file__).parent
    today: date = field(default_factory=lambda: datetime.now(ZoneInfo("Europe/Brussels")).date())

    def amount(self, full: int, quick: int) -> int:
        """The full number, or the quick one that only shows that the benchmark works."""
        return quick if self.is_quick else full


@contextmanager
def undisturbed() -> Iterator[None]:
    """Disable garbage collection in the load generator, whose pauses would count as the service's."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
