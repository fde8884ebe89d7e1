"""The choices of declarations. Stored values are the official codes."""

from enum import Enum, auto

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class DeclarationKind(models.TextChoices):
    """The four kinds of declaration, as the manual names them."""

    IN = "in", _("Dimona IN")
    OUT = "out", _("Dimona OUT")
    MODIFICATION = "modification", _("Modification")
    CANCELLATION = "cancellation", _("Cancellation")


class Status(models.TextChoices):
    """The office's reply (ruling 13). The stored letter is that of the REST service."""

    ACCEPTED = "A", _("Accepted")
    ACCEPTED_WITH_WARNING = "W", _("Accepted with warning")
    REFUSED = "B", _("Refused")
    PENDING = "S", _("Pending")

    @property
    def public_label(self) -> str:
        """The status as displayed: a warning is displayed separately, beside the status "Accepted"."""
        return str(Status.ACCEPTED.label if self.is_accepted else self.label)

    @property
    def is_accepted(self) -> bool:
        """Whether the declaration is accepted, with or without a warning, so that the period exists."""
        return self in (Status.ACCEPTED, Status.ACCEPTED_WITH_WARNING)


class Severity(models.TextChoices):
    """The effect of a broken rule: B refuses the declaration, NP accepts it with a warning."""

    BLOCKING = "B", _("blocking")
    WARNING = "NP", _("warning")


class Stage(models.TextChoices):
    """The place where a rule is reported (ruling 12): beside the field on its step, or by the office."""

    STEP = "step", _("checked at the step itself")
    OFFICE = "office", _("checked by the NSSO")


class Sex(models.TextChoices):
    """The sex of a worker (zone 00029)."""

    MALE = "1", pgettext_lazy("sex", "M")
    FEMALE = "2", pgettext_lazy("sex", "F")


class PeriodCharacteristics(models.TextChoices):
    """The kind of period that a Modification is about, as in the manual's radio buttons; limits the editable dates."""

    FLAT = "flat", _("Dimona daily flat rate")
    STUDENT = "student", _("Student based on hours (starting date after 2017)")
    BY_HOUR = "hour", _("Occasional or daily flexi-job workers")
    ONE_DAY = "day", _("Article 17 before 2022, Article 17 public TV")
    PLANNED_HOURS = "planned", _("Article 17 sports or socio-cultural sector and others")
    OTHER = "other", _("Other")


class LookupResult(models.TextChoices):
    """What a period number that the user entered refers to, among the declarations of one employer."""

    PERIOD = "period", _("a period")
    REFUSED = "refused", _("a refused Dimona IN")
    PENDING = "pending", _("a pending Dimona IN")
    LATER_DECLARATION = "later", _("a later declaration for a period")
    NOT_FOUND = "not_found", _("nothing that belongs to this employer")


class DurationUnit(models.TextChoices):
    """The unit of an FLX (per day, per period) or of an EXT under 302 (by the hour, day flat rate)."""

    PER_DAY = "day", _("per day")
    PER_PERIOD = "period", _("per period")
    BY_HOUR = "hour", _("by the hour")
    DAY_FLAT_RATE = "flat", _("daily flat rate")


class Remedy(Enum):
    """What the filer is offered when a rule does not hold."""

    STEP = auto()  # change the answers on their step
    REPLACEMENT = auto()  # cancel the period and declare it anew
    MODIFICATION = auto()  # modify the period instead
    NONE = auto()  # no further declaration can be made for the period
