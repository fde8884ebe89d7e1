"""A stolen database reveals nobody: personal data is entered everywhere, and then searched in a dump."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.core.management import call_command
from django.db import connection
from django.test import Client

from declarations.confirmation import documents
from declarations.models import (
    AuthenticatorApp,
    Decision,
    Declaration,
    ListExport,
    Notification,
    NotificationState,
    Period,
    PeriodLock,
    SsinAccess,
    Worker,
)
from referentials.models import Employer

from ..support.builders import BY_NAME, MONDAY, ORDINARY, Walk, answers_for, step_data, submit_pages
from ..support.dumping import FORMS, Dump, dump
from ..support.periods import CANCELLATION, MODIFICATION, OUT, declare
from ..support.staff import PASSWORD, codes_in, make_groups, sign_in, signed_in_client

# SSINs of workers: declared by SSIN, identified by a reviewer, in a draft, in a look-up, in a note.
DECLARED, IDENTIFIED, DRAFTED, TRIED, NOTED = "77081923394", "63082714536", "71120355161", "58040766679", "66102988886"
NAMED = {
    "family_name": "Vanplantereñ",
    "given_name": "Zébulonia",
    "birth_date": "27/8/1963",
    "birth_place": "Plantegemhaven",
    "street": "Verborgenplantstraat",
    "town": "Geplantebos",
}
UNKNOWN = {**NAMED, "family_name": "O’Plantagenêt", "given_name": "Wilhelmientje", "birth_date": "13/5/1959"}
HALF = {**NAMED, "family_name": "Halfgeplant", "given_name": "Onafgemaakte", "birth_date": "9/11/1948"}
REFERENCES = {"worker_reference": "Plantijn, Jozefien", "employer_reference": "Plantrekening 77"}
WORDS = ["Genoteerd Plantsel", "Slotplanteling", "Zoekplantina"]
DATES = ["1963-08-27", "1959-05-13", "1948-11-09", "27/08/1963", "27.08.1963"]


def planted() -> list[str]:
    """Every personal text that is typed, in its possible spellings."""
    numbers = [DECLARED, IDENTIFIED, DRAFTED, TRIED, NOTED]
    written = [f"{ssin[:2]}.{ssin[2:4]}.{ssin[4:6]}-{ssin[6:9]}.{ssin[9:]}" for ssin in numbers[:2]]
    texts = [text for person in (NAMED, UNKNOWN, HALF) for text in person.values()]
    return sorted({*numbers, *written, *texts, *REFERENCES.values(), *WORDS, *DATES})


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", ["Vanplantereñ", DECLARED, "O’Plantagenêt"])
def test_a_text_is_found_in_each_form(form: str, text: str):
    assert form in Dump(b"abc" + FORMS[form](text) + b"xyz").found(text)
    assert Dump(b"abcxyz").found(text) == []


def test_a_text_is_found_in_what_is_signed_and_compressed():
    assert Dump(signing.dumps({"worker": [NAMED] * 9}, compress=True).encode()).found("Verborgenplantstraat")


def declarations(client: Client) -> None:
    """Declarations of all four kinds, two of them by name."""
    period = _file(client, answers_for("XXX", "OTH", ssin=DECLARED)).period
    declare(client, period, MODIFICATION, start_date="1/3/2026")
    declare(client, period, OUT, end_date="6/3/2026")
    declare(client, period, CANCELLATION)
    submit_pages(client, answers_for("XXX", "T17", ssin=DECLARED))
    for person in (NAMED, UNKNOWN):
        _file(client, {**answers_for("XXX", "STU"), **BY_NAME, **person})


def _file(client: Client, answers: dict[str, str]) -> Declaration:
    walk = Walk(client).to("overview", answers)
    walk.confirm(**step_data("overview", REFERENCES))
    return Declaration.objects.get(draft=walk.draft)


def drafts() -> None:
    """Drafts with an SSIN, with a name, and with unvalidated input, in three browsers."""
    Walk(Client()).to("overview", answers_for("XXX", "OTH", ssin=DRAFTED))
    Walk(Client()).to("overview", {**answers_for("XXX", "OTH"), **BY_NAME, **HALF})
    begun = Walk(Client()).to("worker", answers_for("XXX", "OTH"))
    begun.post("worker", {**BY_NAME, **HALF, "ssin": DRAFTED}, go="start")
    begun.post("worker", {**BY_NAME, **HALF, "ssin": DRAFTED}, language="fr")


def office() -> list[str]:
    """Acts of staff: decide, lock, look, search, export, sign in. Returns the secrets printed meanwhile."""
    make_groups()
    account = User.objects.create_superuser("root", password=PASSWORD)
    printed = StringIO()
    call_command("enrol_staff", "root", stdout=printed)
    for name, password in ((TRIED, "x"), ("root", WORDS[2]), (NAMED["family_name"], DECLARED)):
        sign_in(Client(), name=name, password=password, token=DECLARED)
    staff = signed_in_client(account)
    first = Declaration.objects.awaiting_decision().first()
    decided = {"verdict": "ssin", "ssin": IDENTIFIED, "note": f"{WORDS[0]} {NOTED}", "decide": "1"}
    assert staff.post(f"/admin/declarations/pendingdeclaration/{first.pk}/change/", decided).status_code == 302
    period = Period.objects.latest("pk")
    locked = {"is_locked": "on", "note": f"{WORDS[1]} {NOTED}"}
    assert staff.post(f"/admin/declarations/period/{period.pk}/lock/", locked).status_code == 302
    staff.post("/admin/ssin/", {"show_ssin": f"worker-{Worker.objects.latest('pk').pk}"})
    for text in (DECLARED, WORDS[2], NAMED["family_name"]):
        staff.post("/admin/declarations/worker/", {"q": text})
        staff.get("/admin/declarations/declaration/", {"q": text})
        export = staff.post(f"/admin/export/declarations/declaration/csv/?q={text}")
        b"".join(export.streaming_content)
    secret = AuthenticatorApp.objects.earliest("pk").secret
    return [secret, *codes_in(printed.getvalue()), PASSWORD]


def notified() -> None:
    """Notifications: one sent, one refused by the mail server with a message of its own, the others queued."""
    first, second, *_others = Notification.objects.order_by("pk")
    Employer.objects.filter(enterprise_number=ORDINARY).update(email="personeel@employer.example")
    Notification.objects.filter(pk=second.pk).update(channel="email")
    call_command("send_notifications", limit=3, verbosity=0)
    first.refresh_from_db()
    assert first.state == NotificationState.SENT


@pytest.mark.django_db(transaction=True)
def test_nobody_is_found_in_a_dump(client, at, tmp_path, settings, monkeypatch):
    monkeypatch.setattr(documents, "pdf_of", lambda page, identifier: b"%PDF " + identifier)
    monkeypatch.setattr(documents, "missing_requirement", lambda: "")
    settings.NOTIFICATION_SPOOL, settings.EMAIL_HOST = str(tmp_path), "127.0.0.1"
    settings.DEFAULT_FROM_EMAIL, settings.EMAIL_PORT = "dimona@office.example", 9
    at(MONDAY)
    declarations(client)
    drafts()
    secrets = office()
    notified()
    for command in ("seal_declarations", "count_declarations"):
        call_command(command, stdout=StringIO())
    connection.close()
    found = Dump(dump())
    for text in (*planted(), *secrets):
        assert found.found(text) == [], text
    # The planted data is stored, and data that need not be encrypted is found.
    kept = [str(row.answers) for row in Declaration.objects.all()]
    assert {DECLARED, *NAMED.values(), *REFERENCES.values()} - {"27/8/1963"} <= set(
        re.findall(r"'([^']+)'", str(kept))
    )
    models = (Decision, PeriodLock, SsinAccess, ListExport, AuthenticatorApp)
    assert all(model._base_manager.exists() for model in models)
    assert "plain" in found.found("Comptoir de l’Exemple")
    assert "plain" in found.found(Declaration.objects.first().receipt_token)
    assert "plain" in found.found("personeel@employer.example")
