"""A judgment changes between the overview and Confirm: nobody is silently answered otherwise than was shown.

The turns are those of the calendar and of the clocks: midnight, the hour of the start, year end, 29 February, and the
nights of March and October.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import pytest
import time_machine

from declarations.models import Declaration
from declarations.wizard import draft_storage

from ..support.builders import (
    BY_NAME,
    CONSTRUCTION_USER,
    MONDAY,
    Walk,
    answers_for,
    codes,
    step_form,
    submit,
    submit_pages,
    submitted_declaration,
)
from ..support.pages import preview, rows
from ..support.periods import CANCELLATION, MODIFICATION, OUT, open_period, period_answers
from ..support.shorthand import moment

pytestmark = [pytest.mark.django_db, pytest.mark.pages]

A, W, B = "A", "W", "B"
Clock = Callable[[str], datetime]
# The status, the codes, and of each note whether it warns.
Told = tuple[str, set[str], list[bool]]
IN_TIME: Told = (A, set(), [])
TOO_EARLY: Told = (B, {"00910-008"}, [])
TAKEN_LATE: Told = (A, set(), [True])
LATE: Told = (W, {"90373-460"}, [])


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Stops the clock at a moment, by the clocks of Brussels or with an offset."""
    with ExitStack() as stack:

        def stop(text: str) -> datetime:
            stack.close()
            stack.enter_context(time_machine.travel(moment(text), tick=False))
            return moment(text)

        stop(MONDAY)
        yield stop


def told(page: Any) -> Told:
    """What an overview says."""
    return (*preview(page), [is_warning for _sentence, is_warning in page.context["notes"]])


def in_(committee: str, worker_type: str, **changes: str) -> Callable[[], dict[str, str]]:
    """A Dimona IN of Éric."""
    return lambda: answers_for(committee, worker_type, **changes)


def one_night(day: str, start_time: str, end_time: str) -> Callable[[], dict[str, str]]:
    """An occasional worker on that day."""
    return in_("145", "EXT", start_date=day, end_date=day, start_time=start_time, end_time=end_time)


FLEXI_QUARTER = in_(
    "XXX", "FLX", duration_unit="period", start_date="1/7/2026", end_date="30/9/2026", start_time="", end_time=""
)
STUDENT_ON_31_MARCH = in_("XXX", "STU", start_date="31/3/2026", end_date="31/3/2026")


def closing(end_date: str) -> Callable[[], dict[str, str]]:
    """An OUT of a period that started on 2 March 2026."""
    return lambda: period_answers(open_period(), OUT, end_date=end_date)


def cancelling() -> dict[str, str]:
    """A Cancellation of a period that starts on 2 March 2026."""
    return period_answers(open_period(), CANCELLATION)


def ending_earlier() -> dict[str, str]:
    """A Modification that puts the end on Friday 6 March 2026."""
    return period_answers(open_period(end_date="20/3/2026"), MODIFICATION, end_date="6/3/2026")


