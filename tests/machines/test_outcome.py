"""That a loss would be told."""

from __future__ import annotations

import pytest

from .outcome import longest_silence, lost_or_doubled

FIRST, SECOND = ("draft a", "1"), ("draft b", "2")


@pytest.mark.parametrize(
    ("stored", "receipts", "expected"),
    [
        ([FIRST, SECOND], [SECOND, FIRST], []),
        ([FIRST], [FIRST, SECOND], ["2: lost"]),
        ([FIRST, ("draft b", "3")], [FIRST, SECOND], ["2: lost"]),
        ([FIRST, SECOND], [FIRST], ["2: filed, and nobody has its receipt"]),
        ([FIRST, ("draft a", "2")], [("draft a", "2")], ["draft draft a: 2 times"]),
        ([FIRST, ("draft b", "1")], [FIRST, ("draft b", "1")], ["number 1: 2 times", "number shown 1: 2 times"]),
    ],
)
def test_what_is_lost_or_doubled_is_named(
    stored: list[tuple[str, str]], receipts: list[tuple[str, str]], expected: list[str]
):
    assert lost_or_doubled(stored, receipts) == expected


@pytest.mark.parametrize(
    ("since", "until", "expected"), [(0.0, 10.0, 5.0), (3.0, 9.0, 4.0), (7.5, 8.0, 0.5), (20.0, 21.0, 1.0)]
)
def test_the_longest_silence_counts_from_the_beginning_to_the_end(since: float, until: float, expected: float):
    assert longest_silence([8.0, 1.0, 2.0, 7.0], since, until) == expected
