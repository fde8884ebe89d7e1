"""Dimona OUT through the pages: domain reference 4.1 and 5, acceptance case 11."""

from __future__ import annotations

from datetime import date

import pytest

from declarations.enums import Status
from declarations.models import Declaration
from referentials.numbers import dimona

from ..support.builders import (
    AGENCY,
    BROADCASTER,
    CARDS,
    CONSTRUCTION,
    INACTIVE,
    MONDAY,
    Walk,
    codes,
    employer,
    period,
    submitted_declaration,
)
from ..support.pages import error_codes, form_data, page_text, preview, rows
from ..support.periods import (
    MODIFICATION,
    OUT,
    close,
    dates_and_hours,
    declare,
    first_page,
    open_period,
    period_answers,
)

pytestmark = pytest.mark.django_db

A, B = Status.ACCEPTED, Status.REFUSED


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


def test_a_period_is_closed(client):
    known = open_period()
    walk = Walk(client).to("overview", period_answers(known, OUT, end_date="6/3/2026"))
    page = walk.get("overview")
    assert preview(page) == (A, set())
    shown = rows(page)
    assert shown["Type of declaration"] == "Dimona OUT"
    assert shown["Period number"] == dimona.format(known.number)
    assert (shown["Starting date"], shown["Ending date"]) == ("02/03/2026", "06/03/2026")
    declaration = submitted_declaration(walk.confirm())
    assert (declaration.kind, declaration.status, codes(declaration)) == ("out", A, set())
    assert (
        dates_and_hours(known)
        == dates_and_hours(declaration)
        == (date(2026, 3, 2), None, date(2026, 3, 6), None, None)
    )
    assert (declaration.period, declaration.worker) == (known, known.worker)
    assert (declaration.state_before or {})["end_date"] is None
    assert dimona.is_valid(declaration.number)
    assert declaration.number > known.number


@pytest.mark.parametrize(
    ("committee", "worker_type", "changes"),
    [
        ("XXX", "ALT", {}),
        ("XXX", "DWD", {}),
        ("XXX", "OTH", {}),
        ("XXX", "PMP", {"employer_number": BROADCASTER}),
        ("124", "BCW", {"employer_number": CONSTRUCTION}),
        ("124", "RTA", {"employer_number": CONSTRUCTION, **CARDS}),
        ("140", "OTH", {}),
        ("149", "OTH", {}),
    ],
)
def test_an_open_period_of_every_type_that_can_be_open(client, committee, worker_type, changes):
    known = open_period(committee, worker_type, **changes)
    assert close(client, known).status == A
    assert dates_and_hours(known)[2] == date(2026, 3, 6)


@pytest.mark.parametrize(
    ("committee", "worker_type"), [("XXX", "STU"), ("XXX", "FLX"), ("144", "EXT"), ("XXX", "O17"), ("322", "OTH")]
)
def test_a_period_whose_end_was_declared_is_closed_already(client, committee, worker_type):
    number = {"employer_number": AGENCY} if committee == "322" else {}
    known = open_period(committee, worker_type, **number)
    assert error_codes(first_page(client, period_answers(known, OUT))) == {"period_number": ["00913-356"]}


def test_11_out_twice(client):
    """Told on the first page; a draft begun before is refused with the code."""
    known = open_period()
    walk = Walk(client).to("overview", period_answers(known, OUT, end_date="7/3/2026"))
    assert close(client, known, "6/3/2026").status == A
    assert error_codes(first_page(client, period_answers(known, OUT))) == {"period_number": ["00913-356"]}
    declaration = submitted_declaration(walk.confirm())
    assert (declaration.status, codes(declaration)) == (B, {"00913-356"})
    assert dates_and_hours(known)[2] == date(2026, 3, 6)


def test_out_again_after_the_end_was_removed(client):
    known = open_period()
    close(client, known, "6/3/2026")
    declare(client, known, MODIFICATION, remove_end_date="on")
    assert close(client, known, "7/3/2026").status == A
    assert dates_and_hours(known)[2] == date(2026, 3, 7)


def test_ahead_of_a_period_that_has_not_begun(client):
    """Manual: filed on 30/8/2022 for 1/1/2025 to 2/1/2025."""
    known = open_period(start_date="1/1/2029")
    assert close(client, known, "2/1/2029").status == A
    assert dates_and_hours(known)[:3:2] == (date(2029, 1, 1), date(2029, 1, 2))


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1/3/2026", "00911-014"),
        ("", "00911-001"),
        ("31/2/2026", "00911-003"),
        ("6/3/26", "00911-003"),
        ("tomorrow", "00911-003"),
    ],
)
def test_an_end_that_cannot_be_is_told_on_its_step(client, typed, code):
    known = open_period()
    walk = Walk(client).to("period", period_answers(known, OUT))
    answer = walk.post("period", {"end_date": typed})
    assert error_codes(answer) == {"end_date": [code]}
    assert form_data(answer)["period-end_date"] == typed
    assert f"({code})" in page_text(answer)
    assert ("Fill in the day on which the period ends." in page_text(answer)) == (not typed)
    assert Declaration.objects.filter(kind=OUT).count() == 0


