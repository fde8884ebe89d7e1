"""The rules on the number and the state of the period that is closed, modified or cancelled."""

from __future__ import annotations

from typing import Any

import pytest

from declarations.enums import DeclarationKind, LookupResult
from declarations.rules import RULES, examine, findings, states

from ..support.shorthand import day, maybe_day, moment, was
from .ordinary import GOOD

NOON = moment("2026-03-02 12:00")


@pytest.mark.parametrize(
    ("lookup_result", "broken"),
    [
        (LookupResult.PERIOD, []),
        (LookupResult.NOT_FOUND, ["number_is_of_a_declaration_of_the_employer"]),
        (LookupResult.PENDING, ["number_is_not_of_a_pending_declaration"]),
        (LookupResult.LATER_DECLARATION, ["number_is_not_of_a_later_declaration"]),
        (LookupResult.REFUSED, ["number_is_not_of_a_refused_declaration"]),
    ],
)
def test_what_the_number_is_of_breaks_one_rule_at_most(lookup_result: LookupResult, broken: list[str]) -> None:
    of_numbers = [rule for rule in RULES if rule.parameters == ("lookup_result",)]
    assert len(of_numbers) == len(LookupResult) - 1
    assert [finding.rule.name for finding in findings(of_numbers, {"lookup_result": lookup_result})] == broken


# Case 12: the pages answer as to an unknown number (ruling 11), so that only this test meets 00014-347.
@pytest.mark.parametrize("is_period_of_employer", [True, False])
def test_period_is_of_the_employer(is_period_of_employer: bool) -> None:
    assert states.period_is_of_the_employer(is_period_of_employer) is is_period_of_employer


def test_period_is_not_cancelled() -> None:
    assert [states.period_is_not_cancelled(cancelled_at) for cancelled_at in (None, NOON)] == [True, False]


def test_period_is_not_locked() -> None:
    assert [states.period_is_not_locked(locked_at) for locked_at in (None, NOON)] == [True, False]


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
    cancelled_at = NOON if is_cancelled else None
    assert states.period_has_no_end_yet(cancelled_at, None, maybe_day(previous_end)) is holds


def test_of_a_locked_period_the_end_is_not_the_matter() -> None:
    assert states.period_has_no_end_yet(None, NOON, day("2026-03-31"))


@pytest.mark.parametrize(
    ("found", "since"),
    [
        ({"cancelled_at": NOON}, NOON),
        ({"locked_at": NOON}, NOON),
        (was("2026-03-02..2026-03-31"), day("2026-03-31")),
        # The hour of a clock, in no zone.
        (was("2026-03-02 10:00..2026-03-31 18:00"), moment("2026-03-31 18:00").replace(tzinfo=None)),
        ({"is_secured_channel_only": True}, None),
    ],
)
def test_a_state_is_told_since_when_it_is(found: dict[str, Any], since: Any) -> None:
    told = [finding.since for finding in examine(DeclarationKind.OUT, {**GOOD[DeclarationKind.OUT], **found})]
    assert (told, [type(each) for each in told]) == ([since], [type(since)])
