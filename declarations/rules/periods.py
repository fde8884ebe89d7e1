"""Rules on the worker's other periods at the same employer."""

from __future__ import annotations

from datetime import date, datetime, time

from ..enums import Severity
from .facts import PeriodFact
from .moments import first_day_of_quarter
from .registry import IN_AND_MODIFICATION, rule

MOST_CONSECUTIVE_DAYS = 2


def days_read(start_date: date, end_date: date | None, *, is_flexi: bool) -> tuple[date, date]:
    """The first and the last day that the rules below read of other periods.

    They judge the same with and without a period that shares none of these days.
    """
    start = start_date.toordinal()
    first = max(start - MOST_CONSECUTIVE_DAYS, date.min.toordinal())
    last = min(start + MOST_CONSECUTIVE_DAYS, date.max.toordinal())
    if is_flexi:
        first = min(first, first_day_of_quarter(start_date).toordinal())
    return date.fromordinal(first), max(date.fromordinal(last), end_date or date.max)


def _bounds(period: PeriodFact) -> tuple[datetime, datetime]:
    """The start and the end by the clock: of whole days, or the times of work declared by the hour."""
    by_hour = period.is_at_most_24_hours
    start = (period.start_time if by_hour else None) or time.min
    end = (period.end_time if by_hour else None) or time.max
    return datetime.combine(period.start_date, start), datetime.combine(period.end_date or date.max, end)


def _overlap(one: PeriodFact, other: PeriodFact) -> bool:
    (one_start, one_end), (other_start, other_end) = _bounds(one), _bounds(other)
    return one_start < other_end and other_start < one_end


def _is_same(one: PeriodFact, other: PeriodFact) -> bool:
    return _dated_characteristics(one) == _dated_characteristics(other)


def _dated_characteristics(period: PeriodFact) -> tuple[object, ...]:
    dates = (period.start_date, period.end_date, period.start_time, period.end_time)
    return (period.joint_committee, period.worker_type, *dates)


@rule(
    "90373-333",
    field="start_date",
    source="domain reference 7.3",
    modification_code="90378-333",
)
def no_same_period_exists(
    joint_committee: str,
    worker_type: str,
    start_date: date,
    end_date: date | None,
    start_time: time | None,
    end_time: time | None,
    periods: tuple[PeriodFact, ...],
) -> bool:
    """An employer declares a worker once per committee, worker type, dates and times."""
    declared = PeriodFact(joint_committee, worker_type, start_date, end_date, start_time, end_time)
    return not any(_is_same(declared, period) for period in periods)


@rule(
    "90373-334",
    field="start_date",
    source="domain reference 7.3 and 14, 'Overlap scope'",
    modification_code="90378-334",
)
def no_period_of_the_type_overlaps(
    joint_committee: str,
    worker_type: str,
    start_date: date,
    end_date: date | None,
    start_time: time | None,
    end_time: time | None,
    is_at_most_24_hours: bool,
    periods: tuple[PeriodFact, ...],
) -> bool:
    """Two periods of one worker at one employer in one type share no day; by the hour, no moment.

    An identical period is 90373-333 and is not reported again here.
    """
    declared = PeriodFact(
        joint_committee, worker_type, start_date, end_date, start_time, end_time, is_at_most_24_hours
    )
    others = (period for period in periods if period.worker_type == worker_type and not _is_same(declared, period))
    return not any(_overlap(declared, period) for period in others)


@rule("00910-459", field="start_date", source="domain reference 3.4", kinds=IN_AND_MODIFICATION)
def occasional_days_in_a_row_are_at_most_two(
    limits_consecutive_days: bool,
    joint_committee: str,
    worker_type: str,
    start_date: date,
    periods: tuple[PeriodFact, ...],
) -> bool:
    """In the horeca an employer employs the same occasional worker on at most two consecutive days.

    Work past midnight belongs to the day on which it starts.
    """
    if not limits_consecutive_days:
        return True
    characteristics = (joint_committee, worker_type)
    alike = (each for each in periods if (each.joint_committee, each.worker_type) == characteristics)
    days = {start_date.toordinal(), *(period.start_date.toordinal() for period in alike)}
    return _run_around(start_date.toordinal(), days) <= MOST_CONSECUTIVE_DAYS


def _run_around(day: int, days: set[int]) -> int:
    """The length of the run of consecutive numbers in `days` around `day`, which is in `days`."""
    first = last = day
    while first - 1 in days:
        first -= 1
    while last + 1 in days:
        last += 1
    return last - first + 1


@rule(
    "90017-510",
    field="worker_type",
    source="domain reference 3.3; ruling 21",
    severity=Severity.WARNING,
)
def no_other_contract_precedes_the_flexi_job(
    is_flexi: bool, start_date: date, periods: tuple[PeriodFact, ...]
) -> bool:
    """In the quarter of a flexi-job, no ordinary, student or occasional contract there precedes or overlaps it.

    A contract that begins after the start of the flexi-job is allowed.
    """
    quarter = first_day_of_quarter(start_date)
    return not is_flexi or not any(
        period.bars_flexi and period.start_date <= start_date and (period.end_date or date.max) >= quarter
        for period in periods
    )
