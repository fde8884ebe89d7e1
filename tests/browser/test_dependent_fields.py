"""What a choice brings or takes away, where scripts run; nothing typed is lost meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, Route, expect

from tests.support.builders import AGENCY, CONSTRUCTION_USER, MONDAY, answers_for

from ..support.browser_clerk import BRING, Clerk, stand_at
from .conftest import DESKTOP, PHONE

pytestmark = pytest.mark.django_db(transaction=True)

NEXT_CARD = "Number of the C3.2A card for the following month"
Open = Callable[..., Clerk]


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


@pytest.fixture
def open_step(client: Client, page: Page, base_url: str) -> Open:
    """`open_step("period", "302", "EXT")`: a clerk at that step, the steps before it filled in."""

    def open_it(step: str, committee: str = "XXX", kind: str = "OTH", language: str = "fr", **changes: str) -> Clerk:
        return stand_at(step, answers_for(committee, kind, **changes), client, page, base_url, language)

    return open_it


def options(clerk: Clerk, label: str) -> list[str]:
    """The codes that a list offers, in its order."""
    return [text.rsplit(" - ")[-1] for text in clerk.field(label).get_by_role("option").all_inner_texts()[1:]]


def hold(page: Page, held: list[Route], what: str = "**/in/**", method: str = "POST") -> None:
    """Keep back what the page asks for, its posts unless told otherwise, until the test lets it go."""
    page.route(what, lambda route: held.append(route) if route.request.method == method else route.continue_())


def wait_for(page: Page, held: list[Route], count: int) -> None:
    """Wait until that many requests are kept back."""
    for _moment in range(400):
        if len(held) >= count:
            break
        page.wait_for_timeout(50)
    assert len(held) == count


TYPES = {
    "302": ["EXT"],
    "320": ["EXT"],
    "124": ["BCW", "DWD", "IVT", "RTA", "STU", "TRI"],
    "149": ["ALT", "DWD", "IVT", "OTH", "STU", "TRI"],
    "322": ["BCW", "DWD", "EXT", "FLX", "IVT", "OTH", "STU", "TRI"],
}


def test_the_types_follow_the_committee(open_step: Open):
    clerk = open_step("characteristics")
    expect(clerk.page.get_by_role("button", name=clerk.words(BRING))).to_have_count(0)
    assert options(clerk, "Type of worker") == []
    for committee, types in TYPES.items():
        clerk.choose("Joint committee (JC)", committee)
        offered = clerk.field("Type of worker").get_by_role("option")
        expect(offered).to_have_text([re.compile("Sélectionner"), *(re.compile(f" - {code}$") for code in types)])
        expect(clerk.field("Joint committee (JC)")).to_have_value(committee)
    expect(clerk.page.get_by_role("status")).to_have_text(clerk.words("The fields below have changed."))


def test_another_committee_drops_a_type_that_it_lacks(open_step: Open):
    clerk = open_step("characteristics")
    clerk.choose("Joint committee (JC)", "XXX")
    clerk.choose("Type of worker", "FLX")
    clerk.choose("Joint committee (JC)", "124")
    expect(clerk.field("Type of worker").get_by_role("option")).to_have_count(7)
    expect(clerk.field("Type of worker")).to_have_value("")


def test_small_statutes_cards_and_workplace_come_with_their_type(open_step: Open):
    clerk = open_step("characteristics")
    card = clerk.field(NEXT_CARD)
    clerk.choose("Joint committee (JC)", "124")
    clerk.choose("Type of worker", "IVT")
    expect(card).to_be_visible()
    expect(clerk.radio("Ouvrier")).to_be_visible()
    expect(clerk.field("Activity versus risk")).to_be_visible()
    whole = clerk.page.locator(".chosen")
    expect(whole).to_be_hidden()
    clerk.page.set_viewport_size(PHONE)
    expect(whole).to_be_visible()
    expect(whole).to_have_text("Formation professionnelle individuelle - IVT")
    clerk.page.set_viewport_size(DESKTOP)
    clerk.choose("Type of worker", "STU")
    elsewhere = clerk.page.get_by_role("checkbox")
    expect(elsewhere).to_be_visible()
    expect(clerk.radio("Ouvrier")).to_have_count(0)
    workplace = clerk.field("Name of the workplace")
    expect(workplace).to_be_hidden()
    elsewhere.check()
    workplace.fill("Sporthal")
    elsewhere.uncheck()
    expect(workplace).to_be_hidden()
    elsewhere.check()
    expect(workplace).to_have_value("Sporthal")


def test_the_user_s_committee_decides_on_the_cards(open_step: Open):
    clerk = open_step("characteristics", employer_number=AGENCY)
    card = clerk.field(NEXT_CARD)
    clerk.choose("Joint committee (JC)", "322")
    clerk.choose("Type of worker", "STU")
    expect(card).to_be_visible()
    clerk.fill({"Enterprise number of the user undertaking": CONSTRUCTION_USER})
    clerk.choose("Joint committee of the user undertaking", "302")
    expect(card).to_have_count(0)
    clerk.choose("Joint committee of the user undertaking", "124")
    expect(card).to_be_visible()
    expect(clerk.field("Enterprise number of the user undertaking")).to_have_value(CONSTRUCTION_USER)


@pytest.mark.parametrize(
    ("committee", "kind", "unit", "fields"),
    [
        ("302", "EXT", "By the hour, with start and end time", ["Start time", "Ending date", "End time"]),
        ("302", "EXT", "At the daily flat rate, with the start time only", ["Start time", "Ending date"]),
        ("XXX", "FLX", "Per day, with start and end time", ["Start time", "Ending date", "End time"]),
        ("XXX", "FLX", "Per period, within one quarter", ["Ending date"]),
    ],
)
def test_the_fields_follow_the_unit(open_step: Open, committee: str, kind: str, unit: str, fields: list[str]):
    clerk = open_step("period", committee, kind)
    clerk.fill({"Starting date": "2/3/2026"})
    clerk.radio(unit).check()
    expect(clerk.page.get_by_role("status")).not_to_be_empty()
    shown = [clerk.page.get_by_role("textbox").nth(place) for place in range(len(fields) + 1)]
    for place, label in zip(shown, ["Starting date", *fields], strict=True):
        expect(place).to_have_accessible_name(clerk.words(label))
    expect(clerk.page.get_by_role("textbox")).to_have_count(len(fields) + 1)
    expect(clerk.radio(unit)).to_be_checked()
    expect(clerk.radio(unit)).to_be_focused()
    expect(clerk.field("Starting date")).to_have_value(re.compile("0?2/0?3/2026"))


def test_the_identity_is_asked_only_without_ssin(open_step: Open):
    clerk = open_step("worker")
    expect(clerk.field("Family name")).to_be_hidden()
    clerk.radio("I don’t know the SSIN").check()
    expect(clerk.field("SSIN")).to_be_hidden()
    clerk.fill({"Family name": "Testová", "Postal code": "4700", "City": "Eupen"})
    clerk.radio("I know the SSIN").check()
    expect(clerk.field("Family name")).to_be_hidden()
    clerk.radio("I don’t know the SSIN").check()
    expect(clerk.field("Family name")).to_have_value("Testová")


def test_what_is_typed_during_a_refresh_is_kept(open_step: Open):
    clerk = open_step("characteristics", employer_number=AGENCY)
    clerk.choose("Joint committee (JC)", "322")
    clerk.choose("Type of worker", "DWD")
    number = clerk.field("Enterprise number of the user undertaking")
    expect(clerk.field(NEXT_CARD)).to_be_visible()
    held: list[Route] = []
    hold(clerk.page, held)
    clerk.choose("Joint committee of the user undertaking", "302")
    number.press_sequentially("0999")
    wait_for(clerk.page, held, 1)
    expect(clerk.field(NEXT_CARD)).to_be_visible()
    held.pop().continue_()
    expect(clerk.field(NEXT_CARD)).to_have_count(0)
    expect(number).to_have_value("0999")
    expect(number).to_be_focused()
    number.press_sequentially("010621")
    expect(number).to_have_value("0999010621")


def test_the_last_of_two_quick_choices_counts(open_step: Open):
    clerk = open_step("characteristics")
    held: list[Route] = []
    hold(clerk.page, held)
    clerk.choose("Joint committee (JC)", "302")
    clerk.choose("Joint committee (JC)", "124")
    expect(clerk.field("Type of worker").get_by_role("option")).to_have_count(1)
    wait_for(clerk.page, held, 2)
    for route in held:
        route.continue_()
    expect(clerk.field("Type of worker").get_by_role("option")).to_have_count(7)
    expect(clerk.field("Joint committee (JC)")).to_have_value("124")


def test_a_choice_made_before_the_script_runs_brings_its_types_too(open_step: Open):
    clerk = open_step("characteristics")
    held: list[Route] = []
    hold(clerk.page, held, "**/*.js", "GET")
    clerk.page.reload(wait_until="commit")
    clerk.choose("Joint committee (JC)", "302")
    wait_for(clerk.page, held, 1)
    held.pop().continue_()
    expect(clerk.field("Type of worker").get_by_role("option")).to_have_count(2)
    expect(clerk.field("Joint committee (JC)")).to_have_value("302")


def test_a_refresh_that_fails_leaves_the_button(open_step: Open):
    clerk = open_step("characteristics")
    clerk.page.route("**/in/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    clerk.choose("Joint committee (JC)", "XXX")
    button = clerk.page.get_by_role("button", name=clerk.words(BRING)).first
    expect(button).to_be_visible()
    clerk.page.unroute_all()
    button.click()
    expect(clerk.field("Type of worker").get_by_role("option")).to_have_count(14)
    expect(clerk.field("Joint committee (JC)")).to_have_value("XXX")


def test_a_refresh_that_is_not_allowed_loses_nothing(open_step: Open):
    """Without any cookie; the page still holds the copy of the draft."""
    clerk = open_step("period", "XXX", "FLX")
    clerk.fill({"Starting date": "2/3/2026"})
    clerk.page.context.clear_cookies()
    clerk.radio("Per period, within one quarter").check()
    expect(clerk.page.get_by_role("button", name=clerk.words("Show the fields for this choice"))).to_be_visible()
    expect(clerk.field("Starting date")).to_have_value("2/3/2026")
    clerk.press("Next")
    clerk.press("Back to the page with what I filled in")
    expect(clerk.field("Ending date")).to_be_visible()
    expect(clerk.field("Starting date")).to_have_value("02/03/2026")
    expect(clerk.radio("Per period, within one quarter")).to_be_checked()


@pytest.mark.parametrize(("typed", "read"), [("2/3/2026", "2026-03-02"), ("02032026", "2026-03-02"), ("2032026", "")])
def test_the_calendar_opens_at_the_day_typed(open_step: Open, typed: str, read: str):
    clerk = open_step("period")
    clerk.fill({"Starting date": typed})
    name = f"{clerk.words('Open the calendar:')} {clerk.words('Starting date')}"
    clerk.page.get_by_role("button", name=name).click()
    expect(clerk.page.locator("input[type=date]").first).to_have_value(read)


@pytest.mark.parametrize(("language", "written"), [("fr", "20/03/2026"), ("de", "20.03.2026")])
def test_the_calendar_writes_the_day(open_step: Open, language: str, written: str):
    clerk = open_step("period", language=language)
    clerk.fill({"Starting date": "2/3/2026"})
    name = f"{clerk.words('Open the calendar:')} {clerk.words('Starting date')}"
    clerk.page.get_by_role("button", name=name).click()
    calendar = clerk.page.locator("input[type=date]").first
    calendar.fill("2026-03-20")
    expect(clerk.field("Starting date")).to_have_value(written)
    expect(clerk.field("Starting date")).to_be_focused()


def test_a_list_is_searched_by_letters_however_slowly_they_come(open_step: Open):
    """Drawn anew after the first letter, it would forget that letter."""
    clerk = open_step("characteristics")
    clerk.choose("Joint committee (JC)", "XXX")
    kind = clerk.field("Type of worker")
    expect(kind.get_by_role("option")).to_have_count(14)
    kind.focus()
    clerk.page.keyboard.type("Autre", delay=300)
    expect(kind.locator("option[selected]")).to_have_text("Autre - OTH")
    expect(kind).to_be_focused()
