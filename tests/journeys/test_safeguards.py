"""What must not be got around: the counted look-up, the preview that is not shown, the draft of somebody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import localtime

from declarations.models import Declaration, Period
from declarations.wizard.draft import all_drafts

from ..support.builders import ERIC, MONDAY, Walk, answers_for, submit_pages
from ..support.pages import page_text, preview
from ..support.periods import (
    CANCELLATION,
    MODIFICATION,
    OUT,
    first_page,
    open_period,
    open_period_on_pages,
    period_answers,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


def test_a_number_that_was_not_looked_up_is_not_found_in_a_draft(client):
    """Two POSTs at once can leave a guess in the draft as if it had been checked."""
    known = open_period()
    guess = open_period("XXX", "STU")
    walk = Walk(client).begin(period_answers(known, OUT))
    session = client.session
    data = session[walk.session_key]["step_data"]["start"]
    data["start-period_number"] = [guess.number]
    session.save()
    answer = walk.get("period")
    assert answer.url == walk.url("start")
    assert "00913-354" in page_text(client.get(answer.url))


def test_a_number_typed_beside_a_dimona_in_is_not_looked_up_either(client):
    known = open_period()
    first_page(client, {**period_answers(known, OUT), "kind": "in"})
    (draft,) = all_drafts(client.session, localtime())
    assert draft.looked_up_number == ""


def test_an_answer_is_signed_for_the_answers_it_was_shown_with(client, settings):
    """Else, with no preview shown any more, the one of other hours would tell by Confirm what it hides."""
    settings.PREVIEWS_PER_WORKER_AND_CLIENT = 1, HOUR
    few = answers_for("XXX", "STU", planned_hours="20")
    walk = Walk(client).to("overview", few)
    seen = walk.hidden()["displayed_preview"]
    walk.next("period", {**few, "planned_hours": "300"})
    page = walk.get("overview")
    assert page.context["preview"] is None
    answer = client.post(walk.url("overview"), {**walk.hidden(page), "displayed_preview": seen})
    assert answer.status_code == 200
    assert not Declaration.objects.exists()


@pytest.mark.parametrize("kind", [OUT, MODIFICATION, CANCELLATION])
def test_without_a_preview_a_period_that_changed_is_shown_again(client, settings, kind):
    known = open_period_on_pages(client)
    settings.PREVIEWS_PER_CLIENT = 1, HOUR
    typed = {OUT: {"end_date": "6/3/2026"}, MODIFICATION: {"start_date": "1/3/2026"}, CANCELLATION: {}}[kind]
    walk = Walk(client).to("overview", period_answers(known, kind, **typed))
    page = walk.get("overview")
    assert page.context["preview"] is None
    Period.objects.filter(pk=known.pk).update(end_date="2026-03-20")
    answer = client.post(walk.url("overview"), walk.hidden(page))
    assert answer.status_code == 200
    assert answer.context["change_notice"]
    assert Declaration.objects.count() == 1


@pytest.mark.parametrize("kind", [OUT, MODIFICATION])
def test_the_dates_of_one_period_are_not_those_of_another(client, kind):
    """Also when the other number was kept by an error, a language or another button before Next."""
    known, other = open_period(), open_period(ssin="90021412402")
    typed = {OUT: {"end_date": "6/3/2026"}, MODIFICATION: {"start_date": "1/3/2026"}}[kind]
    walk = Walk(client).to("overview", period_answers(known, kind, **typed))
    changed = period_answers(other, kind)
    walk.post("start", changed, go="refresh")
    walk.next("start", changed)
    assert walk.get("overview").url == walk.url("period")
    shown = client.get(walk.url("period")).context["form"]
    assert all(shown[name].value() not in ("2026-03-06", "2026-03-01") for name in typed)


@pytest.mark.parametrize("state", ["[" * 100_000, '{"a":' * 30_000, "{}", "null", "", "1"])
def test_a_made_up_page_is_read_all_the_same(client, state):
    walk = Walk(client).begin(period_answers(open_period(), MODIFICATION))
    answer = walk.post("period", {"start_date": "1/3/2026"}, shown_period_state=state)
    assert answer.status_code == 302


def test_a_stranger_cannot_discard_a_draft_and_read_its_receipt_later(client):
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    stranger = Client()
    assert stranger.post(f"/en/in/{walk.draft}/discard/").status_code == 410
    declaration = submit_pages(client, answers_for("XXX", "DWD"))
    walk.confirm()
    page = stranger.get(walk.url("overview"))
    assert page.status_code == 410
    assert declaration.receipt_token not in page.text
    assert ERIC not in page.text


def test_a_locked_and_closed_period_is_told_locked(client):
    known = open_period()
    Period.objects.filter(pk=known.pk).update(end_date="2026-03-20", locked_at="2026-03-02T08:00Z")
    page = first_page(client, period_answers(known, OUT))
    assert "00913-362" in page_text(page)
    assert "00913-356" not in page_text(page)


def test_an_overview_that_no_longer_fits_says_that_the_period_changed(client):
    known = open_period(end_date="20/3/2026")
    walk = Walk(client).to(
        "overview", period_answers(known, MODIFICATION, end_date="19/3/2026", start_date="1/3/2026")
    )
    assert preview(walk.get("overview"))[0] in "AW"
    Period.objects.filter(pk=known.pk).update(start_date="2026-02-01", end_date="2026-02-10")
    assert walk.get("overview").status_code == 200
