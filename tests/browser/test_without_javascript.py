"""The manual's Dimona IN where no script runs: buttons bring what a choice brings."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.builders import CONSTRUCTION_USER, MONDAY

from .screens import PERIOD_NUMBER, assert_receipt, assert_values, button, field, radio

pytestmark = pytest.mark.django_db(transaction=True)

BRING_CHOICES = "Afficher les choix correspondants"
IDENTITY = {
    "Nom": "Nieuwkomer",
    "Prénom": "Ines",
    "Initiale du second prénom": "M",
    "Date de naissance": "17/11/1991",
    "Lieu de naissance": "Oostkamp",
    "Adresse": "Zandstraatje",
    "N°": "88",
    "Boîte": "2",
    "Code postal": "8020",
    "Commune": "Hertsberge",
}


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


def bring(page: Page, label: str, option: str, name: str) -> None:
    """Choose, and press the button beside that brings what goes with the choice."""
    chosen = field(page, label)
    chosen.select_option(option)
    button(page, f"{name} – {label}").click()
    expect(chosen.locator("option:checked")).to_have_text(option)


def test_worker_without_ssin_through_an_agency_without_javascript(page_without_javascript: Page):
    page = page_without_javascript
    page.goto("/fr/")
    field(page, "Numéro de l’employeur").fill("0999.010.522")
    button(page, "Suivant").click()
    button(page, "Suivant").click()

    radio(page, "Je ne connais pas le NISS").check()
    expect(field(page, "Sexe").get_by_role("option")).to_have_text(["H", "F"])
    for label, shown in {"Pays de naissance": "Belgique", "Nationalité": "Belge", "Pays": "Belgique"}.items():
        expect(field(page, label).locator("option:checked")).to_have_text(shown)
    for label, value in IDENTITY.items():
        field(page, label).fill(value)
    field(page, "Sexe").select_option("F")
    button(page, "Suivant").click()

    expect(page.get_by_role("complementary")).to_contain_text("Ines Nieuwkomer")
    expect(field(page, "Type de travailleur").get_by_role("option")).to_have_text(["Sélectionner"])
    bring(page, "Commission paritaire (CP)", "Intérim - 322", BRING_CHOICES)
    bring(page, "Type de travailleur", "Travailleur du secteur de la construction - BCW", BRING_CHOICES)
    field(page, "N° d’entreprise de l’entreprise utilisatrice").fill(CONSTRUCTION_USER)
    bring(page, "Commission paritaire de l’entreprise utilisatrice", "Construction - 124", BRING_CHOICES)
    expect(field(page, "N° d’entreprise de l’entreprise utilisatrice")).to_have_value(CONSTRUCTION_USER)
    field(page, "Numéro de la carte C3.2A du mois où la période commence").fill("3636")
    field(page, "Numéro de la carte C3.2A du mois suivant").fill("3737")
    button(page, "Suivant").click()

    expect(page.locator("label", has_text="Date de fin")).to_contain_text("*")
    field(page, "Date de début").fill("02.03.2026")
    field(page, "Date de fin").fill("13-3-2026")
    button(page, "Suivant").click()

    assert_values(page, {"Nom": "Nieuwkomer", "Sexe": "F", "Date de naissance": "17/11/1991"})
    expect(page.get_by_text("Zandstraatje 88 boîte 2, 8020 Hertsberge, Belgique", exact=True)).to_be_visible()
    assert_values(page, {"Date de début": "02/03/2026", "Date de fin": "13/03/2026"})
    expect(page.get_by_text("En attente", exact=True)).to_be_visible()
    page.get_by_role("button", name="Modifier : Détails de la déclaration").click()
    field(page, "Date de fin").fill("20/3/2026")
    button(page, "Suivant").click()
    assert_values(page, {"Date de fin": "20/03/2026"})
    button(page, "Confirmer").click()

    assert_receipt(page, "En attente")
    assert_values(page, {"NISS": "-", "Nom": "Nieuwkomer", "Prénom": "Ines", "Date/heure de fin": "20/03/2026"})
    expect(page.get_by_label(PERIOD_NUMBER)).to_have_count(0)
    expect(button(page, "Imprimer")).to_be_hidden()


@pytest.mark.parametrize(
    ("unit", "answers", "gone"),
    [
        (
            "Par jour, avec l’heure de début et de fin",
            {"Date de fin": "3/3/2026", "Heure de début": "22h", "Heure de fin": "3h"},
            (),
        ),
        (
            "Par période, dans un seul trimestre",
            {"Date de fin": "31/3/2026"},
            ("Heure de début", "Heure de fin"),
        ),
    ],
)
def test_flexi_job_without_javascript(page_without_javascript: Page, unit: str, answers: dict, gone: tuple):
    page = page_without_javascript
    page.goto("/fr/")
    field(page, "Numéro de l’employeur").fill("852093431")
    button(page, "Suivant").click()
    button(page, "Suivant").click()
    radio(page, "Je connais le NISS").check()
    field(page, "NISS").fill("90.02.14-124.02")
    button(page, "Suivant").click()
    bring(page, "Commission paritaire (CP)", "Autre - XXX", BRING_CHOICES)
    field(page, "Type de travailleur").select_option("Flexi-Job - FLX")
    button(page, "Suivant").click()

    radio(page, unit).check()
    button(page, "Afficher les champs correspondants – Mode de déclaration").click()
    expect(radio(page, unit)).to_be_checked()
    for label in gone:
        expect(field(page, label)).to_have_count(0)
    for label, value in {"Date de début": "2/3/2026", **answers}.items():
        field(page, label).fill(value)
    button(page, "Suivant").click()
    button(page, "Confirmer").click()
    assert_receipt(page, "Acceptée")
