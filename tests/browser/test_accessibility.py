"""No page bars anyone: axe-core finds nothing on a desktop and on a phone, nothing scrolls sideways at 320 px."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from referentials.bases import LANGUAGES
from tests.support.builders import (
    AGENCY,
    BY_NAME,
    CARDS,
    MONDAY,
    PROVISIONAL,
    USER,
    Walk,
    answers_for,
    submitted_declaration,
)

from ..support.browser_clerk import Clerk, hand_over, stand_at
from .conftest import Inspect, assert_fits

pytestmark = pytest.mark.django_db(transaction=True)

ANSWERS = {
    "accepted": answers_for("322", "BCW", employer_number=AGENCY, user_joint_committee="124"),
    "warned": answers_for("302", "EXT", start_date="1/3/2026", end_date="1/3/2026"),
    "refused": answers_for("XXX", "STG", identifier_kind="nsso", employer_number=PROVISIONAL, start_date="2/3/2019"),
    "pending": {**answers_for("XXX", "OTH"), **BY_NAME},
}
STATUSES = {"accepted": "A", "warned": "W", "refused": "B", "pending": "S"}
STATIC = ("accessibility", "contact", "rules", "discarded", "nowhere-to-be-found")


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


@pytest.fixture
def visit(client: Client, page: Page, base_url: str) -> Callable[[str, Mapping[str, str]], Clerk]:
    """`visit("period", answers)`: a clerk at that step in French, the steps before it filled in."""
    return lambda step, answers: stand_at(step, answers, client, page, base_url)


def test_home_page(page: Page, inspect: Inspect):
    clerk = Clerk(page)
    clerk.home()
    inspect(page)
    clerk.press("Next")
    expect(page.get_by_role("alert")).to_be_visible()
    inspect(page)
    clerk.fill({"Employer’s number": AGENCY})
    page.context.clear_cookies()
    clerk.press("Next")
    expect(clerk.button("Back to the page with what I filled in")).to_be_visible()
    inspect(page)


def test_first_step_and_employer(visit, inspect: Inspect):
    clerk = visit("employer", answers_for("XXX", "OTH", employer_number="0999010918"))
    inspect(clerk.page)
    clerk.press("Previous")
    expect(clerk.field("Employer’s number")).to_have_value("0999010918")
    inspect(clerk.page)


def test_worker(visit, inspect: Inspect):
    clerk = visit("worker", answers_for("XXX", "OTH"))
    inspect(clerk.page)
    clerk.press("Next")
    expect(clerk.page.get_by_role("alert")).to_be_visible()
    inspect(clerk.page)
    clerk.radio("I know the SSIN").check()
    clerk.fill({"SSIN": "85.07.30-033.29"})
    clerk.page.get_by_text("Où trouver le NISS").click()
    clerk.press("Next")
    expect(clerk.page.get_by_role("alert")).to_contain_text("00024-003")
    inspect(clerk.page)
    clerk.radio("I don’t know the SSIN").check()
    clerk.press("Next")
    expect(clerk.page.get_by_role("alert").get_by_role("link")).to_have_count(8)
    inspect(clerk.page)


def test_worker_filled_in(visit, inspect: Inspect):
    clerk = visit("characteristics", {**answers_for("XXX", "OTH"), **BY_NAME, "family_name": "N" * 48})
    clerk.press("Previous")
    expect(clerk.field("Family name")).to_have_value("N" * 48)
    inspect(clerk.page)


@pytest.mark.parametrize(
    ("committee", "kind", "changes"),
    [("322", "BCW", {**USER, **CARDS}), ("XXX", "STG", {}), ("XXX", "STU", {"works_elsewhere": "on"})],
)
def test_characteristics(visit, inspect: Inspect, committee: str, kind: str, changes: dict[str, str]):
    clerk = visit("characteristics", answers_for(committee, kind))
    if kind == "BCW":
        inspect(clerk.page)
        clerk.press("Next")
        expect(clerk.page.get_by_role("alert")).to_be_visible()
        inspect(clerk.page)
    clerk.choose("Joint committee (JC)", committee)
    clerk.choose("Type of worker", kind)
    clerk.page.get_by_text("Que recouvrent ces types").click()
    expect(clerk.page.get_by_role("definition").first).to_be_visible()
    if "works_elsewhere" in changes:
        clerk.page.get_by_role("checkbox").check()
    inspect(clerk.page)
    clerk.press("Next")
    expect(clerk.page.get_by_role("alert")).to_be_visible()
    inspect(clerk.page)


@pytest.mark.parametrize(("committee", "kind"), [("302", "EXT"), ("XXX", "STU")])
def test_period(visit, inspect: Inspect, committee: str, kind: str):
    clerk = visit("period", answers_for(committee, kind))
    inspect(clerk.page)
    clerk.press("Next")
    expect(clerk.page.get_by_role("alert")).to_be_visible()
    inspect(clerk.page)


def test_period_filled_in(visit, inspect: Inspect):
    clerk = visit("overview", answers_for("302", "EXT"))
    clerk.press("Previous")
    expect(clerk.field("End time")).to_have_value("18:00")
    inspect(clerk.page)


@pytest.mark.parametrize(("answer", "inspected"), list(zip(ANSWERS, LANGUAGES, strict=True)))
def test_overview_and_receipt_in_every_language(
    client: Client, page: Page, base_url: str, inspect: Inspect, answer: str, inspected: str
):
    """What axe-core reads is the same in every language; how wide the words run is not."""
    walk = Walk(client).to("overview", ANSWERS[answer])
    hand_over(client, page.context, base_url)
    for language in LANGUAGES:
        page.goto(walk.url("overview", language))
        assert_fits(page)
    page.goto(walk.url("overview", inspected))
    inspect(page)
    declaration = submitted_declaration(walk.confirm())
    assert declaration.status == STATUSES[answer]
    for language in LANGUAGES:
        page.goto(f"/{language}/receipt/{declaration.receipt_token}/")
        assert_fits(page)
    page.goto(f"/{inspected}/receipt/{declaration.receipt_token}/")
    inspect(page)


@pytest.mark.parametrize(("language", "is_inspected"), [(each, each == "de") for each in LANGUAGES])
def test_pages_around_the_wizard(
    client: Client, page: Page, base_url: str, inspect: Inspect, language: str, is_inspected: bool
):
    check = inspect if is_inspected else assert_fits
    walk = Walk(client, language).to("period", answers_for("XXX", "OTH"))
    hand_over(client, page.context, base_url)
    page.goto(f"/{language}/")
    expect(page.get_by_role("region")).to_have_count(1)
    check(page)
    page.goto(walk.url("period").replace("/period/", "/discard/"))
    check(page)
    page.goto(Walk(client, language).url("period"))
    check(page)
    for slug in STATIC:
        page.goto(f"/{language}/{slug}/")
        check(page)
