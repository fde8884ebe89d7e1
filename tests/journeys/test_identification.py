"""Who is meant: employers and workers by their numbers however typed, workers by their name (cases 13 and 14)."""

from __future__ import annotations

import pytest

from declarations.enums import Status

from ..support.builders import BY_NAME, ERIC, MONDAY, START, Walk, answers_for, submit_pages, worker
from ..support.pages import error_codes

pytestmark = [pytest.mark.django_db, pytest.mark.pages]

A, S = Status.ACCEPTED, Status.PENDING


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"family_name": "Exemple", "given_name": "Éric", "birth_date": "30/7/1985", "sex": "1"}, A),
        ({"family_name": "EXEMPLE", "given_name": "Eric", "birth_date": "30-07-1985", "sex": "1"}, A),
        ({"family_name": "exém ple", "given_name": "É-ric", "birth_date": "30.7.1985", "sex": "1"}, A),
        ({"family_name": "Exemple", "given_name": "Éric", "birth_date": "30/7/1985", "sex": "2"}, S),
        ({"family_name": "Exemple", "given_name": "Éric", "birth_date": "31/7/1985", "sex": "1"}, S),
        ({"family_name": "Exemple", "given_name": "Erik", "birth_date": "30/7/1985", "sex": "1"}, S),
        ({"family_name": "Exempel", "given_name": "Éric", "birth_date": "30/7/1985", "sex": "1"}, S),
        ({"family_name": "Dubbel", "given_name": "Jan", "birth_date": "1/1/1988", "sex": "1"}, S),
    ],
)
def test_13_a_worker_without_ssin_is_accepted_when_exactly_one_fits(client, at, typed, status):
    at(MONDAY)
    worker(ERIC, family_name="Exemple", given_name="Éric", birth_date="1985-07-30", sex="1")
    for ssin in ("88010110175", "88010110373"):
        worker(ssin, family_name="Dubbel", given_name="Jan", birth_date="1988-01-01", sex="1")
    declaration = submit_pages(client, {**answers_for("XXX", "OTH"), **BY_NAME, **typed})
    assert declaration.status == status
    page = client.get(f"/en/receipt/{declaration.receipt_token}/").text
    assert "85073003328" not in page
    assert "85.07.30" not in page
    if status == A:
        assert declaration.worker.ssin == ERIC
        assert "••.••.••-•••.28" in page
    else:
        assert (declaration.worker, declaration.period) == (None, None)
        assert "••.••" not in page


def test_13_the_overview_of_a_worker_found_by_name_shows_no_ssin(client, at):
    at(MONDAY)
    worker(ERIC, family_name="Nieuwkomer", given_name="Isaura", birth_date="1991-11-17", sex="2")
    page = Walk(client).to("overview", {**answers_for("XXX", "OTH"), **BY_NAME}).get("overview")
    assert page.context["preview"]["status"] == "A"
    assert "85.07.30" not in page.text
    assert ERIC not in page.text


@pytest.mark.parametrize(
    ("kind", "typed", "valid"),
    [
        ("enterprise", "0852093431", True),
        ("enterprise", "852093431", True),
        ("enterprise", "BE 0852.093.431", True),
        ("enterprise", "0852093432", False),
        ("enterprise", "0412345614", False),
        ("nsso", "1277920-67", True),
        ("nsso", "127792067", True),
        ("nsso", "1277920-68", False),
        ("nsso", "100297", False),
        ("nsso", "100200", False),
        ("nsso", "59990101-04", True),
        ("nsso", "0852093431", False),
        ("enterprise", "127792067", False),
    ],
)
def test_14_an_employer_is_found_by_its_number_however_typed(client, at, kind, typed, valid):
    at(MONDAY)
    answer = client.post("/en/", {"start-identifier_kind": kind, "start-employer_number": typed, "start-kind": "in"})
    assert (answer.status_code == 302) == valid


@pytest.mark.parametrize(
    ("kind", "typed", "code"),
    [
        ("enterprise", "0852093432", "00014-003"),
        ("enterprise", "0412345614", "00014-235"),
        ("nsso", "1277920-68", "00011-003"),
        ("nsso", "100297", "00011-235"),
        ("nsso", "100200", "00011-003"),
        ("nsso", "5000000120", "00948-235"),
        ("nsso", "5000000121", "00948-003"),
        ("enterprise", "", "00014-001"),
    ],
)
def test_14_an_employer_not_found_is_told_on_the_first_page(client, at, kind, typed, code):
    at(MONDAY)
    answer = client.post("/en/", {**{f"start-{name}": value for name, value in START.items()},
                                  "start-identifier_kind": kind, "start-employer_number": typed})  # fmt: skip
    assert error_codes(answer) == {"employer_number": [code]}
    if code.endswith("-235"):
        assert "WIDE" in answer.text


@pytest.mark.parametrize(
    "ssin", ["85.07.30-033.28", "01 05 09 077 29", "79430345062", "02.28.08-111.13", "70.00.00-015.97", "80061501197"]
)
def test_14_ssins_of_every_kind_are_read(client, at, ssin):
    at(MONDAY)
    declaration = submit_pages(client, answers_for("XXX", "OTH", ssin=ssin))
    assert declaration.worker.ssin == "".join(filter(str.isdigit, ssin))
