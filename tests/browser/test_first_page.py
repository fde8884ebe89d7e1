"""The first page: which fields come with the chosen kind, where its errors lead, and the ways out of them."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from declarations.enums import DeclarationKind, PeriodCharacteristics
from tests.support.builders import MONDAY, ORDINARY, period

from ..support.browser_clerk import Clerk, go_back

pytestmark = pytest.mark.django_db(transaction=True)

IN, OUT, MODIFICATION, CANCELLATION = DeclarationKind
NUMBER, RADIOS = "Identification number for the period", "Characteristics of the period"
# By kind: whether the number of the period and the six radio buttons are asked.
ASKED = {OUT: (True, False), MODIFICATION: (True, True), CANCELLATION: (True, False), IN: (False, False)}
TYPED = "9000 1234 5678"


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


def test_the_fields_of_the_period_come_with_their_kind(page: Page):
    clerk = Clerk(page)
    clerk.home()
    number, radios = clerk.field(NUMBER), page.get_by_role("group", name=clerk.words(RADIOS))
    expect(number).to_be_hidden()
    expect(radios).to_be_hidden()
    for kind, (has_number, has_radios) in ASKED.items():
        clerk.radio(kind.label).check()
        expect(number).to_be_visible(visible=has_number)
        expect(radios).to_be_visible(visible=has_radios)
        if kind == OUT:
            number.fill(TYPED)
        if kind == MODIFICATION:
            expect(radios.get_by_role("radio")).to_have_count(len(PeriodCharacteristics))
            clerk.radio("Student based on hours (starting date after 2017)").check()
    clerk.radio("Modification").check()
    expect(number).to_have_value(TYPED)
    expect(clerk.radio("Student based on hours (starting date after 2017)")).to_be_checked()
    clerk.switch_to("nl")
    expect(clerk.radio("Modification")).to_be_checked()
    expect(clerk.field(NUMBER)).to_have_value(TYPED)
    expect(clerk.radio("Student based on hours (starting date after 2017)")).to_be_checked()


def test_without_javascript_all_fields_are_there_and_only_those_of_the_kind_count(page_without_javascript: Page):
    clerk = Clerk(page_without_javascript, has_scripts=False)
    clerk.home()
    expect(clerk.radio("Dimona IN")).to_be_checked()
    expect(clerk.field(NUMBER)).to_be_visible()
    for characteristics in PeriodCharacteristics:
        expect(clerk.radio(characteristics.label)).to_be_visible()
    expect(clerk.field(NUMBER)).to_have_accessible_description(
        re.compile("^Pour une Dimona OUT, une Modification ou une Annulation")
    )
    clerk.fill({"Employer’s number": ORDINARY, NUMBER: "12"})
    clerk.press("Next")
    clerk.see_step(1, "Identification of the employer")


def test_the_errors_take_the_focus_and_lead_to_the_fields(page: Page):
    clerk, known = Clerk(page), period("XXX", "OTH", "2026-03-02")
    clerk.home()
    clerk.radio("Modification").check()
    clerk.press("Next")
    expect(clerk.errors()).to_be_focused()
    expect(page).to_have_title(re.compile(r"^Erreur\s: "))
    links = clerk.errors().get_by_role("link")
    first_radio = clerk.radio("Dimona daily flat rate")
    for link, target in zip(
        links.all(), (clerk.field("Employer’s number"), first_radio, clerk.field(NUMBER)), strict=True
    ):
        link.click()
        expect(target).to_be_focused()
    for text_field in (clerk.field("Employer’s number"), clerk.field(NUMBER)):
        expect(text_field).to_have_attribute("aria-invalid", "true")
        expect(text_field).to_have_accessible_description(re.compile(r"Erreur\s:"))
    clerk.choose_kind(MODIFICATION, known.number, "Dimona daily flat rate")
    clerk.press("Next")
    expect(links).to_have_text([re.compile(r"choisissez «\sAutre\s»")])
    links.click()
    expect(first_radio).to_be_focused()
    clerk.radio("Other").check()
    clerk.field(NUMBER).press("Enter")
    clerk.see_step(3, "Modifying a period")


def test_back_on_the_home_page_the_fields_fit_the_choice_that_the_browser_puts_back(page: Page):
    clerk, known = Clerk(page), period("XXX", "OTH", "2026-03-02")
    clerk.begin(OUT, known.number)
    clerk.see_step(3, "Closing a period")
    go_back(page)
    expect(clerk.radio("Dimona OUT")).to_be_checked()
    expect(clerk.field(NUMBER)).to_be_visible()


@pytest.mark.parametrize("has_scripts", [True, False], ids=["with JavaScript", "without"])
def test_a_closed_period_is_offered_to_be_modified(
    page: Page, page_without_javascript: Page, client: Client, has_scripts: bool
):
    clerk = Clerk(page if has_scripts else page_without_javascript, has_scripts=has_scripts)
    closed = period("XXX", "OTH", "2026-03-02", "2026-03-31")
    clerk.begin(OUT, closed.number)
    expect(clerk.errors()).to_contain_text(re.compile("31/03/2026.*00913-356"))
    clerk.press("Modify this period instead")
    clerk.see_step(3, "Modifying a period")
    expect(clerk.field("Ending date")).to_have_value("31/03/2026")
    clerk.press("Previous")
    expect(clerk.radio("Modification")).to_be_checked()
    expect(clerk.radio("Other")).to_be_checked()
    expect(clerk.field(NUMBER)).to_have_value(closed.number)


def test_another_kind_keeps_the_employer_and_the_number(page: Page):
    clerk, known = Clerk(page), period("XXX", "OTH", "2026-03-02")
    clerk.begin(OUT, known.number)
    clerk.see_step(3, "Closing a period")
    clerk.panel().get_by_role("button", name=re.compile("^1. ")).click()
    clerk.radio("Cancellation").check()
    clerk.press("Next")
    clerk.see_step(3, "Overview of the declaration")
    expect(page).to_have_url(re.compile("/fr/cancellation/"))
    go_back(page)
    page.reload()
    expect(clerk.radio("Dimona OUT")).to_be_checked()
    expect(clerk.field(NUMBER)).to_have_value(known.number)
