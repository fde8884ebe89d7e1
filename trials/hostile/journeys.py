"""Whole journeys as a state machine: two tabs of one browser, other declarants, passing time."""

from __future__ import annotations

from collections import Counter
from typing import Any

import time_machine
from django.db import transaction
from django.utils import translation
from django.utils.timezone import localtime
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from declarations.enums import DeclarationKind
from declarations.models import Period
from tests.support.builders import BY_NAME, answers_for, step_data, submit, without
from tests.support.periods import CANCELLATION, MODIFICATION, OUT, period_answers

from .browser import Browser
from .reading import Page
from .texts import TEXTS, alter

LANGUAGES = ["en", "nl", "fr", "de"]
TYPES = [
    ("XXX", "OTH"),
    ("XXX", "STU"),
    ("302", "EXT"),
    ("XXX", "FLX"),
    ("322", "OTH"),
    ("XXX", "STG"),
    ("124", "BCW"),
]
OF_A_PERIOD = [("XXX", "OTH"), ("XXX", "STU"), ("302", "EXT"), ("XXX", "O17")]
WANTED: dict[DeclarationKind, list[dict[str, str]]] = {
    OUT: [{"end_date": "6/3/2026"}, {"end_date": "1/3/2026"}],
    MODIFICATION: [
        {"start_date": "1/3/2026"},
        {"end_date": "30/3/2026"},
        {"planned_hours": "24"},
        {"start_time": "9:00"},
    ],
    CANCELLATION: [{}],
}
BUTTONS: list[dict[str, str]] = [
    {}, {}, {"go": "refresh"}, {"go": "previous"}, {"go": "start"}, {"go": "period"}, {"go": "worker"},
    {"go": "characteristics"}, {"go": "overview"}, {"go": "anew"}, {"go": "discard"}, {"go": "nonsense"},
    *({"language": code} for code in [*LANGUAGES, "xx"]),
]  # fmt: skip
NUMBERS = ["", "900000000116", "900000000000", "9", "9000 0000 0116", "x", "٩٠٠٠٠٠٠٠٠١١٦"]
HIDDEN = [
    "draft_copy", "answers_digest", "displayed_preview", "shown_fields", "shown_committee", "shown_period",
    "shown_period_state",
]  # fmt: skip
TABS = st.integers(0, 1)
# Sessions and copies are valid for a day.
MOST_MINUTES = 20 * 60
MOST_PRESSES = 9


