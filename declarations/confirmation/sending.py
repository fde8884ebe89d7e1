"""Delivery of queued notifications: each once, by any number of processes, which may be killed at any moment.

A process claims one notification at a time, for LEASE. Its results are saved only while its claim is valid. When the
claim of a dead process expires, the notification is delivered again if its channel is repeatable. For other channels
the notification is marked as unsure before delivery, and only a known outcome changes that.
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
# The first wait is one minute, each further wait four times longer; the eighth attempt, after four days, is the last.
FIRST_WAIT, WAITS_GROW_BY, LAST_ATTEMPT = timedelta(minutes=1), 4, 8
# The outcome if the claim expired during delivery: another process has taken over.
OVERTAKEN = "overtaken"

Clock = Callable[[], datetime]
logger = logging.getLogger(__name__)


def send(clock: Clock, limit: int | None = None) -> Counter[str]:
    """Deliver at most `limit` due notifications. Returns their number by final state; retries count as queued."""
    usable = [channel for channel, handover in CHANNELS.items() if not handover.missing_requirement()]
    return Counter(hand_over(notification, clock) for notification in claim_each(usable, clock, limit))


def undeliverable(at: datetime) -> dict[str, str]:
    """The reasons why due notifications cannot be delivered, by channel."""
    due = set(Notification.objects.due(at).order_by().values_list("channel", flat=True).distinct())
    return {channel: why for channel in sorted(due) if (why := CHANNELS[channel].missing_requirement())}


def claim_each(channels: Collection[str], clock: Clock, limit: int | None = None) -> Iterator[Notification]:
    """Claim the due notifications one after another."""
    count = 0
    while (limit is None or count < limit) and (notification := claim(channels, clock())):
        count += 1
        yield notification


def claim(channels: Collection[str], at: datetime) -> Notification | None:
    """Claim the first due notification and count the attempt; None if none is due."""
    with transaction.atomic():
        # PostgreSQL skips rows that another process is claiming; SQLite has a single writer.
        queue = Notification.objects.due(at).filter(channel__in=channels).select_for_update(skip_locked=True)
        notification = queue.first()
        if notification is None:
            return None
        notification.attempts += 1
        notification.claimed_until = notification.next_attempt_at = at + LEASE
        notification.save(update_fields=["attempts", "claimed_until", "next_attempt_at"])
        return notification


def hand_over(notification: Notification, clock: Clock) -> str:
    """Produce and deliver a claimed notification. Returns its final state, or OVERTAKEN."""
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
    """Queue it again after a longer wait; after the last attempt it has failed."""
    if notification.attempts >= LAST_ATTEMPT:
        return record_result(notification, NotificationState.FAILED, last_error=why)
    return record_result(
        notification, NotificationState.QUEUED, last_error=why, next_attempt_at=at + retry_delay(notification.attempts)
    )


def retry_delay(attempts: int) -> timedelta:
    """The wait after that number of attempts."""
    return FIRST_WAIT * int(WAITS_GROW_BY ** (attempts - 1))


def mark_unsure(notification: Notification) -> bool:
    """Mark it as unsure before delivery. Returns whether the claim was still valid."""
    if not _own_claim(notification).update(state=NotificationState.UNSURE):
        return False
    notification.state = NotificationState.UNSURE
    return True


def record_result(notification: Notification, state: NotificationState, **columns: Any) -> str:
    """Save the outcome and release the claim. Returns the state, or OVERTAKEN if the claim had expired."""
    is_ours = _own_claim(notification).update(state=state, claimed_until=None, **columns)
    return state.value if is_ours else OVERTAKEN


def _own_claim(notification: Notification) -> Any:
    """The row, if our claim is still the last one: each later claim has a later end."""
    return Notification.objects.filter(
        pk=notification.pk, state=notification.state, claimed_until=notification.claimed_until
    )
