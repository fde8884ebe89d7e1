"""The acts of the office on filed declarations: rows of their own, so that nothing filed is overwritten."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.formats import localize
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from ..encryption import EncryptedTextField
from ..enums import Status
from .filed import AnomalyRow, Declaration, Period, Worker, WriteOnceModel


def _when_and_by_whom(moment: datetime, account: models.Model) -> str:
    """The moment and the account, in the language of the page."""
    return f"{localize(localtime(moment))} – {account}"


class Decision(WriteOnceModel):
    """A reviewer's decision on a pending declaration: who, when, the old and new status, and why.

    `worker` is the person whom the reviewer identified. `period` is the period that an acceptance opened, under the
    number of the declaration.
    """

    declaration = models.OneToOneField(
        Declaration, on_delete=models.PROTECT, related_name="decision", verbose_name=_("declaration")
    )
    decided_at = models.DateTimeField(_("decided at"), db_index=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("decided by")
    )
    from_status = models.CharField(_("status before"), max_length=1, choices=Status)
    status = models.CharField(_("status after"), max_length=1, choices=Status)
    note = EncryptedTextField(_("note"))
    worker = models.ForeignKey(
        Worker, on_delete=models.PROTECT, null=True, related_name="decisions", verbose_name=_("worker")
    )
    period = models.OneToOneField(
        Period, on_delete=models.PROTECT, null=True, related_name="decision", verbose_name=_("period")
    )
    content_mac = models.CharField(_("keyed hash"), max_length=64, editable=False)

    class Meta:
        default_permissions = ("view",)
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        indexes = [
            models.Index(fields=["status", "decided_at"], name="decision_status_moment"),
            models.Index(fields=["decided_by", "decided_at"], name="decision_reviewer_moment"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status__in=[Status.ACCEPTED, Status.ACCEPTED_WITH_WARNING]) | Q(period__isnull=False),
                name="decision_accepted_has_a_period",
            ),
        ]

    def __str__(self) -> str:
        return _when_and_by_whom(self.decided_at, self.decided_by)


class QueueEntryQuerySet(models.QuerySet["QueueEntry"]):
    """Queries on the queue."""

    def misplaced(self) -> QueueEntryQuerySet:
        """The entries of declarations that are decided or were never pending, and entries with a wrong `since`."""
        decided = Decision._base_manager.filter(declaration=OuterRef("pk"))
        in_place = Q(declaration__status=Status.PENDING, declaration__submitted_at=F("since"))
        return self.filter(Exists(decided) | ~in_place)


class QueueEntry(models.Model):
    """A declaration that awaits a decision. Filing writes the row, the decision deletes it.

    Declarations and decisions contain the same information, but a query on them reads every declaration that was ever
    pending.
    """

    declaration = models.OneToOneField(
        Declaration, on_delete=models.PROTECT, primary_key=True, related_name="queue_entry", editable=False
    )
    since = models.DateTimeField()

    objects = QueueEntryQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["since", "declaration"], name="queueentry_since")]

    def __str__(self) -> str:
        return f"{self.pk} {self.since}"


class DecisionAnomaly(AnomalyRow):
    """An anomaly reported by a decision, when the declaration was re-examined."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="anomalies")

    class Meta:
        default_permissions = ("view",)
        verbose_name = _("anomaly of a decision")
        verbose_name_plural = _("anomalies of decisions")
        constraints = [
            models.UniqueConstraint(fields=["decision", "code", "field"], name="decision_anomaly_once_per_field")
        ]


class PeriodLock(WriteOnceModel):
    """The locking or unlocking of a period by a reviewer: who, when and why. The period has the current state."""

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="locks", verbose_name=_("period"))
    is_locked = models.BooleanField(_("locked"))
    changed_at = models.DateTimeField(_("changed at"), db_index=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("changed by")
    )
    note = EncryptedTextField(_("note"))
    content_mac = models.CharField(_("keyed hash"), max_length=64, editable=False)

    class Meta:
        default_permissions = ("view",)
        verbose_name = _("period lock")
        verbose_name_plural = _("period locks")
        indexes = [models.Index(fields=["changed_by", "changed_at"], name="periodlock_reviewer_moment")]

    def __str__(self) -> str:
        return _when_and_by_whom(self.changed_at, self.changed_by)


class SsinAccess(WriteOnceModel):
    """The display of a full SSIN to a member of staff: who, when, and on the page of which row."""

    accessed_at = models.DateTimeField(_("accessed at"), db_index=True)
    accessed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("accessed by")
    )
    worker = models.ForeignKey(
        Worker, on_delete=models.PROTECT, null=True, related_name="ssin_accesses", verbose_name=_("worker")
    )
    declaration = models.ForeignKey(
        Declaration, on_delete=models.PROTECT, null=True, related_name="ssin_accesses", verbose_name=_("declaration")
    )

    class Meta:
        default_permissions = ("view",)
        verbose_name = _("SSIN access")
        verbose_name_plural = _("SSIN accesses")
        indexes = [models.Index(fields=["accessed_by", "accessed_at"], name="ssinaccess_account_moment")]

    def __str__(self) -> str:
        return _when_and_by_whom(self.accessed_at, self.accessed_by)


class ListExport(WriteOnceModel):
    """The export of a list to a file by a member of staff: who, when, which list, which filters, how many rows.

    `filters` holds the search text and the chosen filters, with any SSIN masked. It is encrypted, because it may
    contain a name.
    """

    exported_at = models.DateTimeField(_("exported at"), db_index=True)
    exported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("exported by")
    )
    list_name = models.CharField(_("list"), max_length=100)
    file_format = models.CharField(_("format"), max_length=4)
    filters = EncryptedTextField(_("search and filters"), blank=True)
    row_count = models.PositiveIntegerField(_("rows"))

    class Meta:
        default_permissions = ("view",)
        verbose_name = _("list export")
        verbose_name_plural = _("list exports")
        indexes = [models.Index(fields=["exported_by", "exported_at"], name="listexport_account_moment")]

    def __str__(self) -> str:
        return _when_and_by_whom(self.exported_at, self.exported_by)


class PendingDeclaration(Declaration):
    """A declaration that awaits a decision, for the reviewers' queue."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("pending declaration")
        verbose_name_plural = _("pending declarations")
