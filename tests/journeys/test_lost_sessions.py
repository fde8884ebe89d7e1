"""A session lost between any two steps of any kind: the copy in the page brings back everything that was typed."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from declarations.enums import DeclarationKind
from declarations.models import Declaration
from declarations.wizard.steps import STEPS

from ..support.builders import (
    BY_NAME,
    CARDS,
    MONDAY,
    WORKPLACE,
    ZOE,
    Walk,
    answers_for,
    codes,
    kind_of,
    step_data,
    submitted_declaration,
    url_token,
)
from ..support.pages import form_data, page_text
from ..support.periods import CANCELLATION, MODIFICATION, OUT, dates_and_hours, open_period, period_answers
from ..support.rolled_back import rolled_back

pytestmark = [pytest.mark.django_db, pytest.mark.pages]

REFERENCES = {"employer_reference": "E 1", "worker_reference": "W 1", "declaration_reference": "D 1"}
AGENCY_STUDENT = answers_for("322", "STU", user_joint_committee="124", works_elsewhere="on", **CARDS, **WORKPLACE)
# What is typed for each declaration; those on a period have one that is open or ends on 20 March.
DECLARED: dict[str, Callable[[], dict[str, str]]] = {
    "in": lambda: {**AGENCY_STUDENT, **BY_NAME, **REFERENCES},
    "out": lambda: period_answers(open_period(), OUT, end_date="6/3/2026", **REFERENCES),
    "modification": lambda: period_answers(
        open_period(end_date="20/3/2026"), MODIFICATION, start_date="1/3/2026", end_date="19/3/2026", **REFERENCES
    ),
    "cancellation": lambda: period_answers(open_period(), CANCELLATION, **REFERENCES),
}
# What no step takes, and every button but Next keeps.
UNREADABLE = {
    "start": {"employer_number": "12-34 abc"},
    "employer": {},
    "worker": {"ssin": "not one", "family_name": "<Jansen&"},
    "characteristics": {"joint_committee": "124", "worker_type": "BCW", "first_month_card": "none"},
    "period": {"end_date": "31/2/2026"},
    "overview": {"worker_reference": "a reference that is much too long"},
}


@pytest.fixture(autouse=True)
def now(at, monkeypatch):
    """Monday; and no copies of the templates' contexts, which take half of the time."""
    at(MONDAY)
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *args, **kwargs: None)


# -- how a session is lost -------------------------------------------------------------------------------------


def nothing(browser: Client) -> None:
    """The session stays."""


def the_row(browser: Client) -> None:
    """The database no longer has it."""
    Session.objects.all().delete()


def the_cookie(browser: Client) -> None:
    """The browser no longer sends it."""
    browser.cookies.pop(settings.SESSION_COOKIE_NAME, None)


def row_and_cookies(browser: Client) -> None:
    """The browser was told to forget this site as well: the security token is gone too."""
    the_row(browser)
    browser.cookies.clear()


# -- a browser that checks its tokens --------------------------------------------------------------------------


def send(browser: Client, url: str, fields: Mapping[str, str]) -> Any:
    """The answer to a form; where its token is gone, to the same form once the page that explains was sent on."""
    answer = browser.post(url, fields)
    if answer.status_code != 403:
        return answer
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.text)
    answer = browser.post(url, {html.unescape(name): html.unescape(value) for name, value in found})
    assert answer["Location"] == url
    return browser.post(url, form_data(browser.get(url)))


def begun(answers: Mapping[str, str]) -> Walk:
    """A draft of its own browser, begun on the first page."""
    walk = Walk(Client(enforce_csrf_checks=True), kind=kind_of(answers))
    page = walk.client.get("/en/")
    answer = walk.client.post("/en/", {**form_data(page), **step_data("start", answers)})
    walk.draft = UUID(url_token(answer["Location"]))
    return walk


def filled_in(walk: Walk, step: str, answers: Mapping[str, str]) -> dict[str, str]:
    """What a browser sends of a step's page once the fields that follow from one another were brought."""
    typed = step_data(step, answers, walk.kind)
    if step == "characteristics":
        walk.client.post(walk.url(step), {**form_data(walk.get(step)), **typed, "go": "refresh"})
    return {**form_data(walk.get(step)), **typed}


