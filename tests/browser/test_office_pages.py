"""No page of the office bars anyone: axe-core finds nothing on a desktop and on a phone, nothing scrolls sideways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from declarations.filing import decisions
from declarations.models import Declaration, Notification, NotificationState, Period, SsinAccess
from referentials import tables
from referentials.models import Employer
from tests.support.builders import BY_NAME, MONDAY, answers_for, submit, submit_pages, without
from tests.support.staff import member, signed_in_client

from ..support.axe import assert_accessible
from ..support.browser_clerk import Clerk, hand_over, is_wider_than_its_window
from .conftest import DESKTOP, NARROW, PHONE

pytestmark = pytest.mark.django_db(transaction=True)

UNKNOWN = {**without(answers_for("XXX", "OTH"), "ssin"), **BY_NAME}
ERIK = {"family_name": "EXEMPLE", "given_name": "Erik", "sex": "1", "birth_date": "30/7/1985"}


@pytest.fixture(autouse=True)
def filed(at, client: Client) -> dict[str, Declaration]:
    """An accepted declaration, one that may be of a known worker, and one that was refused by a decision."""
    moment = at(MONDAY)
    call_command("load_demo_workers", verbosity=0)
    found = {
        "accepted": submit(answers_for("XXX", "STU"), moment),
        "pending": submit_pages(client, {**UNKNOWN, **ERIK}),
        "decided": submit(UNKNOWN, moment),
    }
    chief = member("")
    decisions.decide(
        found["decided"], ssin="", note="Nobody knows her.", by=chief, at=timezone.now(), tables=tables.current()
    )
    decisions.set_lock(Period.objects.get(), is_locked=True, note="Inspection.", by=chief, at=timezone.now())
    SsinAccess.objects.create(accessed_at=moment, accessed_by=chief, declaration=found["accepted"])
    Notification.objects.filter(declaration=found["accepted"]).update(state=NotificationState.UNSURE, last_error="x")
    return found


def look_at(page: Page) -> None:
    """Fails when the page shown bars anyone, at any width; leaves it at a desktop's.

    Without `preload`: to read Django's forms.css, which imports another sheet, axe would add a style of its own, and
    the policy of the pages refuses it. Only the rule about a locked orientation reads sheets.
    """
    page.wait_for_load_state()
    page.set_viewport_size(NARROW)
    assert not is_wider_than_its_window(page), f"{page.url} is wider than {NARROW['width']} px"
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        assert_accessible(page, preload=False)


def address(name: str, *args: Any) -> str:
    """Of a page of the office, named as in the admin."""
    return reverse(f"admin:{name}", args=args)


@pytest.fixture
def open_as(page: Page, base_url: str) -> Callable[..., Clerk]:
    """`open_as("Reviewer", "index")`: that role at a page of the office."""

    def go(role: str, name: str, *args: Any) -> Clerk:
        hand_over(signed_in_client(member(role)), page.context, base_url)
        page.goto(address(name, *args))
        return Clerk(page)

    return go


def test_the_sign_in(page: Page):
    clerk = Clerk(page)
    page.goto("/admin/")
    look_at(page)
    page.locator("form").first.evaluate("form => { form.noValidate = true }")
    clerk.press("Log in")
    expect(page.locator(".errorlist")).to_have_count(3)
    look_at(page)
    for attempt in range(5):
        for name in ("username", "password", "otp_token"):
            page.locator(f"input[name={name}]").fill("nobody")
        clerk.press("Log in")
        if attempt == 0:
            expect(page.get_by_role("alert")).to_be_visible()
            look_at(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(clerk.words("Sign-in is temporarily blocked"))
    look_at(page)


# By role: the pages that it opens, the name of each followed by what stands in its address.
PAGES = {
    "Reviewer": (
        "index",
        "app_list declarations",
        "declarations_declaration_changelist",
        "declarations_pendingdeclaration_changelist",
        "declarations_period_changelist",
        "declarations_notification_changelist",
        "declarations_worker_changelist",
    ),
    "Auditor": (
        "declarations_decision_changelist",
        "declarations_ssinaccess_changelist",
        "declarations_listexport_changelist",
        "axes_accesslog_changelist",
        "admin_logentry_changelist",
        "referentials_employer_changelist",
    ),
    "Referential editor": ("referentials_riskcode_changelist", "referentials_riskcode_add"),
}


@pytest.mark.parametrize("role", PAGES)
def test_lists_and_what_leads_to_them(open_as, role: str):
    clerk = open_as(role, "index")
    for name in PAGES[role]:
        clerk.page.goto(address(*name.split()))
        look_at(clerk.page)


def test_what_is_filed(open_as, filed: dict[str, Declaration]):
    clerk = open_as("Reviewer", "index")
    for url in (
        address("declarations_declaration_change", filed["accepted"].pk),
        address("declarations_declaration_change", filed["decided"].pk),
        address("declarations_period_change", Period.objects.get().pk),
        address("declarations_period_lock", Period.objects.get().pk),
    ):
        clerk.page.goto(url)
        look_at(clerk.page)
    clerk.press("Unlock the period")
    expect(clerk.page.locator(".error-message")).to_be_visible()
    look_at(clerk.page)
    clerk.page.goto(address("declarations_declaration_change", filed["accepted"].pk))
    clerk.press("Show the SSIN")
    expect(clerk.page.get_by_text("85.07.30-033.28")).to_be_visible()
    look_at(clerk.page)


def test_deciding(open_as, filed: dict[str, Declaration]):
    clerk = open_as("Reviewer", "declarations_pendingdeclaration_change", filed["pending"].pk)
    look_at(clerk.page)
    clerk.press("Decide")
    expect(clerk.page.locator(".error-message").first).to_be_visible()
    told = clerk.page.locator("#told")
    expect(told).to_be_focused()
    expect(told).to_be_in_viewport()
    look_at(clerk.page)
    clerk.page.get_by_role("radio").first.check()
    clerk.fill({"Note": "Him."})
    clerk.page.get_by_role("cell").get_by_role("button").first.click()
    expect(clerk.page.get_by_role("cell", name="85.07.30-033.28")).to_be_in_viewport()
    expect(told).to_be_focused()
    clerk.press("Preview the result")
    expect(clerk.page.get_by_role("status")).to_be_focused()
    expect(told).to_be_in_viewport()
    look_at(clerk.page)
    clerk.press("Decide")
    expect(clerk.page.locator(".messagelist")).to_be_visible()
    # Nothing waits any more.
    look_at(clerk.page)


def test_figures_and_personnel_files(open_as):
    """The figures before and after they are counted; the files of a worker, of an employer, and of one without any."""
    clerk, period = open_as("Auditor", "declarations_dailycount_changelist"), Period.objects.get()
    look_at(clerk.page)
    call_command("count_declarations", verbosity=0)
    for url in (
        address("declarations_dailycount_changelist"),
        address("personnel_worker", period.worker_id),
        address("personnel_employer", period.employer_id),
        address("personnel_employer", Employer.objects.exclude(pk=period.employer_id).earliest("pk").pk),
    ):
        clerk.page.goto(url)
        look_at(clerk.page)


def test_settling_a_notification(open_as, filed: dict[str, Declaration]):
    clerk = open_as("Reviewer", "declarations_notification_changelist")
    unsure = Notification.objects.get(declaration=filed["accepted"])
    clerk.page.get_by_role("row").filter(has_text="incertaine").get_by_role("checkbox").check()
    clerk.page.locator("select[name=action]").select_option("mark_as_sent")
    clerk.page.locator("button[name=index]").click()
    expect(clerk.page.locator(".messagelist")).to_be_visible()
    look_at(clerk.page)
    assert Notification.objects.get(pk=unsure.pk).state == NotificationState.SENT
    clerk.page.goto(address("declarations_notification_change", unsure.pk))
    look_at(clerk.page)
