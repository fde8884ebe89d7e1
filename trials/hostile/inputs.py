"""Single hostile requests to drafts whose steps are all answered, and to other addresses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import translation
from django.utils.timezone import localtime
from hypothesis import given, note, settings
from hypothesis import strategies as st

from declarations.enums import DeclarationKind
from declarations.models import Declaration
from declarations.wizard.steps import STEPS
from tests.support.builders import BY_NAME, ERIC, Walk, answers_for, submit, without
from tests.support.periods import CANCELLATION, MODIFICATION, OUT, period_answers

from .browser import Browser
from .journeys import BUTTONS
from .reading import HARMLESS, Page
from .texts import BYTES, CHARSETS, HEADERS, METHODS, QUERIES, SEGMENTS, TEXTS, alter, urlencoded

Draw = Callable[[st.SearchStrategy[Any]], Any]
# 13:00 in Brussels on a Monday.
MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
BIG, MANY = 1024 * 1024, 10_000


@dataclass(frozen=True)
class AnsweredDraft:
    """A draft with all steps answered, the page of each step, and a known receipt."""

    browser: Browser
    pages: Mapping[str, Page]
    token: str

    def again(self) -> Browser:
        """The browser in the state in which the draft was ready."""
        browser = Browser()
        browser.client.cookies.load({name: each.value for name, each in self.browser.client.cookies.items()})
        browser.held = self.browser.held
        return browser


def answered_drafts(count: int) -> list[AnsweredDraft]:
    """Answered drafts, at least one of each kind."""
    opened = submit(answers_for("XXX", "OTH"), localtime())
    student = submit(answers_for("XXX", "STU"), localtime()).period
    hours = submit(answers_for("302", "EXT", ssin="04123100241"), localtime()).period
    wanted: list[dict[str, str]] = [
        without(answers_for("XXX", "OTH", **BY_NAME), "ssin"),
        period_answers(opened.period, OUT, end_date="6/3/2026"),
        period_answers(opened.period, MODIFICATION, start_date="1/3/2026"),
        period_answers(opened.period, CANCELLATION),
        answers_for("322", "STG"),
        period_answers(hours, MODIFICATION, start_time="9:00"),
        answers_for("XXX", "FLX"),
        period_answers(student, MODIFICATION, planned_hours="24"),
        answers_for("124", "BCW"),
        answers_for("XXX", "STU", ssin="01050907729"),
        answers_for("302", "EXT", ssin=ERIC),
    ]
    return [answered_draft(answers, opened.receipt_token) for answers in wanted[: max(4, count)]]


def answered_draft(answers: dict[str, str], token: str) -> AnsweredDraft:
    """A draft with all steps answered and opened."""
    browser = Browser()
    walk = Walk(browser.client).to("overview", answers)
    browser.held = browser.stored_drafts()
    pages = {step.slug: browser.get(walk.url(step.slug)) for step in STEPS[walk.kind]}
    assert all(page.step for page in pages.values())
    return AnsweredDraft(browser, pages, token)


def property_test(met: Counter[str], how: settings) -> Callable[[], None]:
    """A property for Hypothesis that counts what happened in `met`."""
    with time_machine.travel(MONDAY, tick=False):
        drafts = answered_drafts(how.max_examples // 100)

    @how
    @given(
        place=st.integers(0, len(drafts) - 1),
        step=st.integers(0, 5),
        attack=st.sampled_from(EVERY_ATTACK),
        data=st.data(),
    )
    def nothing_breaks(place: int, step: int, attack: tuple[str, Attack], data: st.DataObject) -> None:
        draft = drafts[place]
        page = list(draft.pages.values())[step % len(draft.pages)]
        point = transaction.savepoint()
        translation.activate("en")
        name, act = attack
        note(f"{name}, on {page.url}")
        with time_machine.travel(MONDAY, tick=False):
            try:
                act(data.draw, draft, page)
                met["inputs"] += 1
                met[f"inputs: {name}"] += 1
            finally:
                transaction.savepoint_rollback(point)
                # Release the savepoint after its rollback: PostgreSQL cannot hold thousands of nested ones.
                transaction.savepoint_commit(point)

    return nothing_breaks


def assert_untouched(browser: Browser) -> None:
    """Assert that nothing was filed and every draft is unchanged."""
    assert Declaration.objects.count() == browser.filed
    assert browser.stored_drafts() == browser.held


def assert_harmless(response: Any, url: str) -> None:
    """Assert that the response is a page, or a redirect within this site."""
    assert response.status_code in (*HARMLESS, 301), f"{response.status_code} of {url}"
    place = response.get("Location", "/")
    assert place.startswith("/"), f"{url} leads to {place}"
    assert not place.startswith("//"), f"{url} leads to {place}"


# -- what is sent ------------------------------------------------------------------------------------------------

Attack = Callable[[Draw, AnsweredDraft, Page], None]


def type_anything(draw: Draw, ready: AnsweredDraft, page: Page) -> None:
    """Post any text in any field, with any button."""
    form = next(each.form for each in STEPS[DeclarationKind(page.parts[1])] if each.slug == page.step)
    names = [f"{page.step}-{name}" for name in {**form.base_fields, **form.zones}]
    texts = draw(st.dictionaries(st.sampled_from(names), TEXTS, max_size=5)) if names else {}
    ready.again().press(page, texts, **draw(st.sampled_from(BUTTONS)))


def send_bytes(draw: Draw, ready: AnsweredDraft, page: Page) -> None:
    """Post bytes that are no text, another charset, a repeated name."""
    names = st.sampled_from([*page.fields, "go", "language", "modify", f"{page.step}-x", "\0"])
    fields = {name: value.encode() for name, value in page.fields.items()} | {"go": b"refresh"}
    fields |= draw(st.dictionaries(names, BYTES, max_size=3))
    charset = draw(st.sampled_from(CHARSETS))
    content_type = "application/x-www-form-urlencoded" + (f"; charset={charset}" if charset else "")
    again = draw(st.dictionaries(names, BYTES, max_size=2))
    body = urlencoded(fields) + b"&" + urlencoded(again)
    browser = ready.again()
    assert_harmless(browser.client.generic("POST", page.url, body, content_type=content_type), page.url)
    # The last value of a repeated name counts, so another button may be the effective one.
    if fields["go"] == b"refresh" and "go" not in again:
        assert Declaration.objects.count() == browser.filed


def send_files(draw: Draw, ready: AnsweredDraft, page: Page) -> None:
    """Post files instead of texts, and in addition to them."""
    names = st.sampled_from([*page.fields, "file", f"{page.step}-x"])
    chosen = draw(st.dictionaries(names, BYTES, min_size=1, max_size=3))
    files = {
        name: SimpleUploadedFile(draw(st.sampled_from(["a.txt", "../a", "\u202e"])), chosen[name]) for name in chosen
    }
    browser = ready.again()
    assert_harmless(browser.client.post(page.url, {**page.fields, "go": "refresh", **files}), page.url)
    assert Declaration.objects.count() == browser.filed


def send_too_much(draw: Draw, ready: AnsweredDraft, page: Page) -> None:
    """Post a field of a megabyte, or ten thousand fields; expect a bad request."""
    name = draw(st.sampled_from([*page.fields, "go", "language"]))
    letter = draw(st.sampled_from(["x", "9", "\0", "é", "%", "-"]))
    extra = draw(
        st.sampled_from(
            [{name: letter * BIG}, {f"{name}{number}": letter for number in range(MANY)}, {letter * BIG: ""}]
        )
    )
    browser = ready.again()
    if draw(st.booleans()):
        response = browser.client.post(page.url, {**page.fields, **extra})
    else:
        fields = {key: value.encode() for key, value in {**page.fields, **extra}.items() if len(key) < BIG}
        body = urlencoded({**fields, "z": b"x" * BIG})
        response = browser.client.generic("POST", page.url, body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 400, response.status_code
    assert_untouched(browser)


def send_elsewhere(draw: Draw, ready: AnsweredDraft, page: Page) -> None:
    """Send tampered addresses, other methods, odd headers and queries; expect no receipt and no other site."""
    language, kind, draft, step = page.parts
    segment = draw(SEGMENTS)
    token = draw(st.one_of(st.just(alter(draw, ready.token)), SEGMENTS))
    url = draw(
        st.sampled_from([
            page.url, *[f"/{language}/{kind}/{draft}/{segment}/"] * 4, f"/{language}/{segment}/{draft}/{step}/",
            f"/{segment}/{kind}/{draft}/{step}/", f"/{language}/{kind}/{segment}/{step}/",
            f"/{language}/{kind}/{uuid4()}/{step}/", f"/{language}/{kind}/{draft.upper()}/{step}/",
            f"/{language}/{kind}/{UUID(draft).hex}/{step}/", f"/{language}/{kind}/{draft}/discard/{segment}",
            *(f"/{language}/{other}/{draft}/{step}/" for other in DeclarationKind.values if other != kind),
            f"/{language}//example.org/{segment}", f"//{segment}", f"/\\example.org/{segment}", f"/{segment}",
            f"/{language}/receipt/{token}/", f"/en/receipt/{token}/correct/", f"/en/receipt/{token}/out/",
        ])
    )  # fmt: skip
    names = draw(st.lists(st.sampled_from(sorted(HEADERS)), max_size=2))
    headers: dict[str, Any] = {name: draw(st.sampled_from(HEADERS[name])) for name in names}
    query = draw(st.sampled_from(QUERIES))
    button = {"go": b"refresh"} if step == "overview" or draw(st.booleans()) else {}
    data = urlencoded({name: value.encode() for name, value in page.fields.items()} | button)
    browser = ready.again()
    response = browser.client.generic(
        draw(st.sampled_from(METHODS)), url, data, content_type="application/x-www-form-urlencoded",
        QUERY_STRING=query, **headers,
    )  # fmt: skip
    assert_harmless(response, url)
    assert Declaration.objects.count() == browser.filed
    if f"/receipt/{token}" in url and token != ready.token:
        assert response.status_code != 200, f"{url} is a receipt"


def send_copy(draw: Draw, ready: AnsweredDraft, page: Page) -> None:
    """Send a copy of a draft without a session; only the draft's own copy may restore it."""
    browser, copy = Browser(), page.fields["draft_copy"]
    forged = draw(st.one_of(st.just(copy), st.just(alter(draw, copy)), st.just(draw(TEXTS)), st.just("")))
    kind = draw(st.sampled_from([page.parts[1], *DeclarationKind.values]))
    draft = draw(st.sampled_from([page.parts[2], str(uuid4())]))
    url = f"/{page.parts[0]}/{kind}/{draft}/{page.step}/"
    if (url, forged) == (page.url, copy):
        browser.press(page, go="refresh")
        return
    response = browser.client.post(url, {**page.fields, "draft_copy": forged})
    assert response.status_code in (400, 410), f"a forged copy opened {url}"
    assert_untouched(browser)