# The declaration; the moment of its overview and of its Confirm; what the overview says then.
TURNS = {
    "a start, at midnight": (in_("XXX", "OTH"), "2026-03-02 23:59:59", "2026-03-03 00:00", IN_TIME, LATE),
    "a start by the hour": (
        one_night("2/3/2026", "10:00", "18:00"), "2026-03-02 10:00", "2026-03-02 10:00:01", IN_TIME, LATE,
    ),
    "the second half past two": (
        one_night("25/10/2026", "02:30", "06:00"), "2026-10-25 00:45+00:00", "2026-10-25 01:45+00:00", IN_TIME, LATE,
    ),
    "half past two that never is": (
        one_night("29/3/2026", "02:30", "06:00"), "2026-03-29 01:59", "2026-03-29 03:31", IN_TIME, LATE,
    ),
    "the end of a quarter": (STUDENT_ON_31_MARCH, "2026-03-31 23:59", "2026-04-01 00:00", IN_TIME, LATE),
    "29 February": (in_("XXX", "OTH", start_date="29/2/2028"), "2028-02-29 23:59", "2028-03-01 00:00", IN_TIME, LATE),
    "New Year": (in_("XXX", "OTH", start_date="31/12/2026"), "2026-12-31 23:59", "2027-01-01 00:00", IN_TIME, LATE),
    "no longer ten years ahead": (
        in_("XXX", "OTH", start_date="1/1/2036"), "2026-12-31 23:59", "2027-01-01 00:00", TOO_EARLY, IN_TIME,
    ),
    "no longer too early": (FLEXI_QUARTER, "2026-05-30 23:59", "2026-05-31 00:00", TOO_EARLY, IN_TIME),
    "an OUT, due on Monday": (closing("6/3/2026"), "2026-03-09 23:59", "2026-03-10 00:00", IN_TIME, TAKEN_LATE),
    "an OUT of New Year’s Eve": (
        closing("31/12/2026"), "2027-01-04 23:59", "2027-01-05 00:00", IN_TIME, TAKEN_LATE,
    ),
    "a Cancellation": (
        cancelling, "2026-03-02 23:59", "2026-03-03 00:00", (A, set(), [True, False]), (A, set(), [True, True]),
    ),
    "an end put earlier": (ending_earlier, "2026-03-09 23:59", "2026-03-10 00:00", IN_TIME, (W, {"90378-460"}, [])),
}  # fmt: skip


@pytest.mark.parametrize(("declared", "shown_at", "confirmed_at", "shown", "becomes"), TURNS.values(), ids=TURNS)
def test_a_judgment_that_changes_before_confirm_is_shown_first(
    client, clock: Clock, declared, shown_at: str, confirmed_at: str, shown, becomes
):
    answers = declared()
    clock(shown_at)
    walk = Walk(client).to("overview", answers)
    page = walk.get("overview")
    assert told(page) == shown
    confirmed = clock(confirmed_at)
    answer = client.post(walk.url("overview"), walk.hidden(page))
    assert answer.status_code == 200
    assert "has changed since this page was shown" in answer.context["change_notice"]
    assert told(answer) == becomes
    assert not Declaration.objects.filter(draft=walk.draft).exists()
    declaration = submitted_declaration(client.post(walk.url("overview"), walk.hidden(answer)))
    assert (declaration.status, codes(declaration), declaration.submitted_at) == (*becomes[:2], confirmed)


