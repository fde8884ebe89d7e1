"""A clerk in a real browser, who finds elements by their labels and names, in any language."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.conf import settings
from django.test import Client
from django.utils.translation import gettext, override
from playwright.sync_api import BrowserContext, Locator, Page, expect

from declarations.enums import DeclarationKind
from tests.support.builders import ORDINARY, Walk

# ARIA roles of text inputs: plain, with suggestions, for an integer.
TYPED = ("textbox", "combobox", "spinbutton")
BRING = "Show the matching choices"


class Clerk:
    """A clerk on a page in one language. Texts are given in English, as in the source strings."""

    def __init__(self, page: Page, language: str = "fr", *, has_scripts: bool = True) -> None:
        self.page = page
        self.language = language
        self.has_scripts = has_scripts

    def words(self, message: str, **parts: object) -> str:
        """The message in the clerk's language, including lazily translated labels."""
        with override(self.language):
            return gettext(message) % parts if parts else gettext(message)

    # -- finding -----------------------------------------------------------------------------------------------

    def field(self, label: str) -> Locator:
        """The input or the list with this label."""
        name = self.words(label)
        found = [self.page.get_by_role(role, name=name, exact=True) for role in TYPED]
        return found[0].or_(found[1]).or_(found[2])

    def radio(self, label: str) -> Locator:
        """The radio button with this label."""
        return self.page.get_by_role("radio", name=self.words(label), exact=True)

    def button(self, name: str) -> Locator:
        """The button with this name."""
        return self.page.get_by_role("button", name=self.words(name), exact=True)

    def panel(self) -> Locator:
        """The side panel."""
        return self.page.get_by_role("complementary")

    def errors(self) -> Locator:
        """The error summary."""
        return self.page.get_by_role("alert", name=self.words("There is a problem"))

    # -- doing -------------------------------------------------------------------------------------------------

    def press(self, name: str) -> None:
        """Press the button with this name."""
        self.button(name).click()

    def fill(self, answers: Mapping[str, str]) -> None:
        """Type each value into the field with that label."""
        for label, value in answers.items():
            self.field(label).fill(value)

    def choose(self, label: str, option: str) -> None:
        """Choose from a list; without JavaScript, also press the button that updates the dependent fields."""
        self.field(label).select_option(option)
        if not self.has_scripts:
            self.page.get_by_role("button", name=f"{self.words(BRING)} – {self.words(label)}", exact=True).click()

    def see_step(self, number: int, title: str) -> None:
        """Expect the title of that step, in the window title and on the page."""
        named = self.words("Step %(number)s: %(title)s", number=number, title=self.words(title))
        expect(self.page.get_by_role("heading", level=1)).to_have_text(named)
        expect(self.page).to_have_title(re.compile(re.escape(self.words(title))))

    # -- the first page ----------------------------------------------------------------------------------------

    def home(self) -> None:
        """Open the first page."""
        self.page.goto(f"/{self.language}/")

    def choose_kind(self, kind: DeclarationKind, number: str, characteristics: str = "") -> None:
        """Fill in the first page for a declaration on that period number."""
        self.radio(kind.label).check()
        if characteristics:
            self.radio(characteristics).check()
        self.fill({"Employer’s number": ORDINARY, "Identification number for the period": number})

    def begin(self, kind: DeclarationKind, number: str, characteristics: str = "") -> None:
        """Open and send a first page for a declaration on that period number."""
        self.home()
        self.choose_kind(kind, number, characteristics)
        self.press("Next")

    # -- the steps of a Dimona IN ------------------------------------------------------------------------------

    def name_employer(self, number: str = ORDINARY) -> None:
        """Send the first page and confirm the employer."""
        self.fill({"Employer’s number": number})
        self.press("Next")
        self.see_step(1, "Identification of the employer")
        self.press("Next")

    def name_worker(self, ssin: str) -> None:
        """Fill in the worker step with an SSIN."""
        self.see_step(2, "Identification of the employee")
        self.radio("I know the SSIN").check()
        self.fill({"SSIN": ssin})
        self.press("Next")

    def characterise(self, joint_committee: str, worker_type: str) -> None:
        """Fill in the characteristics step, without dependent blocks."""
        self.see_step(3, "Characteristics of the period")
        self.choose("Joint committee (JC)", joint_committee)
        self.choose("Type of worker", worker_type)
        self.press("Next")

    def date(self, **answers: str) -> None:
        """Fill in the dates step: `Starting_date="2/3/2026"`."""
        self.see_step(4, "Details of the period")
        self.fill({label.replace("_", " "): value for label, value in answers.items()})
        self.press("Next")

    def walk_to_overview(self, ssin: str, start: str = "2/3/2026") -> None:
        """Walk from the first page to the overview of an ordinary worker."""
        self.home()
        self.name_employer()
        self.name_worker(ssin)
        self.characterise("XXX", "OTH")
        self.date(Starting_date=start)
        self.see_step(5, "Overview of the declaration")

    def switch_to(self, language: str) -> None:
        """Switch to another language in the header."""
        name = dict(settings.LANGUAGES)[language]
        buttons = self.page.get_by_role("navigation", name=self.words("Language"))
        buttons.get_by_role("button", name=name).or_(buttons.get_by_role("link", name=name)).click()
        self.language = language
        expect(self.page.locator("html")).to_have_attribute("lang", language)


def go_back(page: Page) -> None:
    """Go back by script in the page: the driver's own Back sometimes finds a page that is unloading."""
    with page.expect_navigation():
        page.evaluate("history.back()")


def go_forward(page: Page) -> None:
    """Go forward by script in the page."""
    with page.expect_navigation():
        page.evaluate("history.forward()")


def hand_over(client: Client, context: BrowserContext, base_url: str) -> None:
    """Give the test client's session to the browser, which continues at the same place."""
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": base_url}])


def stand_at(
    step: str, answers: Mapping[str, str], client: Client, page: Page, base_url: str, language: str = "fr"
) -> Clerk:
    """A clerk at that step of a new draft, with the earlier steps filled in by the test client."""
    walk = Walk(client, language).to(step, answers)
    hand_over(client, page.context, base_url)
    page.goto(walk.url(step))
    return Clerk(page, language)


def value_of(page: Page, label: str) -> Locator:
    """The value beside that label in a list of labels and values."""
    term = page.get_by_role("term").get_by_text(label, exact=True)
    return page.locator("div").filter(has=term).last.get_by_role("definition")


def is_wider_than_its_window(page: Page) -> bool:
    """Whether the page scrolls horizontally."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
