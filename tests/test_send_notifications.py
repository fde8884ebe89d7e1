"""Handing notifications over: claims, retries, channels, the command, and what a kill leaves behind."""

from __future__ import annotations

import hashlib
import json
import smtplib
import threading
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends import locmem
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from declarations.models import Declaration, Notification, NotificationState
from declarations.notifications import channels, documents, sending
from referentials.employers import Channel
from referentials.models import Employer

from . import kill_notifications
from .builders import MONDAY, answers_for, file

SENT, QUEUED = NotificationState.SENT, NotificationState.QUEUED
UNSURE, FAILED = NotificationState.UNSURE, NotificationState.FAILED


@pytest.fixture
def spool(tmp_path: Path, settings) -> Path:
    """An empty spool; e-mail is configured too."""
    settings.NOTIFICATION_SPOOL, settings.EMAIL_HOST = str(tmp_path / "spool"), "smtp.example"
    settings.DEFAULT_FROM_EMAIL = "Dimona <dimona@office.example>"
    (tmp_path / "spool").mkdir()
    return tmp_path / "spool"


@pytest.fixture
def declaration(client, at, db) -> Declaration:
    """One that was filed in French."""
    at(MONDAY)
    return file(client, answers_for("XXX", "OTH"), "fr")


@pytest.fixture
def queued(declaration, spool, monkeypatch) -> Callable[..., Notification]:
    """Queues the declaration's notification by a channel; its PDF is made at once."""
    monkeypatch.setattr(documents, "pdf_of", lambda page, identifier: b"%PDF " + identifier)

    def queue(channel: Channel = Channel.EBOX, **columns: Any) -> Any:
        Employer.objects.filter(pk=declaration.employer_id).update(channel=channel, email="office@employer.example")
        declaration.employer.refresh_from_db()
        Notification.objects.filter(declaration=declaration).delete()
        notification = Notification.objects.queue(declaration, at=timezone.now())
        Notification.objects.filter(pk=notification.pk).update(**columns)
        return notification

    return queue


def send(**options: Any) -> str:
    """What the command says."""
    output = StringIO()
    call_command("send_notifications", stdout=output, **options)
    return output.getvalue()


def raising(error: Exception | None) -> Callable[..., None]:
    """What raises that error, or does nothing."""

    def act(*arguments: Any) -> None:
        if error:
            raise error

    return act


def row(notification: Notification) -> Notification:
    """The notification as the database has it now."""
    return Notification.objects.get(pk=notification.pk)


class Broken:
    """A channel that ends in that error."""

    def __init__(self, error: Exception, *, is_repeatable: bool = True) -> None:
        self.error, self.is_repeatable, self.calls = error, is_repeatable, 0

    def missing(self) -> str:
        return ""

    def hand_over(self, notification: Notification, document: documents.Document) -> None:
        self.calls += 1
        raise self.error


@pytest.fixture
def broken(monkeypatch) -> Callable[..., Broken]:
    """Puts such a channel in the place of the e-Box."""

    def put(error: Exception, **options: bool) -> Broken:
        channel = Broken(error, **options)
        monkeypatch.setitem(channels.CHANNELS, Channel.EBOX, channel)
        return channel

    return put


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
    notification = queued(Channel.POST)
    send()
    text = (spool / "post" / f"{notification.reference}.json").read_text(encoding="utf-8")
    manifest = json.loads(text)
    assert manifest["reference"] == str(notification.reference)
    assert (manifest["channel"], manifest["language"], manifest["is_decision"]) == ("post", "fr", False)
    assert (manifest["declaration_number"], manifest["declaration_kind"]) == (declaration.number, "in")
    assert manifest["recipient"]["enterprise_number"] == declaration.employer.enterprise_number
    assert manifest["recipient"]["town"] == declaration.employer.town
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


