"""The reviewers' queue: pending declarations, likely workers, decisions, SSIN accesses; and locks of periods."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.core.management import call_command
from django.test import Client

from declarations.admin.personnel_file.pages import IDENTITY_LABELS
from declarations.admin.queue import MATCHED_FIELD_LABELS, PendingAdmin
from declarations.enums import Status
from declarations.models import Decision, Declaration, Period, PeriodLock, SsinAccess, Worker
from declarations.names import IDENTITY_FIELDS, MATCHED_FIELDS
from referentials import tables
from referentials.bases import LANGUAGES
from referentials.numbers import dimona

from ..support.builders import BY_NAME, ERIC, MONDAY, Walk, answers_for, submit, without
from ..support.pages import collapse_spaces, page_text
from ..support.staff import member, signed_in_client

pytestmark = pytest.mark.django_db

QUEUE = "/admin/declarations/pendingdeclaration/"
ERIK = {"family_name": "EXEMPLE", "given_name": "Erik", "sex": "1", "birth_date": "30/7/1985"}


@pytest.fixture
def declaration(at) -> Declaration:
    """A declaration that may be about a known worker."""
    call_command("load_demo_workers", verbosity=0)
    answers = {**without(answers_for("XXX", "OTH"), "ssin"), **BY_NAME, **ERIK}
    return submit(answers, at(MONDAY))


@pytest.fixture
def reviewer(declaration) -> Client:
    return signed_in_client(member("Reviewer"))


def page_of(declaration: Declaration) -> str:
    return f"{QUEUE}{declaration.pk}/change/"


def eric() -> Worker:
    return next(worker for worker in Worker.objects.all() if worker.ssin == ERIC)


def test_the_oldest_waits_first(declaration, at):
    later = submit({**without(answers_for("XXX", "OTH"), "ssin"), **BY_NAME}, at("2026-03-03 09:00"))
    at("2026-03-05 10:00")
    page = signed_in_client(member("Reviewer")).get(QUEUE)
    assert list(page.context["cl"].queryset) == [declaration, later]
    assert "EXEMPLE, Erik" in page_text(page)
    assert "3 days" in page_text(page)
    assert "02/03/2026 09:00" in page_text(page)


def test_the_page_shows_what_was_filed(client, at):
    at(MONDAY)
    Walk(client).to("overview", {**without(answers_for("XXX", "OTH"), "ssin"), **BY_NAME}).confirm()
    text = page_text(signed_in_client(member("Reviewer")).get(page_of(Declaration.objects.get())))
    assert "Zandstraatje 88, 8020 Hertsberge" in text
    assert "No worker found with this family name or birth date." in text


def test_the_page_shows_who_it_may_be(reviewer, declaration):
    text = page_text(reviewer.get(page_of(declaration)))
    assert "••.••.••-•••.28" in text
    assert "family name, birth date, sex" in text
    assert "85.07.30" not in text


@pytest.mark.parametrize(
    ("verdict", "typed", "status", "code"),
    [
        ("match", "", Status.ACCEPTED, ""),
        ("ssin", "90.02.14-124.02", Status.ACCEPTED, ""),
        ("nobody", "", Status.REFUSED, "90017-151"),
    ],
)
def test_it_is_decided(reviewer, declaration, verdict, typed, status, code):
    chosen = str(eric().pk) if verdict == "match" else verdict
    answer = reviewer.post(
        page_of(declaration), {"verdict": chosen, "ssin": typed, "note": "Seen on the eID.", "decide": "1"}
    )
    assert answer.url == QUEUE
    decision = Decision.objects.get()
    assert (decision.status, decision.note) == (status, "Seen on the eID.")
    assert "".join(anomaly.code for anomaly in decision.anomalies.all()) == code
    assert Period.objects.count() == (status == Status.ACCEPTED)
    assert list(reviewer.get(QUEUE).context["cl"].queryset) == []


def test_what_it_will_answer_is_shown_first(reviewer, declaration, at):
    submit(answers_for("XXX", "OTH"), at(MONDAY))
    page = reviewer.post(page_of(declaration), {"verdict": str(eric().pk), "ssin": "", "note": "Him.", "show": "1"})
    assert "Result of this decision: Refused" in page_text(page)
    assert "90373-333" in page_text(page)
    assert not Decision.objects.exists()


def test_that_nobody_is_refused_is_shown_first(reviewer, declaration):
    text = page_text(
        reviewer.post(page_of(declaration), {"verdict": "nobody", "ssin": "", "note": "Who?", "show": "1"})
    )
    assert "Result of this decision: Refused 90017-151: " in text
    assert not Decision.objects.exists()


def test_a_decision_is_told_by_its_moment_and_its_reviewer(reviewer, declaration, at):
    at("2026-03-02 09:05")
    reviewer.post(page_of(declaration), {"verdict": "nobody", "ssin": "", "note": "Who?", "decide": "1"})
    page = reviewer.get(f"/admin/declarations/declaration/{declaration.pk}/change/", headers={"accept-language": "nl"})
    assert f"02/03/2026 09:05 – {Decision.objects.get().decided_by}" in page_text(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_the_reviewer_s_language(reviewer, declaration, at, language):
    submit(answers_for("XXX", "OTH"), at("2026-03-02 10:05"))
    typed = {"verdict": str(eric().pk), "ssin": "", "note": "Him.", "show": "1"}
    text = page_text(reviewer.post(page_of(declaration), typed, headers={"accept-language": language}))
    label = tables.current().anomaly("90373-333", date(2026, 3, 2)).labels[language]
    colon = " :" if language == "fr" else ":"
    assert f"90373-333{colon} {label}" in text
    assert ("02.03.2026 09:00" if language == "de" else "02/03/2026 09:00") in text
    assert ("30.07.1985" if language == "de" else "30/07/1985") in text


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"verdict": "", "note": "Why."}, "verdict"),
        ({"verdict": "ssin", "ssin": "", "note": "Why."}, "ssin"),
        ({"verdict": "ssin", "ssin": "85.07.30-033.29", "note": "Why."}, "ssin"),
        ({"verdict": "nobody", "note": " "}, "note"),
        ({"verdict": "999999", "note": "Why."}, "verdict"),
    ],
)
def test_a_decision_that_lacks_something_is_not_taken(reviewer, declaration, typed, field):
    page = reviewer.post(page_of(declaration), {**typed, "decide": "1"})
    assert list(page.context["form"].errors) == [field]
    assert "<title>Error: Decide on declaration" in page.text
    assert re.search(rf'<div class="error-summary" id="told" [^>]*>.*?<a href="#id_{field}', page.text, re.DOTALL)
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("verdict", "typed", "message"),
    [
        ("match", "90.02.14-124.02", "You chose a worker above and entered another SSIN: keep only one of the two."),
        (
            "nobody",
            "90.02.14-124.02",
            "You chose to refuse the declaration above and also entered an SSIN: keep only one of the two.",
        ),
        ("match", "85.07.30-033.28", ""),
    ],
)
def test_an_ssin_beside_another_verdict_is_not_passed_over(reviewer, declaration, verdict, typed, message):
    chosen = str(eric().pk) if verdict == "match" else verdict
    page = reviewer.post(page_of(declaration), {"verdict": chosen, "ssin": typed, "note": "Why.", "decide": "1"})
    assert Decision.objects.exists() is not bool(message)
    if message:
        assert page.context["form"].errors == {"ssin": [message]}


@pytest.mark.parametrize("button", ["decide", "show", "show_ssin"])
def test_who_comes_second_is_told_and_led_to_what_was_decided(reviewer, declaration, button):
    typed = {"verdict": "nobody", "ssin": "", "note": "Unknown."}
    assert reviewer.post(page_of(declaration), {**typed, "decide": "1"}, follow=True).status_code == 200
    second = reviewer.post(page_of(declaration), {**typed, button: "1"}, follow=True)
    told = "This declaration was already decided by member Reviewer (Refused). Your decision was not recorded."
    assert told in page_text(second)
    assert second.redirect_chain == [(f"/admin/declarations/declaration/{declaration.pk}/change/", 302)]
    assert Decision.objects.count() == 1


def test_of_two_at_the_same_time_the_second_is_told_the_same(reviewer, declaration, monkeypatch):
    """The second reviewer opened the page before the first one's decision was saved."""
    typed = {"verdict": "nobody", "ssin": "", "note": "Unknown.", "decide": "1"}
    reviewer.post(page_of(declaration), typed)
    monkeypatch.setattr(PendingAdmin, "get_object", lambda *args: declaration)
    second = reviewer.post(page_of(declaration), typed, follow=True)
    assert "already decided by member Reviewer (Refused)" in page_text(second)
    assert second.redirect_chain == [(f"/admin/declarations/declaration/{declaration.pk}/change/", 302)]