class Journey(RuleBasedStateMachine):
    """The acts of a hurried, unlucky or malicious clerk; `Browser` checks the result of every request.

    `met` counts the journeys and the declarations filed.
    """

    met: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.point = transaction.savepoint()
        self.browser = Browser()
        # The answers to type, by draft.
        self.answers: dict[str, dict[str, str]] = {}
        self.clock: Any = None
        self.set_clock(0)

    def set_clock(self, minutes: int) -> None:
        """Set the clock to so many minutes after the evening on which journeys begin."""
        self.minutes = minutes
        if self.clock:
            self.clock.stop()
        moment = localtime().replace(year=2026, month=3, day=2, hour=18, minute=0, second=0, microsecond=0)
        self.clock = time_machine.travel(moment.timestamp() + 60 * minutes, tick=False)
        self.clock.start()

    def teardown(self) -> None:
        """Restore the database, the clock and the language."""
        self.met["journeys"] += 1
        for what, count in self.browser.met.items():
            self.met[f"journeys: {what}"] += count
        self.clock.stop()
        translation.activate("en")
        transaction.savepoint_rollback(self.point)
        transaction.savepoint_commit(self.point)

    @initialize(pair=st.sampled_from(OF_A_PERIOD), first=st.integers(-2, 14), language=st.sampled_from(LANGUAGES))
    def open_the_office(self, pair: tuple[str, str], first: int, language: str) -> None:
        """Open a period that was declared elsewhere, and a browser with two tabs, usually one at an overview."""
        translation.activate("en")
        opened = submit(answers_for(*pair), localtime())
        self.period = Period.objects.get(number=opened.number)
        self.browser = Browser()
        self.tabs: list[list[Page]] = [[self.browser.get("/en/")], [self.browser.get("/nl/")]]
        if first >= 0:
            of_everything = [*self.on_the_period(), *(answers_for(*each) for each in TYPES)]
            self.begin(0, language, of_everything[first % len(of_everything)])
            self.fill_in(0, MOST_PRESSES)

    def page(self, tab: int) -> Page:
        """The page in the tab."""
        return self.tabs[tab][-1]

    def show(self, tab: int, page: Page) -> None:
        """Show the page in the tab."""
        self.tabs[tab].append(page)

    def is_step(self) -> bool:
        """Whether a tab shows a step's page."""
        return any(self.page(tab).step for tab in (0, 1))

    def a_step(self, tab: int) -> int:
        """That tab if it shows a step, else the other."""
        return tab if self.page(tab).step else 1 - tab

    # -- acts of a clerk -----------------------------------------------------------------------------------------

    @rule(tab=TABS, pair=st.sampled_from(TYPES), is_by_name=st.booleans(), language=st.sampled_from(LANGUAGES))
    def begin_an_in(self, tab: int, pair: tuple[str, str], is_by_name: bool, language: str) -> None:
        """Begin a Dimona IN of some type."""
        answers = answers_for(*pair, **(BY_NAME if is_by_name else {}))
        self.begin(tab, language, without(answers, "ssin") if is_by_name else answers)

    @rule(tab=TABS, kind=st.sampled_from(list(WANTED)), wanted=st.integers(0, 3), language=st.sampled_from(LANGUAGES))
    def begin_on_the_period(self, tab: int, kind: DeclarationKind, wanted: int, language: str) -> None:
        """Begin a declaration on the period declared elsewhere."""
        self.begin(tab, language, period_answers(self.period, kind, **WANTED[kind][wanted % len(WANTED[kind])]))

    @rule(tab=TABS, kind=st.sampled_from(list(DeclarationKind)), number=st.one_of(st.sampled_from(NUMBERS), TEXTS))
    def look_up(self, tab: int, kind: DeclarationKind, number: str) -> None:
        """Look up an arbitrary period number."""
        self.begin(tab, "en", {**period_answers(self.period, kind), "period_number": number})

    def begin(self, tab: int, language: str, answers: dict[str, str]) -> None:
        """Send the first page."""
        page = self.browser.send(f"/{language}/", step_data("start", answers))
        if page.step:
            self.answers[page.parts[2]] = answers
        self.show(tab, page)

    @precondition(is_step)
    @rule(tab=TABS, presses=st.integers(1, MOST_PRESSES))
    def fill_in(self, tab: int, presses: int) -> None:
        """Press Next on one step after another, each filled in correctly."""
        tab = self.a_step(tab)
        for _press in range(presses):
            page = self.page(tab)
            if not page.step or page.step == "overview":
                break
            _language, kind, draft, step = page.parts
            typed = step_data(step, self.answers.get(draft, {}), DeclarationKind(kind))
            self.show(tab, self.browser.press(page, typed))

    @rule(tab=TABS, pair=st.sampled_from(TYPES), data=st.data())
    def declare(self, tab: int, pair: tuple[str, str], data: st.DataObject) -> None:
        """Walk from the first page to the overview, and perhaps confirm."""
        answers = data.draw(st.sampled_from([answers_for(*pair), *self.on_the_period()]))
        self.begin(tab, data.draw(st.sampled_from(LANGUAGES)), answers)
        if self.page(tab).step:
            self.fill_in(tab, MOST_PRESSES)
        if self.page(tab).step == "overview" and data.draw(st.booleans()):
            self.confirm(tab, "", twice=data.draw(st.booleans()))

    def on_the_period(self) -> list[dict[str, str]]:
        """The declarations that may be made on the period."""
        return [period_answers(self.period, kind, **wanted) for kind, several in WANTED.items() for wanted in several]

    @precondition(is_step)
    @rule(tab=TABS, button=st.sampled_from(BUTTONS), data=st.data())
    def scribble(self, tab: int, button: dict[str, str], data: st.DataObject) -> None:
        """Type anything in some fields, and press any button."""
        tab = self.a_step(tab)
        page = self.page(tab)
        names = [name for name in page.fields if name.startswith(f"{page.step}-")]
        chosen = data.draw(st.lists(st.sampled_from(names), max_size=3)) if names else []
        self.show(tab, self.browser.press(page, {name: data.draw(TEXTS) for name in chosen}, **button))

    @precondition(lambda self: any(self.page(tab).step == "overview" for tab in (0, 1)))
    @rule(
        tab=TABS, reference=st.sampled_from(["", "", "Ref. 1", "e\u0301 x", "x" * 21, "\u202e"]), twice=st.booleans()
    )
    def confirm(self, tab: int, reference: str, twice: bool) -> None:
        """Press Confirm, once or twice on the same page."""
        tab = tab if self.page(tab).step == "overview" else 1 - tab
        page = self.page(tab)
        typed = {"overview-worker_reference": reference} if reference else {}
        for _press in range(1 + twice):
            self.show(tab, self.browser.press(page, typed))

    @rule(tab=TABS)
    def reload(self, tab: int) -> None:
        """Reload the page."""
        self.show(tab, self.browser.get(self.page(tab).url))

    @rule(tab=TABS, pages=st.integers(1, 4))
    def go_back(self, tab: int, pages: int) -> None:
        """Show an earlier page without requesting it."""
        del self.tabs[tab][max(1, len(self.tabs[tab]) - pages) :]

    @rule(tab=TABS)
    def duplicate(self, tab: int) -> None:
        """Show this tab's page in the other tab."""
        self.show(1 - tab, self.page(tab))

    @precondition(is_step)
    @rule(
        tab=TABS, language=st.sampled_from(LANGUAGES), step=st.sampled_from(["start", "worker", "period", "overview"])
    )
    def jump(self, tab: int, language: str, step: str) -> None:
        """Request another step by its address."""
        tab = self.a_step(tab)
        _language, kind, draft, _step = self.page(tab).parts
        self.show(tab, self.browser.get(f"/{language}/{kind}/{draft}/{step}/"))

    @precondition(is_step)
    @rule(tab=TABS, is_sure=st.booleans())
    def discard(self, tab: int, is_sure: bool) -> None:
        """Discard the draft, or ask to and cancel."""
        tab = self.a_step(tab)
        page = self.browser.press(self.page(tab), go="discard")
        if is_sure and page.url.endswith("/discard/"):
            page = self.browser.send(page.url, {})
            assert page.url.endswith("/discarded/")
        self.show(tab, page)

    @precondition(lambda self: self.browser.receipts)
    @rule(tab=TABS, kind=st.sampled_from(["out", "modification", "cancellation", "in", "correct"]), data=st.data())
    def go_on_from_a_receipt(self, tab: int, kind: str, data: st.DataObject) -> None:
        """Press a button of a receipt, or one that it does not have."""
        tokens = list(dict.fromkeys(self.browser.receipts.values()))
        token = tokens[data.draw(st.integers(0, len(tokens) - 1))]
        page = self.browser.send(f"/en/receipt/{token}/{kind}/", {})
        if page.step and kind != "correct":
            self.answers[page.parts[2]] = WANTED.get(DeclarationKind(kind), [{}])[0]
        self.show(tab, page)

    # -- mishaps -------------------------------------------------------------------------------------------------

    @precondition(is_step)
    @rule(tab=TABS, is_cookie_gone=st.booleans(), button=st.sampled_from(BUTTONS))
    def lose_the_session(self, tab: int, is_cookie_gone: bool, button: dict[str, str]) -> None:
        """Lose the session, then post one of the pages in the tabs."""
        tab = self.a_step(tab)
        self.browser.expire(is_cookie_gone)
        self.show(tab, self.browser.press(self.page(tab), **button))

    @rule(minutes=st.sampled_from([1, 61, 400]))
    def wait(self, minutes: int) -> None:
        """Let time pass, also beyond midnight; less than a day in all."""
        self.set_clock(min(MOST_MINUTES, self.minutes + minutes))

    @rule(kind=st.sampled_from(list(WANTED)), wanted=st.integers(0, 3))
    def declare_elsewhere(self, kind: DeclarationKind, wanted: int) -> None:
        """Declare on the period from elsewhere."""
        self.period = Period.objects.get(pk=self.period.pk)
        translation.activate("en")
        elsewhere = Browser()
        page = elsewhere.send("/en/", step_data("start", period_answers(self.period, kind)))
        typed = WANTED[kind][wanted % len(WANTED[kind])]
        for _press in range(3):
            if page.step:
                page = elsewhere.press(page, step_data(page.step, typed, kind))
        self.browser.filed += len(elsewhere.receipts)

    @precondition(is_step)
    @rule(tab=TABS, name=st.sampled_from(HIDDEN), data=st.data())
    def forge(self, tab: int, name: str, data: st.DataObject) -> None:
        """Post the page with an altered hidden field, or one from the other tab's page."""
        tab = self.a_step(tab)
        page, other = self.page(tab), self.page(1 - tab)
        foreign = other.fields.get(name, "") if other.step and other.key != page.key else ""
        forged = foreign or alter(data.draw, page.fields.get(name, ""))
        is_known_as_filed = page.parts[2] in self.browser.receipts and page.key in self.browser.closed
        if name == "draft_copy" and page.key not in self.browser.held and not is_known_as_filed:
            return self.without_a_copy(tab, page, forged)
        before, after = self.browser.filed, self.browser.press(page, {name: forged}, go="refresh")
        assert self.browser.filed == before
        if name.startswith("displayed_"):
            after = self.browser.press(page, {name: forged})
            assert self.browser.filed == before, f"a forged {name} was taken for ours"
        self.show(tab, after)
        return None

    def without_a_copy(self, tab: int, page: Page, forged: str) -> None:
        """Assert that without a session and a valid copy nothing is restored."""
        after = self.browser.send(page.url, {**page.fields, "draft_copy": forged})
        assert after.status == 410, f"a forged copy of {page.url} was taken for ours"
        assert page.key not in self.browser.held
        self.show(tab, after)
