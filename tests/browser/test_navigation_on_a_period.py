"""The browser's own ways through a declaration on a period: back, reload, Enter, impatience, errors, a period anew."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from declarations.enums import DeclarationKind
from declarations.models import Declaration, Period
from tests.support.builders import MONDAY, ZOE, period
from tests.support.periods import open_period_on_pages, period_answers

from ..support.browser_clerk import Clerk, go_back, go_forward, stand_at, value_of

pytestmark = pytest.mark.django_db(transaction=True)

IN, OUT, MODIFICATION, CANCELLATION = DeclarationKind
END_OF_MARCH = {"end_date": "31/3/2026"}
RECEIPT = "Confirmation de réception"
MASKED = "••.••.••-•••.41"


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


@pytest.fixture
def stand(client: Client, page: Page, base_url: str) -> Callable[..., Clerk]:
    """`stand("overview", known, OUT, end_date="31/3/2026")`: a clerk at that step of a declaration on that period."""
    return lambda step, known, kind, **answers: stand_at(
        step, period_answers(known, kind, **answers), client, page, base_url
    )


# -- back, forward, reload, Enter ------------------------------------------------------------------------------

# By kind: the answers of its period step, and by page what it shows once they are given.
WAYS = {
    OUT: (END_OF_MARCH, ["start", "period", "overview"]),
    MODIFICATION: ({"start_date": "27/2/2026"}, ["start", "period", "overview"]),
    CANCELLATION: ({}, ["start", "overview"]),
}
REFERENCE = "Your reference for the employee"


@pytest.mark.parametrize("kind", WAYS)
def test_back_forward_and_reload_show_what_was_saved(stand, kind: DeclarationKind):
    known = period("XXX", "OTH", "2026-03-02")
    answers, steps = WAYS[kind]
    clerk = stand("overview", known, kind, **answers)
    page = clerk.page
    shown = {
        "start": ("Identification number for the period", known.number),
        "period": ("Ending date", "31/03/2026") if kind == OUT else ("Starting date", "27/02/2026"),
        "overview": (REFERENCE, "T-12"),
    }
    clerk.fill({REFERENCE: "T-12"})
    for name in ("Previous", "Next"):
        for _step in steps[1:]:
            with page.expect_navigation():
                clerk.press(name)

    def expect_step(slug: str) -> None:
        expect(page).to_have_url(re.compile(f"/{kind}/.*/{slug}/$"))
        expect(clerk.field(shown[slug][0])).to_have_value(shown[slug][1])
        expect(clerk.errors()).to_have_count(0)

    for slug in reversed(steps[:-1]):
        go_back(page)
        expect_step(slug)
        page.reload()
        expect_step(slug)
    for slug in steps[1:]:
        go_forward(page)
        expect_step(slug)
    page.reload()
    expect_step("overview")
    clerk.press("Confirm")
    expect(page.get_by_role("heading", level=1)).to_have_text(RECEIPT)
    go_back(page)
    expect(page).to_have_url(re.compile("/receipt/"))
    assert Declaration.objects.get().status in "AW"


def test_enter_presses_next_and_never_files(stand):
    clerk = stand("period", period("XXX", "OTH", "2026-03-02"), OUT)
    clerk.field("Ending date").fill("31/3/2026")
    clerk.field("Ending date").press("Enter")
    clerk.see_step(4, "Overview of the declaration")
    with clerk.page.expect_navigation():
        clerk.field(REFERENCE).press("Enter")
    clerk.see_step(4, "Overview of the declaration")
    assert Declaration.objects.count() == 0


def test_a_double_click_on_confirm_files_once(stand):
    known = period("XXX", "OTH", "2026-03-02")
    for count, (kind, answers) in enumerate(
        [(OUT, END_OF_MARCH), (MODIFICATION, {"end_date": "30/3/2026"}), (CANCELLATION, {})], start=1
    ):
        clerk = stand("overview", known, kind, **answers)
        clerk.button("Confirm").dblclick()
        expect(clerk.page.get_by_role("heading", level=1)).to_have_text(RECEIPT)
        assert Declaration.objects.count() == count
    assert set(Declaration.objects.values_list("status", flat=True)) == {"A"}


# -- errors ----------------------------------------------------------------------------------------------------


def test_the_errors_of_a_period_take_the_focus_and_lead_to_their_fields(stand):
    known = period("XXX", "OTH", "2026-03-02")
    clerk = stand("period", known, OUT)
    for typed, code in {"": "00911-001", "1/3/2026": "00911-014"}.items():
        clerk.fill({"Ending date": typed})
        clerk.press("Next")
        expect(clerk.errors()).to_contain_text(code)
        expect(clerk.errors()).to_be_focused()
        clerk.errors().get_by_role("link").click()
        expect(clerk.field("Ending date")).to_be_focused()
    clerk.page.reload()
    expect(clerk.field("Ending date")).to_have_value("01/03/2026")
    expect(clerk.errors()).to_have_count(0)
    clerk.fill({"Ending date": "31/3/2026"})
    clerk.press("Next")
    clerk.press("Confirm")
    expect(clerk.page.get_by_role("heading", level=1)).to_have_text(RECEIPT)

    clerk = stand("period", known, MODIFICATION)
    remove = clerk.page.get_by_role("checkbox", name=clerk.words("Remove the ending date"))
    expect(remove).to_be_visible()
    for label in ("Starting date", "Ending date"):
        clerk.fill({"Starting date": "2/3/2026", "Ending date": "30/3/2026", label: ""})
        clerk.press("Next")
        expect(clerk.errors()).to_be_focused()
        clerk.errors().get_by_role("link").click()
        expect(clerk.field(label)).to_be_focused()
    clerk.fill({"Ending date": "30/3/2026"})
    remove.check()
    clerk.press("Next")
    expect(clerk.errors()).to_contain_text("Supprimer la date de fin")
    expect(remove).to_be_checked()
    clerk.switch_to("de")
    expect(clerk.field("Ending date")).to_have_value("30.03.2026")
    expect(clerk.page.get_by_role("checkbox")).to_be_checked()


# -- a period declared anew ------------------------------------------------------------------------------------


def test_a_later_start_leads_by_a_cancellation_to_a_new_dimona_in(stand, client: Client):
    clerk = stand("overview", open_period_on_pages(client, ssin=ZOE), MODIFICATION, start_date="9/3/2026")
    expect(clerk.page.get_by_text("00910-344")).to_be_visible()
    clerk.press("Cancel and declare again")
    cancel_and_continue(clerk)
    clerk.see_step(5, "Overview of the declaration")
    page = clerk.page
    expect(value_of(page, "NISS")).to_have_text(MASKED)
    expect(value_of(page, "Type de travailleur")).to_have_text("Autre - OTH")
    expect(value_of(page, "Date de début")).to_have_text("09/03/2026")
    see_new_receipt(clerk)


def test_what_cannot_be_modified_leads_from_the_step_to_a_new_dimona_in(stand, client: Client):
    clerk = stand("period", open_period_on_pages(client, "XXX", "STU", ssin=ZOE), MODIFICATION)
    page = clerk.page
    page.get_by_text(clerk.words("Does something else need to change?")).click()
    clerk.press("Cancel and declare again")
    cancel_and_continue(clerk)
    clerk.see_step(4, "Details of the period")
    expect(clerk.field("Starting date")).to_have_value("02/03/2026")
    expect(clerk.field("Number of planned hours")).to_have_value("20")
    clerk.fill({"Starting date": "9/3/2026"})
    clerk.press("Next")
    see_new_receipt(clerk)


def cancel_and_continue(clerk: Clerk) -> None:
    """The Cancellation that is filed first, and the way on from its receipt."""
    page = clerk.page
    clerk.see_step(3, "Overview of the declaration")
    expect(page.get_by_role("status").filter(has_text="Confirmez d’abord")).to_be_visible()
    clerk.press("Confirm")
    expect(page.get_by_role("heading", level=1)).to_have_text(RECEIPT)
    assert Period.objects.get().cancelled_at
    page.get_by_role("link", name=clerk.words("Continue with the Dimona IN")).click()


def see_new_receipt(clerk: Clerk) -> None:
    page = clerk.page
    clerk.panel().get_by_role("button", name=re.compile("^2. ")).click()
    clerk.see_step(2, "Identification of the employee")
    assert_unseen(page)
    clerk.press("Next")
    clerk.see_step(5, "Overview of the declaration")
    assert_unseen(page)
    clerk.press("Confirm")
    expect(page.get_by_role("heading", level=1)).to_have_text(RECEIPT)
    expect(value_of(page, "NISS")).to_have_text(MASKED)
    expect(value_of(page, "Statut de la déclaration")).to_have_text("Acceptée")
    assert_unseen(page)
    assert Period.objects.filter(cancelled_at=None).get().start_date.isoformat() == "2026-03-09"


def assert_unseen(page: Page) -> None:
    """The SSIN of the worker stands nowhere on the page, however written."""
    assert ZOE not in re.sub(r"\D", "", page.content())
