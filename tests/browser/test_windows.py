"""Several windows on one browser's drafts, and impatient hands: nothing is mixed, nothing is filed twice."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from declarations.models import Declaration, Period
from tests.support.builders import ERIC, MONDAY, ZOE, Walk, answers_for

from ..support.browser_clerk import Clerk, hand_over, stand_at, value_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


@pytest.fixture
def open_step(client: Client, page: Page, base_url: str) -> Callable[..., Clerk]:
    """`open_step("period")`: a clerk at that step of an ordinary worker's declaration."""
    return lambda step, **changes: stand_at(step, answers_for("XXX", "OTH", **changes), client, page, base_url)


def test_two_drafts_in_two_tabs_do_not_mix(context: BrowserContext):
    one, other = Clerk(context.new_page()), Clerk(context.new_page(), "nl")
    turns: list[tuple[Clerk, Callable[[Clerk], None]]] = [
        (one, Clerk.home),
        (other, Clerk.home),
        (one, Clerk.name_employer),
        (other, Clerk.name_employer),
        (one, lambda clerk: clerk.name_worker(ERIC)),
        (other, lambda clerk: clerk.name_worker(ZOE)),
        (other, lambda clerk: clerk.characterise("XXX", "OTH")),
        (one, lambda clerk: clerk.characterise("XXX", "OTH")),
        (other, lambda clerk: clerk.date(Starting_date="3/3/2026")),
        (one, lambda clerk: clerk.date(Starting_date="2/3/2026")),
        (other, lambda clerk: clerk.press("Confirm")),
        (one, lambda clerk: clerk.press("Confirm")),
    ]
    for clerk, do in turns:
        clerk.page.bring_to_front()
        do(clerk)
    for clerk, number, day in ((one, "85.07.30-033.28", "02/03/2026"), (other, "04.12.31-002.41", "03/03/2026")):
        expect(value_of(clerk.page, clerk.words("SSIN"))).to_have_text(number)
        expect(value_of(clerk.page, clerk.words("Starting date/time"))).to_have_text(day)
    assert Declaration.objects.count() == 2


def test_a_duplicated_tab_never_files_what_it_does_not_show(open_step, context: BrowserContext):
    clerk = open_step("overview")
    twin = Clerk(context.new_page())
    twin.page.goto(clerk.page.url)
    twin.page.get_by_role("button", name="Modifier : Détails de la déclaration").click()
    twin.fill({"Starting date": "9/3/2026"})
    twin.press("Next")
    twin.see_step(5, "Overview of the declaration")
    clerk.press("Confirm")
    clerk.see_step(5, "Overview of the declaration")
    told = clerk.page.get_by_role("alert")
    expect(told).to_contain_text("Les réponses ont été modifiées dans une autre fenêtre")
    expect(told).to_be_focused()
    # It answered a POST, which a reload would send again.
    clerk.page.reload()
    expect(told).to_have_count(0)
    expect(value_of(clerk.page, "Date de début")).to_have_text("09/03/2026")
    clerk.press("Confirm")
    expect(clerk.page.get_by_role("heading", level=1)).to_have_text("Confirmation de réception")
    twin.press("Confirm")
    expect(twin.page).to_have_url(clerk.page.url)
    assert Declaration.objects.count() == 1


def test_a_double_click_files_once(open_step):
    clerk = open_step("overview")
    clerk.button("Confirm").dblclick()
    expect(clerk.page.get_by_role("heading", level=1)).to_have_text("Confirmation de réception")
    assert Declaration.objects.count() == Period.objects.count() == 1


def test_a_double_click_without_javascript_files_once(client: Client, page_without_javascript: Page, base_url: str):
    walk = Walk(client, "fr").to("overview", answers_for("XXX", "OTH"))
    page = page_without_javascript
    hand_over(client, page.context, base_url)
    page.goto(walk.url("overview"))
    Clerk(page).button("Confirm").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirmation de réception")
    assert Declaration.objects.count() == Period.objects.count() == 1


def test_three_windows_that_confirm_at_once_file_once(open_step, context: BrowserContext):
    clerks = [open_step("overview"), Clerk(context.new_page()), Clerk(context.new_page())]
    for clerk, following in pairwise(clerks):
        following.page.goto(clerk.page.url)
    moment = clerks[0].page.evaluate("Date.now() + 700")
    for clerk in clerks:
        clerk.button("Confirm").evaluate(
            "(button, moment) => { setTimeout(() => button.click(), moment - Date.now()) }", moment
        )
    for clerk in clerks:
        expect(clerk.page.get_by_role("heading", level=1)).to_have_text("Confirmation de réception")
    assert len({clerk.page.url for clerk in clerks}) == 1
    assert Declaration.objects.count() == Period.objects.count() == 1
    clerks[0].home()
    expect(clerks[0].page.get_by_text("Déclarations commencées")).to_have_count(0)
