"""What is counted: how often something was tried (`throttle`), and how much was filed and decided (`figures`)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..enums import Status


class AttemptCount(models.Model):
    """How often one subject (a client, an employer) tried one thing within one stretch of time.

    `key` is a keyed hash of all three: no address of a client is stored.
    """

    key = models.CharField(max_length=64, unique=True)
    count = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.count)


class Figure(models.TextChoices):
    """What a daily count counts; see `DailyCount`."""

    FILED = "filed"
    DECIDED = "decided"
    LATE = "late"
    REFUSED = "refused"
    LANGUAGE = "language"


class DailyCount(models.Model):
    """How many there were on one day in Brussels, of what was filed or decided that day.

    FILED and DECIDED by kind and by the status given; LATE, of those accepted, by kind; REFUSED by the code that
    refused, and a declaration with two codes counts under both; LANGUAGE, of those filed, by language. What is
    removed when its term is over stays counted.
    """

    day = models.DateField()
    figure = models.CharField(max_length=8, choices=Figure)
    key = models.CharField(max_length=12)
    status = models.CharField(max_length=1, choices=Status, blank=True)
    count = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()
        verbose_name = _("daily count")
        # The page of the figures stands in the place of the list of these rows.
        verbose_name_plural = _("figures")
        constraints = [models.UniqueConstraint(fields=["figure", "day", "key", "status"], name="daily_count_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.figure} {self.key} {self.status}: {self.count}"


class CountWatermark(models.Model):
    """One row: everything filed or decided before this moment stands in the daily counts, nothing later does."""

    until = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.until)
