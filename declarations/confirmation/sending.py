"""Handing the queue over: each notification once, by any number of processes, killed at any moment.

A process claims one notification at a time, for as long as LEASE, and what it then writes counts only while the claim
is its own. One whose process died comes again when its claim is over: to a channel where repeating leaves one. To the
others it is written down as unsure before it is handed over, and only a known outcome changes that.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from ..models import Notification, NotificationState
from . import documents
from .channels import CHANNELS, Handover, PermanentFailure, TemporaryFailure, UnknownOutcome

LEASE = timedelta(minutes=5)
# One minute after the first attempt, then four times as long each time; the eighth, after four days, is the last.
FIRST_WAIT, WAITS_GROW_BY, LAST_ATTEMPT = timedelta(minutes=1), 4, 8
# What became of a notification whose claim ran out while it was handed over: another process tells.
OVERTAKEN = "overtaken"

Clock = Callable[[], datetime]
logger = logging.getLogger(__name__)


def send(clock: Clock, limit: int | None = None) -> Counter[str]:
    """Hand over what is due, at most `limit`; how many ended in which state, those to try again counted as queued."""
    usable = [channel for channel, handover in CHANNELS.items() if not handover.missing_requirement()]
    return Counter(hand_over(notification, clock) for notification in claim_each(usable, clock, limit))


def undeliverable(at: datetime) -> dict[str, str]:
    """Why something is due and cannot be handed over, by channel."""
    due = set(Notification.objects.due(at).order_by().values_list("channel", flat=True).distinct())
    return {channel: why for channel in sorted(due) if (why := CHANNELS[channel].missing_requirement())}


def claim_each(channels: Collection[str], clock: Clock, limit: int | None = None) -> Iterator[Notification]:
    """Claim what is due, one after another."""
    count = 0
    while (limit is None or count < limit) and (notification := claim(channels, clock())):
        count += 1
        yield notification


def claim(channels: Collection[str], at: datetime) -> Notification | None:
    """The first that is due, claimed and counted as an attempt; None when there is none."""
    with transaction.atomic():
        # PostgreSQL passes over what another process is claiming; SQLite has one writer.
        queue = Notification.objects.due(at).filter(channel__in=channels).select_for_update(skip_locked=True)
        notification = queue.first()
        if notification is None:
            return None
        notification.attempts += 1
        notification.claimed_until = notification.next_attempt_at = at + LEASE
        notification.save(update_fields=["attempts", "claimed_until", "next_attempt_at"])
        return notification


def hand_over(notification: Notification, clock: Clock) -> str:
    """Produce and hand over what was claimed; the state it ends in, or OVERTAKEN."""
    handover = CHANNELS[notification.channel]
    if notification.attempts > LAST_ATTEMPT:
        return record_result(notification, NotificationState.FAILED, last_error="broken off each time")
    try:
        document = documents.produce(notification)
    except Exception as error:
        logger.exception("Notification %s cannot be produced", notification.reference)
        return _requeue(notification, type(error).__name__, clock())
    if not handover.is_repeatable and not mark_unsure(notification):
        return OVERTAKEN
    return _attempt(handover, notification, document, clock)


def _attempt(handover: Handover, notification: Notification, document: documents.Document, clock: Clock) -> str:
    try:
        handover.hand_over(notification, document)
    except TemporaryFailure as error:
        return _requeue(notification, str(error), clock())
    except PermanentFailure as error:
        return record_result(notification, NotificationState.FAILED, last_error=str(error))
    except UnknownOutcome as error:
        return record_result(notification, NotificationState.UNSURE, last_error=str(error))
    except Exception as error:
        logger.exception("Notification %s broke off", notification.reference)
        if handover.is_repeatable:
            return _requeue(notification, type(error).__name__, clock())
        return record_result(notification, NotificationState.UNSURE, last_error=type(error).__name__)
    return record_result(notification, NotificationState.SENT, sent_at=clock(), last_error="")


def _requeue(notification: Notification, why: str, at: datetime) -> str:
    """Back to the queue, each time for longer; after the last attempt it has failed."""
    if notification.attempts >= LAST_ATTEMPT:
        return record_result(notification, NotificationState.FAILED, last_error=why)
    return record_result(
        notification, NotificationState.QUEUED, last_error=why, next_attempt_at=at + retry_delay(notification.attempts)
    )


def retry_delay(attempts: int) -> timedelta:
    """How long to wait after so many attempts."""
    return FIRST_WAIT * int(WAITS_GROW_BY ** (attempts - 1))


def mark_unsure(notification: Notification) -> bool:
    """Write down, before it is handed over, that it may have been; whether the claim was still ours."""
    if not _own_claim(notification).update(state=NotificationState.UNSURE):
        return False
    notification.state = NotificationState.UNSURE
    return True


def record_result(notification: Notification, state: NotificationState, **columns: Any) -> str:
    """Write down what became of it and give up the claim; OVERTAKEN when the claim was not ours any more."""
    found = _own_claim(notification).update(state=state, claimed_until=None, **columns)
    return state.value if found else OVERTAKEN


def _own_claim(notification: Notification) -> Any:
    """The row, while it is as our claim left it: each later claim ends later, so that its end names it."""
    return Notification.objects.filter(
        pk=notification.pk, state=notification.state, claimed_until=notification.claimed_until
    )
