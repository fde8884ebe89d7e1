"""The whole table on one declaration: nothing said of an ordinary one, one anomaly for one cause, no rule untried."""

from __future__ import annotations

from typing import Any

import pytest

from declarations.enums import DeclarationKind, LookupResult
from declarations.filing.workers import once_per_field
from declarations.rules import FACTS, RULES, examine

from ..support.shorthand import dates_and_hours, day, moment, period, was
from .ordinary import (
    A_PERIOD,
    BY_HOUR,
    CANCELLATION,
    FLAT_RATE,
    FLEXI_PER_DAY,
    FLEXI_PER_PERIOD,
    GOOD,
    IN,
    MODIFICATION,
    NIGHT,
    ONE_DAY,
    OUT,
    over,
)

NOON = moment("2026-03-02 12:00")
Case = tuple[dict[str, Any], list[str]]

# Case 3: a pair that never exists has no dates. Cases 2, 6, 7 and 10 are marked below.
OF_AN_IN: list[Case] = [
    ({"is_secured_channel_only": True}, ["90256-342"]),
    ({"active_from": day("2026-03-28")}, ["90373-343"]),
    ({"pair_exists": False, "characteristics_are_in_force": False}, ["90374-349"]),
    ({"user_committees": ("124",), "user_joint_committee": "302"}, ["90374-349"]),
    ({"characteristics_are_in_force": False}, ["00910-008"]),
    ({"is_open_to_employer": False}, ["00655-350"]),
    ({"requires_ssin": True, "ssin": ""}, ["00024-001"]),
    ({"first_month_card": "3636", "next_month_card": "3636"}, ["00664-353"]),
    ({"requires_user": True}, ["90107-351"]),
    ({"user_enterprise_number": "0412345614", "user_name": "Bouw NV"}, ["90107-352"]),
    ({"end_date": day("2026-03-26")}, ["00911-014"]),
    ({**FLEXI_PER_PERIOD, "end_date": day("2026-03-27")}, ["00911-014"]),
    ({**BY_HOUR, **NIGHT, "end_date": day("2026-03-27")}, ["00778-345"]),
    ({"start_date": day("2036-01-01")}, ["00910-008"]),
    ({"start_date": day("1919-12-31"), "is_secured_channel_only": True}, ["00910-008", "90256-342", "90373-460"]),
    ({"end_date": day("2036-01-01")}, ["00911-008"]),
    ({"is_within_quarter": True, "end_date": day("2026-04-01")}, ["90373-421"]),
    ({**ONE_DAY, "end_date": day("2026-03-28")}, ["90373-341"]),
    ({"max_days_ahead": 15, "filed_at": moment("2026-03-11 10:00")}, ["00910-008"]),  # case 6
    ({**BY_HOUR, **NIGHT}, []),  # case 7
    ({**BY_HOUR, **NIGHT, "end_date": day("2026-03-29")}, ["90373-341"]),
    ({"requires_definitive_nsso_number": True, "nsso_number": None}, ["90256-364"]),  # case 10
    ({"nature": "WORKER", "risk_code": "401", "risk_nature": "EMPLOYEE"}, ["00041-521"]),
    ({"filed_at": moment("2026-03-28 10:00")}, ["90373-460"]),  # case 2
    ({"periods": (period("2026-03-27.."),)}, ["90373-333"]),
    ({"periods": (period("2026-03-01.."),)}, ["90373-334"]),
    (
        {"limits_consecutive_days": True, "periods": (period("2026-03-25..2026-03-25"), period("2026-03-26.."))},
        ["00910-459", "90373-334"],
    ),
    ({"is_flexi": True, "periods": (period("2026-03-01..", kind="XXX/STU", bars_flexi=True),)}, ["90017-510"]),
    (over(), ["90017-369"]),
    (over(is_blocking=True), ["90017-369"]),
    (over("employer"), ["90256-369"]),
]

OF_A_STATE: list[Case] = [
    ({"lookup_result": LookupResult.NOT_FOUND}, ["00913-354"]),
    ({"lookup_result": LookupResult.PENDING}, ["00913-354"]),
    ({"lookup_result": LookupResult.LATER_DECLARATION}, ["00913-354"]),
    ({"lookup_result": LookupResult.REFUSED}, ["00913-357"]),
    # Case 12: the first page tells it as an unknown number (ruling 11).
    ({"is_period_of_employer": False}, ["00014-347"]),
    ({"cancelled_at": NOON}, ["00913-355"]),
    ({"locked_at": NOON}, ["00913-362"]),
    ({"cancelled_at": NOON, "locked_at": NOON}, ["00913-355", "00913-362"]),
    ({"is_secured_channel_only": True}, ["90256-342"]),
]

