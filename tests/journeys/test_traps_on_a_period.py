"""The wizard's traps in the three kinds on a period: lost sessions, languages, Confirm twice, tabs, steps skipped."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from declarations.models import Declaration
from declarations.wizard.steps import STEPS

from ..support.builders import MONDAY, Walk, submitted_declaration
from ..support.pages import form_data, page_text
from ..support.periods import (
    CANCELLATION,
    MODIFICATION,
    ON_A_PERIOD,
    OUT,
    dates_and_hours,
    open_period,
    period_answers,
)

pytestmark = [pytest.mark.django_db, pytest.mark.pages]

LANGUAGES = ("nl", "fr", "de", "en")
WANTED = {OUT: {"end_date": "6/3/2026"}, MODIFICATION: {"start_date": "1/3/2026"}, CANCELLATION: {}}
EVERY_STEP = [(kind, step.slug) for kind in ON_A_PERIOD for step in STEPS[kind]]
# What cannot be read, on each step; and how the page shows it again.
TYPED: dict[str, dict[str, str]] = {
    "start": {"employer_number": "12-34 abc", "period_number": "9000 x", "identifier_kind": "nsso"},
    "period": {"end_date": "31/2/2026"},
    "overview": {"worker_reference": "a reference that is much too long"},
}


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


def walked(client: Client, kind, step: str, **changes: str) -> Walk:
    """A draft of that kind on a new period, open when it is to be closed; every step before `step` is answered."""
    end = {} if kind == OUT else {"end_date": "20/3/2026"}
    return Walk(client).to(step, period_answers(open_period(**end), kind, **WANTED[kind], **changes))


def lose_the_session() -> None:
    """As after some hours, or in another browser."""
    Session.objects.all().delete()


# -- the copy in the page --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "step"), EVERY_STEP)
def test_an_expired_session_is_restored_by_the_copy_in_the_page(client, kind, step):
    walk = walked(client, kind, step)
    page = walk.get(step)
    typed = {f"{step}-{name}": value for name, value in WANTED[kind].items()} if step == "period" else {}
    lose_the_session()
    answer = client.post(walk.url(step), {**form_data(page), **typed})
    if step == "overview":
        assert submitted_declaration(answer).kind == kind
    else:
        following = [each.slug for each in STEPS[kind]]
        assert answer.url == walk.url(following[following.index(step) + 1])
        assert client.get(answer.url).status_code == 200


@pytest.mark.parametrize(("kind", "step"), EVERY_STEP)
def test_without_the_copy_the_page_explains(client, kind, step):
    walk = walked(client, kind, step)
    page = form_data(walk.get(step))
    lose_the_session()
    for copy in ("", page["draft_copy"][:-3], "junk"):
        answer = client.post(walk.url(step), {**page, "draft_copy": copy})
        assert answer.status_code == 410
        assert "Nothing was sent." in page_text(answer)
    assert walk.get(step).status_code == 410
    assert not Declaration.objects.filter(kind=kind).exists()


def test_the_copy_of_one_kind_opens_no_draft_of_another(client):
    walk = walked(client, OUT, "overview")
    page = form_data(walk.get("overview"))
    lose_the_session()
    other = Walk(client, draft=walk.draft, kind=CANCELLATION)
    assert other.client.post(other.url("overview"), page).status_code == 410


# -- languages and buttons -------------------------------------------------------------------------------------


@pytest.mark.parametrize("button", [{"language": "fr"}, {"language": "de"}, {"go": "refresh"}, {"go": "previous"}])
@pytest.mark.parametrize(("kind", "step"), EVERY_STEP)
def test_every_button_keeps_what_is_typed(client, kind, step, button):
    walk = walked(client, kind, step)
    answer = walk.fill_in(step, TYPED[step], **button)
    walk.language = button.get("language", "en")
    slugs = [each.slug for each in STEPS[kind]]
    back = slugs[max(0, slugs.index(step) - 1)] if button.get("go") == "previous" else step
    assert answer.url.split("?")[0] == walk.url(back)
    page = walk.get(step)
    shown = form_data(page)
    assert {name: shown[f"{step}-{name}"] for name in TYPED[step]} == TYPED[step]
    assert page.context["form"].errors == {}
    assert f'<html lang="{walk.language}">' in page.text


@pytest.mark.parametrize("kind", ON_A_PERIOD)
def test_a_declaration_walked_in_four_languages_is_filed(client, kind):
    """The day typed on a French page is that day on a German one."""
    walk = walked(client, kind, STEPS[kind][1].slug)
    for language in LANGUAGES:
        walk.language = language
        if kind != CANCELLATION:
            walk.next("period", WANTED[kind])
        assert walk.get("overview").status_code == 200
    declaration = submitted_declaration(walk.confirm())
    assert str(declaration.status) in "AW"
    assert declaration.language == "en"
    assert set(declaration.answers["overviews"]) == set(LANGUAGES)


@pytest.mark.parametrize("kind", ON_A_PERIOD)
def test_discarding_asks_first_and_sends_nothing(client, kind):
    walk = walked(client, kind, "overview")
    before = dates_and_hours(Declaration.objects.get().period)
    asked = walk.post("overview", go="discard").url
    assert asked == f"/en/{kind.value}/{walk.draft}/discard/"
    page = client.get(asked)
    assert page.context["back_url"] == walk.url("overview")
    assert "Nothing was sent." in page_text(client.post(asked, follow=True))
    assert walk.get("overview").status_code == 410
    assert dates_and_hours(Declaration.objects.get().period) == before


# -- Confirm ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ON_A_PERIOD)
def test_confirm_twice_gives_one_receipt(client, kind):
    walk = walked(client, kind, "overview")
    page = walk.hidden()
    answers = [client.post(walk.url("overview"), page) for _press in range(3)]
    assert len({answer.url for answer in answers}) == 1
    assert Declaration.objects.filter(kind=kind).count() == 1
    for step in STEPS[kind]:
        assert client.get(walk.url(step.slug)).url == answers[0].url


@pytest.mark.parametrize("kind", [OUT, MODIFICATION])
def test_an_overview_of_answers_changed_in_another_tab_files_nothing(client, kind):
    walk = walked(client, kind, "overview")
    left_open = walk.hidden()
    walk.next("period", {OUT: {"end_date": "7/3/2026"}, MODIFICATION: {"start_date": "28/2/2026"}}[kind])
    answer = client.post(walk.url("overview"), left_open)
    assert answer.context["change_notice"] == "The answers were changed in another window. Check them again."
    assert not Declaration.objects.filter(kind=kind).exists()
    assert submitted_declaration(client.post(walk.url("overview"), walk.hidden(answer))).kind == kind


@pytest.mark.parametrize("kind", ON_A_PERIOD)
def test_a_get_never_files(client, kind):
    walk = walked(client, kind, "overview")
    for step in STEPS[kind]:
        walk.get(step.slug, **walk.hidden())
    assert not Declaration.objects.filter(kind=kind).exists()


@pytest.mark.parametrize("kind", ON_A_PERIOD)
def test_a_confirm_by_hand_without_what_was_displayed_files_nothing(client, kind):
    walk = walked(client, kind, "overview")
    shown = walk.hidden()
    known = Declaration.objects.get().period
    other = Walk(client).to("overview", period_answers(known, kind, **WANTED[kind])).hidden()
    for name in ("answers_digest", "displayed_preview"):
        for wrong in ("", "x", "A", "not_previewed", other[name]):
            answer = client.post(walk.url("overview"), {**shown, name: wrong})
            assert answer.status_code == 200
            assert answer.context["change_notice"]
    assert not Declaration.objects.filter(kind=kind).exists()


# -- steps -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [OUT, MODIFICATION])
@pytest.mark.parametrize("is_posted", [False, True])
def test_the_overview_is_reached_through_the_period_step(client, kind, is_posted):
    walk = walked(client, kind, "period")
    if is_posted:
        assert walk.post("overview").url == walk.url("overview")
    answer = client.get(walk.url("overview"), follow=True)
    assert answer.redirect_chain == [(walk.url("period"), 302)]
    assert "Complete this step first: the later steps depend on it." in page_text(answer)


@pytest.mark.parametrize(("kind", "step"), [(kind, step) for kind, step in EVERY_STEP if step != "start"])
def test_a_first_page_that_is_not_valid_comes_first(client, kind, step):
    walk = walked(client, kind, step)
    walk.post("start", {"period_number": "1"}, go="refresh")
    assert client.get(walk.url(step)).url == walk.url("start")


@pytest.mark.parametrize("kind", ON_A_PERIOD)
def test_an_unknown_draft_and_an_unknown_step(client, kind):
    unknown = Walk(client, draft=uuid4(), kind=kind)
    for step in STEPS[kind]:
        assert unknown.get(step.slug).status_code == 410
        assert client.post(unknown.url(step.slug)).status_code == 410
    walk = walked(client, kind, "overview")
    for name in ("worker", "characteristics", "employer", "done", "nothing"):
        assert walk.get(name).status_code == 400
        assert client.post(walk.url(name)).status_code == 400


@pytest.mark.parametrize("kind", ON_A_PERIOD)
def test_a_change_from_the_overview_comes_straight_back(client, kind):
    """With the reference that was typed there."""
    walk = walked(client, kind, "overview")
    steps = [block.change_step for block in walk.get("overview").context["blocks"] if block.change_step]
    assert steps == ["start", "start" if kind == CANCELLATION else "period"]
    for step in steps:
        answer = walk.post("overview", {"worker_reference": "mine"}, go=step)
        assert answer.url == f"{walk.url(step)}?from=overview"
        assert client.post(answer.url, form_data(client.get(answer.url))).url == walk.url("overview")
    assert form_data(walk.get("overview"))["overview-worker_reference"] == "mine"
    assert str(submitted_declaration(walk.confirm()).status) in "AW"


@pytest.mark.parametrize("kind", ON_A_PERIOD)
def test_the_list_of_drafts_names_the_kind_and_leads_on(client, kind):
    walk = walked(client, kind, STEPS[kind][1].slug)
    (draft,) = client.get("/en/").context["unfinished_drafts"]
    assert str(draft["kind_label"]) == str(kind.label)
    landed = client.get(draft["url"], follow=True)
    assert landed.request["PATH_INFO"] == walk.url(STEPS[kind][1].slug)
    if kind != CANCELLATION:
        walk.next("period", WANTED[kind])
    submitted_declaration(walk.confirm())
    assert client.get("/en/").context["unfinished_drafts"] == []
