"""The working days of Belgium: weekends, each legal holiday, and the days that only look like one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from declarations.rules.moments import first_working_day_after

from ..support.shorthand import day


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("2026-03-24", "2026-03-25"),
        ("2026-03-26", "2026-03-27"),
        # A weekend
        ("2026-03-27", "2026-03-30"),
        ("2026-03-28", "2026-03-30"),
        ("2026-03-29", "2026-03-30"),
        # Easter: Good Friday is a working day
        ("2026-04-02", "2026-04-03"),
        ("2026-04-03", "2026-04-07"),
        ("2026-04-06", "2026-04-07"),
        # Labour Day on a Friday
        ("2026-04-30", "2026-05-04"),
        # Ascension Day, and the Friday after it
        ("2026-05-13", "2026-05-15"),
        # Whit Monday, the National Day, Assumption, All Saints, Armistice
        ("2026-05-22", "2026-05-26"),
        ("2026-07-20", "2026-07-22"),
        ("2025-08-14", "2025-08-18"),
        ("2027-10-29", "2027-11-02"),
        ("2026-11-10", "2026-11-12"),
        # Christmas on a Friday, and on a Thursday: 26 December is a working day
        ("2026-12-24", "2026-12-28"),
        ("2025-12-24", "2025-12-26"),
        # The end of the year
        ("2026-12-31", "2027-01-04"),
        ("2025-12-31", "2026-01-02"),
        # A holiday on a Saturday, on a Sunday
        ("2026-08-14", "2026-08-17"),
        ("2026-10-30", "2026-11-02"),
        # The days of the communities and of the dynasty
        ("2024-07-10", "2024-07-11"),
        ("2024-09-26", "2024-09-27"),
        ("2024-11-14", "2024-11-15"),
        # The edges of what can be declared, and of the calendar
        ("1919-12-31", "1920-01-02"),
        ("2035-12-31", "2036-01-02"),
        ("0001-01-01", "0001-01-02"),
        ("9999-12-30", "9999-12-31"),
        ("9999-12-31", "9999-12-31"),
    ],
)
def test_first_working_day_after(end: str, expected: str) -> None:
    assert first_working_day_after(day(end)) == day(expected)


@pytest.mark.parametrize(
    "easter",
    ["1920-04-04", "1943-04-25", "1999-04-04", "2016-03-27", "2024-03-31", "2026-04-05", "2038-04-25", "2040-04-01"],
)
def test_the_ten_legal_holidays_are_the_only_free_weekdays(easter: str) -> None:
    year = day(easter).year
    fixed = {date(year, *month_day) for month_day in [(1, 1), (5, 1), (7, 21), (8, 15), (11, 1), (11, 11), (12, 25)]}
    legal = fixed | {day(easter) + timedelta(days) for days in (1, 39, 50)}
    weekdays = [each for each in map(date(year, 1, 1).__add__, map(timedelta, range(365))) if each.isoweekday() <= 5]
    free = {each for each in weekdays if first_working_day_after(each - timedelta(1)) != each}
    assert free == legal & set(weekdays)
