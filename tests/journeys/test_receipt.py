"""The receipt: reached by its address alone, readable in four languages, as filed; a refused one taken up again."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils.translation import override

from declarations.enums import Status
from declarations.models import Declaration
from referentials.models import Anomaly, WorkerType
from referentials.numbers import dimona

from ..support.builders import (
    BY_NAME,
    MONDAY,
    PROVISIONAL,
    RESTAURANT,
    WITHOUT_ADDRESS,
    Walk,
    answers_for,
    codes,
    employer,
    period,
    submit_pages,
    submitted_declaration,
)
from ..support.pages import page_text_without, visible_html

pytestmark = [pytest.mark.django_db, pytest.mark.pages]

LANGUAGES = ("nl", "fr", "de", "en")
STATUS_WORDS = {
    Status.ACCEPTED: {"nl": "Aanvaard", "fr": "Acceptée", "de": "Akzeptiert", "en": "Accepted"},
    Status.REFUSED: {"nl": "Geweigerd", "fr": "Refusée", "de": "Abgelehnt", "en": "Refused"},
    Status.PENDING: {"nl": "In afwachting", "fr": "En attente", "de": "In Bearbeitung", "en": "Pending"},
}
BY_STATUS = {
    Status.ACCEPTED: answers_for("XXX", "OTH"),
    Status.REFUSED: answers_for("XXX", "T17"),
    Status.PENDING: {**answers_for("XXX", "OTH"), **BY_NAME},
}


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


def receipt(declaration: Declaration, language: str = "en"):
    """The page, in a browser that knows nothing of the draft."""
    return Client().get(f"/{language}/receipt/{declaration.receipt_token}/")


def rows(page) -> dict[str, str]:
    """The receipt's labels and values."""
    return {str(row.label): str(row.value) for part in page.context["parts"] for row in part.rows}


@pytest.mark.parametrize("status", BY_STATUS)
def test_a_receipt_says_its_status_in_each_language(client, status):
    declaration = submit_pages(client, BY_STATUS[status])
    assert declaration.status == status
    for language in LANGUAGES:
        page = receipt(declaration, language)
        assert page.status_code == 200
        assert page.context["status_label"] == STATUS_WORDS[status][language]
        assert f'lang="{language}"' in page.text
        words = re.sub(r"<[^>]+>", " ", page.text)
        assert words.count(STATUS_WORDS[status][language]) >= 2
        assert dimona.format(declaration.number) in page.text
        assert "02.03.2026 09:00" in page.text if language == "de" else "02/03/2026 09:00" in page.text


def test_a_receipt_can_be_read_again_and_again(client):
    declaration = submit_pages(client, BY_STATUS[Status.ACCEPTED])
    texts = {visible_html(receipt(declaration)) for _look in range(3)}
    assert len(texts) == 1
    assert Declaration.objects.count() == 1


def test_a_receipt_stays_out_of_every_cache(client):
    walk = Walk(client).to("overview", BY_STATUS[Status.ACCEPTED])
    overview = walk.get("overview")
    for page in (overview, receipt(submitted_declaration(walk.confirm())), client.get("/en/")):
        assert "no-store" in page["Cache-Control"]
        assert "private" in page["Cache-Control"]


@pytest.mark.parametrize("token", ["x", "0" * 32, "é", "a" * 500])
def test_an_unknown_address_is_not_found(client, token):
    submit_pages(client, BY_STATUS[Status.ACCEPTED])
    assert client.get(f"/en/receipt/{token}/").status_code == 404
    assert client.post(f"/en/receipt/{token}/correct/").status_code == 404


def test_an_address_cannot_be_guessed(client):
    days = ("3/3/2026", "4/3/2026", "5/3/2026")
    typed = [answers_for("XXX", "DWD", start_date=day, end_date=day) for day in days]
    declarations = [submit_pages(client, answers) for answers in typed]
    tokens = {declaration.receipt_token for declaration in declarations}
    assert len(tokens) == 3
    assert min(map(len, tokens)) >= 32


