"""Accepted answers are read: a step's page builds its own form alone; the overview and Confirm build every one."""

from __future__ import annotations

from collections import Counter

import pytest

from declarations.models import Declaration
from declarations.wizard.forms.base import StepForm
from declarations.wizard.steps import STEPS

from ..support.builders import MONDAY, Walk, answers_for, kind_of, step_data, submitted_declaration
from ..support.pages import form_data
from ..support.periods import CANCELLATION, MODIFICATION, OUT, open_period, period_answers

pytestmark = pytest.mark.django_db


@pytest.fixture
def built(at, monkeypatch) -> Counter[str]:
    """How many forms were built, by the name of their class."""
    at(MONDAY)
    found: Counter[str] = Counter()
    initialise = StepForm.__init__

    def count(form: StepForm, *args, **kwargs) -> None:
        found[type(form).__name__] += 1
        initialise(form, *args, **kwargs)

    monkeypatch.setattr(StepForm, "__init__", count)
    return found


def file_page_by_page(client, answers: dict[str, str]) -> Declaration:
    """Look at each page and send it back, as a browser does; the characteristics are refreshed for the type chosen."""
    client.get("/en/")
    walk = Walk(client).begin(answers)
    for step in STEPS[walk.kind][1:-1]:
        if step.slug == "characteristics":
            walk.fill_in(step.slug, {}, **step_data(step.slug, answers), go="refresh")
        walk.next(step.slug, answers) if walk.kind == MODIFICATION else walk.fill_in(step.slug, answers)
    page = walk.get("overview")
    return submitted_declaration(client.post(walk.url("overview"), form_data(page)))


def test_a_dimona_in_builds_few_forms(client, built):
    assert file_page_by_page(client, answers_for("XXX", "STU")).status == "A"
    assert built.total() <= 26, built
    # Home; the page before Next; the overview; Confirm.
    assert built["PeriodForm"] == 4, built


@pytest.mark.parametrize(
    ("kind", "typed"),
    [(OUT, {"end_date": "6/3/2026"}), (MODIFICATION, {"start_date": "1/3/2026"}), (CANCELLATION, {})],
)
def test_a_declaration_on_a_period_builds_few_forms(client, built, kind, typed):
    period = open_period()
    built.clear()
    answers = period_answers(period, kind, **typed)
    assert kind_of(answers) == kind
    assert file_page_by_page(client, answers).status in "AW"
    assert built.total() <= {OUT: 10, MODIFICATION: 10, CANCELLATION: 6}[kind], built
