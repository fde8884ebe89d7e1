"""Rules on the deadlines of changes, and deadlines that may be missed without an anomaly."""

from __future__ import annotations

from datetime import date, datetime, time

from ..enums import DeclarationKind, Severity
from .dates import is_filed_in_time
from .moments import day_of, first_working_day_after
from .registry import MODIFICATION, rule

SOURCE = "domain reference 5"
# Lateness of a Modification is reported once, on one field, whichever change is late.
FIELD = "start_date"


@rule("90378-460", field=FIELD, source=SOURCE, kinds=MODIFICATION, severity=Severity.WARNING)
def earlier_start_is_declared_in_time(
    filed_at: datetime,
    start_date: date,
    start_time: time | None,
    previous_start_date: date,
    previous_start_time: time | None,
    is_late_by_hour: bool,
) -> bool:
    """An earlier start is declared in the same time as an IN: by the start at the latest."""
    start = _moment(start_date, start_time, is_late_by_hour)
    if start >= _moment(previous_start_date, previous_start_time, is_late_by_hour):
        return True
    return is_filed_in_time(filed_at, start_date, start_time, is_late_by_hour)


@rule("90378-460", field=FIELD, source=SOURCE, kinds=MODIFICATION, severity=Severity.WARNING)
def earlier_end_is_declared_in_time(
    filed_at: datetime,
    end_date: date | None,
    end_time: time | None,
    previous_end_date: date | None,
    previous_end_time: time | None,
    is_late_by_hour: bool,
) -> bool:
    """An earlier end is declared by the first working day after it; for work by the hour, on that day."""
    end = _end(end_date, end_time, is_late_by_hour)
    if end_date is None or previous_end_date is None:
        return True
    if end >= _end(previous_end_date, previous_end_time, is_late_by_hour):
        return True
    return day_of(filed_at) <= (end_date if is_late_by_hour else first_working_day_after(end_date))


@rule("90378-460", field=FIELD, source=SOURCE, kinds=MODIFICATION, severity=Severity.WARNING)
def later_end_is_declared_in_time(
    filed_at: datetime,
    end_date: date | None,
    end_time: time | None,
    previous_end_date: date | None,
    previous_end_time: time | None,
    is_late_by_hour: bool,
) -> bool:
    """A later end, or a removed one, is declared by the first working day after the end it replaces."""
    previous = _end(previous_end_date, previous_end_time, is_late_by_hour)
    if previous_end_date is None or _end(end_date, end_time, is_late_by_hour) <= previous:
        return True
    return day_of(filed_at) <= first_working_day_after(previous_end_date)


def _moment(day: date, clock: time | None, by_hour: bool) -> datetime:
    return datetime.combine(day, clock if by_hour and clock else time.min)


def _end(day: date | None, clock: time | None, by_hour: bool) -> datetime:
    return _moment(day or date.max, clock, by_hour)


# -- late, but no anomaly is reported: the overview shows a note ------------------------------------------------


def is_in_time(kind: DeclarationKind, filed_at: datetime, start_date: date, end_date: date | None) -> bool:
    """Whether an OUT or a Cancellation of a period with those dates is in time; True for other kinds."""
    if kind == DeclarationKind.OUT and end_date:
        return out_is_in_time(filed_at, end_date)
    return kind != DeclarationKind.CANCELLATION or cancellation_is_in_time(filed_at, start_date)


def out_is_in_time(filed_at: datetime, end_date: date) -> bool:
    """Whether an OUT is filed by the first working day after the end (domain reference 5)."""
    return day_of(filed_at) <= first_working_day_after(end_date)


def cancellation_is_in_time(filed_at: datetime, start_date: date) -> bool:
    """Whether a Cancellation is filed by the day on which the period starts (domain reference 5)."""
    return day_of(filed_at) <= start_date