@pytest.mark.parametrize("key", ["0", "nothing"])
def test_what_does_not_await_a_decision_is_told(reviewer, declaration, key):
    reviewer.post(page_of(declaration), {"verdict": "nobody", "ssin": "", "note": "Unknown.", "decide": "1"})
    for page in (reviewer.get(page_of(declaration), follow=True), reviewer.post(f"{QUEUE}{key}/change/", follow=True)):
        assert "is not, or no longer, awaiting a decision" in page_text(page)
        assert page.redirect_chain == [(QUEUE, 302)]


def test_a_look_at_an_ssin_decides_nothing_and_is_recorded(reviewer, declaration):
    known = eric()
    typed = {"verdict": str(known.pk), "ssin": "", "note": "Half a no", "show_ssin": f"worker-{known.pk}"}
    page = reviewer.post(page_of(declaration), typed)
    assert "85.07.30-033.28" in page_text(page)
    assert page.context["form"]["note"].value() == "Half a no"
    assert page.context["form"].errors == {}
    assert (SsinAccess.objects.get().worker, Decision.objects.count()) == (known, 0)


@pytest.mark.parametrize("group", ["Auditor", "Referential editor"])
def test_only_reviewers_decide_and_lock(declaration, at, group):
    period = submit(answers_for("XXX", "STU"), at(MONDAY)).period
    other = signed_in_client(member(group))
    for url in (QUEUE, page_of(declaration), f"/admin/declarations/period/{period.pk}/lock/"):
        assert other.get(url).status_code == 403
        assert (
            other.post(url, {"verdict": "nobody", "note": "Why.", "decide": "1", "is_locked": "on"}).status_code == 403
        )
    assert not Decision.objects.exists()
    assert not PeriodLock.objects.exists()


def test_a_period_is_locked_and_unlocked_with_a_note(reviewer, at):
    period = submit(answers_for("XXX", "STU"), at(MONDAY)).period
    url = f"/admin/declarations/period/{period.pk}/lock/"
    assert collapse_spaces(dimona.format(period.number)) in page_text(reviewer.get(url))
    assert list(reviewer.post(url, {"is_locked": "on", "note": ""}).context["form"].errors) == ["note"]
    assert "The period is locked." in page_text(
        reviewer.post(url, {"is_locked": "on", "note": "Inspection."}, follow=True)
    )
    stale = reviewer.post(url, {"is_locked": "on", "note": "Me too."}, follow=True)
    assert "Somebody else has already done this" in page_text(stale)
    assert "The period is unlocked." in page_text(reviewer.post(url, {"note": "Over."}, follow=True))
    assert [(row.is_locked, row.note) for row in PeriodLock.objects.order_by("pk")] == [
        (True, "Inspection."),
        (False, "Over."),
    ]


def test_what_is_known_of_a_worker_has_its_labels():
    assert tuple(IDENTITY_LABELS) == IDENTITY_FIELDS
    assert tuple(MATCHED_FIELD_LABELS) == MATCHED_FIELDS
