"""When a change must be declared: weekends, holidays, hours, clocks that change, and the end of the calendar."""

from __future__ import annotations

import pytest

from declarations.rules import deadlines

from ..support.shorthand import dates_and_hours, day, moment, was

START = ("start_date", "start_time", "previous_start_date", "previous_start_time")
END = ("end_date", "end_time", "previous_end_date", "previous_end_time")


def holds(rule: str, names: tuple[str, ...], filed_at: str, before: str, after: str, by_hour: bool) -> bool:
    """What the rule says of a period that was `before` and becomes `after`, written as `dates_and_hours`."""
    facts = {**was(before), **dates_and_hours(after)}
    own = {name: facts[name] for name in names}
    return bool(getattr(deadlines, rule)(filed_at=moment(filed_at), is_late_by_hour=by_hour, **own))


@pytest.mark.parametrize(
    ("filed_at", "before", "after", "by_hour", "expected"),
    [
        # By date: at the latest on the day the worker starts, a Sunday or a holiday as any other.
        ("2026-03-25 23:59", "2026-03-27..", "2026-03-26..", False, True),
        ("2026-03-26 23:59", "2026-03-27..", "2026-03-26..", False, True),
        ("2026-03-27 00:00", "2026-03-27..", "2026-03-26..", False, False),
        ("2026-03-29 23:59", "2026-04-01..", "2026-03-29..", False, True),
        ("2026-03-30 00:00", "2026-04-01..", "2026-03-29..", False, False),
        ("2026-01-02 00:00", "2026-01-05..", "2026-01-01..", False, False),
        # Midnight is Belgium's, in winter and in summer.
        ("2026-01-15 22:59+00:00", "2026-01-16..", "2026-01-15..", False, True),
        ("2026-01-15 23:00+00:00", "2026-01-16..", "2026-01-15..", False, False),
        ("2026-07-15 21:59+00:00", "2026-07-16..", "2026-07-15..", False, True),
        ("2026-07-15 22:00+00:00", "2026-07-16..", "2026-07-15..", False, False),
        # Where the hour does not count, the day is in time to its end, and an earlier hour of it changes nothing.
        ("2026-03-26 23:59", "2026-03-27 08:00..", "2026-03-26 08:00..", False, True),
        ("2026-12-31 10:00", "2026-03-27 18:00..", "2026-03-27 16:00..", False, True),
        # By the hour.
        ("2026-03-27 16:00", "2026-03-27 18:00..", "2026-03-27 16:00..", True, True),
        ("2026-03-27 16:00:01", "2026-03-27 18:00..", "2026-03-27 16:00..", True, False),
        ("2026-03-26 21:59", "2026-03-27 02:00..", "2026-03-26 22:00..", True, True),
        ("2026-03-26 22:01", "2026-03-27 02:00..", "2026-03-26 22:00..", True, False),
        ("2026-03-27 00:01", "2026-03-27 02:00..", "2026-03-27 00:00..", True, False),
        ("2026-03-27 10:00", "2026-03-28..", "2026-03-27..", True, True),
        ("2026-03-28 10:00", "2026-03-28..", "2026-03-27..", True, False),
        # 25 October 2026: 02:30 comes twice, the second time at 01:30 UTC.
        ("2026-10-25 01:30+00:00", "2026-10-25 04:00..", "2026-10-25 02:30..", True, True),
        ("2026-10-25 01:31+00:00", "2026-10-25 04:00..", "2026-10-25 02:30..", True, False),
        # A start that stays, or comes later, is not late, whenever it is filed.
        ("2026-12-31 10:00", "2026-03-27..", "2026-03-27..", False, True),
        ("2026-12-31 10:00", "2026-03-27..", "2026-03-28..", False, True),
        ("2026-12-31 10:00", "2026-03-27 18:00..", "2026-03-27 18:00..", True, True),
        ("2026-12-31 10:00", "2026-03-27 18:00..", "2026-03-27 18:01..", True, True),
        ("2026-12-31 10:00", "2026-03-27 18:00..", "2026-03-28 08:00..", True, True),
        # The ends of the calendar.
        ("2026-03-27 10:00", "0001-01-02..", "0001-01-01..", False, False),
        ("2026-03-27 10:00", "9999-12-31 23:59..", "9999-12-31 00:00..", True, True),
    ],
)
def test_earlier_start_is_declared_in_time(
    filed_at: str, before: str, after: str, by_hour: bool, expected: bool
) -> None:
    assert holds("earlier_start_is_declared_in_time", START, filed_at, before, after, by_hour) is expected


