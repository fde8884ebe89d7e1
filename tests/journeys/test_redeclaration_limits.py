"""Cancelling a period and declaring it anew: what is not carried, and what comes afterwards (ruling 11)."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from declarations.enums import DeclarationKind, Status
from declarations.models import Declaration, Period

from ..support.builders import ERIC, MONDAY, RESTAURANT, ZOE, Walk, codes, submitted_declaration
from ..support.pages import error_codes, form_data, page_text, rows
from ..support.periods import CANCELLATION, MODIFICATION, cancel, period_answers
from ..support.redeclaration import (
    MASKED,
    assert_ssin_hidden,
    follow_to_new_in,
    open_period_of_zoe,
    receipt_page,
    redeclare_from_overview,
)

pytestmark = pytest.mark.django_db

A, B = Status.ACCEPTED, Status.REFUSED

STEPS = ("start", "employer", "worker", "characteristics", "period", "overview")


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


def test_a_refused_cancellation_carries_nothing(client):
    period = open_period_of_zoe(client)
    cancellation = redeclare_from_overview(client, period, start_date="9/3/2026")
    cancel(client, period)
    declaration = submitted_declaration(cancellation.confirm())
    assert (declaration.status, codes(declaration)) == (B, {"00913-355"})
    page = receipt_page(client, declaration)
    assert page.context["replacement_url"] == ""
    assert "the data has been kept" not in page_text(page)
    assert [str(draft["kind_label"]) for draft in client.get("/en/").context["unfinished_drafts"]] == ["Modification"]


def test_the_cancellation_of_another_period_carries_nothing(client):
    """Its number is typed on the first page instead: what was kept is of the first period and its worker."""
    period, other = open_period_of_zoe(client), open_period_of_zoe(client, ssin=ERIC)
    cancellation = redeclare_from_overview(client, period, start_date="9/3/2026")
    assert cancellation.fill_in("start", {"period_number": other.number}).status_code == 302
    declaration = submitted_declaration(cancellation.confirm())
    assert (declaration.status, declaration.period) == (A, other)
    assert receipt_page(client, declaration).context["replacement_url"] == ""


def test_an_ordinary_cancellation_carries_nothing(client):
    period = open_period_of_zoe(client)
    declaration = cancel(client, period)
    assert receipt_page(client, declaration).context["replacement_url"] == ""
    assert client.get("/en/").context["unfinished_drafts"] == []


def test_another_employer_is_not_offered_the_worker(client):
    """Else one could file for the worker of any period one has the number of."""
    walk = follow_to_new_in(client, redeclare_from_overview(client, open_period_of_zoe(client), start_date="9/3/2026"))
    assert walk.fill_in("start", {"employer_number": RESTAURANT}).status_code == 302
    walk.next("employer")
    page = assert_ssin_hidden(walk.get("worker"))
    assert MASKED not in page_text(page)
    assert 'value="same_worker"' not in page.text
    assert client.get(walk.url("overview")).url == walk.url("worker")
    answer = walk.client.post(walk.url("worker"), {"worker-knows_ssin": "same_worker"})
    assert error_codes(answer) == {"knows_ssin": ["90017-363"]}
    assert not Declaration.objects.filter(employer__enterprise_number=RESTAURANT).exists()


def test_an_ordinary_in_takes_no_worker_of_a_replaced_period(client):
    walk = Walk(client).to("worker", period_answers(open_period_of_zoe(client), DeclarationKind.IN))
    assert error_codes(client.post(walk.url("worker"), {"worker-knows_ssin": "same_worker"})) == {
        "knows_ssin": ["90017-363"]
    }


def test_another_worker_may_take_the_place_of_the_same_one(client):
    """By an SSIN that is typed, which is shown like any other."""
    walk = follow_to_new_in(client, redeclare_from_overview(client, open_period_of_zoe(client), start_date="9/3/2026"))
    walk.next("worker", {"knows_ssin": "yes", "ssin": "85.07.30-033.28"})
    declaration = submitted_declaration(walk.confirm())
    assert declaration.worker.ssin == "85073003328"
    page = client.get(f"/en/receipt/{declaration.receipt_token}/")
    assert rows(page)["SSIN"] == "85.07.30-033.28"


# -- afterwards ------------------------------------------------------------------------------------------------


def test_a_refused_new_in_is_corrected_with_its_worker_still_masked(client):
    period = open_period_of_zoe(client)
    walk = follow_to_new_in(client, redeclare_from_overview(client, period, start_date="9/3/2026"))
    walk.next("characteristics", {"joint_committee": "XXX", "worker_type": "T17"})
    walk.next("period", {"start_date": "9/3/2026", "end_date": "9/3/2026"})
    refused = submitted_declaration(walk.confirm())
    assert refused.status == B
    page = receipt_page(client, refused)
    again = Walk.from_url(client, client.post(page.context["correct_url"]).url)
    for step in STEPS[:-1]:
        assert_ssin_hidden(again.get(step))
    again.next("characteristics", {"joint_committee": "XXX", "worker_type": "OTH"})
    assert_ssin_hidden(again.get("overview"))
    declaration = submitted_declaration(again.confirm())
    assert (declaration.status, declaration.worker) == (A, period.worker)
    assert rows(receipt_page(client, declaration))["SSIN"] == MASKED


def test_a_period_declared_anew_is_declared_anew_once_more(client):
    first = open_period_of_zoe(client)
    second = submitted_declaration(
        follow_to_new_in(client, redeclare_from_overview(client, first, start_date="9/3/2026")).confirm()
    ).period  # fmt: skip
    walk = follow_to_new_in(client, redeclare_from_overview(client, second, start_date="10/3/2026"))
    declaration = submitted_declaration(walk.confirm())
    assert (declaration.status, declaration.start_date, declaration.worker) == (A, date(2026, 3, 10), first.worker)
    assert Period.objects.not_cancelled().get() == declaration.period


def test_the_receipt_leads_on_from_this_browser_alone_and_until_the_new_in_is_filed(client):
    walk = follow_to_new_in(client, redeclare_from_overview(client, open_period_of_zoe(client), start_date="9/3/2026"))
    cancellation = Declaration.objects.get(kind=CANCELLATION)
    assert receipt_page(Client(), cancellation).context["replacement_url"] == ""
    assert "Dimona IN" in [str(draft["kind_label"]) for draft in client.get("/en/").context["unfinished_drafts"]]
    submitted_declaration(walk.confirm())
    assert receipt_page(client, cancellation).context["replacement_url"] == ""


def test_the_copy_in_the_page_carries_it_over_an_expired_session(client):
    cancellation = redeclare_from_overview(client, open_period_of_zoe(client), start_date="9/3/2026")
    page = cancellation.hidden()
    Session.objects.all().delete()
    declaration = submitted_declaration(client.post(cancellation.url("overview"), page))
    walk = Walk.from_url(client, receipt_page(client, declaration).context["replacement_url"])
    copy = form_data(walk.get("worker"))
    assert ZOE not in str(copy)
    Session.objects.all().delete()
    answer = client.post(walk.url("worker"), copy)
    assert answer.url == walk.url("characteristics")
    assert submitted_declaration(walk.confirm()).worker.ssin == ZOE


def test_only_a_modification_has_the_button(client):
    period = open_period_of_zoe(client)
    for walk in (
        Walk(client).to("overview", period_answers(period, CANCELLATION)),
        Walk(client).to("overview", period_answers(period, DeclarationKind.OUT, end_date="6/3/2026")),
    ):
        assert walk.post("overview", go="anew").status_code == 400
    walk = Walk(client).begin(period_answers(period, MODIFICATION))
    assert walk.post("start", go="anew").status_code == 400
    assert not Declaration.objects.exclude(kind="in").exists()


def test_the_modification_is_closed_once_the_period_is_declared_anew(client):
    """Not before: who thinks better of it finds it as it was."""
    period = open_period_of_zoe(client)
    modification = Walk(client).to("overview", period_answers(period, MODIFICATION, start_date="9/3/2026"))
    cancellation = Walk.from_url(client, modification.post("overview", go="anew").url)
    assert modification.get("overview").status_code == 200
    follow_to_new_in(client, cancellation)
    assert modification.get("overview").status_code == 410
    assert [str(draft["kind_label"]) for draft in client.get("/en/").context["unfinished_drafts"]] == ["Dimona IN"]
