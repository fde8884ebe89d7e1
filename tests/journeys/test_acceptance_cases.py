"""The acceptance cases of the domain reference (section 15) that concern an IN, each by its number; 13 and 14 stand in
test_numbers_typed."""

from __future__ import annotations

import pytest

from declarations.enums import Status
from declarations.models import Declaration, Period
from referentials.numbers import dimona

from ..support.builders import (
    AGENCY,
    BY_NAME,
    CARDS,
    CONSTRUCTION,
    MONDAY,
    ORDINARY,
    PROVISIONAL,
    RESTAURANT,
    SMALL_STATUTE,
    ZOE,
    Walk,
    answers_for,
    codes,
    employer,
    period,
    submit,
    submit_pages,
    submitted_declaration,
    without,
)
from ..support.pages import error_codes, page_text_without

pytestmark = pytest.mark.django_db

A, W, B = Status.ACCEPTED, Status.ACCEPTED_WITH_WARNING, Status.REFUSED


def test_1_an_open_period_is_accepted_and_numbered(client, at):
    at(MONDAY)
    declaration = submit_pages(client, answers_for("XXX", "OTH"))
    assert (declaration.status, declaration.end_date) == (A, None)
    assert declaration.number == declaration.period.number
    assert int(declaration.number[:10]) % 97 == int(declaration.number[10:]) % 97
    assert dimona.is_valid(declaration.number)
    assert submit_pages(client, answers_for("XXX", "OTH", ssin=ZOE)).number > declaration.number


@pytest.mark.parametrize(
    ("case", "answers", "found"),
    [
        ("2 start yesterday", answers_for("XXX", "OTH", start_date="1/3/2026"), (W, {"90373-460"})),
        ("2 a student who starts today", answers_for("XXX", "STU", start_time="06:00"), (A, set())),
        ("20 an occasional worker who has started", answers_for("144", "EXT", start_time="08:59"), (W, {"90373-460"})),
        ("20 an occasional worker who starts now", answers_for("144", "EXT", start_time="09:00"), (A, set())),
        ("3 ordinary work under 302", answers_for("302", "OTH"), (B, {"90374-349"})),
        (
            "4 a student over two quarters",
            answers_for("XXX", "STU", start_date="30/6/2026", end_date="1/7/2026"),
            (B, {"90373-421"}),
        ),
        ("6 16 days ahead", answers_for("XXX", "O17", start_date="18/3/2026"), (B, {"00910-008"})),
        ("6 15 days ahead", answers_for("XXX", "O17", start_date="17/3/2026"), (A, set())),
        (
            "6 O17 before 2022",
            answers_for("XXX", "O17", start_date="31/12/2021", end_date="31/12/2021"),
            (B, {"00910-008", "90373-460"}),
        ),
        (
            "6 A17 after 2021",
            answers_for("XXX", "A17", start_date="1/1/2022", end_date="1/1/2022"),
            (B, {"00910-008", "90373-460"}),
        ),
        (
            "7 a night",
            answers_for("XXX", "FLX", start_time="22:00", end_date="3/3/2026", end_time="03:00"),
            (A, set()),
        ),
        (
            "7 25 hours",
            answers_for("XXX", "FLX", start_time="10:00", end_date="3/3/2026", end_time="11:00"),
            (B, {"90373-341"}),
        ),
        (
            "7 a flexi-job 32 days before its quarter",
            answers_for("XXX", "FLX", start_date="1/7/2026", end_date="1/7/2026"),
            (B, {"00910-008"}),
        ),
        (
            "10 before the statute existed",
            answers_for("XXX", "STG", start_date="31/12/2019", end_date="31/12/2019"),
            (B, {"00910-008", "90373-460"}),
        ),
        (
            "10 a provisional number",
            answers_for("XXX", "STG", identifier_kind="nsso", employer_number=PROVISIONAL),
            (B, {"90256-364"}),
        ),
        ("10 the definitive number", answers_for("XXX", "STG"), (A, set())),
    ],
)  # fmt: skip
def test_what_the_office_answers(at, case, answers, found):
    declaration = submit(answers, at(MONDAY))
    assert (declaration.status, codes(declaration)) == found, case
    assert Period.objects.count() == Status(declaration.status).is_accepted


