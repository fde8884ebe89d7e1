"""Whatever is sent to a page, the service answers in words: never a 500, and nothing filed that was not confirmed."""

from __future__ import annotations

import string
from collections import deque
from datetime import date

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from declarations.enums import DeclarationKind
from declarations.models import Declaration
from declarations.wizard.forms.base import OFFICIAL_CODE
from declarations.wizard.steps import STEPS

from ..support.builders import (
    BY_NAME,
    CARDS,
    MONDAY,
    SMALL_STATUTE,
    WORKPLACE,
    Walk,
    answers_for,
    employer,
    step_data,
    step_form,
    without,
)
from ..support.hostile_input import BODIES, BUTTONS, NASTY, harmless
from ..support.pages import codes_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SLUGS = [step.slug for step in STEPS[DeclarationKind.IN]]
NAMES = {
    step.slug: [f"{step.slug}-{name}" for name in {**step.form.base_fields, **step.form.zones}]
    for step in STEPS[DeclarationKind.IN]
}


@pytest.fixture
def walk(client, at) -> Walk:
    """A draft in which every step is answered."""
    at(MONDAY)
    return Walk(client).to("overview", answers_for("XXX", "OTH"))


@pytest.mark.parametrize("slug", SLUGS)
def test_every_nasty_text_is_read_by_every_field(slug):
    before = {"employer": employer(), "joint_committee": "322", "worker_type": "STU", "ssin": ""}
    for text in NASTY:
        answers = dict.fromkeys((name.removeprefix(f"{slug}-") for name in NAMES[slug]), text)
        form = step_form(slug, answers, date(2026, 3, 2), before)
        assert all(OFFICIAL_CODE.fullmatch(code) for found in codes_of(form).values() for code in found), ascii(text)


@pytest.mark.parametrize("slug", SLUGS)
def test_nasty_texts_are_shown_again(walk, slug):
    """Every text once, in one field or another."""
    texts, names = deque(NASTY), NAMES[slug] or ["junk"]
    for _post in range(0, len(NASTY), max(len(names), 8)):
        typed = dict(zip(names, texts, strict=False))
        texts.rotate(-max(len(names), 8))
        harmless(walk.client.post(walk.url(slug), typed))
        harmless(walk.client.post(walk.url(slug), {**typed, "go": "refresh"}))
        harmless(walk.get(slug))
    assert not Declaration.objects.exists()


WHOLE = {
    **answers_for("XXX", "STU"), **BY_NAME, **CARDS, **SMALL_STATUTE, **WORKPLACE, "user_joint_committee": "302",
    "user_name": "Firma", "duration_unit": "day", "ssin": "85073003328",
}  # fmt: skip


@pytest.mark.parametrize("committee", ["XXX", "124", "302", "322"])
def test_every_field_at_once_for_every_kind_of_type(walk, committee):
    """The "forbidden" code of each field that does not apply, in words."""
    for worker_type in ("OTH", "STU", "EXT", "FLX", "STG", "BCW"):
        answers = {**WHOLE, "joint_committee": committee, "worker_type": worker_type}
        for slug in ("worker", "characteristics", "period", "overview"):
            harmless(walk.post(slug, answers))


@pytest.mark.parametrize("start", ["1/1/0001", "31/12/9999", "1/10/9999", "31/12/1919", "29/2/2024"])
@pytest.mark.parametrize("worker_type", ["OTH", "O17", "STU", "FLX", "T17", "EXT"])
def test_a_day_at_the_end_of_the_calendar_is_judged(client, at, start, worker_type):
    at(MONDAY)
    committee = "302" if worker_type == "EXT" else "XXX"
    walk = Walk(client).to("overview", answers_for(committee, worker_type, start_date=start, end_date=start))
    assert walk.get("overview").context["preview"]["status"] in "BW"
    harmless(walk.confirm())


