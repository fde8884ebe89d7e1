"""Workers, periods, declarations as filed, and their anomalies."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar, TypeVar

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from referentials.models import Employer, JointCommittee, WorkerType
from referentials.numbers import dimona

from ..encryption import EncryptedJSONField, EncryptedTextField
from ..enums import DeclarationKind, DurationUnit, Severity, Status


class WriteOnceError(Exception):
    """An attempt to change or delete a row that is written once. A decision is recorded in a row of its own."""


Row = TypeVar("Row", bound=models.Model)


class WriteOnceQuerySet(models.QuerySet[Row]):
    """Rows that can be neither changed nor deleted."""

    def update(self, **kwargs: Any) -> int:
        """Raise WriteOnceError."""
        raise WriteOnceError

    def delete(self) -> tuple[int, dict[str, int]]:
        """Raise WriteOnceError."""
        raise WriteOnceError


class WriteOnceModel(models.Model):
    """Abstract row that can be neither changed nor deleted once it is written."""

    objects: ClassVar[Any] = WriteOnceQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the row. Raises WriteOnceError if it is stored already."""
        if not self._state.adding:
            raise WriteOnceError(str(self))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raise WriteOnceError."""
        raise WriteOnceError(str(self))


class Worker(models.Model):
    """A person identified by an SSIN. `identity` holds names, birth date and sex, if known (ISO dates, codes)."""

    ssin = EncryptedTextField(_("SSIN"))
    ssin_hash = models.CharField(max_length=64, unique=True, editable=False)
    identity = EncryptedJSONField(_("identity"), default=dict, blank=True)
    family_name_hash = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    birth_date_hash = models.CharField(max_length=64, blank=True, db_index=True, editable=False)

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return str(_("Worker %(number)d")) % {"number": self.pk}


class EmploymentTerms(models.Model):
    """Abstract row with the employer, the characteristics and the dates that declarations and periods share."""

    # No index of their own: each is the first column of an index that ends with the order of the filtered list.
    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, db_index=False, verbose_name=_("employer"))
    joint_committee = models.ForeignKey(
        JointCommittee, on_delete=models.PROTECT, db_index=False, verbose_name=_("joint committee")
    )
    worker_type = models.ForeignKey(
        WorkerType, on_delete=models.PROTECT, db_index=False, verbose_name=_("type of worker")
    )
    duration_unit = models.CharField(_("method of declaration"), max_length=6, choices=DurationUnit, blank=True)
    start_date = models.DateField(_("starting date"))
    start_time = models.TimeField(_("start time"), null=True, blank=True)
    end_date = models.DateField(_("ending date"), null=True, blank=True)
    end_time = models.TimeField(_("end time"), null=True, blank=True)
    planned_hours = models.PositiveSmallIntegerField(_("planned hours"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(end_date__isnull=True) | Q(end_date__gte=F("start_date")),
                name="%(class)s_ends_on_or_after_its_start",
            ),
            models.CheckConstraint(
                condition=Q(planned_hours__isnull=True) | Q(planned_hours__range=(1, 999)),
                name="%(class)s_planned_hours_between_1_and_999",
            ),
        ]


class PeriodQuerySet(models.QuerySet["Period"]):
    """Queries on periods."""

    def not_cancelled(self) -> PeriodQuerySet:
        """The periods that count for overlaps, duplicates and quotas."""
        return self.filter(cancelled_at=None)


class Period(EmploymentTerms):
    """An employment relationship in its current state. Its number is that of the declaration that opened it.

    Its declarations hold its earlier states (`ledger`).
    """

    number = models.CharField(_("period number"), max_length=12, unique=True)
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="periods", verbose_name=_("worker"))
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    locked_at = models.DateTimeField(_("locked at"), null=True, blank=True)

    objects = PeriodQuerySet.as_manager()

    class Meta(EmploymentTerms.Meta):
        abstract = False
        ordering = ["-number"]
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        default_permissions = ("view",)
        permissions = [("lock_period", "Can lock and unlock a period")]
        indexes = [
            models.Index(fields=["worker", "employer", "start_date"], name="period_worker_employer_start"),
            models.Index(fields=["employer", "start_date"], name="period_employer_start"),
            models.Index(fields=["employer", "number"], name="period_employer_number"),
            models.Index(fields=["joint_committee", "number"], name="period_committee_number"),
            models.Index(fields=["worker_type", "number"], name="period_type_number"),
            models.Index(fields=["start_date"], name="period_start"),
        ]

    def __str__(self) -> str:
        return dimona.format(self.number)


class DeclarationRank(models.Model):
    """One row per number issued, whether accepted or refused. The primary key is the rank in the series."""

    def __str__(self) -> str:
        return str(self.pk)


def receipt_token() -> str:
    """A random token of 192 bits for the address of a receipt."""
    return secrets.token_urlsafe(24)


class DeclarationQuerySet(WriteOnceQuerySet["Declaration"]):
    """Queries on declarations."""

    def awaiting_decision(self) -> DeclarationQuerySet:
        """The pending declarations without a decision, oldest first, according to the queue (`QueueEntry`)."""
        return self.filter(queue_entry__isnull=False).order_by("queue_entry__since", "pk")

    def undecided(self) -> DeclarationQuerySet:
        """The pending declarations without a decision, computed from declarations and decisions: slow on many rows."""
        decided = self.model.decision.related.related_model._base_manager.filter(declaration=OuterRef("pk"))
        return self.filter(~Exists(decided), status=Status.PENDING)

    def missing_from_queue(self) -> DeclarationQuerySet:
        """The undecided declarations that are not in the queue: none, unless something went wrong."""
        return self.undecided().filter(queue_entry=None).only("number")


class Declaration(WriteOnceModel, EmploymentTerms):
    """A declaration as it was filed, with the status that the office gave it.

    `answers` is encrypted and has three parts: `steps`, the typed values by step; `values`, the cleaned answers by
    field name; `overviews`, the displayed overview by language, block and row, each row with the name of its field.
    The other columns repeat what is searched: they are the period after this declaration. `state_before` is the period
    before it, None for an IN (`ledger.PeriodState`).
    """

    number = models.CharField(_("declaration number"), max_length=12, unique=True)
    kind = models.CharField(_("type of declaration"), max_length=12, choices=DeclarationKind)
    status = models.CharField(_("status"), max_length=1, choices=Status)
    submitted_at = models.DateTimeField(_("sent at"), db_index=True)
    language = models.CharField(_("language"), max_length=2)
    draft = models.UUIDField(_("draft"), unique=True)
    receipt_token = models.CharField(max_length=32, unique=True, default=receipt_token, editable=False)
    worker = models.ForeignKey(
        Worker, on_delete=models.PROTECT, null=True, related_name="declarations", verbose_name=_("worker")
    )
    period = models.ForeignKey(
        Period, on_delete=models.PROTECT, null=True, related_name="declarations", verbose_name=_("period")
    )
    family_name_hash = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    answers = EncryptedJSONField(_("answers as filed"))
    state_before = models.JSONField(_("period before the declaration"), null=True, editable=False)
    content_mac = models.CharField(_("keyed hash"), max_length=64, editable=False)

    objects: ClassVar[Any] = DeclarationQuerySet.as_manager()

    class Meta(EmploymentTerms.Meta):
        abstract = False
        ordering = ["-submitted_at", "-number"]
        verbose_name = _("declaration")
        verbose_name_plural = _("declarations")
        default_permissions = ("view",)
        permissions = [
            ("decide_declaration", "Can decide a pending declaration"),
            ("export_declaration", "Can export lists"),
            ("see_ssin", "Can see a full SSIN"),
        ]
        constraints = [
            *EmploymentTerms.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(status__in=[Status.ACCEPTED, Status.ACCEPTED_WITH_WARNING]) | Q(period__isnull=False),
                name="declaration_accepted_has_a_period",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "submitted_at"], name="declaration_status_sent"),
            models.Index(fields=["kind", "submitted_at"], name="declaration_kind_sent"),
            models.Index(fields=["employer", "submitted_at"], name="declaration_employer_sent"),
            models.Index(fields=["joint_committee", "submitted_at"], name="declaration_committee_sent"),
            models.Index(fields=["worker_type", "submitted_at"], name="declaration_type_sent"),
            models.Index(fields=["start_date"], name="declaration_start"),
            # The personnel file also lists declarations that opened no period.
            models.Index(
                fields=["employer", "start_date"],
                condition=models.Q(period=None),
                name="declaration_employer_unopened",
            ),
            models.Index(
                fields=["worker", "start_date"], condition=models.Q(period=None), name="declaration_worker_unopened"
            ),
        ]

    def __str__(self) -> str:
        return dimona.format(self.number)

    @property
    def current_status(self) -> Status:
        """The status after the decision of a reviewer, if there is one."""
        return Status(self.decision.status if hasattr(self, "decision") else self.status)

    @property
    def current_worker(self) -> Worker | None:
        """The worker declared, or the one that a reviewer identified; None while nobody knows who it is."""
        return self.worker or (self.decision.worker if hasattr(self, "decision") else None)

    @property
    def current_period(self) -> Period | None:
        """The period that this declaration opened or was made on; None if there is none."""
        return self.decision.period if hasattr(self, "decision") else self.period

    @property
    def overview(self) -> dict[str, Any]:
        """The overview as filed, in the language of the page: blocks by name, with a title and rows by field."""
        overviews: dict[str, dict[str, Any]] = self.answers["overviews"]
        return overviews.get(get_language() or "", overviews[self.language])


class AnomalyRow(WriteOnceModel):
    """Abstract anomaly with its texts as of the day it was reported. Only the office sees `detail`."""

    code = models.CharField(_("code"), max_length=9, db_index=True)
    severity = models.CharField(_("severity"), max_length=2, choices=Severity)
    field = models.CharField(_("field"), max_length=40)
    step = models.CharField(_("step"), max_length=20)
    detail = EncryptedTextField(_("detail"), blank=True)
    texts = models.JSONField(
        _("texts"), help_text=_("In each language: the label (what is wrong) and how to correct it.")
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.code


class DeclarationAnomaly(AnomalyRow):
    """An anomaly reported when the declaration was filed."""

    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="anomalies")

    class Meta:
        default_permissions = ("view",)
        verbose_name = _("anomaly of a declaration")
        verbose_name_plural = _("anomalies of declarations")
        constraints = [models.UniqueConstraint(fields=["declaration", "code", "field"], name="anomaly_once_per_field")]
