"""The table of rules: complete rows, known facts, and how it is run."""

from __future__ import annotations

import re
from typing import Any

import pytest

from declarations.enums import DeclarationKind, Severity, Stage
from declarations.rules import ALL_KINDS, FACTS, IN, RULES, Finding, Rule, examine, findings, registry, step_rules
from declarations.rules.registry import rule

from .words import day, hour, moment, period

# An ordinary IN that breaks nothing; the cases below change what they need.
GOOD: dict[str, Any] = {
    "filed_at": moment("2026-03-26 10:00"),
    "start_date": day("2026-03-27"),
    "end_date": None,
    "start_time": None,
    "end_time": None,
    "planned_hours": None,
    "duration_unit": "",
    "is_flexi": False,
    "is_per_period": False,
    "joint_committee": "XXX",
    "worker_type": "OTH",
    "pair_exists": True,
    "characteristics_are_in_force": True,
    "is_one_day": False,
    "is_within_quarter": False,
    "is_at_most_24_hours": False,
    "is_late_by_hour": False,
    "max_days_ahead": None,
    "ahead_of": "start",
    "limits_consecutive_days": False,
    "ssin": "85073003328",
    "requires_ssin": False,
    "requires_definitive_nsso_number": False,
    "nsso_number": "127792067",
    "is_secured_channel_only": False,
    "is_open_to_employer": True,
    "active_from": None,
    "active_until": None,
    "requires_user": False,
    "user_enterprise_number": "",
    "user_name": "",
    "user_joint_committee": "",
    "user_committees": (),
    "first_month_card": "",
    "next_month_card": "",
    "nature": "",
    "risk_code": "",
    "risk_nature": None,
    "periods": (),
    "quota_uses": (),
}


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> list[Rule]:
    """An empty table of rules for the test to fill."""
    rules: list[Rule] = []
    monkeypatch.setattr(registry, "RULES", rules)
    return rules


# -- every row -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", RULES, ids=lambda row: row.name)
def test_every_rule_is_a_complete_row(row: Rule) -> None:
    assert re.fullmatch(r"\d{5}-\d{3}", row.code)
    assert row.holds.__doc__
    assert row.source
    assert re.fullmatch(r"[a-z_]+", row.field)
    assert row.kinds
    assert row.facts
    assert row.facts <= FACTS


def test_the_names_of_the_rules_are_unique() -> None:
    names = [row.name for row in RULES]
    assert len(names) == len(set(names))


def test_every_code_of_the_domain_reference_with_a_trigger_has_its_rule() -> None:
    # fmt: off
    expected = [
        "00024-001", "00041-521", "00655-350", "00664-353", "00778-345", "00910-008", "00910-459", "00911-008",
        "00911-014", "90017-369", "90017-510", "90107-351", "90107-352", "90256-342", "90256-364", "90256-369",
        "90373-333", "90373-334", "90373-341", "90373-343", "90373-421", "90373-460", "90374-349",
    ]
    # fmt: on
    assert sorted({row.code for row in RULES if DeclarationKind.IN in row.kinds}) == expected


def test_what_costs_no_number_is_told_on_its_step() -> None:
    told = {row.code for row in RULES if row.stage == Stage.STEP}
    assert told == {"00024-001", "00041-521", "00664-353", "00778-345", "00911-014", "90107-351", "90107-352"}


# -- running the table -----------------------------------------------------------------------------------------


def codes(**changes: Any) -> list[str]:
    return sorted(finding.code for finding in examine(DeclarationKind.IN, {**GOOD, **changes}))


def test_an_ordinary_declaration_breaks_nothing() -> None:
    assert set(GOOD) == FACTS
    assert codes() == []


