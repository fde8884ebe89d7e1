"""The manual's Dimona OUT, Modification and Annulation on one period, screen after screen, by their French labels."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from declarations.models import Declaration, Period
from tests.support.builders import MONDAY, answers_for, submit_pages

from .screens import PERIOD_NUMBER, assert_receipt, assert_step, assert_values, button, field, radio

pytestmark = pytest.mark.django_db(transaction=True)

MASKED = "••.••.••-•••.28"
OPENING = "Date/Heure de début"
ENDING = "Date/heure de fin"

# Leads from where one stands to the first page of a declaration that is new: its kind, the radio button it needs.
Begin = Callable[[Page, str, str], None]


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def has_scripts(request: pytest.FixtureRequest) -> bool:
    """Once where scripts run, once where none does."""
    return request.param


@pytest.fixture
def any_page(request: pytest.FixtureRequest, has_scripts: bool) -> Page:
    """A page of that kind."""
    return request.getfixturevalue("page" if has_scripts else "page_without_javascript")


def test_from_the_first_page_with_the_number_of_the_receipt(any_page: Page, has_scripts: bool):
    page = any_page
    file_dimona_in(page, has_scripts=has_scripts)
    number = page.get_by_label(PERIOD_NUMBER).inner_text()

    def begin(page: Page, kind: str, characteristics: str) -> None:
        page.get_by_role("main").get_by_role("link", name="Home Dimona").click()
        radio(page, kind).check()
        if characteristics:
            radio(page, characteristics).check()
        field(page, "Numéro de l’employeur").fill("0852093431")
        field(page, PERIOD_NUMBER).fill(number)
        button(page, "Suivant").click()

    close_modify_and_cancel(page, begin)


def test_from_the_buttons_of_the_receipt(any_page: Page, client: Client):
    page = any_page
    page.goto(f"/fr/receipt/{submit_pages(client, answers_for('XXX', 'OTH')).receipt_token}/")

    def begin(page: Page, kind: str, characteristics: str) -> None:
        offers = page.get_by_role("region", name="Faire une autre déclaration pour cette période")
        offers.get_by_role("button", name=kind, exact=True).click()

    close_modify_and_cancel(page, begin)
    expect(page.get_by_role("region", name="Faire une autre déclaration")).to_have_count(0)


def file_dimona_in(page: Page, *, has_scripts: bool) -> None:
    """A Dimona IN without an end, by its labels; the button that brings the types is pressed where no script runs."""
    page.goto("/fr/")
    field(page, "Numéro de l’employeur").fill("0852093431")
    button(page, "Suivant").click()
    button(page, "Suivant").click()
    radio(page, "Je connais le NISS").check()
    field(page, "NISS").fill("85.07.30-033.28")
    button(page, "Suivant").click()
    field(page, "Commission paritaire (CP)").select_option("Autre - XXX")
    if not has_scripts:
        button(page, "Afficher les choix correspondants – Commission paritaire (CP)").click()
    field(page, "Type de travailleur").select_option("Autre - OTH")
    button(page, "Suivant").click()
    field(page, "Date de début").fill("2/3/2026")
    button(page, "Suivant").click()
    button(page, "Confirmer").click()
    assert_receipt(page, "Acceptée")


def close_modify_and_cancel(page: Page, begin: Begin) -> None:
    number = Period.objects.get().number
    shown = f"{number[:4]} {number[4:8]} {number[8:]}"

    begin(page, "Dimona OUT", "")
    see_closing(page, shown)
    assert_receipt(page, "Acceptée", "Dimona OUT")
    assert_values(page, {OPENING: "02/03/2026", ENDING: "31/03/2026", **references("OUT")})

    begin(page, "Modification", "Autre")
    see_modification(page, shown)
    assert_receipt(page, "Acceptée", "Modification")
    assert_values(page, {OPENING: "02/03/2026", ENDING: "-", **references("MODIF")})

    begin(page, "Annulation", "")
    see_cancellation(page, shown)
    assert_receipt(page, "Acceptée", "Annulation")
    assert_values(page, {OPENING: "02/03/2026", ENDING: "-", "NISS": MASKED, "Nom": "-", **references("ANNUL")})
    expect(page.get_by_label(PERIOD_NUMBER)).to_have_count(0)
    statuses = dict(Declaration.objects.values_list("kind", "status"))
    assert statuses == {"in": "A", "out": "A", "modification": "A", "cancellation": "A"}


def see_closing(page: Page, number: str) -> None:
    assert_step(page, "Étape 3 : Clôture d’une période", done=2, kind="Dimona OUT")
    panel = page.get_by_role("complementary")
    expect(panel).to_contain_text("0852.093.431 / 1277920-67")
    expect(panel).to_contain_text(MASKED)
    assert_values(page, {PERIOD_NUMBER: number, "Date de début": "02/03/2026"})
    expect(page.get_by_role("main").get_by_role("textbox")).to_have_count(1)
    expect(page.locator("label", has_text="Date de fin")).to_contain_text("*")
    field(page, "Date de fin").fill("31/3/2026")
    button(page, "Suivant").click()

    see_overview(page, "Étape 4 : Aperçu de la déclaration", 3, "Dimona OUT", number, "OUT")
    assert_values(page, {"Date de début": "02/03/2026", "Date de fin": "31/03/2026"})
    button(page, "Confirmer").click()


def see_modification(page: Page, number: str) -> None:
    assert_step(page, "Étape 3 : Modification d’une période", done=2, kind="Modification")
    assert_values(page, {PERIOD_NUMBER: number, "Date de début": "02/03/2026", "Date de fin": "31/03/2026"})
    expect(field(page, "Date de début")).to_have_value("02/03/2026")
    expect(field(page, "Date de fin")).to_have_value("31/03/2026")
    reopen = page.get_by_role("checkbox", name="Supprimer la date de fin", exact=True)
    expect(reopen).not_to_be_checked()
    reopen.check()
    button(page, "Suivant").click()

    see_overview(page, "Étape 4 : Aperçu de la déclaration", 3, "Modification", number, "MODIF")
    assert_values(
        page, {"Date de début": "02/03/2026", "Date de fin (avant → après)": "31/03/2026 → pas de date de fin"}
    )
    button(page, "Confirmer").click()


def see_cancellation(page: Page, number: str) -> None:
    see_overview(page, "Étape 3 : Aperçu de la déclaration", 2, "Annulation", number, "ANNUL")
    assert_values(page, {"Date de début": "02/03/2026", "Date de fin": "pas de date de fin"})
    answer = page.get_by_role("region", name="Ce que l’ONSS répondra")
    expect(answer).to_contain_text("La période disparaît entièrement")
    expect(answer).to_contain_text(re.compile("à temps.*02/03/2026"))
    button(page, "Confirmer").click()


def see_overview(page: Page, title: str, done: int, kind: str, number: str, reference: str) -> None:
    assert_step(page, title, done=done, forward="Confirmer", kind=kind)
    for name in ("Employeur", "Données du travailleur", "Détails de la déclaration"):
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    assert_values(
        page,
        {
            "N° d’entreprise": "0852.093.431",
            "N° ONSS": "1277920-67",
            "NISS": MASKED,
            "Type de déclaration": kind,
            "N° de période": number,
        },
    )
    expect(page.get_by_text("Acceptée", exact=True)).to_be_visible()
    for label, value in references(reference).items():
        field(page, label).fill(value)


def references(word: str) -> dict[str, str]:
    """The three references, by label."""
    return {f"Votre référence pour {what}": word for what in ("l’employeur", "le travailleur", "la déclaration")}
