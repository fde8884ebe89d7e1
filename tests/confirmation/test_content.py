"""The notifications: who gets one, in which language, by which channel, and what it says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import override

from declarations.confirmation import documents
from declarations.enums import Status
from declarations.filing import decisions
from declarations.models import Decision, Declaration, Notification, NotificationState
from referentials import tables
from referentials.employers import Channel
from referentials.models import Anomaly
from referentials.numbers import dimona

from ..support.builders import BY_NAME, ERIC, MONDAY, ZOE, answers_for, submit_pages, worker
from ..support.periods import CANCELLATION, MODIFICATION, OUT, open_period, period_answers
from .outbox import queue

pytestmark = pytest.mark.django_db

ACCEPTED, REFUSED = answers_for("XXX", "OTH"), answers_for("XXX", "T17")
PENDING = {**answers_for("XXX", "OTH"), **BY_NAME}
STATUS_WORDS = {
    "accepted": {"nl": "Aanvaard", "fr": "Acceptée", "de": "Akzeptiert"},
    "refused": {"nl": "Geweigerd", "fr": "Refusée", "de": "Abgelehnt"},
    "pending": {"nl": "In afwachting", "fr": "En attente", "de": "In Bearbeitung"},
}
ANSWERS = {"accepted": ACCEPTED, "refused": REFUSED, "pending": PENDING}
# The three parts of the manual, copied by hand (domain reference 8.1).
PARTS = {
    "nl": ["Aangiften", "Werkgever", "Werknemers"],
    "fr": ["Déclarations", "Employeur", "Travailleurs"],
    "de": ["Meldungen", "Arbeitgeber", "Arbeitnehmer"],
}


@pytest.fixture(autouse=True)
def now(at):
    return at(MONDAY)


def decide(declaration: Declaration, ssin: str = "") -> Decision:
    """As a reviewer does, a day later."""
    return decisions.decide(
        declaration,
        ssin=ssin,
        note="seen",
        by=User.objects.create(username="reviewer"),
        at=timezone.now() + timedelta(days=1, hours=1),
        tables=tables.current(),
    )


def shown(declaration: Declaration, decision: Decision | None = None) -> dict[str, Any]:
    """What the notification shows, in its language: texts, and under `values` the rows of all parts."""
    notification = queue(declaration, decision)
    with override(notification.language):
        content = documents.content(notification)
        parts = content.pop("parts")
        return {
            **content,
            "sentence": str(content["sentence"]),
            "titles": [str(part.title) for part in parts],
            "values": {str(row.label): str(row.value) for part in parts for row in part.rows},
        }


# -- queueing --------------------------------------------------------------------------------------------------


LANGUAGES_CHOSEN = [("nl", "fr", "nl"), ("fr", "nl", "fr"), ("de", "fr", "de"), ("en", "fr", "fr"), ("en", "de", "de")]


def test_it_is_in_the_language_of_the_declaration_an_english_one_in_the_employer_s(client):
    declaration = submit_pages(client, ACCEPTED)
    for filed_in, employers, language in LANGUAGES_CHOSEN:
        declaration.language, declaration.employer.language = filed_in, employers
        assert queue(declaration).language == language


@pytest.mark.parametrize("is_batch_sender", [False, True])
def test_it_goes_by_the_employer_s_channel_and_to_no_batch_sender_s_e_box(client, is_batch_sender):
    declaration = submit_pages(client, ACCEPTED)
    employer = declaration.employer
    employer.is_batch_sender = is_batch_sender
    for employer.channel in Channel:
        notification = queue(declaration)
        gets_none = is_batch_sender and employer.channel == Channel.EBOX
        assert (notification.channel if notification else None) == (None if gets_none else employer.channel)
        assert Notification.objects.filter(declaration=declaration).count() == int(not gets_none)


def test_it_is_due_at_once(client, now):
    notification = queue(submit_pages(client, ACCEPTED))
    assert (notification.state, notification.attempts, notification.claimed_until) == (
        NotificationState.QUEUED,
        0,
        None,
    )
    assert list(Notification.objects.due(now).filter(pk=notification.pk)) == [notification]
    assert not Notification.objects.due(now - timedelta(seconds=1)).exists()


def test_a_declaration_and_its_decision_have_one_each(client):
    declaration = submit_pages(client, PENDING)
    decision = decide(declaration)
    queue(declaration)
    queue(declaration, decision)
    for each in (None, decision):
        with pytest.raises(IntegrityError), transaction.atomic():
            Notification.objects.queue(declaration, decision=each, at=timezone.now())
    assert Notification.objects.filter(declaration=declaration).count() == 2


# -- what it says ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ANSWERS)
def test_it_has_three_parts_and_the_status_in_its_language(client, answer):
    declaration = submit_pages(client, ANSWERS[answer])
    for language, titles in PARTS.items():
        declaration.language = language
        content = shown(declaration)
        assert content["titles"] == titles
        assert content["status_label"] == STATUS_WORDS[answer][language]
        assert STATUS_WORDS[answer][language] in content["values"].values()


def test_the_words_are_those_of_the_filing(client):
    declaration = submit_pages(client, REFUSED, "fr")
    texts = declaration.anomalies.get().texts["fr"]
    Anomaly.objects.update(label_fr="Autre", repair_fr="Autre")
    worker_type = declaration.worker_type
    filed_label = worker_type.label_fr
    type(worker_type).objects.filter(pk=worker_type.pk).update(label_fr="Autre")
    content = shown(Declaration.objects.get(pk=declaration.pk))
    assert [(each["code"], each["label"], each["repair"]) for each in content["anomalies"]] == [
        ("00655-350", texts["label"], texts["repair"])
    ]
    assert f"{filed_label} - T17" in content["values"].values()


def test_an_acceptance_names_its_period_and_a_refusal_or_a_pending_one_none(client):
    accepted = submit_pages(client, ACCEPTED)
    assert shown(accepted)["period_number"] == dimona.format(accepted.number)
    assert shown(submit_pages(client, REFUSED))["period_number"] == ""
    assert shown(submit_pages(client, PENDING))["period_number"] == ""


def test_a_warning_is_told_with_its_acceptance(client, at):
    at("2026-03-10 09:00")
    declaration = submit_pages(
        client, {**answers_for("144", "EXT"), "start_date": "9/3/2026", "end_date": "9/3/2026"}, "nl"
    )
    assert declaration.status == Status.ACCEPTED_WITH_WARNING
    content = shown(declaration)
    assert content["status_label"] == "Aanvaard"
    assert [each["is_blocking"] for each in content["anomalies"]] == [False] * declaration.anomalies.count() != []


@pytest.mark.parametrize(
    ("kind", "answers", "says", "names_the_period"),
    [
        (OUT, {"end_date": "6/3/2026"}, "La déclaration est valable et la période est clôturée.", True),
        (MODIFICATION, {"start_date": "1/3/2026"}, "La déclaration est valable et la période est modifiée.", True),
        (CANCELLATION, {}, "La déclaration est valable et la période est annulée.", False),
    ],
)
def test_a_declaration_on_a_period_says_what_it_did_and_shows_no_worker(client, kind, answers, says, names_the_period):
    opened_period = open_period()
    content = shown(submit_pages(client, period_answers(opened_period, kind, **answers), "fr"))
    number, told = dimona.format(opened_period.number), content["values"]
    assert content["sentence"].startswith(says.rstrip("."))
    assert content["period_number"] == (number if names_the_period else "")
    assert (told["NISS"], told["Nom"], told["N° de période"]) == (f"••.••.••-•••.{ERIC[-2:]}", "-", number)


def test_a_refused_out_names_no_period(client):
    opened_period = open_period()
    declaration = submit_pages(client, period_answers(opened_period, OUT, end_date="6/3/2026"), "fr")
    assert dimona.format(opened_period.number) in shown(declaration)["values"].values()
    declaration.status = Status.REFUSED
    content = shown(declaration)
    assert content["period_number"] == ""
    assert dimona.format(opened_period.number) not in content["values"].values()


def test_the_ssin_is_whole_only_where_it_was_typed(client):
    assert shown(submit_pages(client, ACCEPTED, "fr"))["values"]["NISS"] == "85.07.30-033.28"
    known = {**BY_NAME, "birth_date": "1991-11-17"}
    worker(ZOE, **{name: known[name] for name in ("family_name", "given_name", "sex", "birth_date")})
    assert shown(submit_pages(client, PENDING, "fr"))["values"]["NISS"] == f"••.••.••-•••.{ZOE[-2:]}"


# -- decided later ---------------------------------------------------------------------------------------------


def test_a_decision_tells_the_new_status_and_when(client):
    declaration = submit_pages(client, PENDING, "fr")
    content = shown(declaration, decide(declaration, ZOE))
    assert content["opening"] == (
        "Le 03/03/2026 10:00, le statut de votre déclaration est passé de «\xa0En attente\xa0» à «\xa0Acceptée\xa0»."
    )
    assert content["period_number"] == dimona.format(declaration.number)
    told = content["values"]
    assert (told["NISS"], told["Nom"]) == (f"••.••.••-•••.{ZOE[-2:]}", "Nieuwkomer")
    assert "03/03/2026 10:00" in told.values()


def test_a_decision_that_refuses_says_why(client):
    declaration = submit_pages(client, PENDING, "nl")
    content = shown(declaration, decide(declaration))
    assert (content["status_label"], content["period_number"]) == ("Geweigerd", "")
    assert [each["code"] for each in content["anomalies"]] == ["90017-151"]


def test_the_first_notification_stays_what_it_was_when_a_decision_follows(client):
    declaration = submit_pages(client, PENDING, "de")
    before = shown(declaration)
    decide(declaration, ZOE)
    after = shown(Declaration.objects.get())
    assert {**after, "reference": ""} == {**before, "reference": ""}
