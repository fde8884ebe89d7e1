"""Days, quarters and instants as the rules count them, in Belgium."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")


def day_of(moment: datetime) -> date:
    """The calendar day in Belgium at `moment`, an aware datetime of any zone.

    >>> day_of(datetime(2026, 6, 30, 22, 0, tzinfo=UTC))
    datetime.date(2026, 7, 1)
    """
    return moment.astimezone(BRUSSELS).date()


def quarter_of(day: date) -> int:
    """The quarter of `day`, 1 to 4.

    >>> [quarter_of(date(2026, month, 1)) for month in (3, 4, 12)]
    [1, 2, 4]
    """
    return (day.month - 1) // 3 + 1


def first_day_of_quarter(day: date) -> date:
    """The first day of the quarter of `day`.

    >>> first_day_of_quarter(date(2026, 6, 30))
    datetime.date(2026, 4, 1)
    """
    return date(day.year, 3 * quarter_of(day) - 2, 1)


def latest_instant(day: date, clock: time) -> datetime:
    """The instant, in UTC, at which the clocks show `clock` on `day`.

    The later of the two where the clocks go back; where they skip the hour, as if not yet set forward.

    >>> latest_instant(date(2026, 10, 25), time(2, 30)).hour
    1
    """
    readings = (datetime.combine(day, clock, BRUSSELS).replace(fold=fold) for fold in (0, 1))
    return max(reading.astimezone(UTC) for reading in readings)