def test_a_letter_needs_an_address(queued):
    notification = queued(Channel.POST)
    Employer.objects.filter(pk=notification.declaration.employer_id).update(street="", town="")
    send()
    assert (row(notification).state, row(notification).last_error) == (FAILED, "no postal address")


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
    monkeypatch.setattr(sending, "settle", lambda *arguments, **columns: "")
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


# -- attempts and claims ---------------------------------------------------------------------------------------


def test_it_waits_longer_each_time_and_fails_in_the_end(queued, broken, at):
    notification, channel = queued(), broken(channels.RetryLater("full"))
    moment, waits = timezone.now(), []
    for _attempt in range(sending.LAST_ATTEMPT):
        at(f"{timezone.localtime(moment):%Y-%m-%d %H:%M}")
        send()
        kept = row(notification)
        waits.append((kept.next_attempt_at - moment) // timedelta(minutes=1))
        moment = kept.next_attempt_at
    assert waits[:-1] == [1, 4, 16, 64, 256, 1024, 4096]
    assert (kept.state, kept.last_error, channel.calls) == (FAILED, "full", 8)
    at("2026-12-31 00:00")
    send()
    assert channel.calls == 8


@pytest.mark.parametrize(("is_repeatable", "state"), [(True, QUEUED), (False, UNSURE)])
def test_what_nobody_foresaw_stops_no_other(queued, broken, is_repeatable, state):
    notification = queued()
    broken(KeyError("85073003328"), is_repeatable=is_repeatable)
    send()
    assert (row(notification).state, row(notification).last_error) == (state, "KeyError")


def test_what_cannot_be_produced_is_tried_again(queued, monkeypatch, spool):
    notification = queued(Channel.EMAIL)
    monkeypatch.setattr(documents, "pdf_of", raising(KeyError("no font")))
    send()
    assert (row(notification).state, row(notification).last_error, mail.outbox) == (QUEUED, "KeyError", [])


def test_a_claim_counts_until_it_is_over(queued):
    notification, now = queued(), timezone.now()
    claimed = sending.claim([Channel.EBOX], now)
    assert claimed == notification
    assert (claimed.attempts, claimed.claimed_until) == (1, now + sending.LEASE)
    assert sending.claim([Channel.EBOX], now) is None
    assert sending.claim([Channel.EBOX], now + sending.LEASE - timedelta(seconds=1)) is None
    assert sending.claim([Channel.EBOX], now + sending.LEASE) == notification


@pytest.mark.parametrize("channel", [Channel.EBOX, Channel.EMAIL])
def test_who_is_overtaken_writes_nothing_and_sends_no_e_mail(queued, channel):
    notification, now = queued(channel), timezone.now()
    slow = sending.claim([channel], now)
    sending.claim([channel], now + sending.LEASE)
    before = Notification.objects.values().get()
    assert sending.hand_over(slow, timezone.now) == sending.OVERTAKEN
    assert (Notification.objects.values().get(), mail.outbox) == (before, [])
    assert row(notification).state == QUEUED


def test_one_that_broke_off_each_time_has_failed(queued):
    notification = queued(attempts=sending.LAST_ATTEMPT)
    assert send() == "queued: 0, sent: 0, unsure: 0, failed: 1\n"
    assert row(notification).last_error == "broken off each time"


def test_only_what_waits_is_taken(queued):
    for state in (SENT, UNSURE, FAILED):
        queued(state=state)
        assert send() == "queued: 0, sent: 0, unsure: 0, failed: 0\n"
    queued(next_attempt_at=timezone.now() + timedelta(seconds=1))
    assert send() == "queued: 0, sent: 0, unsure: 0, failed: 0\n"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_take_each_notification_once(client, at, spool, monkeypatch):
    at(MONDAY)
    monkeypatch.setattr(documents, "pdf_of", lambda page, identifier: b"%PDF")
    now = timezone.now()
    claims: list[int] = []
    for _each in range(4):
        Notification.objects.queue(file(client, answers_for("XXX", "OTH", start_date=f"{3 + _each}/3/2026")), at=now)

    def take() -> None:
        claims.extend(each.pk for each in sending.claimed(list(Channel), lambda: now))
        connection.close()

    threads = [threading.Thread(target=take) for _each in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claims) == sorted(Notification.objects.values_list("pk", flat=True))
    assert len(claims) == 4


# -- what a person decides -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "again", "sent"), [(QUEUED, 0, 0), (SENT, 0, 0), (UNSURE, 1, 1), (FAILED, 1, 0)], ids=str
)
def test_a_person_resolves_what_failed_or_is_unsure(queued, state, again, sent):
    now = timezone.now()
    for act, count, ends in (("queue_again", again, QUEUED), ("note_as_sent", sent, SENT)):
        notification = queued(state=state, attempts=8, next_attempt_at=now - timedelta(days=4))
        assert getattr(Notification.objects, act)(now) == count
        kept = row(notification)
        assert kept.state == (ends if count else state)
        assert (kept.attempts, kept.next_attempt_at) == (
            (0, now) if act == "queue_again" and count else (8, now - timedelta(days=4))
        )


