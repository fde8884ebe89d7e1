"""What the manual's screens show, found by their French labels."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from .walking import value_of


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
