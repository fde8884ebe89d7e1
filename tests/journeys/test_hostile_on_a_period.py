"""Whatever is sent to a page of OUT, Modification or Cancellation: an answer in words, and the period as it was."""

from __future__ import annotations

import string
from collections import deque
from itertools import cycle
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from declarations.enums import DeclarationKind
from declarations.models import Declaration
from declarations.wizard.steps import STEPS

from ..support.builders import MONDAY, Walk, step_data
from ..support.hostile_input import BODIES, BUTTONS, NASTY, harmless
from ..support.pages import form_data
from ..support.periods import (
    CANCELLATION,
    MODIFICATION,
    ON_A_PERIOD,
    OUT,
    dates_and_hours,
    first_page,
    open_period,
    period_answers,
)

pytestmark = [pytest.mark.django_db, pytest.mark.pages, pytest.mark.slow]

WANTED = {OUT: {"end_date": "6/3/2026"}, MODIFICATION: {"start_date": "1/3/2026"}, CANCELLATION: {}}
EVERY_STEP = [(kind, step.slug) for kind in ON_A_PERIOD for step in STEPS[kind]]
OTHERS = {
    **BUTTONS,
    "go": [*BUTTONS["go"], "anew", "start", "period", "overview", "worker"],
    "modify": ["", "other", "student", "nothing", "x" * 300],
    "shown_fields": ["", "end_date", "start_date", "a b c"],
    "shown_period": ["", "900000000116", "x"],
    "shown_period_state": ["", "{}", "{", "[" * 200, "null", '{"x": 1}'],
}
TYPES = [("XXX", "OTH"), ("XXX", "STU"), ("144", "EXT"), ("XXX", "O17"), ("XXX", "A17")]


def names(kind: DeclarationKind, slug: str) -> list[str]:
    """The inputs of a step, those that it does not show included."""
    form = next(step.form for step in STEPS[kind] if step.slug == slug)
    return [f"{slug}-{name}" for name in {**form.base_fields, **form.zones}]


@pytest.fixture
def walks(client, at) -> dict[DeclarationKind, Walk]:
    """A draft of each kind in which every step is answered."""
    at(MONDAY)
    known = open_period()
    return {kind: Walk(client).to("overview", period_answers(known, kind, **WANTED[kind])) for kind in ON_A_PERIOD}


def untouched() -> None:
    """Nothing was filed but the IN, and the period is as the IN made it."""
    declaration = Declaration.objects.get()
    assert dates_and_hours(declaration) == dates_and_hours(declaration.period)
    assert declaration.period.cancelled_at is None


@pytest.mark.parametrize(("kind", "slug"), EVERY_STEP)
def test_nasty_texts_are_shown_again(walks, kind, slug):
    """Every text once, in one field or another, with one button after the other."""
    walk, texts, inputs = walks[kind], deque(NASTY), names(kind, slug)
    buttons = cycle([{}, {"go": "refresh"}, {"go": "anew"}, {"modify": "x"}])
    for _post in range(0, len(NASTY), len(inputs)):
        typed = dict(zip(inputs, texts, strict=False))
        texts.rotate(-len(inputs))
        harmless(walk.client.post(walk.url(slug), {**typed, **next(buttons)}))
        harmless(walk.get(slug))
    untouched()


@pytest.mark.parametrize(("committee", "worker_type"), TYPES)
def test_nasty_dates_of_every_radio(client, at, committee, worker_type):
    """On the page as it comes, in one field after the other."""
    at(MONDAY)
    known = open_period(committee, worker_type)
    walk = Walk(client).to("period", period_answers(known, MODIFICATION))
    page = form_data(walk.get("period"))
    fields = cycle([name for name in page if name.startswith("period-")])
    for text in NASTY:
        answer = client.post(walk.url("period"), {**page, next(fields): text})
        harmless(answer if answer.status_code != 302 else walk.get("overview"))
    untouched()


