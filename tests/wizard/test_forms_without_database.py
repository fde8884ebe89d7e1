"""A form has no side effects: to read one asks the database nothing, and counts nobody."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from declarations.enums import DeclarationKind
from declarations.wizard.forms.base import StepContext
from declarations.wizard.steps import STEPS, Step
from referentials import tables

from ..support.builders import CONSTRUCTION_USER, MONDAY, answers_for, employer, step_data
from ..support.periods import open_period, period_answers

pytestmark = pytest.mark.django_db

CASES = [(kind, step) for kind in STEPS for step in STEPS[kind]]


def typed(kind: DeclarationKind, number: str) -> dict[str, str]:
    """What is typed for a declaration of that kind, with a number of a period and a user that may not exist."""
    if kind == DeclarationKind.IN:
        return answers_for("322", "OTH", user_enterprise_number=CONSTRUCTION_USER)
    more = {DeclarationKind.OUT: {"end_date": "6/3/2026"}, DeclarationKind.MODIFICATION: {"start_date": "1/3/2026"}}
    return {**period_answers(open_period(), kind, **more.get(kind, {})), "period_number": number}


@pytest.mark.parametrize("is_posted", [True, False])
@pytest.mark.parametrize(("kind", "step"), CASES, ids=[f"{kind}-{step.slug}" for kind, step in CASES])
def test_a_form_is_read_without_the_database(at, kind: DeclarationKind, step: Step, is_posted: bool):
    day, current, period = at(MONDAY).date(), tables.current(), open_period("XXX", "DWD")
    answers = {
        "employer": employer(), "period": period, "period_characteristics": "other",
        "joint_committee": "322", "worker_type": "OTH", "ssin": "85073003328",
    }  # fmt: skip
    data = step_data(step.slug, typed(kind, period.number), kind)
    _ = (period.worker.ssin, period.joint_committee.code, period.worker_type.code)
    with CaptureQueriesContext(connection) as queries:
        form = step.form(data, context=StepContext(kind, current, day, day, answers, is_posted), prefix=step.slug)
        form.is_valid()
        assert form.errors == {}
    assert [query["sql"] for query in queries] == []