OF_AN_OUT: list[Case] = [
    # Case 11: OUT twice.
    ({"previous_end_date": day("2026-03-31")}, ["00913-356"]),
    ({"previous_end_date": day("2026-04-30")}, ["00913-356"]),
    ({"previous_end_date": day("2026-03-31"), "cancelled_at": NOON}, ["00913-355"]),
    ({"previous_end_date": day("2026-03-31"), "locked_at": NOON}, ["00913-362"]),
    ({"end_date": day("2026-03-01")}, ["00911-014"]),
    ({"end_date": day("2026-03-02")}, []),
    ({"end_date": day("2036-01-01")}, ["00911-008"]),
    # Block 90377 has no lateness, and no quota, overlap or limit of the type.
    ({"filed_at": moment("2026-12-31 10:00")}, []),
    ({"filed_at": moment("2025-12-31 10:00")}, []),
    ({**FLEXI_PER_PERIOD, **over(is_blocking=True), "periods": (period("2026-03-15.."),)}, []),
    ({"active_until": day("2026-03-01"), "characteristics_are_in_force": False}, []),
]

OF_A_CANCELLATION: list[Case] = [
    ({"filed_at": moment("2026-12-31 10:00")}, []),
    ({"previous_end_date": day("2026-03-31"), "end_date": day("2026-03-31")}, []),
    ({"start_date": day("1919-12-31"), "previous_start_date": day("1919-12-31")}, []),
    ({"active_until": day("2026-03-01"), "characteristics_are_in_force": False, **over(is_blocking=True)}, []),
]

A_NIGHT = was("2026-03-27 22:00..2026-03-28 03:00")
OF_A_MODIFICATION: list[Case] = [
    # Case 11.
    (dates_and_hours("2026-03-02..2026-03-31"), ["90378-444"]),
    (was("2026-03-02.."), ["00913-359"]),
    (dates_and_hours("2026-03-03..2026-03-31"), ["00910-344"]),
    ({**A_NIGHT, **dates_and_hours("2026-03-27 23:00..2026-03-28 03:00"), **BY_HOUR}, []),
    (dates_and_hours("2026-03-02.."), []),
    ({**dates_and_hours("2026-03-02.."), "requires_end_date": True}, ["90378-368"]),
    ({"is_flexi": True}, ["00911-344"]),
    ({**A_NIGHT, **dates_and_hours("2026-03-27 22:00..2026-03-28 04:00"), **FLEXI_PER_DAY}, ["00911-344"]),
    ({**A_NIGHT, **dates_and_hours("2026-03-27 22:00..2026-03-28 02:00"), **FLEXI_PER_DAY}, []),
    # Late: an earlier start, an earlier end, a later end.
    (dates_and_hours("2026-03-01..2026-03-31"), ["90378-460"]),
    (dates_and_hours("2026-03-02..2026-03-24"), ["90378-460"]),
    ({"filed_at": moment("2026-04-02 10:00")}, ["90378-460"]),
    # What an IN is held against, on the period as changed.
    ({"active_from": day("2026-03-03")}, ["90378-343"]),
    ({"characteristics_are_in_force": False}, ["00910-008"]),
    (dates_and_hours("1919-12-31..2026-03-31"), ["00910-008", "90378-460"]),
    ({"end_date": day("2036-01-01")}, ["00911-008"]),
    ({"end_date": day("2026-03-01"), "filed_at": moment("2026-03-01 10:00")}, ["00911-014"]),
    (
        {**was("2026-03-27..2026-03-31"), **dates_and_hours("2026-03-27..2026-03-27"), **FLEXI_PER_PERIOD},
        ["00911-014"],
    ),
    ({**A_NIGHT, **dates_and_hours("2026-03-27 22:00..2026-03-27 03:00"), **BY_HOUR}, ["00778-345"]),
    ({**A_NIGHT, **dates_and_hours("2026-03-27 22:00..2026-03-27 03:00"), "has_fixed_hours": True}, ["00778-345"]),
    ({"is_within_quarter": True}, ["90378-421"]),
    (ONE_DAY, ["90378-341"]),
    ({**A_NIGHT, **dates_and_hours("2026-03-27 22:00..2026-03-28 22:01"), **BY_HOUR}, ["90378-341"]),
    ({"periods": (period("2026-03-02..2026-04-30"),)}, ["90378-333"]),
    ({"periods": (period("2026-04-01..2026-04-01"),)}, ["90378-334"]),
    (
        {
            **was("2026-04-01..2026-04-01"),
            **dates_and_hours("2026-03-31..2026-03-31"),
            "limits_consecutive_days": True,
            "periods": (period("2026-03-29..2026-03-29"), period("2026-03-30..2026-03-30")),
        },
        ["00910-459"],
    ),
    (
        {
            **FLEXI_PER_PERIOD,
            **dates_and_hours("2026-03-02..2026-03-30"),
            "periods": (period("2026-03-01..", kind="XXX/STU", bars_flexi=True),),
        },
        [],  # tested when the IN is filed
    ),
    (over(), ["90017-369"]),
    (over(is_blocking=True), ["90017-369"]),
    (over("employer"), ["90256-369"]),
    # The characteristics were judged of the IN, and a Modification cannot change them.
    (
        {"pair_exists": False, "is_open_to_employer": False, "requires_definitive_nsso_number": True, "ssin": ""},
        [],
    ),
]

