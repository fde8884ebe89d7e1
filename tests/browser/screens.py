"""What the manual's screens show, found by their French labels."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from ..support.browser_clerk import value_of

# The side panel, by kind of declaration: its title and its rows (ruling 4).
PANELS = {
    "Dimona IN": (
        "Ajout d’une période",
        ["1. Employeur", "2. Travailleurs", "3. Caractéristiques", "4. Période", "5. Aperçu"],
    ),
    "Dimona OUT": ("Clôture d’une période", ["1. Employeur", "2. Travailleurs", "3. Période", "4. Aperçu"]),
    "Modification": ("Modification d’une période", ["1. Employeur", "2. Travailleurs", "3. Période", "4. Aperçu"]),
    "Annulation": ("Annulation d’une période", ["1. Employeur", "2. Travailleurs", "3. Aperçu"]),
}
PERIOD_NUMBER = "Numéro d’identification de la période"


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def field(page: Page, label: str) -> Locator:
    """The text field or the list of that label; the label alone, not a longer one that holds it."""
    return page.get_by_role("textbox", name=label, exact=True).or_(
        page.get_by_role("combobox", name=label, exact=True)
    )


def radio(page: Page, label: str) -> Locator:
    return page.get_by_role("radio", name=label, exact=True)


def assert_values(page: Page, values: dict[str, str]) -> None:
    for label, value in values.items():
        expect(value_of(page, label)).to_have_text(value)


def assert_step(page: Page, title: str, *, done: int, forward: str = "Suivant", kind: str = "Dimona IN") -> None:
    """The manual's frame: title, side panel with `done` ticks and an arrow on the next row, the buttons in order."""
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    panel_title, titles = PANELS[kind]
    rows = page.get_by_role("complementary", name=panel_title).get_by_role("listitem")
    expect(rows).to_have_text([re.compile(rf"^\s*{re.escape(row)}") for row in titles])
    expect(rows.get_by_text("terminée")).to_have_count(done)
    expect(rows.nth(done)).to_have_attribute("aria-current", "step")
    names = ["Précédent", "Abandonner", forward]
    # In the order of the page, which Tab follows, and in the order that is seen.
    expect(page.locator(".buttons button")).to_have_text(names)
    places = [button(page, name).bounding_box() for name in names]
    lefts = [place["x"] for place in places if place]
    assert len(lefts) == 3
    assert lefts == sorted(lefts)


def assert_receipt(page: Page, status: str, kind: str = "Dimona IN") -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirmation de réception")
    expect(page).to_have_title(re.compile(rf"^{kind} \d{{4}}\s\d{{4}}\s\d{{4}} – Confirmation de réception$"))
    expect(
        page.get_by_text("Nous vous confirmons la réception de votre déclaration dont le détail est repris")
    ).to_be_visible()
    for title in ("Déclarations", "Employeur", "Travailleurs"):
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    expect(page.get_by_role("strong").filter(has_text=status).first).to_be_visible()
    assert_values(page, {"Type de déclaration": kind, "Statut de la déclaration": status})