HOURS = {"start_time": hour("22:00"), "end_time": hour("03:00"), "end_date": day("2026-03-28")}
DAILY = {"is_at_most_24_hours": True, "is_late_by_hour": True}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # Case 2.
        ({"filed_at": moment("2026-03-28 10:00")}, ["90373-460"]),
        # Case 3.
        ({"pair_exists": False, "characteristics_are_in_force": False}, ["90374-349"]),
        # Case 6: too far ahead, and out of date.
        ({"max_days_ahead": 15, "filed_at": moment("2026-03-11 10:00")}, ["00910-008"]),
        ({"characteristics_are_in_force": False}, ["00910-008"]),
        # Case 7.
        ({**DAILY, **HOURS}, []),
        ({**DAILY, **HOURS, "end_time": hour("23:00")}, ["90373-341"]),
        # Case 10.
        ({"requires_definitive_nsso_number": True, "nsso_number": None}, ["90256-364"]),
        ({"nature": "WORKER", "risk_code": "401", "risk_nature": "EMPLOYEE"}, ["00041-521"]),
        ({"periods": (period("2026-03-27.."),)}, ["90373-333"]),
        ({"periods": (period("2026-03-01.."),)}, ["90373-334"]),
        ({"start_date": day("1919-12-31"), "is_secured_channel_only": True}, ["00910-008", "90256-342", "90373-460"]),
    ],
)
def test_each_case_gives_its_codes_and_no_other(changes: dict[str, Any], expected: list[str]) -> None:
    assert codes(**changes) == expected


@pytest.mark.parametrize("missing", sorted(frozenset().union(*(row.facts for row in RULES))))
def test_a_fact_that_was_not_fetched_is_an_error(missing: str) -> None:
    facts = {name: value for name, value in GOOD.items() if name != missing}
    with pytest.raises(KeyError, match=missing):
        examine(DeclarationKind.IN, facts)


def test_findings_keep_the_order_of_the_table_and_carry_the_detail(table: list[Rule]) -> None:
    @rule("00001-001", field="one", source="here", detail=lambda answer: f"not {answer}")
    def answer_is_42(answer: int) -> bool:
        return answer == 42

    @rule("00002-002", field="two", source="here", severity=Severity.WARNING)
    def answer_is_even(answer: int) -> bool:
        return answer % 2 == 0

    first, second = table
    assert (first.name, first.statement, first.parameters) == ("answer_is_42", "answer is 42", ("answer",))
    assert examine(DeclarationKind.IN, {"answer": 41}) == [Finding(first, "not 41"), Finding(second)]
    assert examine(DeclarationKind.IN, {"answer": 40}) == [Finding(first, "not 40")]
    assert examine(DeclarationKind.IN, {"answer": 42}) == []
    assert examine(DeclarationKind.OUT, {}) == []
    assert list(findings([second], {"answer": 41})) == [Finding(second)]


def test_the_decorated_rule_stays_a_plain_function(table: list[Rule]) -> None:
    def answer_is_42(answer: int) -> bool:
        return answer == 42

    assert rule("00001-001", field="one", source="here")(answer_is_42) is answer_is_42
    assert (table[0].kinds, table[0].severity, table[0].stage) == (IN, Severity.BLOCKING, Stage.OFFICE)


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        (DeclarationKind.IN, ["next_month_card"], ["00664-353"]),
        (DeclarationKind.IN, ["start_date", "end_date"], ["00911-014", "00911-014"]),
        (DeclarationKind.IN, ["start_date"], []),
        (DeclarationKind.OUT, ["end_date"], ["00911-014"]),
        (DeclarationKind.OUT, ["next_month_card"], []),
        (DeclarationKind.IN, [], []),
    ],
)
def test_a_step_tells_the_rules_of_its_own_fields(
    kind: DeclarationKind, fields: list[str], expected: list[str]
) -> None:
    assert [row.code for row in step_rules(kind, fields)] == expected


def test_one_rule_is_for_every_kind_of_declaration() -> None:
    assert [row.name for row in RULES if row.kinds == ALL_KINDS] == ["end_is_not_before_start"]
