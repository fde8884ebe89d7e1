"""The rules on the number and the state of the period that is closed, modified or cancelled."""

from __future__ import annotations

import pytest

from declarations.enums import Numbered
from declarations.rules import RULES, findings, states

from .words import day, maybe_day


@pytest.mark.parametrize(
    ("number_is_of", "broken"),
    [
        (Numbered.PERIOD, []),
        (Numbered.NOTHING, ["number_is_of_a_declaration_of_the_employer"]),
        (Numbered.PENDING, ["number_is_not_of_a_pending_declaration"]),
        (Numbered.LATER, ["number_is_not_of_a_later_declaration"]),
        (Numbered.REFUSED, ["number_is_not_of_a_refused_declaration"]),
    ],
)
def test_what_the_number_is_of_breaks_one_rule_at_most(number_is_of: Numbered, broken: list[str]) -> None:
    of_numbers = [rule for rule in RULES if rule.parameters == ("number_is_of",)]
    assert len(of_numbers) == len(Numbered) - 1
    assert [finding.rule.name for finding in findings(of_numbers, {"number_is_of": number_is_of})] == broken


# Case 12: the pages answer as to an unknown number (ruling 11), so that only this test meets 00014-347.
@pytest.mark.parametrize("is_period_of_employer", [True, False])
def test_period_is_of_the_employer(is_period_of_employer: bool) -> None:
    assert states.period_is_of_the_employer(is_period_of_employer) is is_period_of_employer


@pytest.mark.parametrize(("is_cancelled", "holds"), [(False, True), (True, False)])
def test_period_is_not_cancelled(is_cancelled: bool, holds: bool) -> None:
    assert states.period_is_not_cancelled(is_cancelled) is holds


@pytest.mark.parametrize(("is_locked", "holds"), [(False, True), (True, False)])
def test_period_is_not_locked(is_locked: bool, holds: bool) -> None:
    assert states.period_is_not_locked(is_locked) is holds


@pytest.mark.parametrize(
    ("is_cancelled", "previous_end", "holds"),
    [
        (False, "", True),
        # Case 11: OUT twice; whether the end is past or to come, and where the calendar ends.
        (False, "2026-03-31", False),
        (False, "1999-01-01", False),
        (False, "9999-12-31", False),
        # Told as cancelled, and as that only.
        (True, "", True),
        (True, "2026-03-31", True),
    ],
)
def test_period_has_no_end_yet(is_cancelled: bool, previous_end: str, holds: bool) -> None:
    assert states.period_has_no_end_yet(is_cancelled, False, maybe_day(previous_end)) is holds


def test_of_a_locked_period_the_end_is_not_the_matter() -> None:
    assert states.period_has_no_end_yet(False, True, day("2026-03-31"))
