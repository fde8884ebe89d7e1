"""What every figure is made of: rounds, their values, medians and ranges."""

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
    """One line of the report: its values, by round where they were measured in rounds."""

    name: str
    values: Sequence[float]
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.name:<84} {self.spread:>24} {self.unit}".rstrip()

    @property
    def spread(self) -> str:
        """The median, and the range of several values."""
        middle = format_value(median(self.values))
        return (
            f"{middle} ({format_value(min(self.values))}–{format_value(max(self.values))})"
            if len(self.values) > 1
            else middle
        )


def format_value(value: float) -> str:
    """With three figures that say something, whole numbers as they are.

    >>> shown(0.12345), shown(12.345), shown(1234.5), shown(7.0)
    ('0.123', '12.3', '1234', '7')
    """
    if value == int(value):
        return str(int(value))
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed.

    >>> percentile([3, 1, 2, 4], 0.5), percentile([3, 1, 2, 4], 0.99)
    (2, 4)
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


class MissingError(Exception):
    """What a figure is measured with is not on this machine; the words say what."""


@dataclass
class Bench:
    """What a figure is measured with: the databases, how many rounds, and whether quick ones are enough.

    `largest` is how many declarations growth goes up to, 0 for what is usual; `images` where its graphs go.
    """

    databases: Sequence[Database]
    folder: Path
    rounds: int = 3
    is_quick: bool = False
    largest: int = 0
    images: Path = Path(__file__).parent
    today: date = field(default_factory=lambda: datetime.now(ZoneInfo("Europe/Brussels")).date())

    def amount(self, full: int, quick: int) -> int:
        """How many of something, in earnest or just to see that it works."""
        return quick if self.is_quick else full


@contextmanager
def undisturbed() -> Iterator[None]:
    """The load collects no garbage meanwhile: its own pauses would count as the service's."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
