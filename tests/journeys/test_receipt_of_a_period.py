"""The receipts of OUT, Modification and Cancellation, and what a receipt leads to."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils.timezone import now as this_moment

from declarations.enums import Status
from declarations.models import Declaration, Period
from referentials.numbers import dimona

from ..support.builders import (
    BY_NAME,
    MONDAY,
    PROVISIONAL,
    Walk,
    answers_for,
    codes,
    submit_pages,
    submitted_declaration,
    url_token,
)
from ..support.pages import form_data, page_text, rows
from ..support.periods import (
    CANCELLATION,
    MODIFICATION,
    ON_A_PERIOD,
    OUT,
    cancel,
    close,
    declare,
    open_period_on_pages,
    period_answers,
    radio_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.pages]

LANGUAGES = ("nl", "fr", "de", "en")
WANTED = {OUT: {"end_date": "6/3/2026"}, MODIFICATION: {"start_date": "1/3/2026"}, CANCELLATION: {}}
KINDS = {
    OUT: dict.fromkeys(LANGUAGES, "Dimona OUT"),
    MODIFICATION: {"nl": "Wijziging", "fr": "Modification", "de": "Änderung", "en": "Modification"},
    CANCELLATION: {"nl": "Annulatie", "fr": "Annulation", "de": "Annullierung", "en": "Cancellation"},
}
CONFIRMED = {
    "nl": "Wij hebben uw aangifte goed ontvangen",
    "fr": "Nous vous confirmons la réception de votre déclaration dont le détail est repris ci-dessous.",
    "de": "Wir bestätigen den Empfang Ihrer Meldung",
    "en": "We confirm receipt of your declaration",
}
REFERENCES = {"employer_reference": "ref A", "worker_reference": "ref B", "declaration_reference": "ref C"}


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


def receipt(declaration: Declaration, language: str = "en", browser: Client | None = None):
    """The page, in a browser that knows nothing of the draft unless one is given."""
    return (browser or Client()).get(f"/{language}/receipt/{declaration.receipt_token}/")


def leads_to(page) -> list[str]:
    """The declarations that a receipt offers."""
    return [kind.value for kind in page.context["next_kinds"]]


# -- the four receipts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ON_A_PERIOD)
def test_a_receipt_says_its_kind_and_its_status_in_each_language(client, kind, language):
    known = open_period_on_pages(client)
    declaration = declare(client, known, kind, **WANTED[kind])
    page = receipt(declaration, language)
    accepted = {"nl": "Aanvaard", "fr": "Acceptée", "de": "Akzeptiert", "en": "Accepted"}[language]
    assert (str(page.context["kind_label"]), page.context["status_label"]) == (KINDS[kind][language], accepted)
    assert f"<title>{KINDS[kind][language]} {dimona.format(declaration.number)} –" in page.text
    for told in (CONFIRMED[language], accepted, KINDS[kind][language], "Home Dimona"):
        assert told in page_text(page), told


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (OUT, "The declaration is valid and the period is closed."),
        (MODIFICATION, "The declaration is valid and the period is modified. Please note the points listed below."),
        (CANCELLATION, "The declaration is valid and the period is cancelled."),
    ],
)
def test_the_three_parts_of_the_manual(client, kind, says):
    known = open_period_on_pages(client)
    walk = Walk(client).to("overview", period_answers(known, kind, **WANTED[kind]))
    references = {f"overview-{name}": value for name, value in REFERENCES.items()}
    declaration = submitted_declaration(walk.confirm(**references))
    page = receipt(declaration)
    assert [part.slug for part in page.context["parts"]] == [
        "declaration", *(["changes"] if kind == MODIFICATION else []), "employer", "worker",
    ]  # fmt: skip
    assert says in page_text(page)
    shown = rows(page)
    assert shown["Type of declaration"] == str(kind.label)
    assert shown["Declaration number"] == dimona.format(declaration.number)
    assert shown["Period number"] == dimona.format(known.number)
    assert shown["Declaration number"] != shown["Period number"]
    assert shown["Date/time of sending"] == "02/03/2026 09:00"
    assert (shown["Joint committee (JC)"], shown["Type of worker"]) == ("Other - XXX", "Other - OTH")
    assert shown["Company name"] == "Comptoir de l’Exemple (démo)"
    assert shown["Enterprise number"] == "0852.093.431"
    assert shown["NSSO identification number"] == "1277920-67"
    assert [value for value in shown.values() if value.startswith("ref ")] == ["ref A", "ref B", "ref C"]


def test_the_receipt_of_each_kind_shows_the_dates_as_the_declaration_leaves_them(client):
    known = open_period_on_pages(client)
    found = []
    for kind, typed in (
        (OUT, {"end_date": "13/3/2026"}),
        (MODIFICATION, {"start_date": "1/3/2026", "end_date": "12/3/2026"}),
        (CANCELLATION, {}),
    ):
        shown = rows(receipt(declare(client, known, kind, **typed)))
        found.append((shown["Starting date/time"], shown["Ending date/time"]))
    assert found == [("02/03/2026", "13/03/2026"), ("01/03/2026", "12/03/2026"), ("01/03/2026", "12/03/2026")]
    first = rows(receipt(known.declarations.get(kind="in")))
    assert (first["Starting date/time"], first["Ending date/time"]) == ("02/03/2026", "-")


@pytest.mark.parametrize("kind", ON_A_PERIOD)
def test_a_refused_receipt_names_no_period_and_is_corrected(client, kind):
    """Domain reference 7.1; once the office unlocks the period, everything typed comes back on the first page."""
    known = open_period_on_pages(client)
    late = Walk(client).to("overview", period_answers(known, kind, **WANTED[kind]))
    Period.objects.update(locked_at=this_moment())
    refused = submitted_declaration(late.confirm())
    assert refused.status == Status.REFUSED
    assert receipt(refused).context["correct_url"] == ""
    Period.objects.update(locked_at=None)
    page = receipt(refused)
    assert page.context["period_number"] == ""
    assert "Period number" not in rows(page)
    assert leads_to(page) == []
    assert "Only an accepted declaration is valid." in page_text(page)
    again = Walk.from_url(client, client.post(page.context["correct_url"]).url)
    assert (again.kind, again.draft != late.draft) == (kind, True)
    assert form_data(again.get("start"))["start-period_number"] == known.number
    kept = {OUT: ("period-end_date", "2026-03-06"), MODIFICATION: ("period-start_date", "2026-03-01")}.get(kind)
    assert kept is None or kept in again.stored_input().items()


def test_a_refused_modification_is_corrected_on_its_step(client):
    known = open_period_on_pages(client)
    refused = declare(client, known, MODIFICATION, start_date="9/3/2026")
    assert codes(refused) == {"00910-344"}
    answer = client.post(receipt(refused).context["correct_url"])
    again = Walk.from_url(client, answer.url)
    assert answer.url == again.url("period")
    assert form_data(again.get("period"))["period-start_date"] == "09/03/2026"
    again.next("period", {"start_date": "1/3/2026"})
    assert submitted_declaration(again.confirm()).status == Status.ACCEPTED_WITH_WARNING


# -- what a receipt leads to -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ON_A_PERIOD)
def test_the_receipt_of_an_in_leads_straight_to_the_others(client, kind):
    """With employer and number filled in: the first page is answered already."""
    known = open_period_on_pages(client)
    page = receipt(known.declarations.get(), browser=client)
    assert leads_to(page) == ["out", "modification", "cancellation"]
    token = url_token(page.request["PATH_INFO"])
    assert f'action="/en/receipt/{token}/{kind.value}/"' in page.text
    answer = client.post(f"/en/receipt/{token}/{kind.value}/")
    walk = Walk.from_url(client, answer.url)
    assert answer.url == walk.url("overview" if kind == CANCELLATION else "period")
    assert walk.get("overview" if kind == CANCELLATION else "period").status_code == 200
    shown = form_data(walk.get("start"))
    assert shown["start-employer_number"] == "0852093431"
    assert shown["start-period_number"] == known.number
    assert shown["start-kind"] == kind
    if kind != CANCELLATION:
        walk.next("period", WANTED[kind])
    assert submitted_declaration(walk.confirm()).period == known


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_leads_on_in_the_language_of_the_page_and_in_any_browser(client, language):
    known = open_period_on_pages(client)
    token = known.declarations.get().receipt_token
    answer = Client().post(f"/{language}/receipt/{token}/out/")
    assert answer.url.startswith(f"/{language}/out/")


@pytest.mark.parametrize(
    ("committee", "worker_type"), [("XXX", "STU"), ("302", "EXT"), ("XXX", "FLX"), ("XXX", "O17")]
)
def test_it_leads_to_the_modification_with_the_right_characteristics(client, committee, worker_type):
    known = open_period_on_pages(client, committee, worker_type)
    token = known.declarations.get().receipt_token
    walk = Walk.from_url(client, client.post(f"/en/receipt/{token}/modification/").url)
    assert form_data(walk.get("start"))["start-period_characteristics"] == radio_of(known)


def test_an_employer_known_by_its_provisional_number_is_led_on(client):
    known = open_period_on_pages(client, identifier_kind="nsso", employer_number=PROVISIONAL)
    walk = Walk.from_url(client, client.post(f"/en/receipt/{known.declarations.get().receipt_token}/out/").url)
    assert form_data(walk.get("start"))["start-identifier_kind"] == "nsso"
    assert walk.post("period", {"end_date": "6/3/2026"}).status_code == 302


def locked(_client: Client, period: Period) -> None:
    """The office locks the period."""
    Period.objects.filter(pk=period.pk).update(locked_at=this_moment())


@pytest.mark.parametrize(
    ("act", "kinds"),
    [
        (close, ["modification", "cancellation"]),
        (cancel, []),
        (locked, []),
        (lambda client, period: declare(client, period, MODIFICATION, start_date="1/3/2026"),
         ["out", "modification", "cancellation"]),
    ],
    ids=["closed", "cancelled", "locked", "modified"],
)  # fmt: skip
def test_only_what_can_still_be_declared_is_offered(client, act, kinds):
    """On every receipt of the period, by its present state; a button of before leads back to the receipt."""
    known = open_period_on_pages(client)
    act(client, known)
    for declaration in known.declarations.all():
        assert leads_to(receipt(declaration)) == kinds
        for kind in {"out", "modification", "cancellation"} - set(kinds):
            answer = client.post(f"/en/receipt/{declaration.receipt_token}/{kind}/")
            assert answer.url == f"/en/receipt/{declaration.receipt_token}/"
    assert client.get("/en/").context["unfinished_drafts"] == []


def test_a_receipt_without_a_period_leads_to_none(client):
    for answers in (answers_for("XXX", "T17"), {**answers_for("XXX", "OTH"), **BY_NAME}):
        declaration = submit_pages(client, answers)
        assert leads_to(receipt(declaration)) == []
        answer = client.post(f"/en/receipt/{declaration.receipt_token}/cancellation/")
        assert answer.url == f"/en/receipt/{declaration.receipt_token}/"


def test_leading_on_takes_a_post_and_a_kind_that_there_is(client):
    token = open_period_on_pages(client).declarations.get().receipt_token
    assert client.get(f"/en/receipt/{token}/out/").status_code == 405
    assert client.post(f"/en/receipt/{token}/nothing/").status_code == 404
    assert client.post("/en/receipt/nothing/out/").status_code == 404
    assert client.post(f"/en/receipt/{token}/in/").url == f"/en/receipt/{token}/"
    assert client.get("/en/").context["unfinished_drafts"] == []


def test_the_number_is_shown_while_the_period_stands(client):
    known = open_period_on_pages(client)
    declaration = known.declarations.get()
    assert receipt(declaration).context["period_number"] == dimona.format(known.number)
    assert "Keep this number" in page_text(receipt(close(client, known)))
    cancel(client, known)
    assert "Keep this number" not in page_text(receipt(declaration))
