"""The notifications sent by the official channel: one per declaration and one per later decision."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from referentials.employers import Channel, Employer

from .filed import Declaration
from .office import Decision


class NotificationState(models.TextChoices):
    """The state of a notification. UNSURE: it may have been delivered, and a person must find out."""

    QUEUED = "queued", _("queued")
    SENT = "sent", _("sent")
    UNSURE = "unsure", _("uncertain")
    FAILED = "failed", _("failed")


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Queries on notifications."""

    def queue(
        self, declaration: Declaration, *, decision: Decision | None = None, at: datetime
    ) -> Notification | None:
        """Queue the notification of a filing or of a decision. Call it in the transaction that writes these.

        Its language is that of the declaration; for an English declaration, that of the employer (ruling 22). Its
        channel is the one in the employer's record. Returns None for a batch sender whose channel is the e-Box, who
        gets no notification there (manual, 'Confirmation of receipt via the Official channel').
        """
        employer = declaration.employer
        if employer.is_batch_sender and employer.channel == Channel.EBOX:
            return None
        return self.create(
            declaration=declaration,
            decision=decision,
            language=_language(declaration, employer),
            channel=employer.channel,
            created_at=at,
            next_attempt_at=at,
        )

    def due(self, at: datetime) -> NotificationQuerySet:
        """The notifications to deliver at the moment `at`, in order.

        A notification that a process has claimed is due again when the claim expires: by then the process has ended,
        or is stuck.
        """
        return self.filter(state=NotificationState.QUEUED, next_attempt_at__lte=at).order_by("next_attempt_at", "pk")

    def requeue(self, at: datetime) -> int:
        """Restart the delivery of failed and unsure notifications and return their number. Skips claimed ones."""
        stopped = self.filter(state__in=[NotificationState.FAILED, NotificationState.UNSURE]).unclaimed(at)
        return stopped.update(state=NotificationState.QUEUED, attempts=0, claimed_until=None, next_attempt_at=at)

    def mark_as_sent(self, at: datetime) -> int:
        """Record that unsure notifications have arrived and return their number. Skips claimed ones."""
        unsure = self.filter(state=NotificationState.UNSURE).unclaimed(at)
        return unsure.update(state=NotificationState.SENT, claimed_until=None, sent_at=at)

    def unclaimed(self, at: datetime) -> NotificationQuerySet:
        """The notifications that no process has claimed at the moment `at`."""
        return self.exclude(claimed_until__gt=at)


def _language(declaration: Declaration, employer: Employer) -> str:
    official = {code for code, _name in Employer._meta.get_field("language").choices or ()}
    return declaration.language if declaration.language in official else employer.language


class Notification(models.Model):
    """A notification to deliver, written in the same transaction as its declaration or decision.

    `reference` identifies it outside: as the file name in the spool and in the Message-ID. While a process claims it,
    `claimed_until` and `next_attempt_at` both hold the end of the claim. `attempts` counts attempts that were started.
    `last_error` contains no personal data.
    """

    reference = models.UUIDField(_("reference"), unique=True, default=uuid.uuid4, editable=False)
    declaration = models.ForeignKey(
        Declaration, on_delete=models.PROTECT, related_name="notifications", verbose_name=_("declaration")
    )
    decision = models.OneToOneField(
        Decision, on_delete=models.PROTECT, null=True, related_name="notification", verbose_name=_("decision")
    )
    language = models.CharField(_("language"), max_length=2)
    channel = models.CharField(_("channel"), max_length=5, choices=Channel)
    state = models.CharField(_("state"), max_length=6, choices=NotificationState, default=NotificationState.QUEUED)
    created_at = models.DateTimeField(_("created at"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"))
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True, editable=False)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=200, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        default_permissions = ("view",)
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(
                fields=["declaration"], condition=models.Q(decision=None), name="notification_once_per_declaration"
            )
        ]
        indexes = [
            models.Index(fields=["state", "next_attempt_at"], name="notification_queue"),
            models.Index(fields=["created_at"], name="notification_created"),
            models.Index(fields=["state", "created_at"], name="notification_state_created"),
            models.Index(fields=["channel", "created_at"], name="notification_channel_created"),
        ]

    def __str__(self) -> str:
        return str(self.reference)
