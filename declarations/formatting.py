"""How days, hours and moments are written, in the language that is active (ruling 8)."""

from __future__ import annotations

from datetime import date, datetime, time

from django.utils.timezone import is_naive, localdate, localtime
from django.utils.translation import get_language


def display_iso(iso: str) -> str:
    """An ISO day, or a birth year with 00-00, as the page writes it: dd.mm.yyyy in German, else dd/mm/yyyy."""
    separator = "." if (get_language() or "").startswith("de") else "/"
    return separator.join(reversed(iso.split("-")))


def display_day(day: date) -> str:
    """The day as the page's language writes it, four-digit year and leading zeros included (ruling 8)."""
    return display_iso(day.isoformat())


def display_day_and_time(day: date, clock: time | None) -> str:
    """The day, and the hour to the minute when there is one."""
    return f"{display_day(day)} {clock:%H:%M}" if clock else display_day(day)


def display_hour(moment: datetime, now: datetime) -> str:
    """The hour to the minute of a moment (aware), with its day before it unless that is the day of `now`."""
    local = localtime(moment)
    is_today = local.date() == localtime(now).date()
    return f"{local:%H:%M}" if is_today else display_day_and_time(local.date(), local.time())


def display_datetime(moment: datetime) -> str:
    """Day and hour in Belgium; of an hour that the clocks show twice, its distance from UTC tells which it is."""
    local = localtime(moment)
    shown = display_day_and_time(local.date(), local.time())
    is_shown_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{shown} (UTC{local.isoformat()[-6:]})" if is_shown_twice else shown


def with_since(sentence: str, since: date | datetime | None, now: datetime | None) -> str:
    """The sentence with the day in brackets since which it is so, when there is one.

    Its hour stands beside it where `since` is the hour of a clock, a naive moment, and where it is a moment (aware) of
    the day of `now`: then it tells what came first.
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
