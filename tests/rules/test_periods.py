"""The rules on the worker's other periods at the same employer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from declarations.rules import RULES, PeriodFact, findings, periods

from ..support.shorthand import day, maybe_day, period
from .ordinary import AN_IN

OWN = ("joint_committee", "worker_type", "start_date", "end_date", "start_time", "end_time")


def judge(declared: PeriodFact, *others: PeriodFact) -> tuple[bool, bool]:
    """Whether 90373-333 (the same period) and 90373-334 (overlap) hold for `declared` beside `others`."""
    own = {name: getattr(declared, name) for name in OWN}
    return (
        periods.no_same_period_exists(**own, periods=others),
        periods.no_period_of_the_type_overlaps(
            **own, is_at_most_24_hours=declared.is_at_most_24_hours, periods=others
        ),
    )


FREE, SAME, OVERLAP = (True, True), (False, True), (True, False)


@pytest.mark.parametrize(
    ("declared", "other", "verdict"),
    [
        ("2026-03-01..2026-03-31", "2026-03-01..2026-03-31", SAME),
        ("2026-03-01..", "2026-03-01..", SAME),
        ("2026-03-01..", "2026-03-01..2026-03-31", OVERLAP),
        ("2026-03-01..2026-03-31", "2026-03-31..2026-04-30", OVERLAP),
        ("2026-03-01..2026-03-31", "2026-04-01..2026-04-30", FREE),
        ("2026-03-01..2026-03-31", "2026-02-01..2026-02-28", FREE),
        ("2026-03-01..2026-03-31", "2026-02-01..2026-03-01", OVERLAP),
        ("2026-03-01..2026-03-31", "2026-03-10..2026-03-12", OVERLAP),
        ("2026-03-10..2026-03-12", "2026-03-01..2026-03-31", OVERLAP),
        ("2026-03-10..2026-03-12", "2020-01-01..", OVERLAP),
        ("2026-03-01..", "2026-03-31..", OVERLAP),
        ("2026-03-01..", "2026-02-01..2026-02-28", FREE),
        ("2026-03-01..9999-12-31", "2026-12-31..", OVERLAP),
        # Hours do not part two periods counted by the day (a student's).
        ("2026-03-02 08:00..2026-03-02 12:00", "2026-03-02 13:00..2026-03-02 17:00", OVERLAP),
        ("2026-03-02 08:00..2026-03-02 12:00", "2026-03-02 08:00..2026-03-02 12:00", SAME),
    ],
)
def test_periods_by_the_day(declared: str, other: str, verdict: tuple[bool, bool]) -> None:
    assert judge(period(declared), period(other)) == verdict


@pytest.mark.parametrize(
    ("declared", "other", "verdict"),
    [
        ("2026-03-02 08:00..2026-03-02 12:00", "2026-03-02 13:00..2026-03-02 17:00", FREE),
        ("2026-03-02 08:00..2026-03-02 12:00", "2026-03-02 12:00..2026-03-02 17:00", FREE),
        ("2026-03-02 08:00..2026-03-02 12:00", "2026-03-02 11:59..2026-03-02 17:00", OVERLAP),
        ("2026-03-02 08:00..2026-03-02 12:00", "2026-03-02 08:00..2026-03-02 12:00", SAME),
        ("2026-03-02 22:00..2026-03-03 03:00", "2026-03-03 02:00..2026-03-03 06:00", OVERLAP),
        ("2026-03-02 22:00..2026-03-03 03:00", "2026-03-03 03:00..2026-03-03 06:00", FREE),
        ("2026-03-02 22:00..2026-03-03 00:00", "2026-03-03 00:00..2026-03-03 06:00", FREE),
        # The day flat rate has no end hour: it fills what remains of its day.
        ("2026-03-02 10:00..2026-03-02", "2026-03-02 08:00..2026-03-02 10:00", FREE),
        ("2026-03-02 10:00..2026-03-02", "2026-03-02 20:00..2026-03-02 22:00", OVERLAP),
        ("2026-03-02 10:00..2026-03-02", "2026-03-03 00:00..2026-03-03 02:00", FREE),
    ],
)
def test_periods_by_the_hour(declared: str, other: str, verdict: tuple[bool, bool]) -> None:
    assert judge(period(declared, by_hour=True), period(other, by_hour=True)) == verdict
    if verdict != SAME:
        assert judge(period(other, by_hour=True), period(declared, by_hour=True)) == verdict


@pytest.mark.parametrize(
    ("by_the_hour", "by_the_day", "verdict"),
    [
        ("2026-03-31 22:00..2026-04-01 03:00", "2026-04-01..2026-06-30", OVERLAP),
        ("2026-03-31 22:00..2026-04-01 00:00", "2026-04-01..2026-06-30", FREE),
        ("2026-07-01 00:00..2026-07-01 03:00", "2026-04-01..2026-06-30", FREE),
    ],
)
def test_a_daily_flexi_job_beside_one_per_period(
    by_the_hour: str, by_the_day: str, verdict: tuple[bool, bool]
) -> None:
    assert judge(period(by_the_hour, by_hour=True), period(by_the_day)) == verdict
    assert judge(period(by_the_day), period(by_the_hour, by_hour=True)) == verdict


@pytest.mark.parametrize(
    ("declared", "other", "verdict"),
    [
        ("XXX/STU", "XXX/OTH", FREE),
        ("XXX/OTH", "322/OTH", OVERLAP),
        ("XXX/OTH", "XXX/OTH", SAME),
    ],
)
def test_only_the_same_type_overlaps_whatever_the_committee(
    declared: str, other: str, verdict: tuple[bool, bool]
) -> None:
    dates = "2026-03-01..2026-03-31"
    assert judge(period(dates, kind=declared), period(dates, kind=other)) == verdict


def test_a_duplicate_does_not_hide_another_overlap() -> None:
    declared = period("2026-03-01..2026-03-31")
    assert judge(declared, declared, period("2026-03-15..")) == (False, False)
    assert judge(declared) == FREE


@pytest.mark.parametrize(
    ("already", "start", "holds"),
    [
        ([], "2026-03-27", True),
        (["2026-03-26"], "2026-03-27", True),
        # Case 8: three days running.
        (["2026-03-25", "2026-03-26"], "2026-03-27", False),
        (["2026-03-26", "2026-03-28"], "2026-03-27", False),
        (["2026-03-28", "2026-03-29"], "2026-03-27", False),
        (["2026-03-24", "2026-03-25"], "2026-03-27", True),
        (["2026-03-25", "2026-03-29"], "2026-03-27", True),
        (["2026-03-27", "2026-03-28"], "2026-03-27", True),
        (["2024-02-28", "2024-02-29"], "2024-03-01", False),
        (["2023-02-27", "2023-02-28"], "2023-03-01", False),
        (["2025-12-30", "2025-12-31"], "2026-01-01", False),
        (["2026-03-28", "2026-03-27"], "2026-03-29", False),
        (["9999-12-30"], "9999-12-31", True),
        (["0001-01-02"], "0001-01-01", True),
    ],
)
def test_occasional_days_in_a_row_are_at_most_two(already: list[str], start: str, holds: bool) -> None:
    others = tuple(period(f"{each} 10:00..{each} 15:00", kind="302/EXT", by_hour=True) for each in already)
    rule = periods.occasional_days_in_a_row_are_at_most_two
    assert rule(True, "302", "EXT", day(start), others) is holds
    assert rule(False, "302", "EXT", day(start), others)
    assert rule(True, "144", "EXT", day(start), others)
    assert rule(True, "302", "FLX", day(start), others)


def test_a_night_counts_for_the_day_it_starts() -> None:
    nights = tuple(
        period(text, kind="302/EXT", by_hour=True)
        for text in ("2026-03-27 22:00..2026-03-28 03:00", "2026-03-28 22:00..2026-03-29 03:00")
    )
    rule = periods.occasional_days_in_a_row_are_at_most_two
    assert rule(True, "302", "EXT", day("2026-03-30"), nights)
    assert not rule(True, "302", "EXT", day("2026-03-29"), nights)


@pytest.mark.parametrize(
    ("other", "holds"),
    [
        ("2026-03-01..2026-03-31", True),
        ("2026-03-01..2026-04-01", False),
        ("2020-01-01..", False),
        ("2026-04-01..2026-04-30", False),
        ("2026-05-15..2026-05-15", False),
        # First the flexi-job, then another contract: allowed.
        ("2026-05-16..2026-06-30", True),
        ("2026-05-16..", True),
    ],
)
def test_no_other_contract_precedes_the_flexi_job(other: str, holds: bool) -> None:
    barring = period(other, bars_flexi=True)
    harmless = replace(barring, bars_flexi=False)
    rule = periods.no_other_contract_precedes_the_flexi_job
    assert rule(True, day("2026-05-15"), (harmless, barring)) is holds
    assert rule(True, day("2026-05-15"), (harmless,))
    assert rule(False, day("2026-05-15"), (barring,))


# -- which of them the rules read ------------------------------------------------------------------------------

# Around the turn of a quarter and of a year, so that they meet.
DAYS = st.dates(date(2026, 12, 22), date(2027, 1, 9))
HOURS = st.sampled_from([None, time(0), time(8), time(12), time(22)])
KINDS = st.sampled_from([("302", "EXT"), ("XXX", "FLX")])


@st.composite
def any_period(draw: Callable[[st.SearchStrategy[Any]], Any]) -> PeriodFact:
    """A period of one of two types, of a few days or open, counted by the day or by the hour."""
    start, by_hour = draw(DAYS), draw(st.booleans())
    end = draw(st.sampled_from([None, *(start + timedelta(days=length) for length in (0, 0, 0, 1, 2, 9))]))
    committee, worker_type = draw(KINDS)
    return PeriodFact(committee, worker_type, start, end, draw(HOURS), draw(HOURS), by_hour, draw(st.booleans()))


@given(declared=any_period(), others=st.lists(any_period(), max_size=6), is_flexi=st.booleans())
def test_what_lies_outside_the_days_read_changes_no_finding(
    declared: PeriodFact, others: list[PeriodFact], is_flexi: bool
) -> None:
    first, last = periods.days_read(declared.start_date, declared.end_date, is_flexi=is_flexi)
    read = [each for each in others if each.start_date <= last and (each.end_date or date.max) >= first]
    own = {name: getattr(declared, name) for name in (*OWN, "is_at_most_24_hours")}
    facts = {**AN_IN, **own, "is_flexi": is_flexi, "limits_consecutive_days": True}
    rules = [rule for rule in RULES if "periods" in rule.facts]
    assert len(rules) > len({rule.name for rule in rules}) >= 4
    told = [[finding.rule for finding in findings(rules, {**facts, "periods": tuple(ps)})] for ps in (read, others)]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("start", "end", "is_flexi", "expected"),
    [
        ("2026-03-02", "2026-03-31", False, ("2026-02-28", "2026-03-31")),
        ("2026-03-02", "2026-03-02", False, ("2026-02-28", "2026-03-04")),
        ("2026-03-02", "2026-03-02", True, ("2026-01-01", "2026-03-04")),
        ("2026-01-01", "2026-01-01", True, ("2025-12-30", "2026-01-03")),
        ("2026-03-02", "", False, ("2026-02-28", "9999-12-31")),
        ("0001-01-01", "0001-01-01", True, ("0001-01-01", "0001-01-03")),
        ("9999-12-31", "9999-12-31", False, ("9999-12-29", "9999-12-31")),
    ],
)
def test_the_days_that_the_rules_read(start: str, end: str, is_flexi: bool, expected: tuple[str, str]) -> None:
    found = periods.days_read(day(start), maybe_day(end), is_flexi=is_flexi)
    assert tuple(each.isoformat() for each in found) == expected
