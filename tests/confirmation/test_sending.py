"""Delivery of notifications: claims, retries, the command, and the state after a kill."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import CommandError
from django.db import connection
from django.utils import timezone

from declarations.confirmation import channels, documents, sending
from declarations.models import Notification, NotificationState
from referentials.employers import Channel
from trials import kill_notifications

from ..support.builders import MONDAY, answers_for, submit_pages
from .outbox import queue, raising, row, send

SENT, QUEUED = NotificationState.SENT, NotificationState.QUEUED
UNSURE, FAILED = NotificationState.UNSURE, NotificationState.FAILED


class Broken:
    """A channel whose delivery raises that error."""

    def __init__(self, error: Exception, *, is_repeatable: bool = True) -> None:
        self.error, self.is_repeatable, self.calls = error, is_repeatable, 0

    def missing_requirement(self) -> str:
        return ""

    def hand_over(self, notification: Notification, document: documents.Document) -> None:
        self.calls += 1
        raise self.error


@pytest.fixture
def broken(monkeypatch) -> Callable[..., Broken]:
    """Replace the e-Box by a broken channel."""

    def put(error: Exception, **options: bool) -> Broken:
        channel = Broken(error, **options)
        monkeypatch.setitem(channels.CHANNELS, Channel.EBOX, channel)
        return channel

    return put


# -- attempts and claims ---------------------------------------------------------------------------------------


def test_it_waits_longer_each_time_and_fails_in_the_end(queued, broken, at):
    notification, channel = queued(), broken(channels.TemporaryFailure("full"))
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
        queue(submit_pages(client, answers_for("XXX", "OTH", start_date=f"{3 + _each}/3/2026")))

    def take() -> None:
        claims.extend(each.pk for each in sending.claim_each(list(Channel), lambda: now))
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
    for act, count, ends in (("requeue", again, QUEUED), ("mark_as_sent", sent, SENT)):
        notification = queued(state=state, attempts=8, next_attempt_at=now - timedelta(days=4))
        assert getattr(Notification.objects, act)(now) == count
        kept = row(notification)
        assert kept.state == (ends if count else state)
        assert (kept.attempts, kept.next_attempt_at) == (
            (0, now) if act == "requeue" and count else (8, now - timedelta(days=4))
        )


def test_nobody_resolves_what_a_process_has_in_hand(queued):
    now = timezone.now()
    queued(state=UNSURE, claimed_until=now + timedelta(seconds=1))
    assert (Notification.objects.requeue(now), Notification.objects.mark_as_sent(now)) == (0, 0)
    later = now + timedelta(seconds=1)
    assert Notification.objects.mark_as_sent(later) == 1


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
    """Only a few kills; `python -m trials.kill_notifications` runs a hundred."""
    wrong, _figures = kill_notifications.run(2, tmp_path, seed=4, waiting=20)
    assert wrong == []
