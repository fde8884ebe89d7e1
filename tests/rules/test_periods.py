"""The rules on the worker's other periods at the same employer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from declarations.rules import PeriodFact, periods

from ..support.shorthand import day, period

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
