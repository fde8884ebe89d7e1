"""The manual's Dimona IN, screen after screen, by its French labels."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from declarations.models import Declaration
from tests.support.builders import MONDAY

from ..support.browser_clerk import value_of
from .screens import PERIOD_NUMBER, assert_receipt, assert_step, assert_values, button, field, radio

pytestmark = pytest.mark.django_db(transaction=True)

NUMBERS = "0852.093.431 / 1277920-67"
# The list of the manual for the committee XXX, in its order; T17 stands in its table only.
TYPES_OF_XXX = [
    "Sélectionner",
    "Article 17 (avant 2022) - A17",
    "Apprenti - formation en alternance - ALT",
    "Travailleur non soumis aux cotisations - DWD",
    "Flexi-Job - FLX",
    "Formation professionnelle individuelle - IVT",
    "Article 17 Secteur socio-culturel et autres - O17",
    "Autre - OTH",
    "Mandat parlementaire - PMP",
    "Article 17 Secteur du sport - S17",
    "Stagiaire régime accidents du travail - STG",
    "Etudiant - STU",
    "Article 17 TV publique - T17",
    "Stage de transition - TRI",
]
COMMITTEES = [
    "Sélectionner",
    "Autre - XXX",
    "Construction - 124",
    "Transport - 140",
    "Agriculture - 144",
    "Horticulture - 145",
    "Electricien - 149",
    "Horeca - 302",
    "Pompes funèbres - 320",
    "Intérim - 322",
]


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


def test_home_page(page: Page):
    page.goto("/fr/")
    expect(page.get_by_role("heading", name="1. Identifier l’employeur")).to_be_visible()
    expect(page.get_by_role("heading", name="2. Sélection du type de déclaration")).to_be_visible()
    expect(page.get_by_text("version non sécurisée")).to_be_visible()
    expect(page.get_by_role("link", name="Home Dimona")).to_be_visible()
    expect(page.get_by_role("link", name="Déclaration d’accessibilité")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^Release \d"))).to_be_visible()
    expect(page.get_by_role("combobox").get_by_role("option")).to_have_text(["N° d’entreprise", "N° ONSS"])
    choices = {
        "Dimona IN": "Vous souhaitez Déclarer un nouveau travailleur Déclarer une nouvelle période pour un travailleur"
        " existant",
        "Dimona OUT": "Vous souhaitez clôturer une période",
        "Modification": "Vous souhaitez modifier une période",
        "Annulation": "Vous souhaitez annuler une période",
    }
    for name, words in choices.items():
        expect(radio(page, name)).to_have_accessible_description(re.compile(f"^{words}"))
    expect(radio(page, "Dimona IN")).to_be_checked()


def test_worker_known_by_ssin(page: Page):
    page.add_init_script("window.timesPrinted = 0; window.print = () => { window.timesPrinted += 1 }")
    page.goto("/fr/")
    see_employer(page)
    see_worker(page)
    see_characteristics(page)
    see_period(page)
    see_overview(page)
    see_receipt(page)


def see_employer(page: Page) -> None:
    field(page, "Numéro de l’employeur").fill("0852093431")
    button(page, "Suivant").click()

    assert_step(page, "Étape 1 : Identification de l’employeur", done=0)
    assert_values(
        page,
        {
            "Dénomination": "Comptoir de l’Exemple (démo)",
            "N° d’entreprise": "0852.093.431",
            "N° ONSS": "1277920-67",
            "Adresse": "Rue de l’Exemple 12 boîte 3, 1000 Bruxelles",
        },
    )
    button(page, "Suivant").click()


def see_worker(page: Page) -> None:
    assert_step(page, "Étape 2 : Identification du travailleur", done=1)
    expect(page.get_by_role("complementary")).to_contain_text(NUMBERS)
    expect(radio(page, "Je ne connais pas le NISS")).not_to_be_checked()
    expect(field(page, "NISS")).to_be_hidden()
    page.get_by_text("Où trouver le NISS").click()
    expect(page.get_by_role("listitem").filter(has_text="isi+")).to_be_visible()
    radio(page, "Je connais le NISS").check()
    expect(field(page, "Nom")).to_be_hidden()
    field(page, "NISS").fill("850730-033-28")
    button(page, "Suivant").click()


def see_characteristics(page: Page) -> None:
    assert_step(page, "Étape 3 : Caractéristiques de la période", done=2)
    committee = field(page, "Commission paritaire (CP)")
    expect(committee.get_by_role("option")).to_have_text(COMMITTEES)
    committee.select_option("Autre - XXX")
    kind = field(page, "Type de travailleur")
    expect(kind.get_by_role("option")).to_have_text(TYPES_OF_XXX)
    kind.select_option("Autre - OTH")
    button(page, "Suivant").click()


def see_period(page: Page) -> None:
    assert_step(page, "Étape 4 : Détails de la période", done=3)
    expect(page.get_by_role("complementary")).to_contain_text("XXX – OTH")
    expect(page.get_by_text("* Champs requis")).to_be_visible()
    expect(page.locator("label", has_text="Date de début")).to_contain_text("*")
    expect(page.locator("label", has_text="Date de fin")).not_to_contain_text("*")
    field(page, "Date de début").fill("2/3/2026")
    button(page, "Suivant").click()


def see_overview(page: Page) -> None:
    assert_step(page, "Étape 5 : Aperçu de la déclaration", done=4, forward="Confirmer")
    for title in ("Employeur", "Données du travailleur", "Détails de la déclaration"):
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    assert_values(
        page,
        {
            "N° d’entreprise": "0852.093.431",
            "NISS": "85.07.30-033.28",
            "Commission paritaire (CP)": "Autre - XXX",
            "Type de travailleur": "Autre - OTH",
            "Type de déclaration": "Dimona IN",
            "Date de début": "02/03/2026",
        },
    )
    expect(page.get_by_text("Acceptée", exact=True)).to_be_visible()
    for label, value in {"l’employeur": "MAISON", "le travailleur": "T-12", "la déclaration": "2026/001"}.items():
        field(page, f"Votre référence pour {label}").fill(value)
    button(page, "Confirmer").click()


def see_receipt(page: Page) -> None:
    assert_receipt(page, "Acceptée")
    assert_values(
        page,
        {
            "Date / Heure d’envoi": "02/03/2026 09:00",
            "Date/Heure de début": "02/03/2026",
            "Date/heure de fin": "-",
            "Votre référence pour l’employeur": "MAISON",
            "Votre référence pour le travailleur": "T-12",
            "Votre référence pour la déclaration": "2026/001",
            "Dénomination": "Comptoir de l’Exemple (démo)",
            "NISS": "85.07.30-033.28",
        },
    )
    button(page, "Imprimer").click()
    assert page.evaluate("window.timesPrinted") == 1
    number = Declaration.objects.get().number
    shown = f"{number[:4]} {number[4:8]} {number[8:]}"
    expect(value_of(page, "N° de déclaration")).to_have_text(shown)
    expect(page.get_by_label(PERIOD_NUMBER)).to_have_text(shown)
    page.get_by_role("main").get_by_role("link", name="Home Dimona").click()
    expect(page).to_have_url(re.compile(r"/fr/$"))
    expect(page.get_by_text("Déclarations commencées")).to_have_count(0)