def test_7_a_flexi_job_may_be_filed_31_days_before_its_quarter(at):
    answers = answers_for("XXX", "FLX", start_date="15/7/2026", end_date="15/7/2026")
    assert codes(submit(answers, at("2026-05-30 23:59"))) == {"00910-008"}
    assert codes(submit(answers, at("2026-05-31 00:00"))) == set()


def test_3_ordinary_work_under_302_is_refused_through_the_pages(client, at):
    at(MONDAY)
    declaration = submit_pages(client, answers_for("302", "OTH"))
    assert (declaration.status, codes(declaration)) == (B, {"90374-349"})


@pytest.mark.parametrize(
    ("case", "step", "answers", "found"),
    [
        ("3 no SSIN", "characteristics", {**answers_for("302", "EXT"), **BY_NAME}, {"worker_type": ["00024-001"]}),
        ("4 no hours", "period", answers_for("XXX", "STU", planned_hours="0"), {"planned_hours": ["01135-003"]}),
        ("4 no start time", "period", without(answers_for("XXX", "STU"), "start_time"), {"start_time": ["00777-001"]}),
        (
            "8 flat rate, end hour",
            "period",
            answers_for("302", "EXT", duration_unit="flat"),
            {"__all__": ["00778-005"]},
        ),
        (
            "9 no cards",
            "characteristics",
            without(answers_for("124", "BCW"), *CARDS),
            {"first_month_card": ["00663-001"], "next_month_card": ["00664-001"]},
        ),
        (
            "9 equal cards",
            "characteristics",
            answers_for("124", "BCW", next_month_card="03636"),
            {"next_month_card": ["00664-353"]},
        ),
        (
            "9 no user",
            "characteristics",
            answers_for("322", "OTH", user_enterprise_number=""),
            {"user_enterprise_number": ["90107-351"]},
        ),
        (
            "9 a user named twice",
            "characteristics",
            answers_for("322", "OTH", user_name="Firma", user_street="Weg", user_house_number="1",
                        user_postal_code="1", user_town="Aachen", user_country="00103"),
            {"user_name": ["90107-352"]},
        ),
        (
            "10 a risk of the other nature",
            "characteristics",
            answers_for("XXX", "STG", nature="WORKER"),
            {"risk_code": ["00041-521"]},
        ),
    ],
)  # fmt: skip
def test_what_costs_no_number_is_told_on_its_step(client, at, case, step, answers, found):
    at(MONDAY)
    answer = Walk(client).to(step, answers).post(step, answers)
    assert answer.status_code == 200, case
    assert error_codes(answer) == found, case
    for name in found:
        assert all(f"({code})" in answer.text for code in found[name])
    assert not Declaration.objects.exists()


@pytest.mark.parametrize(
    ("year", "worked", "planned", "found"),
    [
        ("2026", 640, "10", (A, "")),
        ("2026", 640, "11", (W, "1 hour")),
        ("2025", 640, "20", (W, "10 hours")),
        ("2024", 590, "20", (W, "10 hours")),
        ("2024", 580, "20", (A, "")),
        ("2022", 455, "21", (W, "1 hour")),
        ("2022", 455, "20", (A, "")),
    ],
)
def test_5_a_student_beyond_the_hours_of_the_year_is_warned(at, year, worked, planned, found):
    period("XXX", "STU", f"{year}-01-05", f"{year}-01-31", employer=employer(RESTAURANT), planned_hours=worked)
    answers = answers_for("XXX", "STU", start_date=f"2/3/{year}", end_date=f"6/3/{year}", planned_hours=planned)
    declaration = submit(answers, at(f"{year}-03-02 09:00"))
    status, detail = found
    assert declaration.status == status
    assert [(row.code, row.detail) for row in declaration.anomalies.all()] == [("90017-369", detail)] * bool(detail)


