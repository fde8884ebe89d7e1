"""Days, quarters and instants in Belgian time, as the rules count them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

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

    If the clocks go back, the later of the two instants. If they skip the hour, the instant as if they had not gone
    forward yet.

    >>> latest_instant(date(2026, 10, 25), time(2, 30)).hour
    1
    """
    readings = (datetime.combine(day, clock, BRUSSELS).replace(fold=fold) for fold in (0, 1))
    return max(reading.astimezone(UTC) for reading in readings)


@lru_cache(maxsize=16)
def _public_holidays(year: int) -> frozenset[date]:
    """The ten legal holidays, Easter Sunday and Whit Sunday; empty outside 1901 to 2100, the library's years."""
    return frozenset(holidays.country_holidays("BE", years=year, categories=holidays.PUBLIC))


def _is_working_day(day: date) -> bool:
    return day.isoweekday() <= 5 and day not in _public_holidays(day.year)


def first_working_day_after(day: date) -> date:
    """The first day after `day`, Monday to Friday, that is not one of the ten legal holidays (domain reference 5).

    A holiday on a Saturday or Sunday does not move, because each company agrees on its own replacement day.
    For 31 December 9999, the last possible date, the result is that day itself.

    >>> first_working_day_after(date(2026, 4, 30))
    datetime.date(2026, 5, 4)
    """
    later = map(date.fromordinal, range(day.toordinal() + 1, date.max.toordinal() + 1))
    return next(filter(_is_working_day, later), date.max)
