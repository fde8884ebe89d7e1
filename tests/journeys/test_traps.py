"""The wizard's traps: what formtools does by default and a legal act cannot bear (docs/decisions/0001).

Each test names formtools' default, on which it fails.
"""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from declarations.models import AttemptCount, Declaration
from declarations.wizard.forms.base import StepForm

from ..support.builders import (
    BY_NAME,
    CARDS,
    ERIC,
    MONDAY,
    START,
    WORKPLACE,
    ZOE,
    Walk,
    answers_for,
    step_data,
    submit_pages,
    submitted_declaration,
)

pytestmark = [pytest.mark.django_db, pytest.mark.pages]

STEPS = ["start", "employer", "worker", "characteristics", "period", "overview"]
BEFORE = dict(zip(STEPS[1:], STEPS, strict=False))


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


def test_two_drafts_in_one_browser_do_not_mix(client):
    """By default two tabs share one set of answers: the overview shows Alice and Bob is filed."""
    one = Walk(client).to("worker", START)
    other = Walk(client).to("worker", START)
    one.next("worker", answers_for("XXX", "OTH", ssin=ERIC))
    other.next("worker", answers_for("XXX", "STU", ssin=ZOE))
    for step in ("characteristics", "period"):
        one.next(step, answers_for("XXX", "OTH"))
        other.next(step, answers_for("XXX", "STU"))
    shown = one.get("overview")
    assert "85.07.30-033.28" in shown.text
    assert "04.12.31-002.41" not in shown.text
    first = submitted_declaration(one.confirm())
    assert (first.worker.ssin, first.worker_type.code) == (ERIC, "OTH")
    second = submitted_declaration(other.confirm())
    assert (second.worker.ssin, second.worker_type.code) == (ZOE, "STU")


def test_looking_resets_nothing(client):
    """By default any GET of the entry page empties the wizard."""
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    typed = walk.stored_input()
    for step in [*STEPS, *reversed(STEPS)]:
        assert walk.get(step).status_code == 200
        client.get(reverse("home"))
    assert walk.stored_input() == typed
    assert len(typed) == 8
    assert submitted_declaration(walk.confirm()).worker.ssin == ERIC


def test_looking_writes_nothing(client):
    """By default every GET notes the step in the draft, and writes over what another tab saves at that moment.

    Only the first look at a preview is noted, and counted.
    """
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    walk.get("overview")
    counted = list(AttemptCount.objects.values_list("key", "count").order_by("key"))
    assert [count for _key, count in counted] == [1, 1, 1, 1]
    for step in STEPS:
        before = Session.objects.values_list("session_data", flat=True).get()
        assert walk.get(step).status_code == 200
        assert Session.objects.values_list("session_data", flat=True).get() == before, step
    assert list(AttemptCount.objects.values_list("key", "count").order_by("key")) == counted


def test_a_duplicated_tab_gets_the_fresh_overview_and_files_nothing(client):
    """By default a duplicated tab files what the other one changed, unseen."""
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    left_open = walk.hidden()
    walk.next("worker", answers_for("XXX", "OTH", ssin=ZOE))
    answer = walk.client.post(walk.url("overview"), left_open)
    assert answer.status_code == 200
    assert answer.context["change_notice"] == "The answers were changed in another window. Check them again."
    assert answer.context["change_notice"] in answer.text
    assert "04.12.31-002.41" in answer.text
    assert not Declaration.objects.exists()
    assert submitted_declaration(walk.client.post(walk.url("overview"), walk.hidden(answer))).worker.ssin == ZOE


def test_a_changed_answer_of_the_office_gives_the_fresh_overview(client, at):
    """By default what was displayed is not held against what is filed. Here midnight makes the declaration late."""
    at("2026-03-02 23:59")
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    shown = walk.hidden()
    at("2026-03-03 00:00")
    answer = walk.client.post(walk.url("overview"), shown)
    assert answer.context["change_notice"] == "The NSSO’s answer has changed since this page was shown. Check it."
    assert "90373-460" in answer.text
    assert not Declaration.objects.exists()
    declaration = submitted_declaration(walk.client.post(walk.url("overview"), walk.hidden(answer)))
    assert declaration.anomalies.get().code == "90373-460"


