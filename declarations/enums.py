"""The vocabulary of declarations: stored values are the official codes."""

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
    """What the office answers (ruling 13); the stored letter is that of the REST service."""

    ACCEPTED = "A", _("Accepted")
    ACCEPTED_WITH_WARNING = "W", _("Accepted with warning")
    REFUSED = "B", _("Refused")
    PENDING = "S", _("Pending")

    @property
    def public_label(self) -> str:
        """The status as it is shown: an acceptance with a warning is an acceptance, the warning stands beside it."""
        return str(Status.ACCEPTED.label if self.is_accepted else self.label)

    @property
    def is_accepted(self) -> bool:
        """Accepted, with or without a warning: the period exists."""
        return self in (Status.ACCEPTED, Status.ACCEPTED_WITH_WARNING)


class Severity(models.TextChoices):
    """What a broken rule does: B refuses the declaration, NP lets it pass with a warning."""

    BLOCKING = "B", _("blocking")
    WARNING = "NP", _("warning")


class Stage(models.TextChoices):
    """Where a rule is told (ruling 12): beside the field on its step, or by the office, as an anomaly."""

    STEP = "step", _("on its step")
    OFFICE = "office", _("by the office")


class Sex(models.TextChoices):
    """Zone 00029."""

    MALE = "1", pgettext_lazy("sex", "M")
    FEMALE = "2", pgettext_lazy("sex", "F")


class PeriodCharacteristics(models.TextChoices):
    """What a Modification says its period is, as the manual's radio buttons do: it tells which dates it may change."""

    FLAT = "flat", _("Dimona daily flat rate")
    STUDENT = "student", _("Student based on hours (starting date after 2017)")
    BY_HOUR = "hour", _("Occasional or daily flexi-job workers")
    ONE_DAY = "day", _("Article 17 before 2022, Article 17 public TV")
    PLANNED_HOURS = "planned", _("Article 17 sports or socio-cultural sector and others")
    OTHER = "other", _("Other")


class LookupResult(models.TextChoices):
    """What a number given for a period is the number of, among the declarations of one employer."""

    PERIOD = "period", _("a period")
    REFUSED = "refused", _("a refused Dimona IN")
    PENDING = "pending", _("a pending Dimona IN")
    LATER_DECLARATION = "later", _("a declaration on a period")
    NOT_FOUND = "not_found", _("nothing of this employer")


class DurationUnit(models.TextChoices):
    """How a FLX (per day, per period) or an EXT under 302 (by the hour, day flat rate) is declared."""

    PER_DAY = "day", _("per day")
    PER_PERIOD = "period", _("per period")
    BY_HOUR = "hour", _("by the hour")
    DAY_FLAT_RATE = "flat", _("day flat rate")