def test_an_accepted_receipt_shows_the_period_number(client):
    declaration = submit_pages(client, BY_STATUS[Status.ACCEPTED])
    page = receipt(declaration)
    assert page.context["period_number"] == dimona.format(declaration.number)
    assert "Keep this number: you need it to close, modify or cancel this period." in page.text
    assert page.context["correct_url"] == ""
    assert "We confirm receipt of your declaration" in page.text
    assert f"<title>Dimona IN {dimona.format(declaration.number)}" in page.text


@pytest.mark.parametrize("status", [Status.REFUSED, Status.PENDING])
def test_a_receipt_that_is_not_accepted_says_so(client, status):
    page = receipt(submit_pages(client, BY_STATUS[status]))
    assert page.context["period_number"] == ""
    assert "Only an accepted declaration is valid." in page.text
    assert "Keep this number" not in page.text
    assert "We confirm receipt of your declaration" in page.text


def test_the_three_parts_hold_what_was_sent(client):
    walk = Walk(client).to("overview", answers_for("XXX", "STU", end_date="20/3/2026"))
    references = {f"overview-{name}_reference": f"ref {name}" for name in ("employer", "worker", "declaration")}
    page = receipt(submitted_declaration(walk.confirm(**references)))
    assert [part.slug for part in page.context["parts"]] == ["declaration", "employer", "worker"]
    found = rows(page)
    for label, value in {
        "Type of declaration": "Dimona IN",
        "Starting date/time": "02/03/2026 10:00",
        "Ending date/time": "20/03/2026 18:00",
        "Number of planned hours": "20",
        "Joint committee (JC)": "Other - XXX",
        "Type of worker": "Student - STU",
        "Your reference for the employer": "ref employer",
        "Your reference for the employee": "ref worker",
        "Your reference for the declaration": "ref declaration",
        "Company name": "Comptoir de l’Exemple (démo)",
        "Enterprise number": "0852.093.431",
        "NSSO identification number": "1277920-67",
        "SSIN": "85.07.30-033.28",
        "Family name": "-",
        "Given name": "-",
    }.items():
        assert found[label] == value, label
        assert value in page.text


@pytest.mark.parametrize(
    ("answers", "missing"),
    [
        (answers_for("XXX", "OTH"), {"Ending date/time", "Family name", "Your reference for the employer"}),
        (answers_for("XXX", "OTH", identifier_kind="nsso", employer_number=PROVISIONAL), {"Enterprise number"}),
        ({**answers_for("XXX", "OTH"), **BY_NAME}, {"SSIN", "Ending date/time"}),
    ],
)
def test_what_is_missing_is_a_dash(client, answers, missing):
    found = rows(receipt(submit_pages(client, answers)))
    assert {found[label] for label in missing} == {"-"}


def test_an_employer_without_an_address_is_shown_so(client):
    walk = Walk(client).to("employer", answers_for("XXX", "OTH", employer_number=WITHOUT_ADDRESS))
    shown = {str(row.label): row.value for row in walk.get("employer").context["form"].rows}
    assert shown["Address"] == "-"
    assert shown["Enterprise number"] == "0999.010.324"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_anomaly_is_told_in_the_language_of_the_page(client, language):
    declaration = submit_pages(client, answers_for("XXX", "T17", start_date="1/3/2026", end_date="1/3/2026"))
    assert codes(declaration) == {"00655-350", "90373-460"}
    page = receipt(declaration, language)
    assert [row["code"] for row in page.context["anomalies"]] == ["00655-350", "90373-460"]
    for row in Anomaly.objects.filter(code__in=codes(declaration)):
        text = page.text.replace("&#x27;", "'")
        with override(language):
            assert str(row.label) in text
            assert str(row.repair) in text
        assert row.code in page.text


def test_a_warning_stands_on_an_accepted_receipt(client):
    declaration = submit_pages(client, answers_for("XXX", "OTH", start_date="1/3/2026"), "fr")
    assert declaration.status == Status.ACCEPTED_WITH_WARNING
    page = receipt(declaration, "fr")
    assert "90373-460" in page.text
    assert page.context["period_number"]
    assert "Acceptée" in page.context["status_label"]


