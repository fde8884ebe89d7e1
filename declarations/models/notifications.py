"""The notifications of the official channel: one for each declaration and each later decision."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from referentials.employers import Channel

from .filed import Declaration
from .office import Decision


class NotificationState(models.TextChoices):
    """Where a notification is. UNSURE: it may or may not have been handed over, a person must find out."""

    QUEUED = "queued", _("queued")
    SENT = "sent", _("sent")
    UNSURE = "unsure", _("unsure")
    FAILED = "failed", _("failed")


class Notification(models.Model):
    """A notification to hand over to its channel, written in the transaction that it tells of.

    `reference` names it outside: the file in the spool, the Message-ID. `claimed_until` is set while a process is at
    it; `last_error` holds no personal data.
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
        indexes = [models.Index(fields=["state", "next_attempt_at"], name="notification_queue")]

    def __str__(self) -> str:
        return str(self.reference)