@pytest.mark.parametrize(
    ("filed_at", "before", "after", "by_hour", "expected"),
    [
        # Left on a Thursday, a Friday, a Saturday: Friday, Monday, Monday.
        ("2026-03-27 23:59", "2026-03-02..2026-04-30", "2026-03-02..2026-03-26", False, True),
        ("2026-03-28 00:00", "2026-03-02..2026-04-30", "2026-03-02..2026-03-26", False, False),
        ("2026-03-30 23:59", "2026-03-02..2026-04-30", "2026-03-02..2026-03-27", False, True),
        ("2026-03-31 00:00", "2026-03-02..2026-04-30", "2026-03-02..2026-03-27", False, False),
        ("2026-03-31 00:00", "2026-03-02..2026-04-30", "2026-03-02..2026-03-28", False, False),
        # The clocks went forward on Sunday 29 March.
        ("2026-03-30 21:59+00:00", "2026-03-02..2026-04-30", "2026-03-02..2026-03-27", False, True),
        ("2026-03-30 22:00+00:00", "2026-03-02..2026-04-30", "2026-03-02..2026-03-27", False, False),
        # Good Friday is a working day, Easter Monday is not; 1 May on a Friday; 25 December on a Friday.
        ("2026-04-04 00:00", "2026-03-02..2026-04-30", "2026-03-02..2026-04-02", False, False),
        ("2026-04-07 23:59", "2026-03-02..2026-04-30", "2026-03-02..2026-04-03", False, True),
        ("2026-04-08 00:00", "2026-03-02..2026-04-30", "2026-03-02..2026-04-03", False, False),
        ("2026-05-04 23:59", "2026-03-02..2026-06-30", "2026-03-02..2026-04-30", False, True),
        ("2026-05-05 00:00", "2026-03-02..2026-06-30", "2026-03-02..2026-04-30", False, False),
        ("2026-12-28 23:59", "2026-03-02..2027-06-30", "2026-03-02..2026-12-24", False, True),
        ("2026-12-29 00:00", "2026-03-02..2027-06-30", "2026-03-02..2026-12-24", False, False),
        # Ahead of the day the worker leaves.
        ("2026-03-01 10:00", "2026-03-02..2026-04-30", "2026-03-02..2026-03-26", False, True),
        # Where the hour does not count, an earlier hour of the day changes nothing.
        ("2026-12-31 10:00", "2026-03-02..2026-03-27 17:00", "2026-03-02..2026-03-27 15:00", False, True),
        # By the hour: on the calendar day itself, a Friday, whatever the weekend.
        ("2026-03-27 23:59", "2026-03-27 08:00..2026-03-27 17:00", "2026-03-27 08:00..2026-03-27 15:00", True, True),
        ("2026-03-28 00:00", "2026-03-27 08:00..2026-03-27 17:00", "2026-03-27 08:00..2026-03-27 15:00", True, False),
        # A night ends on the next day; cut short before midnight it ends on the day it began.
        ("2026-03-28 23:59", "2026-03-27 22:00..2026-03-28 03:00", "2026-03-27 22:00..2026-03-28 01:00", True, True),
        ("2026-03-29 00:00", "2026-03-27 22:00..2026-03-28 03:00", "2026-03-27 22:00..2026-03-28 01:00", True, False),
        ("2026-03-27 23:59", "2026-03-27 22:00..2026-03-28 03:00", "2026-03-27 22:00..2026-03-27 23:30", True, True),
        ("2026-03-28 00:00", "2026-03-27 22:00..2026-03-28 03:00", "2026-03-27 22:00..2026-03-27 23:30", True, False),
        # An end that stays, comes later, is removed or given is another rule's.
        ("2026-12-31 10:00", "2026-03-02..2026-03-27", "2026-03-02..2026-03-27", False, True),
        ("2026-12-31 10:00", "2026-03-02..2026-03-27", "2026-03-02..2026-03-28", False, True),
        ("2026-12-31 10:00", "2026-03-27 08:00..2026-03-27 17:00", "2026-03-27 08:00..2026-03-27 17:00", True, True),
        ("2026-12-31 10:00", "2026-03-27 08:00..2026-03-27 17:00", "2026-03-27 08:00..2026-03-27 17:01", True, True),
        ("2026-12-31 10:00", "2026-03-02..2026-03-27", "2026-03-02..", False, True),
        ("2026-12-31 10:00", "2026-03-02..", "2026-03-02..2026-03-27", False, True),
        ("2026-12-31 10:00", "2026-03-02..", "2026-03-02..", True, True),
        # The ends of the calendar.
        ("2026-03-27 10:00", "0001-01-01..0001-01-03", "0001-01-01..0001-01-02", False, False),
        ("2026-03-27 10:00", "2026-03-02..9999-12-31", "2026-03-02..9999-12-30", False, True),
    ],
)
def test_earlier_end_is_declared_in_time(
    filed_at: str, before: str, after: str, by_hour: bool, expected: bool
) -> None:
    assert holds("earlier_end_is_declared_in_time", END, filed_at, before, after, by_hour) is expected


