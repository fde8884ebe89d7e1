"""A reviewer's day in the office, from the sign-in to what the employer reads; and who is kept out of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django_otp.oath import totp
from playwright.sync_api import BrowserContext, Page, expect

from declarations.models import AuthenticatorApp, Decision, Declaration, Notification, SsinAccess
from referentials.numbers import dimona
from tests.support.builders import BY_NAME, Walk, answers_for, submitted_declaration
from tests.support.pages import collapse_spaces
from tests.support.pdfs import text_of
from tests.support.staff import PASSWORD, member, signed_in_client

from ..support.browser_clerk import Clerk, hand_over, value_of

pytestmark = pytest.mark.django_db(transaction=True)

ERIK = {"family_name": "EXEMPLE", "given_name": "Erik", "sex": "1", "birth_date": "30/7/1985"}
ZOFIA = "90.02.14-124.02"
PARTS = ["Déclarations", "Employeur", "Travailleurs"]
MASKED, FULL = "••.••.••-•••.28", "85.07.30-033.28"


@pytest.fixture
def spool(tmp_path: Path, settings) -> Path:
    """The folder of the e-Box and printing systems."""
    settings.NOTIFICATION_SPOOL = str(tmp_path)
    return tmp_path


@pytest.fixture
def account():
    """A reviewer with an authenticator app."""
    reviewer = member("Reviewer")
    AuthenticatorApp.objects.create(user=reviewer)
    return reviewer


def pending(client: Client, **changes: str) -> Declaration:
    """A declaration, filed in French, of somebody whom the office must identify."""
    return submitted_declaration(
        Walk(client, "fr").to("overview", {**answers_for("XXX", "OTH"), **BY_NAME, **changes}).confirm()
    )


def code(account) -> str:
    """What the account's app shows now."""
    return f"{totp(AuthenticatorApp.objects.get(user=account).key):06}"


def sign_in(clerk: Clerk, account, password: str = PASSWORD, token: str = "") -> None:
    """Fill in the sign-in and send it."""
    for name, text in (("username", account.username), ("password", password), ("otp_token", token)):
        clerk.page.locator(f"label + input[name={name}]").fill(text)
    clerk.press("Log in")


def to_the_queue(clerk: Clerk) -> None:
    """From the first page of the office."""
    clerk.page.get_by_role("main").get_by_role("link", name="Déclarations en attente").click()


def open_pending(clerk: Clerk, declaration: Declaration) -> None:
    """From the queue."""
    clerk.page.get_by_role("link", name=dimona.format(declaration.number)).click()
    expect(clerk.page.get_by_role("heading", level=1)).to_contain_text(dimona.format(declaration.number))


def wait_for_the_scroll(page: Page) -> None:
    """To what a press brought: until then a click may miss the button, which moves away under it."""
    expect(page.locator("#told")).to_be_focused()


def look_at_the_match(clerk: Clerk) -> None:
    """Ask for the SSIN of the likely match, with a note half written."""
    page, note = clerk.page, clerk.field("Note")
    match = page.get_by_role("row").filter(has_text=MASKED)
    expect(match).to_contain_text("30/07/1985")
    note.fill("Vu la carte d’identité.")
    match.get_by_role("button").click()
    expect(page.get_by_role("cell", name=FULL)).to_be_visible()
    wait_for_the_scroll(page)
    expect(note).to_have_value("Vu la carte d’identité.")


def identify(clerk: Clerk) -> None:
    """Enter another SSIN, look at what that answers, and decide."""
    clerk.radio("Identified by the SSIN entered below").check()
    clerk.fill({"SSIN": ZOFIA})
    # It looks at no SSIN, and decides nothing.
    clerk.field("SSIN").press("Enter")
    expect(clerk.page.get_by_role("status")).to_contain_text("Acceptée")
    wait_for_the_scroll(clerk.page)
    clerk.press("Decide")
    expect(clerk.page.locator(".messagelist")).to_contain_text("Acceptée")


def handed_over(spool: Path, declaration: Declaration) -> str:
    """What the PDF about the decision says."""
    call_command("send_notifications", verbosity=0)
    notification = Notification.objects.get(decision__declaration=declaration)
    return text_of(next(spool.rglob(f"*{notification.reference}.pdf")).read_bytes())


