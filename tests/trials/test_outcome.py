"""That a loss would be told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from trials.shared.outcome import declarations, differences, longest_silence, lost_or_doubled

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


@pytest.mark.parametrize("draft", [UUID(int=1), UUID(int=1).hex])
def test_a_draft_is_the_same_on_every_database(draft: object):
    database: Any = SimpleNamespace(rows=lambda statement: [(draft, "1")])
    assert declarations(database) == [("00000000-0000-0000-0000-000000000001", "1")]


def test_what_a_clerk_met_is_named_and_another_receipt_when_it_is_pressed_again():
    pressed = [SimpleNamespace(confirmed_again=lambda: ""), SimpleNamespace(confirmed_again=lambda: "another")]
    pool: Any = SimpleNamespace(faults=["no answer"], filed=pressed, receipts=lambda: [FIRST, SECOND])
    assert differences(pool, [FIRST]) == ["no answer", "2: lost", "another"]


@pytest.mark.parametrize(
    ("since", "until", "expected"), [(0.0, 10.0, 5.0), (3.0, 9.0, 4.0), (7.5, 8.0, 0.5), (20.0, 21.0, 1.0)]
)
def test_the_longest_silence_counts_from_the_beginning_to_the_end(since: float, until: float, expected: float):
    assert longest_silence([8.0, 1.0, 2.0, 7.0], since, until) == expected