@pytest.mark.parametrize("kind", ON_A_PERIOD)
def test_nasty_texts_on_the_first_page(client, at, kind):
    at(MONDAY)
    known = open_period()
    fields = cycle(["employer_number", "period_number", "period_characteristics", "kind"])
    for text in NASTY:
        assert first_page(client, {**period_answers(known, kind), next(fields): text}).status_code in (200, 302)
    untouched()


@pytest.mark.parametrize("day", ["1/1/0001", "31/12/9999", "1/10/9999", "30/12/9999", "31/12/1919", "29/2/2024"])
@pytest.mark.parametrize("kind", [OUT, MODIFICATION])
def test_a_day_at_the_end_of_the_calendar_is_judged(client, at, kind, day):
    at(MONDAY)
    known = open_period(**({} if kind == OUT else {"end_date": "20/3/2026"}))
    for typed in ({"end_date": day}, {"start_date": day}, {"start_date": day, "end_date": day}):
        walk = Walk(client).to("period", period_answers(known, kind))
        answer = walk.fill_in("period", typed)
        harmless(answer if answer.status_code == 200 else walk.get("overview"))


@settings(
    max_examples=20, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(data=st.data())
@pytest.mark.parametrize(("kind", "slug"), EVERY_STEP)
def test_anything_may_be_posted(walks, kind, slug, data):
    text = st.one_of(st.sampled_from(NASTY), st.text(max_size=60), st.text(string.digits + "/-.: ", max_size=14))
    fields = data.draw(st.dictionaries(st.sampled_from(names(kind, slug)), st.lists(text, min_size=1, max_size=2)))
    others = {
        name: data.draw(st.sampled_from(values))
        for name, values in OTHERS.items()
        if data.draw(st.integers(0, 5)) == 0
    }
    encoded: dict[str, Any] = {
        name: [value.encode("utf-8", "replace").decode() for value in values] for name, values in fields.items()
    }
    walk, point = walks[kind], transaction.savepoint()
    try:
        answer = walk.client.post(walk.url(slug), {**encoded, **others})
        harmless(walk.client.get(answer.url) if answer.status_code == 302 else answer)
        untouched()
    finally:
        transaction.savepoint_rollback(point)


@pytest.mark.parametrize(("kind", "slug"), EVERY_STEP)
def test_a_body_that_is_no_form(walks, kind, slug):
    walk = walks[kind]
    for body, content_type in BODIES:
        harmless(walk.client.generic("POST", walk.url(slug), body, content_type=content_type))
    untouched()


def test_a_body_that_is_no_form_on_the_buttons_of_a_receipt(client, at):
    at(MONDAY)
    token = open_period().declarations.get().receipt_token
    for body, content_type in BODIES:
        for kind in DeclarationKind:
            harmless(client.generic("POST", f"/en/receipt/{token}/{kind.value}/", body, content_type=content_type))
    untouched()


def test_the_first_page_of_one_kind_with_the_fields_of_another(walks):
    for kind, walk in walks.items():
        for other in DeclarationKind:
            answer = walk.client.post(walk.url("start"), step_data("start", {"kind": other.value}))
            harmless(answer)
            assert answer.status_code == 200, (kind, other)
    untouched()


def test_what_was_typed_is_escaped(client, at):
    at(MONDAY)
    bad = "<script>alert(1)</script>"
    known = open_period()
    for kind in ON_A_PERIOD:
        assert bad not in first_page(client, period_answers(known, kind, period_number=bad)).text
        assert bad not in first_page(client, period_answers(known, kind, period_characteristics=bad)).text
    walk = Walk(client).to("period", period_answers(known, OUT))
    assert bad not in walk.post("period", {"end_date": bad}, shown_fields=bad, shown_period_state=bad).text


def test_the_queries_of_a_step_are_few(walks, django_assert_max_num_queries):
    for kind, slug in EVERY_STEP:
        walks[kind].get("overview")
        with django_assert_max_num_queries(7 if slug == "overview" else 5):
            assert walks[kind].get(slug).status_code == 200
