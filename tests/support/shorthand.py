"""Short notations for days, times, moments and periods in tables of test cases."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from declarations.rules import PeriodFact

BRUSSELS = ZoneInfo("Europe/Brussels")


def day(text: str) -> date:
    """`2026-03-27`."""
    return date.fromisoformat(text)


def maybe_day(text: str) -> date | None:
    """A day, or None for ''."""
    return day(text) if text else None


def hour(text: str) -> time | None:
    """`22:00`, or None for ''."""
    return time.fromisoformat(text) if text else None


def moment(text: str) -> datetime:
    """`2026-03-27 22:00`, by the clocks in Brussels; or with an offset, `2026-03-27 21:00+00:00`."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=BRUSSELS)


def dates_and_hours(text: str) -> dict[str, Any]:
    """The dates and hours of a period, by the names of the facts.

    `2026-03-27..2026-03-28`, `2026-03-27..` while open, `2026-03-27 22:00..2026-03-28 03:00` with hours.
    """
    (start_date, _, start_time), (end_date, _, end_time) = (part.partition(" ") for part in text.split(".."))
    return {
        "start_date": day(start_date),
        "end_date": maybe_day(end_date),
        "start_time": hour(start_time),
        "end_time": hour(end_time),
    }


def was(text: str) -> dict[str, Any]:
    """The period's dates and times before a declaration, written as for `dates_and_hours`."""
    return {f"previous_{name}": value for name, value in dates_and_hours(text).items()}


def period(text: str, *, kind: str = "XXX/OTH", by_hour: bool = False, bars_flexi: bool = False) -> PeriodFact:
    """Another period of the worker, with dates and times written as for `dates_and_hours`."""
    joint_committee, worker_type = kind.split("/")
    return PeriodFact(
        joint_committee, worker_type, **dates_and_hours(text), is_at_most_24_hours=by_hour, bars_flexi=bars_flexi
    )
