"""The rules on dates and hours: both sides of every boundary."""

from __future__ import annotations

import pytest

from declarations.rules import dates

from ..support.shorthand import day, hour, maybe_day, moment


@pytest.mark.parametrize(
    ("start", "end", "holds"),
    [
        ("2026-03-27", "", True),
        ("2026-03-27", "2026-03-27", True),
        ("2026-03-27", "2026-03-28", True),
        ("2026-03-27", "2026-03-26", False),
        ("2024-02-29", "2024-02-28", False),
        ("2026-01-01", "2025-12-31", False),
    ],
)
def test_end_is_not_before_start(start: str, end: str, holds: bool) -> None:
    assert dates.end_is_not_before_start(day(start), maybe_day(end)) is holds


@pytest.mark.parametrize(
    ("is_per_period", "end", "holds"),
    [
        (True, "2026-03-27", False),
        (True, "2026-03-28", True),
        (True, "", True),
        (False, "2026-03-27", True),
    ],
)
def test_per_period_flexi_ends_after_it_starts(is_per_period: bool, end: str, holds: bool) -> None:
    assert dates.per_period_flexi_ends_after_it_starts(is_per_period, day("2026-03-27"), maybe_day(end)) is holds


def test_an_end_before_the_start_of_a_per_period_flexi_is_told_by_one_rule_only() -> None:
    start, end = day("2026-03-27"), day("2026-03-26")
    assert not dates.end_is_not_before_start(start, end)
    assert dates.per_period_flexi_ends_after_it_starts(True, start, end)


@pytest.mark.parametrize(
    ("end", "start_time", "end_time", "holds"),
    [
        ("2026-03-27", "08:00", "08:01", True),
        ("2026-03-27", "08:00", "08:00", False),
        ("2026-03-27", "08:00", "07:59", False),
        ("2026-03-27", "00:00", "23:59", True),
        ("2026-03-27", "22:00", "00:00", False),
        ("2026-03-28", "22:00", "00:00", True),
        ("2026-03-28", "22:00", "22:00", True),
        ("2026-03-27", "08:00", "", True),
        ("2026-03-27", "", "08:00", True),
        ("", "08:00", "07:00", True),
    ],
)
def test_end_time_is_after_start_time(end: str, start_time: str, end_time: str, holds: bool) -> None:
    start = day("2026-03-27")
    span = (start, maybe_day(end), hour(start_time), hour(end_time))
    assert dates.end_time_is_after_start_time(False, *span) is holds
    # Hours that cannot be modified are told beside the end date, and there alone.
    assert dates.fixed_hours_are_in_order(True, *span) is holds
    assert dates.end_time_is_after_start_time(True, *span)
    assert dates.fixed_hours_are_in_order(False, *span)


@pytest.mark.parametrize(
    ("filed_at", "start", "holds"),
    [
        ("2026-03-27 10:00", "1919-12-31", False),
        ("2026-03-27 10:00", "1920-01-01", True),
        ("2026-03-27 10:00", "2035-12-31", True),
        ("2026-03-27 10:00", "2036-01-01", False),
        ("2026-12-31 23:59", "2036-01-01", False),
        ("2027-01-01 00:00", "2036-12-31", True),
        ("2026-12-31 23:30+00:00", "2036-01-01", True),
        ("2026-03-27 10:00", "0001-01-01", False),
        ("2026-03-27 10:00", "9999-12-31", False),
    ],
)
def test_start_is_within_its_domain(filed_at: str, start: str, holds: bool) -> None:
    assert dates.start_is_within_its_domain(moment(filed_at), day(start)) is holds


@pytest.mark.parametrize(
    ("end", "holds"),
    [
        ("", True),
        ("1998-12-31", False),
        ("1999-01-01", True),
        ("2035-12-31", True),
        ("2036-01-01", False),
        ("9999-12-31", False),
    ],
)
def test_end_is_within_its_domain(end: str, holds: bool) -> None:
    assert dates.end_is_within_its_domain(moment("2026-03-27 10:00"), maybe_day(end)) is holds