CASES = {
    IN: OF_AN_IN,
    OUT: OF_A_STATE + OF_AN_OUT,
    MODIFICATION: OF_A_STATE + OF_A_MODIFICATION,
    CANCELLATION: OF_A_STATE + OF_A_CANCELLATION,
}


def codes(kind: DeclarationKind, changes: dict[str, Any]) -> list[str]:
    return sorted(finding.code for finding in examine(kind, {**GOOD[kind], **changes}))


@pytest.mark.parametrize("kind", DeclarationKind)
def test_an_ordinary_declaration_breaks_nothing(kind: DeclarationKind) -> None:
    assert codes(kind, {}) == []


def test_the_ordinary_facts_are_all_the_facts() -> None:
    previous = {name for name in FACTS if name.startswith("previous_")}
    assert set(GOOD[IN]) == FACTS - previous - set(A_PERIOD)
    assert [set(GOOD[kind]) for kind in (OUT, MODIFICATION, CANCELLATION)] == [FACTS] * 3


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        pytest.param(kind, *case, id=f"{kind}-{position}")
        for kind, cases in CASES.items()
        for position, case in enumerate(cases)
    ],
)
def test_each_case_gives_its_codes_and_no_other(
    kind: DeclarationKind, changes: dict[str, Any], expected: list[str]
) -> None:
    assert codes(kind, changes) == expected


@pytest.mark.parametrize("kind", DeclarationKind)
def test_every_rule_of_a_kind_is_broken_by_one_of_its_cases(kind: DeclarationKind) -> None:
    broken = {finding.rule.name for changes, _ in CASES[kind] for finding in examine(kind, {**GOOD[kind], **changes})}
    assert broken == {rule.name for rule in RULES if kind in rule.kinds}


MOVED_EARLIER = {**was("2026-03-25..2026-03-25"), **dates_and_hours("2026-03-24..2026-03-24")}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # Where the end follows the start, and where both are late by themselves: one flag (domain reference 5).
        ({**MOVED_EARLIER, **ONE_DAY}, ["90378-460"]),
        ({**MOVED_EARLIER, **FLAT_RATE}, ["90378-460"]),
        ({**MOVED_EARLIER, **BY_HOUR}, ["90378-460"]),
        (dates_and_hours("2026-03-01..2026-03-24"), ["90378-460"]),
        ({**dates_and_hours("2026-03-01.."), "filed_at": moment("2026-04-02 10:00")}, ["90378-460"]),
        # The end of a flexi-job may not be removed (domain reference 4.2): that is not putting it off.
        ({**FLEXI_PER_PERIOD, "end_date": None}, ["90378-368"]),
    ],
)
def test_one_cause_is_told_once(changes: dict[str, Any], expected: list[str]) -> None:
    findings = examine(MODIFICATION, {**GOOD[MODIFICATION], **changes})
    assert [finding.code for finding in once_per_field(tuple(findings))] == expected


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        (kind, missing)
        for kind in DeclarationKind
        for missing in sorted({name for rule in RULES if kind in rule.kinds for name in rule.parameters})
    ],
)
def test_a_fact_that_was_not_fetched_is_an_error(kind: DeclarationKind, missing: str) -> None:
    facts = {name: value for name, value in GOOD[kind].items() if name != missing}
    with pytest.raises(KeyError, match=missing):
        examine(kind, facts)
