"""A declaration without a mouse: Tab, the arrows, letters and Enter; the focus is seen wherever it stands."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from declarations.models import Declaration
from tests.support.builders import ERIC, MONDAY, period

from ..support.browser_clerk import Clerk

pytestmark = pytest.mark.django_db(transaction=True)

FOCUS = """() => {
  const focused = document.activeElement, place = focused.getBoundingClientRect(), style = getComputedStyle(focused);
  const middle = [place.left + place.width / 2, place.top + Math.min(place.height / 2, 20)];
  const above = document.elementFromPoint(...middle);
  return {
    name: focused.outerHTML.slice(0, 120),
    isOutlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    isInTheWindow: place.top >= 0 && middle[1] <= innerHeight && place.left >= 0 && place.right <= innerWidth,
    isUncovered: Boolean(above && (focused.contains(above) || above.contains(focused))),
  };
}"""
FURTHEST = 60


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


def assert_focus_is_seen(page: Page) -> None:
    focus = page.evaluate(FOCUS)
    assert focus == {"name": focus["name"], "isOutlined": True, "isInTheWindow": True, "isUncovered": True}


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus; every stop on the way shows it."""
    expect(target).to_be_visible()
    page.wait_for_load_state()
    for _press in range(FURTHEST):
        page.keyboard.press("Tab")
        assert_focus_is_seen(page)
        if target.evaluate("target => target === document.activeElement"):
            return
    raise AssertionError(f"{target} is out of reach of the Tab key")


def test_the_whole_declaration(page: Page):
    clerk, keys = Clerk(page), page.keyboard
    clerk.home()
    tab_to(page, clerk.field("Employer’s number"))
    keys.type("0852093431")
    tab_to(page, clerk.radio("Dimona IN"))
    keys.press("Enter")

    clerk.see_step(1, "Identification of the employer")
    tab_to(page, clerk.button("Next"))
    keys.press("Enter")

    clerk.see_step(2, "Identification of the employee")
    tab_to(page, clerk.radio("I know the SSIN"))
    keys.press("ArrowDown")
    expect(clerk.radio("I don’t know the SSIN")).to_be_checked()
    keys.press("ArrowUp")
    expect(clerk.radio("I know the SSIN")).to_be_checked()
    tab_to(page, clerk.field("SSIN"))
    keys.type(ERIC)
    keys.press("Enter")

    clerk.see_step(3, "Characteristics of the period")
    tab_to(page, clerk.field("Joint committee (JC)"))
    keys.press("ArrowDown")
    kind = clerk.field("Type of worker")
    expect(kind.get_by_role("option")).to_have_count(14)
    expect(clerk.field("Joint committee (JC)")).to_be_focused()
    assert_focus_is_seen(page)
    tab_to(page, page.get_by_text(clerk.words("What do these joint committees cover?")))
    keys.press("Enter")
    expect(page.get_by_role("definition").first).to_be_visible()
    tab_to(page, kind)
    keys.type("Autre")
    # Once the server has drawn the choice, nothing moves under the focus any more.
    expect(kind.locator("option[selected]")).to_have_text("Autre - OTH")
    tab_to(page, clerk.button("Next"))
    keys.press("Enter")

    date_and_confirm(clerk)


def date_and_confirm(clerk: Clerk) -> None:
    page, keys = clerk.page, clerk.page.keyboard
    clerk.see_step(4, "Details of the period")
    tab_to(page, clerk.field("Starting date"))
    keys.type("2/3/2026")
    tab_to(page, page.get_by_role("button", name=clerk.words("Open the calendar:")).first)
    tab_to(page, clerk.field("Ending date"))
    keys.press("Enter")

    clerk.see_step(5, "Overview of the declaration")
    tab_to(page, page.get_by_role("button", name=re.compile("^Modifier")).first)
    tab_to(page, clerk.button("Confirm"))
    keys.press("Space")
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirmation de réception")
    tab_to(page, clerk.button("Print"))
    tab_to(page, clerk.button("Copy the number"))
    tab_to(page, page.get_by_role("main").get_by_role("link", name="Home Dimona"))
    assert Declaration.objects.get().status == "A"


def test_a_modification(page: Page):
    clerk, keys, known = Clerk(page), page.keyboard, period("XXX", "OTH", "2026-03-02", "2026-03-31")
    clerk.home()
    tab_to(page, clerk.field("Employer’s number"))
    keys.type("0852093431")
    tab_to(page, clerk.radio("Dimona IN"))
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    expect(clerk.radio("Modification")).to_be_checked()
    tab_to(page, clerk.radio("Dimona daily flat rate"))
    keys.press("ArrowUp")
    expect(clerk.radio("Other")).to_be_checked()
    tab_to(page, clerk.field("Identification number for the period"))
    keys.type(known.number)
    keys.press("Enter")

    clerk.see_step(3, "Modifying a period")
    tab_to(page, page.get_by_role("checkbox"))
    keys.press("Space")
    tab_to(page, page.get_by_text(clerk.words("Does something else need to change?")))
    keys.press("Enter")
    tab_to(page, clerk.button("Cancel and declare again"))
    tab_to(page, clerk.button("Next"))
    keys.press("Enter")
    clerk.see_step(4, "Overview of the declaration")
    expect(page.get_by_text("31/03/2026 → pas de date de fin")).to_be_visible()


def test_the_skip_link_does_not_take_the_focus_from_the_errors(page: Page):
    clerk = Clerk(page)
    clerk.home()
    tab_to(page, page.get_by_role("link", name="Aller au contenu"))
    page.keyboard.press("Enter")
    tab_to(page, clerk.field("Employer’s number"))
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("alert")).to_be_focused()