@pytest.mark.parametrize("step", STEPS[1:])
@pytest.mark.parametrize("is_posted", [False, True])
def test_a_step_is_reached_only_through_those_before_it(client, step, is_posted):
    """By default later steps open, and take answers, without the earlier ones."""
    walk = Walk(client).to(BEFORE[step], answers_for("XXX", "OTH"))
    if step == "employer":
        walk.post("start", {"employer_number": "1"}, go="refresh")
    if is_posted:
        assert walk.post(step, answers_for("XXX", "OTH")).url == walk.url(step)
    answer = walk.client.get(walk.url(step), follow=True)
    assert answer.redirect_chain == [(walk.url(BEFORE[step]), 302)]
    assert "Complete this step first: the later steps depend on it." in answer.text
    assert not Declaration.objects.exists()


def test_an_earlier_step_that_became_invalid_comes_first(client):
    """By default a step once passed is never looked at again: here the type now asks for an SSIN."""
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    answers = answers_for("144", "EXT")
    walk.next("characteristics", answers)
    walk.next("period", answers)
    walk.next("worker", BY_NAME)
    answer = walk.client.get(walk.url("overview"), follow=True)
    assert answer.redirect_chain == [(walk.url("characteristics"), 302)]
    assert "(00024-001)" in answer.text
    assert "Complete this step first" in answer.text


TYPED = {
    "start": {"employer_number": "12-34 abc", "identifier_kind": "nsso"},
    "worker": {"knows_ssin": "no", "ssin": "not one", "family_name": "<Jansen&", "birth_date": "31/2/1990"},
    "characteristics": {"joint_committee": "124", "worker_type": "BCW", "first_month_card": "none"},
    "period": {"start_date": "31.2.2026", "end_date": "tomorrow"},
    "overview": {"employer_reference": "a reference that is much too long"},
}


@pytest.mark.parametrize(
    ("step", "button", "leads_to"),
    [
        *[(step, {"language": "fr"}, step) for step in TYPED],
        *[(step, {"go": "previous"}, BEFORE[step]) for step in TYPED if step != "start"],
        *[(step, {"go": "refresh"}, step) for step in TYPED],
    ],
)
def test_what_was_typed_stays_without_errors_until_next(client, step, button, leads_to):
    """By default Back throws away what was typed, and a language switch is a GET that knows nothing of it."""
    walk = Walk(client).to(step, answers_for("XXX", "OTH"))
    answer = walk.post(step, TYPED[step], **button)
    assert answer.url.split("?")[0] == walk.url(leads_to, button.get("language", ""))
    form = walk.get(step).context["form"]
    assert {name: form[name].value() for name in TYPED[step]} == TYPED[step]
    assert not form.errors
    answer = walk.post(step, TYPED[step])
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert "Error:" in answer.text.split("</title>")[0]
    form = walk.get(step).context["form"]
    assert {name: form[name].value() for name in TYPED[step]} == TYPED[step]
    assert not form.errors


def test_previous_after_a_valid_step_keeps_it_valid(client):
    """By default going back and forth loses the step one leaves."""
    answers = answers_for("XXX", "OTH")
    walk = Walk(client).to("overview", answers)
    for step in ("overview", "period", "characteristics", "worker"):
        assert walk.post(step, answers, go="previous").url.split("?")[0] == walk.url(BEFORE[step])
    assert submitted_declaration(walk.confirm()).worker.ssin == ERIC


def test_a_first_page_switched_to_another_language_keeps_what_was_typed(client):
    """By default the first page forgets what was typed when its language is changed."""
    answer = client.post(
        reverse("home"), {**step_data("start", {"employer_number": "99 99"}), "language": "de"}, follow=True
    )
    assert answer.request["PATH_INFO"].startswith("/de/in/")
    assert answer.context["form"]["employer_number"].value() == "99 99"
    assert not answer.context["form"].errors


def test_a_get_never_files(client):
    """By default the named-URL wizard files on a GET of its last address."""
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    for step in [*STEPS, "overview"]:
        walk.get(step, **walk.hidden())
    assert client.get(walk.url("done")).status_code == 400
    assert client.get(walk.url("overview") + "done/").status_code == 404
    assert not Declaration.objects.exists()