@pytest.mark.parametrize(
    ("filed_at", "before", "after", "by_hour", "expected"),
    [
        # The first working day after the end it replaces, a Thursday and a Friday; the new end does not matter.
        ("2026-03-27 23:59", "2026-03-02..2026-03-26", "2026-03-02..2026-03-31", False, True),
        ("2026-03-28 00:00", "2026-03-02..2026-03-26", "2026-03-02..2026-03-31", False, False),
        ("2026-03-30 23:59", "2026-03-02..2026-03-27", "2026-03-02..2026-03-28", False, True),
        ("2026-03-31 00:00", "2026-03-02..2026-03-27", "2026-03-02..2026-03-28", False, False),
        ("2026-03-31 00:00", "2026-03-02..2026-03-27", "2026-03-02..2035-12-31", False, False),
        # The clocks went back on Sunday 25 October.
        ("2026-10-26 22:59+00:00", "2026-03-02..2026-10-23", "2026-03-02..2026-12-31", False, True),
        ("2026-10-26 23:00+00:00", "2026-03-02..2026-10-23", "2026-03-02..2026-12-31", False, False),
        # Easter Monday; the end of the year; 11 November.
        ("2026-04-07 23:59", "2026-03-02..2026-04-03", "2026-03-02..2026-04-30", False, True),
        ("2026-04-08 00:00", "2026-03-02..2026-04-03", "2026-03-02..2026-04-30", False, False),
        ("2027-01-04 23:59", "2026-03-02..2026-12-31", "2026-03-02..2027-03-31", False, True),
        ("2027-01-05 00:00", "2026-03-02..2026-12-31", "2026-03-02..2027-03-31", False, False),
        ("2026-11-13 00:00", "2026-03-02..2026-11-10", "2026-03-02..2026-12-31", False, False),
        # A removed end is later than any.
        ("2026-03-30 23:59", "2026-03-02..2026-03-27", "2026-03-02..", False, True),
        ("2026-03-31 00:00", "2026-03-02..2026-03-27", "2026-03-02..", False, False),
        ("2026-03-31 00:00", "2026-03-02 08:00..2026-03-27 17:00", "2026-03-02 08:00.. 17:00", True, False),
        # By the hour: a later hour of the day is declared by the next working day too.
        ("2026-03-30 23:59", "2026-03-27 08:00..2026-03-27 17:00", "2026-03-27 08:00..2026-03-27 19:00", True, True),
        ("2026-03-31 00:00", "2026-03-27 08:00..2026-03-27 17:00", "2026-03-27 08:00..2026-03-27 19:00", True, False),
        ("2026-12-31 10:00", "2026-03-27 08:00..2026-03-27 17:00", "2026-03-27 08:00..2026-03-27 19:00", False, True),
        # An end that stays, comes earlier, or is given where there was none is another rule's.
        ("2026-12-31 10:00", "2026-03-02..2026-03-27", "2026-03-02..2026-03-27", False, True),
        ("2026-12-31 10:00", "2026-03-02..2026-03-27", "2026-03-02..2026-03-26", False, True),
        ("2026-12-31 10:00", "2026-03-27 08:00..2026-03-27 17:00", "2026-03-27 08:00..2026-03-27 17:00", True, True),
        ("2026-12-31 10:00", "2026-03-27 08:00..2026-03-27 17:00", "2026-03-27 08:00..2026-03-27 16:59", True, True),
        ("2026-12-31 10:00", "2026-03-02..", "2026-03-02..2026-03-27", False, True),
        ("2026-12-31 10:00", "2026-03-02..", "2026-03-02..", False, True),
        # The ends of the calendar.
        ("2026-03-27 10:00", "0001-01-01..0001-01-01", "0001-01-01..", False, False),
        ("2026-03-27 10:00", "2026-03-02..9999-12-30", "2026-03-02..9999-12-31", False, True),
        ("2026-03-27 10:00", "2026-03-02..9999-12-31", "2026-03-02..", False, True),
    ],
)
def test_later_end_is_declared_in_time(filed_at: str, before: str, after: str, by_hour: bool, expected: bool) -> None:
    assert holds("later_end_is_declared_in_time", END, filed_at, before, after, by_hour) is expected


