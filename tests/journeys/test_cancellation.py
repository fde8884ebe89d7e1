"""Cancellation through the pages: domain reference 4.3 and 5, acceptance case 12."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils.translation import override

from declarations.enums import Status
from declarations.models import Declaration, Period
from declarations.wizard import overview
from referentials.numbers import dimona

from ..support.builders import (
    INACTIVE,
    MONDAY,
    RESTAURANT,
    ZOE,
    Walk,
    answers_for,
    codes,
    employer,
    period,
    submit_pages,
    submitted_declaration,
    url_token,
)
from ..support.pages import collapse_spaces, error_codes, page_text, preview, rows
from ..support.periods import (
    CANCELLATION,
    MODIFICATION,
    ON_A_PERIOD,
    OUT,
    cancel,
    close,
    dates_and_hours,
    declare,
    first_page,
    open_period,
    period_answers,
)

pytestmark = pytest.mark.django_db

A, W, B = Status.ACCEPTED, Status.ACCEPTED_WITH_WARNING, Status.REFUSED


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


def test_the_overview_says_what_disappears(client):
    known = open_period("XXX", "STU")
    page = Walk(client).to("overview", period_answers(known, CANCELLATION)).get("overview")
    assert preview(page) == (A, set())
    shown = rows(page)
    assert shown["Type of declaration"] == "Cancellation"
    assert shown["Period number"] == dimona.format(known.number)
    assert shown["Type of worker"] == "Student - STU"
    assert shown["Starting date/time"] == "02/03/2026 10:00"
    assert shown["Ending date/time"] == "31/03/2026 18:00"
    assert shown["Number of planned hours"] == "20"
    assert "The whole period will be removed, as if it had never been declared. This cannot be undone." in page_text(
        page
    )


def test_an_open_end_is_said_in_words(client):
    page = Walk(client).to("overview", period_answers(open_period(), CANCELLATION)).get("overview")
    assert rows(page)["Ending date"] == "no ending date"


@pytest.mark.parametrize(
    ("start", "filed_at", "is_in_time"),
    [
        ("9/3/2026", "2026-03-02 09:00", True),
        ("9/3/2026", "2026-03-09 23:59", True),
        ("9/3/2026", "2026-03-10 00:00", False),
        ("1/3/2026", "2026-03-02 09:00", False),
    ],
)
def test_whether_it_is_in_time_is_told_on_overview_and_receipt_and_is_no_anomaly(
    client, at, start, filed_at, is_in_time
):
    """On the receipt as of the moment of filing, whenever it is read."""
    known = open_period(start_date=start)
    at(filed_at)
    walk = Walk(client).to("overview", period_answers(known, CANCELLATION))
    page = walk.get("overview")
    day = f"0{start}".replace("/3/", "/03/")
    in_time = f"This Cancellation is on time: the deadline is {day}, the day the period starts."
    late = f"This Cancellation is late: the deadline was {day}, the day the period started."
    assert (in_time in page_text(page), late in page_text(page)) == (is_in_time, not is_in_time)
    declaration = submitted_declaration(walk.confirm())
    assert (declaration.status, codes(declaration)) == (A, set())
    for read_at in (filed_at, "2027-03-02 09:00"):
        at(read_at)
        receipt = page_text(client.get(f"/en/receipt/{declaration.receipt_token}/"))
        assert (in_time in receipt, late in receipt) == (is_in_time, not is_in_time)


def test_the_receipt_says_it_in_each_language(client):
    declaration = cancel(client, open_period())
    for language, told in (("nl", "02/03/2026"), ("fr", "02/03/2026"), ("de", "02.03.2026"), ("en", "02/03/2026")):
        with override(language):
            sentence = str(overview.CANCELLATION_IN_TIME) % {"day": told}
        assert collapse_spaces(sentence) in page_text(client.get(f"/{language}/receipt/{declaration.receipt_token}/"))


def test_a_refused_cancellation_is_neither_in_time_nor_late(client):
    known = open_period()
    walk = Walk(client).to("overview", period_answers(known, CANCELLATION))
    cancel(client, known)
    assert client.get(f"/en/receipt/{submitted_declaration(walk.confirm()).receipt_token}/").context["notes"] == []


def test_the_period_is_cancelled_and_its_receipt_shows_it_as_it_stood(client, at):
    """Domain reference 10, slip 19: not as the IN declared it."""
    known = open_period()
    close(client, known, "13/3/2026")
    declare(client, known, MODIFICATION, end_date="12/3/2026")
    moment = at("2026-03-02 10:30")
    declaration = cancel(client, known)
    assert (
        dates_and_hours(known)
        == dates_and_hours(declaration)
        == (date(2026, 3, 2), None, date(2026, 3, 12), None, None)
    )
    assert known.cancelled_at == declaration.submitted_at == moment
    assert (declaration.state_before or {})["end_date"] == "2026-03-12"
    page = client.get(f"/en/receipt/{declaration.receipt_token}/")
    shown = rows(page)
    assert shown["Type of declaration"] == "Cancellation"
    assert (shown["Starting date/time"], shown["Ending date/time"]) == ("02/03/2026", "12/03/2026")
    assert shown["Period number"] == dimona.format(known.number)
    assert "The declaration is valid and the period is cancelled." in page_text(page)
    assert "Keep this number" not in page_text(page)


def test_12_cancel_twice(client, at):
    """The date of the cancellation is told, and stays."""
    known = open_period()
    assert cancel(client, known).status == A
    cancelled_at = Period.objects.get().cancelled_at
    at("2026-03-05 09:00")
    answer = first_page(client, period_answers(known, CANCELLATION))
    assert error_codes(answer) == {"period_number": ["00913-355"]}
    assert "This period has already been cancelled (02/03/2026)." in page_text(answer)
    assert Period.objects.get().cancelled_at == cancelled_at


def test_12_cancel_twice_from_an_overview_of_before(client):
    known = open_period()
    walk = Walk(client).to("overview", period_answers(known, CANCELLATION))
    cancel(client, known)
    declaration = submitted_declaration(walk.confirm())
    assert (declaration.status, codes(declaration), declaration.period) == (B, {"00913-355"}, known)
    assert Declaration.objects.filter(kind=CANCELLATION, status=A).count() == 1


def test_12_cancel_with_another_employers_number(client):
    """The same answer as an unknown number; see test_lookups for the pages being alike."""
    known = open_period()
    answer = first_page(client, period_answers(known, CANCELLATION, employer_number=RESTAURANT))
    assert error_codes(answer) == {"period_number": ["00913-354"]}
    assert Period.objects.get().cancelled_at is None


def test_nothing_is_declared_on_a_cancelled_period(client):
    known = open_period()
    changes = {OUT: {"end_date": "6/3/2026"}, MODIFICATION: {"start_date": "1/3/2026"}, CANCELLATION: {}}
    walks = [Walk(client).to("overview", period_answers(known, kind, **typed)) for kind, typed in changes.items()]
    cancel(client, known)
    for kind in ON_A_PERIOD:
        assert error_codes(first_page(client, period_answers(known, kind))) == {"period_number": ["00913-355"]}
    for walk in walks:
        declaration = submitted_declaration(walk.confirm())
        assert declaration.status == B
        assert "00913-355" in codes(declaration)
    assert dates_and_hours(known) == (date(2026, 3, 2), None, None, None, None)


# -- what a cancelled period no longer counts for --------------------------------------------------------------


def test_the_same_period_may_be_declared_again(client):
    """Neither a duplicate nor an overlap."""
    known = open_period()
    assert codes(submit_pages(client, answers_for("XXX", "OTH"))) == {"90373-333"}
    assert codes(submit_pages(client, answers_for("XXX", "OTH", end_date="6/3/2026"))) == {"90373-334"}
    cancel(client, known)
    again = open_period(end_date="6/3/2026")
    assert again.number != known.number
    assert Period.objects.not_cancelled().get() == again


@pytest.mark.parametrize(("worker_type", "hours", "refused"), [("STU", "640", W), ("O17", "90", B), ("S17", "140", B)])
def test_its_hours_are_free_again(client, worker_type, hours, refused):
    known = open_period("XXX", worker_type, planned_hours=hours)
    answers = answers_for("XXX", worker_type, employer_number=RESTAURANT)
    walk = Walk(client).to("overview", answers)
    assert preview(walk.get("overview")) == (refused, {"90017-369"})
    cancel(client, known)
    assert preview(walk.get("overview")) == (A, set())
    assert submitted_declaration(walk.confirm()).status == A


def test_its_days_are_free_again(client):
    """The days in a row of the horeca, and the days of the year."""
    day = {"employer_number": RESTAURANT}
    known = [open_period("302", "EXT", **day, start_date=f"{n}/3/2026", end_date=f"{n}/3/2026") for n in (3, 4)]
    third = answers_for("302", "EXT", **day, start_date="5/3/2026", end_date="5/3/2026")
    assert codes(submit_pages(client, third)) == {"00910-459"}
    cancel(client, known[1])
    assert codes(submit_pages(client, third)) == set()


def test_a_cancelled_student_job_makes_nobody_a_student(client):
    """Article 17 beside student work has a smaller quota."""
    known = open_period("XXX", "STU")
    period("XXX", "O17", "2025-12-01", "2025-12-01", planned_hours=1)
    period("XXX", "S17", "2026-01-05", "2026-01-31", planned_hours=100, employer=employer(RESTAURANT))
    period("XXX", "S17", "2026-04-01", "2026-04-30", planned_hours=80, employer=employer(RESTAURANT))
    walk = Walk(client).to("overview", answers_for("XXX", "S17"))
    assert preview(walk.get("overview")) == (B, {"90017-369"})
    cancel(client, known)
    assert preview(walk.get("overview")) == (A, set())


def test_a_cancelled_contract_bars_no_flexi_job(client):
    known = open_period(start_date="2/3/2026")
    walk = Walk(client).to("overview", answers_for("XXX", "FLX"))
    assert preview(walk.get("overview")) == (W, {"90017-510"})
    cancel(client, known)
    assert preview(walk.get("overview")) == (A, set())


# -- the rest --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("worker_type", ["STU", "FLX", "O17", "STG", "DWD"])
def test_a_period_of_any_type_is_cancelled(client, worker_type):
    known = open_period("XXX", worker_type, ssin=ZOE)
    assert cancel(client, known).status == A
    assert not Period.objects.not_cancelled().exists()


def test_an_employer_that_is_active_no_more_still_cancels(client):
    known = period("XXX", "OTH", "2024-01-02", employer=employer(INACTIVE))
    assert cancel(client, known).status == A


def test_the_panel_has_three_rows(client):
    walk = Walk(client).to("overview", period_answers(open_period(), CANCELLATION))
    page = walk.get("overview")
    assert [(row["number"], str(row["title"]), row["state"]) for row in page.context["panel"]] == [
        (1, "Employer", "done"), (2, "Employees", "done"), (3, "Overview", "current"),
    ]  # fmt: skip
    assert "<title>Overview of the declaration – step 3 of 3 – Dimona</title>" in page.text
    assert walk.post("overview", go="previous").url.split("?")[0] == walk.url("start")


def test_there_is_no_period_step(client):
    walk = Walk(client).to("overview", period_answers(open_period(), CANCELLATION))
    assert walk.get("period").status_code == 400


def test_looking_at_the_overview_cancels_nothing(client):
    known = open_period()
    walk = Walk(client).to("overview", period_answers(known, CANCELLATION))
    page = walk.get("overview")
    client.get(walk.url("overview"), walk.hidden(page))
    known.refresh_from_db()
    assert known.cancelled_at is None
    assert url_token(walk.confirm().url)
