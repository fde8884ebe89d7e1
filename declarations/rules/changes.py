"""Rules on the changes that a Modification may make to a period."""

from __future__ import annotations

from datetime import date, datetime, time

from ..enums import Remedy
from .registry import MODIFICATION, rule

Times = tuple[date, time | None, date | None, time | None, int | None]


@rule("90378-444", field="start_date", source="domain reference 4.2", kinds=MODIFICATION)
def something_is_changed(
    start_date: date,
    start_time: time | None,
    end_date: date | None,
    end_time: time | None,
    planned_hours: int | None,
    previous_start_date: date,
    previous_start_time: time | None,
    previous_end_date: date | None,
    previous_end_time: time | None,
    previous_planned_hours: int | None,
) -> bool:
    """A Modification changes a date, a time or the planned hours."""
    declared: Times = (start_date, start_time, end_date, end_time, planned_hours)
    previous: Times = (
        previous_start_date,
        previous_start_time,
        previous_end_date,
        previous_end_time,
        previous_planned_hours,
    )
    return declared != previous


@rule("00910-344", field="start_date", source="domain reference 4.2", kinds=MODIFICATION, remedy=Remedy.REPLACEMENT)
def start_is_not_put_off(start_date: date, previous_start_date: date) -> bool:
    """A period may be changed to start earlier but not on a later day; the time on the same day is free."""
    return start_date <= previous_start_date


@rule("00913-359", field="end_date", source="domain reference 4.2", kinds=MODIFICATION)
def open_period_is_not_closed(end_date: date | None, previous_end_date: date | None) -> bool:
    """An open period is closed by a Dimona OUT, not by a Modification."""
    return end_date is None or previous_end_date is not None


@rule("90378-368", field="end_date", source="domain reference 4.2", kinds=MODIFICATION)
def mandatory_end_is_kept(end_date: date | None, previous_end_date: date | None, requires_end_date: bool) -> bool:
    """If the worker type or the committee requires an ending date, it may be changed but not removed."""
    return not requires_end_date or end_date is not None or previous_end_date is None


@rule("00911-344", field="end_date", source="domain reference 3.3 and 4.2", kinds=MODIFICATION)
def end_of_a_flexi_job_is_not_put_off(
    is_flexi: bool,
    start_date: date,
    end_date: date | None,
    end_time: time | None,
    previous_start_date: date,
    previous_end_date: date | None,
    previous_end_time: time | None,
) -> bool:
    """A flexi-job may be changed to end earlier but not later, not even by an hour.

    A removed end is 90378-368. If the whole flexi-job moves to a later day, 00910-344 reports it on the start.
    """
    if not is_flexi or end_date is None or start_date > previous_start_date:
        return True
    previous = datetime.combine(previous_end_date or date.max, previous_end_time or time.max)
    return datetime.combine(end_date, end_time or time.max) <= previous
