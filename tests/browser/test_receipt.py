"""The receipt in the hand: one A4 page without the navigation, a number to copy, an address to come back to."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from declarations.models import Declaration
from referentials.bases import LANGUAGES
from tests.support.builders import (
    AGENCY,
    BY_NAME,
    CONSTRUCTION,
    MONDAY,
    PROVISIONAL,
    Walk,
    answers_for,
    codes,
    step_data,
    submitted_declaration,
)
from tests.support.periods import CANCELLATION, MODIFICATION, OUT, close, open_period_on_pages, period_answers

from ..support.browser_clerk import Clerk

pytestmark = pytest.mark.django_db(transaction=True)

REFERENCES = {
    "employer_reference": "MAISON-2026-00000001",
    "worker_reference": "TRAVAILLEUR-00000001",
    "declaration_reference": "DECLARATION-00000001",
}
LONG_NAME = {
    "family_name": "Vandenbroucke-Vanden Eynde de la Montagne-Haute",
    "given_name": "Marie-Antoinette Zoé",
}
# By the status's letter: what is filed. The refused one breaks as many rules at once as it can.
FILINGS = {
    "A": answers_for("322", "BCW", employer_number=AGENCY, user_joint_committee="124"),
    "W": answers_for("302", "EXT", start_date="1/3/2026", end_date="1/3/2026"),
    "B": answers_for(
        "XXX", "STG", identifier_kind="nsso", employer_number=PROVISIONAL, start_date="2/3/2019", end_date="2/3/2036"
    ),
    "S": {**answers_for("XXX", "OTH"), **BY_NAME, **LONG_NAME},
}
# One anomaly has the whole width; more share it.
COLUMNS = """() => [...document.querySelectorAll(".anomalies")].map(
  list => getComputedStyle(list).columnCount === (list.children.length > 1 ? "2" : "auto"))"""


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


def number_of_pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_a_page_is_counted(page: Page):
    page.set_content("<p>one</p><p style='break-before: page'>two</p>")
    assert number_of_pages(page.pdf(format="A4")) == 2


@pytest.mark.parametrize("status", FILINGS)
def test_it_prints_on_one_page_without_the_navigation(client: Client, page: Page, status: str):
    page.emulate_media(media="print")
    assert_printed_on_one_page(page, filed_as(client, status))


def test_those_of_a_period_print_on_one_page_too(client: Client, page: Page):
    page.emulate_media(media="print")
    known = open_period_on_pages(client, "124", "BCW", employer_number=CONSTRUCTION)
    for kind, answers, status in (
        (OUT, {"end_date": "31/3/2026"}, "A"),
        (MODIFICATION, {"start_date": "27/2/2026", "end_date": "13/3/2026"}, "W"),
        (MODIFICATION, {"start_date": "2/3/2036", "end_date": "31/3/2036"}, "B"),
        (CANCELLATION, {}, "A"),
    ):
        declaration = filed_with_references(client, period_answers(known, kind, **answers))
        assert declaration.status == status, codes(declaration)
        assert_printed_on_one_page(page, declaration)


def assert_printed_on_one_page(page: Page, declaration: Declaration) -> None:
    """The receipt in each language, on paper."""
    for language in LANGUAGES:
        page.goto(f"/{language}/receipt/{declaration.receipt_token}/")
        assert number_of_pages(page.pdf(prefer_css_page_size=True)) == 1, (declaration.kind, language)
        assert all(page.evaluate(COLUMNS)), (declaration.kind, language)
        clerk = Clerk(page, language)
        for gone in (
            page.get_by_role("navigation", include_hidden=True),
            page.get_by_role("contentinfo", include_hidden=True),
            page.get_by_text(clerk.words("non-secured version")),
            *page.get_by_role("button", include_hidden=True).all(),
            *page.get_by_role("link", name="Home Dimona", include_hidden=True).all(),
        ):
            expect(gone).to_be_hidden()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_text(REFERENCES["worker_reference"])).to_be_visible()


def filed_as(client: Client, status: str) -> Declaration:
    """A Dimona IN with that answer."""
    declaration = filed_with_references(client, FILINGS[status])
    assert declaration.status == status
    return declaration


def filed_with_references(client: Client, answers: dict[str, str]) -> Declaration:
    """What those answers declare, its references as long as can be."""
    return submitted_declaration(Walk(client).to("overview", answers).confirm(**step_data("overview", REFERENCES)))


def test_the_period_number_is_copied(client: Client, page: Page):
    known = open_period_on_pages(client)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/fr/receipt/{close(client, known).receipt_token}/")
    page.get_by_role("button", name="Copier le numéro").click()
    expect(page.get_by_role("status")).to_have_text("Copié")
    assert page.evaluate("navigator.clipboard.readText()") == known.number


def test_it_is_read_again_from_another_browser(client: Client, page: Page):
    declaration = filed_as(client, "S")
    page.goto(f"/de/receipt/{declaration.receipt_token}/")
    page.reload()
    expect(page.get_by_text("In Bearbeitung").first).to_be_visible()
    expect(page.get_by_text("Nur eine akzeptierte Meldung ist gültig")).to_be_visible()
    assert page.goto("/de/receipt/nobody-knows-this-address/").status == 404
