"""That a loss, or a number given again, would be told."""

from __future__ import annotations

import pytest

from trials.backup.copying import given_again, not_restored

FIRST, SECOND, THIRD = ("draft a", "1"), ("draft b", "2"), ("draft c", "3")


@pytest.mark.parametrize(
    ("stored", "before", "shown", "expected"),
    [
        ([FIRST], [FIRST], [FIRST, SECOND], []),
        ([FIRST, SECOND], [FIRST], [FIRST, SECOND, THIRD], []),
        ([SECOND], [FIRST], [FIRST, SECOND], ["1: lost"]),
        ([FIRST, THIRD], [FIRST], [FIRST, SECOND], ["3: filed, and nobody has its receipt"]),
        ([FIRST, ("draft b", "1")], [FIRST], [FIRST, SECOND], ["number 1: 2 times", "2: lost"]),
    ],
)
def test_what_a_restore_did_not_bring_back_is_named(
    stored: list[tuple[str, str]], before: list[tuple[str, str]], shown: list[tuple[str, str]], expected: list[str]
):
    assert not_restored(stored, before, shown) == expected


def test_a_number_given_again_is_named():
    assert given_again([FIRST, SECOND], [("draft d", "2"), THIRD]) == ["2: given again"]
