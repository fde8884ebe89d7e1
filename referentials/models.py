"""The reference tables of the administration.

A change of the law closes a row and opens another. Rows are never deleted, because old declarations refer to them.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from .anomalies import Anomaly
from .bases import OLDEST_FIRST, Dated, Described, Labelled, TablesVersion, one_row_per_key
from .employers import Employer
from .places import Country, Nationality, PostalCode

__all__ = [
    "AllowedPair",
    "Anomaly",
    "Country",
    "Employer",
    "JointCommittee",
    "Nationality",
    "PostalCode",
    "Quota",
    "RiskCode",
    "TablesVersion",
    "TraineeStatus",
    "WorkerType",
]


class JointCommittee(Described, Dated):
    """One of the nine values of zone 00046 (domain reference 2.1)."""

    code = models.CharField(_("code"), max_length=3)
    position = models.PositiveSmallIntegerField(_("position in the list"))
    is_agency = models.BooleanField(
        _("temporary work agencies"),
        default=False,
        help_text=_(
            "Asks for the user undertaking and an ending date; can never be the joint committee of a user undertaking."
        ),
    )
    requires_cards = models.BooleanField(
        _("asks for C3.2A cards"),
        default=False,
        help_text=_("For its own workers and for workers supplied by an agency."),
    )

    class Meta:
        ordering = ["position", "code", OLDEST_FIRST]
        constraints = one_row_per_key("joint_committee_key", "code")
        verbose_name = _("joint committee")
        verbose_name_plural = _("joint committees")

    def __str__(self) -> str:
        return f"{self.label} - {self.code}"


class WorkerType(Described, Dated):
    """A type of worker (zone 00655) and what it requires of a declaration (domain reference 2.3 and 3)."""

    class EmployerCondition(models.TextChoices):
        """The flag that an employer needs to use the type; empty when every employer may use it."""

        NONE = "", _("every employer")
        PUBLIC_BROADCASTER = "is_public_broadcaster", _("public broadcasters")
        MANDATES = "may_declare_mandates", _("parliaments, governments and local authorities")

    class AheadOf(models.TextChoices):
        """The day from which `max_days_ahead` is counted back."""

        START = "start", _("the starting date")
        QUARTER = "quarter", _("the first day of the quarter of the starting date")

    code = models.CharField(_("code"), max_length=3)
    requires_end_date = models.BooleanField(_("ending date mandatory"), default=False)
    is_one_day = models.BooleanField(_("starts and ends on the same day"), default=False)
    is_within_quarter = models.BooleanField(_("starts and ends in the same quarter"), default=False)
    has_times = models.BooleanField(_("asks for start and end time"), default=False)
    has_planned_hours = models.BooleanField(_("asks for planned hours"), default=False)
    is_per_day_or_period = models.BooleanField(_("declared per day or per period"), default=False)
    is_flexi = models.BooleanField(
        _("flexi-job"), default=False, help_text=_("The conditions for a flexi-job are checked.")
    )
    is_student = models.BooleanField(_("student"), default=False, help_text=_("Counts as student work for quotas."))
    is_at_most_24_hours = models.BooleanField(_("at most 24 hours"), default=False)
    is_late_by_hour = models.BooleanField(_("lateness judged to the minute"), default=False)
    requires_ssin = models.BooleanField(_("SSIN mandatory"), default=False)
    requires_definitive_nsso_number = models.BooleanField(_("definitive NSSO number mandatory"), default=False)
    has_small_statute = models.BooleanField(_("asks for the small statutes data"), default=False)
    has_student_workplace = models.BooleanField(_("asks for the student’s workplace"), default=False)
    bars_flexi = models.BooleanField(_("excludes a flexi-job with the same employer"), default=False)
    employer_condition = models.CharField(
        _("open to"), max_length=30, choices=EmployerCondition, blank=True, default=EmployerCondition.NONE
    )
    max_days_ahead = models.PositiveSmallIntegerField(_("maximum number of days in advance"), null=True, blank=True)
    ahead_of = models.CharField(
        _("counted back from"), max_length=10, choices=AheadOf, blank=True, default=AheadOf.START
    )

    class Meta:
        ordering = ["code", OLDEST_FIRST]
        constraints = one_row_per_key("worker_type_key", "code")
        verbose_name = _("type of worker")
        verbose_name_plural = _("types of worker")

    def __str__(self) -> str:
        return f"{self.label} - {self.code}"


def check_code_exists(model: type[JointCommittee] | type[WorkerType], field: str, codes: list[str]) -> None:
    """Raise a ValidationError on `field` for the first code that the table of `model` does not hold."""
    known = set(model._default_manager.filter(code__in=codes).values_list("code", flat=True))
    for code in codes:
        if code not in known:
            raise ValidationError({field: _("The tables have no code %(code)s.") % {"code": code}})


class AllowedPair(Dated):
    """A joint committee and a type of worker that may be combined (domain reference 2.2); others give 90374-349."""

    class Cards(models.TextChoices):
        """Whether the pair asks for the C3.2A cards (domain reference 3.6)."""

        FORBIDDEN = "", _("forbidden")
        OPTIONAL = "optional", _("optional")
        REQUIRED = "required", _("required")

    class Confidence(models.TextChoices):
        """How sure the source is, as the domain reference marks it."""

        CERTAIN = "C", _("certain")
        LIKELY = "L", _("likely")
        PROPOSED = "P", _("proposed")

    natural_key_fields = ("joint_committee", "worker_type", "valid_from")

    joint_committee = models.CharField(_("joint committee"), max_length=3)
    worker_type = models.CharField(_("type of worker"), max_length=3)
    confidence = models.CharField(_("confidence"), max_length=1, choices=Confidence)
    cards = models.CharField(_("C3.2A cards"), max_length=8, choices=Cards, blank=True, default=Cards.FORBIDDEN)
    has_day_flat_rate = models.BooleanField(_("by the hour or at the daily flat rate"), default=False)
    limits_consecutive_days = models.BooleanField(_("at most two days in a row"), default=False)
    user_committees = models.CharField(
        _("joint committees of the user undertaking"),
        max_length=80,
        blank=True,
        help_text=_(
            "Codes separated by spaces: the joint committee of the user undertaking is then mandatory and must be one"
            " of these."
        ),
    )

    class Meta:
        ordering = ["joint_committee", "worker_type", OLDEST_FIRST]
        constraints = one_row_per_key("allowed_pair_key", "joint_committee", "worker_type")
        verbose_name = _("allowed pair")
        verbose_name_plural = _("allowed pairs")

    def __str__(self) -> str:
        return f"{self.joint_committee} / {self.worker_type}"

    def clean(self) -> None:
        """Check that every code exists in its table."""
        super().clean()
        check_code_exists(WorkerType, "worker_type", [self.worker_type])
        check_code_exists(JointCommittee, "joint_committee", [self.joint_committee])
        check_code_exists(JointCommittee, "user_committees", self.user_committees.split())


class RiskCode(Labelled, Dated):
    """Activity versus risk, annex 6; each belongs to one nature of work."""

    class Nature(models.TextChoices):
        """Nature of the work (zone 01231)."""

        EMPLOYEE = "EMPLOYEE", _("Employee")
        WORKER = "WORKER", _("Manual worker")

    code = models.CharField(_("code"), max_length=3)
    nature = models.CharField(_("nature of the work"), max_length=8, choices=Nature)

    class Meta:
        ordering = ["code", OLDEST_FIRST]
        constraints = one_row_per_key("risk_code_key", "code")
        verbose_name = _("risk code")
        verbose_name_plural = _("risk codes")

    def __str__(self) -> str:
        return f"{self.code} {self.label}"


class TraineeStatus(Labelled, Dated):
    """Kind of trainee (zone 00053): F1 or F2."""

    code = models.CharField(_("code"), max_length=2)

    class Meta:
        ordering = ["code", OLDEST_FIRST]
        constraints = one_row_per_key("trainee_status_key", "code")
        verbose_name = _("kind of trainee")
        verbose_name_plural = _("kinds of trainee")

    def __str__(self) -> str:
        return f"{self.code} {self.label}"


class Quota(Dated):
    """A limit per worker or per employer on what may be declared in a year or a quarter (domain reference 3)."""

    class Holder(models.TextChoices):
        """Whose declarations are counted together."""

        WORKER = "worker", _("worker, all employers")
        EMPLOYER = "employer", _("employer, all workers")

    class Unit(models.TextChoices):
        """What is counted: planned hours, or days with a declaration."""

        HOURS = "hours", _("planned hours")
        DAYS = "days", _("days")

    class Span(models.TextChoices):
        """The calendar year or quarter of the starting date, over which declarations are counted."""

        YEAR = "year", _("calendar year")
        QUARTER = "quarter", _("quarter")

    code = models.CharField(_("code"), max_length=40)
    worker_type = models.CharField(_("type of worker"), max_length=3)
    joint_committee = models.CharField(
        _("joint committee"), max_length=3, blank=True, help_text=_("Empty: any joint committee.")
    )
    holder = models.CharField(_("counted per"), max_length=8, choices=Holder)
    unit = models.CharField(_("unit"), max_length=5, choices=Unit)
    span = models.CharField(_("counted over"), max_length=7, choices=Span)
    quarter = models.PositiveSmallIntegerField(
        _("quarter"), null=True, blank=True, help_text=_("1 to 4 if this limit applies to that quarter only.")
    )
    is_with_student_work = models.BooleanField(
        _("only with student work"), default=False, help_text=_("Applies to people who are also declared as students.")
    )
    is_blocking = models.BooleanField(_("refused when exceeded"), default=False)
    limit = models.PositiveIntegerField(_("limit"))

    class Meta:
        ordering = ["code", OLDEST_FIRST]
        constraints = one_row_per_key("quota_key", "code")
        verbose_name = _("quota")
        verbose_name_plural = _("quotas")

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        """Check that every code exists in its table, and that an employer's quota does not block."""
        super().clean()
        check_code_exists(WorkerType, "worker_type", [self.worker_type])
        check_code_exists(JointCommittee, "joint_committee", self.joint_committee.split())
        if self.is_blocking and self.holder == self.Holder.EMPLOYER:
            raise ValidationError({"is_blocking": _("Only a worker’s quota can lead to a refusal.")})
