"""The browser's own ways through a draft: back, forward, reload, tabs, impatience, an expired session, errors."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from declarations.models import Declaration
from tests.support.builders import ERIC, MONDAY, ZOE, answers_for

from ..support.browser_clerk import Clerk, go_back, go_forward, stand_at, value_of

pytestmark = pytest.mark.django_db(transaction=True)

# What each page of an ordinary worker shows once it is filled in.
FILLED = {
    "start": ("Employer’s number", "0852093431"),
    "worker": ("SSIN", ERIC),
    "characteristics": ("Type of worker", "OTH"),
    "period": ("Starting date", "02/03/2026"),
    "overview": ("Your reference for the employee", "T-12"),
}


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


@pytest.fixture
def open_step(client: Client, page: Page, base_url: str) -> Callable[..., Clerk]:
    """`open_step("period")`: a clerk at that step of an ordinary worker's declaration."""
    return lambda step, **changes: stand_at(step, answers_for("XXX", "OTH", **changes), client, page, base_url)


# -- back, forward, reload -------------------------------------------------------------------------------------


def test_back_forward_and_reload_show_what_was_saved(page: Page):
    clerk = Clerk(page)
    clerk.walk_to_overview(ERIC)
    clerk.fill({"Your reference for the employee": "T-12"})
    for name in ("Previous", "Next"):
        with page.expect_navigation():
            clerk.press(name)
    steps = ["employer", "worker", "characteristics", "period", "overview", "period", "overview"]

    def expect_step(slug: str) -> None:
        expect(page).to_have_url(re.compile(f"/{slug}/$"))
        if slug in FILLED:
            expect(clerk.field(FILLED[slug][0])).to_have_value(FILLED[slug][1])
        expect(page.get_by_role("alert")).to_have_count(0)

    for slug in reversed(steps[:-1]):
        go_back(page)
        expect_step(slug)
        page.reload()
        expect_step(slug)
    for slug in steps[1:]:
        go_forward(page)
        expect_step(slug)
    clerk.press("Confirm")
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirmation de réception")
    go_back(page)
    expect(page).to_have_url(re.compile("/receipt/"))
    assert Declaration.objects.count() == 1


def test_previous_leads_back_through_every_step(open_step):
    clerk = open_step("overview")
    for slug in ("period", "characteristics", "worker", "employer", "start"):
        clerk.press("Previous")
        expect(clerk.page).to_have_url(re.compile(f"/{slug}/$"))
        if slug in FILLED:
            expect(clerk.field(FILLED[slug][0])).to_have_value(FILLED[slug][1])
    expect(clerk.button("Previous")).to_have_count(0)


def test_previous_and_the_panel_keep_what_is_half_typed(open_step):
    clerk = open_step("period")
    clerk.fill({"Starting date": "31/2/2026"})
    clerk.press("Previous")
    clerk.see_step(3, "Characteristics of the period")
    clerk.press("Next")
    clerk.see_step(4, "Details of the period")
    expect(clerk.field("Starting date")).to_have_value("31/2/2026")
    expect(clerk.page.get_by_role("alert")).to_have_count(0)
    clerk.fill({"Starting date": "30/2/2026"})
    clerk.panel().get_by_role("button", name="2. Travailleurs").click()
    clerk.see_step(2, "Identification of the employee")
    clerk.press("Next")
    clerk.see_step(3, "Characteristics of the period")
    clerk.press("Next")
    expect(clerk.field("Starting date")).to_have_value("30/2/2026")


def test_a_step_too_far_leads_to_the_first_one_missing(open_step):
    clerk = open_step("characteristics")
    clerk.page.goto(clerk.page.url.replace("characteristics", "overview"))
    clerk.see_step(3, "Characteristics of the period")
    expect(clerk.page.get_by_text("Complétez d’abord cette étape")).to_be_visible()


def test_a_change_from_the_overview_comes_straight_back(open_step):
    clerk = open_step("overview")
    clerk.page.get_by_role("button", name="Modifier : Données du travailleur").click()
    clerk.see_step(2, "Identification of the employee")
    clerk.fill({"SSIN": ZOE})
    clerk.press("Next")
    clerk.see_step(5, "Overview of the declaration")
    expect(value_of(clerk.page, "NISS")).to_have_text("04.12.31-002.41")


# -- errors ----------------------------------------------------------------------------------------------------


def test_the_error_summary_takes_the_focus_and_leads_to_the_fields(open_step):
    clerk = open_step("worker")
    page = clerk.page
    clerk.press("Next")
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(page).to_have_title(re.compile(r"^Erreur\s: "))
    summary.get_by_role("link").click()
    expect(clerk.radio("I know the SSIN")).to_be_focused()
    clerk.radio("I don’t know the SSIN").check()
    clerk.press("Next")
    expect(summary.get_by_role("link")).to_have_count(8)
    for word in ("Nom", "Prénom", "Date de naissance", "Lieu de naissance", "Adresse", "N°", "Code postal", "Commune"):
        summary.get_by_role("link").filter(has_text=re.compile(rf"«\s{re.escape(word)}\s»")).click()
        expect(clerk.field(word)).to_be_focused()
        expect(clerk.field(word)).to_have_attribute("aria-invalid", "true")
        expect(clerk.field(word)).to_have_accessible_description(re.compile(rf"Erreur\s:.*«\s{re.escape(word)}\s»"))
    for word in ("Pays", "Boîte"):
        expect(clerk.field(word)).not_to_have_attribute("aria-invalid", "true")
    # Beside a field with an error a label keeps to its own, and the two fields to one line.
    beside = (page.get_by_text("Boîte", exact=True), clerk.field("Boîte"), clerk.field("N°"))
    label, box, number = (each.evaluate("each => each.getBoundingClientRect().toJSON()") for each in beside)
    assert abs(box["top"] - number["top"]) < 1
    assert box["top"] - label["bottom"] < label["height"]