def confirm_unseen(draw: Draw, ready: AnsweredDraft, page: Page) -> None:
    """Confirm without a displayed overview, by another method or for another draft; expect nothing filed."""
    browser, overview = ready.again(), ready.pages["overview"]
    name = draw(st.sampled_from(["answers_digest", "displayed_preview"]))
    forged = {**overview.fields, name: draw(st.one_of(st.just(alter(draw, overview.fields[name])), TEXTS))}
    act = draw(st.sampled_from(["forged", "get", "head", "put", "other kind", "other draft"]))
    kind, draft = overview.key
    if act == "forged":
        browser.client.post(overview.url, forged)
    elif act in ("get", "head"):
        getattr(browser.client, act)(overview.url, overview.fields)
    elif act == "put":
        browser.client.put(overview.url, urlencoded({key: value.encode() for key, value in overview.fields.items()}))
    elif act == "other kind":
        for other in DeclarationKind.values:
            if other != kind:
                browser.client.post(f"/en/{other}/{draft}/overview/", overview.fields)
    else:
        begun = browser.client.post("/en/", {**ready.pages["start"].fields, "language": "nl"})
        browser.client.post(begun["Location"].replace("/start/", "/overview/"), overview.fields)
    assert Declaration.objects.count() == browser.filed


# Name, attack, and its share out of fourteen.
ATTACKS: list[tuple[str, Attack, int]] = [
    ("any text in any field, any button", type_anything, 6),
    ("bytes that are no text, charsets, names twice", send_bytes, 2),
    ("files", send_files, 1),
    ("a megabyte, ten thousand fields", send_too_much, 1),
    ("forged and foreign copies", send_copy, 1),
    ("Confirm without an overview", confirm_unseen, 1),
    ("addresses, methods, headers, queries", send_elsewhere, 2),
]
EVERY_ATTACK = [(name, attack) for name, attack, count in ATTACKS for _each in range(count)]