def test_the_labels_stay_as_filed_in_every_language(client):
    """Design 6: the receipt shows the words of the day, also when the tables and the repertory change afterwards."""
    declaration = submit_pages(client, answers_for("XXX", "ALT"))
    before = {language: rows(receipt(declaration, language)) for language in LANGUAGES}
    words = {f"label_{language}": "Changed" for language in LANGUAGES}
    WorkerType.objects.filter(code="ALT").update(**words)
    Anomaly.objects.update(**words)
    row = employer()
    row.name, row.nsso_number, row.street = "Renamed", None, "Elsewhere"
    row.save()
    assert {language: rows(receipt(declaration, language)) for language in LANGUAGES} == before
    assert "Apprenti" in str(before["fr"])
    assert "Leerling" in str(before["nl"])


def test_the_anomalies_stay_as_filed(client):
    declaration = submit_pages(client, answers_for("XXX", "T17"))
    before = receipt(declaration).context["anomalies"]
    Anomaly.objects.update(label_en="Changed", repair_en="Changed")
    assert receipt(declaration).context["anomalies"] == before


def test_no_other_period_of_the_worker_is_named(client):
    """Ruling 11: a preview or a receipt names no dates, numbers or hours of other periods."""
    other = period("XXX", "STU", "2026-01-08", "2026-03-13", planned_hours=649, employer=employer(RESTAURANT))
    mine = period("XXX", "STU", "2026-02-05", "2026-03-19", planned_hours=333)
    walk = Walk(client).to("overview", answers_for("XXX", "STU"))
    overview = walk.get("overview")
    declaration = submitted_declaration(walk.confirm())
    assert codes(declaration) == {"90373-334", "90017-369"}
    for page in (overview, receipt(declaration)):
        text = page_text_without(page, declaration.number)
        for each in (other, mine):
            assert dimona.format(each.number) not in text
        for told in ("08/01/2026", "13/03/2026", "05/02/2026", "19/03/2026", "649", "333", "982"):
            assert told not in text


# -- a refused declaration -------------------------------------------------------------------------------------


def test_a_refused_declaration_is_corrected_and_sent_again(client):
    """With everything filled in, in any browser; the refused one stays as it was."""
    answers = answers_for("XXX", "T17", initial="", worker_reference="")
    refused = submit_pages(client, answers)
    browser = Client()
    page = browser.get(f"/en/receipt/{refused.receipt_token}/")
    assert "Correct and send again" in page.text
    answer = browser.post(page.context["correct_url"])
    walk = Walk(browser)
    walk.draft = answer.url.split("/")[3]
    assert answer.url == walk.url("characteristics")
    shown = browser.get(answer.url)
    assert "Everything is filled in as you sent it." in shown.text
    assert shown.context["form"]["worker_type"].value() == "T17"
    for step in ("start", "worker", "period", "overview"):
        assert walk.get(step).status_code == 200
    walk.next("characteristics", answers_for("XXX", "OTH"))
    accepted = submitted_declaration(walk.confirm())
    assert accepted.status == Status.ACCEPTED
    assert accepted.worker == refused.worker
    refused.refresh_from_db()
    assert refused.status == Status.REFUSED


def test_everything_of_a_worker_without_ssin_is_filled_in_again(client):
    refused = submit_pages(
        client, {**answers_for("XXX", "PMP", employer_number=RESTAURANT), **BY_NAME, "initial": "Q"}
    )
    assert refused.status == Status.REFUSED
    answer = client.post(f"/en/receipt/{refused.receipt_token}/correct/")
    walk = Walk(client)
    walk.draft = answer.url.split("/")[3]
    form = walk.get("worker").context["form"]
    shown = {name: form[name].value() for name in form.fields}
    expected = {**BY_NAME, "birth_date": "1991-11-17", "initial": "Q"}
    assert {name: shown[name] for name in expected} == expected
    assert "17/11/1991" in walk.get("worker").text


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.PENDING])
def test_only_a_refused_declaration_is_taken_up_again(client, status):
    declaration = submit_pages(client, BY_STATUS[status])
    assert client.post(f"/en/receipt/{declaration.receipt_token}/correct/").status_code == 404
    assert "Correct and send again" not in receipt(declaration).text


def test_correcting_takes_a_post(client):
    refused = submit_pages(client, answers_for("XXX", "T17"))
    assert client.get(f"/en/receipt/{refused.receipt_token}/correct/").status_code == 405
    assert client.get("/en/").context["unfinished_drafts"] == []