def filed_with(declared: str, lose: Callable[[Client], None]) -> list[Any]:
    """What is filed when the session is lost on every step while its page is open; nothing of it stays."""
    with rolled_back():
        answers = DECLARED[declared]()
        walk = begun(answers)
        for step in STEPS[walk.kind]:
            fields = filled_in(walk, step.slug, answers)
            lose(walk.client)
            answer = send(walk.client, walk.url(step.slug), fields)
            assert answer.status_code == 302, (step.slug, page_text(answer))
        declaration = submitted_declaration(answer)
        return [declaration.status, codes(declaration), dates_and_hours(declaration), declaration.answers]


# -- between any two steps -------------------------------------------------------------------------------------


@pytest.mark.parametrize("declared", DECLARED)
def test_what_was_typed_is_filed_though_the_session_is_lost_on_every_step(declared):
    undisturbed = filed_with(declared, nothing)
    for lose in (the_row, row_and_cookies):
        assert filed_with(declared, lose) == undisturbed, lose.__name__


@pytest.mark.slow
@pytest.mark.parametrize("declared", DECLARED)
def test_every_other_button_keeps_what_was_typed_though_the_session_is_lost(declared):
    answers = DECLARED[declared]()
    walk = begun(answers)
    for step in STEPS[walk.kind]:
        typed = step_data(step.slug, UNREADABLE[step.slug], walk.kind)
        for lose, button in ((the_row, {"go": "previous"}), (the_cookie, {"language": "nl"})):
            page = form_data(walk.get(step.slug))
            lose(walk.client)
            answer = walk.client.post(walk.url(step.slug), {**page, **typed, **button})
            assert answer.status_code == 302, (step.slug, button)
            shown = form_data(walk.get(step.slug))
            assert {name: shown.get(name) for name in typed} == typed, (step.slug, button)
        assert walk.client.post(walk.url(step.slug), filled_in(walk, step.slug, answers)).status_code == 302, step.slug
    assert Declaration.objects.filter(draft=walk.draft).exists()


# -- between an answer and the page that it leads to -----------------------------------------------------------


@pytest.mark.parametrize("declared", DECLARED)
def test_a_page_that_is_asked_for_without_a_session_explains_and_the_page_before_it_leads_on(declared):
    """A GET carries no copy; the page that was sent still does, wherever it is still open."""
    answers = DECLARED[declared]()
    walk = begun(answers)
    for step in STEPS[walk.kind]:
        url, fields = walk.url(step.slug), filled_in(walk, step.slug, answers)
        following = walk.client.post(url, fields)["Location"]
        the_row(walk.client)
        asked = walk.client.get(following)
        if step is STEPS[walk.kind][-1]:
            assert asked.status_code == 200
        else:
            assert (asked.status_code, "Nothing was sent." in page_text(asked)) == (410, True)
        assert walk.client.post(url, fields)["Location"] == following
        assert walk.client.get(following).status_code == 200
    assert Declaration.objects.filter(draft=walk.draft).count() == 1


# -- what the session held beside ------------------------------------------------------------------------------


@pytest.mark.parametrize("lose", [the_row, the_cookie])
def test_two_drafts_of_one_browser_are_both_restored(client, lose):
    answers = [answers_for("XXX", "OTH"), answers_for("XXX", "STU", ssin=ZOE)]
    walks = [Walk(client).to("overview", each) for each in answers]
    pages = [walk.get("overview") for walk in walks]
    lose(client)
    declarations = [
        submitted_declaration(client.post(walk.url("overview"), form_data(page)))
        for walk, page in zip(walks, pages, strict=True)
    ]
    assert [each.worker_type.code for each in declarations] == ["OTH", "STU"]
    assert declarations[1].worker.ssin == ZOE


def test_a_draft_of_one_kind_chosen_again_as_another_is_restored_too(client):
    """The first page of a Dimona IN, sent as a Cancellation after the session was lost, begins that."""
    period = open_period(ssin=ZOE)
    walk = Walk(client).to("worker", answers_for("XXX", "OTH"))
    page = walk.get("start")
    the_row(client)
    fields = {**form_data(page), **step_data("start", period_answers(period, CANCELLATION))}
    other = Walk.from_url(client, client.post(walk.url("start"), fields)["Location"])
    assert other.kind == DeclarationKind.CANCELLATION
    overview = other.url("overview")
    assert submitted_declaration(client.post(overview, form_data(client.get(overview)))).period == period
    assert walk.stored_input()["start-employer_number"]
