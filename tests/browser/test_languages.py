"""Another language at every step: what was typed stays as it was typed, right or wrong, and so does the step."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.builders import MONDAY

from ..support.browser_clerk import Clerk

pytestmark = pytest.mark.django_db(transaction=True)

STATUSES = {"fr": "Acceptée", "nl": "Aanvaard", "de": "Akzeptiert", "en": "Accepted"}
PERIOD_NUMBERS = {
    "fr": "Numéro d’identification de la période",
    "nl": "Identificatienummer van de periode",
    "de": "Identifizierungsnummer der Periode",
    "en": "Identification number for the period",
}


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


@pytest.mark.parametrize("has_scripts", [True, False], ids=["with JavaScript", "without"])
def test_the_language_changes_at_every_step(page: Page, page_without_javascript: Page, has_scripts: bool):
    clerk = Clerk(page if has_scripts else page_without_javascript, "nl", has_scripts=has_scripts)
    clerk.home()
    name_employer(clerk)
    name_worker(clerk)
    characterise(clerk)
    date(clerk)
    confirm(clerk)
    for language in STATUSES:
        if language != clerk.language:
            clerk.switch_to(language)
        see_receipt(clerk)


def name_employer(clerk: Clerk) -> None:
    number = clerk.field("Employer’s number")
    number.fill("0852 09 34 3")
    clerk.switch_to("de")
    number = clerk.field("Employer’s number")
    expect(number).to_have_value("0852 09 34 3")
    expect(clerk.page.get_by_role("alert")).to_have_count(0)
    clerk.press("Next")
    expect(clerk.page.get_by_role("alert")).to_contain_text("00014-003")
    clerk.switch_to("fr")
    number = clerk.field("Employer’s number")
    expect(number).to_have_value("0852 09 34 3")
    number.fill("0852 09 34 31")
    clerk.press("Next")
    clerk.see_step(1, "Identification of the employer")
    clerk.switch_to("en")
    clerk.see_step(1, "Identification of the employer")
    clerk.press("Next")


def name_worker(clerk: Clerk) -> None:
    clerk.radio("I don’t know the SSIN").check()
    typed = {"Family name": "D’Exemple-Voorbeeld", "Given name": "Zoé", "Birth date": "31/02/2004", "Mailbox": "b1"}
    clerk.fill(typed)
    clerk.field("Gender").select_option("2")
    clerk.field("Nationality").select_option("00111")
    clerk.switch_to("nl")
    clerk.see_step(2, "Identification of the employee")
    expect(clerk.radio("I don’t know the SSIN")).to_be_checked()
    for label, value in typed.items():
        expect(clerk.field(label)).to_have_value(value)
    expect(clerk.field("Gender").locator("option:checked")).to_have_text("V")
    expect(clerk.field("Nationality").locator("option:checked")).to_have_text(re.compile("^Fran[sk]"))
    clerk.radio("I know the SSIN").check()
    clerk.fill({"SSIN": "04.12.31-002.41"})
    clerk.press("Next")


def characterise(clerk: Clerk) -> None:
    clerk.choose("Joint committee (JC)", "XXX")
    clerk.choose("Type of worker", "STU")
    clerk.page.get_by_role("checkbox").check()
    clerk.fill({"Name of the workplace": "Sporthal"})
    clerk.switch_to("de")
    clerk.see_step(3, "Characteristics of the period")
    expect(clerk.field("Type of worker").locator("option:checked")).to_have_text("Student - STU")
    expect(clerk.field("Name of the workplace")).to_have_value("Sporthal")
    clerk.page.get_by_role("checkbox").uncheck()
    clerk.press("Next")


def date(clerk: Clerk) -> None:
    typed = {"Starting date": "2.3.2026", "Ending date": "31.3.26", "Start time": "8h", "End time": "quatre"}
    clerk.fill(typed)
    clerk.switch_to("en")
    clerk.see_step(4, "Details of the period")
    for label, value in {**typed, "Starting date": "02/03/2026", "Start time": "08:00"}.items():
        expect(clerk.field(label)).to_have_value(value)
    clerk.switch_to("de")
    expect(clerk.field("Starting date")).to_have_value("02.03.2026")
    clerk.fill({"Ending date": "31.3.2026", "End time": "16:30", "Number of planned hours": "20"})
    clerk.press("Next")


def confirm(clerk: Clerk) -> None:
    clerk.fill({"Your reference for the employee": "Z-1"})
    clerk.switch_to("fr")
    clerk.see_step(5, "Overview of the declaration")
    expect(clerk.field("Your reference for the employee")).to_have_value("Z-1")
    expect(clerk.page.get_by_text("31/03/2026").first).to_be_visible()
    clerk.press("Confirm")
    expect(clerk.page.get_by_role("heading", level=1)).to_have_text("Confirmation de réception")


def see_receipt(clerk: Clerk) -> None:
    page, status = clerk.page, STATUSES[clerk.language]
    expect(page.get_by_role("heading", level=1)).to_have_text(clerk.words("Confirmation of receipt"))
    expect(page.get_by_role("strong").filter(has_text=re.compile(rf"^\s*{status}\s*$"))).to_be_visible()
    number = page.get_by_label(PERIOD_NUMBERS[clerk.language], exact=True)
    expect(number).to_have_text(re.compile(r"^9000\s\d{4}\s\d{4}$"))
    day = "31.03.2026 16:30" if clerk.language == "de" else "31/03/2026 16:30"
    expect(page.get_by_text(day)).to_be_visible()


@pytest.mark.parametrize(("wish", "home"), [("nl-BE,fr;q=0.5", "/nl/"), ("pt,de-AT;q=0.8", "/de/"), ("pt", "/en/")])
def test_the_browser_s_language_is_followed(page: Page, base_url: str, wish: str, home: str):
    page.route("**/*", lambda route: route.continue_(headers={"accept-language": wish}))
    page.goto("/")
    expect(page).to_have_url(base_url + home)