def test_a_reviewer_identifies_a_worker(client: Client, page: Page, watched_context, at, account, spool: Path):
    call_command("load_demo_workers", verbosity=0)
    at("2026-03-02 09:00")
    declaration = pending(client, **ERIK)
    at("2026-03-04 09:00")
    younger = pending(client)
    employer = watched_context().new_page()
    employer.goto(f"/fr/receipt/{declaration.receipt_token}/")
    expect(value_of(employer, "Statut de la déclaration")).to_have_text("En attente")

    at("2026-03-05 10:30")
    reviewer = Clerk(page)
    page.goto("/admin/")
    sign_in(reviewer, account, token="000000")
    expect(page.get_by_role("alert")).to_be_visible()
    at("2026-03-05 10:31")
    sign_in(reviewer, account, token=code(account))
    to_the_queue(reviewer)
    numbers = page.locator("#result_list tbody th")
    expect(numbers).to_have_text([dimona.format(each.number) for each in (declaration, younger)])
    expect(page.locator("#result_list tbody tr").first).to_contain_text("3 jours")
    open_pending(reviewer, declaration)
    expect(page.get_by_text("EXEMPLE", exact=True)).to_be_visible()

    look_at_the_match(reviewer)
    identify(reviewer)
    assert [look.accessed_by for look in SsinAccess.objects.all()] == [account]
    expect(numbers).to_have_text([dimona.format(younger.number)])
    assert (Decision.objects.get().decided_by, Decision.objects.get().note) == (account, "Vu la carte d’identité.")

    employer.reload()
    expect(value_of(employer, "Statut de la déclaration")).to_have_text("Acceptée")
    expect(value_of(employer, reviewer.words("Date/time of the decision"))).to_have_text("05/03/2026 10:31")
    text = handed_over(spool, declaration)
    expected = [*PARTS, "05/03/2026 10:31", "Acceptée", collapse_spaces(dimona.format(declaration.number))]
    assert [part for part in expected if part not in text] == []
    assert ZOFIA not in text


def test_of_two_reviewers_the_second_is_told(
    client: Client, page: Page, watched_context: Callable[..., BrowserContext], base_url: str, at, account, spool: Path
):
    at("2026-03-02 09:00")
    declaration = pending(client)
    other = watched_context()
    first, second = Clerk(page), Clerk(other.new_page())
    for context in (page.context, other):
        hand_over(signed_in_client(account), context, base_url)
    for clerk in (first, second):
        clerk.page.goto("/admin/declarations/pendingdeclaration/")
        open_pending(clerk, declaration)
        clerk.radio("Cannot be identified: refuse (90017-151)").check()
        clerk.fill({"Note": "Inconnue."})
    at("2026-03-02 09:12")
    first.press("Decide")
    expect(page.locator(".messagelist")).to_contain_text("Refusée")
    second.press("Decide")
    words = "This declaration was already decided by %(account)s (%(status)s). Your decision was not recorded."
    told = second.words(words, account=account, status="Refusée")
    expect(second.page.locator(".messagelist")).to_contain_text(told)
    expect(second.page).to_have_url(re.compile(f"/declarations/declaration/{declaration.pk}/change/"))
    assert Decision.objects.count() == 1

    page.goto(f"/fr/receipt/{declaration.receipt_token}/")
    expect(value_of(page, "Statut de la déclaration")).to_have_text("Refusée")
    expect(page.get_by_text("90017-151").first).to_be_visible()
    expect(page.get_by_text("Inconnue.")).to_have_count(0)
    text = handed_over(spool, declaration)
    assert [part for part in (*PARTS, "Refusée", "90017-151", "02/03/2026 09:12") if part not in text] == []
    assert "Inconnue." not in text


def test_who_does_nothing_or_guesses_is_kept_out(page: Page, at, account):
    at("2026-03-02 23:40")
    clerk = Clerk(page)
    page.goto("/admin/")
    sign_in(clerk, account, token=code(account))
    to_the_queue(clerk)
    queue = page.url
    at("2026-03-02 23:56")
    page.reload()
    expect(
        page.get_by_text(clerk.words("You were signed out because you had been inactive for a while."))
    ).to_be_visible()
    for _time in range(5):
        sign_in(clerk, account, password="a guess", token="123456")
    expect(page.get_by_role("heading", level=1)).to_have_text(clerk.words("Sign-in is temporarily blocked"))
    expect(page.get_by_text("03/03/2026 00:56")).to_be_visible()
    at("2026-03-03 00:57")
    page.goto(queue)
    sign_in(clerk, account, token=code(account))
    expect(page).to_have_url(queue)
