"""Cancelling a period and declaring it anew: one button begins both (domain reference 4.2 and 13)."""

from __future__ import annotations

from datetime import date

import pytest

from declarations.enums import DeclarationKind, Status
from declarations.models import Declaration

from ..support.builders import (
    AGENCY,
    BY_NAME,
    CARDS,
    CONSTRUCTION,
    MONDAY,
    RESTAURANT,
    SMALL_STATUTE,
    USER,
    WORKPLACE,
    ZOE,
    submitted_declaration,
    worker,
)
from ..support.pages import form_data, page_text, preview, rows
from ..support.periods import FLAT_RATE, PER_PERIOD, close, dates_and_hours
from ..support.redeclaration import (
    MASKED,
    assert_ssin_hidden,
    follow_to_new_in,
    open_period_of_zoe,
    receipt_page,
    redeclare_from_overview,
    redeclare_from_step,
)

pytestmark = pytest.mark.django_db

A = Status.ACCEPTED
STEPS = ("start", "employer", "worker", "characteristics", "period", "overview")


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


def test_a_start_put_off_is_cancelled_and_declared_anew_with_the_new_date(client):
    period = open_period_of_zoe(client)
    cancellation = redeclare_from_overview(client, period, start_date="9/3/2026")
    page = assert_ssin_hidden(cancellation.get("overview"))
    assert (
        "Confirm this Cancellation first. From its receipt you can then continue with the new Dimona IN."
        in page_text(page)
    )
    assert rows(page)["Starting date"] == "02/03/2026"
    walk = follow_to_new_in(client, cancellation)
    assert walk.kind == DeclarationKind.IN
    page = walk.get("overview")
    assert preview(page) == (A, set())
    assert (rows(page)["Starting date"], rows(page)["SSIN"]) == ("09/03/2026", MASKED)
    declaration = submitted_declaration(walk.confirm())
    assert (declaration.status, declaration.worker, declaration.start_date) == (A, period.worker, date(2026, 3, 9))
    assert declaration.period != period
    assert rows(receipt_page(client, declaration))["SSIN"] == MASKED
    assert declaration.answers["values"]["replaced_period_number"] == period.number
    period.refresh_from_db()
    assert period.cancelled_at


def test_the_ssin_stands_on_no_page_of_it(client):
    period = open_period_of_zoe(client)
    cancellation = redeclare_from_overview(client, period, start_date="9/3/2026")
    for step in ("start", "overview"):
        assert_ssin_hidden(cancellation.get(step))
    walk = follow_to_new_in(client, cancellation)
    for language in ("nl", "fr", "de", "en"):
        walk.language = language
        for step in STEPS:
            page = assert_ssin_hidden(walk.get(step))
            assert (MASKED in page_text(page)) == (step != "start" or "panel" in page.context)
    assert_ssin_hidden(walk.fill_in("worker", {}, go="refresh", **{"worker-knows_ssin": ""}))
    assert_ssin_hidden(client.get("/en/"))


# -- everything is kept ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("committee", "worker_type", "changes"),
    [
        ("XXX", "OTH", {}),
        ("124", "BCW", {"employer_number": CONSTRUCTION, **CARDS}),
        ("322", "BCW", {"employer_number": AGENCY, **USER, **CARDS, "user_joint_committee": "124"}),
        ("322", "EXT", {"employer_number": AGENCY}),
        ("XXX", "IVT", SMALL_STATUTE),
        ("302", "EXT", {"employer_number": RESTAURANT, **FLAT_RATE}),
        ("144", "EXT", {}),
        ("XXX", "O17", {}),
        ("XXX", "FLX", PER_PERIOD),
        ("XXX", "FLX", {}),
    ],
)
def test_a_period_of_any_kind_is_declared_anew_as_it_was(client, committee, worker_type, changes):
    """With nothing typed but the new start, which the button on the period step takes along."""
    period = open_period_of_zoe(client, committee, worker_type, **changes)
    before, original = dates_and_hours(period), Declaration.objects.get().answers["values"]
    is_within_a_day = period.start_date == period.end_date
    typed = {"start_date": "3/3/2026", **({"end_date": "3/3/2026"} if period.end_time else {})}
    walk = follow_to_new_in(client, redeclare_from_step(client, period, **typed))
    page = walk.get("overview")
    assert preview(page) == (A, set()), page_text(page)
    declaration = submitted_declaration(walk.confirm())
    again = declaration.period
    assert dates_and_hours(again) == (
        date(2026, 3, 3), before[1], date(2026, 3, 3) if is_within_a_day else before[2], *before[3:],
    )  # fmt: skip
    for name in ("worker", "employer", "joint_committee", "worker_type", "duration_unit"):
        assert getattr(again, name) == getattr(period, name), name
    changed = {"start_date", "end_date", "replaced_period_number", "knows_ssin", "identifier_kind"}
    values = declaration.answers["values"]
    assert {name: values[name] for name in values.keys() - changed} == {
        name: original[name] for name in original.keys() - changed
    }


def test_a_student_is_asked_for_the_dates_again(client):
    """The start of a student's period is not on the page of a Modification; the rest is kept."""
    period = open_period_of_zoe(client, "XXX", "STU", works_elsewhere="on", **WORKPLACE)
    walk = follow_to_new_in(client, redeclare_from_step(client, period, planned_hours="30"))
    page = walk.get("period")
    assert walk.client.get(walk.url("overview")).url == walk.url("period")
    shown = form_data(page)
    assert (shown["period-start_date"], shown["period-end_date"]) == ("02/03/2026", "31/03/2026")
    assert shown["period-planned_hours"] == "30"
    answer = walk.fill_in("period", {"start_date": "9/3/2026"})
    assert answer.url == walk.url("overview")
    declaration = submitted_declaration(walk.confirm())
    assert (declaration.status, declaration.start_date.isoformat(), declaration.planned_hours) == (A, "2026-03-09", 30)
    assert declaration.answers["values"]["workplace_name"] == "Elders"


@pytest.mark.parametrize("typed", [{"start_date": "31/2/2026"}, {"start_date": ""}, {"end_date": "1/1/2020"}])
def test_dates_that_cannot_be_read_are_asked_again(client, typed):
    period = open_period_of_zoe(client, end_date="20/3/2026")
    walk = follow_to_new_in(client, redeclare_from_step(client, period, **typed))
    shown = form_data(walk.get("period"))
    assert (shown["period-start_date"], shown["period-end_date"]) == ("02/03/2026", "20/03/2026")
    assert client.get(walk.url("overview")).url == walk.url("period")


def test_it_is_the_period_as_it_stands_that_is_declared_anew(client):
    period = open_period_of_zoe(client)
    close(client, period, "6/3/2026")
    walk = follow_to_new_in(client, redeclare_from_step(client, period, start_date="3/3/2026"))
    assert dates_and_hours(submitted_declaration(walk.confirm()))[:3:2] == (date(2026, 3, 3), date(2026, 3, 6))


def test_a_worker_declared_by_name_is_carried_as_one_of_the_register(client):
    """Nothing of the name and the address is carried."""
    known = worker(ZOE, family_name="Nieuwkomer", given_name="Isaura", birth_date="1991-11-17", sex="2")
    period = open_period_of_zoe(client, **BY_NAME)
    walk = follow_to_new_in(client, redeclare_from_overview(client, period, start_date="9/3/2026"))
    page = assert_ssin_hidden(walk.get("worker"))
    for typed in ("Nieuwkomer", "Isaura", "Zandstraatje"):
        assert typed not in page_text(page)
    declaration = submitted_declaration(walk.confirm())
    assert (declaration.status, declaration.worker) == (A, known)
