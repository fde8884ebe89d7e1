"""The receipt of a pending declaration, once a reviewer has decided it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from declarations.filing import decisions
from declarations.models import Declaration, Period
from referentials import tables

from ..support.builders import BY_NAME, MONDAY, Walk, answers_for, without

pytestmark = pytest.mark.django_db

ANNELIES = "90021412402"


@pytest.fixture
def pending(client, at) -> Declaration:
    """Filed through the pages, of somebody whom nobody knows."""
    at(MONDAY)
    answers = {**without(answers_for("XXX", "OTH"), "ssin"), **BY_NAME}
    Walk(client).to("overview", answers).confirm()
    return Declaration.objects.get()


def decide(declaration: Declaration, at, ssin: str = "") -> None:
    by = User.objects.create_user("reviewer", is_staff=True)
    moment = at("2026-03-04 11:20")
    decisions.decide(declaration, ssin=ssin, note="A note.", by=by, at=moment, tables=tables.current())


def receipt(client, declaration: Declaration):
    return client.get(f"/en/receipt/{declaration.receipt_token}/")


def test_identified_the_receipt_shows_the_new_status_and_when(client, at, pending):
    assert "Pending" in receipt(client, pending).text
    decide(pending, at, ANNELIES)
    page = receipt(client, pending)
    assert page.context["status"] == "A"
    assert page.context["period_number"] == page.context["number"]
    assert "This status was decided on 04/03/2026 11:20." in page.text
    assert [kind.value for kind in page.context["next_kinds"]] == ["out", "modification", "cancellation"]


def test_refused_the_receipt_says_why_and_names_no_period(client, at, pending):
    decide(pending, at)
    page = receipt(client, pending)
    assert (page.context["status"], page.context["period_number"]) == ("B", "")
    assert [anomaly["code"] for anomaly in page.context["anomalies"]] == ["90017-151"]
    assert page.context["next_kinds"] == []


def test_the_ssin_that_the_office_found_is_masked_and_the_note_is_its_own(client, at, pending):
    decide(pending, at, ANNELIES)
    text = receipt(client, pending).text
    assert "••.••.••-•••.02" in text
    assert "90.02.14" not in text
    assert ANNELIES not in text
    assert "A note." not in text


def test_what_was_refused_is_taken_up_again_with_its_answers(client, at, pending):
    decide(pending, at)
    answer = client.post(f"/en/receipt/{pending.receipt_token}/correct/")
    assert answer.url.endswith("/worker/")
    assert client.get(answer.url).context["form"]["family_name"].value() == BY_NAME["family_name"]


def test_its_period_is_closed_by_its_number(client, at, pending):
    decide(pending, at, ANNELIES)
    answer = client.post(f"/en/receipt/{pending.receipt_token}/out/")
    client.post(answer.url, {"period-end_date": "6/3/2026"})
    overview = client.get(answer.url.replace("/period/", "/overview/"))
    hidden = {name: overview.context[name] for name in ("answers_digest", "displayed_preview", "draft_copy")}
    client.post(overview.wsgi_request.path, hidden)
    assert str(Period.objects.get().end_date) == "2026-03-06"
