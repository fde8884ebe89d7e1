"""The rules when the calendar or the clocks turn: year end, 29 February, the nights of March and October."""

from __future__ import annotations

import pytest

from declarations.enums import DeclarationKind
from declarations.rules import PeriodFact, dates, deadlines, moments, periods
from referentials.numbers import ssin
from referentials.numbers.errors import ImpossibleDate

from ..support.shorthand import day, hour, maybe_day, moment, period
from .ordinary import CANCELLATION, IN, MODIFICATION, OUT

# -- which day, which quarter, which instant -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        # The year begins in Belgium an hour before it begins in UTC, whatever zone tells the moment.
        ("2026-12-31 22:59:59+00:00", "2026-12-31"),
        ("2026-12-31 23:00+00:00", "2027-01-01"),
        ("2026-12-31 18:00-05:00", "2027-01-01"),
        # 29 February.
        ("2028-02-28 22:59+00:00", "2028-02-28"),
        ("2028-02-28 23:00+00:00", "2028-02-29"),
        ("2028-02-29 23:00+00:00", "2028-03-01"),
        # The day on which the clocks go forward lasts 23 hours, the one on which they go back 25.
        ("2026-03-28 23:00+00:00", "2026-03-29"),
        ("2026-03-29 21:59+00:00", "2026-03-29"),
        ("2026-03-29 22:00+00:00", "2026-03-30"),
        ("2026-10-24 22:00+00:00", "2026-10-25"),
        ("2026-10-25 22:59+00:00", "2026-10-25"),
        ("2026-10-25 23:00+00:00", "2026-10-26"),
    ],
)
def test_the_day_in_belgium(instant: str, expected: str) -> None:
    assert moments.day_of(moment(instant)) == day(expected)


@pytest.mark.parametrize(
    ("of", "first"),
    [
        ("2026-12-31", "2026-10-01"),
        ("2027-01-01", "2027-01-01"),
        ("2028-02-29", "2028-01-01"),
        ("2026-03-31", "2026-01-01"),
        ("2026-04-01", "2026-04-01"),
    ],
)
def test_the_quarter_of_a_day(of: str, first: str) -> None:
    assert moments.first_day_of_quarter(day(of)) == day(first)


@pytest.mark.parametrize(
    ("on", "clock", "instant"),
    [
        # 29 March 2026: two o'clock is three o'clock; half past two is never shown, and comes with half past three.
        ("2026-03-29", "01:59", "00:59"),
        ("2026-03-29", "02:00", "01:00"),
        ("2026-03-29", "02:30", "01:30"),
        ("2026-03-29", "03:00", "01:00"),
        ("2026-03-29", "03:30", "01:30"),
        # 25 October 2026: from two to three comes twice.
        ("2026-10-25", "01:59", "23:59"),
        ("2026-10-25", "02:00", "01:00"),
        ("2026-10-25", "02:59", "01:59"),
        ("2026-10-25", "03:00", "02:00"),
        # Other nights of the year.
        ("2026-01-15", "02:30", "01:30"),
        ("2026-07-15", "02:30", "00:30"),
    ],
)
def test_the_latest_instant_at_which_the_clocks_show_an_hour(on: str, clock: str, instant: str) -> None:
    shown = hour(clock)
    assert shown
    assert f"{moments.latest_instant(day(on), shown):%H:%M}" == instant


# -- in time -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filed_at", "start", "start_time", "holds"),
    [
        # The last moment of the year, and the first of the next, by the day and by the hour.
        ("2026-12-31 23:59:59", "2026-12-31", "", True),
        ("2027-01-01 00:00", "2026-12-31", "", False),
        ("2027-01-01 00:00", "2027-01-01", "00:00", True),
        ("2027-01-01 00:00:01", "2027-01-01", "00:00", False),
        ("2028-02-29 23:59", "2028-02-29", "", True),
        ("2028-03-01 00:00", "2028-02-29", "", False),
        # 29 March 2026, at three by the new time.
        ("2026-03-29 00:59+00:00", "2026-03-29", "03:00", True),
        ("2026-03-29 01:00+00:00", "2026-03-29", "03:00", True),
        ("2026-03-29 01:01+00:00", "2026-03-29", "03:00", False),
        # 25 October 2026: what starts at 01:59 is past in the first hour already, what starts at three in neither.
        ("2026-10-25 00:00+00:00", "2026-10-25", "01:59", False),
        ("2026-10-25 01:59+00:00", "2026-10-25", "03:00", True),
        ("2026-10-25 02:01+00:00", "2026-10-25", "03:00", False),
    ],
)
def test_a_start_is_declared_in_time(filed_at: str, start: str, start_time: str, holds: bool) -> None:
    clock = hour(start_time)
    assert dates.is_filed_in_time(moment(filed_at), day(start), clock, is_late_by_hour=bool(clock)) is holds


@pytest.mark.parametrize(
    ("kind", "filed_at", "start", "end", "in_time"),
    [
        (OUT, "2028-03-01 23:59", "2028-02-01", "2028-02-29", True),
        (OUT, "2028-03-02 00:00", "2028-02-01", "2028-02-29", False),
        (OUT, "2027-01-04 23:59", "2026-03-02", "2026-12-31", True),
        (OUT, "2027-01-05 00:00", "2026-03-02", "2026-12-31", False),
        (CANCELLATION, "2026-12-31 23:59", "2026-12-31", "", True),
        (CANCELLATION, "2027-01-01 00:00", "2026-12-31", "", False),
        (CANCELLATION, "2028-02-29 23:59", "2028-02-29", "2028-02-29", True),
        (CANCELLATION, "2028-03-01 00:00", "2028-02-29", "2028-02-29", False),
        # The end of what is cancelled does not matter.
        (CANCELLATION, "2026-03-10 10:00", "2026-03-02", "2026-12-31", False),
        # Of these an anomaly tells it.
        (IN, "2026-03-10 10:00", "2026-03-02", "", True),
        (MODIFICATION, "2026-03-10 10:00", "2026-03-02", "2026-03-03", True),
    ],
)
def test_an_out_and_a_cancellation_are_in_time(
    kind: DeclarationKind, filed_at: str, start: str, end: str, in_time: bool
) -> None:
    assert deadlines.is_in_time(kind, moment(filed_at), day(start), maybe_day(end)) is in_time