@pytest.mark.parametrize(
    ("filed_at", "start", "days", "ahead_of", "holds"),
    [
        # Case 6: article 17, 15 days before the start.
        ("2026-03-12 00:00", "2026-03-27", 15, "start", True),
        ("2026-03-11 23:59", "2026-03-27", 15, "start", False),
        ("2026-03-11 23:30+00:00", "2026-03-27", 15, "start", True),
        ("2026-03-28 10:00", "2026-03-27", 15, "start", True),
        # Case 7: a flexi-job, 31 days before the first day of its quarter, wherever in it the job starts.
        ("2026-03-01 00:00", "2026-04-01", 31, "quarter", True),
        ("2026-02-28 23:59", "2026-04-01", 31, "quarter", False),
        ("2026-03-01 00:00", "2026-06-30", 31, "quarter", True),
        ("2026-02-28 23:59", "2026-06-30", 31, "quarter", False),
        ("2024-02-29 12:00", "2024-04-01", 31, "quarter", False),
        ("2025-12-01 00:00", "2026-03-31", 31, "quarter", True),
        ("2025-11-30 23:59", "2026-01-01", 31, "quarter", False),
        # No limit for the type.
        ("2026-03-27 10:00", "2035-01-01", None, "start", True),
        ("2026-03-27 10:00", "2026-03-27", 0, "start", True),
        ("2026-03-27 10:00", "2026-03-28", 0, "start", False),
    ],
)
def test_is_not_filed_too_far_ahead(filed_at: str, start: str, days: int | None, ahead_of: str, holds: bool) -> None:
    assert dates.is_not_filed_too_far_ahead(moment(filed_at), day(start), days, ahead_of) is holds


@pytest.mark.parametrize(
    ("start", "end", "holds"),
    [
        # Case 4.
        ("2026-06-30", "2026-07-01", False),
        ("2026-07-01", "2026-09-30", True),
        ("2026-01-01", "2026-03-31", True),
        ("2026-03-31", "2026-04-01", False),
        ("2026-09-30", "2026-10-01", False),
        ("2026-12-31", "2027-01-01", False),
        ("2026-02-01", "2027-02-01", False),
        ("2024-02-29", "2024-03-31", True),
        ("2026-06-30", "", True),
    ],
)
def test_start_and_end_are_in_one_quarter(start: str, end: str, holds: bool) -> None:
    assert dates.start_and_end_are_in_one_quarter(True, day(start), maybe_day(end)) is holds
    assert dates.start_and_end_are_in_one_quarter(False, day(start), maybe_day(end))


@pytest.mark.parametrize(
    ("end", "holds"),
    [("2026-03-27", True), ("2026-03-28", False), ("2026-03-26", False), ("", True)],
)
def test_one_day_work_ends_on_its_start_date(end: str, holds: bool) -> None:
    assert dates.one_day_work_ends_on_its_start_date(True, day("2026-03-27"), maybe_day(end)) is holds
    assert dates.one_day_work_ends_on_its_start_date(False, day("2026-03-27"), maybe_day(end))