UNTURNED = {
    "a start to come": (in_("XXX", "OTH", start_date="9/3/2026"), "2026-03-02 23:59", "2026-03-03 00:00"),
    "late already": (in_("XXX", "OTH"), "2026-12-31 23:59", "2027-01-01 00:00"),
    "an OUT to come": (closing("6/3/2026"), "2026-03-08 23:59", "2026-03-09 00:00"),
    "an OUT late already": (closing("6/3/2026"), "2026-03-10 23:59", "2026-03-11 00:00"),
    "a Cancellation late already": (cancelling, "2026-03-03 23:59", "2026-03-04 00:00"),
    "an end put earlier in time": (ending_earlier, "2026-03-08 23:59", "2026-03-09 00:00"),
    "the first half past two": (
        one_night("25/10/2026", "02:30", "06:00"), "2026-10-25 00:30+00:00", "2026-10-25 01:30+00:00",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("declared", "shown_at", "confirmed_at"), UNTURNED.values(), ids=UNTURNED)
def test_midnight_alone_changes_nothing(client, clock: Clock, declared, shown_at: str, confirmed_at: str):
    answers = declared()
    clock(shown_at)
    walk = Walk(client).to("overview", answers)
    page = walk.get("overview")
    confirmed = clock(confirmed_at)
    declaration = submitted_declaration(client.post(walk.url("overview"), walk.hidden(page)))
    assert (declaration.status, codes(declaration), declaration.submitted_at) == (*told(page)[:2], confirmed)


# -- the hour that comes twice, the hour that never comes --------------------------------------------------------


@pytest.mark.parametrize(
    ("sent_at", "shown", "status"),
    [
        ("2026-10-25 00:45+00:00", "25/10/2026 02:45 (UTC+02:00)", A),
        ("2026-10-25 01:45+00:00", "25/10/2026 02:45 (UTC+01:00)", W),
        ("2026-10-25 02:00+00:00", "25/10/2026 03:00", W),
        ("2026-10-24 23:59+00:00", "25/10/2026 01:59", A),
    ],
)
def test_a_receipt_tells_which_of_two_hours_it_was_sent_in(
    client, clock: Clock, sent_at: str, shown: str, status: str
):
    clock(sent_at)
    declaration = submit_pages(client, one_night("25/10/2026", "02:30", "06:00")())
    page = client.get(f"/en/receipt/{declaration.receipt_token}/")
    assert (rows(page)["Date/time of sending"], declaration.status) == (shown, status)


def test_an_hour_that_no_clock_shows_is_filed_as_it_was_typed(client, clock: Clock):
    clock("2026-03-28 12:00")
    walk = Walk(client).to("overview", one_night("29/3/2026", "02:30", "02:45")())
    page = walk.get("overview")
    assert told(page) == IN_TIME
    declaration = submitted_declaration(client.post(walk.url("overview"), walk.hidden(page)))
    receipt = rows(client.get(f"/en/receipt/{declaration.receipt_token}/"))
    assert receipt["Starting date/time"] == "29/03/2026 02:30"
    assert receipt["Ending date/time"] == "29/03/2026 02:45"


def test_the_oldest_draft_is_the_one_begun_first_whatever_the_clocks_showed(client, clock: Clock, monkeypatch):
    monkeypatch.setattr(draft_storage, "MAX_DRAFTS", 2)
    clock("2026-10-25 00:50+00:00")
    oldest = Walk(client).begin()
    clock("2026-10-25 01:10+00:00")
    newer = Walk(client).begin()
    listed = client.get("/en/").context["unfinished_drafts"]
    assert [each["started_at"] for each in listed] == ["25/10/2026 02:10", "25/10/2026 02:50"]
    clock("2026-10-25 01:20+00:00")
    newest = Walk(client).begin()
    assert [walk.get("start").status_code for walk in (oldest, newer, newest)] == [410, 200, 200]


# -- the year of a quota, the year of a birth --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "expected"), [("31/12/2026", {"90017-369"}), ("1/1/2027", set())], ids=["the old year", "the new year"]
)
def test_the_hours_of_a_student_begin_anew_with_the_year(clock: Clock, start: str, expected: set[str]):
    now = clock(MONDAY)
    used = answers_for("XXX", "STU", start_date="1/10/2026", end_date="30/12/2026", planned_hours="650")
    assert submit(used, now).status == A
    more = answers_for("XXX", "STU", employer_number=CONSTRUCTION_USER, start_date=start, end_date=start)
    assert codes(submit(more, now)) == expected


@pytest.mark.parametrize(
    ("at", "born", "is_valid"),
    [
        ("2026-03-02 23:59", "3/3/2026", False),
        ("2026-03-03 00:00", "3/3/2026", True),
        ("2026-03-02", "29/2/2000", True),
        ("2026-03-02", "29/2/2004", True),
        ("2026-03-02", "29/2/1900", False),
        ("2026-03-02", "29/2/2001", False),
        # 120 years back, on a 29 February, whatever that year was.
        ("2028-02-29", "29/2/1908", True),
        ("2028-02-29", "31/12/1907", False),
        ("2020-02-29", "1/1/1900", True),
        ("2026-12-31 23:59", "1/1/1906", True),
        ("2027-01-01 00:00", "31/12/1906", False),
    ],
)
def test_a_birth_date(at: str, born: str, is_valid: bool):
    answers = {**answers_for("XXX", "OTH"), **BY_NAME, "birth_date": born}
    form = step_form("worker", answers, moment(at).date())
    assert (form.is_valid(), set(form.errors) <= {"birth_date"}) == (is_valid, True)
