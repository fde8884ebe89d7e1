"""Ruling 11: no SSIN and no name is shown that the same draft did not type; here of a period looked up."""

from __future__ import annotations

import pytest
from django.test import Client

from declarations.models import Declaration

from ..support.builders import (
    BY_NAME,
    MONDAY,
    RESTAURANT,
    ZOE,
    Walk,
    answers_for,
    employer,
    period,
    submit_pages,
    submitted_declaration,
    worker,
)
from ..support.pages import page_text, page_text_without, rows
from ..support.periods import CANCELLATION, MODIFICATION, ON_A_PERIOD, OUT, cancel, period_answers
from ..support.redeclaration import MASKED, assert_ssin_hidden, open_period_of_zoe

pytestmark = pytest.mark.django_db

LANGUAGES = ("nl", "fr", "de", "en")
WANTED = {OUT: {"end_date": "6/3/2026"}, MODIFICATION: {"start_date": "1/3/2026"}, CANCELLATION: {}}
IDENTITY = {"family_name": "Geheimenis", "given_name": "Zoë", "birth_date": "2004-12-31", "sex": "2"}


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)
    worker(ZOE, **IDENTITY)


def hides(page):
    """The page, in which neither the SSIN nor the name stands."""
    for told in ("Geheimenis", "GEHEIMENIS", "Zoë", "31/12/2004", "2004-12-31"):
        assert told not in page.text
    return assert_ssin_hidden(page)


@pytest.mark.parametrize("kind", ON_A_PERIOD)
def test_every_page_masks_the_worker(client, kind):
    known = open_period_of_zoe(Client())
    walk = Walk(client).to("overview", period_answers(known, kind, **WANTED[kind]))
    steps = ["start", *(["period"] if kind != CANCELLATION else []), "overview"]
    for language in LANGUAGES:
        walk.language = language
        for step in steps:
            page = hides(walk.get(step))
            assert MASKED in page_text(page)
            assert page.text.count(MASKED) == (2 if step == "overview" else 1)
        hides(client.get(f"/{language}/"))
    assert ZOE not in str(walk.stored_input())


@pytest.mark.parametrize("kind", ON_A_PERIOD)
def test_every_receipt_masks_the_worker(client, kind):
    """Accepted and refused, in this browser and in any other."""
    known = open_period_of_zoe(Client())
    late = Walk(client).to("overview", period_answers(known, kind, **WANTED[kind]))
    accepted = submit_pages(client, period_answers(known, kind, **WANTED[kind]))
    refused = submitted_declaration(late.confirm())
    assert (str(accepted.status) in "AW", refused.status) == (True, "B")
    for declaration in (accepted, refused):
        for language in LANGUAGES:
            for browser in (client, Client()):
                page = hides(browser.get(f"/{language}/receipt/{declaration.receipt_token}/"))
                assert MASKED in page_text(page)
    shown = rows(client.get(f"/en/receipt/{accepted.receipt_token}/"))
    assert (shown["SSIN"], shown["Family name"], shown["Given name"]) == (MASKED, "-", "-")


@pytest.mark.parametrize("kind", ON_A_PERIOD)
def test_nothing_of_the_worker_is_kept_as_typed(client, kind):
    """The answers as filed hold what this draft typed, and no more."""
    known = open_period_of_zoe(Client())
    declaration = submit_pages(client, period_answers(known, kind, **WANTED[kind]))
    kept = str(declaration.answers)
    for told in (ZOE, "04.12.31", "Geheimenis"):
        assert told not in kept
    assert declaration.family_name_hash == ""
    assert declaration.worker == known.worker


def test_a_worker_declared_by_name_is_masked_too(client):
    """Also who looks up a period that was declared with a name and an address reads neither."""
    named = {**BY_NAME, "family_name": "Geheimenis", "given_name": "Zoë", "birth_date": "31/12/2004"}
    known = submit_pages(Client(), {**answers_for("XXX", "OTH"), **named}).period
    assert known.worker.ssin == ZOE
    for kind in ON_A_PERIOD:
        walk = Walk(client).to("overview", period_answers(known, kind, **WANTED[kind]))
        for told in ("Zandstraatje", "Hertsberge"):
            assert told not in hides(walk.get("overview")).text


def test_no_error_names_the_worker(client):
    known = open_period_of_zoe(Client())
    walk = Walk(client).to("period", period_answers(known, OUT))
    hides(walk.post("period", {"end_date": "1/1/2020"}))
    walk = Walk(client).to("period", period_answers(known, MODIFICATION))
    hides(walk.fill_in("period", {"start_date": ""}))
    cancel(client, known)
    for kind in ON_A_PERIOD:
        hides(client.post("/en/", {f"start-{name}": value for name, value in period_answers(known, kind).items()}))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_preview_names_no_other_period(client, language):
    """Neither dates nor numbers, nor hours worked elsewhere; the receipt neither."""
    known = open_period_of_zoe(Client(), "XXX", "STU")
    elsewhere = {"worker": known.worker, "employer": employer(RESTAURANT), "planned_hours": 649}
    other = period("XXX", "STU", "2026-01-08", "2026-01-29", **elsewhere)
    beside = period("XXX", "STU", "2026-04-07", "2026-04-23", worker=known.worker, planned_hours=333)
    walk = Walk(client, language).to(
        "overview", period_answers(known, MODIFICATION, planned_hours="21", end_date="9/4/2026")
    )
    page = walk.get("overview")
    declaration = submitted_declaration(walk.confirm())
    receipt = client.get(f"/{language}/receipt/{declaration.receipt_token}/")
    for shown in (page, receipt):
        text = page_text_without(shown, known.number, declaration.number)
        assert "90017-369" in text
        assert "90378-334" in text
        for told in (other.number[-4:], beside.number[-4:], "649", "333", "08/01", "08.01", "29/01", "07/04", "23/04"):
            assert told not in text


def test_a_refused_first_page_begins_no_draft(client):
    known = open_period_of_zoe(Client())
    client.post(
        "/en/",
        {f"start-{name}": value for name, value in period_answers(known, OUT, employer_number=RESTAURANT).items()},
    )
    assert client.get("/en/").context["unfinished_drafts"] == []
    assert Declaration.objects.count() == 1


def test_the_session_holds_neither_name_nor_ssin(client):
    known = open_period_of_zoe(Client())
    Walk(client).to("overview", period_answers(known, MODIFICATION, start_date="9/3/2026")).post("overview", go="anew")
    kept = str(dict(client.session.items()))
    for told in (ZOE, "Geheimenis", "04.12.31"):
        assert told not in kept
    assert known.number in kept