@pytest.mark.parametrize(
    ("filed_at", "end", "in_time"),
    [
        ("2026-03-27 23:59", "2026-03-26", True),
        ("2026-03-28 00:00", "2026-03-26", False),
        ("2026-03-30 23:59", "2026-03-27", True),
        ("2026-03-31 00:00", "2026-03-27", False),
        ("2026-03-31 00:00", "2026-03-28", False),
        ("2026-03-31 00:00", "2026-03-29", False),
        ("2026-05-04 23:59", "2026-04-30", True),
        ("2026-05-05 00:00", "2026-04-30", False),
        ("2026-07-22 21:59+00:00", "2026-07-20", True),
        ("2026-07-22 22:00+00:00", "2026-07-20", False),
        # Far ahead of the end, and of the start of the period.
        ("2026-03-27 10:00", "2027-03-26", True),
        ("2026-03-27 10:00", "1999-01-01", False),
        ("2026-03-27 10:00", "0001-01-01", False),
        ("2026-03-27 10:00", "9999-12-31", True),
    ],
)
def test_out_is_in_time(filed_at: str, end: str, in_time: bool) -> None:
    assert deadlines.out_is_in_time(moment(filed_at), day(end)) is in_time


@pytest.mark.parametrize(
    ("filed_at", "start", "in_time"),
    [
        ("2026-03-26 10:00", "2026-03-27", True),
        ("2026-03-27 23:59", "2026-03-27", True),
        ("2026-03-28 00:00", "2026-03-27", False),
        # A Sunday moves nothing.
        ("2026-03-30 00:00", "2026-03-29", False),
        ("2026-01-15 22:59+00:00", "2026-01-15", True),
        ("2026-01-15 23:00+00:00", "2026-01-15", False),
        ("2026-07-15 21:59+00:00", "2026-07-15", True),
        ("2026-07-15 22:00+00:00", "2026-07-15", False),
        ("2026-03-27 10:00", "0001-01-01", False),
        ("2026-03-27 10:00", "9999-12-31", True),
    ],
)
def test_cancellation_is_in_time(filed_at: str, start: str, in_time: bool) -> None:
    assert deadlines.cancellation_is_in_time(moment(filed_at), day(start)) is in_time
