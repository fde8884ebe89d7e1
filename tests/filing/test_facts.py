"""The facts that the rules judge: what the tables say on the day, what is declared already, what counts in a quota."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from declarations.enums import DeclarationKind, Stage
from declarations.filing.facts import (
    facts_of,
    first_and_last_day,
    quarter_of,
    quotas_that_apply,
    referential_rows,
    step_facts,
    with_period_values,
)
from declarations.filing.ledger import DATES_AND_HOURS
from declarations.models import Period
from declarations.rules import FACTS, RULES
from referentials import tables

from ..support.builders import (
    BROADCASTER,
    CARDS,
    ERIC,
    MONDAY,
    PROVISIONAL,
    RESTAURANT,
    ZOE,
    answers_for,
    cleaned_answers,
    employer,
    period,
    worker,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 11, tzinfo=UTC)
# What only a declaration on a period is judged by.
ON_A_PERIOD = {
    "lookup_result", "is_period_of_employer", "cancelled_at", "locked_at", "requires_end_date",
    *(f"previous_{name}" for name in DATES_AND_HOURS),
}  # fmt: skip


def facts(at, committee: str, worker_type: str, **changes: str) -> dict[str, Any]:
    """The facts of a declaration filed on Monday, for a worker of the register."""
    moment = at(MONDAY)
    answers = cleaned_answers({**answers_for(committee, worker_type), **changes}, moment)
    return facts_of(answers, at=moment, tables=tables.current(), worker=worker())


def facts_on(at, known: Period, **answers: Any) -> dict[str, Any]:
    """The facts of a declaration of the ordinary employer on that period, filed on Monday."""
    moment, declared = at(MONDAY), {"employer": employer(), "period": known, **answers}
    return facts_of(with_period_values(declared), at=moment, tables=tables.current(), worker=known.worker)


@pytest.mark.parametrize(
    ("day", "quarter", "of_quarter"),
    [
        ("2026-01-01", 1, ("2026-01-01", "2026-03-31")),
        ("2024-02-29", 1, ("2024-01-01", "2024-03-31")),
        ("2026-04-01", 2, ("2026-04-01", "2026-06-30")),
        ("2026-06-30", 2, ("2026-04-01", "2026-06-30")),
        ("2026-09-30", 3, ("2026-07-01", "2026-09-30")),
        ("2026-12-31", 4, ("2026-10-01", "2026-12-31")),
        ("0001-01-01", 1, ("0001-01-01", "0001-03-31")),
        ("9999-12-31", 4, ("9999-10-01", "9999-12-31")),
    ],
)
def test_bounds(day, quarter, of_quarter):
    moment = date.fromisoformat(day)
    assert quarter_of(moment) == quarter
    assert tuple(each.isoformat() for each in first_and_last_day("quarter", moment)) == of_quarter
    assert tuple(each.isoformat() for each in first_and_last_day("year", moment)) == (
        f"{day[:4]}-01-01",
        f"{day[:4]}-12-31",
    )


@pytest.mark.parametrize("kind", DeclarationKind)
def test_the_facts_are_those_that_the_rules_of_the_kind_read(at, kind):
    is_new = kind == DeclarationKind.IN
    found = set(facts(at, "XXX", "OTH") if is_new else facts_on(at, period("XXX", "OTH", "2026-01-05")))
    assert found == (FACTS - ON_A_PERIOD if is_new else FACTS)
    assert set().union(*(rule.facts for rule in RULES if kind in rule.kinds)) <= found


def test_what_is_not_answered_stays_as_it_is_in_the_period(at):
    known = period("XXX", "STU", "2026-03-02", "2026-03-31", start_time=time(10), end_time=time(18), planned_hours=20)
    found = facts_on(at, known, end_date=date(2026, 3, 20))
    span = [found[name] for name in ("start_date", "start_time", "end_date", "end_time", "planned_hours")]
    assert span == [date(2026, 3, 2), time(10), date(2026, 3, 20), time(18), 20]
    assert found["previous_end_date"] == date(2026, 3, 31)
    assert (found["joint_committee"], found["worker_type"]) == ("XXX", "STU")


@pytest.mark.parametrize(
    ("changes", "name", "value"),
    [
        ({}, "lookup_result", "period"),
        ({}, "cancelled_at", None),
        ({"cancelled_at": NOON}, "cancelled_at", NOON),
        ({}, "locked_at", None),
        ({"locked_at": NOON}, "locked_at", NOON),
        ({}, "is_period_of_employer", True),
        ({"employer": RESTAURANT}, "is_period_of_employer", False),
        ({}, "previous_end_date", None),
        ({"end_date": date(2026, 3, 31)}, "previous_end_date", date(2026, 3, 31)),
    ],
)
def test_a_fact_of_the_period(at, changes, name, value):
    if "employer" in changes:
        changes = {"employer": employer(changes["employer"])}
    assert facts_on(at, period("XXX", "OTH", "2026-01-05", **changes))[name] == value


@pytest.mark.parametrize(
    ("committee", "worker_type", "requires"), [("XXX", "OTH", False), ("XXX", "STU", True), ("322", "OTH", True)]
)
def test_the_type_or_the_committee_requires_an_end(at, committee, worker_type, requires):
    assert facts_on(at, period(committee, worker_type, "2026-03-02"))["requires_end_date"] is requires


@pytest.mark.parametrize(("worker_type", "fixed"), [("STU", True), ("FLX", False), ("OTH", False)])
def test_only_a_students_hours_are_fixed(at, worker_type, fixed):
    assert facts_on(at, period("XXX", worker_type, "2026-03-02"))["has_fixed_hours"] is fixed


def test_the_period_that_is_declared_on_and_the_cancelled_ones_do_not_count(at):
    students = {"start_time": time(10), "planned_hours": 20}
    known = period("XXX", "STU", "2026-03-02", "2026-03-31", **students)
    period("XXX", "STU", "2026-02-02", "2026-02-28", cancelled_at=NOON, **students)
    period("XXX", "STU", "2026-02-28", "2026-03-15", **students)
    found = facts_on(at, known, planned_hours=30)
    assert [each.start_date for each in found["periods"]] == [date(2026, 2, 28)]
    assert [(use.used, use.added, use.replaced) for use in found["quota_uses"]] == [(20, 30, 20)]
    assert [(use.used, use.added) for use in facts(at, "XXX", "STU")["quota_uses"]] == [(40, 20)]


@pytest.mark.parametrize(
    ("start", "of_quarter", "of_year"), [("2025-12-31", 0, 0), ("2026-01-31", 20, 20), ("2026-04-01", 0, 20)]
)
def test_what_a_modified_period_counted_before_is_of_its_own_quarter_and_year(at, start, of_quarter, of_year):
    known, day = period("XXX", "O17", "2026-02-02", "2026-02-28", planned_hours=20), date.fromisoformat(start)
    found = {use.code: use.replaced for use in facts_on(at, known, start_date=day, end_date=day)["quota_uses"]}
    quarter = f"A17_QUARTER_OTHER_{quarter_of(day)}"
    assert found == {"A17_YEAR_OTHER": of_year, quarter: of_quarter}


@pytest.mark.parametrize(
    ("committee", "worker_type", "changes", "name", "value"),
    [
        ("XXX", "OTH", {}, "pair_exists", True),
        ("302", "OTH", {}, "pair_exists", False),
        ("XXX", "OTH", {}, "characteristics_are_in_force", True),
        ("XXX", "STG", {"start_date": "31/12/2019"}, "characteristics_are_in_force", False),
        ("XXX", "STG", {"start_date": "1/1/2020"}, "characteristics_are_in_force", True),
        ("149", "OTH", {"start_date": "30/9/2017"}, "characteristics_are_in_force", False),
        ("149", "OTH", {"start_date": "1/10/2017"}, "characteristics_are_in_force", True),
        ("320", "EXT", {"start_date": "31/3/2019", "end_date": "31/3/2019"}, "characteristics_are_in_force", False),
        ("320", "EXT", {"start_date": "1/4/2019", "end_date": "1/4/2019"}, "characteristics_are_in_force", True),
        ("140", "ALT", {"start_date": "31/8/2023"}, "characteristics_are_in_force", False),
        ("140", "ALT", {"start_date": "1/9/2023"}, "characteristics_are_in_force", True),
        ("XXX", "A17", {"start_date": "1/1/2022", "end_date": "1/1/2022"}, "characteristics_are_in_force", False),
        ("XXX", "T17", {}, "is_one_day", True),
        ("XXX", "OTH", {}, "is_one_day", False),
        ("302", "EXT", {"duration_unit": "flat", "end_time": ""}, "is_one_day", True),
        ("302", "EXT", {}, "is_one_day", False),
        ("XXX", "STU", {}, "is_within_quarter", True),
        ("XXX", "O17", {}, "is_within_quarter", True),
        ("XXX", "FLX", {}, "is_within_quarter", False),
        ("XXX", "FLX", {}, "is_at_most_24_hours", True),
        ("XXX", "FLX", {}, "is_late_by_hour", True),
        ("XXX", "STU", {}, "is_late_by_hour", False),
        ("XXX", "STU", {}, "has_fixed_hours", False),
        ("XXX", "FLX", {}, "is_flexi", True),
        ("XXX", "OTH", {}, "is_flexi", False),
        ("XXX", "FLX", {}, "max_days_ahead", 31),
        ("XXX", "FLX", {}, "ahead_of", "quarter"),
        ("XXX", "S17", {}, "max_days_ahead", 15),
        ("XXX", "S17", {}, "ahead_of", "start"),
        ("XXX", "OTH", {}, "max_days_ahead", None),
        ("XXX", "OTH", {}, "ssin", ERIC),
        ("144", "EXT", {}, "requires_ssin", True),
        ("XXX", "STG", {}, "requires_definitive_nsso_number", True),
        ("XXX", "OTH", {}, "nsso_number", "127792067"),
        ("XXX", "OTH", {"identifier_kind": "nsso", "employer_number": PROVISIONAL}, "nsso_number", None),
        ("XXX", "T17", {}, "is_open_to_employer", False),
        ("XXX", "T17", {"employer_number": BROADCASTER}, "is_open_to_employer", True),
        ("XXX", "PMP", {}, "is_open_to_employer", True),
        ("XXX", "PMP", {"employer_number": RESTAURANT}, "is_open_to_employer", False),
        ("322", "OTH", {}, "requires_user", True),
        ("322", "EXT", {}, "user_committees", ("144", "145", "302", "320")),
        ("322", "BCW", CARDS, "user_committees", ("124",)),
        ("322", "OTH", {}, "user_committees", ()),
        ("XXX", "IVT", {}, "risk_nature", "EMPLOYEE"),
        ("XXX", "IVT", {"risk_code": ""}, "risk_nature", None),
        ("302", "EXT", {}, "limits_consecutive_days", True),
        ("144", "EXT", {}, "limits_consecutive_days", False),
    ],
)
def test_a_fact(at, committee, worker_type, changes, name, value):
    assert facts(at, committee, worker_type, **changes)[name] == value


@pytest.mark.parametrize(
    ("name", "value"),
    [("is_per_period", True), ("is_within_quarter", True), ("is_at_most_24_hours", False), ("is_late_by_hour", False)],
)
def test_a_flexi_job_per_period(at, name, value):
    unit = {"duration_unit": "period", "start_time": "", "end_time": "", "end_date": "31/3/2026"}
    assert facts(at, "XXX", "FLX", **unit)[name] is value


def test_a_code_that_no_table_holds_raises(at):
    answers = cleaned_answers(answers_for("XXX", "OTH"), at(MONDAY))
    for name in ("joint_committee", "worker_type"):
        with pytest.raises(LookupError):
            referential_rows({**answers, name: "nothing"}, tables.current())


def test_the_periods_are_those_of_the_worker_at_the_employer(at):
    period("XXX", "OTH", "2026-01-05")
    period("XXX", "STU", "2026-01-05", "2026-01-31", employer=employer(RESTAURANT))
    period("XXX", "STU", "2026-01-05", "2026-01-31", worker=worker(ZOE))
    found = facts(at, "XXX", "STU")["periods"]
    assert [(each.worker_type, each.start_date, each.end_date) for each in found] == [("OTH", date(2026, 1, 5), None)]
    assert found[0].bars_flexi
    assert not found[0].is_at_most_24_hours


@pytest.mark.parametrize(
    ("worker_type", "other", "is_read"),
    [
        # A student from 2 to 31 March: two days in a row may come before.
        ("STU", ("2026-02-27", "2026-02-27"), False),
        ("STU", ("2026-02-28", "2026-02-28"), True),
        ("STU", ("2026-01-01", "2026-02-27"), False),
        ("STU", ("2026-01-01", "2026-03-02"), True),
        ("STU", ("2020-01-01", ""), True),
        ("STU", ("2026-03-31", "2026-04-30"), True),
        ("STU", ("2026-04-01", "2026-04-30"), False),
        # A flexi-job on 2 March alone: the quarter before it, and the two days after.
        ("FLX", ("2025-10-01", "2025-12-31"), False),
        ("FLX", ("2025-10-01", "2026-01-01"), True),
        ("FLX", ("2026-03-04", "2026-03-31"), True),
        ("FLX", ("2026-03-05", "2026-03-31"), False),
        # An open period: whatever comes after its start.
        ("OTH", ("2026-02-01", "2026-02-27"), False),
        ("OTH", ("2030-01-01", "2030-01-01"), True),
    ],
)
def test_the_periods_are_those_of_the_days_that_the_rules_read(at, worker_type, other, is_read):
    period("XXX", "STU", *other)
    assert bool(facts(at, "XXX", worker_type)["periods"]) is is_read


def test_a_worker_of_many_years_costs_no_more_than_one_of_a_day(at):
    for place in range(50):
        day = f"{date(2024, 1, 1) + timedelta(days=place)}"
        period("XXX", "STU", day, day)
    assert facts(at, "XXX", "STU")["periods"] == ()


@pytest.mark.parametrize("kind", DeclarationKind)
def test_the_facts_of_a_step_are_those_that_the_rules_told_there_read(at, kind):
    answers = {} if kind == DeclarationKind.IN else {"period": period("XXX", "STU", "2026-03-02", "2026-03-31")}
    found = step_facts(answers, tables=tables.current(), day=date(2026, 3, 2))
    read = {name for rule in RULES if rule.stage == Stage.STEP and kind in rule.kinds for name in rule.facts}
    assert read <= set(found) <= FACTS


@pytest.mark.parametrize(
    ("answers", "name", "value"),
    [
        ({}, "requires_user", False),
        ({"joint_committee": "322"}, "requires_user", True),
        ({"joint_committee": "nothing"}, "requires_user", False),
        ({}, "requires_ssin", False),
        ({"worker_type": "EXT"}, "requires_ssin", True),
        ({}, "ssin", ""),
        ({"ssin": ERIC}, "ssin", ERIC),
        ({}, "risk_nature", None),
        ({"risk_code": "401"}, "risk_nature", "EMPLOYEE"),
        ({"worker_type": "FLX"}, "is_per_period", False),
        ({"worker_type": "FLX", "duration_unit": "period"}, "is_per_period", True),
        ({"worker_type": "STU"}, "has_fixed_hours", False),
        ({}, "start_date", None),
    ],
)
def test_a_fact_of_a_step(answers, name, value):
    assert step_facts(answers, tables=tables.current(), day=date(2026, 3, 2))[name] == value


def uses(at, committee: str, worker_type: str, **changes: str) -> dict[str, tuple[int, int, int]]:
    """Limit, used and added of each quota that applies, by its code."""
    found = facts(at, committee, worker_type, **changes)["quota_uses"]
    return {use.code: (use.limit, use.used, use.added) for use in found}


def test_hours_count_in_their_year_and_quarter_at_every_employer(at):
    for start, end, hours in (
        ("2025-12-31", "2025-12-31", 1),
        ("2026-01-01", "2026-03-31", 2),
        ("2026-04-01", "2026-04-30", 4),
        ("2026-12-31", "2026-12-31", 8),
        ("2027-01-01", "2027-01-01", 16),
    ):
        period("XXX", "O17", start, end, employer=employer(RESTAURANT), planned_hours=hours)
    period("XXX", "O17", "2026-02-02", "2026-02-03", worker=worker(ZOE), planned_hours=32)
    period("XXX", "S17", "2026-02-02", "2026-02-03", planned_hours=64)
    assert uses(at, "XXX", "O17") == {"A17_YEAR_OTHER": (300, 14, 20), "A17_QUARTER_OTHER_1": (100, 2, 20)}


def test_article_17_beside_student_work_has_a_quota_of_its_own(at):
    period("XXX", "STU", "2026-01-05", "2026-01-31", planned_hours=10)
    assert uses(at, "XXX", "S17")["A17_STUDENT_SPORT"] == (190, 0, 20)
    assert "A17_STUDENT_OTHER" in uses(at, "XXX", "O17")
    period("XXX", "STU", "2025-01-05", "2025-01-31", planned_hours=10, worker=worker(ZOE))
    assert "A17_STUDENT_SPORT" in uses(at, "XXX", "S17")


def test_a_student_of_another_year_has_none(at):
    period("XXX", "STU", "2025-11-05", "2025-11-30", planned_hours=10)
    assert "A17_STUDENT_SPORT" not in uses(at, "XXX", "S17")


def test_a_day_counts_once_and_an_employer_counts_everybody(at):
    restaurant = {"employer": employer(RESTAURANT)}
    for day, person in ((2, ERIC), (2, ERIC), (5, ERIC), (5, ZOE), (6, ZOE)):
        period("302", "EXT", f"2026-02-{day:02}", f"2026-02-{day:02}", worker=worker(person), **restaurant)
    period("302", "EXT", "2026-02-09", "2026-02-09", employer=employer())
    period("144", "EXT", "2026-02-10", "2026-02-10", **restaurant)
    new = {"employer_number": RESTAURANT}
    assert uses(at, "302", "EXT", **new) == {"HORECA_WORKER": (50, 3, 1), "HORECA_EMPLOYER": (200, 4, 1)}
    again = {**new, "start_date": "5/2/2026", "end_date": "5/2/2026"}
    assert uses(at, "302", "EXT", **again) == {"HORECA_WORKER": (50, 3, 0), "HORECA_EMPLOYER": (200, 4, 0)}


@pytest.mark.parametrize(
    ("committee", "worker_type", "start", "limits"),
    [
        ("XXX", "STU", "2022-12-31", {"STUDENT": 475}),
        ("XXX", "STU", "2023-01-01", {"STUDENT": 600}),
        ("XXX", "STU", "2024-12-31", {"STUDENT": 600}),
        ("XXX", "STU", "2025-01-01", {"STUDENT": 650}),
        ("XXX", "S17", "2026-07-01", {"A17_YEAR_SPORT": 450, "A17_QUARTER_SPORT_3": 285, "A17_STUDENT_SPORT": 190}),
        ("XXX", "O17", "2026-10-01", {"A17_YEAR_OTHER": 300, "A17_QUARTER_OTHER_4": 100, "A17_STUDENT_OTHER": 190}),
        ("XXX", "T17", "2026-10-01", {"A17_PUBTV": 25}),
        ("144", "EXT", "2026-10-01", {"AGRICULTURE_WORKER": 50}),
        ("145", "EXT", "2026-10-01", {"HORTICULTURE_WORKER": 100}),
        ("302", "EXT", "2026-10-01", {"HORECA_WORKER": 50, "HORECA_EMPLOYER": 200}),
        ("320", "EXT", "2026-10-01", {}),
        ("XXX", "OTH", "2026-10-01", {}),
        ("XXX", "FLX", "2026-10-01", {}),
    ],
)
def test_the_quotas_in_force(committee, worker_type, start, limits):
    answers = {
        "joint_committee": committee, "worker_type": worker_type, "start_date": date.fromisoformat(start)
    }  # fmt: skip
    assert {quota.code: quota.limit for quota in quotas_that_apply(answers, tables.current())} == limits


def test_nobody_identified_uses_nothing(at):
    moment = at(MONDAY)
    period("XXX", "STU", "2026-01-05", "2026-01-31", planned_hours=640)
    answers = cleaned_answers(answers_for("XXX", "STU"), moment)
    found = facts_of(answers, at=moment, tables=tables.current(), worker=None)
    assert [(use.used, use.added) for use in found["quota_uses"]] == [(0, 20)]
    assert found["periods"] == ()
