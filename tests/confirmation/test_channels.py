"""The channels: contents of the spool, contents of an e-mail, and the meaning of their errors."""

from __future__ import annotations

import hashlib
import json
import smtplib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends import locmem
from django.utils import timezone

from declarations.confirmation import channels, sending
from declarations.models import Notification, NotificationState
from referentials.employers import Channel
from referentials.models import Employer

from .outbox import raising, row, send

SENT, QUEUED = NotificationState.SENT, NotificationState.QUEUED
UNSURE, FAILED = NotificationState.UNSURE, NotificationState.FAILED


# -- the spool -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", [Channel.EBOX, Channel.POST])
def test_the_spool_gets_three_files_and_the_row_is_sent(queued, spool, channel):
    notification = queued(channel)
    assert send() == "queued: 0, sent: 1, unsure: 0, failed: 0\n"
    assert sorted(path.name for path in (spool / channel).iterdir()) == [
        f"{notification.reference}.{suffix}" for suffix in ("html", "json", "pdf")
    ]
    kept = row(notification)
    assert (kept.state, kept.attempts, kept.claimed_until, kept.last_error) == (SENT, 1, None, "")
    assert kept.sent_at == timezone.now()


def test_the_manifest_says_what_and_for_whom_and_nothing_of_the_worker(queued, spool, declaration):
    Employer.objects.filter(pk=declaration.employer_id).update(extra_address_info="Tour A, 2e étage")
    notification = queued(Channel.POST)
    send()
    text = (spool / "post" / f"{notification.reference}.json").read_text(encoding="utf-8")
    manifest = json.loads(text)
    assert manifest["reference"] == str(notification.reference)
    assert (manifest["channel"], manifest["language"], manifest["is_decision"]) == ("post", "fr", False)
    assert (manifest["declaration_number"], manifest["declaration_kind"]) == (declaration.number, "in")
    assert manifest["recipient"]["enterprise_number"] == declaration.employer.enterprise_number
    assert manifest["recipient"]["town"] == declaration.employer.town
    assert manifest["recipient"]["extra_address_info"] == "Tour A, 2e étage"
    for each in manifest["files"]:
        data = (spool / "post" / each["name"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (each["bytes"], each["sha256"])
    assert declaration.answers["values"]["ssin"] not in text


def test_what_is_there_is_not_written_again(queued, spool):
    """As after a kill between the last file and the commit."""
    notification = queued()
    send()
    manifest = spool / "ebox" / f"{notification.reference}.json"
    before = manifest.stat().st_ino
    Notification.objects.update(state=QUEUED, next_attempt_at=timezone.now())
    assert send() == "queued: 0, sent: 1, unsure: 0, failed: 0\n"
    assert manifest.stat().st_ino == before


@pytest.mark.parametrize("killed_at", range(8))
def test_a_death_between_two_files_leaves_nothing_half_and_is_made_good(queued, spool, monkeypatch, killed_at):
    notification = queued()
    moments = iter(range(100))

    class Killed(BaseException):
        """Nothing catches it."""

    def die_at(act: Callable[..., Any]) -> Callable[..., Any]:
        def acted(*arguments: Any) -> Any:
            if next(moments) == killed_at:
                raise Killed
            return act(*arguments)

        return acted

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", die_at(Path.replace))
        patched.setattr(channels.os, "fsync", die_at(channels.os.fsync))
        # A killed process tidies nothing up.
        patched.setattr(Path, "unlink", lambda *_arguments, **_options: None)
        with pytest.raises(Killed):
            send()
    assert not list((spool / "ebox").glob("[!.]*.json"))
    assert row(notification).state == QUEUED
    Notification.objects.update(next_attempt_at=timezone.now())
    send()
    assert row(notification).state == SENT
    assert len(list((spool / "ebox").iterdir())) == 3


def test_a_spool_that_is_full_is_tried_again_and_names_no_file(queued, spool):
    notification = queued()
    (spool / "ebox").write_text("in the way")
    assert send() == "queued: 1, sent: 0, unsure: 0, failed: 0\n"
    kept = row(notification)
    assert (kept.state, kept.attempts, kept.claimed_until) == (QUEUED, 1, None)
    assert kept.next_attempt_at == timezone.now() + timedelta(minutes=1)
    assert kept.last_error == "FileExistsError File exists"


@pytest.mark.parametrize(
    ("street", "extra", "town", "outcome"),
    [
        ("", "", "", (FAILED, "no postal address")),
        ("Kerkstraat", "City Atrium", "", (FAILED, "no postal address")),
        ("", "", "Gent", (FAILED, "no postal address")),
        ("", "City Atrium", "Gent", (SENT, "")),
    ],
)
def test_a_letter_needs_an_address(queued, street, extra, town, outcome):
    notification = queued(Channel.POST)
    known = Employer.objects.filter(pk=notification.declaration.employer_id)
    known.update(street=street, extra_address_info=extra, town=town)
    send()
    assert (row(notification).state, row(notification).last_error) == outcome


# -- e-mail ----------------------------------------------------------------------------------------------------


def test_an_e_mail_has_the_pdf_and_a_message_id_of_its_reference(queued, declaration):
    notification = queued(Channel.EMAIL)
    send()
    (message,) = mail.outbox
    assert message.message()["Message-ID"] == f"<{notification.reference}@office.example>"
    assert (message.to, message.from_email) == (["office@employer.example"], "Dimona <dimona@office.example>")
    assert "La déclaration est valable" in message.body
    assert declaration.answers["values"]["ssin"] not in message.body
    assert [(name, kind) for name, _data, kind in message.attachments] == [
        (f"dimona-{declaration.number}.pdf", "application/pdf")
    ]
    assert row(notification).state == SENT


def test_a_death_after_the_message_was_accepted_leaves_it_unsure_for_good(queued, monkeypatch):
    notification = queued(Channel.EMAIL)
    monkeypatch.setattr(sending, "record_result", lambda *arguments, **columns: "")
    send()
    assert (row(notification).state, len(mail.outbox)) == (UNSURE, 1)
    monkeypatch.undo()
    Notification.objects.update(next_attempt_at=timezone.now() - timedelta(days=1))
    assert not Notification.objects.due(timezone.now()).exists()


@pytest.mark.parametrize(
    ("opening", "sending_ends", "state", "words"),
    [
        (ConnectionRefusedError(), None, QUEUED, "ConnectionRefusedError"),
        (
            smtplib.SMTPAuthenticationError(535, b"office@employer.example"),
            None,
            QUEUED,
            "SMTPAuthenticationError 535",
        ),
        (None, smtplib.SMTPRecipientsRefused({"office@employer.example": (550, b"none")}), FAILED, "SMTP 550"),
        (None, smtplib.SMTPRecipientsRefused({"office@employer.example": (450, b"later")}), QUEUED, "SMTP 450"),
        (None, smtplib.SMTPDataError(552, b"too big"), FAILED, "SMTP 552"),
        (None, smtplib.SMTPSenderRefused(421, b"busy", "dimona@office.example"), QUEUED, "SMTP 421"),
        (None, smtplib.SMTPServerDisconnected("gone"), UNSURE, "SMTPServerDisconnected"),
        (None, TimeoutError(), UNSURE, "TimeoutError"),
        (None, ValueError("office@employer.example"), UNSURE, "ValueError"),
    ],
)
def test_what_a_mail_server_says_decides(queued, monkeypatch, opening, sending_ends, state, words):
    notification = queued(Channel.EMAIL)
    monkeypatch.setattr(locmem.EmailBackend, "open", raising(opening))
    monkeypatch.setattr(locmem.EmailBackend, "send_messages", raising(sending_ends))
    send()
    assert (row(notification).state, row(notification).last_error) == (state, words)


def test_an_error_on_hanging_up_changes_nothing(queued, monkeypatch):
    notification = queued(Channel.EMAIL)
    monkeypatch.setattr(locmem.EmailBackend, "close", raising(smtplib.SMTPServerDisconnected()))
    send()
    assert (row(notification).state, len(mail.outbox)) == (SENT, 1)


def test_an_address_that_went_fails(queued):
    notification = queued(Channel.EMAIL)
    Employer.objects.filter(pk=notification.declaration.employer_id).update(channel="post", email="")
    send()
    assert (row(notification).state, row(notification).last_error) == (FAILED, "no e-mail address")