def test_the_end_may_be_the_first_day(client):
    known = open_period()
    assert close(client, known, "2/3/2026").status == A


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("2026-03-02", "31/12/2035", (A, set())),
        ("2026-03-02", "1/1/2036", (B, {"00911-008"})),
        ("1998-03-02", "31/12/1998", (B, {"00911-008"})),
        ("1998-03-02", "1/1/1999", (A, set())),
    ],
)
def test_an_end_out_of_its_domain_is_refused(client, start, end, found):
    known = period("XXX", "OTH", start)
    declaration = close(client, known, end)
    assert (declaration.status, codes(declaration)) == found
    assert (dates_and_hours(known)[2] is None) == (found[0] == B)


def test_only_the_end_may_be_given(client):
    """What is posted by hand for another field is forbidden, told in its code."""
    walk = Walk(client).to("period", period_answers(open_period(), OUT))
    answer = walk.post(
        "period", {"end_date": "6/3/2026", "start_date": "1/3/2026", "end_time": "17:00", "planned_hours": "8"}
    )
    assert error_codes(answer) == {"__all__": ["00910-005", "00778-005", "01135-005"]}


@pytest.mark.parametrize(
    ("filed_on", "end", "due"),
    [
        ("2026-03-09", "6/3/2026", ""),
        ("2026-03-10", "6/3/2026", "09/03/2026"),
        ("2026-03-10", "7/3/2026", "09/03/2026"),
        ("2026-03-03", "2/3/2026", ""),
        ("2026-03-04", "2/3/2026", "03/03/2026"),
        ("2026-04-07", "3/4/2026", ""),
        ("2026-04-08", "3/4/2026", "07/04/2026"),
        ("2026-05-04", "30/4/2026", ""),
        ("2026-05-05", "30/4/2026", "04/05/2026"),
        ("2026-05-15", "13/5/2026", ""),
        ("2026-07-22", "20/7/2026", ""),
        ("2026-07-23", "20/7/2026", "22/07/2026"),
        ("2026-12-28", "24/12/2026", ""),
        ("2026-12-29", "24/12/2026", "28/12/2026"),
    ],
)
def test_a_late_out_is_told_on_the_overview_and_is_no_anomaly(client, at, filed_on, end, due):
    """Domain reference 5: due on the first working day after the end, Belgian legal holidays left out."""
    known = open_period()
    at(f"{filed_on} 23:59")
    walk = Walk(client).to("overview", period_answers(known, OUT, end_date=end))
    page = walk.get("overview")
    late = f"This Dimona OUT is late: the deadline was {due}, the first working day after the end of the period."
    assert preview(page) == (A, set())
    assert (late in page_text(page)) == bool(due)
    assert ("is late" in page_text(page)) == bool(due)
    declaration = submitted_declaration(walk.confirm())
    assert (declaration.status, codes(declaration)) == (A, set())
    assert "is late" not in page_text(client.get(f"/en/receipt/{declaration.receipt_token}/"))


def test_the_day_ends_at_midnight_in_brussels(client, at):
    known = open_period()
    at("2026-03-03 23:59")
    walk = Walk(client).to("overview", period_answers(known, OUT, end_date="2/3/2026"))
    assert "is late" not in page_text(walk.get("overview"))
    at("2026-03-04 00:00")
    assert "is late" in page_text(walk.get("overview"))


def test_the_page_shows_the_period_that_is_closed(client):
    known = open_period()
    page = Walk(client).to("period", period_answers(known, OUT)).get("period")
    text = page_text(page)
    for part in (dimona.format(known.number).replace("\xa0", " "), "Other - XXX", "Other - OTH", "02/03/2026"):
        assert part in text
    assert "<title>Closing a period – step 3 of 4 – Dimona</title>" in page.text
    assert [name for name in form_data(page) if name.startswith("period-")] == ["period-end_date"]


def test_the_panel_has_four_rows(client):
    walk = Walk(client).to("overview", period_answers(open_period(), OUT, end_date="6/3/2026"))
    panel = walk.get("overview").context["panel"]
    assert [(row["number"], str(row["title"]), row["state"]) for row in panel] == [
        (1, "Employer", "done"), (2, "Employees", "done"), (3, "Period", "done"), (4, "Overview", "current"),
    ]  # fmt: skip
    assert [row["values"] for row in panel] == [
        ["0852.093.431 / 1277920-67"], ["••.••.••-•••.28"], ["02/03/2026 – 06/03/2026"], [],
    ]  # fmt: skip
    assert [row["state"] for row in walk.get("period").context["panel"]] == ["done", "done", "current", "todo"]


def test_an_employer_that_is_active_no_more_still_closes_its_periods(client):
    known = period("XXX", "OTH", "2020-03-02", employer=employer(INACTIVE))
    assert close(client, known, "29/12/2023").status == A
