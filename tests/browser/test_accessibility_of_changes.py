"""Dimona OUT, Modification and Cancellation bar no one: every state of their pages, and their receipts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from declarations.enums import DeclarationKind
from declarations.enums import PeriodCharacteristics as Characteristics
from declarations.models import Period
from tests.support.builders import MONDAY, period
from tests.support.periods import open_period_on_pages, period_answers

from ..support.browser_clerk import Clerk, stand_at
from .conftest import Inspect

pytestmark = pytest.mark.django_db(transaction=True)

IN, OUT, MODIFICATION, CANCELLATION = DeclarationKind
TEN, SIX = time(10), time(18)
# A period of each kind that a Modification tells apart: committee, type, start, end, and what else it has.
PERIODS: dict[Characteristics, tuple[str, str, str, str, dict[str, Any]]] = {
    Characteristics.FLAT: ("302", "EXT", "2026-03-02", "2026-03-02", {"start_time": TEN, "duration_unit": "flat"}),
    Characteristics.STUDENT: (
        "XXX", "STU", "2026-03-02", "2026-03-31", {"start_time": TEN, "end_time": SIX, "planned_hours": 20}
    ),
    Characteristics.BY_HOUR: (
        "XXX", "FLX", "2026-03-03", "2026-03-03", {"start_time": TEN, "end_time": SIX, "duration_unit": "day"}
    ),
    Characteristics.ONE_DAY: ("XXX", "T17", "2026-03-02", "2026-03-02", {}),
    Characteristics.PLANNED_HOURS: ("XXX", "S17", "2026-03-02", "2026-03-31", {"planned_hours": 20}),
    Characteristics.OTHER: ("XXX", "OTH", "2026-03-02", "2026-03-31", {}),
}  # fmt: skip


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


@pytest.fixture
def stand(client: Client, page: Page, base_url: str) -> Callable[..., Clerk]:
    """`stand("overview", known, OUT, "de", end_date="31/3/2026")`: a clerk at that step, on that period."""
    return lambda step, known, kind, language="fr", **answers: stand_at(
        step, period_answers(known, kind, **answers), client, page, base_url, language
    )


def confirm(clerk: Clerk, inspect: Inspect) -> None:
    """Press Confirm, and inspect the receipt."""
    clerk.press("Confirm")
    expect(clerk.page.get_by_role("heading", level=1)).to_have_text(clerk.words("Confirmation of receipt"))
    inspect(clerk.page)


def test_first_page(page: Page, inspect: Inspect):
    clerk, closed = Clerk(page), period("XXX", "OTH", "2026-03-02", "2026-03-31")
    clerk.home()
    for kind in (OUT, CANCELLATION, MODIFICATION):
        clerk.radio(kind.label).check()
        inspect(page)
    clerk.press("Next")
    expect(clerk.errors().get_by_role("link")).to_have_count(3)
    inspect(page)
    clerk.choose_kind(MODIFICATION, closed.number, "Dimona daily flat rate")
    clerk.press("Next")
    expect(clerk.errors().get_by_role("link")).to_have_count(1)
    inspect(page)
    clerk.choose_kind(OUT, closed.number)
    clerk.press("Next")
    expect(clerk.button("Modify this period instead")).to_be_visible()
    inspect(page)


def test_out(stand, inspect: Inspect):
    clerk = stand("period", period("XXX", "OTH", "2026-02-02"), OUT)
    inspect(clerk.page)
    clerk.press("Next")
    expect(clerk.errors()).to_be_visible()
    inspect(clerk.page)
    clerk.fill({"Ending date": "13/2/2026"})
    clerk.press("Next")
    expect(clerk.page.get_by_text("tardive")).to_be_visible()
    inspect(clerk.page)
    clerk.press("Previous")
    expect(clerk.field("Ending date")).to_have_value("13/02/2026")
    inspect(clerk.page)
    clerk.press("Next")
    confirm(clerk, inspect)


def test_modification_of_each_characteristics(stand, inspect: Inspect):
    for committee, worker_type, start, end, others in PERIODS.values():
        clerk = stand("period", period(committee, worker_type, start, end, **others), MODIFICATION, "de")
        clerk.page.get_by_text(clerk.words("Does something else need to change?")).click()
        expect(clerk.button("Cancel and declare again")).to_be_visible()
        inspect(clerk.page)


def test_a_students_night_cut_to_its_first_day(stand, inspect: Inspect):
    hours = {"start_time": time(22), "end_time": time(6), "planned_hours": 8}
    clerk = stand("period", period("XXX", "STU", "2026-03-02", "2026-03-03", **hours), MODIFICATION)
    expect(clerk.button("Cancel and declare again")).to_be_hidden()
    clerk.fill({"Ending date": "2/3/2026"})
    clerk.press("Next")
    expect(clerk.errors()).to_contain_text("00778-345")
    expect(clerk.button("Cancel and declare again")).to_be_visible()
    inspect(clerk.page)


def test_modification(stand, inspect: Inspect):
    known = period("XXX", "OTH", "2026-03-02", "2026-03-31")
    clerk = stand("period", known, MODIFICATION, "nl")
    clerk.fill({"Starting date": ""})
    clerk.page.get_by_role("checkbox").check()
    clerk.fill({"Ending date": "30/3/2026"})
    clerk.press("Next")
    expect(clerk.errors().get_by_role("link")).to_have_count(2)
    inspect(clerk.page)
    clerk.fill({"Starting date": "1/3/2026", "Ending date": "31/3/2026"})
    clerk.press("Next")
    expect(clerk.page.get_by_text("90378-460")).to_be_visible()
    inspect(clerk.page)
    Period.objects.update(start_date=date(2026, 3, 3))
    clerk.press("Confirm")
    expect(clerk.page.get_by_role("alert")).to_be_visible()
    inspect(clerk.page)
    confirm(clerk, inspect)


def test_a_period_declared_anew(stand, client: Client, inspect: Inspect):
    clerk = stand("overview", open_period_on_pages(client), MODIFICATION, start_date="9/3/2026")
    expect(clerk.page.get_by_text("00910-344")).to_be_visible()
    inspect(clerk.page)
    clerk.press("Cancel and declare again")
    clerk.see_step(3, "Overview of the declaration")
    inspect(clerk.page)
    confirm(clerk, inspect)
    clerk.page.get_by_role("link", name=clerk.words("Continue with the Dimona IN")).click()
    clerk.page.get_by_role("button", name="Modifier : Données du travailleur").click()
    clerk.see_step(2, "Identification of the employee")
    inspect(clerk.page)


def test_an_overview_without_a_preview_and_a_refused_receipt(stand, settings, inspect: Inspect):
    settings.PREVIEWS_PER_CLIENT = (0, timedelta(hours=1))
    known = period("XXX", "OTH", "2026-03-02", "2026-03-31")
    clerk = stand("overview", known, MODIFICATION, "de", start_date="9/3/2026")
    all_the_same = clerk.words("You can still confirm: the NSSO’s answer will then be on the receipt.")
    expect(clerk.page.get_by_text(all_the_same)).to_be_visible()
    inspect(clerk.page)
    confirm(clerk, inspect)
    expect(clerk.page.get_by_text("00910-344")).to_be_visible()