def test_a_step_name_that_is_not_in_the_table_is_a_bad_request(client):
    """By default a tampered step name is a KeyError, a 500."""
    walk = Walk(client).to("worker", START)
    for name in ("done", "nowhere", "Worker", "0", "__class__", "worker-worker"):
        assert client.get(walk.url(name)).status_code == 400, name
        assert client.post(walk.url(name), {"wizard_goto_step": "worker"}).status_code == 400, name


def test_a_step_posted_as_formtools_own_fields_is_ignored(client):
    """By default the posted `current_step` and `wizard_goto_step` say where one is."""
    walk = Walk(client).to("worker", START)
    field = f"{walk.draft}-current_step"
    answer = walk.post("worker", answers_for("XXX", "OTH"), wizard_goto_step="overview", **{f"in-{field}": "overview"})
    assert answer.url == walk.url("characteristics")


def test_only_the_forms_own_fields_stay_in_the_session(client):
    """By default the whole POST stays, the CSRF token and junk with it."""
    walk = Walk(client).to("worker", START)
    junk = {"csrfmiddlewaretoken": "t" * 64, "junk": "j", "worker-junk": "j", "wizard_goto_step": "j"}
    assert walk.post("worker", answers_for("XXX", "OTH"), **junk).status_code == 302
    typed = walk.stored_input()
    assert {name for name in typed if name.startswith("worker-")} == {"worker-knows_ssin", "worker-ssin"}
    assert not set(junk) & set(typed)
    walk.post("characteristics", {"joint_committee": "124"}, **junk, go="refresh")
    assert not set(junk) & set(walk.stored_input())


def test_the_day_typed_in_french_is_filed_as_that_day_in_english(client, at):
    """By default `1/2/2026` typed on a French page is read again as 2 January on an English one."""
    at("2026-01-30 09:00")
    walk = Walk(client, "fr").to("period", answers_for("XXX", "STU"))
    answers = answers_for("XXX", "STU", start_date="1/2/2026", end_date="01.03.2026")
    walk.next("period", answers)
    walk.language = "en"
    assert "01/02/2026" in walk.get("overview").text
    declaration = submitted_declaration(walk.confirm())
    assert (declaration.start_date.isoformat(), declaration.end_date.isoformat()) == ("2026-02-01", "2026-03-01")


@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
def test_a_day_is_read_day_first_in_every_language(client, at, language):
    """By default the formats of the active language decide: month first in English."""
    at("2026-01-30 09:00")
    declaration = submit_pages(client, answers_for("XXX", "OTH", start_date="1/2/2026"), language)
    assert declaration.start_date.isoformat() == "2026-02-01"


def test_a_refusal_of_the_csrf_check_is_explained(at):
    """Not formtools': the page says that nothing was sent."""
    from django.test import Client

    answer = Client(enforce_csrf_checks=True).post(reverse("home"), step_data("start", START))
    assert answer.status_code == 403
    assert "Nothing was sent to the NSSO" in answer.text
    # A link to another language would leave behind what was typed.
    assert "hreflang" not in answer.text


@pytest.mark.parametrize("step", STEPS)
def test_the_queries_of_a_step_do_not_depend_on_its_form(client, step, django_assert_max_num_queries):
    """By default all forms are built and cleaned 5 to 11 times a request, each with its queries."""
    answers = answers_for("322", "STU", user_joint_committee="124", works_elsewhere="on", **CARDS, **WORKPLACE)
    walk = Walk(client).to("overview", answers)
    walk.get("overview")
    with django_assert_max_num_queries(9 if step == "overview" else 5):
        assert walk.get(step).status_code == 200


def test_confirm_builds_each_form_a_few_times_only(client, monkeypatch):
    """By default 5 to 11 times each; here once for what was answered, once for what is posted."""
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    page, built = walk.hidden(), []
    draw = StepForm.__init__

    def build(form, *args, **kwargs):
        built.append(form)
        draw(form, *args, **kwargs)

    monkeypatch.setattr(StepForm, "__init__", build)
    assert submitted_declaration(walk.post("overview", **page))
    assert len(built) <= len(STEPS) + 1


def test_an_unknown_draft_gives_the_page_that_explains(client):
    """By default an unknown wizard begins anew at its first step."""
    for step in STEPS:
        walk = Walk(client, draft=uuid4())
        for answer in (walk.get(step), walk.post(step, answers_for("XXX", "OTH"))):
            assert answer.status_code == 410
            assert "Nothing was sent." in answer.text
    assert not Declaration.objects.exists()