def test_enter_presses_next_and_never_files(open_step):
    clerk = open_step("period")
    clerk.field("Starting date").fill("2/3/2026")
    clerk.field("Starting date").press("Enter")
    clerk.see_step(5, "Overview of the declaration")
    reference = clerk.field("Your reference for the employee")
    reference.fill("T-12")
    with clerk.page.expect_navigation():
        reference.press("Enter")
    clerk.see_step(5, "Overview of the declaration")
    expect(reference).to_have_value("T-12")
    assert Declaration.objects.count() == 0
    clerk.press("Confirm")
    expect(value_of(clerk.page, "Votre référence pour le travailleur")).to_have_text("T-12")


def test_an_error_of_the_other_branch_is_not_shown_any_more(open_step):
    clerk = open_step("worker")
    clerk.radio("I know the SSIN").check()
    clerk.fill({"SSIN": "85.07.30-033.29"})
    clerk.press("Next")
    expect(clerk.errors().get_by_role("link")).to_have_count(1)
    clerk.radio("I don’t know the SSIN").check()
    expect(clerk.errors()).to_have_count(0)
    clerk.radio("I know the SSIN").check()
    clerk.errors().get_by_role("link").click()
    expect(clerk.field("SSIN")).to_be_focused()


# -- a session that is over, a draft that is gone --------------------------------------------------------------


def lose_session(clerk: Clerk) -> None:
    clerk.page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)


def test_an_expired_session_loses_nothing(open_step):
    clerk = open_step("characteristics")
    clerk.choose("Joint committee (JC)", "XXX")
    expect(clerk.field("Type of worker").get_by_role("option")).to_have_count(14)
    lose_session(clerk)
    clerk.choose("Type of worker", "OTH")
    clerk.press("Next")
    clerk.see_step(4, "Details of the period")
    clerk.fill({"Starting date": "2/3/2026"})
    lose_session(clerk)
    clerk.switch_to("de")
    expect(clerk.field("Starting date")).to_have_value("02.03.2026")
    clerk.press("Next")
    clerk.see_step(5, "Overview of the declaration")
    lose_session(clerk)
    clerk.press("Confirm")
    expect(clerk.page.get_by_role("heading", level=1)).to_have_text("Empfangsbescheinigung")
    expect(value_of(clerk.page, "ENSS")).to_have_text("85.07.30-033.28")


def test_a_choice_after_the_session_s_end_still_brings_its_fields(open_step):
    clerk = open_step("characteristics")
    lose_session(clerk)
    clerk.choose("Joint committee (JC)", "302")
    expect(clerk.field("Type of worker").get_by_role("option")).to_have_text(
        ["Sélectionner", "Travailleur occasionnel - EXT"]
    )


def test_an_address_without_its_session_says_that_the_draft_is_gone(open_step):
    clerk = open_step("period")
    lose_session(clerk)
    response = clerk.page.reload()
    assert response is not None
    assert response.status == 410
    expect(clerk.page.get_by_role("heading", level=1)).to_have_text("Cette déclaration n’est plus ici")
    clerk.page.get_by_role("link", name="Commencer une nouvelle déclaration").click()
    expect(clerk.page).to_have_url(re.compile("/fr/$"))


def test_discard_asks_and_says_that_nothing_was_sent(open_step):
    clerk = open_step("period")
    clerk.fill({"Starting date": "2/3/2026"})
    clerk.press("Discard")
    expect(clerk.page.get_by_text("Rien n’a été envoyé")).to_be_visible()
    clerk.page.get_by_role("link", name="Revenir à la déclaration").click()
    expect(clerk.field("Starting date")).to_have_value("02/03/2026")
    clerk.press("Discard")
    clerk.press("Discard the declaration")
    expect(clerk.page.get_by_role("heading", level=1)).to_have_text("La déclaration a été abandonnée")
    clerk.page.get_by_role("main").get_by_role("link", name="Home Dimona").click()
    expect(clerk.page.get_by_text("Déclarations commencées")).to_have_count(0)
    assert Declaration.objects.count() == 0


def test_the_home_page_leads_on_to_what_was_begun(open_step):
    clerk = open_step("period")
    clerk.fill({"Starting date": "2/3/2026"})
    clerk.home()
    expect(clerk.page.get_by_text("Dimona IN, commencée le 02/03/2026 09:00")).to_be_visible()
    clerk.page.get_by_role("link", name="Continuer : Dimona IN du 02/03/2026 09:00").click()
    clerk.see_step(4, "Details of the period")


def test_a_refused_declaration_is_corrected_and_sent_again(open_step):
    clerk = open_step("overview", start_date="2/3/2036")
    expect(clerk.page.get_by_text("Refusée", exact=True)).to_be_visible()
    clerk.press("Confirm")
    expect(clerk.page.get_by_text("00910-008")).to_be_visible()
    clerk.press("Correct and send again")
    clerk.see_step(4, "Details of the period")
    expect(clerk.field("Starting date")).to_have_value("02/03/2036")
    clerk.fill({"Starting date": "2/3/2026"})
    clerk.press("Next")
    clerk.press("Confirm")
    expect(value_of(clerk.page, "Statut de la déclaration")).to_have_text("Acceptée")
    assert sorted(Declaration.objects.values_list("status", flat=True)) == ["A", "B"]