@pytest.mark.parametrize(
    ("start", "end", "start_time", "end_time", "holds"),
    [
        # Case 7: past midnight, and an hour too long.
        ("2026-03-27", "2026-03-28", "22:00", "03:00", True),
        ("2026-03-27", "2026-03-28", "22:00", "23:00", False),
        ("2026-03-27", "2026-03-28", "22:00", "22:00", True),
        ("2026-03-27", "2026-03-28", "22:00", "22:01", False),
        ("2026-03-27", "2026-03-28", "00:00", "00:00", True),
        ("2024-02-28", "2024-02-29", "20:00", "04:00", True),
        ("2024-02-28", "2024-03-01", "20:00", "04:00", False),
        # By the clock: the nights of the change last 23 or 25 hours and count as 24.
        ("2026-10-24", "2026-10-25", "12:00", "12:00", True),
        ("2026-10-24", "2026-10-25", "12:00", "12:01", False),
        ("2026-03-28", "2026-03-29", "12:00", "12:01", False),
        ("2026-03-27", "2026-03-29", "", "08:00", True),
        ("2026-03-27", "2026-03-29", "08:00", "", True),
        ("2026-03-27", "", "08:00", "07:00", True),
    ],
)
def test_work_by_the_hour_lasts_at_most_24_hours(
    start: str, end: str, start_time: str, end_time: str, holds: bool
) -> None:
    declared = (day(start), maybe_day(end), hour(start_time), hour(end_time))
    assert dates.work_by_the_hour_lasts_at_most_24_hours(True, *declared) is holds
    assert dates.work_by_the_hour_lasts_at_most_24_hours(False, *declared)


@pytest.mark.parametrize(
    ("filed_at", "start", "start_time", "by_hour", "holds"),
    [
        # By date (case 2: start yesterday is late; a student who starts today is not, at whatever hour).
        ("2026-03-27 10:00", "2026-03-26", "", False, False),
        ("2026-03-27 23:59", "2026-03-27", "", False, True),
        ("2026-03-27 23:59", "2026-03-27", "08:00", False, True),
        ("2026-03-28 00:00", "2026-03-27", "", False, False),
        ("2026-03-27 10:00", "2026-03-28", "", False, True),
        # Midnight is Belgium's, in winter and in summer.
        ("2026-01-15 22:59+00:00", "2026-01-15", "", False, True),
        ("2026-01-15 23:00+00:00", "2026-01-15", "", False, False),
        ("2026-07-15 21:59+00:00", "2026-07-15", "", False, True),
        ("2026-07-15 22:00+00:00", "2026-07-15", "", False, False),
        # By the hour.
        ("2026-03-27 07:59", "2026-03-27", "08:00", True, True),
        ("2026-03-27 08:00", "2026-03-27", "08:00", True, True),
        ("2026-03-27 08:00:01", "2026-03-27", "08:00", True, False),
        ("2026-03-26 23:59", "2026-03-27", "00:00", True, True),
        ("2026-03-27 00:00", "2026-03-27", "00:00", True, True),
        ("2026-03-27 00:01", "2026-03-27", "00:00", True, False),
        ("2026-03-27 09:00", "2026-03-28", "08:00", True, True),
        ("2026-03-28 07:00", "2026-03-27", "08:00", True, False),
        ("2026-03-27 09:00", "2026-03-27", "", True, True),
        ("2026-07-15 06:00+00:00", "2026-07-15", "08:00", True, True),
        ("2026-07-15 06:01+00:00", "2026-07-15", "08:00", True, False),
        # 25 October 2026: 02:30 comes twice, at 00:30 and 01:30 UTC; the worker starts at the second at the latest.
        ("2026-10-25 00:30+00:00", "2026-10-25", "02:30", True, True),
        ("2026-10-25 01:30+00:00", "2026-10-25", "02:30", True, True),
        ("2026-10-25 01:31+00:00", "2026-10-25", "02:30", True, False),
        # 29 March 2026: no clock shows 02:30; it comes 1.5 hours after 01:00, at 03:30 or 01:30 UTC.
        ("2026-03-29 01:30+00:00", "2026-03-29", "02:30", True, True),
        ("2026-03-29 01:31+00:00", "2026-03-29", "02:30", True, False),
        # The ends of the calendar do not break it.
        ("2026-03-27 10:00", "0001-01-01", "00:00", True, False),
        ("2026-03-27 10:00", "9999-12-31", "23:59", True, True),
    ],
)
def test_is_filed_in_time(filed_at: str, start: str, start_time: str, by_hour: bool, holds: bool) -> None:
    assert dates.is_filed_in_time(moment(filed_at), day(start), hour(start_time), by_hour) is holds