@settings(
    max_examples=20, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(data=st.data())
@pytest.mark.parametrize("slug", ["start", "worker", "characteristics", "period", "overview"])
def test_anything_may_be_posted(walk, slug, data):
    text = st.one_of(st.sampled_from(NASTY), st.text(max_size=60), st.text(string.digits + "/-.: ", max_size=14))
    fields = data.draw(st.dictionaries(st.sampled_from(NAMES[slug]), st.lists(text, min_size=1, max_size=2)))
    others = {
        name: data.draw(st.sampled_from(values))
        for name, values in BUTTONS.items()
        if data.draw(st.integers(0, 5)) == 0
    }
    encoded = {
        name: [value.encode("utf-8", "replace").decode() for value in values] for name, values in fields.items()
    }
    point = transaction.savepoint()
    try:
        answer = walk.client.post(walk.url(slug), {**encoded, **others})
        harmless(walk.get(slug) if answer.status_code == 302 else answer)
        assert not Declaration.objects.exists()
    finally:
        transaction.savepoint_rollback(point)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_body_that_is_no_form(walk, slug):
    for body, content_type in BODIES:
        harmless(walk.client.generic("POST", walk.url(slug), body, content_type=content_type))
    assert not Declaration.objects.exists()


def test_a_body_that_is_no_form_on_the_first_page(client):
    for body, content_type in BODIES:
        harmless(client.generic("POST", "/en/", body, content_type=content_type))


def test_a_body_too_big_is_a_bad_request(walk):
    answer = walk.client.post(walk.url("worker"), {"worker-family_name": "x" * 300_000})
    assert answer.status_code == 400
    assert "This request cannot be read" in answer.text


@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
def test_another_method_is_not_allowed(walk, method):
    for url in ("/en/", *map(walk.url, SLUGS)):
        assert getattr(walk.client, method)(url).status_code == 405
        assert walk.client.head(url).status_code == 200


def test_a_parameter_sent_twice_counts_once(walk):
    values = {"worker-knows_ssin": ["no", "yes"], "worker-ssin": ["1", "85073003328"]}
    assert walk.client.post(walk.url("worker"), values).url == walk.url("characteristics")
    assert walk.stored_input()["worker-ssin"] == "85073003328"


@pytest.mark.parametrize("query", ["from=overview", "from=http://example.org", "from=", "language=fr", "go=discard"])
def test_a_query_leads_nowhere_else(walk, query):
    answer = walk.post("worker", answers_for("XXX", "OTH"), query=f"?{query}")
    assert answer.url in (walk.url("characteristics"), walk.url("overview"))


def test_a_confirm_by_hand_without_the_page_files_nothing(walk):
    shown = walk.hidden()
    for left_out in shown:
        if left_out != "draft_copy":
            for wrong in ("", "x", "A"):
                answer = walk.client.post(walk.url("overview"), {**shown, left_out: wrong + "\0"})
                assert answer.status_code == 200
                assert answer.context["change_notice"]
            assert walk.client.post(walk.url("overview"), without(shown, left_out)).status_code == 200
    assert not Declaration.objects.exists()


def test_what_was_typed_is_escaped(client, at):
    at(MONDAY)
    bad = "<script>alert(1)</script>"
    walk = Walk(client).to("worker", answers_for("XXX", "OTH"))
    page = walk.post("worker", {**BY_NAME, "street": bad, "family_name": bad})
    assert bad not in page.text
    walk = Walk(client).to("overview", {**answers_for("XXX", "OTH"), **BY_NAME, "street": bad})
    assert bad not in walk.get("overview").text
    assert bad not in walk.confirm().text
    assert bad not in client.post("/en/", step_data("start", {"employer_number": bad})).text


def test_a_post_from_another_site_is_refused(at):
    at(MONDAY)
    browser = Client(enforce_csrf_checks=True)
    page = browser.get("/en/")
    token = page.context["csrf_token"]
    answers = step_data("start", answers_for("XXX", "OTH"))
    assert browser.post("/en/", answers).status_code == 403
    assert browser.post("/en/", {**answers, "csrfmiddlewaretoken": str(token)}).status_code == 302
    assert 'name="csrfmiddlewaretoken"' in page.text


@pytest.mark.parametrize(
    "charset", ["utf-7", "unicode_escape", "zip", "rot13", "idna", "undefined", "no-such-charset"]
)
@pytest.mark.django_db
def test_a_body_in_another_charset_is_refused(client, charset):
    content_type = f"application/x-www-form-urlencoded; charset={charset}"
    answer = client.generic("POST", "/en/", b"start-kind=in", content_type=content_type)
    assert answer.status_code == 400
