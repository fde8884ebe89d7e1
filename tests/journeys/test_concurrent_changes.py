"""A period that another declaration changes, or the office locks, between a page and its button (ruling 12)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now as this_moment

from declarations.enums import DeclarationKind, Status
from declarations.models import Declaration, Period
from referentials import tables
from referentials.bases import LANGUAGES

from ..support.builders import MONDAY, Walk, answers_for, codes, submit_pages, submitted_declaration
from ..support.pages import error_codes, form_data, page_text, preview, rows
from ..support.periods import (
    CANCELLATION,
    MODIFICATION,
    OUT,
    cancel,
    close,
    dates_and_hours,
    declare,
    first_page,
    open_period,
    period_answers,
)

pytestmark = pytest.mark.django_db

A, B = Status.ACCEPTED, Status.REFUSED
CHANGED = "The period or the NSSO’s answer has changed since this page was shown. Check the page again."
WANTED = {
    OUT: {"end_date": "13/03/2026"},
    MODIFICATION: {"start_date": "02/03/2026"},
    CANCELLATION: {},
}
OPEN, CLOSED = {"start_date": "9/3/2026"}, {"start_date": "9/3/2026", "end_date": "20/3/2026"}


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


def lock(_client: Client, period: Period) -> None:
    """The office locks the period."""
    Period.objects.filter(pk=period.pk).update(locked_at=this_moment())


def closes(client: Client, period: Period) -> None:
    """Another browser files a Dimona OUT."""
    assert close(client, period, "12/3/2026").status == A


def cancels(client: Client, period: Period) -> None:
    """Another browser files a Cancellation."""
    assert cancel(client, period).status == A


def starts_earlier(client: Client, period: Period) -> None:
    """Another browser files a Modification of the start."""
    assert declare(client, period, MODIFICATION, start_date="5/3/2026").status == A


def reopens(client: Client, period: Period) -> None:
    """Another browser removes the end."""
    assert declare(client, period, MODIFICATION, remove_end_date="on").status == A


@pytest.mark.parametrize(
    ("kind", "declared", "meanwhile", "found"),
    [
        (OUT, OPEN, closes, {"00913-356"}),
        (OUT, OPEN, cancels, {"00913-355"}),
        (OUT, OPEN, lock, {"00913-362"}),
        (MODIFICATION, OPEN, cancels, {"00913-355"}),
        (MODIFICATION, OPEN, lock, {"00913-362"}),
        (MODIFICATION, CLOSED, cancels, {"00913-355"}),
        (CANCELLATION, OPEN, cancels, {"00913-355"}),
        (CANCELLATION, OPEN, lock, {"00913-362"}),
        (CANCELLATION, CLOSED, cancels, {"00913-355"}),
    ],
)
def test_the_fresh_overview_comes_once_and_then_the_refusal(client, kind, declared, meanwhile, found):
    period = open_period(**declared)
    walk = Walk(client).to("overview", period_answers(period, kind, **WANTED[kind]))
    shown = walk.hidden()
    meanwhile(Client(), period)
    state, filings = dates_and_hours(period), Declaration.objects.count()
    answer = client.post(walk.url("overview"), shown)
    assert answer.status_code == 200
    assert answer.context["change_notice"] == CHANGED
    assert CHANGED in page_text(answer)
    assert preview(answer) == (B, found)
    assert Declaration.objects.count() == filings
    declaration = submitted_declaration(client.post(walk.url("overview"), walk.hidden(answer)))
    assert (declaration.status, codes(declaration), declaration.period) == (B, found, period)
    assert dates_and_hours(period) == state
    page = client.get(f"/en/receipt/{declaration.receipt_token}/")
    assert page.context["period_number"] == ""
    assert page.context["next_kinds"] == []


@pytest.mark.parametrize("meanwhile", [cancels, lock])
@pytest.mark.parametrize(
    ("kind", "wanted"), [(OUT, WANTED[OUT]), (MODIFICATION, {"start_date": "16/3/2026"}), (CANCELLATION, {})]
)
def test_nothing_offers_to_repair_what_nobody_can(client, kind, wanted, meanwhile):
    """On a period that is cancelled or locked: no way back, no button for another declaration, none to send again."""
    period = open_period(**OPEN)
    walk = Walk(client).to("overview", period_answers(period, kind, **wanted))
    meanwhile(Client(), period)
    page = walk.get("overview")
    assert "will refuse this declaration: no further declarations can be made for this period." in page_text(page)
    assert preview(page)[0] == B
    for words in ("Go back", "Modify this period instead", "Cancel and declare again"):
        assert words not in page_text(page)
    declaration = submitted_declaration(walk.confirm())
    receipt = f"/en/receipt/{declaration.receipt_token}/"
    assert client.get(receipt).context["correct_url"] == ""
    Period.objects.update(locked_at=None, cancelled_at=None)
    assert client.get(receipt).context["correct_url"]


# When the other declaration or the office came; the day of the end that another Dimona OUT gave.
HOUR, END = "02/03/2026 09:20", "12/03/2026"


@pytest.mark.parametrize(
    ("kind", "meanwhile", "code", "since"),
    [
        (OUT, closes, "00913-356", END),
        (MODIFICATION, lock, "00913-362", HOUR),
        (CANCELLATION, cancels, "00913-355", HOUR),
    ],
)
def test_the_preview_and_the_receipt_tell_since_when(client, at, kind, meanwhile, code, since):
    """In each language; and the receipt as it was filed, whatever becomes of the period."""
    period = open_period(**OPEN)
    walk = Walk(client).to("overview", period_answers(period, kind, **WANTED[kind]))
    at("2026-03-02 09:20")
    meanwhile(Client(), period)
    label = tables.current().anomaly(code, this_moment().date())
    told = {language: f"{getattr(label, f'label_{language}').rstrip('.')} ({since})." for language in LANGUAGES}
    told["de"] = told["de"].replace("/", ".")
    at("2026-03-02 09:30")
    assert told["en"] in page_text(walk.get("overview"))
    declaration = submitted_declaration(walk.confirm())
    assert codes(declaration) == {code}
    Period.objects.filter(pk=period.pk).update(locked_at=None)
    at("2027-03-02 09:00")
    for language in LANGUAGES:
        assert told[language] in page_text(client.get(f"/{language}/receipt/{declaration.receipt_token}/"))


def test_a_period_that_another_out_closed_may_be_modified_instead(client):
    """One button, with the end that was typed; as on the first page."""
    period = open_period(**OPEN)
    walk = Walk(client).to("overview", period_answers(period, OUT, **WANTED[OUT]))
    assert "Modify this period instead" not in page_text(walk.get("overview"))
    closes(Client(), period)
    page = walk.get("overview")
    assert "Modify this period instead" in page_text(page)
    begun = client.post(walk.url("overview"), {**form_data(page), "go": "modify"})
    modification = Walk.from_url(client, begun.url)
    assert (modification.kind, begun.url) == (MODIFICATION, modification.url("period"))
    step = modification.get("period")
    assert (form_data(step)["period-end_date"], error_codes(step)) == ("13/03/2026", {})
    modification.next("period", {})
    assert rows(modification.get("overview"))["Ending date (before → after)"] == "12/03/2026 → 13/03/2026"
    assert submitted_declaration(modification.confirm()).status == A
    assert dates_and_hours(period)[2].isoformat() == "2026-03-13"


@pytest.mark.parametrize(("kind", "step"), [(OUT, "start"), (OUT, "period"), (MODIFICATION, "overview")])
def test_no_other_page_has_that_button(client, kind, step):
    walk = Walk(client).to("overview", period_answers(open_period(**OPEN), kind, **WANTED[kind]))
    before = Declaration.objects.count()
    assert walk.post(step, go="modify").status_code == 400
    assert Declaration.objects.count() == before


def test_the_hour_is_told_on_the_same_day_alone(client, at):
    """As on the first page; the day says enough of what was cancelled on another."""
    period = open_period(**OPEN)
    at("2026-03-02 23:50")
    walk = Walk(client).to("overview", period_answers(period, CANCELLATION))
    cancels(Client(), period)
    assert "cancelled (02/03/2026 23:50)." in page_text(first_page(client, period_answers(period, CANCELLATION)))
    at("2026-03-03 00:00")
    for page in (first_page(client, period_answers(period, CANCELLATION)), walk.get("overview")):
        assert "cancelled (02/03/2026)." in page_text(page)


@pytest.mark.parametrize(
    ("kind", "declared", "meanwhile", "shows"),
    [
        (CANCELLATION, OPEN, closes, "12/03/2026"),
        (CANCELLATION, OPEN, starts_earlier, "05/03/2026"),
        (CANCELLATION, CLOSED, reopens, "no ending date"),
        (OUT, OPEN, starts_earlier, "05/03/2026"),
        (MODIFICATION, OPEN, starts_earlier, "05/03/2026 → 02/03/2026"),
    ],
)
def test_what_is_still_possible_is_shown_afresh_and_accepted(client, kind, declared, meanwhile, shows):
    """The fresh overview is one of the period as it stands by now."""
    period = open_period(**declared)
    walk = Walk(client).to("overview", period_answers(period, kind, **WANTED[kind]))
    shown = walk.hidden()
    meanwhile(Client(), period)
    answer = client.post(walk.url("overview"), shown)
    assert answer.context["change_notice"] == CHANGED
    assert preview(answer)[0] == A
    assert shows in rows(answer).values()
    declaration = submitted_declaration(client.post(walk.url("overview"), walk.hidden(answer)))
    assert declaration.status == A
    assert declaration.state_before is not None
    assert declaration.period == period


def test_a_modification_of_the_end_on_a_period_closed_earlier_meanwhile(client):
    """The dates typed for the period of before are judged on the period as it is."""
    period = open_period(**CLOSED)
    walk = Walk(client).to("overview", period_answers(period, MODIFICATION, end_date="19/3/2026"))
    shown = walk.hidden()
    declare(Client(), period, MODIFICATION, end_date="18/3/2026")
    answer = client.post(walk.url("overview"), shown)
    assert rows(answer)["Ending date (before → after)"] == "18/03/2026 → 19/03/2026"
    declaration = submitted_declaration(client.post(walk.url("overview"), walk.hidden(answer)))
    assert (declaration.status, (declaration.state_before or {})["end_date"]) == (A, "2026-03-18")
    assert dates_and_hours(period)[2].isoformat() == "2026-03-19"


def test_a_modification_of_an_end_that_was_removed_meanwhile_would_close_the_period(client):
    period = open_period(**CLOSED)
    walk = Walk(client).to("overview", period_answers(period, MODIFICATION, end_date="19/3/2026"))
    shown = walk.hidden()
    reopens(Client(), period)
    answer = client.post(walk.url("overview"), shown)
    assert (answer.context["change_notice"], preview(answer)) == (CHANGED, (B, {"00913-359"}))
    assert codes(submitted_declaration(client.post(walk.url("overview"), walk.hidden(answer)))) == {"00913-359"}


@pytest.mark.parametrize(
    ("declared", "meanwhile", "typed", "becomes"),
    [
        (OPEN, closes, {"start_date": "02/03/2026"}, ("2026-03-02", "2026-03-12")),
        (CLOSED, reopens, {"start_date": "02/03/2026"}, ("2026-03-02", "None")),
        (CLOSED, starts_earlier, {"end_date": "19/03/2026"}, ("2026-03-05", "2026-03-19")),
    ],
)
def test_what_was_not_typed_is_declared_as_it_is_by_now(client, declared, meanwhile, typed, becomes):
    """Else Confirm would undo the other declaration, or ask for a date that nobody touched."""
    period = open_period(**declared)
    walk = Walk(client).to("overview", period_answers(period, MODIFICATION, **typed))
    shown = walk.hidden()
    meanwhile(Client(), period)
    answer = client.post(walk.url("overview"), shown, follow=True)
    assert answer.redirect_chain == []
    assert answer.context["change_notice"] == CHANGED
    assert preview(answer)[0] == A
    assert len([value for value in rows(answer).values() if "→" in value]) == 1
    submitted_declaration(client.post(walk.url("overview"), walk.hidden(answer)))
    assert tuple(map(str, dates_and_hours(period)[:3:2])) == becomes


def test_the_same_modification_twice_changes_nothing_the_second_time(client):
    period = open_period(**CLOSED)
    walk = Walk(client).to("overview", period_answers(period, MODIFICATION, end_date="18/3/2026"))
    shown = walk.hidden()
    declare(Client(), period, MODIFICATION, end_date="18/3/2026")
    answer = client.post(walk.url("overview"), shown)
    assert preview(answer) == (B, {"90378-444"})
    assert codes(submitted_declaration(client.post(walk.url("overview"), walk.hidden(answer)))) == {"90378-444"}


def test_an_end_before_the_start_that_was_typed_is_told_on_the_overview(client):
    """With the way back to its step; nothing is filed, and what was typed is there."""
    period = open_period(**OPEN)
    walk = Walk(client).to("overview", period_answers(period, MODIFICATION, start_date="13/3/2026"))
    shown = walk.hidden()
    closes(Client(), period)
    for answer in (client.post(walk.url("overview"), shown), walk.get("overview")):
        assert preview(answer) == (B, {"00911-014"})
        (anomaly,) = answer.context["preview"]["anomalies"]
        assert anomaly["step"] == "period"
        assert client.post(walk.url("overview"), form_data(answer)).context["change_notice"] == CHANGED
    step = client.get(walk.post("overview", go="period").url)
    assert (form_data(step)["period-start_date"], "(00911-014)" in page_text(step)) == ("13/03/2026", True)
    assert Declaration.objects.filter(kind=MODIFICATION).count() == 0


@pytest.mark.parametrize(("kind", "meanwhile"), [(OUT, closes), (CANCELLATION, cancels), (MODIFICATION, cancels)])
def test_a_period_that_changed_is_told_also_where_no_preview_is_shown(client, settings, kind, meanwhile):
    """Too many were asked for: the overview comes once more all the same, then the refusal."""
    period = open_period(**OPEN)
    walk = Walk(client).to("overview", period_answers(period, kind, **WANTED[kind]))
    settings.PREVIEWS_PER_CLIENT = (0, timedelta(hours=1))
    shown = walk.hidden()
    meanwhile(Client(REMOTE_ADDR="10.0.0.2"), period)
    answer = client.post(walk.url("overview"), shown)
    assert (answer.status_code, answer.context["preview"]) == (200, None)
    assert answer.context["change_notice"] == CHANGED
    assert submitted_declaration(client.post(walk.url("overview"), walk.hidden(answer))).status == B


# -- between the step and Next ---------------------------------------------------------------------------------


@pytest.mark.parametrize("meanwhile", [closes, starts_earlier])
@pytest.mark.parametrize("kind", [OUT, MODIFICATION])
def test_a_step_of_before_is_shown_again_with_a_sentence(client, kind, meanwhile):
    period = open_period(**OPEN)
    walk = Walk(client).to("period", period_answers(period, kind))
    page = form_data(walk.get("period"))
    meanwhile(Client(), period)
    typed = {f"period-{name}": value for name, value in WANTED[kind].items()}
    answer = client.post(walk.url("period"), {**page, **typed}, follow=True)
    assert answer.redirect_chain == [(walk.url("period"), 302)]
    assert "Another declaration has changed this period since this page was shown. Check the page again." in page_text(
        answer
    )
    assert error_codes(answer) == {}
    shown = form_data(answer)
    assert {name: shown[name] for name in typed} == typed


@pytest.mark.parametrize(
    ("declared", "meanwhile", "typed", "untouched"),
    [
        (OPEN, closes, {"start_date": "02/03/2026"}, {"end_date": "12/03/2026"}),
        (CLOSED, reopens, {"start_date": "02/03/2026"}, {"end_date": ""}),
        (CLOSED, starts_earlier, {"end_date": "19/03/2026"}, {"start_date": "05/03/2026"}),
    ],
)
def test_what_was_not_typed_comes_back_as_it_is_by_now(client, declared, meanwhile, typed, untouched):
    """Else Next would undo the other declaration, or be refused for a date that nobody typed."""
    period = open_period(**declared)
    walk = Walk(client).to("period", period_answers(period, MODIFICATION))
    page = form_data(walk.get("period"))
    meanwhile(Client(), period)
    posted = {**page, **{f"period-{name}": value for name, value in typed.items()}}
    shown = form_data(client.post(walk.url("period"), posted, follow=True))
    assert {name: shown[f"period-{name}"] for name in untouched} == untouched
    walk.next("period", typed)
    assert preview(walk.get("overview"))[0] == A


@pytest.mark.parametrize("meanwhile", [cancels, lock])
@pytest.mark.parametrize("kind", [OUT, MODIFICATION])
def test_a_step_of_a_period_cancelled_meanwhile_goes_on_to_the_preview_that_says_so(client, kind, meanwhile):
    period = open_period(**OPEN)
    walk = Walk(client).to("period", period_answers(period, kind))
    meanwhile(Client(), period)
    walk.next("period", WANTED[kind])
    status, found = preview(walk.get("overview"))
    assert status == B
    assert found & {"00913-355", "00913-362"}


# -- what concerns other periods -------------------------------------------------------------------------------


def reason(answer) -> str:
    """Why the overview came once more."""
    return str(answer.context["change_notice"])


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (
            lambda client: submit_pages(client, answers_for("XXX", "OTH", start_date="2/3/2026", end_date="6/3/2026")),
            CHANGED,
        ),
        (lambda client: open_period("XXX", "STU"), ""),
    ],
    ids=["overlapping", "of another type"],
)
def test_another_period_filed_meanwhile_is_judged_at_confirm(client, act: Callable[[Client], object], says):
    period = open_period(start_date="9/3/2026", end_date="13/3/2026")
    walk = Walk(client).to("overview", period_answers(period, MODIFICATION, start_date="5/3/2026"))
    shown = walk.hidden()
    act(Client())
    answer = client.post(walk.url("overview"), shown)
    assert (answer.status_code == 200) == bool(says)
    if says:
        assert (reason(answer), preview(answer)) == (says, (B, {"90378-334"}))


def test_midnight_makes_a_modification_late(client, at):
    period = open_period(**OPEN)
    at("2026-03-08 23:59")
    walk = Walk(client).to("overview", period_answers(period, MODIFICATION, start_date="8/3/2026"))
    shown = walk.hidden()
    at("2026-03-09 00:00")
    answer = client.post(walk.url("overview"), shown)
    assert (reason(answer), preview(answer)) == (CHANGED, ("W", {"90378-460"}))


@pytest.mark.parametrize("kind", list(WANTED))
def test_what_did_not_change_is_filed_at_once(client, kind: DeclarationKind):
    period = open_period(**CLOSED if kind == MODIFICATION else OPEN)
    walk = Walk(client).to("overview", period_answers(period, kind, **WANTED[kind]))
    shown = walk.hidden()
    open_period("XXX", "STU", ssin="01050907729")
    assert submitted_declaration(client.post(walk.url("overview"), shown)).status == A
