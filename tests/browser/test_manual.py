"""The manual's Dimona IN, screen after screen, by its French labels; with JavaScript and without."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from declarations.models import Declaration
from tests.builders import CONSTRUCTION_USER, MONDAY

from .walking import value_of

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = ["1. Employeur", "2. Travailleurs", "3. Caractéristiques", "4. Période", "5. Aperçu"]
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


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def field(page: Page, label: str) -> Locator:
    """The text field or the list of that label; the label alone, not a longer one that holds it."""
    return page.get_by_role("textbox", name=label, exact=True).or_(
        page.get_by_role("combobox", name=label, exact=True)
    )


def radio(page: Page, label: str) -> Locator:
    return page.get_by_role("radio", name=label, exact=True)


def bring(page: Page, label: str, option: str, name: str) -> None:
    """Choose, and press the button beside that brings what goes with the choice."""
    chosen = field(page, label)
    chosen.select_option(option)
    button(page, f"{name} – {label}").click()
    expect(chosen.locator("option:checked")).to_have_text(option)


def assert_step(page: Page, title: str, *, done: int, forward: str = "Suivant") -> None:
    """The manual's frame: title, side panel with `done` ticks and an arrow on the next row, the buttons in order."""
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    panel = page.get_by_role("complementary", name="Ajout d’une période")
    rows = panel.get_by_role("listitem")
    expect(rows).to_have_text([re.compile(rf"^\s*{re.escape(row)}") for row in ROWS])
    expect(panel.get_by_text("terminée")).to_have_count(done)
    expect(rows.nth(done)).to_have_attribute("aria-current", "step")
    places = [button(page, name).bounding_box() for name in ("Précédent", "Abandonner", forward)]
    lefts = [place["x"] for place in places if place]
    assert len(lefts) == 3
    assert lefts == sorted(lefts)


def assert_values(page: Page, values: dict[str, str]) -> None:
    for label, value in values.items():
        expect(value_of(page, label)).to_have_text(value)


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


def test_other_declarations_say_that_they_come_later(page: Page):
    page.goto("/fr/")
    field(page, "Numéro de l’employeur").fill("0852093431")
    for kind in ("Dimona OUT", "Modification", "Annulation"):
        expect(radio(page, kind)).to_have_accessible_description(re.compile("Pas encore possible"))
        radio(page, kind).check()
        button(page, "Suivant").click()
        expect(page.get_by_role("alert")).to_contain_text("n’est pas encore possible")
        expect(radio(page, kind)).to_be_checked()


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
    expect(page.get_by_label("Numéro d’identification de la période")).to_have_text(shown)
    page.get_by_role("main").get_by_role("link", name="Home Dimona").click()
    expect(page).to_have_url(re.compile(r"/fr/$"))
    expect(page.get_by_text("Déclarations commencées")).to_have_count(0)


def assert_receipt(page: Page, status: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirmation de réception")
    expect(page).to_have_title(re.compile(r"^Dimona IN \d{4}\s\d{4}\s\d{4} – Confirmation de réception$"))
    expect(
        page.get_by_text("Nous vous confirmons la réception de votre déclaration dont le détail est repris")
    ).to_be_visible()
    for title in ("Déclarations", "Employeur", "Travailleurs"):
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    expect(page.get_by_role("strong").filter(has_text=status).first).to_be_visible()
    assert_values(page, {"Type de déclaration": "Dimona IN", "Statut de la déclaration": status})


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
    expect(page.get_by_label("Numéro d’identification de la période")).to_have_count(0)
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