def test_nobody_resolves_what_a_process_has_in_hand(queued):
    now = timezone.now()
    queued(state=UNSURE, claimed_until=now + timedelta(seconds=1))
    assert (Notification.objects.queue_again(now), Notification.objects.note_as_sent(now)) == (0, 0)
    later = now + timedelta(seconds=1)
    assert Notification.objects.note_as_sent(later) == 1


# -- the command -----------------------------------------------------------------------------------------------


def test_a_limit_leaves_the_rest(queued):
    notification = queued()
    assert send(limit=0) == "queued: 0, sent: 0, unsure: 0, failed: 0\n"
    assert row(notification).attempts == 0
    assert send(limit=1) == "queued: 0, sent: 1, unsure: 0, failed: 0\n"


def test_it_can_be_silent(queued):
    queued()
    assert send(verbosity=0) == ""


@pytest.mark.parametrize(
    ("channel", "setting", "value", "sentence"),
    [
        (Channel.EBOX, "NOTIFICATION_SPOOL", "", "NOTIFICATION_SPOOL names no folder"),
        (Channel.POST, "NOTIFICATION_SPOOL", "/nowhere/at/all", "NOTIFICATION_SPOOL is “/nowhere/at/all”: no folder"),
        (Channel.EMAIL, "EMAIL_HOST", "", "EMAIL_HOST names no server"),
    ],
)
def test_a_channel_that_is_not_set_up_leaves_its_own_queued(queued, settings, channel, setting, value, sentence):
    setattr(settings, setting, value)
    notification = queued(channel)
    with pytest.raises(CommandError, match=rf"^{sentence}.* Notifications stay queued for: {channel}\.$"):
        send()
    assert (row(notification).state, row(notification).attempts) == (QUEUED, 0)
    other = Channel.EBOX if channel == Channel.EMAIL else Channel.EMAIL
    queued(other)
    assert send() == "queued: 0, sent: 1, unsure: 0, failed: 0\n"


@pytest.mark.parametrize("error", [ModuleNotFoundError("No module named 'weasyprint'"), OSError("no libpango\nlong")])
def test_without_weasyprint_it_says_so_and_touches_nothing(queued, monkeypatch, error):
    notification = queued()
    monkeypatch.setattr(documents, "_weasyprint", raising(error))
    with pytest.raises(CommandError, match=r"^WeasyPrint is missing \([^\n]+\): install requirements/pdf.txt"):
        send()
    assert row(notification).attempts == 0


# -- killed ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_killed_at_any_moment_none_is_lost_or_doubled(tmp_path):
    """A few; `python -m tests.kill_notifications` does it a hundred times."""
    wrong, _figures = kill_notifications.run(4, tmp_path, seed=4)
    assert wrong == []
