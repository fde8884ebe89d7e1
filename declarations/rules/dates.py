"""Rules on the dates and the times of the period."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from ..enums import Severity, Stage
from .moments import day_of, first_day_of_quarter, latest_instant
from .registry import IN_AND_MODIFICATION, MODIFICATION, OUT, rule

EARLIEST_START = date(1920, 1, 1)
EARLIEST_END = date(1999, 1, 1)
YEARS_AHEAD = 10


def _day_out_of_reach(filed_at: datetime) -> date:
    return date(day_of(filed_at).year + YEARS_AHEAD, 1, 1)


@rule("00911-014", field="end_date", source="domain reference 3.1", kinds=IN_AND_MODIFICATION + OUT, stage=Stage.STEP)
def end_is_not_before_start(start_date: date, end_date: date | None) -> bool:
    """A period may not end before it starts."""
    return end_date is None or start_date <= end_date


@rule(
    "00911-014",
    field="end_date",
    source="domain reference 3, note on FLX",
    kinds=IN_AND_MODIFICATION,
    stage=Stage.STEP,
)
def per_period_flexi_ends_after_it_starts(is_per_period: bool, start_date: date, end_date: date | None) -> bool:
    """A flexi-job declared per period ends on a later day than it starts."""
    # The rule above reports an end before the start, so that one cause has one message.
    return not is_per_period or end_date != start_date


@rule("00778-345", field="end_time", source="domain reference 3.1", kinds=IN_AND_MODIFICATION, stage=Stage.STEP)
def end_time_is_after_start_time(
    has_fixed_hours: bool, start_date: date, end_date: date | None, start_time: time | None, end_time: time | None
) -> bool:
    """If work starts and ends on one day, its end time is later than its start time."""
    # If the times cannot be modified, `fixed_hours_are_in_order` reports it on the end date.
    return has_fixed_hours or _are_in_order(start_date, end_date, start_time, end_time)


@rule("00778-345", field="end_date", source="domain reference 4.2; ruling 12", kinds=MODIFICATION, stage=Stage.STEP)
def fixed_hours_are_in_order(
    has_fixed_hours: bool, start_date: date, end_date: date | None, start_time: time | None, end_time: time | None
) -> bool:
    """A student's times cannot be modified, so a night that ends on the next day cannot be cut to its first day."""
    return not has_fixed_hours or _are_in_order(start_date, end_date, start_time, end_time)


def _are_in_order(start_date: date, end_date: date | None, start_time: time | None, end_time: time | None) -> bool:
    if start_date != end_date or start_time is None or end_time is None:
        return True
    return start_time < end_time


@rule("00910-008", field="start_date", source="domain reference 3.1", kinds=IN_AND_MODIFICATION)
def start_is_within_its_domain(filed_at: datetime, start_date: date) -> bool:
    """The start is from 1 January 1920 to before 1 January of the tenth year after the year of filing."""
    return EARLIEST_START <= start_date < _day_out_of_reach(filed_at)


@rule("00911-008", field="end_date", source="domain reference 3.1", kinds=IN_AND_MODIFICATION + OUT)
def end_is_within_its_domain(filed_at: datetime, end_date: date | None) -> bool:
    """The end is from 1 January 1999 to before 1 January of the tenth year after the year of filing."""
    return end_date is None or EARLIEST_END <= end_date < _day_out_of_reach(filed_at)


@rule("00910-008", field="start_date", source="domain reference 3.1")
def is_not_filed_too_far_ahead(
    filed_at: datetime, start_date: date, max_days_ahead: int | None, ahead_of: str
) -> bool:
    """A flexi-job is filed at most 31 days before its quarter, article 17 at most 15 days before its start.

    The number of days, and the day from which they are counted back, are columns of the worker type.
    """
    if max_days_ahead is None:
        return True
    origin = first_day_of_quarter(start_date) if ahead_of == "quarter" else start_date
    return (origin - day_of(filed_at)).days <= max_days_ahead


@rule(
    "90373-421",
    field="end_date",
    source="domain reference 3.2 and 3, note on FLX",
    modification_code="90378-421",
)
def start_and_end_are_in_one_quarter(is_within_quarter: bool, start_date: date, end_date: date | None) -> bool:
    """Students, article 17 and flexi-jobs per period are declared quarter by quarter."""
    if not is_within_quarter or end_date is None:
        return True
    return first_day_of_quarter(start_date) == first_day_of_quarter(end_date)


@rule("90373-341", field="end_date", source="domain reference 3", modification_code="90378-341")
def one_day_work_ends_on_its_start_date(is_one_day: bool, start_date: date, end_date: date | None) -> bool:
    """Article 17 by the day and the day flat rate need a declaration per day: the end is the starting date."""
    return not is_one_day or end_date is None or end_date == start_date


@rule(
    "90373-341",
    field="end_time",
    source="domain reference 3.1; ruling 20",
    modification_code="90378-341",
)
def work_by_the_hour_lasts_at_most_24_hours(
    is_at_most_24_hours: bool,
    start_date: date,
    end_date: date | None,
    start_time: time | None,
    end_time: time | None,
) -> bool:
    """An occasional worker or a daily flexi worker works at most 24 clock hours, which may pass midnight."""
    if not is_at_most_24_hours or end_date is None or start_time is None or end_time is None:
        return True
    return datetime.combine(end_date, end_time) - datetime.combine(start_date, start_time) <= timedelta(hours=24)


@rule("90373-460", field="start_date", source="domain reference 5; ruling 20", severity=Severity.WARNING)
def is_filed_in_time(filed_at: datetime, start_date: date, start_time: time | None, is_late_by_hour: bool) -> bool:
    """A worker is declared by the day of the start; an occasional or daily flexi worker by its hour."""
    filing_date = day_of(filed_at)
    if filing_date != start_date or not is_late_by_hour or start_time is None:
        return filing_date <= start_date
    return filed_at <= latest_instant(start_date, start_time)
