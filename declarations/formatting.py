"""Formats of days, hours and moments in the active language (ruling 8)."""

from __future__ import annotations

from datetime import date, datetime, time

from django.utils.timezone import is_naive, localdate, localtime
from django.utils.translation import get_language


def display_iso(iso: str) -> str:
    """An ISO day, or a birth year with 00-00, as displayed: dd.mm.yyyy in German, else dd/mm/yyyy."""
    separator = "." if (get_language() or "").startswith("de") else "/"
    return separator.join(reversed(iso.split("-")))


def display_day(day: date) -> str:
    """The day in the format of the active language, with leading zeros and a four-digit year (ruling 8)."""
    return display_iso(day.isoformat())


def display_day_and_time(day: date, clock: time | None) -> str:
    """The day, followed by the time in hours and minutes if there is one."""
    return f"{display_day(day)} {clock:%H:%M}" if clock else display_day(day)


def display_hour(moment: datetime, now: datetime) -> str:
    """The time of an aware moment in hours and minutes, preceded by its day unless that is the day of `now`."""
    local = localtime(moment)
    is_today = local.date() == localtime(now).date()
    return f"{local:%H:%M}" if is_today else display_day_and_time(local.date(), local.time())


def display_datetime(moment: datetime) -> str:
    """Day and time in Belgium. A time that occurs twice, when the clocks go back, is followed by its UTC offset."""
    local = localtime(moment)
    text = display_day_and_time(local.date(), local.time())
    occurs_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{text} (UTC{local.isoformat()[-6:]})" if occurs_twice else text


def with_since(sentence: str, since: date | datetime | None, now: datetime | None) -> str:
    """The sentence with `since` in brackets, if given.

    The time follows the day if `since` is a naive datetime (a clock time), or an aware moment on the day of `now`,
    where it shows what came first.
    """
    if since is None:
        return sentence
    return f"{sentence.rstrip('.')} ({_since(since, now)})."


def _since(since: date | datetime, now: datetime | None) -> str:
    if not isinstance(since, datetime):
        return display_day(since)
    if is_naive(since):
        return display_day_and_time(since.date(), since.time())
    is_today = now is not None and localdate(since) == localdate(now)
    return display_datetime(since) if is_today else display_day(localdate(since))