# -- periods across those nights ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "other", "is_free"),
    [
        # New Year's night; the last night of February.
        ("2026-12-31 22:00..2027-01-01 03:00", "2027-01-01 03:00..2027-01-01 09:00", True),
        ("2026-12-31 22:00..2027-01-01 03:00", "2027-01-01 02:59..2027-01-01 09:00", False),
        ("2028-02-28 22:00..2028-02-29 03:00", "2028-02-29 22:00..2028-03-01 03:00", True),
        ("2028-02-28 22:00..2028-02-29 03:00", "2028-02-29 02:00..2028-03-01 03:00", False),
        # By the clock, as they are declared: an hour that no clock shows parts two of them, or is shared.
        ("2026-03-29 00:00..2026-03-29 02:30", "2026-03-29 02:30..2026-03-29 06:00", True),
        ("2026-03-29 00:00..2026-03-29 02:45", "2026-03-29 02:30..2026-03-29 06:00", False),
        # The hour that comes twice is one hour.
        ("2026-10-25 00:00..2026-10-25 02:30", "2026-10-25 02:30..2026-10-25 06:00", True),
        ("2026-10-25 00:00..2026-10-25 02:45", "2026-10-25 02:15..2026-10-25 06:00", False),
    ],
)
def test_two_nights_share_a_moment_or_none(declared: str, other: str, is_free: bool) -> None:
    for one, two in ((declared, other), (other, declared)):
        assert no_overlap(period(one, by_hour=True), period(two, by_hour=True)) is is_free


def no_overlap(declared: PeriodFact, other: PeriodFact) -> bool:
    """Whether the two are free of each other."""
    return periods.no_period_of_the_type_overlaps(
        declared.joint_committee,
        declared.worker_type,
        declared.start_date,
        declared.end_date,
        declared.start_time,
        declared.end_time,
        is_at_most_24_hours=True,
        periods=(other,),
    )


@pytest.mark.parametrize(
    ("start", "others", "holds"),
    [
        ("2027-01-01", ["2026-12-30", "2026-12-31"], False),
        ("2027-01-01", ["2026-12-31"], True),
        ("2028-03-01", ["2028-02-28", "2028-02-29"], False),
        ("2028-03-01", ["2028-02-27", "2028-02-28"], True),
        ("2027-03-01", ["2027-02-27", "2027-02-28"], False),
        ("2026-03-29", ["2026-03-28", "2026-03-30"], False),
        ("2026-10-26", ["2026-10-24", "2026-10-25"], False),
    ],
)
def test_days_in_a_row(start: str, others: list[str], holds: bool) -> None:
    facts = tuple(period(f"{each} 18:00..{each} 23:00", kind="302/EXT", by_hour=True) for each in others)
    assert periods.occasional_days_in_a_row_are_at_most_two(True, "302", "EXT", day(start), facts) is holds


@pytest.mark.parametrize(
    ("flexi", "contract", "holds"),
    [
        # The quarter begins with the year: what ended the evening before bars no longer.
        ("2027-01-01", "2026-10-01..2026-12-31", True),
        ("2027-01-01", "2026-10-01..2027-01-01", False),
        ("2026-12-31", "2026-10-01..2026-10-01", False),
        ("2028-03-31", "2028-01-01..2028-02-29", False),
        ("2028-04-01", "2028-01-01..2028-02-29", True),
    ],
)
def test_a_contract_before_a_flexi_job(flexi: str, contract: str, holds: bool) -> None:
    other = period(contract, bars_flexi=True)
    assert periods.no_other_contract_precedes_the_flexi_job(True, day(flexi), (other,)) is holds


# -- who was born then -------------------------------------------------------------------------------------------


def number_of(birth: str, prefix: str = "") -> str:
    """An SSIN with that birth date, YYMMDD; with a 2 as prefix for who is born in this century."""
    return f"{birth}001{97 - int(f'{prefix}{birth}001') % 97:02d}"


@pytest.mark.parametrize(
    ("birth", "prefix", "born"),
    [
        ("991231", "", "1999-12-31"),
        ("000101", "2", "2000-01-01"),
        ("000101", "", "1900-01-01"),
        ("000229", "2", "2000-02-29"),
        ("040229", "2", "2004-02-29"),
        ("040229", "", "1904-02-29"),
        ("960229", "", "1996-02-29"),
    ],
)
def test_the_century_of_a_birth_date(birth: str, prefix: str, born: str) -> None:
    assert ssin.birth_date(number_of(birth, prefix)) == day(born)


@pytest.mark.parametrize(("birth", "prefix"), [("000229", ""), ("010229", "2"), ("010229", "")])
def test_nobody_is_born_on_a_29_february_that_was_not(birth: str, prefix: str) -> None:
    with pytest.raises(ImpossibleDate):
        ssin.validate(number_of(birth, prefix))


@pytest.mark.parametrize(("today", "is_valid"), [("2004-02-28", False), ("2004-02-29", True)])
def test_nobody_is_declared_before_the_day_of_birth(today: str, is_valid: bool) -> None:
    assert ssin.is_valid(number_of("040229", "2"), day(today)) is is_valid
