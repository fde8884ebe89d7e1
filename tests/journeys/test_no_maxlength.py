"""No field of any step cuts what is pasted: by maxlength a browser would, without a word, and that would be filed."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from declarations.admin.forms import DecisionForm, LockForm

from ..support.builders import AGENCY, CARDS, MONDAY, USER, Walk, answers_for
from ..support.periods import MODIFICATION, open_period_on_pages, period_answers

pytestmark = [pytest.mark.django_db, pytest.mark.pages]


@pytest.mark.parametrize(
    ("committee", "worker_type", "more"),
    [("322", "DWD", {"employer_number": AGENCY, **USER, **CARDS}), ("XXX", "STU", {})],
)
def test_on_no_step_of_a_dimona_in(client: Client, at, committee: str, worker_type: str, more: dict[str, str]):
    at(MONDAY)
    walk = Walk(client).to("overview", answers_for(committee, worker_type, **more))
    for step in ("start", "employer", "worker", "characteristics", "period", "overview"):
        assert "<input" in walk.get(step).text
        assert "maxlength" not in walk.get(step).text


def test_on_no_step_of_a_modification(client: Client, at):
    at(MONDAY)
    walk = Walk(client).to("period", period_answers(open_period_on_pages(client, "XXX", "STU"), MODIFICATION))
    for step in ("start", "period"):
        assert "maxlength" not in walk.get(step).text


def test_on_no_form_of_the_office():
    for form in (LockForm(), DecisionForm(matches=[], today=date(2026, 3, 2))):
        assert "<textarea" in str(form)
        assert "maxlength" not in str(form)
