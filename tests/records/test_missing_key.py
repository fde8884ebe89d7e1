"""A missing key: reading data encrypted with it raises, and no page shows ciphertext."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from declarations.confirmation import documents
from declarations.encryption import DecryptionError, key_ids
from declarations.models import Decision, Declaration, Notification, NotificationState, Period, Worker
from declarations.records import key_rotation
from declarations.wizard.session_store import SessionStore

from ..support.builders import BY_NAME, ERIC, Walk, answers_for, submit_pages
from ..support.sealing import command, seal_all, seed_sealed_rows
from ..support.staff import PASSWORD, signed_in_client

pytestmark = [pytest.mark.django_db, pytest.mark.pages]


Addresses = dict[str, str]


@dataclass(frozen=True)
class Gone:
    """The stored texts that can no longer be decrypted, and the addresses of the pages that show them."""

    texts: list[str]
    reading: Addresses
    others: Addresses

    def is_shown(self, text: str) -> bool:
        """Whether the text contains one of the stored texts, or a large part of it."""
        return any(stored[9:60] in text for stored in self.texts)


@pytest.fixture
def gone(client, at, settings) -> Gone:
    """Declarations of each kind, a decision and locks, all sealed; then the key is removed."""
    seed_sealed_rows(at)
    submit_pages(client, {**answers_for("XXX", "OTH"), **BY_NAME, "family_name": "Onbekende"})
    seal_all()
    tables = key_rotation.tables()
    stored = [
        text for table in tables for row in table.stored_values(table.model._base_manager.all()) for text in row[1:]
    ]
    found = Gone(stored, reading(), others())
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert len(stored) > 20
    assert not any(text.startswith(key_ids()[0]) for text in stored)
    return found


def page(name: str, *models: Any) -> str:
    """The address of an admin page, with or without a row."""
    return reverse(f"admin:{name}", args=[model._base_manager.latest("pk").pk for model in models])


def reading() -> Addresses:
    """The pages that show or search encrypted data."""
    nobody = Declaration.objects.awaiting_decision().only("pk").get().pk
    lists = ("declaration", "pendingdeclaration", "period", "worker", "decision", "periodlock")
    return {
        "a receipt": f"/en/receipt/{Declaration.objects.latest('pk').receipt_token}/",
        "a declaration": page("declarations_declaration_change", Declaration),
        "a declaration of nobody": reverse("admin:declarations_declaration_change", args=[nobody]),
        "a pending declaration": reverse("admin:declarations_pendingdeclaration_change", args=[nobody]),
        "a period": page("declarations_period_change", Period),
        "a decision": page("declarations_decision_change", Decision),
        "a worker's personnel file": page("personnel_worker", Worker),
        "an employer's personnel file": reverse(
            "admin:personnel_employer", args=[Period.objects.latest("pk").employer_id]
        ),
        **{f"the list {name}": page(f"declarations_{name}_changelist") for name in lists},
    }


def others() -> Addresses:
    """Pages that read no encrypted data."""
    return {
        "the first page": "/en/",
        "the admin's first page": page("index"),
        "the figures": page("declarations_dailycount_changelist"),
        "the notifications": page("declarations_notification_changelist"),
        "a notification": page("declarations_notification_change", Notification),
        "the looks": page("declarations_ssinaccess_changelist"),
        "the accounts": page("auth_user_changelist"),
    }


def staff() -> Client:
    """A member of staff who enrolled after the key was removed."""
    return signed_in_client(User.objects.create_superuser("afterwards"))


def test_a_page_that_reads_raises_and_shows_the_page_of_errors(gone):
    browser = staff()
    for name, address in gone.reading.items():
        browser.raise_request_exception = True
        with pytest.raises(DecryptionError):
            pytest.fail(f"{name}: {browser.get(address).status_code}")
        browser.raise_request_exception = False
        answer = browser.get(address)
        assert (answer.status_code, gone.is_shown(answer.text)) == (500, False), name
    browser.raise_request_exception = True
    for name, address in gone.others.items():
        answer = browser.get(address)
        assert (answer.status_code, gone.is_shown(answer.text)) == (200, False), name


def test_what_is_asked_for_or_filed_raises_and_a_draft_stays(gone, client):
    browser = staff()
    for which in ("declaration", "period"):
        for file_format in ("csv", "xlsx"):
            with pytest.raises(DecryptionError):
                browser.post(reverse("admin:export", args=["declarations", which, file_format]))
    with pytest.raises(DecryptionError):
        browser.post(reverse("admin:ssin"), {"show_ssin": f"worker-{Worker.objects.only('pk').first().pk}"})
    # An earlier session counts as expired and shows nothing.
    assert SessionStore(client.session.session_key).load() == {}
    walk = Walk(Client()).to("overview", answers_for("XXX", "DWD", start_date="5/3/2026", end_date="5/3/2026"))
    count = Declaration.objects.count()
    with pytest.raises(DecryptionError):
        walk.confirm()
    assert Declaration.objects.count() == count
    assert walk.stored_input()["worker-ssin"] == ERIC


def test_who_has_a_secret_that_cannot_be_read_is_not_let_in(db, settings):
    signed_in_client(User.objects.create_user("carl", password=PASSWORD, is_staff=True))
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(DecryptionError):
        Client().post(reverse("admin:login"), {"username": "carl", "password": PASSWORD, "otp_token": "123456"})


# The exit code and the output of each command.
COMMANDS = {
    "verify_chain": (1, "cannot be read"),
    "rotate_keys": (1, "cannot be read"),
    "count_declarations": (0, "counted"),
    "seal_declarations": (0, "Head: "),
}


def test_no_command_shows_sends_or_removes_it(gone, at, settings, tmp_path, monkeypatch):
    for name, (code, told) in COMMANDS.items():
        ended, lines = command(name)
        said = "\n".join(lines)
        assert (ended, told in said, gone.is_shown(said)) == (code, True, False), name
    with pytest.raises(DecryptionError):
        command("check_ledger")
    monkeypatch.setattr(documents, "pdf_of", lambda page, identifier: b"%PDF " + identifier)
    monkeypatch.setattr(documents, "missing_requirement", lambda: "")
    settings.NOTIFICATION_SPOOL = str(tmp_path)
    call_command("send_notifications", verbosity=0)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    tried = Notification.objects.exclude(attempts=0)
    assert set(tried.values_list("state", "last_error")) == {(NotificationState.QUEUED, "DecryptionError")}
    at("2060-01-01 09:00")
    before = Declaration.objects.count()
    lines = command("apply_retention")[1]
    assert Declaration.objects.count() == before
    assert any(line.startswith("kept: ") for line in lines)
