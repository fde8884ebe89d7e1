"""The table of rules: complete rows, known facts, and how it is run."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace

import pytest

from declarations.enums import DeclarationKind, Remedy, Severity, Stage
from declarations.rules import ALL_KINDS, FACTS, IN, RULES, Finding, Rule, examine, findings, registry, step_rules
from declarations.rules.registry import MODIFICATION, rule


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> list[Rule]:
    """An empty table of rules for the test to fill."""
    rules: list[Rule] = []
    monkeypatch.setattr(registry, "RULES", rules)
    return rules


# -- every row -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", RULES, ids=lambda row: f"{row.code} {row.name}")
def test_every_rule_is_a_complete_row(row: Rule) -> None:
    assert re.fullmatch(r"\d{5}-\d{3}", row.code)
    assert row.holds.__doc__
    assert row.source
    assert re.fullmatch(r"[a-z_]+", row.field)
    assert row.kinds
    assert len(row.kinds) == len(set(row.kinds))
    assert row.facts
    assert row.facts <= FACTS


@pytest.mark.parametrize("kind", DeclarationKind)
def test_the_names_of_the_rules_of_a_kind_are_unique(kind: DeclarationKind) -> None:
    names = [row.name for row in RULES if kind in row.kinds]
    assert len(names) == len(set(names))


def test_no_two_rules_share_a_name() -> None:
    functions = {row.holds for row in RULES}
    assert len({row.name for row in RULES}) == len(functions)


# Codes of domain reference 7.3 with a trigger; those that are a field's own (-001, -003, -005, -235, -360, -361) and
# those of the identification have no rule.
STATES = {"00014-347", "00913-354", "00913-355", "00913-357", "00913-362"}
# fmt: off
CODES = {
    DeclarationKind.IN: {
        "00024-001", "00041-521", "00655-350", "00664-353", "00778-345", "00910-008", "00910-459", "00911-008",
        "00911-014", "90017-369", "90017-510", "90107-351", "90107-352", "90256-342", "90256-364", "90256-369",
        "90373-333", "90373-334", "90373-341", "90373-343", "90373-421", "90373-460", "90374-349",
    },
    DeclarationKind.OUT: STATES | {"00911-008", "00911-014", "00913-356", "90256-342"},
    DeclarationKind.MODIFICATION: STATES | {
        "00778-345", "00910-008", "00910-344", "00910-459", "00911-008", "00911-014", "00911-344", "00913-359",
        "90017-369", "90256-342", "90256-369", "90378-333", "90378-334", "90378-341", "90378-343",
        "90378-368", "90378-421", "90378-444", "90378-460",
    },
    DeclarationKind.CANCELLATION: STATES | {"90256-342"},
}
# fmt: on


@pytest.mark.parametrize("kind", DeclarationKind)
def test_every_code_of_the_domain_reference_with_a_trigger_has_its_rule(kind: DeclarationKind) -> None:
    assert {row.code for row in RULES if kind in row.kinds} == CODES[kind]


# Three of what is no period's number, a refused IN's, cancelled, locked: in the order in which they are told.
TOLD_OF_A_NUMBER = ["00913-354", "00913-354", "00913-354", "00913-357", "00913-355", "00913-362"]
ON_A_STEP = set(TOLD_OF_A_NUMBER)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (
            DeclarationKind.IN,
            {"00024-001", "00041-521", "00664-353", "00778-345", "00911-014", "90107-351", "90107-352"},
        ),
        (DeclarationKind.OUT, ON_A_STEP | {"00911-014", "00913-356"}),
        (DeclarationKind.MODIFICATION, ON_A_STEP | {"00778-345", "00911-014"}),
        (DeclarationKind.CANCELLATION, ON_A_STEP),
    ],
)
def test_what_costs_no_number_is_told_on_its_step(kind: DeclarationKind, expected: set[str]) -> None:
    assert {row.code for row in RULES if row.stage == Stage.STEP and kind in row.kinds} == expected


def test_what_another_declaration_repairs_or_none() -> None:
    found = {row.code: row.remedy for row in RULES if row.remedy != Remedy.STEP}
    assert found == {
        "00910-344": Remedy.REPLACEMENT,
        "00913-355": Remedy.NONE,
        "00913-356": Remedy.MODIFICATION,
        "00913-362": Remedy.NONE,
    }


WARNINGS = {"90017-369", "90256-369"}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (DeclarationKind.IN, WARNINGS | {"90017-510", "90373-460"}),
        (DeclarationKind.OUT, set()),
        (DeclarationKind.MODIFICATION, WARNINGS | {"90378-460"}),
        (DeclarationKind.CANCELLATION, set()),
    ],
)
def test_what_is_accepted_with_a_warning(kind: DeclarationKind, expected: set[str]) -> None:
    assert {row.code for row in RULES if row.severity == Severity.WARNING and kind in row.kinds} == expected


def test_a_modification_has_codes_of_its_own_for_the_rules_of_block_90373() -> None:
    of_an_in = {row.holds: row for row in RULES if row.code.startswith("90373-") and row.name != "is_filed_in_time"}
    others = {row.holds: row for row in RULES if row.kinds == MODIFICATION and row.holds in of_an_in}
    assert {row.code[-3:] for row in of_an_in.values()} == {"333", "334", "341", "343", "421"}
    for holds, row in of_an_in.items():
        expected = replace(row, code=row.code.replace("90373", "90378"), kinds=MODIFICATION)
        assert (row.kinds, others[holds]) == (IN, expected)


# -- running the table -----------------------------------------------------------------------------------------


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


def test_a_finding_tells_since_when_it_is_so(table: list[Rule]) -> None:
    @rule("00001-001", field="one", source="here", since=lambda noted_on: noted_on, modification_code="00001-002")
    def answer_is_42(answer: int) -> bool:
        return answer == 42

    assert [row.facts for row in table] == [{"answer", "noted_on"}] * 2
    for kind in (DeclarationKind.IN, DeclarationKind.MODIFICATION):
        assert [found.since for found in examine(kind, {"answer": 41, "noted_on": "Monday"})] == ["Monday"]
    assert examine(DeclarationKind.IN, {"answer": 42}) == []


def test_the_decorated_rule_stays_a_plain_function(table: list[Rule]) -> None:
    def answer_is_42(answer: int) -> bool:
        return answer == 42

    assert rule("00001-001", field="one", source="here")(answer_is_42) is answer_is_42
    assert (table[0].kinds, table[0].severity, table[0].stage) == (IN, Severity.BLOCKING, Stage.OFFICE)


def test_the_parameters_of_a_rule_are_read_once(table: list[Rule], monkeypatch: pytest.MonkeyPatch) -> None:
    @rule("00001-001", field="one", source="here", since=lambda noted_on: noted_on)
    def answer_is_42(answer: int) -> bool:
        return answer == 42

    facts = {"answer": 41, "noted_on": "Monday"}
    first = examine(DeclarationKind.IN, facts)
    monkeypatch.delattr(inspect, "signature")
    assert examine(DeclarationKind.IN, facts) == first
    assert table[0].facts == {"answer", "noted_on"}


def test_a_modification_code_enters_the_rule_a_second_time(table: list[Rule]) -> None:
    def words(answer: int) -> str:
        return f"not {answer}"

    row = {"field": "one", "source": "here", "severity": Severity.WARNING, "stage": Stage.STEP, "detail": words}

    @rule("90373-001", **row, modification_code="90378-001")
    def answer_is_42(answer: int) -> bool:
        return answer == 42

    first, second = table
    assert first == Rule(answer_is_42, code="90373-001", kinds=IN, **row)
    assert second == Rule(answer_is_42, code="90378-001", kinds=MODIFICATION, **row)
    told = {kind: examine(kind, {"answer": 41}) for kind in DeclarationKind}
    assert {kind: found for kind, found in told.items() if found} == {
        DeclarationKind.IN: [Finding(first, "not 41")],
        DeclarationKind.MODIFICATION: [Finding(second, "not 41")],
    }


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        (DeclarationKind.IN, ["next_month_card"], ["00664-353"]),
        (DeclarationKind.IN, ["start_date", "end_date"], ["00911-014", "00911-014"]),
        (DeclarationKind.IN, ["start_date"], []),
        (DeclarationKind.IN, ["period_number"], []),
        (DeclarationKind.OUT, ["end_date"], ["00911-014"]),
        (DeclarationKind.OUT, ["next_month_card"], []),
        (DeclarationKind.OUT, ["period_number"], [*TOLD_OF_A_NUMBER, "00913-356"]),
        (DeclarationKind.MODIFICATION, ["period_number"], TOLD_OF_A_NUMBER),
        (
            DeclarationKind.MODIFICATION,
            ["end_date", "end_time"],
            ["00911-014", "00911-014", "00778-345", "00778-345"],
        ),
        (DeclarationKind.CANCELLATION, ["period_number"], TOLD_OF_A_NUMBER),
        (DeclarationKind.CANCELLATION, ["end_date"], []),
        (DeclarationKind.IN, [], []),
    ],
)
def test_a_step_tells_the_rules_of_its_own_fields(
    kind: DeclarationKind, fields: list[str], expected: list[str]
) -> None:
    assert [row.code for row in step_rules(kind, fields)] == expected


def test_the_channel_alone_is_judged_of_every_kind_of_declaration() -> None:
    assert [row.name for row in RULES if row.kinds == ALL_KINDS] == ["employer_may_use_this_channel"]