def test_5_the_hours_in_excess_are_for_the_office_alone(client, at):
    at(MONDAY)
    period("XXX", "STU", "2026-01-05", "2026-01-31", employer=employer(RESTAURANT), planned_hours=640)
    walk = Walk(client).to("overview", answers_for("XXX", "STU"))
    overview = walk.get("overview")
    declaration = submitted_declaration(walk.confirm())
    receipt = client.get(f"/en/receipt/{declaration.receipt_token}/")
    assert declaration.anomalies.get().detail == "10 hours"
    for page in (overview, receipt):
        text = page_text_without(page, declaration.number)
        assert "90017-369" in text
        assert "10 hours" not in text
        assert "640" not in text


def test_6_article_17_beyond_its_hours_is_refused(at):
    moment = at(MONDAY)
    assert submit(answers_for("XXX", "O17", planned_hours="100"), moment).status == A
    declaration = submit(answers_for("XXX", "O17", planned_hours="1", employer_number=RESTAURANT), moment)
    assert (declaration.status, codes(declaration)) == (B, {"90017-369"})
    assert declaration.anomalies.get().severity == "B"


def test_8_the_third_day_in_a_row_is_refused(at):
    found = []
    for day in (2, 3, 4, 6):
        answers = answers_for("302", "EXT", start_date=f"{day}/3/2026", end_date=f"{day}/3/2026",
                              employer_number=RESTAURANT)  # fmt: skip
        found.append(codes(submit(answers, at(MONDAY))))
    assert found == [set(), set(), {"00910-459"}, set()]


def test_8_the_third_day_may_be_at_another_employer(at):
    for day, number in ((2, RESTAURANT), (3, RESTAURANT), (4, ORDINARY)):
        answers = answers_for("302", "EXT", start_date=f"{day}/3/2026", end_date=f"{day}/3/2026",
                              employer_number=number)  # fmt: skip
        assert submit(answers, at(MONDAY)).status == A


def test_8_a_day_at_the_flat_rate_has_no_end_hour(at):
    answers = without(answers_for("302", "EXT", duration_unit="flat"), "end_time")
    declaration = submit(answers, at(MONDAY))
    assert (declaration.status, declaration.end_time, declaration.duration_unit) == (A, None, "flat")
    two_days = without(answers_for("302", "EXT", duration_unit="flat", end_date="3/3/2026", ssin=ZOE), "end_time")
    assert codes(submit(two_days, at(MONDAY))) == {"90373-341"}


@pytest.mark.parametrize(
    ("worker_type", "committee", "found"),
    [
        ("BCW", "124", set()),
        ("BCW", "302", {"90374-349"}),
        ("EXT", "144", set()),
        ("EXT", "124", {"90374-349"}),
        ("OTH", "124", set()),
        ("OTH", "", set()),
    ],
)
def test_9_the_users_committee_fits_the_type(at, worker_type, committee, found):
    answers = answers_for("322", worker_type, employer_number=AGENCY, user_joint_committee=committee)
    cards = CARDS if committee == "124" else {}
    answers = {**without(answers, *CARDS), **cards}
    assert codes(submit(answers, at(MONDAY))) == found


def test_10_the_small_statute_is_kept(at):
    declaration = submit(answers_for("XXX", "STG", employer_number=CONSTRUCTION), at(MONDAY))
    values = declaration.answers["values"]
    assert {name: values[name] for name in SMALL_STATUTE} == SMALL_STATUTE


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ({}, {"90373-333"}),
        ({"end_date": "31/12/2026"}, {"90373-334"}),
        ({"start_date": "1/12/2026"}, {"90373-334"}),
        ({"employer_number": RESTAURANT}, set()),
        ({"ssin": ZOE}, set()),
        ({"worker_type": "DWD"}, set()),
        ({"end_date": "1/3/2026", "start_date": "1/3/2026"}, {"90373-460"}),
    ],
)
def test_a_second_declaration_of_the_same_worker(at, second, found):
    submit(answers_for("XXX", "OTH"), at(MONDAY))
    assert codes(submit({**answers_for("XXX", "OTH"), **second}, at(MONDAY))) == found
